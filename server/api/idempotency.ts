import { createHash } from 'node:crypto';
import { canonical } from '@flowella/shared/form/canonical.ts';
import { AppError } from '../app-error.ts';
import type { Clock } from '../clock.ts';
import { withPortal, type Db, type PortalId } from '../db/db.ts';

/** A call that neither finished nor failed in this time died with its process: the key may be used again. */
const ABANDONED_AFTER_MS = 60_000;
/** A repeat waits this long for the first call; HubSpot gives up after 15 s. */
const WAIT_MS = 10_000;
const POLL_MS = 150;
/** Nobody repeats a call after so long. */
const KEPT_MS = 7 * 24 * 3_600_000;

type Call = { portalId: number; route: string; key: string; request: unknown };

/**
 * Runs `work` once for this key: a second press and HubSpot's own repeat get the first call's result. Only the id of the
 * result is kept, never what the card is shown. A call that fails frees its key.
 */
export async function once(
  services: { db: Db; clock: Clock },
  call: Call,
  work: () => Promise<string>,
): Promise<string> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const claim = await claimKey(services, call);
    if (claim.kind === 'mine') return runOnce(services, call, work);
    if (claim.kind === 'done') return claim.result;
    if (performance.now() > deadline) {
      throw new AppError('still_working', {
        status: 409,
        retryable: true,
        userMessage: {
          en: 'The same request is still being worked on. Look again in a moment.',
          de: 'Dieselbe Anfrage wird noch bearbeitet. Sehen Sie gleich noch einmal nach.',
        },
      });
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/**
 * Holds a key to its request, for work that finds what it did before by the key itself: nobody waits for a first call, which may have
 * died with its process. Throws `key_reused` for another request under the same key; a call that fails frees it.
 */
export async function heldToRequest<T>(
  services: { db: Db; clock: Clock },
  call: Call,
  work: () => Promise<T>,
): Promise<T> {
  await claimKey(services, call);
  try {
    return await work();
  } catch (err) {
    await freeKey(services, call);
    throw err;
  }
}

/** Forgets the keys of calls that nobody repeats any more. */
export async function forgetOldKeys(services: { db: Db; clock: Clock }, portalId: PortalId): Promise<void> {
  const before = new Date(services.clock.now().getTime() - KEPT_MS);
  await withPortal(services.db, portalId, (tx) =>
    tx
      .deleteFrom('idempotency_keys')
      .where('portal_id', '=', String(portalId))
      .where('created_at', '<', before)
      .execute(),
  );
}

type Claim = { kind: 'mine' } | { kind: 'done'; result: string } | { kind: 'busy' };

async function claimKey(services: { db: Db; clock: Clock }, call: Call): Promise<Claim> {
  const hash = createHash('sha256').update(canonical(call.request)).digest();
  const now = services.clock.now();
  return withPortal(services.db, call.portalId, async (tx) => {
    const inserted = await tx
      .insertInto('idempotency_keys')
      .values({ portal_id: call.portalId, route: call.route, key: call.key, request_hash: hash, created_at: now })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (inserted.numInsertedOrUpdatedRows === 1n) return { kind: 'mine' };
    const row = await tx
      .selectFrom('idempotency_keys')
      .selectAll()
      .where('portal_id', '=', String(call.portalId))
      .where('route', '=', call.route)
      .where('key', '=', call.key)
      .forUpdate()
      .executeTakeFirst();
    if (!row) return { kind: 'busy' };
    if (!row.request_hash.equals(hash)) {
      throw new AppError('key_reused', {
        status: 422,
        userMessage: {
          en: 'This request was changed after it was sent. Reload the page and try again. For programs: a changed request needs an idempotencyKey of its own.',
          de: 'Diese Anfrage wurde geändert, nachdem sie abgeschickt war. Laden Sie die Seite neu und versuchen Sie es noch einmal. Für Programme: Eine geänderte Anfrage braucht einen eigenen idempotencyKey.',
        },
      });
    }
    if (typeof row.response === 'string') return { kind: 'done', result: row.response };
    if (now.getTime() - row.created_at.getTime() < ABANDONED_AFTER_MS) return { kind: 'busy' };
    await tx
      .updateTable('idempotency_keys')
      .set({ created_at: now })
      .where('portal_id', '=', String(call.portalId))
      .where('route', '=', call.route)
      .where('key', '=', call.key)
      .execute();
    return { kind: 'mine' };
  });
}

async function runOnce(services: { db: Db }, call: Call, work: () => Promise<string>): Promise<string> {
  try {
    const result = await work();
    await withPortal(services.db, call.portalId, (tx) =>
      tx
        .updateTable('idempotency_keys')
        .set({ status: 200, response: JSON.stringify(result) })
        .where((eb) => eb.and(keyOf(call)))
        .execute(),
    );
    return result;
  } catch (err) {
    await freeKey(services, call);
    throw err;
  }
}

/** A key that cannot be freed is free again by itself, once it is abandoned. */
async function freeKey(services: { db: Db }, call: Call): Promise<void> {
  await withPortal(services.db, call.portalId, (tx) =>
    tx
      .deleteFrom('idempotency_keys')
      .where((eb) => eb.and(keyOf(call)))
      .execute(),
  ).catch(() => undefined);
}

const keyOf = ({ portalId, route, key }: Call) => ({ portal_id: String(portalId), route, key });
