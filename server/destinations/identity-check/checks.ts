import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import { z } from 'zod';
import type { CheckState } from '@flowella/shared/contract/identity.ts';
import { withPortal, type PortalId, type PortalTx } from '../../db/db.ts';
import type { Database } from '../../db/schema.ts';
import { isId, newId } from '../../ids.ts';
import type { PortalKeys } from '../../keys/portal-keys.ts';
import { seal, unseal } from '../../keys/vault.ts';
import type { DestinationContext } from '../destination.ts';
import { isFinal, movesOn, type Mismatch } from './check-state.ts';
import { expectedSchema, mismatchesOf, toExpected } from './expected.ts';
import type { IdentityService } from './services.ts';
import type { Subject } from './subject.ts';
import type { Started, VendorResult } from './vendors/vendor.ts';

export type CheckRow = Selectable<Database['identity_checks']>;
type Where = Pick<DestinationContext, 'db' | 'portalId' | 'clock'>;

/** Vendors forget an event now and then: the first look of our own comes soon, the others seldom. */
const FIRST_LOOK_MS = 15 * 60_000;

export const partsSchema = z.record(z.string(), z.string()).catch({});
export const reasonsSchema = z.array(z.string()).catch([]);
export const mismatchesSchema = z.array(z.enum(['name_mismatch', 'birth_date_mismatch'])).catch([]);

export const linkPurpose = (checkId: string): string => `identity_checks.link:${checkId}`;
export const expectedPurpose = (checkId: string): string => `identity_checks.expected:${checkId}`;

/**
 * By what the vendor knows a check: our submission id, with the number of the attempt from the second on, so that each has a session of
 * its own.
 */
export function referenceOf({ submission_id: id, attempt }: Pick<CheckRow, 'submission_id' | 'attempt'>): string {
  return attempt === 1 ? id : `${id}-${attempt}`;
}

/** The other way round; null for what is no reference of ours. */
export function readReference(text: string | null): { submissionId: string; attempt: number } | null {
  const [submissionId, attempt = '1', ...more] = (text ?? '').split('-');
  return isId('submission', submissionId) && /^[1-9]\d{0,3}$/.test(attempt) && more.length === 0
    ? { submissionId, attempt: Number(attempt) }
    : null;
}

/** The submission's check, the newest attempt of it; null when there is none. */
export async function findCheck(where: Where, submissionId: string): Promise<CheckRow | null> {
  const row = await withPortal(where.db, where.portalId, (tx) => checkOf(tx, where.portalId, submissionId));
  return row ?? null;
}

