import { createHash } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../../app-error.ts';
import { portalLanguage, type Language } from '../../hubspot/language.ts';
import { ASSOCIATION, readObject, updateObject, upsertObject } from '../../hubspot/objects.ts';
import { readBackActivity, writeActivities, type ActivityKind } from '../activities.ts';
import type { DeliveryItem, DeliveryOutcome, Destination, DestinationContext } from '../destination.ts';
import { eachLimited } from '../../each-limited.ts';
import { ensureKycObject, ensureKycObjectProperties, mayUseCustomObjects } from '../kyc-record/kyc-object.ts';
import { ensureKycProperties } from '../kyc-record/kyc-record-destination.ts';
import { KYC_REFERENCE } from '../kyc-record/kyc-properties.ts';
import { dead, outcomeOf } from '../outcomes.ts';
import { isFinal } from './check-state.ts';
import { applyResult, findCheck, keepNote, type CheckRow } from './checks.ts';
import { toOutcome, type IdentityTools } from './identity-check-destination.ts';
import { identityText, type IdentityTextCode } from './identity-texts.ts';
import { toResultNote, toResultRecord } from './result-record.ts';
import { findIdentityService } from './services.ts';
import { vendorCaller } from './vendors/call-vendor.ts';
import type { VendorResult } from './vendors/vendor.ts';
import { VENDORS } from './vendors/vendors.ts';

const AT_ONCE = 4;
const BATCH_SIZE = 8;
/** A check that has no result by then has none any more: every vendor's links are long dead. */
const GIVE_UP_MS = 30 * 24 * 3_600_000;
/** Whoever opens a link at the last moment has this long to come to an end. */
const LAST_VISIT_MS = 24 * 3_600_000;
/** What the last delivery of this result wrote. */
const writtenSchema = z.object({ written: z.string().nullable().catch(null) }).catch({ written: null });
const NOTE: ActivityKind = {
  type: 'notes',
  bodyProperty: 'hs_note_body',
  associationTypeId: ASSOCIATION.noteToContact,
};

/**
 * The result of an identity check: reads it from the vendor, whatever an event said, and writes it to the KYC record with the risk
 * flag, and a note. Its deliveries are made by the vendor's calls and by our own looks, so a submission is never accepted for
 * it. It waits for the KYC record, whose first status would else overwrite a result.
 */
export function createIdentityResultDestination(tools: Omit<IdentityTools, 'sendLink' | 'countryOf'>): Destination {
  return {
    kind: 'identity-result',
    dependsOn: 'kyc-record',
    isOutside: true,
    needsNoAnswers: true,
    batchSize: BATCH_SIZE,
    wanted: () => false,
    check: () => Promise.resolve([]),
    async deliver(context, items) {
      const language = await portalLanguage(context.db, context.portalId);
      return eachLimited(items, AT_ONCE, (item) => deliverOne(context, tools, item, language));
    },
  };
}

async function deliverOne(
  context: DestinationContext,
  tools: Omit<IdentityTools, 'sendLink' | 'countryOf'>,
  item: DeliveryItem,
  language: Language,
): Promise<DeliveryOutcome> {
  const say = (code: IdentityTextCode) => ({ code, reason: identityText(code, language) });
  const check = await findCheck(context, item.submissionId);
  if (!check || check.erased_at) return { kind: 'dead', ...say('identity_no_check') };
  // The vendor calls sooner than its answer to the start reaches us, or was read.
  if (check.vendor_reference === null && !isFinal(check.state))
    return { kind: 'retry', ...say('identity_not_started') };
  const read = await readResult(context, tools, check, language);
  if ('outcome' in read) return read.outcome;
  if (read.check.erased_at) return { kind: 'dead', ...say('identity_no_check') };
  if (item.contactId === null) return dead('no_contact', language);
  const target = { item, contactId: item.contactId, check: read.check, language };
  try {
    const written = await writeRecord(context, target);
    return await writeNote(context, target, written);
  } catch (err) {
    if (err instanceof AppError && err.code === 'hubspot_not_found') return dead('contact_gone', language);
    return outcomeOf(err, language);
  }
}

type Target = { item: DeliveryItem; contactId: string; check: CheckRow; language: Language };

