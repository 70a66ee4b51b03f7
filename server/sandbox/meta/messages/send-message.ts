import { z } from 'zod';
import { businessIdOf, type PhoneNumber, type Waba } from '../accounts/accounts.ts';
import { messageError, titleOf, type MessageErrorCode } from '../graph-error.ts';
import { findMedia } from '../media/media-routes.ts';
import { bsuidOf, rememberContact, type Person } from '../people/people.ts';
import type { World } from '../world.ts';
import type { OutgoingMessage } from './message-schema.ts';
import {
  addStatus,
  findMessage,
  insertMessage,
  isWindowOpen,
  type Pricing,
  type StoredMessage,
} from './message-store.ts';
import { statusValue, type StatusError } from './message-values.ts';
import { prepareInteractiveFlow, type PreparedFlow } from './prepare-flow.ts';
import { prepareTemplate } from './prepare-template.ts';
import { spendRates } from './rate-limits.ts';
import { findRecipient, type Recipient } from './recipient.ts';

type Prepared = {
  content: Record<string, unknown>;
  flow: PreparedFlow | null;
  /** Null for a message that is no template. */
  category: 'MARKETING' | 'UTILITY' | 'AUTHENTICATION' | null;
};
type Failure = { code: MessageErrorCode; details: string };

/**
 * Takes in one message. What Meta finds at once is thrown as GraphError; what it finds on the way to the phone (closed window,
 * not on WhatsApp, opted out) is accepted and reported in a `failed` status.
 */
export function sendMessage(
  world: World,
  number: PhoneNumber,
  waba: Waba,
  message: OutgoingMessage,
): { contacts: Record<string, string>[]; messages: Record<string, string>[]; messaging_product: 'whatsapp' } {
  return world.store.transaction(() => {
    const recipient = findRecipient(world, { number, waba, to: message.to, recipient: message.recipient });
    if (message.type === 'document') refuseUnknownMedia(world, number, message.document.id);
    const prepared = prepare(world, waba, message);
    if (prepared.category === 'AUTHENTICATION' && recipient.addressed === 'bsuid')
      throw messageError(131062, 'Send the authentication template to a phone number.');
    const contextId = message.context?.message_id ?? null;
    if (contextId !== null && findMessage(world.store, contextId)?.number_id !== number.id)
      throw messageError(131009, 'context.message_id is not a message of this number.');
    spendRates(world, number.id, recipient.person?.id ?? null);
    const failure = recipient.isLost ? null : findFailure(world, number, waba, recipient, prepared);
    const stored = insertMessage(world, {
      number_id: number.id,
      person_id: recipient.person?.id ?? null,
      addressed: recipient.addressed,
      direction: 'out',
      outcome: recipient.isLost ? 'lost' : failure ? 'failed' : 'delivered',
      type: message.type,
      content: prepared.content,
      context_id: contextId,
      callback_data: message.biz_opaque_callback_data ?? null,
      pricing: pricingOf(world, number, recipient, prepared),
      flow: prepared.flow?.part ?? null,
      flow_version: prepared.flow?.version ?? null,
      draft_json: prepared.flow?.draftJson ?? null,
    });
    deliver(world, number, waba, { recipient, stored, failure });
    return {
      messaging_product: 'whatsapp',
      contacts: [contactOf(recipient)],
      messages: [{ id: stored.id, ...(message.type === 'template' ? { message_status: 'accepted' } : {}) }],
    };
  });
}

/** A file belongs to the number it was uploaded for. */
function refuseUnknownMedia(world: World, number: PhoneNumber, mediaId: string | undefined): void {
  if (mediaId !== undefined && findMedia(world.store, mediaId)?.number_id !== number.id)
    throw messageError(131009, `document.id ${mediaId} is not a media object of this number.`);
}

/** Addressed by phone the answer has no user id, addressed by id no phone (whatsapp-users.md section 4). */
function contactOf(recipient: Recipient): Record<string, string> {
  return recipient.addressed === 'phone'
    ? { input: recipient.input, wa_id: recipient.address }
    : { input: recipient.input, user_id: recipient.address };
}

