import { z } from 'zod';
import { answerText } from '@flowella/shared/form/answer-text.ts';
import type { Answer, Answers } from '@flowella/shared/form/answers.ts';
import { answersSchema } from '@flowella/shared/form/answers-schema.ts';
import type { Form, Question } from '@flowella/shared/form/form.ts';
import { AppError } from '../app-error.ts';
import { appendAudit } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import { withPortal, type Db, type PortalId, type PortalTx } from '../db/db.ts';
import { chosenOf } from '../destinations/calendar/offers.ts';
import { linkPurpose } from '../destinations/identity-check/checks.ts';
import { storedFilesOf } from '../destinations/files/stored-files.ts';
import { emailPurpose } from '../endpoint/confirmation/confirmations.ts';
import { prefillPurpose, sessionPurpose } from '../endpoint/runs.ts';
import { openAnswers, openScreens } from '../keys/answer-keys.ts';
import { identityPurpose, identitySchema } from '../keys/identity.ts';
import { unseal } from '../keys/vault.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import { openConsentNote } from '../whatsapp/consents.ts';
import { identityHash } from '../whatsapp/persons.ts';
import { findPersonData, webhooksNaming, type PersonData } from '../whatsapp/person-data.ts';

export type ExportServices = { db: Db; keys: PortalKeys; clock: Clock };
/** JSON, times in ISO 8601. What each part is stands in `about`. */
export type PersonExport = Awaited<ReturnType<typeof collect>>;

const ABOUT = [
  'Everything that this server holds of one HubSpot contact and the people on WhatsApp linked to it. Times are ISO 8601 in UTC.',
  'Answers stand as the person reads them (value) and as they are stored (stored). Document numbers stand in full.',
  'Files themselves are not held here: they lie in the HubSpot account under the addresses given, or at WhatsApp until they expire.',
  "What HubSpot holds of the contact is HubSpot's to export. Which rep sent a message is given by the HubSpot user id.",
];

/**
 * All data of a contact as JSON, for a person who asks for it (GDPR article 15 and 20). It stands in the audit log that it was handed
 * out. Throws `portal_not_found`, and `portal_erased` for a portal that nothing can be read of any more.
 */
export async function exportPerson(
  services: ExportServices,
  portalId: PortalId,
  contactId: string,
): Promise<PersonExport> {
  const now = services.clock.now();
  return withPortal(services.db, portalId, async (tx) => {
    const portal = await tx
      .selectFrom('portals')
      .select('hub_domain')
      .where('portal_id', '=', String(portalId))
      .executeTakeFirst();
    if (!portal)
      throw new AppError('portal_not_found', { message: `There is no HubSpot account ${portalId} on this server` });
    const dataKey = await services.keys.dataKey(portalId, tx);
    const found = await findPersonData(tx, services.keys, portalId, contactId);
    const data = await collect({ tx, keys: services.keys, dataKey, portalId, contactId, found, now });
    await appendAudit(tx, portalId, now, {
      actor: 'operator',
      action: 'contact.exported',
      subject: `contact:${contactId}`,
      detail: { persons: data.persons.length, sends: data.sends.length, submissions: data.submissions.length },
    });
    return data;
  });
}

type Reading = {
  tx: PortalTx;
  keys: PortalKeys;
  dataKey: Buffer;
  portalId: PortalId;
  contactId: string;
  found: PersonData;
  now: Date;
};

async function collect(r: Reading) {
  const forms = new Forms(r);
  return {
    format: 1,
    exportedAt: r.now.toISOString(),
    about: ABOUT,
    portalId: r.portalId,
    contactId: r.contactId,
    persons: await readPersons(r),
    consents: await readConsents(r),
    sends: await readSends(r, forms),
    sessions: await readSessions(r),
    confirmations: await readConfirmations(r),
    submissions: await readSubmissions(r, forms),
    identityChecks: await readIdentityChecks(r),
    keptMessages: (await webhooksNaming(r.tx, r.keys, r.portalId, r.found.identities)).map(({ receivedAt, text }) => ({
      receivedAt: receivedAt.toISOString(),
      content: JSON.parse(text) as unknown,
    })),
    audit: await readAudit(r),
  };
}

