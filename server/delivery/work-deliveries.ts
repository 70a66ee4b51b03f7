import { toAppError } from '../app-error.ts';
import type { Clock } from '../clock.ts';
import { withPortal, type Db, type PortalTx } from '../db/db.ts';
import type { Destination, DeliveryItem, DeliveryOutcome, DestinationContext } from '../destinations/destination.ts';
import type { HubSpotClient } from '../hubspot/client.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import type { Log } from '../observe/log.ts';
import { backOffMs, GIVE_UP_AFTER_MS } from './back-off.ts';
import {
  claimDeliveries,
  dependantKinds,
  explainBlocked,
  settleDelivery,
  type ClaimedDelivery,
  type Settlement,
} from './deliveries.ts';
import { loadItems } from './load-items.ts';
import type { WakeUps } from './wake-ups.ts';
import { DESTINATION_KINDS, type DestinationKind } from '../destinations/destination.ts';

export type DeliveryServices = {
  db: Db;
  keys: PortalKeys;
  clock: Clock;
  log: Log;
  hubspot: HubSpotClient;
  wakeUps: WakeUps;
  destinations: readonly Destination[];
  publicUrl: string;
  random: () => number;
};

/** Below the lease, so that a slow vendor never makes two workers deliver the same row. */
const DELIVER_DEADLINE_MS = 45_000;
/** Rounds of one wake-up: a big backlog gives others a turn, the sweeper and later jobs go on with it. */
const MAX_ROUNDS = 50;

/**
 * Delivers what is due for one portal and destination, batch by batch, until nothing is left. Safe to run anywhere, any
 * number of times: rows are claimed with `skip locked` under a lease. Answers how many deliveries it settled.
 */
export async function workDeliveries(
  services: DeliveryServices,
  portalId: number,
  kind: DestinationKind,
): Promise<number> {
  const destination = services.destinations.find((entry) => entry.kind === kind);
  if (!destination) return 0;
  let settled = 0;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const claimed = await withPortal(services.db, portalId, (tx) =>
      claimDeliveries(tx, { portalId, destination: kind, now: services.clock.now(), limit: destination.batchSize }),
    );
    if (claimed.length === 0) return settled;
    settled += await deliverBatch(services, portalId, destination, claimed);
  }
  return settled;
}

async function deliverBatch(
  services: DeliveryServices,
  portalId: number,
  destination: Destination,
  claimed: ClaimedDelivery[],
): Promise<number> {
  const context: DestinationContext = {
    portalId,
    db: services.db,
    hubspot: services.hubspot,
    clock: services.clock,
    publicUrl: services.publicUrl,
    signal: AbortSignal.timeout(DELIVER_DEADLINE_MS),
  };
  const outcomes = await outcomesOf(services, context, destination, claimed);
  await withPortal(services.db, portalId, async (tx) => {
    for (const entry of claimed) {
      await settle(services, tx, entry, outcomes.get(entry.delivery.delivery_id) ?? LOST);
    }
  });
  return claimed.length;
}

const LOST: DeliveryOutcome = {
  kind: 'unknown',
  code: 'no_outcome',
  reason: 'The outcome was lost. We look whether it arrived before trying again.',
};

async function outcomesOf(
  services: DeliveryServices,
  context: DestinationContext,
  destination: Destination,
  claimed: ClaimedDelivery[],
): Promise<Map<string, DeliveryOutcome>> {
  const outcomes = new Map<string, DeliveryOutcome>();
  const items = await loadItems(services, context.portalId, claimed);
  const ready: DeliveryItem[] = [];
  for (const { delivery, outcomeUnknown } of claimed) {
    const item = items.get(delivery.delivery_id);
    if (!item) {
      outcomes.set(delivery.delivery_id, {
        kind: 'dead',
        code: 'answers_gone',
        reason: 'The answers were deleted before they could be delivered.',
      });
      continue;
    }
    const found =
      outcomeUnknown && destination.readBack
        ? await guarded(services, () => destination.readBack?.(context, item) ?? null)
        : null;
    if (found) outcomes.set(delivery.delivery_id, found);
    else ready.push(item);
  }
  if (ready.length === 0) return outcomes;
  const delivered = await guardedBatch(services, destination, context, ready);
  ready.forEach((item, index) => outcomes.set(item.deliveryId, delivered[index] ?? LOST));
  return outcomes;
}

