import { sql } from 'kysely';
import { BoundedCache } from '../bounded-cache.ts';
import type { Db } from '../db/db.ts';
import { importRsaKey, type RsaKey } from './rsa-keys.ts';

/** What the address of an endpoint names: the portal, the app's secrets and the keys that open its requests. */
export type EndpointAccount = { accountId: string; portalId: number; appSecrets: string[]; keys: RsaKey[] };

/** Where secrets and keys come from; the WhatsApp room knows how they are sealed. */
export type AccountSecrets = {
  appSecrets(portalId: number, accountId: string): Promise<string[]>;
  /** PKCS#8 DER of every key that still opens requests, the active one first. */
  flowKeys(portalId: number, accountId: string): Promise<{ keyId: string; privateKeyDer: Buffer }[]>;
};

/** A rotated key or secret is known in every process after this at the latest; the process that rotates forgets at once. */
const TTL_MS = 15_000;
/** Parsed keys are the largest thing kept per account: about 10 kB each. */
const MAX_ACCOUNTS = 5_000;

/** Accounts by the opaque id in their address: read, unsealed and parsed once, then kept for a short while. */
export class EndpointAccounts {
  #db: Db;
  #secrets: AccountSecrets;
  #cache: BoundedCache<string, EndpointAccount | null>;
  /** Parsing a key costs a millisecond: kept by its id over the account's shorter life here. */
  #parsed = new BoundedCache<string, RsaKey>({ max: MAX_ACCOUNTS * 2, ttlMs: 3_600_000 });

  constructor(db: Db, secrets: AccountSecrets) {
    this.#db = db;
    this.#secrets = secrets;
    this.#cache = new BoundedCache({ max: MAX_ACCOUNTS, ttlMs: TTL_MS });
  }

  get(accountId: string): Promise<EndpointAccount | null> {
    return this.#cache.get(accountId, () => this.#load(accountId));
  }

  forget(accountId: string): void {
    this.#cache.forget(accountId);
  }

  async #load(accountId: string): Promise<EndpointAccount | null> {
    const { rows } = await sql<{
      portal_id: string | null;
    }>`select portal_of_account(${accountId}) as portal_id`.execute(this.#db);
    if (!rows[0]?.portal_id) return null;
    const portalId = Number(rows[0].portal_id);
    const [appSecrets, ders] = await Promise.all([
      this.#secrets.appSecrets(portalId, accountId),
      this.#secrets.flowKeys(portalId, accountId),
    ]);
    const keys = await Promise.all(
      ders.map(({ keyId, privateKeyDer }) => this.#parsed.get(keyId, () => importRsaKey(keyId, privateKeyDer))),
    );
    return { accountId, portalId, appSecrets, keys };
  }
}