async function readResult(
  context: DestinationContext,
  tools: Omit<IdentityTools, 'sendLink' | 'countryOf'>,
  check: CheckRow,
  language: Language,
): Promise<{ check: CheckRow } | { outcome: DeliveryOutcome }> {
  const { keys, standInUrl } = tools;
  // One that ended before it was started is known to no vendor.
  if (check.vendor_reference === null) return { check };
  const where = { ...context, keys };
  const service = await findIdentityService({ ...where, standInUrl }, context.portalId, check.service_id);
  // What is over stays as it is, also when nobody can be asked any more.
  if (!service && isFinal(check.state)) return { check };
  if (!service) {
    const code = 'identity_service_gone';
    return { outcome: { kind: 'dead', code, reason: identityText(code, language) } };
  }
  const call = vendorCaller(tools.safeFetch, { now: () => context.clock.now(), signal: context.signal });
  const answer = await VENDORS[service.vendor].read(call, service, check.vendor_reference);
  if (answer.kind === 'ok')
    return { check: await giveUpOld(where, await applyResult(where, check, answer.value), answer.value) };
  // A vendor that has deleted a finished check has said what it had to say.
  if (isFinal(check.state)) return { check };
  const outcome = toOutcome(answer, service.vendor, language);
  return { outcome: outcome.kind === 'unknown' ? { ...outcome, kind: 'retry' } : outcome };
}

async function giveUpOld(
  where: DestinationContext & Pick<IdentityTools, 'keys'>,
  check: CheckRow,
  result: VendorResult,
): Promise<CheckRow> {
  // A review takes as long as the customer's people take.
  if (isFinal(check.state) || check.state === 'needs_review') return check;
  const age = where.clock.now().getTime() - (check.link_at ?? check.created_at).getTime();
  const linkLivesMs = VENDORS[check.vendor].linkLivesMs ?? GIVE_UP_MS;
  if (result.state === null && age >= linkLivesMs + LAST_VISIT_MS) {
    return applyResult(where, check, { ...result, state: 'expired', reasons: ['the link ended before it was used'] });
  }
  if (age < GIVE_UP_MS) return check;
  return applyResult(where, check, {
    status: check.vendor_status ?? 'created',
    state: 'expired',
    reasons: ['no result within 30 days'],
    found: {},
  });
}

/** Into the record of this submission and no other: a newer one of the same contact keeps its own. Answers what was written, as a hash. */
async function writeRecord(context: DestinationContext, { item, contactId, check, language }: Target): Promise<string> {
  const where = { hubspot: context.hubspot, portalId: context.portalId, priority: 'delivery' as const };
  const rules = item.mapping.identityCheck?.riskWhen ?? [];
  const properties = toResultRecord(check, rules, language);
  const written = createHash('sha256').update(JSON.stringify(properties)).digest('base64url');
  // A look that finds nothing new leaves HubSpot alone.
  if (writtenSchema.parse(item.detail).written === written) return written;
  if (item.mapping.kycRecord.home === 'custom-object' && (await mayUseCustomObjects(context))) {
    const type = await ensureKycObject(context, 'delivery');
    await ensureKycObjectProperties(context, type, 'delivery');
    await upsertObject(where, type, { idProperty: KYC_REFERENCE, id: item.submissionId, properties });
    return written;
  }
  await ensureKycProperties(context, 'delivery');
  const contact = await readObject(where, 'contacts', contactId, { properties: [KYC_REFERENCE] });
  if (contact.properties[KYC_REFERENCE] === item.submissionId)
    await updateObject(where, 'contacts', contactId, properties);
  return written;
}

/** One note for each state that a person should read about; a note that may be there is looked for first. */
async function writeNote(context: DestinationContext, target: Target, written: string): Promise<DeliveryOutcome> {
  const { item, contactId, check, language } = target;
  const done: DeliveryOutcome = {
    kind: 'delivered',
    remoteId: check.vendor_reference,
    detail: { state: check.state, written },
  };
  const isNews = isFinal(check.state) || check.state === 'needs_review';
  if (!isNews || check.note_written === check.state) return done;
  const marked = { ...item, submissionId: `${check.check_id}-${check.state}` };
  const found = check.note_pending === check.state ? await readBackActivity(context, NOTE, marked, language) : null;
  if (found && found.kind !== 'delivered') return found;
  if (!found) {
    await keepNote(context, check.check_id, { pending: check.state });
    const rules = item.mapping.identityCheck?.riskWhen ?? [];
    const properties = toResultNote(check, { rules, language, marker: marked.submissionId });
    const outcomes = await writeActivities(context, NOTE, [{ item: marked, contactId, properties }], language);
    const outcome = outcomes.get(item.deliveryId);
    if (outcome?.kind !== 'delivered') return outcome ?? done;
  }
  await keepNote(context, check.check_id, { written: check.state });
  return done;
}
