import type { ContactFlowsResponse, SendView } from '@flowella/shared/contract/api.ts';
import { AppError } from '../app-error.ts';
import { withPortal, type PortalId, type PortalTx } from '../db/db.ts';
import type { Language, Texts } from '../hubspot/language.ts';
import { chooseWay, explainBlocked, windowUntil } from './choose-way.ts';
import { CONFIRM_PROPERTIES, whyNotConfirmable } from './confirmable.ts';
import { readConsent, recordConsent, type Consent } from './consents.ts';
import { findAddressee, NUMBER_PROPERTIES, type Addressee } from './find-addressee.ts';
import { contactNotFound, holdContact } from './hold-contact.ts';
import { findBy, personsOfContact, type Identity, type Person } from './persons.ts';
import { readSendSettings, type SendSettings } from './portal-settings.ts';
import { describePrefill, prefillAnswers, prefillProperties } from './prefill-answers.ts';
import { formatNumber } from './recipient.ts';
import { chooseNumber } from './send-flow.ts';
import { readSendableFlows, type SendableFlow } from './sendable-flow.ts';
import type { SendableContact, SendServices } from './services.ts';
import { listSendsOfContact } from './view-send.ts';

type Row = ContactFlowsResponse['flows'][number];

/** Everything the card *WhatsApp flows* shows of a contact; one read at HubSpot. Throws `contact_not_found`. */
export async function contactFlows(
  services: SendServices,
  portalId: PortalId,
  contactId: string,
  language: Language,
): Promise<ContactFlowsResponse> {
  const flows = await withPortal(services.db, portalId, (tx) => readSendableFlows(tx, portalId));
  const contact = await readCardContact(services, portalId, { contactId, flows, language });
  const sends = await listSendsOfContact(services, portalId, contactId, language);
  const now = services.clock.now();
  return withPortal(services.db, portalId, async (tx) => {
    await services.keys.dataKey(portalId, tx);
    const settings = await readSendSettings(tx, portalId);
    const reach = await reachOf(tx, services, portalId, {
      contactId,
      contact,
      flow: flows[0] ?? null,
      settings,
      language,
    });
    const rows: Row[] = [];
    for (const flow of flows) {
      rows.push(await flowRow(tx, services, portalId, { flow, contactId, contact, settings, sends, language, now }));
    }
    const until = windowUntil(reach.person?.lastInboundAt ?? null, now);
    return {
      contact: {
        contactId,
        displayName: contact.displayName,
        number: numberOf(reach.addressee),
        numberProperty: reach.addressee.numberProperty,
        numberProblem: reach.addressee.problem,
        consent: viewConsent(reach.consent, language),
        window: { open: until !== null, until: until?.toISOString() ?? null },
      },
      flows: rows,
      sends,
      serverTime: now.toISOString(),
    };
  });
}

async function readCardContact(
  services: SendServices,
  portalId: PortalId,
  o: { contactId: string; flows: SendableFlow[]; language: Language },
): Promise<SendableContact> {
  const wanted = o.flows.flatMap((flow) => (flow.live ? prefillProperties(flow.live.program, flow.live.mapping) : []));
  const confirms = o.flows.some((flow) => flow.live?.program.confirmation);
  const names = [...new Set([...NUMBER_PROPERTIES, ...wanted, ...(confirms ? CONFIRM_PROPERTIES : [])])];
  const contact = await services.readContact(portalId, o.contactId, names);
  if (contact) return contact;
  throw contactNotFound(o.language);
}

type Reach = { addressee: Addressee; person: Person | null; consent: Consent };

/** Number, person and consent of a contact as seen from one flow's WhatsApp account. Reads only. */
async function reachOf(
  tx: PortalTx,
  services: SendServices,
  portalId: PortalId,
  o: {
    contactId: string;
    contact: SendableContact;
    flow: SendableFlow | null;
    settings: SendSettings;
    language: Language;
  },
): Promise<Reach> {
  const to = { kind: 'contact' as const, contactId: o.contactId };
  const addressee = await findAddressee(tx, services, portalId, { ...o, to });
  const person = await personBehind(tx, services, portalId, { addressee, flow: o.flow });
  const consent = await readConsent(tx, services, portalId, identityOf(addressee, person));
  return { addressee, person, consent };
}

async function personBehind(
  tx: PortalTx,
  services: SendServices,
  portalId: PortalId,
  o: { addressee: Addressee; flow: SendableFlow | null },
): Promise<Person | null> {
  const { recipient } = o.addressee;
  if (!recipient || !o.flow) return null;
  const key = recipient.kind === 'phone' ? { phone: recipient.e164 } : { bsuid: recipient.bsuid };
  return findBy(tx, services, portalId, o.flow.account.portfolioId, key);
}

function identityOf(addressee: Addressee, person: Person | null): Identity {
  if (person) return person.identity;
  const { recipient } = addressee;
  if (!recipient) return {};
  return recipient.kind === 'phone' ? { phone: recipient.e164 } : { bsuid: recipient.bsuid };
}

