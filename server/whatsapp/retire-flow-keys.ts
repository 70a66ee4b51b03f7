import { appendAudit } from '../audit/audit.ts';
import { withPortal, type PortalId, type PortalTx } from '../db/db.ts';
import { readKey, type KeyActor } from './flow-keys.ts';
import { TOKEN_LIFE_MS } from './send-flow.ts';
import type { WhatsappServices } from './services.ts';

/** Use of a key is noted at most this often per process (`NOTE_USE_EVERY_MS` of the endpoint), so a noted use may be this much older than the last. */
const USE_NOTED_EVERY_MS = 5 * 60_000;
/** flow-rules.md section 6. */
const UNUSED_MS = 24 * 3_600_000 + USE_NOTED_EVERY_MS;

export type KeyNumber = { registeredKeyId: string | null; status: string | null; validSince: Date | null };

/** Why an old key still opens requests, and when that may end at the earliest (null: not before somebody mends a number). */
export type KeptFor = { reason: 'number-not-valid' | 'tokens-still-live' | 'recently-used'; until: Date | null };

/**
 * The rule of flow-rules.md section 6: the old key opens requests until every number reads VALID with the new one, the longest
 * token life has passed since then, and it has been unused for 24 hours. Null when it may go.
 */
export function whyKept(o: {
  activeKeyId: string | null;
  retiringSince: Date;
  lastUsedAt: Date | null;
  numbers: readonly KeyNumber[];
  now: Date;
}): KeptFor | null {
  let validSince = o.retiringSince.getTime();
  for (const number of o.numbers) {
    const isValid = number.status === 'VALID' && number.registeredKeyId === o.activeKeyId;
    if (!isValid || !number.validSince) return { reason: 'number-not-valid', until: null };
    validSince = Math.max(validSince, number.validSince.getTime());
  }
  const tokensEnd = new Date(validSince + TOKEN_LIFE_MS);
  if (o.now < tokensEnd) return { reason: 'tokens-still-live', until: tokensEnd };
  const unusedAt = new Date((o.lastUsedAt?.getTime() ?? 0) + UNUSED_MS);
  return o.now < unusedAt ? { reason: 'recently-used', until: unusedAt } : null;
}

export type OldKey = { keyId: string; keptFor: KeptFor | null };

/** The account's retiring keys and what each of them waits for. */
export async function readOldKeys(tx: PortalTx, portalId: PortalId, accountId: string, now: Date): Promise<OldKey[]> {
  const active = await readKey(tx, portalId, accountId, 'active');
  const rows = await tx
    .selectFrom('wa_numbers')
    .select(['registered_key_id', 'key_status', 'key_valid_at'])
    .where('portal_id', '=', String(portalId))
    .where('account_id', '=', accountId)
    .execute();
  const numbers = rows.map((row) => ({
    registeredKeyId: row.registered_key_id,
    status: row.key_status,
    validSince: row.key_valid_at,
  }));
  const old = await tx
    .selectFrom('flow_keys')
    .select(['key_id', 'retiring_at', 'created_at', 'last_used_at'])
    .where('portal_id', '=', String(portalId))
    .where('account_id', '=', accountId)
    .where('state', '=', 'retiring')
    .orderBy('created_at')
    .forUpdate()
    .execute();
  return old.map((key) => ({
    keyId: key.key_id,
    keptFor: whyKept({
      activeKeyId: active?.keyId ?? null,
      retiringSince: key.retiring_at ?? key.created_at,
      lastUsedAt: key.last_used_at,
      numbers,
      now,
    }),
  }));
}

/**
 * Retires the old keys that the rule lets go and destroys their private halves; answers their ids. `evenIfUsed` is for a key that
 * has leaked: tokens and late phones are not waited for (a 421 makes them fetch the new key), but every number must be VALID.
 */
export async function retireFlowKeys(
  services: Pick<WhatsappServices, 'db' | 'clock'>,
  portalId: PortalId,
  o: { accountId: string; actor: KeyActor; evenIfUsed?: boolean },
): Promise<string[]> {
  const now = services.clock.now();
  return withPortal(services.db, portalId, async (tx) => {
    const old = await readOldKeys(tx, portalId, o.accountId, now);
    const gone = old.filter(
      ({ keptFor }) => keptFor === null || (o.evenIfUsed === true && keptFor.reason !== 'number-not-valid'),
    );
    for (const { keyId } of gone) {
      await tx
        .updateTable('flow_keys')
        .set({ state: 'retired', private_key_sealed: null, retired_at: now })
        .where('portal_id', '=', String(portalId))
        .where('key_id', '=', keyId)
        .execute();
      await appendAudit(tx, portalId, now, {
        actor: o.actor,
        action: 'flow-key.retired',
        subject: o.accountId,
        detail: { keyId, early: o.evenIfUsed === true },
      });
    }
    return gone.map(({ keyId }) => keyId);
  });
}