function checkOf(tx: PortalTx, portalId: PortalId, submissionId: string): Promise<CheckRow | undefined> {
  return tx
    .selectFrom('identity_checks')
    .selectAll()
    .where('portal_id', '=', String(portalId))
    .where('submission_id', '=', submissionId)
    .orderBy('attempt', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** The checks of several submissions, by submission: the newest attempt of each. */
export async function checksOf(
  tx: PortalTx,
  portalId: PortalId,
  submissionIds: readonly string[],
): Promise<Map<string, CheckRow>> {
  if (submissionIds.length === 0) return new Map();
  const rows = await tx
    .selectFrom('identity_checks')
    .selectAll()
    .where('portal_id', '=', String(portalId))
    .where('submission_id', 'in', submissionIds)
    .orderBy('attempt')
    .execute();
  return new Map(rows.map((row) => [row.submission_id, row]));
}

/**
 * The submission's check, made when there is none: it stands before the vendor is called, so that no crash loses it. Null where the
 * answers are gone, which an erasure may have seen to since they were read.
 */
export async function ensureCheck(
  where: Where & { keys: PortalKeys },
  o: { submissionId: string; service: IdentityService; subject: Subject },
): Promise<CheckRow | null> {
  const { portalId, keys } = where;
  const now = where.clock.now();
  const dataKey = await keys.dataKey(portalId);
  const checkId = newId('identityCheck');
  const expected = JSON.stringify(toExpected(dataKey, o.subject));
  return withPortal(where.db, portalId, async (tx) => {
    // Locked, so that an erasure comes before the check or finds it.
    const submission = await tx
      .selectFrom('submissions')
      .select('answers_key_wrapped')
      .where('portal_id', '=', String(portalId))
      .where('submission_id', '=', o.submissionId)
      .forShare()
      .executeTakeFirst();
    if (!submission?.answers_key_wrapped) return null;
    await tx
      .insertInto('identity_checks')
      .values({
        portal_id: portalId,
        check_id: checkId,
        submission_id: o.submissionId,
        service_id: o.service.serviceId,
        vendor: o.service.vendor,
        state_at: now,
        created_at: now,
        updated_at: now,
      })
      .onConflict((conflict) => conflict.columns(['portal_id', 'submission_id', 'attempt']).doNothing())
      .execute();
    const check = await checkOf(tx, portalId, o.submissionId);
    if (!check || check.expected_sealed || isFinal(check.state)) return check ?? null;
    return tx
      .updateTable('identity_checks')
      .set({ expected_sealed: seal(dataKey, expectedPurpose(check.check_id), expected) })
      .where('portal_id', '=', String(portalId))
      .where('check_id', '=', check.check_id)
      .returningAll()
      .executeTakeFirstOrThrow();
  });
}

/**
 * Begins an expired check, which the caller has locked, anew within the caller's transaction: the next attempt, of the same service.
 * Answers its id; null when there is one already.
 */
export async function beginAnew(
  tx: PortalTx,
  portalId: PortalId,
  { check, now }: { check: CheckRow; now: Date },
): Promise<string | null> {
  const checkId = newId('identityCheck');
  const made = await tx
    .insertInto('identity_checks')
    .values({
      portal_id: portalId,
      check_id: checkId,
      submission_id: check.submission_id,
      attempt: check.attempt + 1,
      service_id: check.service_id,
      vendor: check.vendor,
      state_at: now,
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) => conflict.columns(['portal_id', 'submission_id', 'attempt']).doNothing())
    .executeTakeFirst();
  return (made.numInsertedOrUpdatedRows ?? 0n) > 0n ? checkId : null;
}

/** What was made at the vendor on the way to the check. */
export async function keepParts(where: Where, checkId: string, parts: Record<string, string>): Promise<void> {
  await withPortal(where.db, where.portalId, (tx) =>
    tx
      .updateTable('identity_checks')
      .set({ parts: sql<string>`parts || ${JSON.stringify(parts)}::jsonb`, updated_at: where.clock.now() })
      .where('portal_id', '=', String(where.portalId))
      .where('check_id', '=', checkId)
      .where('erased_at', 'is', null)
      .execute(),
  );
}

/** The vendor's reference and the link; the first one stays. */
export async function keepStarted(
  where: Where & { keys: PortalKeys },
  checkId: string,
  started: Started,
): Promise<void> {
  const sealed = await where.keys.seal(where.portalId, linkPurpose(checkId), started.link);
  const now = where.clock.now();
  await withPortal(where.db, where.portalId, (tx) =>
    tx
      .updateTable('identity_checks')
      .set({
        vendor_reference: started.reference,
        link_sealed: sealed,
        link_at: now,
        look_at: new Date(now.getTime() + FIRST_LOOK_MS),
        updated_at: now,
      })
      .where('portal_id', '=', String(where.portalId))
      .where('check_id', '=', checkId)
      .where('erased_at', 'is', null)
      .where('vendor_reference', 'is', null)
      .execute(),
  );
}

/** The hosted page's address; null when there is none (any more). */
export function openLink(dataKey: Buffer, check: Pick<CheckRow, 'check_id' | 'link_sealed'>): string | null {
  return check.link_sealed ? unseal(dataKey, linkPurpose(check.check_id), check.link_sealed).toString('utf8') : null;
}

/**
 * Moves a check on within the caller's transaction, only ever forward; answers whether it moved. The link and what was to be compared
 * go when it is over.
 */
export async function moveCheck(
  tx: PortalTx,
  portalId: PortalId,
  o: { checkId: string; to: CheckState; now: Date },
): Promise<boolean> {
  const row = await tx
    .selectFrom('identity_checks')
    .select('state')
    .where('portal_id', '=', String(portalId))
    .where('check_id', '=', o.checkId)
    .where('erased_at', 'is', null)
    .forUpdate()
    .executeTakeFirst();
  if (!row || !movesOn(row.state, o.to)) return false;
  await tx
    .updateTable('identity_checks')
    .set({
      state: o.to,
      state_at: o.now,
      updated_at: o.now,
      ...(isFinal(o.to) ? { link_sealed: null, expected_sealed: null, look_at: null } : {}),
    })
    .where('portal_id', '=', String(portalId))
    .where('check_id', '=', o.checkId)
    .execute();
  return true;
}

/**
 * Writes what the vendor says now, and answers the check as it stands then. A final result keeps its reasons: what the vendor says
 * afterwards is noted beside it. Of a forgotten check nothing is written.
 */
export async function applyResult(
  where: Where & { keys: PortalKeys },
  check: CheckRow,
  result: VendorResult,
): Promise<CheckRow> {
  const { portalId } = where;
  const now = where.clock.now();
  const dataKey = await where.keys.dataKey(portalId);
  return withPortal(where.db, portalId, async (tx) => {
    const row = await tx
      .selectFrom('identity_checks')
      .selectAll()
      .where('portal_id', '=', String(portalId))
      .where('check_id', '=', check.check_id)
      .forUpdate()
      .executeTakeFirstOrThrow();
    if (row.erased_at) return row;
    const over = isFinal(row.state);
    const contradicts = over && result.state !== null && result.state !== row.state;
    const mismatches = over ? null : findMismatches(dataKey, row, result);
    await tx
      .updateTable('identity_checks')
      .set({
        updated_at: now,
        ...(over ? {} : { vendor_status: result.status }),
        ...(contradicts ? { later_status: result.status } : {}),
        ...(over || result.state === null ? {} : { reasons: JSON.stringify(withoutNumbers(result.reasons)) }),
        ...(mismatches === null ? {} : { mismatches: JSON.stringify(mismatches) }),
      })
      .where('portal_id', '=', row.portal_id)
      .where('check_id', '=', row.check_id)
      .execute();
    if (result.state !== null) await moveCheck(tx, portalId, { checkId: row.check_id, to: result.state, now });
    return tx
      .selectFrom('identity_checks')
      .selectAll()
      .where('portal_id', '=', row.portal_id)
      .where('check_id', '=', row.check_id)
      .executeTakeFirstOrThrow();
  });
}

/** Null while the vendor has read nothing: what was found before stays. */
function findMismatches(dataKey: Buffer, row: CheckRow, result: VendorResult): Mismatch[] | null {
  const hasFound = Object.values(result.found).some((value) => value !== undefined);
  const isRead = result.state !== null && result.state !== 'in_progress';
  if (!row.expected_sealed || !hasFound || !isRead) return null;
  const opened = unseal(dataKey, expectedPurpose(row.check_id), row.expected_sealed).toString('utf8');
  return mismatchesOf(dataKey, expectedSchema.parse(JSON.parse(opened)), result.found);
}

const MAX_REASONS = 10;
/** Six signs or more with two digits or more among them: numbers of documents, dates of birth. */
const DOCUMENT_LIKE = /(?=[A-Z0-9./-]*\d[A-Z0-9./-]*\d)[A-Z0-9./-]{6,}/gi;

/** A vendor's reasons are words about a check; a number in them could be the document's. */
export function withoutNumbers(reasons: readonly string[]): string[] {
  return reasons.slice(0, MAX_REASONS).map((reason) => reason.replace(DOCUMENT_LIKE, '…').slice(0, 200));
}

/** Claims the one message with the link: false when it was claimed before, however that ended. */
export async function claimMessage(where: Where, checkId: string): Promise<boolean> {
  const claimed = await withPortal(where.db, where.portalId, (tx) =>
    tx
      .updateTable('identity_checks')
      .set({ message_state: 'sending', message_at: where.clock.now(), updated_at: where.clock.now() })
      .where('portal_id', '=', String(where.portalId))
      .where('check_id', '=', checkId)
      .where('erased_at', 'is', null)
      .where('message_state', 'is', null)
      .executeTakeFirst(),
  );
  return claimed.numUpdatedRows > 0n;
}

/** What Meta said to the message, or that the rep must hand the link on. A status that was faster stays. */
export async function keepMessage(
  where: Where,
  checkId: string,
  o: { state: 'accepted' | 'unknown' | 'failed' | 'by_rep'; code: string | null },
): Promise<void> {
  const now = where.clock.now();
  await withPortal(where.db, where.portalId, async (tx) => {
    await tx
      .updateTable('identity_checks')
      .set({ message_state: o.state, message_code: o.code, message_at: now, updated_at: now })
      .where('portal_id', '=', String(where.portalId))
      .where('check_id', '=', checkId)
      .where('erased_at', 'is', null)
      .where((eb) => eb.or([eb('message_state', 'is', null), eb('message_state', 'in', ['sending', 'unknown'])]))
      .execute();
    if (o.state === 'accepted') await moveCheck(tx, where.portalId, { checkId, to: 'link_sent', now });
  });
}

/** Which state's note may have been written, before HubSpot is asked for it, and which one was. */
export async function keepNote(
  where: Where,
  checkId: string,
  note: { pending: CheckState } | { written: CheckState },
): Promise<void> {
  await withPortal(where.db, where.portalId, (tx) =>
    tx
      .updateTable('identity_checks')
      .set('pending' in note ? { note_pending: note.pending } : { note_written: note.written })
      .where('portal_id', '=', String(where.portalId))
      .where('check_id', '=', checkId)
      .where('erased_at', 'is', null)
      .execute(),
  );
}

/** Takes the checks of these submissions from everybody else until the transaction ends: before their submissions, as events do. */
export async function lockChecks(tx: PortalTx, portalId: PortalId, submissionIds: readonly string[]): Promise<void> {
  if (submissionIds.length === 0) return;
  await tx
    .selectFrom('identity_checks')
    .select('check_id')
    .where('portal_id', '=', String(portalId))
    .where('submission_id', 'in', submissionIds)
    .orderBy('check_id')
    .forUpdate()
    .execute();
}

/**
 * Forgets what a check says of an erased person: the link, the vendor's reference with it, and what was found; nothing is written to
 * it any more, whoever answers late. Answers how many. What the vendor keeps is the vendor's to erase.
 */
export async function forgetChecks(
  tx: PortalTx,
  portalId: PortalId,
  o: { submissionIds: readonly string[]; now: Date },
): Promise<number> {
  if (o.submissionIds.length === 0) return 0;
  const done = await tx
    .updateTable('identity_checks')
    .set({
      vendor_reference: null,
      parts: '{}',
      link_sealed: null,
      expected_sealed: null,
      reasons: '[]',
      mismatches: '[]',
      vendor_status: null,
      later_status: null,
      look_at: null,
      erased_at: o.now,
    })
    .where('portal_id', '=', String(portalId))
    .where('submission_id', 'in', o.submissionIds)
    .where('erased_at', 'is', null)
    .executeTakeFirst();
  return Number(done.numUpdatedRows);
}
