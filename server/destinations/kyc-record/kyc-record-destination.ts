import type { KycField, Mapping } from '@flowella/shared/contract/mapping.ts';
import { isComputedId } from '@flowella/shared/form/computed-values.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import { AppError } from '../../app-error.ts';
import { portalLanguage, type Language } from '../../hubspot/language.ts';
import { ASSOCIATION, associate, MAX_BATCH, updateObject, updateObjects, upsertObject } from '../../hubspot/objects.ts';
import { ensureProperties } from '../../hubspot/properties.ts';
import { readBackActivity, writeActivities, type ActivityItem, type ActivityKind } from '../activities.ts';
import { answeredQuestions } from '../answered-questions.ts';
import type { DeliveryItem, DeliveryOutcome, Destination, DestinationContext } from '../destination.ts';
import { eachLimited } from '../../each-limited.ts';
import { dead, outcomeOf, retry } from '../outcomes.ts';
import { textOf } from '../texts.ts';
import { findThing, forgetThing, rememberThing } from '../things.ts';
import { ensureKycObject, hasRoomForKycObject, mayUseCustomObjects } from './kyc-object.ts';
import { KYC_CHECK, KYC_PROPERTIES, KYC_REFERENCE } from './kyc-properties.ts';
import { toKycNote } from './to-kyc-note.ts';
import { DATE_FIELDS, toKycRecord } from './to-kyc-record.ts';

const AT_ONCE = 4;
/** Raised when KYC_PROPERTIES gains one: portals that have the older set get the new one. */
const PROPERTY_SET = 'kyc-v2';
const NOTE: ActivityKind = {
  type: 'notes',
  bodyProperty: 'hs_note_body',
  associationTypeId: ASSOCIATION.noteToContact,
};

/** A new record has not been checked: the result of the one before does not stand beside it. */
const NOT_CHECKED = Object.fromEntries(Object.values(KYC_CHECK).map((name) => [name, '']));

type Target = { item: DeliveryItem; contactId: string; record: Record<string, string> };

/**
 * A KYC record: by default properties of the contact in our own group and a note; a custom object where the customer chose it and
 * the account has them. Never a full document number. The note carries our submission id and is written last: when it is
 * there, all of it is.
 */
export function createKycRecordDestination(): Destination {
  return {
    kind: 'kyc-record',
    dependsOn: 'contact',
    batchSize: MAX_BATCH,
    wanted: (mapping) => mapping.kycRecord.enabled,
    check: checkKycMapping,

    async deliver(context, items) {
      const language = await portalLanguage(context.db, context.portalId);
      const targets = items.flatMap((item): Target[] =>
        item.contactId === null ? [] : [{ item, contactId: item.contactId, record: toKycRecord(item) }],
      );
      const objects = targets.filter(({ item }) => item.mapping.kycRecord.home === 'custom-object');
      const contacts = targets.filter(({ item }) => item.mapping.kycRecord.home === 'contact');
      const outcomes = new Map([
        ...(await deliverToContacts(context, contacts, language)),
        ...(await deliverToObjects(context, objects, language)),
      ]);
      return items.map((item) => outcomes.get(item.deliveryId) ?? dead('no_contact', language));
    },

    async readBack(context, item) {
      // Records of a custom object are known by our id: writing one again changes nothing.
      if (item.mapping.kycRecord.home === 'custom-object') return null;
      return readBackActivity(context, NOTE, item, await portalLanguage(context.db, context.portalId));
    },
  };
}

/** Makes what KYC records of this mapping need at HubSpot; for the moment of publishing. Throws what `check` would have said. */
export async function prepareKycRecord(context: DestinationContext, mapping: Mapping): Promise<void> {
  if (!mapping.kycRecord.enabled) return;
  if (mapping.kycRecord.home === 'custom-object') await ensureKycObject(context, 'card');
  else await ensureKycProperties(context, 'card');
}

async function checkKycMapping(context: DestinationContext, form: Form, mapping: Mapping) {
  if (!mapping.kycRecord.enabled) return [];
  const language = await portalLanguage(context.db, context.portalId);
  const questions = answeredQuestions(form);
  const fields = (Object.entries(mapping.kycRecord.fields) as [KycField, string[] | undefined][]) // keys of its own schema
    .flatMap(([field, ids]) => (ids ?? []).map((id) => [field, id] as const));
  const problems: { question?: string; code: string; message: string }[] = fields.flatMap(([field, id]) => {
    const question = questions.get(id);
    if (!question)
      return [
        { question: id, code: 'unknown_question', message: textOf('unknown_question', language, { question: id }) },
      ];
    if (field === 'consent' && isComputedId(id))
      return [{ question: id, code: 'not_a_consent', message: textOf('not_a_consent', language) }];
    const isDate = question.kind === 'date' || question.kind === 'date-time';
    return DATE_FIELDS.has(field) && !isDate
      ? [{ question: id, code: 'not_a_date', message: textOf('not_a_date', language) }]
      : [];
  });
  if (fields.length === 0) problems.push({ code: 'kyc_empty', message: textOf('kyc_empty', language) });
  if (mapping.kycRecord.home === 'custom-object') {
    const code = await customObjectProblem(context);
    if (code) problems.push({ code, message: textOf(code, language) });
  }
  return problems;
}

async function customObjectProblem(context: DestinationContext) {
  if (!(await mayUseCustomObjects(context))) return 'custom_objects_unavailable' as const;
  try {
    return (await hasRoomForKycObject(context, 'card')) ? null : ('custom_objects_full' as const);
  } catch (err) {
    // Accounts without the edition refuse the question itself.
    if (
      err instanceof AppError &&
      ['hubspot_missing_scope', 'hubspot_rejected', 'hubspot_not_found'].includes(err.code)
    ) {
      return 'custom_objects_unavailable' as const;
    }
    throw err;
  }
}

