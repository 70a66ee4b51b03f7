import { sql } from 'kysely';
import type { SendView } from '@flowella/shared/contract/api.ts';
import type { Answers } from '@flowella/shared/form/answers.ts';
import { AppError } from '../app-error.ts';
import { appendAudit } from '../audit/audit.ts';
import { withPortal, type PortalId, type PortalTx } from '../db/db.ts';
import { signFlowToken } from '../endpoint/flow-token.ts';
import { prepareConfirmation } from '../endpoint/confirmation/confirmations.ts';
import { prefillPurpose } from '../endpoint/runs.ts';
import type { Language } from '../hubspot/language.ts';
import { sentByPurpose } from '../keys/identity.ts';
import { isSendErased } from '../endpoint/hold-run.ts';
import { getAccountSecrets, setAccountState } from './accounts.ts';
import { chooseWay, explainBlocked, type BlockedCode, type NotConfirmable } from './choose-way.ts';
import { CONFIRM_PROPERTIES, whyNotConfirmable } from './confirmable.ts';
import { readConsent, recordConsent } from './consents.ts';
import { flowOpening } from './flow-opening.ts';
import { contactNotFound, holdContact } from './hold-contact.ts';
import { interactiveMessage, templateMessage } from './messages.ts';
import { MetaError } from './meta-errors.ts';
import { meetPerson, linkContact, type Person } from './persons.ts';
import { readSendSettings } from './portal-settings.ts';
import { postMessage } from './post-message.ts';
import { prefillAnswers, prefillProperties } from './prefill-answers.ts';
import type { Recipient } from './recipient.ts';
import { findAddressee, NUMBER_PROPERTIES, type Addressee } from './find-addressee.ts';
import { readSendableFlows, type LiveVersion, type SendableFlow } from './sendable-flow.ts';
import { retryOnConflict } from './retry-on-conflict.ts';
import { sendIdFor } from './send-id.ts';
import type { SendableContact, SendServices, WhatsappServices } from './services.ts';
import { takeMetaStatus } from './flow-status.ts';
import { viewSend } from './view-send.ts';

export type SendRequest = {
  portalId: PortalId;
  flowId: string;
  /** A HubSpot contact, or a number as a person wrote it, with its country code (a test, an entry point). */
  to: { kind: 'contact'; contactId: string } | { kind: 'number'; number: string };
  /** `card`, `test`, `workflow` …: where it was started. `test` needs no recorded opt-in. */
  channel: string;
  sentBy: { userId: number | null; email: string | null } | null;
  /** The same key sends once, also after the first send was finished. */
  idempotencyKey?: string;
  /** Close an open send of this flow to this recipient first: *Send again*. */
  replace?: boolean;
  /**
   * What a flow that Meta holds back does: `refuse` says so at once, for a person who is waiting; `wait` keeps the message, which is
   * sent by itself once Meta allows it. Default `refuse`.
   */
  whenPaused?: 'refuse' | 'wait';
  language?: Language;
};

/** How long the person may take: Meta advises two to three days (whatsapp-flows.md section 6.7). */
export const TOKEN_LIFE_MS = 3 * 24 * 3_600_000;
/** A message that Meta holds back waits this long: after that nobody expects it any more. */
export const LONGEST_WAIT_MS = 14 * 24 * 3_600_000;
/** A person is waiting for the card; HubSpot gives up after 15 s. */
const SEND_DEADLINE_MS = 9_000;

/**
 * Sends a flow to a contact or a number (flow-rules.md sections 3, 6 and 7). There is one open send per recipient and flow:
 * a second press, a repeated call or a second rep gets the first one back.
 *
 * Throws AppError: `flow_not_found`, `contact_not_found`, and `send_blocked` (409; context.reason is the code) whose
 * userMessage says what stops it. A refusal by Meta is no error of this call: the send is answered in state `failed`.
 */
export async function sendFlow(services: SendServices, request: SendRequest): Promise<SendView> {
  const language = request.language ?? 'en';
  const flow = await readOneFlow(services, request, language);
  const readAt = services.clock.now();
  const contact = await readSendContact(services, request, flow, language);
  const claimed = await claimSend(services, request, { flow, contact, readAt, language });
  if (claimed.kind === 'new' && !claimed.outgoing.waits) await deliver(services, request.portalId, claimed.outgoing);
  return viewSend(services, request.portalId, claimed.sendId, language);
}

