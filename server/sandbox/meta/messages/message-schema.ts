import { z } from 'zod';

const headerSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string().min(1).max(60) }),
  z.strictObject({ type: z.literal('image'), image: z.strictObject({ link: z.url() }) }),
  z.strictObject({ type: z.literal('video'), video: z.strictObject({ link: z.url() }) }),
  z.strictObject({
    type: z.literal('document'),
    document: z.strictObject({ link: z.url(), filename: z.string().max(240).optional() }),
  }),
]);
const bodySchema = z.strictObject({ text: z.string().min(1).max(1_024) });
const footerSchema = z.strictObject({ text: z.string().min(1).max(60) });

const flowParametersSchema = z.strictObject({
  flow_message_version: z.literal('3'),
  flow_id: z.string().optional(),
  flow_name: z.string().optional(),
  // Meta advises 30, its clients have been seen to cut at 20: the smaller figure holds (whatsapp-flows.md section 9.1).
  flow_cta: z
    .string()
    .min(1)
    .max(20)
    .refine((text) => !/\p{Extended_Pictographic}/u.test(text), 'may not have emoji'),
  mode: z.enum(['draft', 'published']).optional(),
  flow_token: z.string().min(1).optional(),
  flow_action: z.enum(['navigate', 'data_exchange']).optional(),
  flow_action_payload: z
    .strictObject({ screen: z.string().min(1).optional(), data: z.record(z.string(), z.unknown()).optional() })
    .optional(),
});
const flowInteractiveSchema = z.strictObject({
  type: z.literal('flow'),
  header: headerSchema.optional(),
  body: bodySchema,
  footer: footerSchema.optional(),
  action: z.strictObject({ name: z.literal('flow'), parameters: flowParametersSchema }),
});
const contactInteractiveSchema = z.strictObject({
  type: z.literal('request_contact_info'),
  body: bodySchema,
  action: z.strictObject({ name: z.literal('request_contact_info') }),
});
const buttonInteractiveSchema = z.strictObject({
  type: z.literal('button'),
  header: headerSchema.optional(),
  body: bodySchema,
  footer: footerSchema.optional(),
  action: z.strictObject({
    buttons: z
      .array(
        z.strictObject({
          type: z.literal('reply'),
          reply: z.strictObject({ id: z.string().min(1).max(256), title: z.string().min(1).max(20) }),
        }),
      )
      .min(1)
      .max(3),
  }),
});
/** Cloud API, *Interactive call-to-action URL button messages*: one button, whose text has at most twenty characters. */
const linkInteractiveSchema = z.strictObject({
  type: z.literal('cta_url'),
  header: headerSchema.optional(),
  body: bodySchema,
  footer: footerSchema.optional(),
  action: z.strictObject({
    name: z.literal('cta_url'),
    parameters: z.strictObject({
      display_text: z.string().min(1).max(20),
      url: z.url({ protocol: /^https?$/ }).max(2_000),
    }),
  }),
});
/**
 * Cloud API, *Interactive list messages*, and business-messaging-api v23.0, `ActionObject`, `SectionObject`, `BodyObject` (1,024; the page
 * says 4,096): ten rows over all sections, each id once, and every section named where there are several.
 */
const listInteractiveSchema = z.strictObject({
  type: z.literal('list'),
  header: z.strictObject({ type: z.literal('text'), text: z.string().min(1).max(60) }).optional(),
  body: bodySchema,
  footer: footerSchema.optional(),
  action: z.strictObject({
    button: z.string().min(1).max(20),
    sections: z
      .array(
        z.strictObject({
          title: z.string().min(1).max(24).optional(),
          rows: z
            .array(
              z.strictObject({
                id: z.string().min(1).max(200),
                title: z.string().min(1).max(24),
                description: z.string().min(1).max(72).optional(),
              }),
            )
            .min(1)
            .max(10),
        }),
      )
      .min(1)
      .max(10)
      .refine(
        (sections) => sections.flatMap(({ rows }) => rows).length <= 10,
        'Total row count exceed max allowed count: 10',
      )
      .refine(
        (sections) => sections.length === 1 || sections.every(({ title }) => title !== undefined),
        'title is required',
      )
      .refine((sections) => {
        const ids = sections.flatMap(({ rows }) => rows.map(({ id }) => id));
        return new Set(ids).size === ids.length;
      }, 'Duplicated row id'),
  }),
});
const interactiveSchema = z.discriminatedUnion('type', [
  flowInteractiveSchema,
  contactInteractiveSchema,
  buttonInteractiveSchema,
  linkInteractiveSchema,
  listInteractiveSchema,
]);

const parameterSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('text'),
    text: z.string().min(1).max(32_768),
    parameter_name: z.string().optional(),
  }),
  z.strictObject({ type: z.literal('image'), image: z.strictObject({ link: z.url() }) }),
  z.strictObject({ type: z.literal('video'), video: z.strictObject({ link: z.url() }) }),
  z.strictObject({
    type: z.literal('document'),
    document: z.strictObject({ link: z.url(), filename: z.string().optional() }),
  }),
  z.strictObject({ type: z.literal('payload'), payload: z.string().max(256) }),
  z.strictObject({
    type: z.literal('action'),
    action: z.strictObject({
      flow_token: z.string().min(1).optional(),
      flow_action_data: z.record(z.string(), z.unknown()).optional(),
    }),
  }),
]);
const templateComponentSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('header'), parameters: z.array(parameterSchema) }),
  z.strictObject({ type: z.literal('body'), parameters: z.array(parameterSchema) }),
  z.strictObject({
    type: z.literal('button'),
    sub_type: z.preprocess(
      (value) => (typeof value === 'string' ? value.toLowerCase() : value),
      z.enum(['flow', 'quick_reply', 'url']),
    ),
    index: z.union([z.string().regex(/^\d$/), z.number().int().min(0).max(9).transform(String)]),
    parameters: z.array(parameterSchema),
  }),
]);
const templateSchema = z.strictObject({
  name: z.string().min(1),
  language: z.strictObject({ code: z.string().min(2), policy: z.literal('deterministic').optional() }),
  components: z.array(templateComponentSchema).optional(),
});

const common = {
  messaging_product: z.literal('whatsapp'),
  recipient_type: z.literal('individual').optional(),
  to: z.string().min(1).optional(),
  recipient: z.string().min(1).optional(),
  context: z.strictObject({ message_id: z.string().min(1) }).optional(),
  biz_opaque_callback_data: z.string().max(512).optional(),
};

/** What `POST /{phone}/messages` takes here (whatsapp-flows.md section 9, whatsapp-users.md section 4). */
export const messageSchema = z.discriminatedUnion('type', [
  z.strictObject({
    ...common,
    type: z.literal('text'),
    text: z.strictObject({ body: z.string().min(1).max(4_096), preview_url: z.boolean().optional() }),
  }),
  z.strictObject({
    ...common,
    type: z.literal('document'),
    // Uploaded before or fetched by Meta: one of the two.
    document: z
      .strictObject({
        id: z.string().min(1).optional(),
        link: z.url().optional(),
        caption: z.string().max(1_024).optional(),
        filename: z.string().max(240).optional(),
      })
      .refine(({ id, link }) => (id === undefined) !== (link === undefined), 'one of id and link is required'),
  }),
  z.strictObject({ ...common, type: z.literal('interactive'), interactive: interactiveSchema }),
  z.strictObject({ ...common, type: z.literal('template'), template: templateSchema }),
]);

/** The receipt for an incoming message, sent to the same address. */
export const readReceiptSchema = z.strictObject({
  messaging_product: z.literal('whatsapp'),
  status: z.literal('read'),
  message_id: z.string().min(1),
  typing_indicator: z.strictObject({ type: z.literal('text') }).optional(),
});

export type OutgoingMessage = z.infer<typeof messageSchema>;
export type ListInteractive = z.infer<typeof listInteractiveSchema>;
export type FlowInteractive = z.infer<typeof flowInteractiveSchema>;
export type TemplateSend = z.infer<typeof templateSchema>;
export type TemplateSendComponent = z.infer<typeof templateComponentSchema>;
