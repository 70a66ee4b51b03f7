import { programSchema, type Program } from '@flowella/shared/compile/program.ts';
import { mappingSchema, type Mapping } from '@flowella/shared/contract/mapping.ts';
import { answersSchema } from '@flowella/shared/form/answers-schema.ts';
import type { Answers } from '@flowella/shared/form/answers.ts';
import { sql } from 'kysely';
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { z } from 'zod';
import { BoundedCache } from '../bounded-cache.ts';
import { withPortal, type Db } from '../db/db.ts';
import { newId } from '../ids.ts';
import { identityPurpose, identitySchema } from '../keys/identity.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
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

/** One person's run through one send, as the database knows it. */
export type Run = {
  portalId: number;
  sendId: string;
  flowId: string;
  versionId: string;
  personId: string;
  contactId: string | null;
  open: boolean;
  closedReason: string | null;
  prefill: Answers;
  sessionId: string;
  /** 0 until the first exchange was saved. */
  seq: number;
  session: SessionState | null;
  openedAt: Date | null;
  submissionId: string | null;
  /** ISO 3166-1 alpha-2 of the person's own number: numbers typed without a country code are read as of there. */
  country: string | null;
};

const runRowSchema = z.object({
  flow_id: z.string(),
  version_id: z.string(),
  person_id: z.string(),
  contact_id: z.string().nullable(),
  open: z.boolean(),
  closed_reason: z.string().nullable(),
  prefill_sealed: z.instanceof(Buffer).nullable(),
  session_id: z.string().nullable(),
  seq: z.number().nullable(),
  state_sealed: z.instanceof(Buffer).nullable(),
  opened_at: z.date().nullable(),
  submission_id: z.string().nullable(),
  identity_sealed: z.instanceof(Buffer).nullable(),
});

/** Reads and writes runs: one round trip each. */
export class Runs {
  #db: Db;
  #keys: PortalKeys;
  #versions = new BoundedCache<string, Version | null>({ max: 1_000, ttlMs: 600_000 });

  constructor(db: Db, keys: PortalKeys) {
    this.#db = db;
    this.#keys = keys;
  }

  /** The run of a send, or null when the send is not known (any more). */
  async load(portalId: number, sendId: string): Promise<Run | null> {
    const { rows } = await sql<unknown>`select * from load_run(${portalId}, ${sendId})`.execute(this.#db);
    if (!rows[0]) return null;
    const row = runRowSchema.parse(rows[0]);
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
      personId: row.person_id,
      contactId: row.contact_id,
      open: row.open,
      closedReason: row.closed_reason,
      prefill: answersSchema.parse(prefill),
      sessionId: row.session_id ?? newId('session'),
      seq: row.seq ?? 0,
      session: session === null ? null : sessionStateSchema.parse(session),
      openedAt: row.opened_at,
      submissionId: row.submission_id,
      country: parsePhoneNumberFromString(identitySchema.parse(identity).phone ?? '')?.country ?? null,
    };
  }

  /** Saves progress; false when another request of the same run was faster: load again and answer from there. */
  async save(
    run: Run,
    next: {
      versionId: string;
      session: SessionState;
      screen: string;
      number: number;
      count: number;
      now: Date;
      expiresAt: Date;
    },
  ): Promise<boolean> {
    const state = await this.#keys.sealJson(run.portalId, sessionPurpose(run.sendId), next.session);
    const { rows } = await sql<{
      saved: boolean;
    }>`select save_session(${run.portalId}, ${run.sendId}, ${run.sessionId}, ${next.versionId},
      ${run.seq}, ${state}, ${next.screen}, ${next.number}, ${next.count}, ${run.openedAt ?? next.now}, ${next.now}, ${next.expiresAt}) as saved`.execute(
      this.#db,
    );
    return rows[0]?.saved ?? false;
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
