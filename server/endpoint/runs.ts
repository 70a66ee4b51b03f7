import { randomInt } from 'node:crypto';
import { programSchema, type Program } from '@flowella/shared/compile/program.ts';
import { mappingSchema, type Mapping } from '@flowella/shared/contract/mapping.ts';
import { answersSchema } from '@flowella/shared/form/answers-schema.ts';
import type { Answers } from '@flowella/shared/form/answers.ts';
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import type pg from 'pg';
import { z } from 'zod';
import { BoundedCache } from '../bounded-cache.ts';
import { withPortal, type Db } from '../db/db.ts';
import { newId } from '../ids.ts';
import { identityPurpose, identitySchema } from '../keys/identity.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import { acceptRun, type AcceptTools, type RunAcceptance } from '../submissions/accept.ts';
import { RunCache } from './run-cache.ts';
import { SessionSaver } from './session-saver.ts';
import { sessionStateSchema, type SessionState } from './session-state.ts';

/** A published version as the endpoint runs it. It never changes once published, so it may be kept. */
export type Version = {
  versionId: string;
  flowId: string;
  program: Program;
  mapping: Mapping;
  formId: string;
  formRevision: string;
};

/** One person's run through one send, as the database knows it, or knew it when this process answered last. */
export type Run = {
  portalId: number;
  sendId: string;
  flowId: string;
  versionId: string;
  open: boolean;
  closedReason: string | null;
  prefill: Answers;
  /** Of the sealed prefill, for the cache's bound. */
  prefillBytes: number;
  sessionId: string;
  /**
   * Marks of the session and of those it was made from in this process, the newest first; 0 for "there was none". What the database has
   * must be one of them when the next one is saved.
   */
  known: readonly number[];
  session: SessionState | null;
  openedAt: Date | null;
  submissionId: string | null;
  /** ISO 3166-1 alpha-2 of the person's own number: numbers typed without a country code are read as of there. */
  country: string | null;
  /** Whose answers they are, as read: an acceptance reads both again. */
  personId: string;
  contactId: string | null;
};

export type NextSession = {
  versionId: string;
  session: SessionState;
  screen: string;
  number: number;
  count: number;
  now: Date;
  expiresAt: Date;
};

/** What `randomInt` can draw up to; 0 means that there is no session. */
const MAX_MARK = 2 ** 48 - 1;
/** So many saves that PostgreSQL may lose in a crash are made up for: one a screen, and it flushes every 0.2 s. */
const KNOWN_MARKS = 8;

const runRowSchema = z.object({
  flow_id: z.string(),
  version_id: z.string(),
  person_id: z.string(),
  contact_id: z.string().nullable(),
  open: z.boolean(),
  closed_reason: z.string().nullable(),
  prefill_sealed: z.instanceof(Buffer).nullable(),
  session_id: z.string().nullable(),
  mark: z.coerce.number(),
  state_sealed: z.instanceof(Buffer).nullable(),
  opened_at: z.date().nullable(),
  submission_id: z.string().nullable(),
  identity_sealed: z.instanceof(Buffer).nullable(),
  readable: z.boolean(),
});
type RunRow = z.output<typeof runRowSchema>;

/**
 * Reads and writes runs. A run this process answered last is answered from memory, and saving the next session is the exchange's only
 * round trip: the statement refuses when the memory is out of date.
 */
export class Runs {
  #db: Db;
  #pool: pg.Pool;
  #keys: PortalKeys;
  #cache: RunCache;
  #saver: SessionSaver;
  #versions = new BoundedCache<string, Version | null>({ max: 1_000, ttlMs: 600_000 });

  /** `pool` is what `db` is over: the endpoint's statements are prepared once per connection. */
  constructor(db: Db, keys: PortalKeys, pool: pg.Pool, cache = new RunCache()) {
    this.#db = db;
    this.#pool = pool;
    this.#keys = keys;
    this.#cache = cache;
    this.#saver = new SessionSaver(pool);
  }

  /** The run as this process remembers it, which only `save` or an acceptance can tell to be current. */
  recall(portalId: number, sendId: string): Run | null {
    return this.#cache.get(portalId, sendId);
  }