async function readOneFlow(services: SendServices, request: SendRequest, language: Language): Promise<SendableFlow> {
  const [flow] = await withPortal(services.db, request.portalId, (tx) =>
    readSendableFlows(tx, request.portalId, request.flowId),
  );
  if (flow) return flow;
  const texts = { en: 'This flow does not exist (any more).', de: 'Diesen Flow gibt es nicht (mehr).' };
  throw new AppError('flow_not_found', { status: 404, userMessage: texts[language] });
}

async function readSendContact(
  services: SendServices,
  request: SendRequest,
  flow: SendableFlow,
  language: Language,
): Promise<SendableContact | null> {
  if (request.to.kind === 'number') return null;
  const wanted = flow.live ? prefillProperties(flow.live.program, flow.live.mapping) : [];
  if (flow.live?.program.confirmation) wanted.push(...CONFIRM_PROPERTIES);
  const contact = await services.readContact(request.portalId, request.to.contactId, [
    ...new Set([...NUMBER_PROPERTIES, ...wanted]),
  ]);
  if (contact) return contact;
  throw contactNotFound(language);
}

export type Outgoing = {
  sendId: string;
  flowId: string;
  /** Meta takes no message of this flow at the moment: it is kept and not sent yet. */
  waits: boolean;
  way: 'interactive' | 'template';
  recipient: Recipient;
  person: Person;
  phoneNumberId: string;
  accountId: string;
  live: LiveVersion;
  template: { name: string; language: string } | null;
  prefill: Answers;
  tokenExpiresAt: Date;
};
type Claimed = { kind: 'existing'; sendId: string } | { kind: 'new'; sendId: string; outgoing: Outgoing };

/** Decides and writes the send in one transaction: the row stands before Meta is called, so no crash can lose it. */
async function claimSend(
  services: SendServices,
  request: SendRequest,
  o: { flow: SendableFlow; contact: SendableContact | null; readAt: Date; language: Language },
): Promise<Claimed> {
  const { portalId } = request;
  const now = services.clock.now();
  const claim = async (tx: PortalTx): Promise<Claimed> => {
    await services.keys.dataKey(portalId, tx);
    if (request.to.kind === 'contact' && !(await holdContact(tx, portalId, { ...request.to, readAt: o.readAt })))
      throw contactNotFound(o.language);
    const settings = await readSendSettings(tx, portalId);
    const addressee = await findAddressee(tx, services, portalId, { ...o, to: request.to, settings });
    const recipientKey = await recipientKeyOf(tx, services, request, { addressee, flow: o.flow, now });
    const sendId = await sendIdFor(services.keys, portalId, { ...request, recipientKey: recipientKey.key });
    const existing = await findExisting(tx, request, { sendId, recipientKey: recipientKey.key, now });
    if (existing) return { kind: 'existing', sendId: existing };
    const notConfirmable = whyNotConfirmable(o.flow.live?.program, o.contact);
    const found = { addressee, person: recipientKey.person, settings, notConfirmable };
    const ready = await decide(tx, services, request, { ...o, ...found, now });
    const prefill =
      settings.prefill && o.contact
        ? prefillAnswers(ready.live.program, ready.live.mapping, o.contact.properties, addressee.country)
        : {};
    const tokenExpiresAt = new Date(now.getTime() + (ready.waits ? LONGEST_WAIT_MS : TOKEN_LIFE_MS));
    const outgoing: Outgoing = { ...ready, sendId, flowId: request.flowId, prefill, tokenExpiresAt };
    if (request.replace) await closeOpenSend(tx, request, recipientKey.key);
    const isFirst = await insertSend(tx, services, request, { outgoing, recipientKey: recipientKey.key, now });
    if (isFirst) {
      if (ready.live.program.confirmation)
        await prepareConfirmation(tx, services.keys, {
          portalId,
          sendId,
          now,
          recipient: recipientKey.key,
          surname: o.contact?.properties.lastname ?? null,
          email: o.contact?.properties.email ?? null,
        });
      return { kind: 'new', sendId, outgoing };
    }
    const first = await findExisting(
      tx,
      { ...request, replace: false },
      { sendId, recipientKey: recipientKey.key, now },
    );
    return { kind: 'existing', sendId: first ?? sendId };
  };
  return retryOnConflict(() => withPortal(services.db, portalId, claim));
}