function prepare(world: World, waba: Waba, message: OutgoingMessage): Prepared {
  switch (message.type) {
    case 'text':
      return { content: { text: message.text }, flow: null, category: null };
    case 'document':
      return { content: { document: message.document }, flow: null, category: null };
    case 'interactive': {
      const { interactive } = message;
      const flow = interactive.type === 'flow' ? prepareInteractiveFlow(world, waba, interactive) : null;
      return { content: { interactive }, flow, category: null };
    }
    case 'template': {
      const { template, shown, flow } = prepareTemplate(world, waba, message.template);
      const content = {
        template: { name: template.name, language: template.language, category: template.category, ...shown },
      };
      return { content, flow, category: template.category };
    }
  }
}

function findFailure(
  world: World,
  number: PhoneNumber,
  waba: Waba,
  recipient: Recipient,
  prepared: Prepared,
): Failure | null {
  const { person } = recipient;
  if (!person) return { code: 131026, details: 'Message Undeliverable.' };
  if (prepared.category === null && !isWindowOpen(world, number.id, person.id))
    return {
      code: 131047,
      details:
        'Message failed to send because more than 24 hours have passed since the customer last replied to this number.',
    };
  if (prepared.category !== 'MARKETING') return null;
  if (hasOptedOut(world, waba.business_id, person.id))
    return {
      code: 131050,
      details: 'The recipient has chosen to stop receiving marketing messages from your business.',
    };
  if (bsuidOf(world.store, waba.business_id, person).startsWith('US.'))
    return { code: 131049, details: 'Marketing templates are not delivered to numbers of the United States.' };
  return null;
}

export function hasOptedOut(world: World, businessId: string, personId: number): boolean {
  const found = world.store.first(
    z.object({ person_id: z.number() }),
    'select person_id from opt_outs where business_id = ? and person_id = ?',
    businessId,
    personId,
  );
  return found !== undefined;
}

function pricingOf(world: World, number: PhoneNumber, recipient: Recipient, prepared: Prepared): Pricing {
  const isFree =
    prepared.category === null ||
    (prepared.category === 'UTILITY' &&
      recipient.person !== null &&
      isWindowOpen(world, number.id, recipient.person.id));
  return {
    billable: !isFree,
    pricing_model: 'PMP',
    category: prepared.category?.toLowerCase() ?? 'service',
    type: isFree ? 'free_customer_service' : 'regular',
  };
}

function deliver(
  world: World,
  number: PhoneNumber,
  waba: Waba,
  o: { recipient: Recipient; stored: StoredMessage; failure: Failure | null },
): void {
  const { recipient, stored, failure } = o;
  if (recipient.isLost) return;
  if (failure) {
    reportStatus(world, number, waba, { ...o, status: 'failed', errors: [toStatusError(failure)] });
    return;
  }
  if (recipient.person && recipient.addressed === 'phone')
    rememberContact(world.store, waba.business_id, recipient.person.id);
  for (const status of ['sent', 'delivered'])
    reportStatus(world, number, waba, { recipient, stored, status, errors: null });
}

function toStatusError(failure: Failure): StatusError {
  return {
    code: failure.code,
    title: titleOf(failure.code),
    message: titleOf(failure.code),
    error_data: { details: failure.details },
    href: 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/',
  };
}

function reportStatus(
  world: World,
  number: PhoneNumber,
  waba: Waba,
  o: { recipient: Recipient; stored: StoredMessage; status: string; errors: StatusError[] | null },
): void {
  enqueueStatus(world, number, {
    person: o.recipient.person,
    recipient: o.recipient.address,
    message: o.stored,
    status: o.status,
    errors: o.errors,
    wabaId: waba.id,
  });
}

/** Records a status and queues its webhook; answers the webhook calls' numbers. */
export function enqueueStatus(
  world: World,
  number: PhoneNumber,
  o: {
    person: Person | null;
    recipient: string;
    message: StoredMessage;
    status: string;
    errors: StatusError[] | null;
    wabaId: string;
  },
): number[] {
  addStatus(world, o.message.id, o.status, o.errors);
  return world.webhooks.enqueue({
    wabaId: o.wabaId,
    field: 'messages',
    lane: `message:${o.message.id}`,
    value: statusValue(world, number, { ...o, at: world.clock.nowMs() }),
  });
}

/** The address a message went to, for statuses that come later. */
export function addressOf(world: World, number: PhoneNumber, message: StoredMessage, person: Person): string {
  return message.addressed === 'phone' ? person.wa_id : bsuidOf(world.store, businessIdOf(world.store, number), person);
}
