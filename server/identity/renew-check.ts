import { appendAudit } from '../audit/audit.ts';
import { AppError } from '../app-error.ts';
import type { Clock } from '../clock.ts';
import { withPortal, type Db, type PortalId, type PortalTx } from '../db/db.ts';
import { backInLine } from '../delivery/back-in-line.ts';
import { LANE } from '../delivery/lanes.ts';
import type { WakeUps } from '../delivery/wake-ups.ts';
import { isFinal } from '../destinations/identity-check/check-state.ts';
import { applyResult, beginAnew, checksOf, lockChecks, type CheckRow } from '../destinations/identity-check/checks.ts';
import { identityTextOnce } from '../destinations/identity-check/identity-texts.ts';
import { findIdentityService } from '../destinations/identity-check/services.ts';
import { vendorCaller } from '../destinations/identity-check/vendors/call-vendor.ts';
import type { VendorAnswer } from '../destinations/identity-check/vendors/vendor.ts';
import { VENDOR_NAMES, VENDORS } from '../destinations/identity-check/vendors/vendors.ts';
import type { Language, Texts } from '../hubspot/language.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import type { SafeFetch } from '../safe-fetch/safe-fetch.ts';
import { askForResult } from './ask-for-result.ts';

export type RenewServices = {
  db: Db;
  keys: PortalKeys;
  clock: Clock;
  wakeUps: WakeUps;
  safeFetch: SafeFetch;
  config: { identityStandInUrl?: string };
};

const NOT_FOUND: Texts = {
  en: 'This identity check is no longer there. Please load the page again.',
  de: 'Diese Identitätsprüfung gibt es nicht mehr. Bitte laden Sie die Seite neu.',
};
const OPEN: Texts = {
  en: 'This identity check is open already: the person has a link, or gets it in a moment. No second one is started beside it.',
  de: 'Diese Identitätsprüfung ist bereits offen: Die Person hat einen Link oder bekommt ihn gleich. Es wird keine zweite daneben angelegt.',
};
const IN_REVIEW: Texts = {
  en: 'Somebody has to look at this identity check at the vendor, so no new link is sent. Decide it there; to have the person checked anew, send the flow again.',
  de: 'Diese Identitätsprüfung muss sich beim Anbieter jemand ansehen, darum geht kein neuer Link hinaus. Entscheiden Sie sie dort; um die Person neu zu prüfen, senden Sie den Flow erneut.',
};
const DECIDED: Texts = {
  en: 'This identity check was decided or cancelled, and such a check is never opened again. To have the person checked anew, send the flow again.',
  de: 'Diese Identitätsprüfung ist entschieden oder abgebrochen, und eine solche wird nie wieder geöffnet. Um die Person neu zu prüfen, senden Sie den Flow erneut.',
};
const ANSWERS_GONE: Texts = {
  en: 'The answers of this submission were deleted, so no new check can be started from them. Send the flow again.',
  de: 'Die Antworten dieser Übermittlung wurden gelöscht, daher kann daraus keine neue Prüfung angelegt werden. Senden Sie den Flow erneut.',
};
const SERVICE_GONE: Texts = {
  en: 'The identity service of this check was deleted, so no new link can be made. To have the person checked anew, send the flow again.',
  de: 'Der Prüfdienst dieser Prüfung wurde gelöscht, daher lässt sich kein neuer Link anlegen. Um die Person neu zu prüfen, senden Sie den Flow erneut.',
};
const UNDER_WAY: Texts = {
  en: 'The start of this check is just being worked on. Look again in a moment.',
  de: 'An dieser Prüfung wird gerade gearbeitet. Sehen Sie gleich noch einmal nach.',
};
const openThere = (vendor: string): Texts => ({
  en: `${vendor} says that the earlier check is still open, and it cannot be ended from here: a link that the person has still works. End it in ${vendor}, then send a new link.`,
  de: `${vendor} meldet, dass die frühere Prüfung noch offen ist, und von hier aus lässt sie sich nicht beenden: Ein Link, den die Person hat, gilt noch. Beenden Sie sie bei ${vendor}, und senden Sie dann einen neuen Link.`,
});
const decidedThere = (vendor: string): Texts => ({
  en: `${vendor} has decided the earlier check, or somebody is at it, since it counted as expired here. No second one is started: look at it in ${vendor}.`,
  de: `${vendor} hat die frühere Prüfung entschieden oder bearbeitet sie noch, seit sie hier als abgelaufen gilt. Es wird keine zweite angelegt: Sehen Sie bei ${vendor} nach.`,
});

/**
 * Has an expired check begun anew for the same submission, as a rep wishes: ends the earlier session where the vendor still holds it open,
 * makes the next attempt, and puts the start back in line, which sends the new link on. Never a second one beside an open or a decided
 * check: that is looked up at the vendor first. Answers the new check's id. Throws `identity_check_not_found`, `identity_not_expired`,
 * `answers_gone`, `identity_service_gone`, `identity_open_there`, `identity_decided_there`, and what the vendor's refusal means.
 */