/** Makes the record's contact properties, once per portal. */
export async function ensureKycProperties(context: DestinationContext, priority: 'card' | 'delivery'): Promise<void> {
  if ((await findThing(context, 'property-set', PROPERTY_SET)) !== null) return;
  await ensureProperties(context.hubspot, context.portalId, 'contacts', KYC_PROPERTIES, priority);
  await rememberThing(context, { kind: 'property-set', name: PROPERTY_SET, remoteId: null });
}

async function deliverToContacts(
  context: DestinationContext,
  targets: readonly Target[],
  language: Language,
): Promise<Map<string, DeliveryOutcome>> {
  if (targets.length === 0) return new Map();
  try {
    await ensureKycProperties(context, 'delivery');
    const refused = await writeRecords(context, targets, language);
    const written = targets.filter(({ item }) => !refused.has(item.deliveryId));
    const notes = written.map(({ item, contactId, record }): ActivityItem => ({
      item,
      contactId,
      properties: toKycNote(item, record, language),
    }));
    return new Map([...refused, ...(await writeActivities(context, NOTE, notes, language))]);
  } catch (err) {
    const outcome = outcomeOf(err, language);
    return new Map(targets.map(({ item }) => [item.deliveryId, outcome]));
  }
}

/** Writes the properties of every contact and answers what was refused, by delivery. */
async function writeRecords(
  context: DestinationContext,
  targets: readonly Target[],
  language: Language,
): Promise<Map<string, DeliveryOutcome>> {
  const sorted = targets.toSorted((a, b) => Number(a.item.finishedAt) - Number(b.item.finishedAt));
  // Of two records of one contact the later stands in the properties; each has its note.
  const records = new Map(sorted.map(({ contactId, record }) => [contactId, { ...NOT_CHECKED, ...record }]));
  const inputs = [...records].map(([id, properties]) => ({ id, properties }));
  const confirmed = inputs.length > 1 ? await tryBatch(context, inputs) : new Set<string>();
  const rest = inputs.filter(({ id }) => !confirmed.has(id));
  const results = await eachLimited(rest, AT_ONCE, (input) => writeRecord(context, input, language));
  const refused = new Map(rest.flatMap(({ id }, index) => (results[index] ? [[id, results[index]] as const] : [])));
  return new Map(
    targets.flatMap(({ item, contactId }) => {
      const outcome = refused.get(contactId);
      return outcome ? [[item.deliveryId, outcome] as const] : [];
    }),
  );
}

async function tryBatch(
  context: DestinationContext,
  inputs: { id: string; properties: Record<string, string> }[],
): Promise<Set<string>> {
  try {
    return await updateObjects(whereOf(context), 'contacts', inputs);
  } catch (err) {
    if (err instanceof AppError && (err.code === 'hubspot_rejected' || err.code === 'hubspot_not_found'))
      return new Set();
    throw err;
  }
}

async function writeRecord(
  context: DestinationContext,
  input: { id: string; properties: Record<string, string> },
  language: Language,
): Promise<DeliveryOutcome | null> {
  if (context.signal.aborted) return retry('no_time_left', language);
  try {
    await updateObject(whereOf(context), 'contacts', input.id, input.properties);
    return null;
  } catch (err) {
    if (!(err instanceof AppError)) throw err;
    if (err.code === 'hubspot_not_found') return dead('contact_gone', language);
    // A property of ours was archived by hand: it is made anew before the next attempt.
    if (err.code === 'hubspot_rejected') await forgetThing(context, 'property-set', PROPERTY_SET);
    return outcomeOf(err, language);
  }
}

async function deliverToObjects(
  context: DestinationContext,
  targets: readonly Target[],
  language: Language,
): Promise<Map<string, DeliveryOutcome>> {
  if (targets.length === 0) return new Map();
  const all = (outcome: DeliveryOutcome) => new Map(targets.map(({ item }) => [item.deliveryId, outcome]));
  if (!(await mayUseCustomObjects(context))) return all(dead('custom_objects_unavailable', language));
  let type: string;
  try {
    type = await ensureKycObject(context, 'delivery');
  } catch (err) {
    if (err instanceof AppError && err.code === 'custom_objects_full')
      return all(dead('custom_objects_full', language));
    return all(outcomeOf(err, language));
  }
  const outcomes = await eachLimited(targets, AT_ONCE, (target) => writeObject(context, type, target, language));
  return new Map(
    targets.flatMap(({ item }, index) => (outcomes[index] ? [[item.deliveryId, outcomes[index]] as const] : [])),
  );
}

async function writeObject(
  context: DestinationContext,
  type: string,
  { item, contactId, record }: Target,
  language: Language,
): Promise<DeliveryOutcome> {
  if (context.signal.aborted) return retry('no_time_left', language);
  try {
    const where = whereOf(context);
    const object = await upsertObject(where, type, {
      idProperty: KYC_REFERENCE,
      id: item.submissionId,
      properties: record,
    });
    await associate(where, { type, id: object.id }, { type: 'contacts', id: contactId });
    return { kind: 'delivered', remoteId: object.id, detail: { objectTypeId: type } };
  } catch (err) {
    return outcomeOf(err, language);
  }
}

function whereOf(context: DestinationContext) {
  return { hubspot: context.hubspot, portalId: context.portalId, priority: 'delivery' as const };
}
