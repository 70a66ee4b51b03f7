import { sql } from 'kysely';
import { AppError } from '../app-error.ts';
import type { Db, PortalId, PortalTx } from '../db/db.ts';
import { lookupHash, seal, unseal, unwrapDataKey, type MasterKey } from './vault.ts';

/** Data keys kept unwrapped in memory at most; the least recently used goes first. */
const MAX_CACHED_KEYS = 2_000;
/** After this a key is read again, so that an erased portal's leaves the memory of every process. */
const KEY_TTL_MS = 60_000;

/** Seals and opens what belongs to a portal, under the portal's own data key. */
export class PortalKeys {
  #db: Db;
  #keyring: readonly MasterKey[];
  #cache = new Map<PortalId, { key: Buffer; readAt: number }>();
  #monotonicMs: () => number;

  constructor(db: Db, keyring: readonly MasterKey[], monotonicMs: () => number = () => performance.now()) {
    this.#db = db;
    this.#keyring = keyring;
    this.#monotonicMs = monotonicMs;
  }

  /** `purpose` names table, column and row: `hubspot_tokens.access:<portal>`. */
  async seal(portalId: PortalId, purpose: string, plaintext: string | Buffer): Promise<Buffer> {
    return seal(await this.dataKey(portalId), purpose, plaintext);
  }

  async open(portalId: PortalId, purpose: string, sealed: Buffer): Promise<Buffer> {
    return unseal(await this.dataKey(portalId), purpose, sealed);
  }

  async sealJson(portalId: PortalId, purpose: string, value: unknown): Promise<Buffer> {
    return this.seal(portalId, purpose, JSON.stringify(value));
  }

  /** The caller parses the result with its own schema. */
  async openJson(portalId: PortalId, purpose: string, sealed: Buffer): Promise<unknown> {
    return JSON.parse((await this.open(portalId, purpose, sealed)).toString('utf8'));
  }

  /** Keyed hash of an identity (phone, business-scoped id), equal for equal values of one portal only. */
  async hash(portalId: PortalId, use: string, value: string): Promise<Buffer> {
    return lookupHash(await this.dataKey(portalId), use, value);
  }

  /** Forgets a portal's key, so that an erased portal cannot be read from memory. */
  forget(portalId: PortalId): void {
    this.#cache.delete(portalId);
  }

  async dataKey(portalId: PortalId, within?: PortalTx): Promise<Buffer> {
    const cached = this.#cache.get(portalId);
    this.#cache.delete(portalId);
    if (cached && this.#monotonicMs() - cached.readAt < KEY_TTL_MS) {
      this.#cache.set(portalId, cached);
      return cached.key;
    }
    const wrapped = within ? await readWrapped(within) : await this.#load(portalId);
    const key = unwrapDataKey(this.#keyring, portalId, wrapped);
    this.#cache.set(portalId, { key, readAt: this.#monotonicMs() });
    const oldest = this.#cache.keys().next();
    if (this.#cache.size > MAX_CACHED_KEYS && !oldest.done) this.#cache.delete(oldest.value);
    return key;
  }

  async #load(portalId: PortalId): Promise<Buffer> {
    return this.#db.transaction().execute(async (tx) => {
      await sql`select set_config('app.portal_id', ${String(portalId)}, true)`.execute(tx);
      return readWrapped(tx);
    });
  }
}

async function readWrapped(tx: PortalTx): Promise<Buffer> {
  const row = await tx.selectFrom('portals').select('data_key_wrapped').executeTakeFirst();
  if (!row?.data_key_wrapped)
    throw new AppError('portal_erased', { status: 410, message: 'This portal is not known or was erased' });
  return row.data_key_wrapped;
}
