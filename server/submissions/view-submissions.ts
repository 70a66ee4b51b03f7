import type { DeliveryView, Mapping, SubmissionView, SubmissionsResponse } from '@flowella/shared/contract/api.ts';
import { answerText } from '@flowella/shared/form/answer-text.ts';
import type { Answers } from '@flowella/shared/form/answers.ts';
import { canonical } from '@flowella/shared/form/canonical.ts';
import { APPOINTMENT } from '@flowella/shared/form/appointment.ts';
import type { Form, Question } from '@flowella/shared/form/form.ts';
import type { Selectable } from 'kysely';
import { AppError } from '../app-error.ts';
import { withPortal, type Db, type PortalTx } from '../db/db.ts';
import { DELIVERY_GONE } from '../delivery/replay-delivery.ts';
import type { Database } from '../db/schema.ts';
import { readContents, type Content } from '../delivery/read-contents.ts';
import type { Appointment } from '../destinations/calendar/appointment-of.ts';
import { chosenInstead } from '../destinations/calendar/offers.ts';
import { AWAITS, PERSON_ASKED, DESTINATION_KINDS } from '../destinations/destination.ts';
import { answeredQuestions } from '../destinations/answered-questions.ts';
import { checksOf, type CheckRow } from '../destinations/identity-check/checks.ts';
import { viewIdentityCheck } from '../destinations/identity-check/view-check.ts';
import { openAnswers, openScreens } from '../keys/answer-keys.ts';
import { sentByPurpose } from '../keys/identity.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import { unseal } from '../keys/vault.ts';
import { answersKeptUntil } from './delete-expired-answers.ts';

type Language = 'en' | 'de';

const PAGE_SIZE = 10;
const DEFAULT_APP_URL = 'https://app.hubspot.com';
const TEXTS = {
  en: {
    gone: 'The answers were deleted as the privacy settings of this flow say.',
    erased: "The contact's data was erased, and the answers with it.",
    until: (day: string) => `Kept here until ${day} at the latest; what was delivered stays where it is.`,
    booked: 'Booked instead',
    chosen: 'Chosen instead; being booked',
    notBooked: 'Chosen instead; not booked',
    kycWaiting: 'On its way',
    kycDone: 'Recorded',
    kycDead: 'Not recorded',
    kyc: {
      legalName: 'Legal name',
      birthDate: 'Date of birth',
      address: 'Address',
      nationality: 'Nationality',
      documentType: 'Document',
      documentNumber: 'Document number',
      documentExpiry: 'Valid until',
      consent: 'Consent',
    },
  },
  de: {
    gone: 'Die Antworten wurden gelöscht, wie die Datenschutzeinstellungen dieses Flows es vorsehen.',
    erased: 'Die Daten des Kontakts wurden gelöscht und mit ihnen die Antworten.',
    until: (day: string) => `Bleiben hier längstens bis ${day}; was zugestellt ist, bleibt, wo es ist.`,
    booked: 'Stattdessen gebucht',
    chosen: 'Stattdessen gewählt; wird gebucht',
    notBooked: 'Stattdessen gewählt; nicht gebucht',
    kycWaiting: 'Unterwegs',
    kycDone: 'Gespeichert',
    kycDead: 'Nicht gespeichert',
    kyc: {
      legalName: 'Amtlicher Name',
      birthDate: 'Geburtsdatum',
      address: 'Adresse',
      nationality: 'Nationalität',
      documentType: 'Ausweis',
      documentNumber: 'Ausweisnummer',
      documentExpiry: 'Gültig bis',
      consent: 'Einwilligung',
    },
  },
} as const;

