import { createHash } from 'node:crypto';
import { withPortal, type PortalId, type PortalTx } from '../db/db.ts';
import { wrappingKeyId } from '../keys/vault.ts';
import { readOldKeys, type KeptFor } from '../whatsapp/retire-flow-keys.ts';
import { portalsWithDataKey, type OperatorServices } from './operator-services.ts';

export type ListedKey = {
  keyId: string;
  state: 'pending' | 'active' | 'retiring' | 'retired';
  /** SHA-256 of the public key's base64, without its line ends: the same at Meta and here. */
  fingerprint: string;
  createdAt: string;
  lastUsedAt: string | null;
  /** Of a retiring key: what it waits for. */
  keptFor?: KeptFor | null;
};
export type ListedNumber = {
  phoneNumberId: string;
  registeredKeyId: string | null;
  status: string | null;
  validSince: string | null;
  checkedAt: string | null;
};
export type ListedAccount = { accountId: string; state: string; keys: ListedKey[]; numbers: ListedNumber[] };
export type KeyList = {
  masterKeys: { active: string; known: string[]; portalsWrappedBy: Record<string, number> };
  portals: { portalId: number; wrappedBy: string; accounts: ListedAccount[] }[];
};

type ListServices = Pick<OperatorServices, 'db' | 'clock' | 'keyring'>;

/** Every key by its id and state; no private half and no sealed value is read. */
export async function listKeys(services: ListServices): Promise<KeyList> {
  const portals: KeyList['portals'] = [];
  const portalsWrappedBy: Record<string, number> = {};
  for (const portalId of await portalsWithDataKey(services)) {
    const portal = await withPortal(services.db, portalId, async (tx) => ({
      portalId,
      wrappedBy: await wrappedBy(tx),
      accounts: await listAccountKeys(tx, portalId, services.clock.now()),
    }));
    portalsWrappedBy[portal.wrappedBy] = (portalsWrappedBy[portal.wrappedBy] ?? 0) + 1;
    portals.push(portal);
  }
  const known = services.keyring.map((key) => key.id);
  return { masterKeys: { active: known[0] ?? '', known, portalsWrappedBy }, portals };
}

async function wrappedBy(tx: PortalTx): Promise<string> {
  const row = await tx.selectFrom('portals').select('data_key_wrapped').executeTakeFirst();
  return row?.data_key_wrapped ? wrappingKeyId(row.data_key_wrapped) : '';
}

export async function listAccountKeys(tx: PortalTx, portalId: PortalId, now: Date): Promise<ListedAccount[]> {
  const accounts = await tx
    .selectFrom('wa_accounts')
    .select(['account_id', 'state'])
    .where('portal_id', '=', String(portalId))
    .orderBy('created_at')
    .execute();
  const listed: ListedAccount[] = [];
  for (const { account_id: accountId, state } of accounts) {
    listed.push({
      accountId,
      state,
      keys: await keysOf(tx, portalId, accountId, now),
      numbers: await numbersOf(tx, portalId, accountId),
    });
  }
  return listed;
}

async function keysOf(tx: PortalTx, portalId: PortalId, accountId: string, now: Date): Promise<ListedKey[]> {
  const old = new Map((await readOldKeys(tx, portalId, accountId, now)).map((key) => [key.keyId, key.keptFor]));
  const rows = await tx
    .selectFrom('flow_keys')
    .select(['key_id', 'state', 'public_key_pem', 'created_at', 'last_used_at'])
    .where('portal_id', '=', String(portalId))
    .where('account_id', '=', accountId)
    .orderBy('created_at')
    .orderBy('key_id')
    .execute();
  return rows.map((row) => ({
    keyId: row.key_id,
    state: row.state,
    fingerprint: fingerprintOf(row.public_key_pem),
    createdAt: row.created_at.toISOString(),
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
    ...(row.state === 'retiring' ? { keptFor: old.get(row.key_id) ?? null } : {}),
  }));
}

async function numbersOf(tx: PortalTx, portalId: PortalId, accountId: string): Promise<ListedNumber[]> {
  const rows = await tx
    .selectFrom('wa_numbers')
    .select(['phone_number_id', 'registered_key_id', 'key_status', 'key_valid_at', 'key_checked_at'])
    .where('portal_id', '=', String(portalId))
    .where('account_id', '=', accountId)
    .orderBy('phone_number_id')
    .execute();
  return rows.map((row) => ({
    phoneNumberId: row.phone_number_id,
    registeredKeyId: row.registered_key_id,
    status: row.key_status,
    validSince: row.key_valid_at?.toISOString() ?? null,
    checkedAt: row.key_checked_at?.toISOString() ?? null,
  }));
}

export function fingerprintOf(pem: string): string {
  const base64 = pem.replace(/-----[A-Z ]+-----/g, '').replace(/\s+/g, '');
  return createHash('sha256').update(base64, 'utf8').digest('hex');
}
