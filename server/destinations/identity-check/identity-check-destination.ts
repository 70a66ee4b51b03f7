import { formLanguage } from '@flowella/shared/flow-words/form-language.ts';
import type { IdentityField, IdentityMapping, IdentityVendor } from '@flowella/shared/contract/identity.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import { BoundedCache } from '../../bounded-cache.ts';
import { portalLanguage, toLanguage, type Language } from '../../hubspot/language.ts';
import type { PortalKeys } from '../../keys/portal-keys.ts';
import type { SafeFetch } from '../../safe-fetch/safe-fetch.ts';
import { answeredQuestions } from '../answered-questions.ts';
import type { DeliveryItem, DeliveryOutcome, Destination, DestinationContext } from '../destination.ts';
import { eachLimited } from '../../each-limited.ts';
import { isSettled } from '../last-sent-at.ts';
import {
  claimMessage,
  ensureCheck,
  findCheck,
  keepMessage,
  keepParts,
  keepStarted,
  openLink,
  partsSchema,
  referenceOf,
  type CheckRow,
} from './checks.ts';
import { identityText, LINK_MESSAGE, type IdentityTextCode } from './identity-texts.ts';
import type { LinkSent, SendLink } from './send-link.ts';
import { findIdentityService, type IdentityService, type IdentityServices } from './services.ts';
import { toSubject, type CountryOf } from './subject.ts';
import { vendorCaller } from './vendors/call-vendor.ts';
import type { Started, VendorAnswer } from './vendors/vendor.ts';
import { VENDOR_NAMES, VENDORS } from './vendors/vendors.ts';

export type IdentityTools = {
  keys: PortalKeys;
  safeFetch: SafeFetch;
  standInUrl: string | null;
  sendLink: SendLink;
  countryOf: CountryOf;
};
type Problem = { question?: string; code: string; message: string };

const AT_ONCE = 4;
/** One round: two calls of the vendor's and a message take up most of a worker's deadline when both are slow. */
const BATCH_SIZE = AT_ONCE;
const PROBE_TTL_MS = 60_000;

/** Onfido makes no applicant without both names; the others take what there is. */
const REQUIRED: Partial<Record<IdentityVendor, readonly IdentityField[]>> = { onfido: ['firstName', 'lastName'] };
const NEEDS_TEMPLATE: readonly IdentityVendor[] = ['onfido', 'persona'];
const FIELD_TEXTS: Partial<Record<IdentityField, Record<Language, string>>> = {
  firstName: { en: 'first name', de: 'Vorname' },
  lastName: { en: 'last name', de: 'Nachname' },
};

/**
 * Starts an identity check at the vendor that the customer chose and sends its link on to the person. One check and one message for
 * each submission, however often it is tried: what may be there is looked up by our reference, and a message is claimed before it
 * is sent. The result comes later, by the vendor's call and `identity-result`.
 */
export function createIdentityCheckDestination(tools: IdentityTools): Destination {
  const probes = new BoundedCache<string, IdentityTextCode | null>({ max: 500, ttlMs: PROBE_TTL_MS });
  return {
    kind: 'identity-check',
    dependsOn: null,
    isOutside: true,
    batchSize: BATCH_SIZE,
    wanted: (mapping) => mapping.identityCheck?.enabled === true,
    check: (context, form, mapping) =>
      mapping.identityCheck?.enabled
        ? checkIdentityMapping(context, tools, probes, { form, mapping: mapping.identityCheck, kyc: mapping.kycRecord })
        : Promise.resolve([]),

    async deliver(context, items) {
      const language = await portalLanguage(context.db, context.portalId);
      return eachLimited(items, AT_ONCE, (item) => deliverOne(context, tools, item, language));
    },

    readBack: async (context, item) => lookUp(context, tools, item, await portalLanguage(context.db, context.portalId)),
  };
}

function servicesOf(context: DestinationContext, tools: IdentityTools): IdentityServices {
  return { db: context.db, keys: tools.keys, clock: context.clock, standInUrl: tools.standInUrl };
}

function callerOf(context: DestinationContext, tools: IdentityTools) {
  return vendorCaller(tools.safeFetch, { now: () => context.clock.now(), signal: context.signal });
}