/** Submissions of one contact, newest first. `before` is the cursor of the previous page. Answers are opened in memory only. */
export async function viewSubmissions(
  services: { db: Db; keys: PortalKeys },
  o: { portalId: number; contactId: string; before?: string; language: Language; appUrl: string },
): Promise<SubmissionsResponse> {
  const cursor = o.before ? readCursor(o.before) : null;
  const dataKey = await services.keys.dataKey(o.portalId);
  return withPortal(services.db, o.portalId, async (tx) => {
    let query = submissionQuery(tx, o.portalId).where('s.contact_id', '=', o.contactId);
    if (cursor) {
      query = query.where((eb) =>
        eb(eb.refTuple('s.accepted_at', 's.submission_id'), '<', eb.tuple(cursor.at, cursor.id)),
      );
    }
    const rows = await query.limit(PAGE_SIZE + 1).execute();
    const page = rows.slice(0, PAGE_SIZE);
    const isAll = !cursor && rows.length <= PAGE_SIZE;
    const total = isAll ? rows.length : await countOf(tx, o);
    const contents = await readContents(tx, o.portalId, page);
    const ids = page.map((row) => row.submission_id);
    const deliveries = await deliveriesOf(tx, o.portalId, ids);
    const checks = await checksOf(tx, o.portalId, ids);
    const repeats = await repeatsOf(tx, o.portalId, ids);
    const instead = await chosenInstead(tx, o.portalId, { submissionIds: ids, dataKey });
    const last = page.at(-1);
    return {
      submissions: page.map((row) => {
        const id = row.submission_id;
        const beside = {
          deliveries: deliveries.get(id) ?? [],
          check: checks.get(id),
          repeats: repeats.get(id) ?? [],
          instead: instead.get(id),
        };
        return toView({ ...row, content: contents(row) }, beside, dataKey, o);
      }),
      before: rows.length > PAGE_SIZE && last ? `${last.accepted_at.toISOString()}|${last.submission_id}` : null,
      total,
    };
  });
}

async function countOf(tx: PortalTx, o: { portalId: number; contactId: string }): Promise<number> {
  const { count } = await tx
    .selectFrom('submissions')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('portal_id', '=', String(o.portalId))
    .where('contact_id', '=', o.contactId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

const BAD_CURSOR = {
  en: 'The place in the list ("before") is not one that this list has given. Leave it out to begin with the newest.',
  de: 'Die Stelle in der Liste („before“) hat diese Liste nie genannt. Lassen Sie sie weg, um mit den neuesten zu beginnen.',
};

function readCursor(text: string): { at: Date; id: string } {
  const [at = '', id = ''] = text.split('|');
  const date = new Date(at);
  if (Number.isNaN(date.getTime()) || !id) throw new AppError('bad_cursor', { status: 400, userMessage: BAD_CURSOR });
  return { at: date, id };
}

function submissionQuery(tx: PortalTx, portalId: number) {
  return tx
    .selectFrom('submissions as s')
    .innerJoin('sends as n', (join) =>
      join.onRef('n.portal_id', '=', 's.portal_id').onRef('n.send_id', '=', 's.send_id'),
    )
    .innerJoin('portals as p', 'p.portal_id', 's.portal_id')
    .select([
      's.submission_id',
      's.flow_id',
      's.version_id',
      's.form_id',
      's.form_revision',
      's.contact_id',
      's.opened_at',
      's.screens_sealed',
      's.finished_at',
      's.accepted_at',
      's.answers_sealed',
      's.answers_key_wrapped',
      's.answers_deleted_at',
      'n.channel',
      'n.created_at as sent_at',
      'n.send_id',
      'n.sent_by_email_sealed',
      'p.ui_domain',
      'p.time_zone',
      'p.portal_id',
    ])
    .where('s.portal_id', '=', String(portalId))
    .orderBy('s.accepted_at', 'desc')
    .orderBy('s.submission_id', 'desc');
}

type Row = Awaited<ReturnType<ReturnType<typeof submissionQuery>['execute']>>[number] & { content: Content };
type DeliveryRow = {
  delivery_id: string;
  submission_id: string;
  destination: string;
  state: DeliveryView['state'];
  reason_code: string | null;
  reason: string | null;
  attempt: number;
  due_at: Date;
  delivered_at: Date | null;
  depends_on: string | null;
  remote_id: string | null;
};

const DELIVERY_COLUMNS = [
  'delivery_id',
  'submission_id',
  'destination',
  'state',
  'reason_code',
  'reason',
  'attempt',
  'due_at',
  'delivered_at',
  'depends_on',
  'remote_id',
] as const;

async function deliveriesOf(
  tx: PortalTx,
  portalId: number,
  submissionIds: string[],
): Promise<Map<string, DeliveryRow[]>> {
  if (submissionIds.length === 0) return new Map();
  const rows = await tx
    .selectFrom('deliveries')
    .select(DELIVERY_COLUMNS)
    .where('portal_id', '=', String(portalId))
    .where('submission_id', 'in', submissionIds)
    .execute();
  return bySubmission(rows);
}

type RepeatRow = Pick<
  Selectable<Database['submission_repeats']>,
  'submission_id' | 'seen_at' | 'answers_sealed' | 'answers_key_wrapped'
>;

async function repeatsOf(tx: PortalTx, portalId: number, submissionIds: string[]): Promise<Map<string, RepeatRow[]>> {
  if (submissionIds.length === 0) return new Map();
  const rows = await tx
    .selectFrom('submission_repeats')
    .select(['submission_id', 'seen_at', 'answers_sealed', 'answers_key_wrapped'])
    .where('portal_id', '=', String(portalId))
    .where('submission_id', 'in', submissionIds)
    .orderBy('seen_at')
    .execute();
  return bySubmission(rows);
}

function bySubmission<T extends { submission_id: string }>(rows: readonly T[]): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const row of rows) found.set(row.submission_id, [...(found.get(row.submission_id) ?? []), row]);
  return found;
}