  /** The run as the database has it, or null when the send is not known (any more) or the account was erased. */
  async load(portalId: number, sendId: string): Promise<Run | null> {
    this.#cache.forget(portalId, sendId);
    const { rows } = await this.#pool.query<Record<string, unknown>>({
      name: 'read_run',
      text: 'select * from read_run($1, $2)',
      values: [portalId, sendId],
    });
    if (!rows[0]) return null;
    const row = runRowSchema.parse(rows[0]);
    if (!row.readable) {
      this.#keys.forget(portalId);
      return null;
    }
    return this.#open(portalId, sendId, row);
  }

  async #open(portalId: number, sendId: string, row: RunRow): Promise<Run> {
    const [prefill, session, identity] = await Promise.all([
      row.prefill_sealed ? this.#keys.openJson(portalId, prefillPurpose(sendId), row.prefill_sealed) : {},
      row.state_sealed ? this.#keys.openJson(portalId, sessionPurpose(sendId), row.state_sealed) : null,
      row.identity_sealed ? this.#keys.openJson(portalId, identityPurpose(row.person_id), row.identity_sealed) : {},
    ]);
    return {
      portalId,
      sendId,
      flowId: row.flow_id,
      versionId: row.version_id,
      open: row.open,
      closedReason: row.closed_reason,
      prefill: answersSchema.parse(prefill),
      prefillBytes: row.prefill_sealed?.length ?? 0,
      sessionId: row.session_id ?? newId('session'),
      known: [row.mark],
      session: session === null ? null : sessionStateSchema.parse(session),
      openedAt: row.opened_at,
      submissionId: row.submission_id,
      country: parsePhoneNumberFromString(identitySchema.parse(identity).phone ?? '')?.country ?? null,
      personId: row.person_id,
      contactId: row.contact_id,
    };
  }

  /**
   * Saves progress and remembers it; false when the database has another session than `run` was, or the run is over: load it and
   * answer from there.
   */
  async save(run: Run, next: NextSession): Promise<boolean> {
    const state = await this.#keys.sealJson(run.portalId, sessionPurpose(run.sendId), next.session);
    const mark = randomInt(1, MAX_MARK);
    const openedAt = run.openedAt ?? next.now;
    const { portalId, sendId, sessionId } = run;
    const { versionId, screen, number, count, now, expiresAt } = next;
    const row = { portalId, sendId, sessionId, versionId, known: run.known, mark, state, openedAt };
    if (!(await this.#saver.save({ ...row, screen, number, count, now, expiresAt }))) return false;
    const known = [mark, ...run.known.slice(0, KNOWN_MARKS - 1)];
    this.#cache.set({ ...run, session: next.session, openedAt, known }, state.length);
    return true;
  }

  /** Accepts the answers of a run once (`acceptRun`), and remembers it no more, whatever came of it. */
  async accept(run: Run, tools: AcceptTools, acceptance: RunAcceptance): ReturnType<typeof acceptRun> {
    const cameTo = await acceptRun(this.#pool, tools, acceptance, run.known);
    this.#cache.forget(run.portalId, run.sendId);
    return cameTo;
  }

  /** A version of this portal, or null; `draft` ones are read but not kept. */
  version(portalId: number, versionId: string): Promise<Version | null> {
    return this.#versions.get(`${portalId}:${versionId}`, () => this.#readVersion(portalId, versionId));
  }

  async #readVersion(portalId: number, versionId: string): Promise<Version | null> {
    const row = await withPortal(this.#db, portalId, (tx) =>
      tx
        .selectFrom('flow_versions')
        .select(['version_id', 'flow_id', 'program', 'mapping', 'form_id', 'form_revision'])
        .where('portal_id', '=', String(portalId))
        .where('version_id', '=', versionId)
        .executeTakeFirst(),
    );
    if (!row) return null;
    return {
      versionId: row.version_id,
      flowId: row.flow_id,
      program: programSchema.parse(row.program),
      mapping: mappingSchema.parse(row.mapping),
      formId: row.form_id,
      formRevision: row.form_revision,
    };
  }
}

/** What the sealed values are bound to; the sender seals the prefill with the same purpose. */
export function prefillPurpose(sendId: string): string {
  return `sends.prefill:${sendId}`;
}

export function sessionPurpose(sendId: string): string {
  return `sessions.state:${sendId}`;
}