async function deliverOne(
  context: DestinationContext,
  tools: IdentityTools,
  item: DeliveryItem,
  language: Language,
): Promise<DeliveryOutcome> {
  const { identityCheck } = item.mapping;
  const service = identityCheck
    ? await findIdentityService(servicesOf(context, tools), context.portalId, identityCheck.serviceId)
    : null;
  if (!identityCheck || !service) return dead('identity_service_gone', language);
  if (context.signal.aborted)
    return { kind: 'retry', code: 'identity_no_time_left', reason: identityText('identity_no_time_left', language) };
  const subject = toSubject(item, tools.countryOf);
  if ((REQUIRED[service.vendor] ?? []).some((field) => subject[field] === undefined))
    return dead('identity_answers_missing', language, service.vendor);
  const where = { ...context, keys: tools.keys };
  const check = await ensureCheck(where, { submissionId: item.submissionId, service, subject });
  if (!check) return dead('identity_no_check', language);
  if (check.vendor_reference === null) {
    const started = await VENDORS[service.vendor].start(
      callerOf(context, tools),
      service,
      {
        reference: referenceOf(check),
        template: identityCheck.template,
        subject,
        parts: partsSchema.parse(check.parts),
      },
      (parts) => keepParts(context, check.check_id, parts),
    );
    if (started.kind !== 'ok') return toOutcome(started, service.vendor, language);
    await keepStarted(where, check.check_id, started.value);
  }
  return sendOn(context, tools, item, { service, identityCheck, language });
}

/** The message, once: whoever finds it claimed leaves it, since what was sent cannot be looked up at Meta (flow-rules.md section 7). */
async function sendOn(
  context: DestinationContext,
  tools: IdentityTools,
  item: DeliveryItem,
  o: { service: IdentityService; identityCheck: IdentityMapping; language: Language },
): Promise<DeliveryOutcome> {
  const check = await findCheck(context, item.submissionId);
  const dataKey = await tools.keys.dataKey(context.portalId);
  const link = check ? openLink(dataKey, check) : null;
  if (!check || check.vendor_reference === null) return dead('identity_no_check', o.language);
  const done: DeliveryOutcome = { kind: 'delivered', remoteId: check.vendor_reference };
  if (check.message_state === 'sending') await keepMessage(context, check.check_id, { state: 'unknown', code: null });
  if (check.message_state !== null || link === null) return done;
  const sent = await tools.sendLink({
    portalId: context.portalId,
    flowId: item.flowId,
    personId: item.person.personId,
    checkId: check.check_id,
    link,
    message: o.identityCheck.message ?? LINK_MESSAGE[messageLanguage(item)],
    template: o.service.linkTemplate,
    acceptedAt: item.acceptedAt,
    claim: () => claimMessage(context, check.check_id),
  });
  if (sent.kind === 'later') {
    const code = 'identity_window_opens';
    return { kind: 'retry', code, reason: identityText(code, o.language), retryAfterMs: sent.retryAfterMs };
  }
  await keepSent(context, check, sent);
  return done;
}

async function keepSent(context: DestinationContext, check: CheckRow, sent: LinkSent): Promise<void> {
  switch (sent.kind) {
    case 'accepted':
    case 'unknown':
      return keepMessage(context, check.check_id, { state: sent.kind, code: null });
    case 'failed':
    case 'by_rep':
      return keepMessage(context, check.check_id, { state: sent.kind, code: sent.code });
    case 'later':
    case 'taken':
  }
}

/** The person's own language where they told it, else the form's. */
function messageLanguage(item: DeliveryItem): Language {
  return toLanguage(item.origin.locale ?? undefined, formLanguage(item.form));
}

/** After an attempt that nobody knows the end of: takes over what is there, and says that it may be tried when nothing is. */
async function lookUp(
  context: DestinationContext,
  tools: IdentityTools,
  item: DeliveryItem,
  language: Language,
): Promise<DeliveryOutcome | null> {
  const check = await findCheck(context, item.submissionId);
  // Nothing was sent without it, and what has its reference goes on with the message.
  if (!check || check.vendor_reference !== null) return null;
  const service = await findIdentityService(servicesOf(context, tools), context.portalId, check.service_id);
  const vendor = service ? VENDORS[service.vendor] : null;
  if (!service || !vendor?.find) return null;
  const settled = await isSettled(context, item);
  const found: VendorAnswer<Started | null> = await vendor.find(callerOf(context, tools), service, {
    reference: referenceOf(check),
    parts: partsSchema.parse(check.parts),
    since: check.created_at,
  });
  if (found.kind !== 'ok') return notLookedUp(toOutcome(found, service.vendor, language));
  if (found.value) await keepStarted({ ...context, keys: tools.keys }, check.check_id, found.value);
  if (found.value || settled) return null;
  const code = 'identity_no_answer';
  return { kind: 'unknown', code, reason: identityText(code, language, { vendor: VENDOR_NAMES[service.vendor] }) };
}

