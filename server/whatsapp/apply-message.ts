import { z } from 'zod';
import type { PortalId, PortalTx } from '../db/db.ts';
import { withPortal } from '../db/db.ts';
import { takeChoice } from '../delivery/take-choice.ts';
import { ownerOfOffer } from '../destinations/calendar/offers.ts';
import { readTimeRow } from '../destinations/calendar/times-message.ts';
import { readFlowToken } from '../endpoint/flow-token.ts';
import { carryConsent, readConsent, recordConsent } from './consents.ts';
import { changeIdentity, meetPerson, noteInbound, readPerson, type Person } from './persons.ts';
import { isBsuid, numberOfWaId } from './recipient.ts';
import type { InboxServices } from './services.ts';
import { consentWord } from './stop-words.ts';
import type { Preference, WebhookContact, WebhookMessage } from './webhook-body.ts';

export type InboundContext = {
  portalId: PortalId;
  portfolioId: string;
  /** The business number that was written to. */
  phoneNumberId: string;
  contacts: readonly WebhookContact[];
  receivedAt: Date;
};

/** What became of one message: done, to be tried again because something it needs is not there yet, or a matter for a person. */
export type Applied = { kind: 'done' } | { kind: 'later'; problem: string } | { kind: 'review'; problem: string };

const DONE: Applied = { kind: 'done' };

/** One incoming message. Repeatable: everything it writes is the same the second time. */
export async function applyMessage(
  services: InboxServices,
  context: InboundContext,
  message: WebhookMessage,
): Promise<Applied> {
  if (message.type === 'system') return applySystem(services, context, message);
  const person = await meetSender(services, context, message);
  // Without number and id nobody can be told apart: kept for a person to look at, never dropped (rule 2).
  if (!person) return { kind: 'review', problem: 'sender_unknown' };
  if (message.interactive?.nfm_reply) return applyFlowReply(services, context, { message, person });
  if (message.interactive?.list_reply) return applyListReply(services, context, { message, person });
  const text = message.text?.body ?? message.button?.text;
  if (text !== undefined) await applyConsentWord(services, context, { person, text, at: message.timestamp });
  return DONE;
}

/** The person who wrote, with whatever this message proves; opens the window of the number that was written to. */
async function meetSender(
  services: InboxServices,
  context: InboundContext,
  message: WebhookMessage,
): Promise<Person | null> {
  const contact = contactOf(context, message);
  const waId = message.from ?? contact?.wa_id;
  const bsuid = message.from_user_id ?? contact?.user_id;
  const phone = (waId && numberOfWaId(waId)) ?? sharedNumber(message) ?? undefined;
  return withPortal(services.db, context.portalId, async (tx) => {
    const person = await meetPerson(tx, services, context.portalId, {
      phone: phone ?? undefined,
      bsuid: bsuid && isBsuid(bsuid) ? bsuid : undefined,
      parentBsuid: message.from_parent_user_id ?? contact?.parent_user_id,
      username: contact?.profile?.username,
      name: contact?.profile?.name,
      portfolioId: context.portfolioId,
      phoneSource: message.type === 'contacts' ? 'contact-request' : 'inbound',
      at: message.timestamp,
    });
    if (person) {
      await noteInbound(tx, context.portalId, {
        personId: person.personId,
        phoneNumberId: context.phoneNumberId,
        at: message.timestamp,
      });
    }
    return person;
  });
}

/** One change carries the messages of several people; each entry of `contacts` belongs to one of them. */
function contactOf(context: InboundContext, message: WebhookMessage): WebhookContact | undefined {
  const own = context.contacts.find(
    (contact) =>
      (message.from !== undefined && contact.wa_id === message.from) ||
      (message.from_user_id !== undefined && contact.user_id === message.from_user_id),
  );
  return own ?? (context.contacts.length === 1 ? context.contacts[0] : undefined);
}

/** The sender's own number from the *Share contact info* button; any other card proves nothing (rule 3). */
function sharedNumber(message: WebhookMessage): string | null {
  const own = message.contacts?.find((card) => card.origin === 'contact_request');
  const waId = own?.phones?.find((phone) => phone.wa_id)?.wa_id;
  return waId ? numberOfWaId(waId) : null;
}

