import { z } from 'zod';
import { businessIdOf, findNumber, firstNumber, type PhoneNumber } from '../accounts/accounts.ts';
import { invalidParameter } from '../graph-error.ts';
import { findMessage, insertMessage, statusesOf, type StoredMessage } from '../messages/message-store.ts';
import { incomingValue, metadataOf, seconds } from '../messages/message-values.ts';
import { addressOf, enqueueStatus } from '../messages/send-message.ts';
import { bsuidOf, isPhoneVisible, rememberContact, type Person } from '../people/people.ts';
import type { World } from '../world.ts';
import { findOrMakePerson } from './find-person.ts';

const common = { from: z.string().min(1), phoneNumberId: z.string().optional(), contextId: z.string().optional() };

/** What a person does on their phone. */
export const inboundSchema = z.discriminatedUnion('type', [
  z.strictObject({ ...common, type: z.literal('text'), text: z.string().min(1).max(4_096) }),
  z.strictObject({ ...common, type: z.literal('button'), text: z.string().min(1), payload: z.string().optional() }),
  z.strictObject({
    ...common,
    type: z.literal('nfm_reply'),
    responseJson: z.record(z.string(), z.unknown()),
    text: z.string().optional(),
  }),
  /** A row of the list in message `contextId`. */
  z.strictObject({ ...common, type: z.literal('list_reply'), rowId: z.string().min(1) }),
  z.strictObject({
    ...common,
    type: z.literal('status'),
    messageId: z.string(),
    status: z.enum(['sent', 'delivered', 'read', 'failed']),
    error: z
      .strictObject({
        code: z.number().int(),
        title: z.string().optional(),
        message: z.string().optional(),
        details: z.string().optional(),
      })
      .optional(),
  }),
  /** `text` is `stop` or `resume`; stop when absent. */
  z.strictObject({ ...common, type: z.literal('user_preferences'), text: z.enum(['stop', 'resume']).optional() }),
]);

type Inbound = z.infer<typeof inboundSchema>;
/** `webhookStatus`: what the first try was answered with; 0 for nothing, null when nobody is subscribed. */
export type InboundAnswer = { ok: true; messageId: string | null; webhookStatus: number | null };

/** Stores what the person did and posts it signed; what is not taken is retried as Meta does. */
export async function receiveInbound(world: World, inbound: Inbound): Promise<InboundAnswer> {
  const { messageId, calls } = world.store.transaction(() => take(world, inbound));
  return { ok: true, messageId, webhookStatus: await world.webhooks.deliverNow(calls) };
}

type Taken = { messageId: string | null; calls: number[] };

function take(world: World, inbound: Inbound): Taken {
  const answered = inbound.type === 'status' ? inbound.messageId : inbound.contextId;
  const context = answered === undefined ? undefined : findMessage(world.store, answered);
  if (answered !== undefined && !context) throw invalidParameter('There is no message with this id');
  const number = numberOf(world, inbound.phoneNumberId, context);
  const person = findOrMakePerson(world, businessIdOf(world.store, number), inbound.from);
  if (context && context.person_id !== person.id) throw invalidParameter('That message belongs to another chat');
  switch (inbound.type) {
    case 'status':
      return takeStatus(world, number, person, inbound);
    case 'user_preferences':
      return takePreference(world, number, person, inbound.text ?? 'stop');
    case 'text':
    case 'button':
    case 'nfm_reply':
    case 'list_reply':
      return takeMessage(world, number, person, inbound, context);
  }
}

function numberOf(world: World, id: string | undefined, context: StoredMessage | undefined): PhoneNumber {
  const number =
    id !== undefined
      ? findNumber(world.store, id)
      : context
        ? findNumber(world.store, context.number_id)
        : firstNumber(world.store);
  if (!number) throw invalidParameter('There is no such business number');
  return number;
}

type Written = Extract<Inbound, { type: 'text' | 'button' | 'nfm_reply' | 'list_reply' }>;

function takeMessage(
  world: World,
  number: PhoneNumber,
  person: Person,
  inbound: Written,
  context: StoredMessage | undefined,
): Taken {
  const businessId = businessIdOf(world.store, number);
  const stored = insertMessage(world, {
    number_id: number.id,
    person_id: person.id,
    // Who hides the number writes under their id; everybody else from the phone number itself.
    addressed: isPhoneVisible(world.store, businessId, person) ? 'phone' : 'bsuid',
    direction: 'in',
    outcome: 'delivered',
    type: inbound.type === 'nfm_reply' || inbound.type === 'list_reply' ? 'interactive' : inbound.type,
    content: contentOf(inbound, context),
    context_id: inbound.contextId ?? null,
    callback_data: null,
    pricing: null,
    flow: null,
    flow_version: null,
    draft_json: null,
  });
  if (!person.hide_phone) rememberContact(world.store, businessId, person.id);
  const calls = world.webhooks.enqueue({
    wabaId: number.waba_id,
    field: 'messages',
    lane: `message:${stored.id}`,
    value: incomingValue(world, number, person, stored),
  });
  return { messageId: stored.id, calls };
}