/** As long as nobody could look, nothing is known. */
function notLookedUp(outcome: DeliveryOutcome): DeliveryOutcome {
  return outcome.kind === 'retry' ? { kind: 'unknown', code: outcome.code, reason: outcome.reason } : outcome;
}

/** What a vendor's refusal means for the delivery. */
export function toOutcome(
  answer: Exclude<VendorAnswer<unknown>, { kind: 'ok' }>,
  vendor: IdentityVendor,
  language: Language,
): DeliveryOutcome {
  const { kind, code, status } = answer;
  const reason = identityText(code, language, { vendor: VENDOR_NAMES[vendor], status });
  const pause = kind === 'retry' && answer.retryAfterMs !== undefined ? { retryAfterMs: answer.retryAfterMs } : {};
  return { kind, code, reason, ...pause };
}

function dead(code: IdentityTextCode, language: Language, vendor?: IdentityVendor): DeliveryOutcome {
  return { kind: 'dead', code, reason: identityText(code, language, vendor ? { vendor: VENDOR_NAMES[vendor] } : {}) };
}

async function checkIdentityMapping(
  context: DestinationContext,
  tools: IdentityTools,
  probes: BoundedCache<string, IdentityTextCode | null>,
  o: { form: Form; mapping: IdentityMapping; kyc: { enabled: boolean } },
): Promise<Problem[]> {
  const language = await portalLanguage(context.db, context.portalId);
  const service = await findIdentityService(servicesOf(context, tools), context.portalId, o.mapping.serviceId);
  if (!service) return [{ code: 'identity_service_gone', message: identityText('identity_service_gone', language) }];
  const vendor = VENDOR_NAMES[service.vendor];
  const say = (code: IdentityTextCode, fields = ''): Problem => ({
    code,
    message: identityText(code, language, { vendor, fields, status: 401 }),
  });
  const problems = questionProblems(o.form, o.mapping, language);
  if (!o.kyc.enabled) problems.push(say('identity_needs_kyc'));
  if (service.webhookSecret === null) problems.push(say('identity_no_webhook_secret'));
  if (NEEDS_TEMPLATE.includes(service.vendor) && o.mapping.template === '') problems.push(say('identity_no_template'));
  const missing = (REQUIRED[service.vendor] ?? []).filter((field) => o.mapping.fields[field] === undefined);
  if (missing.length > 0) {
    const names = missing.map((field) => FIELD_TEXTS[field]?.[language] ?? field);
    problems.push(say('identity_fields_missing', names.join(', ')));
  }
  const refused = await probes.get(`${service.serviceId} ${service.updatedAt.getTime()}`, async () => {
    const answer = await VENDORS[service.vendor].probe(callerOf(context, tools), service);
    // Only a refusal of the key is the customer's: a fault of the vendor's does not keep a flow from being published.
    return answer.kind === 'held' ? answer.code : null;
  });
  if (refused) problems.push(say(refused));
  return problems;
}

function questionProblems(form: Form, mapping: IdentityMapping, language: Language): Problem[] {
  const questions = answeredQuestions(form);
  const lines = Object.entries(mapping.fields).flatMap(([field, ids]) => (ids ?? []).map((id) => ({ field, id })));
  return lines.flatMap(({ field, id }): Problem[] => {
    const question = questions.get(id);
    const isDate = question?.kind === 'date' || question?.kind === 'date-time';
    const code = !question
      ? 'identity_unknown_question'
      : field === 'birthDate' && !isDate
        ? 'identity_not_a_date'
        : null;
    return code ? [{ question: id, code, message: identityText(code, language) }] : [];
  });
}
