import { toAppError, type AppError } from '../app-error.ts';
import type { Clock } from '../clock.ts';
import { withPortal, type Db } from '../db/db.ts';
import { isPassingFault, outlive } from '../db/passing-fault.ts';
import type {
  DeliveryItem,
  DeliveryOutcome,
  Destination,
  DestinationContext,
  DestinationKind,
} from '../destinations/destination.ts';
import type { HubSpotClient } from '../hubspot/client.ts';
import { languageWithin, type Language, type Texts } from '../hubspot/language.ts';
import { problemText } from '../hubspot/problem-text.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { claimDeliveries, LEASE_MS, type ClaimedDelivery } from './deliveries.ts';
import { holdIfPaused, noteOutcomes } from './destination-health.ts';
import { clientFor, holdLease, systemTimers, type HeldLease, type Timers } from './hold-lease.ts';
import { LANE } from './lanes.ts';
import { loadItems } from './load-items.ts';
import { settleDeliveries, type Settled } from './settle-deliveries.ts';
import { answersGone, settlementOf } from './settlement-of.ts';
import type { WakeUps } from './wake-ups.ts';

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
  /** Left out by tests that do not count. */
  metrics?: Metrics;
  /** Left out outside of the simulation. */
  timers?: Timers;
};

/** What an attempt came to, and whether it leaves open if an earlier one took effect. */
type Result = { outcome: DeliveryOutcome; isStillUnknown: boolean };

/** Of one attempt: a batch whose vendor is slow gives the others their turn. */
const DELIVER_DEADLINE_MS = 45_000;
/** After a first, a second … fault of the database while an outcome is written down. */
const PAUSES_MS = [100, 200, 400, 800, 1_600];
/** Batches of one call of `workDeliveries`: more than any test or command needs at once. */
const MAX_BATCHES = 50;

/** Delivers what is due for one portal and destination, batch by batch, until nothing is left. Answers how many it settled. */
export async function workDeliveries(
  services: DeliveryServices,
  portalId: number,
  kind: DestinationKind,
): Promise<number> {
  let settled = 0;
  for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
    const count = await workBatch(services, portalId, kind);
    if (count === 0) return settled;
    settled += count;
  }
  return settled;
}

/**
 * Claims one batch of what is due for a portal and destination, delivers it and writes what came of it. Safe to run anywhere, any
 * number of times: rows are claimed with `skip locked` under a lease. Answers how many deliveries there were; 0: nothing is due.
 */
export async function workBatch(
  services: DeliveryServices,
  portalId: number,
  kind: DestinationKind,
  stopping?: AbortSignal,
): Promise<number> {
  const destination = services.destinations.find((entry) => entry.kind === kind);
  if (!destination) return 0;
  const now = services.clock.now();
  const { claimed, language } = await withPortal(services.db, portalId, async (tx) => {
    await holdIfPaused(tx, { portalId, destination: kind, now });
    const due = await claimDeliveries(tx, { portalId, destination: kind, now, limit: destination.batchSize });
    return { claimed: due, language: due.length === 0 ? 'en' : await languageWithin(tx, portalId) };
  });
  if (claimed.length === 0) return 0;
  const timers = services.timers ?? systemTimers;
  const lease = holdLease({ ...services, timers }, portalId, claimed, new Date(now.getTime() + LEASE_MS));
  try {
    const deadline = timers.deadline(DELIVER_DEADLINE_MS);
    const signal = stopping ? AbortSignal.any([deadline, stopping]) : deadline;
    return await deliverBatch(services, { portalId, destination, claimed, language, signal, lease });
  } finally {
    lease.release();
  }
}

type Batch = {
  portalId: number;
  destination: Destination;
  claimed: ClaimedDelivery[];
  /** Of the portal's people, who read the reasons: read with the claim, since what a vendor has taken must not wait for it. */
  language: Language;
  signal: AbortSignal;
  lease: HeldLease;
};

async function deliverBatch(services: DeliveryServices, batch: Batch): Promise<number> {
  const { portalId, destination, claimed, signal, lease } = batch;
  const lane = claimed[0]?.delivery.lane ?? LANE.live;
  const context: DestinationContext = {
    portalId,
    db: services.db,
    hubspot: clientFor(services.hubspot, { lane, signal, lease }),
    clock: services.clock,
    publicUrl: services.publicUrl,
    signal,
  };
  const results = await resultsOf(services, context, batch);
  await writeDown(services, batch, results);
  for (const { outcome } of results.values()) {
    services.metrics?.attempts.inc({ destination: destination.kind, outcome: outcome.kind });
  }
  return claimed.length;
}

/**
 * Writes the outcomes of a batch. Where the database refuses them (a word of a vendor's that it cannot keep), each is written by itself,
 * and the one that cannot be counts as lost: it must not take what became of the others along.
 */
async function writeDown(
  services: DeliveryServices,
  batch: Batch,
  results: ReadonlyMap<string, Result>,
): Promise<void> {
  const write = (entries: readonly ClaimedDelivery[], of: ReadonlyMap<string, Result>): Promise<void> =>
    outlive(() => settleBatch(services, batch, entries, of), {
      pausesMs: PAUSES_MS,
      pause: whileSure(batch.lease, services.timers ?? systemTimers),
    });
  try {
    await write(batch.claimed, results);
  } catch (err) {
    if (isPassingFault(err)) throw err;
    services.log.error({ err, destination: batch.destination.kind }, 'outcomes could not be written together');
    for (const entry of batch.claimed) {
      await write([entry], results).catch((again: unknown) => {
        if (isPassingFault(again)) throw again;
        return write([entry], new Map());
      });
    }
  }
}

