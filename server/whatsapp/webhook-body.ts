import { z } from 'zod';

/**
 * Meta's webhooks as far as we read them (whatsapp-flows.md section 10, whatsapp-users.md section 3). Tolerant: unknown keys
 * and message types pass, absent fields are absent; only what a rule of ours needs is required.
 */
const idText = z.union([z.string(), z.number()]).transform(String);
/** Unix seconds, as a string. */
const timestamp = z.coerce.number().transform((seconds) => new Date(seconds * 1_000));
const optionalText = z.string().min(1).optional().catch(undefined);

export const changeSchema = z.object({ field: z.string(), value: z.unknown() });
export const envelopeSchema = z.object({
  object: z.literal('whatsapp_business_account'),
  entry: z.array(z.object({ id: idText, changes: z.array(changeSchema) })).max(1_000),
});

const contactSchema = z.object({
  wa_id: optionalText,
  user_id: optionalText,
  parent_user_id: optionalText,
  profile: z.object({ name: optionalText, username: optionalText }).optional().catch(undefined),
});
export type WebhookContact = z.infer<typeof contactSchema>;

const messageSchema = z.looseObject({
  id: z.string(),
  from: optionalText,
  from_user_id: optionalText,
  from_parent_user_id: optionalText,
  timestamp,
  type: z.string(),
  context: z.object({ id: optionalText }).optional().catch(undefined),
  text: z.object({ body: z.string() }).optional().catch(undefined),
  button: z.object({ text: optionalText }).optional().catch(undefined),
  interactive: z
    .looseObject({
      type: z.string(),
      nfm_reply: z.object({ response_json: z.string() }).optional().catch(undefined),
      // business-messaging-api v23.0, `InteractiveListReplyContent`: the id is the tapped row's.
      list_reply: z.object({ id: z.string() }).optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
  system: z
    .looseObject({
      type: z.string(),
      wa_id: optionalText,
      user_id: optionalText,
      previous_user_id: optionalText,
      parent_user_id: optionalText,
      previous_parent_user_id: optionalText,
    })
    .optional()
    .catch(undefined),
  contacts: z
    .array(
      z.looseObject({
        origin: optionalText,
        phones: z
          .array(z.object({ wa_id: optionalText, phone: optionalText }))
          .optional()
          .catch(undefined),
      }),
    )
    .optional()
    .catch(undefined),
});
export type WebhookMessage = z.infer<typeof messageSchema>;

const statusSchema = z.object({
  id: z.string(),
  status: z.string(),
  timestamp,
  recipient_id: optionalText,
  recipient_user_id: optionalText,
  recipient_parent_user_id: optionalText,
  biz_opaque_callback_data: optionalText,
  errors: z
    .array(z.object({ code: z.number() }))
    .optional()
    .catch(undefined),
});
export type WebhookStatus = z.infer<typeof statusSchema>;
/** Of a message that reached WhatsApp, whatever came of it there. */
export const ARRIVED: readonly string[] = ['sent', 'delivered', 'read'];

const preferenceSchema = z.object({
  wa_id: optionalText,
  user_id: optionalText,
  value: z.string(),
  timestamp,
});

export const messagesValueSchema = z.object({
  metadata: z.object({ phone_number_id: idText }),
  contacts: z.array(contactSchema).default([]),
  messages: z.array(messageSchema).default([]),
  statuses: z.array(statusSchema).default([]),
  user_preferences: z.array(preferenceSchema).default([]),
});
export type MessagesValue = z.infer<typeof messagesValueSchema>;

export const preferencesValueSchema = z.object({ user_preferences: z.array(preferenceSchema).default([]) });
export type Preference = z.infer<typeof preferenceSchema>;

export const templateStatusSchema = z.object({
  event: z.string(),
  message_template_id: idText,
  message_template_name: z.string().catch(''),
  message_template_language: z.string().catch(''),
  reason: z.string().nullish(),
});

const figure = z.coerce.number().optional().catch(undefined);
/** Field `flows` (whatsapp-flows.md section 10). An event that is not listed there passes too, with whatever of this it has. */
export const flowEventSchema = z.object({
  event: z.string(),
  flow_id: idText.optional().catch(undefined),
  old_status: optionalText,
  new_status: optionalText,
  alert_state: optionalText,
  error_rate: figure,
  threshold: figure,
  /** Milliseconds. */
  p90_latency: figure,
  p50_latency: figure,
  requests_count: figure,
  /** Percent. */
  availability: figure,
  errors: z
    .array(z.object({ error_type: z.string(), error_rate: figure, error_count: figure }))
    .optional()
    .catch(undefined),
});
export type FlowEvent = z.infer<typeof flowEventSchema>;

/** The older form of an identity change (whatsapp-users.md section 3). */
export const userIdUpdateSchema = z.object({
  user_id_update: z.array(
    z.object({
      wa_id: optionalText,
      user_id: z.object({ previous: optionalText, current: optionalText }),
      parent_user_id: z.object({ previous: optionalText, current: optionalText }).optional().catch(undefined),
      timestamp,
    }),
  ),
});