export async function renewCheck(
  services: RenewServices,
  o: { portalId: PortalId; contactId: string; submissionId: string; actor: string },
): Promise<string> {
  const check = await withPortal(services.db, o.portalId, (tx) => findExpired(tx, o));
  await endEarlier(services, o, check);
  const now = services.clock.now();
  return withPortal(services.db, o.portalId, async (tx) => {
    // An erasure, the deletion of answers or another press may have come since: whichever is first, the other finds it.
    const checkId = await beginAnew(tx, o.portalId, { check: await findExpired(tx, o), now });
    if (checkId === null) throw refused('identity_not_expired', OPEN);
    await startAgain(tx, services, { ...o, now });
    await askForResult(tx, { wakeUps: services.wakeUps, now }, o);
    await appendAudit(tx, o.portalId, now, {
      actor: o.actor,
      action: 'identity-check.renewed',
      subject: o.submissionId,
      detail: { checkId, attempt: check.attempt + 1, vendor: check.vendor },
    });
    return checkId;
  });
}

type Asked = Parameters<typeof renewCheck>[1];

/** The expired check, locked with its submission's answers: the check before its submission, as events do. */
async function findExpired(tx: PortalTx, o: Asked): Promise<CheckRow> {
  await lockChecks(tx, o.portalId, [o.submissionId]);
  const submission = await tx
    .selectFrom('submissions')
    .select('answers_key_wrapped')
    .where('portal_id', '=', String(o.portalId))
    .where('submission_id', '=', o.submissionId)
    .where('contact_id', '=', o.contactId)
    .forShare()
    .executeTakeFirst();
  const check = (await checksOf(tx, o.portalId, [o.submissionId])).get(o.submissionId);
  if (!submission || !check || check.erased_at)
    throw new AppError('identity_check_not_found', { status: 404, userMessage: NOT_FOUND });
  if (check.state === 'needs_review') throw refused('identity_not_expired', IN_REVIEW);
  if (!isFinal(check.state)) throw refused('identity_not_expired', OPEN);
  if (check.state !== 'expired') throw refused('identity_not_expired', DECIDED);
  if (!submission.answers_key_wrapped) throw refused('answers_gone', ANSWERS_GONE);
  return check;
}

/** What expired here may be open at the vendor, or even decided since: the vendor is asked, and an open session is ended. */
async function endEarlier(services: RenewServices, o: Asked, check: CheckRow): Promise<void> {
  const { portalId } = o;
  const name = VENDOR_NAMES[check.vendor];
  const standInUrl = services.config.identityStandInUrl ?? null;
  const service = await findIdentityService({ ...services, standInUrl }, portalId, check.service_id);
  if (!service) throw refused('identity_service_gone', SERVICE_GONE);
  if (check.vendor_reference === null) return;
  const vendor = VENDORS[check.vendor];
  const call = vendorCaller(services.safeFetch, { now: () => services.clock.now() });
  const read = await vendor.read(call, service, check.vendor_reference);
  // What the vendor has deleted nobody can open.
  if (read.kind !== 'ok' && read.code === 'identity_not_found') return;
  if (read.kind !== 'ok') throw vendorRefused(read, name);
  const { state } = read.value;
  if (state === 'expired' || state === 'cancelled') return;
  if (state !== null) {
    await applyResult({ ...services, portalId }, check, read.value);
    throw refused('identity_decided_there', decidedThere(name));
  }
  if (!vendor.close) throw refused('identity_open_there', openThere(name));
  const closed = await vendor.close(call, service, check.vendor_reference);
  if (closed.kind !== 'ok') throw vendorRefused(closed, name);
}

/** The delivery that starts checks begins anew, with its schedule. */
async function startAgain(
  tx: PortalTx,
  services: RenewServices,
  o: { portalId: PortalId; submissionId: string; now: Date },
): Promise<void> {
  const restarted = await tx
    .updateTable('deliveries')
    .set({ ...backInLine(o.now, LANE.replay), delivered_at: null })
    .where('portal_id', '=', String(o.portalId))
    .where('submission_id', '=', o.submissionId)
    .where('destination', '=', 'identity-check')
    .where('state', 'in', ['delivered', 'dead', 'held', 'waiting'])
    .executeTakeFirst();
  if (restarted.numUpdatedRows === 0n) throw refused('still_working', UNDER_WAY);
  await services.wakeUps.add(tx, o.portalId, ['identity-check']);
}

function vendorRefused(answer: Exclude<VendorAnswer<unknown>, { kind: 'ok' }>, vendor: string): AppError {
  const why = (language: Language): string =>
    identityTextOnce(answer.code, language, { vendor, status: answer.status });
  const userMessage = { en: `No new link was sent. ${why('en')}`, de: `Es ging kein neuer Link hinaus. ${why('de')}` };
  return new AppError(answer.code, { status: 409, retryable: answer.kind === 'retry', userMessage });
}

function refused(code: string, userMessage: Texts): AppError {
  return new AppError(code, { status: 409, userMessage });
}