async function readPersons(r: Reading) {
  if (r.found.personIds.length === 0) return [];
  const rows = await r.tx
    .selectFrom('persons')
    .selectAll()
    .where('portal_id', '=', String(r.portalId))
    .where('person_id', 'in', r.found.personIds)
    .orderBy('created_at')
    .execute();
  return Promise.all(
    rows.map(async (row) => ({
      personId: row.person_id,
      ...identitySchema.parse(await r.keys.openJson(r.portalId, identityPurpose(row.person_id), row.identity_sealed)),
      numberLearntFrom: row.phone_source,
      numberLearntAt: iso(row.phone_at),
      linkedToContact: row.contact_id,
      joinedWith: row.superseded_by,
      lastWroteAt: iso(row.last_inbound_at),
      lastWroteToNumber: row.last_inbound_number,
      knownSince: iso(row.created_at),
    })),
  );
}

/** What an identity vendor was asked about them, and what it said. */
async function readIdentityChecks(r: Reading) {
  if (r.found.submissionIds.length === 0) return [];
  const rows = await r.tx
    .selectFrom('identity_checks')
    .selectAll()
    .where('portal_id', '=', String(r.portalId))
    .where('submission_id', 'in', r.found.submissionIds)
    .orderBy('created_at')
    .execute();
  return rows.map((row) => ({
    submissionId: row.submission_id,
    attempt: row.attempt,
    vendor: row.vendor,
    reference: row.vendor_reference,
    state: row.state,
    stateAt: iso(row.state_at),
    reasons: row.reasons,
    mismatches: row.mismatches,
    link: row.link_sealed ? unseal(r.dataKey, linkPurpose(row.check_id), row.link_sealed).toString('utf8') : null,
    createdAt: iso(row.created_at),
  }));
}

/** Where codes went that confirm who answers, and what came of it; the codes themselves are nowhere. */
async function readConfirmations(r: Reading) {
  if (r.found.sendIds.length === 0) return [];
  const rows = await r.tx
    .selectFrom('confirmations')
    .selectAll()
    .where('portal_id', '=', String(r.portalId))
    .where('send_id', 'in', r.found.sendIds)
    .orderBy('created_at')
    .execute();
  const address = z.object({ email: z.string().nullable() });
  return Promise.all(
    rows.map(async (row) => ({
      sendId: row.send_id,
      ...address.parse(await r.keys.openJson(r.portalId, emailPurpose(row.send_id), row.email_sealed)),
      tries: row.tries,
      confirmedAt: iso(row.confirmed_at),
      createdAt: iso(row.created_at),
    })),
  );
}

/** One line for every consent on record: of a number or id we know, or recorded on the contact's card before anybody wrote to them. */
async function readConsents(r: Reading) {
  const identities = r.found.identities.flatMap(({ phone, bsuid, parentBsuid }) => [
    ...(phone ? [{ kind: 'phone' as const, value: phone }] : []),
    ...[bsuid, parentBsuid].flatMap((value) => (value ? [{ kind: 'bsuid' as const, value }] : [])),
  ]);
  const known = await Promise.all(
    identities.map(async (one) => ({ of: one.value, hash: await identityHash(r.keys, r.portalId, one) })),
  );
  const rows = await r.tx
    .selectFrom('consents')
    .selectAll()
    .where('portal_id', '=', String(r.portalId))
    .where((eb) =>
      eb.or([eb('contact_id', '=', r.contactId), ...known.map(({ hash }) => eb('identity_hash', '=', hash))]),
    )
    .orderBy('recorded_at')
    .execute();
  return Promise.all(
    rows.map(async (row) => ({
      of: known.find(({ hash }) => hash.equals(row.identity_hash))?.of ?? null,
      state: row.state,
      source: row.source,
      recordedAt: iso(row.recorded_at),
      note: await openConsentNote(r.keys, r.portalId, row),
      writtenToHubSpotAt: iso(row.written_at),
    })),
  );
}