function contentOf(inbound: Written, context: StoredMessage | undefined): Record<string, unknown> {
  switch (inbound.type) {
    case 'text':
      return { text: { body: inbound.text } };
    case 'button':
      if (inbound.contextId === undefined)
        throw invalidParameter('A button is pressed on a message: contextId is required');
      return { button: { payload: inbound.payload ?? inbound.text, text: inbound.text } };
    case 'nfm_reply':
      if (inbound.contextId === undefined)
        throw invalidParameter('A flow is answered on a message: contextId is required');
      return {
        interactive: {
          type: 'nfm_reply',
          nfm_reply: {
            response_json: JSON.stringify(inbound.responseJson),
            body: inbound.text ?? 'Sent',
            name: 'flow',
          },
        },
      };
    case 'list_reply':
      return { interactive: { type: 'list_reply', list_reply: rowOf(context, inbound.rowId) } };
  }
}

const listContent = z.looseObject({
  interactive: z.looseObject({
    type: z.literal('list'),
    action: z.looseObject({ sections: z.array(z.looseObject({ rows: z.array(z.looseObject({ id: z.string() })) })) }),
  }),
});

/** A phone can tap what is in the list only; the answer says id, title and description as they were sent. */
function rowOf(context: StoredMessage | undefined, rowId: string): Record<string, unknown> {
  const list = listContent.safeParse(context?.content).data;
  const row = list?.interactive.action.sections.flatMap(({ rows }) => rows).find(({ id }) => id === rowId);
  if (!row) throw invalidParameter('There is no such row in the list of this message');
  return row;
}

function takeStatus(
  world: World,
  number: PhoneNumber,
  person: Person,
  inbound: Extract<Inbound, { type: 'status' }>,
): Taken {
  const message = findMessage(world.store, inbound.messageId);
  if (!message || message.direction !== 'out') throw invalidParameter('There is no message with this id');
  // A message is read once; a phone that opens the chat again says nothing new.
  if (inbound.status === 'read' && statusesOf(world.store, message.id).some((entry) => entry.status === 'read'))
    return { messageId: message.id, calls: [] };
  const error = inbound.error ?? { code: 131000 };
  const title = error.title ?? 'Something went wrong';
  const errors = [
    {
      code: error.code,
      title,
      message: error.message ?? title,
      error_data: { details: error.details ?? title },
      href: 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/',
    },
  ];
  const calls = enqueueStatus(world, number, {
    person,
    recipient: addressOf(world, number, message, person),
    message,
    status: inbound.status,
    errors: inbound.status === 'failed' ? errors : null,
    wabaId: number.waba_id,
  });
  return { messageId: message.id, calls };
}

/** Stop or resume marketing messages (whatsapp-users.md section 3); 131050 follows a stop. */
function takePreference(world: World, number: PhoneNumber, person: Person, value: 'stop' | 'resume'): Taken {
  const businessId = businessIdOf(world.store, number);
  if (value === 'stop')
    world.store.run('insert or ignore into opt_outs (business_id, person_id) values (?, ?)', businessId, person.id);
  else world.store.run('delete from opt_outs where business_id = ? and person_id = ?', businessId, person.id);
  const bsuid = bsuidOf(world.store, businessId, person);
  const waId = isPhoneVisible(world.store, businessId, person) ? { wa_id: person.wa_id } : {};
  const calls = world.webhooks.enqueue({
    wabaId: number.waba_id,
    field: 'user_preferences',
    lane: `person:${person.id}`,
    value: {
      messaging_product: 'whatsapp',
      metadata: metadataOf(number),
      contacts: [{ profile: { name: person.name }, ...waId, user_id: bsuid }],
      user_preferences: [
        {
          ...waId,
          user_id: bsuid,
          detail:
            value === 'stop'
              ? 'User requested to stop marketing messages'
              : 'User requested to resume marketing messages',
          category: 'marketing_messages',
          value,
          timestamp: Number(seconds(world.clock.nowMs())),
        },
      ],
    },
  });
  return { messageId: null, calls };
}