/** One open send per contact where one is known, else per person (design, *One owner*). */
async function recipientKeyOf(
  tx: PortalTx,
  services: SendServices,
  request: SendRequest,
  o: { addressee: Addressee; flow: SendableFlow; now: Date },
): Promise<{ key: string; person: Person | null }> {
  const person = await personOf(tx, services, request, o);
  if (request.to.kind === 'contact') return { key: `contact:${request.to.contactId}`, person };
  return { key: person ? `person:${person.personId}` : 'nobody', person };
}

async function personOf(
  tx: PortalTx,
  services: SendServices,
  request: SendRequest,
  o: { addressee: Addressee; flow: SendableFlow; now: Date },
): Promise<Person | null> {
  const { recipient } = o.addressee;
  if (!recipient) return null;
  const person = await meetPerson(tx, services, request.portalId, {
    ...(recipient.kind === 'phone' ? { phone: recipient.e164 } : { bsuid: recipient.bsuid }),
    portfolioId: o.flow.account.portfolioId,
    phoneSource: request.to.kind === 'contact' ? 'crm' : 'typed',
    at: o.now,
  });
  if (person && request.to.kind === 'contact') {
    await linkContact(tx, request.portalId, {
      personId: person.personId,
      contactId: request.to.contactId,
      now: o.now,
    });
  }
  return person;
}

/** A send with this id, or an open one to the same recipient; expired ones are closed on the way. */
async function findExisting(
  tx: PortalTx,
  request: SendRequest,
  o: { sendId: string; recipientKey: string; now: Date },
): Promise<string | null> {
  const same = await tx
    .selectFrom('sends')
    .select('send_id')
    .where('portal_id', '=', String(request.portalId))
    .where('send_id', '=', o.sendId)
    .executeTakeFirst();
  if (same) return same.send_id;
  await tx
    .updateTable('sends')
    .set({ open: false, closed_reason: 'expired', prefill_sealed: null })
    .where('portal_id', '=', String(request.portalId))
    .where('flow_id', '=', request.flowId)
    .where('recipient_key', '=', o.recipientKey)
    .where('open', '=', true)
    .where('token_expires_at', '<=', o.now)
    .execute();
  if (request.replace) return null;
  const open = await tx
    .selectFrom('sends')
    .select('send_id')
    .where('portal_id', '=', String(request.portalId))
    .where('flow_id', '=', request.flowId)
    .where('recipient_key', '=', o.recipientKey)
    .where('open', '=', true)
    .executeTakeFirst();
  return open?.send_id ?? null;
}

type Ready = Omit<Outgoing, 'sendId' | 'flowId' | 'prefill' | 'tokenExpiresAt'>;

/** How a message goes out now, or throws `send_blocked`. */
export async function decide(
  tx: PortalTx,
  services: Pick<SendServices, 'keys'>,
  request: Pick<SendRequest, 'portalId' | 'channel' | 'whenPaused'>,
  o: {
    flow: SendableFlow;
    /** Why nobody could confirm who they are, where the flow asks for it. */
    notConfirmable: NotConfirmable | null;
    addressee: Addressee;
    person: Person | null;
    settings: { requireOptIn: boolean };
    language: Language;
    now: Date;
  },
): Promise<Ready> {
  const number = chooseNumber(o.flow, o.person);
  const consent = o.person
    ? await readConsent(tx, services, request.portalId, o.person.identity)
    : { state: 'unknown' as const };
  const waits = o.flow.state === 'paused' && request.whenPaused === 'wait';
  const way = chooseWay({
    flowState: waits ? 'published' : o.flow.state,
    pausedBy: o.flow.stateReason,
    isLive: o.flow.live !== null,
    accountState: o.flow.account.state,
    hasNumberToSendFrom: number !== null,
    hasRecipient: o.addressee.recipient !== null,
    consent: consent.state,
    requireOptIn: o.settings.requireOptIn,
    lastInboundAt: number && o.person?.lastInboundNumber === number ? o.person.lastInboundAt : null,
    template: o.flow.template,
    isTest: request.channel === 'test',
    notConfirmable: o.notConfirmable,
    now: o.now,
  });
  if (way.kind === 'blocked') throw blocked(way.code, o.addressee.problem, o.language);
  if (!o.flow.live || !o.addressee.recipient || !o.person || !number)
    throw blocked('no-recipient', o.addressee.problem, o.language);
  return {
    waits,
    way: way.kind,
    recipient: o.addressee.recipient,
    person: o.person,
    phoneNumberId: number,
    accountId: o.flow.account.accountId,
    live: o.flow.live,
    template: way.kind === 'template' ? o.flow.template : null,
  };
}