async function readSends(r: Reading, forms: Forms) {
  if (r.found.sendIds.length === 0) return [];
  const rows = await r.tx
    .selectFrom('sends as s')
    .innerJoin('flows as f', (join) =>
      join.onRef('f.portal_id', '=', 's.portal_id').onRef('f.flow_id', '=', 's.flow_id'),
    )
    .innerJoin('flow_versions as v', (join) =>
      join.onRef('v.portal_id', '=', 's.portal_id').onRef('v.version_id', '=', 's.version_id'),
    )
    .selectAll('s')
    .select(['f.name as flow_name', 'v.form_id', 'v.form_revision'])
    .where('s.portal_id', '=', String(r.portalId))
    .where('s.send_id', 'in', r.found.sendIds)
    .orderBy('s.created_at')
    .execute();
  const lines = [];
  for (const row of rows) {
    const prefill = row.prefill_sealed
      ? answersSchema.parse(await r.keys.openJson(r.portalId, prefillPurpose(row.send_id), row.prefill_sealed))
      : {};
    lines.push({
      sendId: row.send_id,
      flow: row.flow_name,
      personId: row.person_id,
      channel: row.channel,
      way: row.way,
      fromNumberId: row.phone_number_id,
      sentByUserId: row.sent_by,
      state: row.state,
      problem: row.error_message,
      closedReason: row.closed_reason,
      whatsAppMessageId: row.wamid,
      filledInBeforehand: await forms.lines(row.form_id, row.form_revision, prefill),
      createdAt: iso(row.created_at),
      sentAt: iso(row.sent_at),
      deliveredAt: iso(row.delivered_at),
      readAt: iso(row.read_at),
      failedAt: iso(row.failed_at),
      usableUntil: iso(row.token_expires_at),
    });
  }
  return lines;
}

/** Answers of a form that is still being filled in stand as the phone sent them, screen by screen. */
async function readSessions(r: Reading) {
  if (r.found.sendIds.length === 0) return [];
  const rows = await r.tx
    .selectFrom('sessions')
    .selectAll()
    .where('portal_id', '=', String(r.portalId))
    .where('send_id', 'in', r.found.sendIds)
    .orderBy('opened_at')
    .execute();
  return Promise.all(
    rows.map(async (row) => ({
      sendId: row.send_id,
      openedAt: iso(row.opened_at),
      lastSeenAt: iso(row.last_seen_at),
      finishedAt: iso(row.finished_at),
      expiresAt: iso(row.expires_at),
      currentScreen: row.current_screen,
      state: row.state_sealed ? await r.keys.openJson(r.portalId, sessionPurpose(row.send_id), row.state_sealed) : null,
    })),
  );
}

async function readSubmissions(r: Reading, forms: Forms) {
  if (r.found.submissionIds.length === 0) return [];
  const rows = await r.tx
    .selectFrom('submissions as s')
    .innerJoin('flows as f', (join) =>
      join.onRef('f.portal_id', '=', 's.portal_id').onRef('f.flow_id', '=', 's.flow_id'),
    )
    .selectAll('s')
    .select('f.name as flow_name')
    .where('s.portal_id', '=', String(r.portalId))
    .where('s.submission_id', 'in', r.found.submissionIds)
    .orderBy('s.accepted_at')
    .execute();
  const lines = [];
  for (const row of rows) {
    const answers = openAnswers(r.dataKey, row);
    const deliveries = await readDeliveries(r, row.submission_id);
    lines.push({
      submissionId: row.submission_id,
      sendId: row.send_id,
      flow: row.flow_name,
      acceptedFrom: row.accepted_from,
      openedAt: iso(row.opened_at),
      screens: openScreens(r.dataKey, row),
      finishedAt: iso(row.finished_at),
      acceptedAt: iso(row.accepted_at),
      answersDeletedAt: iso(row.answers_deleted_at),
      answers: answers && (await forms.lines(row.form_id, row.form_revision, answers)),
      laterAnswers: await readRepeats(r, forms, row),
      otherTimes: await readOffers(r, row.submission_id),
      files: deliveries.flatMap(({ files }) => files),
      deliveries,
    });
  }
  return lines;
}

/** Answers that came again and differed. */
async function readRepeats(
  r: Reading,
  forms: Forms,
  submission: { submission_id: string; form_id: string; form_revision: string },
) {
  const rows = await r.tx
    .selectFrom('submission_repeats')
    .selectAll()
    .where('portal_id', '=', String(r.portalId))
    .where('submission_id', '=', submission.submission_id)
    .orderBy('seen_at')
    .execute();
  const lines = [];
  for (const row of rows) {
    const answers = openAnswers(r.dataKey, row);
    lines.push({
      seenAt: iso(row.seen_at),
      from: row.accepted_from,
      answers: answers && (await forms.lines(submission.form_id, submission.form_revision, answers)),
    });
  }
  return lines;
}

