import type { Design } from '@flowella/shared/form/design.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import { AppError } from '../../app-error.ts';
import { PATHS } from '../../hubspot/api-version.ts';
import { findContactByEmail, toContact, type Contact } from '../../hubspot/contacts.ts';
import { portalLanguage, type Language } from '../../hubspot/language.ts';
import { readObjects, updateObject } from '../../hubspot/objects.ts';
import { toForm } from '../../sources/hubspot-forms/to-form.ts';
import { toSubmissionFields, type SubmissionFields } from '../../sources/hubspot-forms/to-submission-fields.ts';
import { writeBack } from '../../sources/hubspot-forms/write-back.ts';
import { z } from 'zod';
import type { DeliveryItem, DeliveryOutcome, Destination, DestinationContext } from '../destination.ts';
import { eachLimited } from '../../each-limited.ts';
import { dead, held, isTaken, outcomeOf, refusedFields, retry } from '../outcomes.ts';
import { textOf, type TextCode } from '../texts.ts';
import { leaveOutRemoved } from './leave-out-removed.ts';
import { readBackSubmission } from './read-back-submission.ts';

/** HubSpot takes forms one at a time; more at once would only meet the limit sooner. */
const AT_ONCE = 4;
/** At most this many in one attempt, so that even slow answers end within the worker's deadline. */
const BATCH = 12;
const DEADLINE_MS = 8_000;
/** HubSpot refuses a time older than about a month and in the future (hubspot-platform.md section 5.8). */
const MAX_AGE_MS = 27 * 86_400_000;
const CAPTCHA = new Set(['FORM_HAS_RECAPTCHA_ENABLED', 'HAS_RECAPTCHA_ENABLED']);
/** Refusals that say the form is not the one the answers were given for. */
const CHANGED = new Set(['FIELD_NOT_IN_FORM_DEFINITION', 'VALUE_NOT_IN_FIELD_DEFINITION', 'REQUIRED_FIELD']);
/** Reasons for which a submission is held until the customer decides, since it cannot be amended (flow-rules.md section 7). */
export const FORM_GONE = 'form_gone' satisfies TextCode;
export const HELD_FOR_FORM: readonly string[] = [FORM_GONE, 'form_changed'];
const EMAILS = ['email', 'hs_additional_emails'];

/**
 * The answers as a submission of the HubSpot form they came from, by the secure endpoint. Our submission id travels in
 * `pageUri`, since HubSpot answers no id of its own; by it a lost answer is found again. HubSpot ties a submission to the contact
 * with the form's e-mail address, so an address that is not this contact's is a conflict for a person (flow-rules.md section 8).
 */
export function createFormSubmissionDestination(): Destination {
  return {
    kind: 'form-submission',
    dependsOn: 'contact',
    batchSize: BATCH,
    wanted: (mapping) => mapping.formSubmission.enabled,

    async check(context, form, mapping, design) {
      if (!mapping.formSubmission.enabled) return [];
      const language = await portalLanguage(context.db, context.portalId);
      const raw = await readForm(context, form.sourceFormId, 'card');
      if (raw === null) return [{ code: 'form_gone', message: textOf('form_gone_in_draft', language) }];
      // Read anew: a captcha may have been turned on since the form was imported.
      const { reasons } = writeBack(raw, design?.allowDocumentNumber);
      return [
        ...reasons.map((reason) => ({ code: 'form_cannot_be_written', message: reason[language] })),
        ...requiredButOptional(form, design ?? {}).map((question) => ({
          question,
          code: 'form_requires_answer',
          message: textOf('form_requires_answer', language),
        })),
      ];
    },

    async deliver(context, items) {
      const language = await portalLanguage(context.db, context.portalId);
      let contacts: Map<string, Contact>;
      try {
        contacts = await readContacts(context, items);
      } catch (err) {
        const outcome = outcomeOf(err, language);
        return items.map(() => outcome);
      }
      return eachLimited(items, AT_ONCE, (item) => deliverOne(context, item, contacts, language));
    },

    readBack: readBackSubmission,
  };
}

/**
 * Questions that the form requires of everybody and that the customer's design lets people leave empty: HubSpot would turn down
 * every submission without them (`REQUIRED_FIELD`).
 */
function requiredButOptional(form: Form, design: Design): string[] {
  const questions = form.pages.flatMap((page) => page.items).filter((item) => item.kind !== 'statement');
  return questions
    .filter((question) => question.required && !question.visibleWhen)
    .map(({ id }) => id)
    .filter((id) => design.omitted?.includes(id) || design.required?.[id] === false || design.shownWhen?.[id]);
}

/** Where a submission's page would be; the id in it is how we find it again. */
export function pageUri(publicUrl: string, item: Pick<DeliveryItem, 'flowId' | 'submissionId'>): string {
  return `${publicUrl}/wa/${item.flowId}?sid=${item.submissionId}`;
}

async function deliverOne(
  context: DestinationContext,
  item: DeliveryItem,
  contacts: ReadonlyMap<string, Contact>,
  language: Language,
): Promise<DeliveryOutcome> {
  if (context.signal.aborted) return retry('no_time_left', language);
  const given = toSubmissionFields(item.form, item.answers, {
    allowDocumentNumber: item.allowDocumentNumber ?? [],
    today: item.finishedAt.toISOString().slice(0, 10),
  });
  try {
    const content = item.leaveOutRemoved ? await stillTaken(context, item, given) : given;
    if (content === null) return held('form_gone', language);
    if (content.fields.length === 0) return dead('nothing_to_submit', language);
    const conflict = await emailConflict(context, item, content, contacts, language);
    if (conflict) return conflict;
    await submit(context, item, content);
    const leftOut = given.fields.length - content.fields.length;
    const detail = { fields: content.fields.length, ...(leftOut > 0 ? { leftOut } : {}) };
    return { kind: 'delivered', remoteId: null, detail };
  } catch (err) {
    return refusal(err, item, language) ?? outcomeOf(err, language);
  }
}