type Beside = {
  deliveries: DeliveryRow[];
  check: CheckRow | undefined;
  repeats: RepeatRow[];
  /** The time that was chosen when the submitted one was taken. */
  instead: Appointment | undefined;
};

function toView(
  row: Row,
  { deliveries, check, repeats, instead }: Beside,
  dataKey: Buffer,
  o: { language: Language; appUrl: string },
): SubmissionView {
  const { form, mapping } = row.content;
  const answers = openAnswers(dataKey, row);
  const questions = questionsOf(form);
  const links = linksOf(row, o.appUrl);
  const viewRepeat = (repeat: RepeatRow, first: Answers): SubmissionView['sentAgain'] => {
    const later = openAnswers(dataKey, repeat);
    if (!later) return [];
    const changes = differences(answeredQuestions(form, o.language), mapping, o.language, { first, later });
    return [{ at: repeat.seen_at.toISOString(), answers: changes }];
  };
  return {
    submissionId: row.submission_id,
    flowId: row.flow_id,
    flowName: row.content.flowName,
    openedAt: row.opened_at?.toISOString() ?? null,
    screens: openScreens(dataKey, row),
    finishedAt: row.finished_at.toISOString(),
    acceptedAt: row.accepted_at.toISOString(),
    channel: row.channel,
    sentBy: row.sent_by_email_sealed
      ? unseal(dataKey, sentByPurpose(row.send_id), row.sent_by_email_sealed).toString('utf8')
      : null,
    sentAt: row.sent_at.toISOString(),
    answers:
      answers &&
      [...questions.values()].flatMap((question) => [
        ...answerLine(question, answers, mapping, o.language),
        ...(question.id === APPOINTMENT.time && instead ? insteadLine(instead, deliveries, o.language) : []),
      ]),
    sentAgain: answers ? repeats.flatMap((repeat) => viewRepeat(repeat, answers)) : [],
    answersNote: answersNote(row, answers !== null, o.language),
    kyc: answers && mapping.kycRecord.enabled ? kycView(mapping, questions, answers, deliveries, o.language) : null,
    identityCheck: check
      ? viewIdentityCheck(check, { dataKey, hasAnswers: answers !== null, language: o.language })
      : null,
    formLink: mapping.formSubmission.enabled ? links['form-submission'] : null,
    deliveries: DESTINATION_KINDS.flatMap((kind) => {
      const delivery = deliveries.find((entry) => entry.destination === kind);
      return delivery ? [toDeliveryView(delivery, deliveries, links[kind])] : [];
    }),
  };
}

