import { answersSchema } from '@flowella/shared/form/answers-schema.ts';
import { AppError } from '../app-error.ts';
import { withPortal, type PortalId, type PortalTx } from '../db/db.ts';
import { isPrepared } from '../endpoint/confirmation/confirmations.ts';
import { prefillPurpose } from '../endpoint/runs.ts';
import { readPerson } from './persons.ts';
import { readSendSettings } from './portal-settings.ts';
import { recipientOf } from './recipient.ts';
import { decide, deliver, TOKEN_LIFE_MS, type Outgoing } from './send-flow.ts';
import { readSendableFlows, type SendableFlow } from './sendable-flow.ts';
import type { WhatsappServices } from './services.ts';

/** Of one portal in one round: a flow that was just allowed again is not put to the test by a thousand messages in a second. */
const MAX_PER_ROUND = 25;
/** Blocks that pass by themselves or by somebody's work: the message goes on waiting. */
const PASSING = new Set([
  'flow-throttled',
  'flow-blocked',
  'flow-publishing',
  'account-broken',
  'no-business-number',
  'template-missing',
  'template-pending',
  'template-rejected',
]);

/**
 * Sends what waited for Meta to allow its flow again, oldest first, and answers how many. Everything is decided anew: the window may
 * have closed, the person may have opted out, the flow may have a newer version. A message is taken by one process alone, and its
 * row says so before Meta is called.
 */
export async function resumeSends(services: WhatsappServices, portalId: PortalId): Promise<number> {
  let sent = 0;
  for (const sendId of await waitingSends(services, portalId)) {
    const outgoing = await takeUp(services, portalId, sendId);
    if (!outgoing) continue;
    await deliver(services, portalId, outgoing);
    sent += 1;
  }
  return sent;
}

async function waitingSends(services: WhatsappServices, portalId: PortalId): Promise<string[]> {
  const rows = await withPortal(services.db, portalId, (tx) =>
    tx
      .selectFrom('sends')
      .innerJoin('flows', (join) =>
        join.onRef('flows.portal_id', '=', 'sends.portal_id').onRef('flows.flow_id', '=', 'sends.flow_id'),
      )
      .select('sends.send_id')
      .where('sends.portal_id', '=', String(portalId))
      .where('sends.state', '=', 'queued')
      .where('sends.waits_for', 'is not', null)
      .where('sends.open', '=', true)
      .where('flows.state', '=', 'published')
      .orderBy('sends.created_at')
      .orderBy('sends.send_id')
      .limit(MAX_PER_ROUND)
      .execute(),
  );
  return rows.map((row) => row.send_id);
}

/** The message as it goes out now, its row marked as being sent; null when it is somebody else's, waits on, or goes out no more. */
async function takeUp(services: WhatsappServices, portalId: PortalId, sendId: string): Promise<Outgoing | null> {
  const now = services.clock.now();
  return withPortal(services.db, portalId, async (tx) => {
    await services.keys.dataKey(portalId, tx);
    const row = await tx
      .selectFrom('sends')
      .select(['flow_id', 'person_id', 'channel', 'prefill_sealed'])
      .where('portal_id', '=', String(portalId))
      .where('send_id', '=', sendId)
      .where('state', '=', 'queued')
      .where('waits_for', 'is not', null)
      .where('open', '=', true)
      .forUpdate()
      .skipLocked()
      .executeTakeFirst();
    const [flow] = row ? await readSendableFlows(tx, portalId, row.flow_id) : [];
    if (!row || !flow) return null;
    const ready = await decideAgain(tx, services, portalId, {
      flow,
      sendId,
      personId: row.person_id,
      channel: row.channel,
      now,
    });
    if (ready.kind === 'blocked') {
      if (!PASSING.has(ready.reason)) await close(tx, portalId, { sendId, reason: ready.reason, now });
      return null;
    }
    const prefill = row.prefill_sealed
      ? answersSchema.parse(await services.keys.openJson(portalId, prefillPurpose(sendId), row.prefill_sealed))
      : {};
    const tokenExpiresAt = new Date(now.getTime() + TOKEN_LIFE_MS);
    await tx
      .updateTable('sends')
      .set({
        state: 'sending',
        waits_for: null,
        sending_since: now,
        version_id: ready.ready.live.versionId,
        phone_number_id: ready.ready.phoneNumberId,
        way: ready.ready.way,
        token_expires_at: tokenExpiresAt,
      })
      .where('portal_id', '=', String(portalId))
      .where('send_id', '=', sendId)
      .execute();
    return { ...ready.ready, sendId, flowId: row.flow_id, prefill, tokenExpiresAt };
  });
}

type Decided = { kind: 'ready'; ready: Awaited<ReturnType<typeof decide>> } | { kind: 'blocked'; reason: string };

async function decideAgain(
  tx: PortalTx,
  services: WhatsappServices,
  portalId: PortalId,
  o: { flow: SendableFlow; sendId: string; personId: string; channel: string; now: Date },
): Promise<Decided> {
  const person = await readPerson(tx, services, portalId, o.personId);
  const recipient = person ? recipientOf(person.identity) : null;
  const settings = await readSendSettings(tx, portalId);
  const addressee = { recipient, numberProperty: null, problem: null, country: null };
  const asks = o.flow.live?.program.confirmation !== undefined;
  // What is confirmed was taken from the contact when the message was queued.
  const notConfirmable = asks && !(await isPrepared(tx, portalId, o.sendId)) ? 'confirms-since' : null;
  try {
    const request = { portalId, channel: o.channel };
    return {
      kind: 'ready',
      ready: await decide(tx, services, request, { ...o, notConfirmable, addressee, person, settings, language: 'en' }),
    };
  } catch (err) {
    if (!(err instanceof AppError) || err.code !== 'send_blocked') throw err;
    return { kind: 'blocked', reason: String(err.context?.reason ?? 'unknown') };
  }
}

/** Somebody who opted out meanwhile, or who cannot be reached any more, gets nothing. */
async function close(
  tx: PortalTx,
  portalId: PortalId,
  o: { sendId: string; reason: string; now: Date },
): Promise<void> {
  await tx
    .updateTable('sends')
    .set({ state: 'cancelled', waits_for: null, open: false, closed_reason: o.reason, prefill_sealed: null })
    .where('portal_id', '=', String(portalId))
    .where('send_id', '=', o.sendId)
    .execute();
}