/** The submission as the form takes it now; null when the form is gone. */
async function stillTaken(
  context: DestinationContext,
  item: DeliveryItem,
  content: SubmissionFields,
): Promise<SubmissionFields | null> {
  const raw = await readForm(context, item.form.sourceFormId, 'delivery');
  return raw === null ? null : leaveOutRemoved(content, toForm(raw));
}

/**
 * Null when the submission will land on this contact or concerns none that we know. A contact without any address gets the
 * form's first: otherwise HubSpot would make a second contact for it.
 */
async function emailConflict(
  context: DestinationContext,
  item: DeliveryItem,
  content: SubmissionFields,
  contacts: ReadonlyMap<string, Contact>,
  language: Language,
): Promise<DeliveryOutcome | null> {
  const email = content.fields
    .find((field) => field.objectTypeId === '0-1' && field.name === 'email')
    ?.value.trim()
    .toLowerCase();
  if (item.contactId === null || !email) return null;
  const where = { hubspot: context.hubspot, portalId: context.portalId, priority: 'delivery' as const };
  const contact = contacts.get(item.contactId);
  if (!contact) return dead('contact_gone', language);
  if (contact.emails.includes(email)) return null;
  if (contact.email !== null) return dead('form_email_conflict', language);
  if (await findContactByEmail(where, email)) return dead('email_of_other_contact', language);
  try {
    await updateObject(where, 'contacts', contact.contactId, { email });
    return null;
  } catch (err) {
    if (isTaken(err)) return dead('email_of_other_contact', language);
    throw err;
  }
}

async function submit(context: DestinationContext, item: DeliveryItem, content: SubmissionFields): Promise<void> {
  const ageMs = context.clock.now().getTime() - item.finishedAt.getTime();
  const inWindow = ageMs >= 0 && ageMs < MAX_AGE_MS;
  await context.hubspot.call(context.portalId, {
    method: 'POST',
    host: 'forms',
    path: PATHS.secureSubmit(context.portalId, item.form.sourceFormId),
    body: {
      ...(inWindow ? { submittedAt: String(item.finishedAt.getTime()) } : {}),
      fields: content.fields,
      context: { pageUri: pageUri(context.publicUrl, item), pageName: `WhatsApp: ${item.flowName}` },
      ...(content.legalConsentOptions ? { legalConsentOptions: content.legalConsentOptions } : {}),
    },
    schema: z.unknown(),
    priority: 'delivery',
    deadlineMs: DEADLINE_MS,
    idempotent: false,
  });
}

/** What HubSpot's form host refused, in words; null for anything that is no refusal of the content. */
function refusal(thrown: unknown, item: DeliveryItem, language: Language): DeliveryOutcome | null {
  if (!(thrown instanceof AppError)) return null;
  if (thrown.code === 'hubspot_not_found') return held('form_gone', language);
  if (thrown.code !== 'hubspot_rejected') return null;
  const errors = z
    .array(z.object({ errorType: z.string().optional() }))
    .catch([])
    .parse(thrown.context.errors);
  const types = errors.flatMap(({ errorType }) => (errorType ? [errorType] : []));
  if (types.some((type) => CAPTCHA.has(type))) return dead('form_has_captcha', language);
  const [first] = refusedFields(thrown);
  const values = { property: first?.property, code: types[0] ?? first?.code };
  return isChanged(types, refusedFields(thrown), item)
    ? held('form_changed', language, values)
    : dead('form_refused', language, values);
}

/** True when it is the form that changed: an answer it has required all along is missing for another reason. */
function isChanged(types: readonly string[], fields: readonly { property: string }[], item: DeliveryItem): boolean {
  if (types.length === 0 || !types.every((type) => CHANGED.has(type))) return false;
  if (!types.includes('REQUIRED_FIELD')) return true;
  const required = item.form.pages
    .flatMap((page) => page.items)
    .flatMap((one) => (one.kind !== 'statement' && one.required && !item.answers[one.id] ? [one.id] : []));
  return !fields.some(({ property }) => required.some((id) => id.endsWith(`/${property}`)));
}

async function readContacts(
  context: DestinationContext,
  items: readonly DeliveryItem[],
): Promise<Map<string, Contact>> {
  const ids = [...new Set(items.flatMap((item) => item.contactId ?? []))];
  const where = { hubspot: context.hubspot, portalId: context.portalId, priority: 'delivery' as const };
  const objects = await readObjects(where, 'contacts', ids, EMAILS);
  return new Map([...objects].map(([id, object]) => [id, toContact(object, EMAILS)]));
}

/** The definition as it is now, or null when the form is gone. */
async function readForm(context: DestinationContext, formId: string, priority: 'card' | 'delivery'): Promise<unknown> {
  try {
    return await context.hubspot.call(context.portalId, {
      method: 'GET',
      path: PATHS.form(formId),
      schema: z.unknown(),
      priority,
      idempotent: true,
    });
  } catch (err) {
    if (err instanceof AppError && err.code === 'hubspot_not_found') return null;
    throw err;
  }
}
