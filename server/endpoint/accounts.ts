import { Batches } from '../batches.ts';
import { BoundedCache } from '../bounded-cache.ts';
import { isPassingFault } from '../db/passing-fault.ts';
import { importRsaKey, type RsaKey } from './rsa-keys.ts';

/** What the address of an endpoint names: the portal, the app's secrets and the keys that open its requests. */
export type EndpointAccount = {
  accountId: string;
  portalId: number;
  appSecrets: string[];
  keys: RsaKey[];
  /** Of what was read: the same stamp, the same account. */
  stamp: string;
  /** When reading it began, on this process's monotonic clock: what was written before is in it. */
  loadedAt: number;
};

/** Where secrets and keys come from; the WhatsApp room knows how they are sealed. */
export type AccountSecrets = {
  /** `<portal>:<digest>` of all that decides who may sign and which keys open, by account; those that nobody has are absent. */
  stamps(accountIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  appSecrets(portalId: number, accountId: string): Promise<string[]>;
  /** PKCS#8 DER of every key that still opens requests, the active one first. */
  flowKeys(portalId: number, accountId: string): Promise<{ keyId: string; privateKeyDer: Buffer }[]>;
  /** A key has opened a request: an old one is retired only after a day without. */
  keyUsed(portalId: number, keyId: string): Promise<void>;
};

/** A rotated key or secret is known in every process after this at the latest; the process that rotates forgets at once. */
const TTL_MS = 15_000;
/**
 * An account that is used at this age is looked at again beside its requests, many in one statement: thousands of them would
 * otherwise be asked for one by one, each with a request that waits for it.
 */
const REFRESH_AFTER_MS = 8_000;
/** Collected for so long, and so many at once: far less than what is left of an account's time. */
const REFRESH_EVERY_MS = 250;
const REFRESH_AT_ONCE = 500;
/** Statements for what requests wait for, under way at once: who comes meanwhile is asked for together. */
const STAMP_LANES = 2;
/** How long a database may be away until requests cannot even be opened any more. */
const LAST_KNOWN_MS = 10 * 60_000;
/**
 * A request that no known secret signs or no known key opens makes us read them again, unless they are younger than this: one read
 * a second per account at most. Stays below the two seconds that a new key waits before it is registered (`SETTLE_MS`).
 */
export const RELOAD_AFTER_MS = 1_000;
/** Parsed keys are the largest thing kept per account: about 11 kB each, four times that for one under load. */
const MAX_ACCOUNTS = 10_000;
/** The day without use is counted with this much slack on top (`USE_NOTED_EVERY_MS`): change both. */
const NOTE_USE_EVERY_MS = 5 * 60_000;

type Wanted = { accountId: string; resolve(stamp: string | undefined): void; reject(err: unknown): void };

/** Accounts by the opaque id in their address: read, unsealed and parsed once, then again only when something about them has changed. */
export class EndpointAccounts {
  #secrets: AccountSecrets;
  #cache: BoundedCache<string, EndpointAccount | null>;
  #last: BoundedCache<string, EndpointAccount>;
  /** Parsing a key costs a millisecond: kept by its id over the account's shorter life here. A key that is no longer listed is never tried. */
  #parsed: BoundedCache<string, RsaKey>;
  #noted: BoundedCache<string, void>;
  #reloads = new Map<string, Promise<EndpointAccount | null>>();
  #aging = new Map<string, EndpointAccount>();
  #wanted = new Batches<Wanted>({ lanes: STAMP_LANES, max: REFRESH_AT_ONCE }, (batch) => this.#askFor(batch));
  #isCollecting = false;
  #monotonicMs: () => number;

  constructor(secrets: AccountSecrets, monotonicMs: () => number = () => performance.now()) {
    this.#secrets = secrets;
    this.#monotonicMs = monotonicMs;
    const now = monotonicMs;
    this.#cache = new BoundedCache({ max: MAX_ACCOUNTS, ttlMs: TTL_MS, now });
    this.#last = new BoundedCache({ max: MAX_ACCOUNTS, ttlMs: LAST_KNOWN_MS, now });
    this.#parsed = new BoundedCache({ max: MAX_ACCOUNTS + 2_000, ttlMs: 3_600_000, now });
    this.#noted = new BoundedCache({ max: MAX_ACCOUNTS * 2, ttlMs: NOTE_USE_EVERY_MS, now });
  }

  /** While the database is away, as it was known last: nobody can have rotated or erased it meanwhile. */
  async get(accountId: string): Promise<EndpointAccount | null> {
    const account = await this.#cache.get(accountId, async () => {
      try {
        const account = await this.#load(accountId);
        if (account) this.#last.set(accountId, account);
        else this.#last.forget(accountId);
        return account;
      } catch (err) {
        const last = isPassingFault(err) ? await this.#last.peek(accountId) : undefined;
        // Not kept: the next request asks the database again.
        if (last) queueMicrotask(() => this.#cache.forget(accountId));
        if (last) return last;
        throw err;
      }
    });
    if (account && this.#monotonicMs() - account.loadedAt >= REFRESH_AFTER_MS) this.#refreshSoon(account);
    return account;
  }

  /** The account when it is in memory and was found; nothing is read. */
  peek(accountId: string): Promise<EndpointAccount | null> {
    return this.#cache.peek(accountId) ?? Promise.resolve(null);
  }

  forget(accountId: string): void {
    this.#cache.forget(accountId);
  }

  /**
   * The account as the database has it now, when what is known is old enough to be wrong; null when it is not, or cannot be
   * read. Requests that ask at once share one read.
   */
  async reload(known: EndpointAccount): Promise<EndpointAccount | null> {
    if (this.#monotonicMs() - known.loadedAt < RELOAD_AFTER_MS) return null;
    const { accountId } = known;
    const running = this.#reloads.get(accountId);
    if (running) return running;
    const reload = this.#newerThan(known)
      .catch(() => null)
      .finally(() => this.#reloads.delete(accountId));
    this.#reloads.set(accountId, reload);
    return reload;
  }

  /** What another request has read since, else a new read. */
  async #newerThan(known: EndpointAccount): Promise<EndpointAccount | null> {
    const current = await this.get(known.accountId);
    if (current && current.loadedAt > known.loadedAt) return current;
    this.forget(known.accountId);
    return this.get(known.accountId);
  }

  /** Notes the key's use without keeping the request waiting; a note that is lost is made up for by the next use. */
  noteUse(account: EndpointAccount, keyId: string): void {
    this.#noted.get(keyId, () => this.#secrets.keyUsed(account.portalId, keyId)).catch(() => {});
  }

  #refreshSoon(account: EndpointAccount): void {
    this.#aging.set(account.accountId, account);
    if (this.#isCollecting) return;
    this.#isCollecting = true;
    setTimeout(() => void this.#refreshAll(), REFRESH_EVERY_MS).unref();
  }

  async #refreshAll(): Promise<void> {
    try {
      while (this.#aging.size > 0) await this.#refresh();
    } catch {
      // The database is away: each is read by its own request once its time is over.
    } finally {
      this.#isCollecting = false;
    }
  }

  /** What has not changed lives on; what has is read by the next request. */
  async #refresh(): Promise<void> {
    const batch = [...this.#aging.values()].slice(0, REFRESH_AT_ONCE);
    for (const { accountId } of batch) this.#aging.delete(accountId);
    const loadedAt = this.#monotonicMs();
    const stamps = await this.#secrets.stamps(batch.map(({ accountId }) => accountId));
    for (const known of batch) {
      const { accountId } = known;
      const entry = this.#cache.peek(accountId);
      // Somebody forgot it or has read it again meanwhile, and knows better than a stamp of before.
      if ((await entry) !== known || this.#cache.peek(accountId) !== entry) continue;
      if (stamps.get(accountId) === known.stamp) {
        this.#cache.set(accountId, { ...known, loadedAt });
        this.#last.set(accountId, { ...known, loadedAt });
      } else this.#cache.forget(accountId);
    }
  }

  #stampOf(accountId: string): Promise<string | undefined> {
    return new Promise((resolve, reject) => this.#wanted.add({ accountId, resolve, reject }));
  }

  async #askFor(batch: readonly Wanted[]): Promise<void> {
    try {
      const stamps = await this.#secrets.stamps(batch.map(({ accountId }) => accountId));
      for (const { accountId, resolve } of batch) resolve(stamps.get(accountId));
    } catch (err) {
      for (const { reject } of batch) reject(err);
    }
  }

  async #load(accountId: string): Promise<EndpointAccount | null> {
    const loadedAt = this.#monotonicMs();
    // Before what it stands for is read: a change in between is read again the next time.
    const stamp = await this.#stampOf(accountId);
    if (stamp === undefined) return null;
    const last = await this.#last.peek(accountId);
    if (last?.stamp === stamp) return { ...last, loadedAt };
    const portalId = Number(stamp.slice(0, stamp.indexOf(':')));
    const [appSecrets, ders] = await Promise.all([
      this.#secrets.appSecrets(portalId, accountId),
      this.#secrets.flowKeys(portalId, accountId),
    ]);
    const keys = await Promise.all(
      ders.map(({ keyId, privateKeyDer }) => this.#parsed.get(keyId, () => importRsaKey(keyId, privateKeyDer))),
    );
    return { accountId, portalId, appSecrets, keys, stamp, loadedAt };
  }
}