async function settleBatch(
  services: DeliveryServices,
  { portalId, destination: { kind }, language }: Batch,
  entries: readonly ClaimedDelivery[],
  results: ReadonlyMap<string, Result>,
): Promise<void> {
  const now = services.clock.now();
  const settled = entries.map(({ delivery }): Settled => {
    const { outcome, isStillUnknown } = results.get(delivery.delivery_id) ?? known(lost(language));
    const contactId = outcome.kind === 'delivered' || outcome.kind === 'held' ? outcome.contactId : undefined;
    return {
      row: delivery,
      attempted: isStillUnknown ? 'unknown' : outcome.kind,
      settlement: settlementOf(delivery, outcome, { now, random: services.random(), language }),
      ...(contactId ? { contactId } : {}),
    };
  });
  const outcomes = entries.flatMap(({ delivery }) => results.get(delivery.delivery_id)?.outcome ?? []);
  await withPortal(services.db, portalId, async (tx) => {
    const woken = await settleDeliveries(tx, { portalId, destination: kind, settled, now });
    const isResumed = await noteOutcomes(tx, services.log, { portalId, destination: kind, now }, outcomes);
    await services.wakeUps.add(tx, portalId, isResumed ? [...woken, kind] : woken);
  });
}

/**
 * What a vendor has taken is known here alone until it is written down: a database that is away for a moment is waited for, as long as
 * nobody else may take the deliveries up. Written twice it changes nothing: settling asks for the attempt.
 */
function whileSure(lease: HeldLease, timers: Timers): (ms: number) => Promise<boolean> {
  return async (ms) => {
    if (!lease.isSure()) return false;
    const over = timers.deadline(ms);
    if (!over.aborted) await new Promise((resolve) => over.addEventListener('abort', resolve, { once: true }));
    return true;
  };
}

const TEXTS = {
  lost: {
    en: 'The outcome was lost. We look whether it arrived before trying again.',
    de: 'Das Ergebnis ging verloren. Wir sehen nach, ob es angekommen ist, bevor wir es noch einmal versuchen.',
  },
  unreadable: {
    en: 'We cannot read this submission at the moment. We try again; if it stays so, please write to us.',
    de: 'Wir können diese Einsendung gerade nicht lesen. Wir versuchen es erneut; bleibt es dabei, schreiben Sie uns bitte.',
  },
  notLooked: {
    en: 'We could not look whether it arrived; we try again.',
    de: 'Wir konnten nicht nachsehen, ob es angekommen ist; wir versuchen es noch einmal.',
  },
  ourFault: {
    en: 'Something went wrong on our side; we look whether it arrived and try again.',
    de: 'Bei uns ist etwas schiefgegangen; wir sehen nach, ob es angekommen ist, und versuchen es noch einmal.',
  },
} satisfies Record<string, Texts>;

function lost(language: Language): DeliveryOutcome {
  return { kind: 'unknown', code: 'no_outcome', reason: TEXTS.lost[language] };
}

function unreadableIn(language: Language): DeliveryOutcome {
  return { kind: 'retry', code: 'internal', reason: TEXTS.unreadable[language] };
}

function known(outcome: DeliveryOutcome): Result {
  return { outcome, isStillUnknown: false };
}

async function resultsOf(
  services: DeliveryServices,
  context: DestinationContext,
  { destination, claimed, language }: Batch,
): Promise<Map<string, Result>> {
  const results = new Map<string, Result>();
  const { items, unreadable } = await loadItems(services, context.portalId, claimed, destination);
  const ready: DeliveryItem[] = [];
  for (const { delivery, outcomeUnknown } of claimed) {
    const item = items.get(delivery.delivery_id);
    if (!item) {
      results.set(
        delivery.delivery_id,
        unreadable.has(delivery.delivery_id)
          ? { outcome: unreadableIn(language), isStillUnknown: outcomeUnknown }
          : known(answersGone(language)),
      );
      continue;
    }
    const found =
      outcomeUnknown && destination.readBack
        ? await guarded(services, language, () => destination.readBack?.(context, item) ?? null)
        : null;
    // Whatever keeps us from looking (a lock, a missing scope, an account that is gone): it must be looked up when that is over.
    if (found) results.set(delivery.delivery_id, { outcome: found, isStillUnknown: !isKnown(found) });
    else ready.push(item);
  }
  if (ready.length === 0) return results;
  const delivered = await guardedBatch(services, { destination, language }, context, ready);
  ready.forEach((item, index) => results.set(item.deliveryId, known(delivered[index] ?? lost(language))));
  return results;
}

/** After it there is nothing (more) to look up. */
function isKnown(found: DeliveryOutcome): boolean {
  return found.kind === 'delivered' || (found.kind === 'dead' && found.isUnknowable === true);
}

function sentenceOf(error: AppError, language: Language): string | undefined {
  return problemText(error.code)?.[language] ?? error.messageIn(language);
}

/** A fault of ours while reading back must not become a second submission: the outcome stays unknown and is looked up again. */
async function guarded(
  services: DeliveryServices,
  language: Language,
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
      reason: sentenceOf(error, language) ?? TEXTS.notLooked[language],
    };
  }
}

async function guardedBatch(
  services: DeliveryServices,
  { destination, language }: Pick<Batch, 'destination' | 'language'>,
  context: DestinationContext,
  items: DeliveryItem[],
): Promise<DeliveryOutcome[]> {
  try {
    return await destination.deliver(context, items);
  } catch (err) {
    const error = toAppError(err);
    services.log.error({ err: error, destination: destination.kind, items: items.length }, 'a destination threw');
    // Some of the batch may have taken effect before, whatever the error says of the call it came from.
    return items.map(() => ({
      kind: 'unknown',
      code: error.code,
      reason: sentenceOf(error, language) ?? TEXTS.ourFault[language],
    }));
  }
}