/**
 * Meta tells times in whole seconds (whatsapp-users.md): a "stop" in the same second as a consent that was recorded here to
 * the millisecond came after it, as far as anybody can tell, and must not be lost.
 */
function endOfSecond(at: Date): Date {
  return new Date(Math.floor(at.getTime() / 1_000) * 1_000 + 999);
}

async function applyConsentWord(
  services: InboxServices,
  context: InboundContext,
  o: { person: Person; text: string; at: Date },
): Promise<void> {
  const word = consentWord(o.text);
  if (!word) return;
  await withPortal(services.db, context.portalId, async (tx) => {
    const who = o.person.identity;
    if (word === 'stop') {
      const at = endOfSecond(o.at);
      await recordConsent(tx, services, context.portalId, { who, state: 'opted_out', source: 'stop-word', at });
      return;
    }
    // "Start" is an everyday word: it takes an opt-out back and proves no consent by itself.
    const consent = await readConsent(tx, services, context.portalId, who);
    if (consent.state === 'opted_out')
      await recordConsent(tx, services, context.portalId, { who, state: 'opted_in', source: 'start-word', at: o.at });
  });
}

const responseSchema = z.looseObject({ flow_token: z.string().optional().catch(undefined) });

/**
 * The answers of a flow: found by the message they answer, else by their token, which some clients omit (flow-rules.md
 * section 6). A reply from somebody else than the recipient is not written (whatsapp-users.md section 8, rule 4).
 */
async function applyFlowReply(
  services: InboxServices,
  context: InboundContext,
  o: { message: WebhookMessage; person: Person },
): Promise<Applied> {
  const response = parseResponse(o.message.interactive?.nfm_reply?.response_json ?? '');
  if (!response) return { kind: 'review', problem: 'reply_unreadable' };
  const token = response.flow_token === undefined ? null : readFlowToken(services.keyring, response.flow_token);
  const byToken = token?.portalId === context.portalId ? token.sendId : null;
  const send = await withPortal(services.db, context.portalId, (tx) =>
    findSend(tx, context.portalId, { wamid: o.message.context?.id ?? null, sendId: byToken }),
  );
  if (!send) {
    // Another tool's flow on the same number, or a message of ours whose id is not stored yet.
    return { kind: 'later', problem: byToken === null ? 'reply_without_send' : 'send_gone' };
  }
  const isRecipient = await isSamePerson(services, context, send.personId, o.person);
  if (!isRecipient) return { kind: 'review', problem: 'reply_from_other_person' };
  await services.onFlowReply(context.portalId, {
    sendId: send.sendId,
    responseJson: response,
    receivedAt: o.message.timestamp,
  });
  return DONE;
}

