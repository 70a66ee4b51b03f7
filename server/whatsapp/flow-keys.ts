import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { appendAudit } from '../audit/audit.ts';
import { AppError } from '../app-error.ts';
import { withPortal, type PortalId, type PortalTx } from '../db/db.ts';
import { newId } from '../ids.ts';
import { sealPurpose } from './accounts.ts';
import type { WhatsappServices } from './services.ts';

const generate = promisify(generateKeyPair);

/** Every open key costs a foreign request one more private-key operation; more than this at once means that something is stuck. */
const MAX_RETIRING = 3;

export type KeyServices = Pick<WhatsappServices, 'db' | 'keys' | 'clock' | 'graph' | 'log'>;
/** Who rotates: `operator` or `system` (the schedule). */
export type KeyActor = 'operator' | 'system';

export type FlowPublicKey = { keyId: string; publicKeyPem: string; createdAt: Date };
type NewPair = { keyId: string; publicKeyPem: string; privateKeySealed: Buffer };

/** RSA-2048 on the thread pool; the private half leaves this function sealed only (whatsapp-flows.md section 7). */
async function makePair(services: Pick<WhatsappServices, 'keys'>, portalId: PortalId): Promise<NewPair> {
  const pair = await generate('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  });
  const keyId = newId('key');
  const privateKeySealed = await services.keys.seal(portalId, sealPurpose.privateKey(keyId), pair.privateKey);
  pair.privateKey.fill(0);
  return { keyId, publicKeyPem: pair.publicKey, privateKeySealed };
}

/** The account's active key, made once. */
export async function ensureFlowKey(
  services: Pick<WhatsappServices, 'db' | 'keys' | 'clock'>,
  portalId: PortalId,
  accountId: string,
): Promise<{ keyId: string; publicKeyPem: string }> {
  const read = () => withPortal(services.db, portalId, (tx) => readKey(tx, portalId, accountId, 'active'));
  const existing = await read();
  if (existing) return existing;
  const pair = await makePair(services, portalId);
  await withPortal(services.db, portalId, (tx) =>
    insertKey(tx, portalId, accountId, { ...pair, state: 'active', now: services.clock.now() }),
  );
  // Two connects at once: the first key stands, the other was never registered anywhere.
  return (await read()) ?? pair;
}

/**
 * The key that a rotation away from `from` goes on with: one that an interrupted rotation left behind, else a new one. From here on
 * every process can open requests with it. Throws `whatsapp_account_not_found`, `too_many_flow_keys`, and `rotation_overtaken` when
 * another rotation has replaced `from` since.
 */
export async function ensurePendingKey(
  services: Pick<WhatsappServices, 'db' | 'keys' | 'clock'>,
  portalId: PortalId,
  o: { accountId: string; from: string | null },
): Promise<FlowPublicKey> {
  const pair = await makePair(services, portalId);
  return withPortal(services.db, portalId, async (tx) => {
    await lockAccount(tx, portalId, o.accountId);
    await refuseUnready(tx, portalId, o.accountId);
    const active = await readKey(tx, portalId, o.accountId, 'active');
    if ((active?.keyId ?? null) !== o.from) throw rotationOvertaken();
    const key = { ...pair, state: 'pending' as const, now: services.clock.now() };
    await insertKey(tx, portalId, o.accountId, key);
    const pending = await readKey(tx, portalId, o.accountId, 'pending');
    return pending ?? { ...pair, createdAt: key.now };
  });
}

/** Rotations of one account pass one after the other. */
async function lockAccount(tx: PortalTx, portalId: PortalId, accountId: string): Promise<void> {
  await tx
    .selectFrom('wa_accounts')
    .select('account_id')
    .where('portal_id', '=', String(portalId))
    .where('account_id', '=', accountId)
    .forUpdate()
    .execute();
}

export function rotationOvertaken(): AppError {
  return new AppError('rotation_overtaken', {
    status: 409,
    message: 'Another process has just rotated this account: look with "flowella keys list"',
  });
}

async function refuseUnready(tx: PortalTx, portalId: PortalId, accountId: string): Promise<void> {
  const account = await tx
    .selectFrom('wa_accounts')
    .select('state')
    .where('portal_id', '=', String(portalId))
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  if (!account || account.state === 'disconnected')
    throw new AppError('whatsapp_account_not_found', { status: 404, message: `There is no account ${accountId}` });
  const retiring = await tx
    .selectFrom('flow_keys')
    .select('key_id')
    .where('portal_id', '=', String(portalId))
    .where('account_id', '=', accountId)
    .where('state', '=', 'retiring')
    .execute();
  if (retiring.length < MAX_RETIRING) return;
  throw new AppError('too_many_flow_keys', {
    message: `${retiring.length} old keys of ${accountId} are not retired yet: run "flowella keys check" to see what they wait for, then rotate again`,
  });
}

/**
 * The pending key becomes the one to be registered, the one before it goes on opening requests. False when another process
 * did it first. One transaction, one at a time per account.
 */
export async function activateKey(
  services: Pick<WhatsappServices, 'db' | 'clock'>,
  portalId: PortalId,
  o: { accountId: string; keyId: string; actor: KeyActor },
): Promise<boolean> {
  const now = services.clock.now();
  return withPortal(services.db, portalId, async (tx) => {
    await lockAccount(tx, portalId, o.accountId);
    const pending = await readKey(tx, portalId, o.accountId, 'pending');
    if (pending?.keyId !== o.keyId) return false;
    const old = await readKey(tx, portalId, o.accountId, 'active');
    if (old) await setState(tx, portalId, old.keyId, { state: 'retiring', retiring_at: now });
    await setState(tx, portalId, o.keyId, { state: 'active' });
    await appendAudit(tx, portalId, now, {
      actor: o.actor,
      action: 'flow-key.rotated',
      subject: o.accountId,
      detail: { from: old?.keyId ?? null, to: o.keyId },
    });
    return true;
  });
}

/** Notes that a key opened a request; the endpoint calls it once in a while per key, not per request. */
export async function noteKeyUse(
  services: Pick<WhatsappServices, 'db' | 'clock'>,
  portalId: PortalId,
  keyId: string,
): Promise<void> {
  const now = services.clock.now();
  await withPortal(services.db, portalId, (tx) =>
    tx
      .updateTable('flow_keys')
      .set({ last_used_at: now })
      .where('portal_id', '=', String(portalId))
      .where('key_id', '=', keyId)
      .where((where) => where.or([where('last_used_at', 'is', null), where('last_used_at', '<', now)]))
      .execute(),
  );
}

export async function readKey(
  tx: PortalTx,
  portalId: PortalId,
  accountId: string,
  state: 'active' | 'pending',
): Promise<FlowPublicKey | null> {
  const row = await tx
    .selectFrom('flow_keys')
    .select(['key_id', 'public_key_pem', 'created_at'])
    .where('portal_id', '=', String(portalId))
    .where('account_id', '=', accountId)
    .where('state', '=', state)
    .executeTakeFirst();
  return row ? { keyId: row.key_id, publicKeyPem: row.public_key_pem, createdAt: row.created_at } : null;
}

async function insertKey(
  tx: PortalTx,
  portalId: PortalId,
  accountId: string,
  key: NewPair & { state: 'active' | 'pending'; now: Date },
): Promise<void> {
  await tx
    .insertInto('flow_keys')
    .values({
      portal_id: portalId,
      key_id: key.keyId,
      account_id: accountId,
      public_key_pem: key.publicKeyPem,
      private_key_sealed: key.privateKeySealed,
      state: key.state,
      created_at: key.now,
    })
    .onConflict((conflict) => conflict.columns(['portal_id', 'account_id']).where('state', '=', key.state).doNothing())
    .execute();
}

async function setState(
  tx: PortalTx,
  portalId: PortalId,
  keyId: string,
  change: { state: 'active' } | { state: 'retiring'; retiring_at: Date },
): Promise<void> {
  await tx
    .updateTable('flow_keys')
    .set(change)
    .where('portal_id', '=', String(portalId))
    .where('key_id', '=', keyId)
    .execute();
}