/** That answers are gone, or until when they are here. */
function answersNote(row: Row, areHere: boolean, language: Language): string | null {
  if (!areHere) return row.answers_deleted_at ? TEXTS[language].gone : TEXTS[language].erased;
  const until = answersKeptUntil(row.content.retention, row.accepted_at);
  const day =
    until && new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: row.time_zone ?? 'UTC' }).format(until);
  return day ? TEXTS[language].until(day) : null;
}

function questionsOf(form: Form): Map<string, Question> {
  return new Map(
    form.pages
      .flatMap((page) => page.items)
      .flatMap((item) => (item.kind === 'statement' ? [] : [[item.id, item] as const])),
  );
}

function answerLine(
  question: Question,
  answers: Answers,
  mapping: Mapping,
  language: Language,
): { question: string; label: string; value: string }[] {
  const answer = answers[question.id];
  if (!answer) return [];
  const text = answerText(question, answer, language);
  return [
    {
      question: question.id,
      label: question.label,
      value: mapping.kycRecord.fields.documentNumber?.includes(question.id) ? lastFour(text) : text,
    },
  ];
}

/** Beside what was submitted, which stays: the time that was chosen when that one was taken, and whether it is booked. */
function insteadLine(
  instead: Appointment,
  deliveries: readonly DeliveryRow[],
  language: Language,
): { question: string; label: string; value: string }[] {
  const state = deliveries.find(({ destination }) => destination === 'calendar')?.state;
  const texts = TEXTS[language];
  const label =
    state === 'delivered'
      ? texts.booked
      : state === 'waiting' || state === 'delivering'
        ? texts.chosen
        : texts.notBooked;
  return [{ question: `${APPOINTMENT.time}/instead`, label, value: answerText(undefined, instead, language) }];
}

function differences(
  questions: Map<string, Question>,
  mapping: Mapping,
  language: Language,
  { first, later }: { first: Answers; later: Answers },
): { question: string; label: string; value: string }[] {
  return [...questions.values()].flatMap((question) => {
    if (canonical(first[question.id]) === canonical(later[question.id])) return [];
    const lines = answerLine(question, later, mapping, language);
    return lines.length > 0 ? lines : [{ question: question.id, label: question.label, value: '' }];
  });
}

/** A document number is never shown in full (flow-rules.md section 8). */
export function lastFour(text: string): string {
  const kept = [...text.replace(/\s/g, '')].slice(-4).join('');
  return `••••${kept}`;
}

function kycView(
  mapping: Mapping,
  questions: Map<string, Question>,
  answers: Answers,
  deliveries: DeliveryRow[],
  language: Language,
): NonNullable<SubmissionView['kyc']> {
  const texts = TEXTS[language];
  const state = deliveries.find((delivery) => delivery.destination === 'kyc-record')?.state;
  const fields = (Object.keys(texts.kyc) as (keyof typeof texts.kyc)[]).flatMap((field) => {
    const values = (mapping.kycRecord.fields[field] ?? []).flatMap((id) => {
      const answer = answers[id];
      return answer ? [answerText(questions.get(id), answer, language)] : [];
    });
    const text = values.join(field === 'address' ? ', ' : ' ');
    return text ? [{ label: texts.kyc[field], value: field === 'documentNumber' ? lastFour(text) : text }] : [];
  });
  return {
    status: state === 'delivered' ? texts.kycDone : state === 'dead' ? texts.kycDead : texts.kycWaiting,
    fields,
  };
}