function parseResponse(text: string): z.infer<typeof responseSchema> | null {
  try {
    const parsed = responseSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

async function findSend(
  tx: PortalTx,
  portalId: PortalId,
  key: { wamid: string | null; sendId: string | null },
): Promise<{ sendId: string; personId: string } | null> {
  for (const [column, value] of [
    ['wamid', key.wamid],
    ['send_id', key.sendId],
  ] as const) {
    if (value === null) continue;
    const row = await tx
      .selectFrom('sends')
      .select(['send_id', 'person_id'])
      .where('portal_id', '=', String(portalId))
      .where(column, '=', value)
      .executeTakeFirst();
    if (row) return { sendId: row.send_id, personId: row.person_id };
  }
  return null;
}

/** A row that was tapped: one of a list of times of ours, or of another tool's that writes from the same number. */
async function applyListReply(
  services: InboxServices,
  context: InboundContext,
  o: { message: WebhookMessage; person: Person },
): Promise<Applied> {
  const row = readTimeRow(o.message.interactive?.list_reply?.id ?? '');
  if (!row) return DONE;
  return withPortal(services.db, context.portalId, async (tx): Promise<Applied> => {
    const dataKey = await services.keys.dataKey(context.portalId, tx);
    const owner = await ownerOfOffer(tx, context.portalId, row.offerId);
    if (!owner) return DONE;
    const isOwner =
      owner.personId === o.person.personId ||
      (await readPerson(tx, services, context.portalId, owner.personId))?.personId === o.person.personId;
    if (!isOwner) return { kind: 'review', problem: 'reply_from_other_person' };
    const { submissionId } = owner;
    const choice = { portalId: context.portalId, submissionId, ...row, tappedAt: o.message.timestamp, dataKey };
    await takeChoice(tx, { wakeUps: services.wakeUps, now: services.clock.now() }, choice);
    return DONE;
  });
}

/** Also when the row of the send was superseded since, or the person is on a row by id and the send went to the number. */
async function isSamePerson(
  services: InboxServices,
  context: InboundContext,
  personId: string,
  sender: Person,
): Promise<boolean> {
  if (personId === sender.personId) return true;
  const current = await withPortal(services.db, context.portalId, (tx) =>
    readPerson(tx, services, context.portalId, personId),
  );
  if (!current) return false;
  return current.personId === sender.personId;
}

/** A changed number or id (whatsapp-users.md section 3): the text is never parsed, and `from` may be missing. */
async function applySystem(
  services: InboxServices,
  context: InboundContext,
  message: WebhookMessage,
): Promise<Applied> {
  const { system } = message;
  if (system?.type !== 'user_changed_number' && system?.type !== 'user_changed_user_id') return DONE;
  await applyIdentityChange(services, context, {
    previous: {
      phone: (message.from && numberOfWaId(message.from)) ?? undefined,
      bsuid: system.previous_user_id,
    },
    next: {
      phone: (system.wa_id && numberOfWaId(system.wa_id)) ?? undefined,
      bsuid: system.user_id,
      parentBsuid: system.parent_user_id,
    },
    at: message.timestamp,
  });
  return DONE;
}

type PartialIdentity = { phone?: string | null; bsuid?: string; parentBsuid?: string };

export async function applyIdentityChange(
  services: InboxServices,
  context: Pick<InboundContext, 'portalId' | 'portfolioId'>,
  o: { previous: PartialIdentity; next: PartialIdentity; at: Date },
): Promise<void> {
  const clean = (identity: PartialIdentity) => ({
    phone: identity.phone ?? undefined,
    bsuid: identity.bsuid && isBsuid(identity.bsuid) ? identity.bsuid : undefined,
    parentBsuid: identity.parentBsuid,
  });
  await withPortal(services.db, context.portalId, async (tx) => {
    const changed = await changeIdentity(tx, services, context.portalId, {
      portfolioId: context.portfolioId,
      previous: clean(o.previous),
      next: clean(o.next),
      at: o.at,
    });
    if (!changed) return;
    await carryConsent(tx, services, context.portalId, { from: changed.previous.identity, to: changed.next.identity });
    services.log.info(
      { portalId: context.portalId, from: changed.previous.personId, to: changed.next.personId },
      'a person changed number or id; the old row is superseded',
    );
  });
}

/** *Stop* and *resume* in WhatsApp's own marketing preferences. */
export async function applyPreference(
  services: InboxServices,
  context: Pick<InboundContext, 'portalId'>,
  preference: Preference,
): Promise<Applied> {
  const phone = (preference.wa_id && numberOfWaId(preference.wa_id)) ?? undefined;
  const bsuid = preference.user_id && isBsuid(preference.user_id) ? preference.user_id : undefined;
  if (!phone && !bsuid) return { kind: 'review', problem: 'sender_unknown' };
  if (preference.value !== 'stop' && preference.value !== 'resume') return DONE;
  await withPortal(services.db, context.portalId, (tx) =>
    recordConsent(tx, services, context.portalId, {
      who: { phone: phone ?? undefined, bsuid },
      state: preference.value === 'stop' ? 'opted_out' : 'opted_in',
      source: 'user-preferences',
      at: preference.value === 'stop' ? endOfSecond(preference.timestamp) : preference.timestamp,
    }),
  );
  return DONE;
}