/** Times that were offered when the chosen one was taken, and the one that was tapped. */
async function readOffers(r: Reading, submissionId: string) {
  const rows = await r.tx
    .selectFrom('appointment_offers')
    .selectAll()
    .where('portal_id', '=', String(r.portalId))
    .where('submission_id', '=', submissionId)
    .orderBy('number')
    .execute();
  return rows.map((row) => ({
    offeredAt: iso(row.created_at),
    times: row.starts,
    message: row.state,
    chosen: chosenOf(r.dataKey, row)?.value ?? null,
    chosenAt: iso(row.chosen_at),
  }));
}

async function readDeliveries(r: Reading, submissionId: string) {
  const rows = await r.tx
    .selectFrom('deliveries')
    .selectAll()
    .where('portal_id', '=', String(r.portalId))
    .where('submission_id', '=', submissionId)
    .orderBy('seq')
    .execute();
  const attempts = await r.tx
    .selectFrom('attempts')
    .selectAll()
    .where('portal_id', '=', String(r.portalId))
    .where('delivery_id', 'in', ['', ...rows.map((row) => row.delivery_id)])
    .orderBy('number')
    .execute();
  return rows.map((row) => ({
    destination: row.destination,
    state: row.state,
    reason: row.reason,
    idThere: row.remote_id,
    files: storedFilesOf(row.detail).map(({ question, url, fileId }) => ({ question, url, fileId })),
    createdAt: iso(row.created_at),
    deliveredAt: iso(row.delivered_at),
    attempts: attempts
      .filter((attempt) => attempt.delivery_id === row.delivery_id)
      .map((attempt) => ({
        startedAt: iso(attempt.started_at),
        finishedAt: iso(attempt.finished_at),
        outcome: attempt.outcome,
        reason: attempt.reason,
      })),
  }));
}

async function readAudit(r: Reading) {
  const rows = await r.tx
    .selectFrom('audit_log')
    .select(['at', 'actor', 'action', 'subject', 'detail'])
    .where('portal_id', '=', String(r.portalId))
    .where('subject', 'in', [`contact:${r.contactId}`, ...r.found.sendIds, ...r.found.submissionIds])
    .orderBy('seq')
    .execute();
  return rows.map(({ at, ...row }) => ({ at: iso(at), ...row }));
}

/** Forms by revision, each read once: the questions behind the answers. */
class Forms {
  #r: Reading;
  #questions = new Map<string, Map<string, Question>>();

  constructor(r: Reading) {
    this.#r = r;
  }

  async lines(formId: string, revision: string, answers: Answers) {
    const questions = await this.#read(formId, revision);
    return Object.entries(answers).map(([id, answer]) => {
      const question = questions.get(id);
      return {
        question: question?.label ?? id,
        value: answerText(question, answer, 'en'),
        stored: withoutFileKeys(answer),
      };
    });
  }

  async #read(formId: string, revision: string): Promise<Map<string, Question>> {
    const known = this.#questions.get(`${formId} ${revision}`);
    if (known) return known;
    const row = await this.#r.tx
      .selectFrom('forms')
      .select('model')
      .where('portal_id', '=', String(this.#r.portalId))
      .where('form_id', '=', formId)
      .where('revision', '=', revision)
      .executeTakeFirst();
    const form = row?.model as Form | undefined; // written by our own reader only
    const items = (form?.pages ?? []).flatMap((page) => page.items);
    const read = new Map(items.flatMap((item) => (item.kind === 'statement' ? [] : [[item.id, item] as const])));
    this.#questions.set(`${formId} ${revision}`, read);
    return read;
  }
}

/** The keys of a file at WhatsApp's CDN are no data of the person. */
function withoutFileKeys(answer: Answer) {
  if (answer.kind !== 'files') return answer;
  return {
    ...answer,
    files: answer.files.map(({ cdn, ...file }) => ({ ...file, ...(cdn ? { atWhatsApp: cdn.url } : {}) })),
  };
}

function iso(at: Date | string | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