/** HubSpot's own pages stand where the account lives; in the sandbox they are the sandbox's. */
function baseOf(appUrl: string, uiDomain: string): string {
  return appUrl === DEFAULT_APP_URL ? `https://${uiDomain}` : appUrl;
}

/** Makes the address of a contact's record in HubSpot from its id. */
export function contactUrlOf(appUrl: string, portalId: number, uiDomain: string): (contactId: string) => string {
  return (contactId) => `${baseOf(appUrl, uiDomain)}/contacts/${portalId}/record/0-1/${contactId}`;
}

function linksOf(row: Row, appUrl: string): Record<(typeof DESTINATION_KINDS)[number], string | null> {
  const base = baseOf(appUrl, row.ui_domain);
  const contact = row.contact_id ? contactUrlOf(appUrl, Number(row.portal_id), row.ui_domain)(row.contact_id) : null;
  return {
    contact,
    // The file manager of the account; the sandbox has no such page.
    files: appUrl === DEFAULT_APP_URL ? `${base}/files/${row.portal_id}` : null,
    'form-submission': `${base}/submissions/${row.portal_id}/form/${encodeURIComponent(row.content.sourceFormId)}/submissions`,
    'kyc-record': contact,
    timeline: contact,
    task: contact,
    calendar: contact,
    invitation: null,
    webhook: null,
    'identity-check': null,
    'identity-result': contact,
  };
}

function toDeliveryView(row: DeliveryRow, ofSubmission: readonly DeliveryRow[], link: string | null): DeliveryView {
  const waitsFor = row.state === 'waiting' ? waitsForOf(row, ofSubmission) : null;
  return {
    deliveryId: row.delivery_id,
    destination: kindOf(row),
    state: row.state,
    // A blocked one carries the reason of what blocks it, which stands there.
    reason: waitsFor === null ? row.reason : null,
    waitsFor,
    attempts: row.attempt,
    // What waits for a person, or for another place, is not tried at a time of ours.
    dueAt:
      row.state === 'waiting' && row.reason_code !== PERSON_ASKED && waitsFor === null
        ? row.due_at.toISOString()
        : null,
    deliveredAt: row.delivered_at?.toISOString() ?? null,
    link: row.state === 'delivered' ? link : null,
  };
}

const kindOf = (row: DeliveryRow): DeliveryView['destination'] =>
  DESTINATION_KINDS.find((kind) => kind === row.destination) ?? 'contact';

/** As the engine claims: what it depends on is not delivered (a contact held for one property counts), or what it awaits has not ended. */
function waitsForOf(row: DeliveryRow, ofSubmission: readonly DeliveryRow[]): DeliveryView['waitsFor'] {
  const first = ofSubmission.find(
    (other) =>
      (other.delivery_id === row.depends_on &&
        other.state !== 'delivered' &&
        !(other.state === 'held' && other.remote_id !== null)) ||
      (other.destination === AWAITS[kindOf(row)] && ['waiting', 'delivering', 'held'].includes(other.state)),
  );
  return first ? kindOf(first) : null;
}

/** One delivery as a card shows it; throws `delivery_not_found`. */
export async function viewDelivery(services: { db: Db }, portalId: number, deliveryId: string): Promise<DeliveryView> {
  const rows = await withPortal(services.db, portalId, (tx) =>
    tx
      .selectFrom('deliveries')
      .select(DELIVERY_COLUMNS)
      .where('portal_id', '=', String(portalId))
      .where('submission_id', '=', (eb) =>
        eb
          .selectFrom('deliveries')
          .select('submission_id')
          .where('portal_id', '=', String(portalId))
          .where('delivery_id', '=', deliveryId),
      )
      .execute(),
  );
  const row = rows.find((one) => one.delivery_id === deliveryId);
  if (!row)
    throw new AppError('delivery_not_found', {
      status: 404,
      userMessage: DELIVERY_GONE,
    });
  return toDeliveryView(row, rows, null);
}
