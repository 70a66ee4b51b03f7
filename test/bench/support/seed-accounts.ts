import { hubSpotFormsReader } from '../../../server/sources/hubspot-forms/reader.ts';
import { withPortal, type PortalTx } from '../../../server/db/db.ts';
import { wakeUps } from '../../../server/delivery/wake-ups.ts';
import { createContactDestination } from '../../../server/destinations/contact/contact-destination.ts';
import { createFormSubmissionDestination } from '../../../server/destinations/form-submission/form-submission-destination.ts';
import { createTimelineDestination } from '../../../server/destinations/timeline/timeline-destination.ts';
import { saveTokens } from '../../../server/hubspot/tokens.ts';
import { newId } from '../../../server/ids.ts';
import { identityPurpose } from '../../../server/keys/identity.ts';
import { acceptSubmission } from '../../../server/submissions/accept.ts';
import { answersOf, HUBSPOT_FORM } from './hubspot-form.ts';
import { makeFlowKey, NO_MAPPING, seedFlow, seedPortal, type SeededFlow } from './seed-portal.ts';
import type { BenchAccount, HubSpotProcess } from './start-hubspot.ts';
import type { BenchDatabase } from './start-server.ts';

/** An account that is connected to HubSpot and has a flow; one person for each of its contacts. */
export type ConnectedAccount = BenchAccount & { flow: SeededFlow; personIds: string[] };

const FORM = hubSpotFormsReader.toForm(HUBSPOT_FORM);
/** Submissions in one transaction: more than an endpoint would commit in one, so that accepting takes no time beside delivering. */
const AT_ONCE = 50;
/** Where each goes: `NO_MAPPING` wants these three. */
export const DESTINATIONS = [
  createContactDestination(),
  createFormSubmissionDestination(),
  createTimelineDestination(),
];

export async function seedConnected(
  database: BenchDatabase,
  hubspot: HubSpotProcess,
  accounts: readonly BenchAccount[],
): Promise<ConnectedAccount[]> {
  const pair = makeFlowKey();
  const connected: ConnectedAccount[] = [];
  for (const account of accounts) {
    const portal = await seedPortal(database, account.portalId, pair);
    const flow = await seedFlow(database, portal, FORM);
    const answer = await hubspot.install(account.portalId);
    await withPortal(database.db, account.portalId, (tx) =>
      saveTokens(tx, { keys: database.keys, portalId: account.portalId, answer, now: new Date() }),
    );
    connected.push({ ...account, flow, personIds: await seedPersons(database, account) });
  }
  return connected;
}

async function seedPersons({ db, keys }: BenchDatabase, { portalId, contacts }: BenchAccount): Promise<string[]> {
  const now = new Date();
  const ids = Array.from({ length: contacts }, () => newId('person'));
  for (let at = 0; at < ids.length; at += 500) {
    const rows = ids.slice(at, at + 500).map(async (personId, index) => ({
      portal_id: String(portalId),
      person_id: personId,
      portfolio_id: 'bench',
      contact_id: String(at + index + 1),
      identity_sealed: await keys.sealJson(portalId, identityPurpose(personId), {
        phone: `+49151${String(10_000_000 + at + index)}`,
      }),
      created_at: now,
      updated_at: now,
    }));
    const values = await Promise.all(rows);
    await withPortal(db, portalId, (tx) => tx.insertInto('persons').values(values).execute());
  }
  return ids;
}

/** One submission of each of these people (from 0), sent and accepted as the endpoint accepts it. */
export async function acceptFrom(
  { db, keys }: BenchDatabase,
  account: ConnectedAccount,
  people: { from: number; to: number },
): Promise<void> {
  const dataKey = await keys.dataKey(account.portalId);
  for (let at = people.from; at < people.to; at += AT_ONCE) {
    const sends = Array.from({ length: Math.min(AT_ONCE, people.to - at) }, (_, index) => sendTo(account, at + index));
    await withPortal(db, account.portalId, async (tx) => {
      await tx.insertInto('sends').values(sends).execute();
      for (const send of sends) await acceptOne(tx, account, dataKey, send);
    });
  }
}

function sendTo({ portalId, flow, personIds }: ConnectedAccount, person: number) {
  const sendId = newId('send');
  return {
    portal_id: String(portalId),
    send_id: sendId,
    flow_id: flow.flowId,
    version_id: flow.versionId,
    person_id: personIds[person] ?? '',
    contact_id: String(person + 1),
    phone_number_id: '1',
    recipient_key: `contact:${sendId}`,
    channel: 'card',
    state: 'delivered' as const,
    token_expires_at: new Date(Date.now() + 86_400_000),
    created_at: new Date(),
  };
}

async function acceptOne(
  tx: PortalTx,
  { portalId, flow }: ConnectedAccount,
  dataKey: Buffer,
  send: ReturnType<typeof sendTo>,
): Promise<void> {
  const now = new Date();
  await acceptSubmission(
    tx,
    { wakeUps, destinations: DESTINATIONS, dataKey, now },
    {
      portalId,
      sendId: send.send_id,
      flowId: flow.flowId,
      versionId: flow.versionId,
      formId: flow.formId,
      formRevision: FORM.revision,
      contactId: send.contact_id,
      personId: send.person_id,
      mapping: NO_MAPPING,
      answers: answersOf(portalId, Number(send.contact_id)),
      acceptedFrom: 'endpoint',
      locale: 'en',
      openedAt: now,
      screens: null,
      finishedAt: now,
    },
  );
}

/** For the message of a bench whose deliveries did not all arrive. */
export async function whyStopped(database: BenchDatabase): Promise<string> {
  const rows = await database.rows(
    `select destination, state, reason, count(*) from deliveries
     where state not in ('waiting', 'delivering', 'delivered') group by 1, 2, 3 order by 4 desc limit 5`,
  );
  return JSON.stringify(rows);
}