/** A fault of ours while reading back must not become a second submission: the outcome stays unknown and is looked up again. */
async function guarded(
  services: DeliveryServices,
  work: () => Promise<DeliveryOutcome | null> | null,
): Promise<DeliveryOutcome | null> {
  try {
    return await work();
  } catch (err) {
    const error = toAppError(err);
    services.log.warn({ err: error }, 'reading back a delivery failed');
    return {
      kind: 'unknown',
      code: error.code,
      reason: error.userMessage ?? 'We could not look whether it arrived; we try again.',
    };
  }
}

async function guardedBatch(
  services: DeliveryServices,
  destination: Destination,
  context: DestinationContext,
  items: DeliveryItem[],
): Promise<DeliveryOutcome[]> {
  try {
    return await destination.deliver(context, items);
  } catch (err) {
    const error = toAppError(err);
    services.log.error({ err: error, destination: destination.kind, items: items.length }, 'a destination threw');
    const outcome: DeliveryOutcome = error.retryable
      ? { kind: 'retry', code: error.code, reason: error.userMessage ?? 'It could not be delivered; we try again.' }
      : {
          kind: 'unknown',
          code: error.code,
          reason: error.userMessage ?? 'Something went wrong on our side; we look whether it arrived and try again.',
        };
    return items.map(() => outcome);
  }
}

async function settle(
  services: DeliveryServices,
  tx: PortalTx,
  entry: ClaimedDelivery,
  outcome: DeliveryOutcome,
): Promise<void> {
  const now = services.clock.now();
  const { delivery } = entry;
  const settlement = settlementOf(delivery, outcome, now, services.random());
  if (!(await settleDelivery(tx, { row: delivery, outcome, settlement, now }))) return;
  const contactId = outcome.kind === 'delivered' || outcome.kind === 'held' ? outcome.contactId : undefined;
  if (contactId) await linkContact(tx, delivery, contactId);
  if (settlement.state === 'delivered' || contactId) {
    const kinds = (await dependantKinds(tx, delivery)).filter(isKind);
    await services.wakeUps.add(tx, Number(delivery.portal_id), kinds);
  } else if (settlement.state === 'dead' || settlement.state === 'held') {
    await explainBlocked(tx, delivery, settlement.reason ?? '', now);
  }
}

function isKind(kind: string): kind is DestinationKind {
  return (DESTINATION_KINDS as readonly string[]).includes(kind);
}

/** What an outcome means for the row. After three days of trying it becomes a dead letter: a person must look. */
export function settlementOf(
  row: { attempt: number; created_at: Date; detail: unknown },
  outcome: DeliveryOutcome,
  now: Date,
  random: number,
): Settlement {
  const base = { dueAt: now, code: null, reason: null, remoteId: null, detail: {} };
  switch (outcome.kind) {
    case 'delivered':
      return { ...base, state: 'delivered', remoteId: outcome.remoteId, detail: outcome.detail ?? {} };
    case 'dead':
      return { ...base, state: 'dead', code: outcome.code, reason: outcome.reason };
    case 'held':
      return {
        ...base,
        state: 'held',
        code: outcome.code,
        reason: outcome.reason,
        remoteId: outcome.contactId ?? null,
      };
    case 'retry':
    case 'unknown': {
      const wait = backOffMs(row.attempt, random, outcome.kind === 'retry' ? outcome.retryAfterMs : 0);
      const dueAt = new Date(now.getTime() + wait);
      if (dueAt.getTime() - row.created_at.getTime() > GIVE_UP_AFTER_MS) {
        return {
          ...base,
          state: 'dead',
          code: outcome.code,
          reason: `We tried for three days. The last answer was: ${outcome.reason}`,
        };
      }
      return { ...base, state: 'waiting', dueAt, code: outcome.code, reason: outcome.reason };
    }
  }
}

/** The contact that the first delivery found or made is the submission's and the person's from then on. */
async function linkContact(
  tx: PortalTx,
  delivery: { portal_id: string; submission_id: string },
  contactId: string,
): Promise<void> {
  const submission = await tx
    .updateTable('submissions')
    .set({ contact_id: contactId })
    .where('portal_id', '=', delivery.portal_id)
    .where('submission_id', '=', delivery.submission_id)
    .returning('person_id')
    .executeTakeFirst();
  if (!submission) return;
  await tx
    .updateTable('persons')
    .set({ contact_id: contactId })
    .where('portal_id', '=', delivery.portal_id)
    .where('person_id', '=', submission.person_id)
    .where('contact_id', 'is', null)
    .execute();
}