/** The number the person wrote to last, since its window may be open; else the account's first. */
export function chooseNumber(flow: SendableFlow, person: Person | null): string | null {
  const numbers = flow.account.numbers.map((entry) => entry.phoneNumberId);
  const last = person?.lastInboundNumber;
  return last && numbers.includes(last) ? last : (numbers[0] ?? null);
}

function blocked(code: BlockedCode, numberProblem: string | null, language: Language): AppError {
  const why = code === 'no-recipient' ? numberProblem : null;
  return new AppError('send_blocked', {
    status: 409,
    userMessage: why ?? explainBlocked(code, language),
    context: { reason: code },
  });
}

async function closeOpenSend(tx: PortalTx, request: SendRequest, recipientKey: string): Promise<void> {
  await tx
    .updateTable('sends')
    .set({ open: false, closed_reason: 'replaced', prefill_sealed: null })
    .where('portal_id', '=', String(request.portalId))
    .where('flow_id', '=', request.flowId)
    .where('recipient_key', '=', recipientKey)
    .where('open', '=', true)
    .execute();
}

/** False when another call was faster: the unique indexes decide. */
async function insertSend(
  tx: PortalTx,
  services: SendServices,
  request: SendRequest,
  o: { outgoing: Outgoing; recipientKey: string; now: Date },
): Promise<boolean> {
  const { outgoing } = o;
  const { portalId } = request;
  const email = request.sentBy?.email;
  const hasPrefill = Object.keys(outgoing.prefill).length > 0;
  const done = await tx
    .insertInto('sends')
    .values({
      portal_id: portalId,
      send_id: outgoing.sendId,
      flow_id: request.flowId,
      version_id: outgoing.live.versionId,
      person_id: outgoing.person.personId,
      contact_id: request.to.kind === 'contact' ? request.to.contactId : outgoing.person.contactId,
      phone_number_id: outgoing.phoneNumberId,
      recipient_key: o.recipientKey,
      channel: request.channel,
      sent_by: request.sentBy?.userId?.toString() ?? null,
      sent_by_email_sealed: email ? await services.keys.seal(portalId, sentByPurpose(outgoing.sendId), email) : null,
      way: outgoing.way,
      state: outgoing.waits ? 'queued' : 'sending',
      waits_for: outgoing.waits ? 'flow' : null,
      prefill_sealed: hasPrefill
        ? await services.keys.sealJson(portalId, prefillPurpose(outgoing.sendId), outgoing.prefill)
        : null,
      token_expires_at: outgoing.tokenExpiresAt,
      created_at: o.now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  const isMine = (done.numInsertedOrUpdatedRows ?? 0n) > 0n;
  // What a person sent by hand; what the server sends by itself has a row of its own and no actor.
  if (isMine && request.sentBy)
    await appendAudit(tx, portalId, o.now, {
      actor: `user:${request.sentBy.userId}`,
      action: 'flow.sent',
      subject: outgoing.sendId,
      detail: {
        flow: request.flowId,
        channel: request.channel,
        contact: request.to.kind === 'contact' ? request.to.contactId : null,
      },
    });
  return isMine;
}

/** Calls Meta once and writes what came of it. A lost answer is `unknown`: the status webhook decides, never a second call. */
export async function deliver(services: WhatsappServices, portalId: PortalId, outgoing: Outgoing): Promise<void> {
  try {
    // The person may have been erased since the send was written: no message goes out then.
    if (await withPortal(services.db, portalId, (tx) => isSendErased(tx, portalId, outgoing.sendId))) return;
    const secrets = await getAccountSecrets(services, portalId, outgoing.accountId);
    const wamid = await postMessage(services.graph, {
      phoneNumberId: outgoing.phoneNumberId,
      accessToken: secrets.accessToken,
      message: messageOf(services, portalId, outgoing),
      deadlineMs: SEND_DEADLINE_MS,
    });
    await recordAccepted(services, portalId, { sendId: outgoing.sendId, wamid });
  } catch (err) {
    await recordRefusal(services, portalId, outgoing, err);
  }
}

function messageOf(services: WhatsappServices, portalId: PortalId, o: Outgoing): Record<string, unknown> {
  const token = signFlowToken(services.keyring, { portalId, sendId: o.sendId, expiresAt: o.tokenExpiresAt });
  const envelope = { recipient: o.recipient, sendId: o.sendId, token, opening: flowOpening(o.live, o.prefill) };
  return o.way === 'template' && o.template
    ? templateMessage({ ...envelope, template: o.template })
    : interactiveMessage({ ...envelope, message: o.live.message, metaFlowId: o.live.metaFlowId });
}

async function recordAccepted(
  services: WhatsappServices,
  portalId: PortalId,
  o: { sendId: string; wamid: string | null },
): Promise<void> {
  const now = services.clock.now();
  await withPortal(services.db, portalId, (tx) =>
    tx
      .updateTable('sends')
      .set({
        wamid: o.wamid,
        accepted_at: now,
        // A status that was faster than this answer stays.
        state: sql`case when state in ('queued', 'sending', 'unknown') then 'accepted' else state end`,
      })
      .where('portal_id', '=', String(portalId))
      .where('send_id', '=', o.sendId)
      .execute(),
  );
}

async function recordRefusal(
  services: WhatsappServices,
  portalId: PortalId,
  outgoing: Outgoing,
  thrown: unknown,
): Promise<void> {
  const now = services.clock.now();
  const isUnknown =
    !(thrown instanceof MetaError) && !(thrown instanceof AppError && thrown.code === 'meta_unavailable');
  const heldBack = thrown instanceof MetaError ? HELD_BACK[thrown.metaCode] : undefined;
  services.log.warn({ err: thrown, portalId, sendId: outgoing.sendId }, 'a flow message was not accepted');
  await withPortal(services.db, portalId, async (tx) => {
    await services.keys.dataKey(portalId, tx);
    await tx
      .updateTable('sends')
      .set(
        isUnknown
          ? { state: 'unknown' }
          : heldBack !== undefined
            ? // Nothing was sent, so nothing is sent twice when Meta allows it again.
              { state: 'queued', waits_for: 'flow', token_expires_at: new Date(now.getTime() + LONGEST_WAIT_MS) }
            : {
                state: 'failed',
                failed_at: now,
                open: false,
                closed_reason: 'failed',
                prefill_sealed: null,
                error_code: thrown instanceof MetaError ? `meta:${thrown.metaCode}` : 'meta:2',
                error_message: thrown instanceof MetaError ? thrown.code : 'meta_unavailable',
              },
      )
      .where('portal_id', '=', String(portalId))
      .where('send_id', '=', outgoing.sendId)
      .where('state', 'in', ['queued', 'sending'])
      .execute();
    if (thrown instanceof MetaError) await learnFromRefusal(tx, services, portalId, { outgoing, fault: thrown, now });
  });
}

/** Refusals that say that Meta holds the flow back, faster than its webhook (whatsapp-flows.md section 9.4), and its status by them. */
const HELD_BACK: Record<number, 'BLOCKED' | 'THROTTLED'> = { 132068: 'BLOCKED', 132069: 'THROTTLED' };

/** What a refusal says beyond this one message: an opt-out, a window that was shut, a token that died. */
async function learnFromRefusal(
  tx: PortalTx,
  services: WhatsappServices,
  portalId: PortalId,
  o: { outgoing: Outgoing; fault: MetaError; now: Date },
): Promise<void> {
  if (o.fault.metaCode === 131050) {
    await recordConsent(tx, services, portalId, {
      who: o.outgoing.person.identity,
      state: 'opted_out',
      source: 'meta-131050',
      at: o.now,
    });
  }
  const status = HELD_BACK[o.fault.metaCode];
  if (status) {
    const { metaFlowId } = o.outgoing.live;
    await takeMetaStatus(tx, portalId, { metaFlowId, status, from: 'refusal', now: o.now });
  }
  if (o.fault.metaCode === 131047) await forgetWindow(tx, portalId, o.outgoing.person.personId);
  if (o.fault.code === 'meta_token_invalid') {
    await setAccountState(tx, portalId, o.outgoing.accountId, { state: 'broken', now: o.now });
  }
}

/** Meta says the window is shut: the next send uses the template. */
export async function forgetWindow(tx: PortalTx, portalId: PortalId, personId: string): Promise<void> {
  await tx
    .updateTable('persons')
    .set({ last_inbound_at: null })
    .where('portal_id', '=', String(portalId))
    .where('person_id', '=', personId)
    .execute();
}