async function flowRow(
  tx: PortalTx,
  services: SendServices,
  portalId: PortalId,
  o: {
    flow: SendableFlow;
    contactId: string;
    contact: SendableContact;
    settings: SendSettings;
    sends: SendView[];
    language: Language;
    now: Date;
  },
): Promise<Row> {
  const { flow } = o;
  const { addressee, person, consent } = await reachOf(tx, services, portalId, o);
  const number = chooseNumber(flow, person);
  const way = chooseWay({
    flowState: flow.state,
    pausedBy: flow.stateReason,
    isLive: flow.live !== null,
    accountState: flow.account.state,
    hasNumberToSendFrom: number !== null,
    hasRecipient: addressee.recipient !== null,
    consent: consent.state,
    requireOptIn: o.settings.requireOptIn,
    lastInboundAt: number && person?.lastInboundNumber === number ? person.lastInboundAt : null,
    template: flow.template,
    isTest: false,
    notConfirmable: whyNotConfirmable(flow.live?.program, o.contact),
    now: o.now,
  });
  return {
    flowId: flow.flowId,
    name: flow.name,
    questions: new Set(flow.live?.program.fields.map(({ question }) => question.id)).size,
    way: way.kind === 'blocked' ? 'none' : way.kind,
    blocked: blockedText(way, addressee, o.language),
    templateBody: way.kind === 'template' ? (flow.template?.body ?? null) : null,
    prefill: prefillOf(flow, o, addressee),
    lastSend: o.sends.find((send) => send.flowId === flow.flowId) ?? null,
  };
}

function blockedText(way: ReturnType<typeof chooseWay>, addressee: Addressee, language: Language): string | null {
  if (way.kind !== 'blocked') return null;
  return (way.code === 'no-recipient' ? addressee.problem : null) ?? explainBlocked(way.code, language);
}

function prefillOf(
  flow: SendableFlow,
  o: { contact: SendableContact; settings: SendSettings; language: Language },
  addressee: Addressee,
): Row['prefill'] {
  if (!flow.live || !o.settings.prefill) return [];
  const { program, mapping } = flow.live;
  const answers = prefillAnswers(program, mapping, o.contact.properties, addressee.country);
  return describePrefill(program, answers, o.language === 'de' ? { yes: 'Ja', no: 'Nein' } : { yes: 'Yes', no: 'No' });
}

function numberOf(addressee: Addressee): string | null {
  const { recipient } = addressee;
  return recipient?.kind === 'phone' ? formatNumber(recipient.e164) : null;
}

const SOURCES: Record<string, Texts> = {
  rep: { en: 'recorded by a colleague', de: 'von einer Kollegin oder einem Kollegen erfasst' },
  'stop-word': { en: 'the person asked to stop', de: 'die Person hat um ein Ende gebeten' },
  'start-word': { en: 'the person asked to start again', de: 'die Person möchte wieder Nachrichten' },
  'meta-131050': { en: 'switched off in WhatsApp', de: 'in WhatsApp abgeschaltet' },
  'user-preferences': { en: 'chosen in WhatsApp', de: 'in WhatsApp gewählt' },
  'identity-change': { en: 'carried over from an earlier number', de: 'von einer früheren Nummer übernommen' },
  'opt-in-import': { en: 'imported', de: 'importiert' },
};

/** Where a consent comes from, in words; the stored name where there are none. */
function viewConsent(consent: Consent, language: Language): ContactFlowsResponse['contact']['consent'] {
  const source = consent.source && (SOURCES[consent.source.replace(/:.*$/, '')]?.[language] ?? consent.source);
  return { state: consent.state, source, recordedAt: consent.recordedAt?.toISOString() ?? null, note: consent.note };
}

/**
 * Records what a person told a rep, for every identity of the contact that is known. Throws `contact_not_found`, and
 * `no_number_for_consent` when there is nothing to record it for.
 */
export async function recordContactConsent(
  services: SendServices,
  portalId: PortalId,
  o: {
    contactId: string;
    state: 'opted_in' | 'opted_out';
    /** Where and how they said it. */
    note?: string;
    userId: number | null;
    language: Language;
  },
): Promise<ContactFlowsResponse['contact']['consent']> {
  const flows = await withPortal(services.db, portalId, (tx) => readSendableFlows(tx, portalId));
  const readAt = services.clock.now();
  const contact = await readCardContact(services, portalId, { ...o, flows: [] });
  return withPortal(services.db, portalId, async (tx) => {
    await services.keys.dataKey(portalId, tx);
    if (!(await holdContact(tx, portalId, { ...o, readAt }))) throw contactNotFound(o.language);
    const settings = await readSendSettings(tx, portalId);
    const reach = await reachOf(tx, services, portalId, { ...o, contact, flow: flows[0] ?? null, settings });
    const linked = await personsOfContact(tx, services, portalId, o.contactId);
    const identities = [identityOf(reach.addressee, reach.person), ...linked.map((person) => person.identity)];
    if (!identities.some((identity) => identity.phone ?? identity.bsuid)) {
      throw new AppError('no_number_for_consent', { status: 409, userMessage: reach.addressee.problem ?? undefined });
    }
    const at = services.clock.now();
    for (const who of identities) {
      await recordConsent(tx, services, portalId, {
        who,
        state: o.state,
        source: `rep:${o.userId ?? 'unknown'}`,
        at,
        contactId: o.contactId,
        ...(o.note ? { note: o.note } : {}),
      });
    }
    return viewConsent(await readConsent(tx, services, portalId, identities[0] ?? {}), o.language);
  });
}
