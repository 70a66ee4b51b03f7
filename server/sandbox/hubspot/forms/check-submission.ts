import { isIP } from 'node:net';
import { z } from 'zod';
import { isCalendarDate, isEmail } from '../crm/property-values.ts';
import { allFields, type FormDefinition, type FormField, type PlacedField } from './form-definition.ts';
import { holds } from './holds.ts';

/** The error types of the submission host (hubspot-platform.md section 5.8). */
export type SubmissionProblem = { message: string; errorType: string };

const text = z.string();
const communication = z.strictObject({
  value: z.boolean(),
  subscriptionTypeId: z.union([z.number().int(), z.string().regex(/^\d+$/).transform(Number)]),
  text: text.optional(),
});

/** The body of a submission; unknown fields are refused. Values are text; HubSpot takes numbers and booleans too. */
export const submissionBody = z.strictObject({
  submittedAt: z.union([z.number().int(), z.string().regex(/^\d+$/).transform(Number)]).optional(),
  fields: z.array(
    z.strictObject({
      objectTypeId: text.default('0-1'),
      name: text,
      value: z.union([text, z.number().transform(String), z.boolean().transform(String)]),
    }),
  ),
  context: z
    .strictObject({
      hutk: text.optional(),
      ipAddress: text.optional(),
      pageUri: text.optional(),
      pageName: text.optional(),
      pageId: text.optional(),
      sfdcCampaignId: text.optional(),
      goToWebinarWebinarKey: text.optional(),
    })
    .optional(),
  legalConsentOptions: z.unknown().optional(),
});
export type SubmissionBody = z.output<typeof submissionBody>;

const consentOptions = z.union([
  z.strictObject({
    consent: z.strictObject({
      consentToProcess: z.boolean(),
      text: text.optional(),
      communications: z.array(communication).optional(),
    }),
  }),
  z.strictObject({
    legitimateInterest: z.strictObject({
      value: z.boolean(),
      subscriptionTypeId: z.number().int(),
      legalBasis: z.enum(['CUSTOMER', 'LEAD']),
      text: text.optional(),
    }),
  }),
]);

const MAX_FIELDS = 1_000;
const MAX_CHARACTERS = 65_536;
/** "At most one month old"; how HubSpot counts the month is not described. */
const MAX_AGE_MS = 31 * 86_400_000;
const MAX_AHEAD_MS = 60_000;
/** A few of the free mail providers that HubSpot's default block list names. */
const DEFAULT_BLOCKED = [
  'gmail.com',
  'googlemail.com',
  'yahoo.com',
  'hotmail.com',
  'outlook.com',
  'aol.com',
  'icloud.com',
  'gmx.de',
  'web.de',
  'qq.com',
  'mail.ru',
];

/** Every reason to refuse a submission; none when it is taken. */
export function checkSubmission(form: FormDefinition, body: SubmissionBody, nowMs: number): SubmissionProblem[] {
  if (form.configuration.recaptchaEnabled) {
    return [
      {
        message: 'The form has reCAPTCHA enabled; it does not accept submissions through the API.',
        errorType: 'FORM_HAS_RECAPTCHA_ENABLED',
      },
    ];
  }
  if (body.fields.length > MAX_FIELDS) {
    return [
      {
        message: `More than ${MAX_FIELDS} values were submitted.`,
        errorType: 'MAX_NUMBER_OF_SUBMITTED_VALUES_EXCEEDED',
      },
    ];
  }
  const placed = allFields(form);
  return [
    ...body.fields.flatMap((given) => checkGiven(placed, given)),
    ...checkRequired(placed, body, nowMs),
    ...checkTime(body.submittedAt, nowMs),
    ...checkContext(body.context ?? {}),
    ...checkConsent(form, body.legalConsentOptions),
  ];
}

type Given = SubmissionBody['fields'][number];

function checkGiven(placed: readonly PlacedField[], given: Given): SubmissionProblem[] {
  const field = placed.find(
    (one) => one.field.name === given.name && one.field.objectTypeId === given.objectTypeId,
  )?.field;
  const refuse = (message: string, errorType: string): SubmissionProblem[] => [
    { message: `Error in 'fields.${given.name}'. ${message}`, errorType },
  ];
  if (!field) return refuse(`Field '${given.name}' is not in the form definition`, 'FIELD_NOT_IN_FORM_DEFINITION');
  if (given.value.length > MAX_CHARACTERS) return refuse('Input is too large', 'INPUT_TOO_LARGE');
  if (given.value === '') return [];
  switch (field.fieldType) {
    case 'email':
      return checkEmail(field, given.value, refuse);
    case 'number':
      return checkNumber(field, given.value, refuse);
    case 'dropdown':
    case 'radio':
    case 'payment_link_radio':
      return checkChosen(field, [given.value], refuse);
    case 'multiple_checkboxes':
      return checkChosen(field, given.value.split(';').filter(Boolean), refuse);
    case 'single_checkbox':
      return /^(true|false)$/i.test(given.value)
        ? []
        : refuse(`Value '${given.value}' is not in the field definition`, 'VALUE_NOT_IN_FIELD_DEFINITION');
    case 'datepicker':
      return isFormDate(given.value)
        ? []
        : refuse(`'${given.value}' is not a valid date`, 'VALUE_NOT_IN_FIELD_DEFINITION');
    case 'file':
      return given.value.split(';').every(isWebAddress)
        ? []
        : refuse('A file is given by its URL', 'VALUE_NOT_IN_FIELD_DEFINITION');
    default:
      return [];
  }
}

type Refuse = (message: string, errorType: string) => SubmissionProblem[];

function checkEmail(field: FormField, value: string, refuse: Refuse): SubmissionProblem[] {
  const email = value.trim().toLowerCase();
  if (!isEmail(email)) return refuse('Invalid email address', 'INVALID_EMAIL');
  const domain = email.split('@')[1] ?? '';
  const blocked = [
    ...(field.validation?.blockedEmailDomains ?? []),
    ...(field.validation?.useDefaultBlockList ? DEFAULT_BLOCKED : []),
  ];
  return blocked.includes(domain) ? refuse('The email domain is blocked', 'BLOCKED_EMAIL') : [];
}

function checkNumber(field: FormField, value: string, refuse: Refuse): SubmissionProblem[] {
  if (!/^[+-]?\d+(\.\d+)?$/.test(value.trim())) return refuse(`'${value}' is not a valid number`, 'INVALID_NUMBER');
  const digits = value.replace(/\D/g, '').length;
  const { minAllowedDigits = 0, maxAllowedDigits } = field.validation ?? {};
  return digits < minAllowedDigits ||
    (maxAllowedDigits !== undefined && maxAllowedDigits > 0 && digits > maxAllowedDigits)
    ? refuse(`'${value}' is out of range`, 'NUMBER_OUT_OF_RANGE')
    : [];
}

function checkChosen(field: FormField, chosen: readonly string[], refuse: Refuse): SubmissionProblem[] {
  const allowed = (field.options ?? []).map((option) => option.value);
  const unknown = chosen.find((value) => !allowed.includes(value));
  return unknown === undefined
    ? []
    : refuse(`Value '${unknown}' is not in the field definition`, 'VALUE_NOT_IN_FIELD_DEFINITION');
}

/** A dependent field is asked for only while every condition above it holds. */
function checkRequired(placed: readonly PlacedField[], body: SubmissionBody, nowMs: number): SubmissionProblem[] {
  const answerOf = (field: FormField): string =>
    body.fields.find((given) => given.name === field.name && given.objectTypeId === field.objectTypeId)?.value ?? '';
  return placed
    .filter(({ field, shownWhen }) => {
      if (!field.required || shownWhen.some(({ parent, condition }) => !holds(condition, answerOf(parent), nowMs)))
        return false;
      const answer = answerOf(field).trim();
      return answer === '' || (field.fieldType === 'single_checkbox' && answer.toLowerCase() === 'false');
    })
    .map(({ field }) => ({
      message: `Error in 'fields.${field.name}'. Required field '${field.name}' is missing`,
      errorType: 'REQUIRED_FIELD',
    }));
}

function checkTime(submittedAt: number | undefined, nowMs: number): SubmissionProblem[] {
  if (submittedAt === undefined) return [];
  if (submittedAt <= nowMs + MAX_AHEAD_MS && submittedAt >= nowMs - MAX_AGE_MS) return [];
  return [
    {
      message: "Error in 'submittedAt'. It must lie within the last month and not in the future",
      errorType: 'INVALID_METADATA',
    },
  ];
}

function checkContext(context: NonNullable<SubmissionBody['context']>): SubmissionProblem[] {
  const problems: SubmissionProblem[] = [];
  const refuse = (name: string, errorType: string, message: string): void =>
    void problems.push({ message: `Error in 'context.${name}'. ${message}`, errorType });
  // No visitor ever came through a browser here: any cookie is foreign.
  if (context.hutk !== undefined) refuse('hutk', 'INVALID_HUTK', 'The tracking cookie is unknown');
  if (context.ipAddress !== undefined && isIP(context.ipAddress) === 0)
    refuse('ipAddress', 'INVALID_IP_ADDRESS', 'Invalid IP address');
  if (context.pageUri !== undefined && !isWebAddress(context.pageUri))
    refuse('pageUri', 'INVALID_PAGE_URI', 'Invalid page URI');
  if (context.goToWebinarWebinarKey !== undefined)
    refuse('goToWebinarWebinarKey', 'INVALID_GOTOWEBINAR_WEBINAR_KEY', 'Unknown webinar');
  return problems;
}

function checkConsent(form: FormDefinition, given: unknown): SubmissionProblem[] {
  const wanted = form.legalConsentOptions;
  const problem = (errorType: string, message: string): SubmissionProblem[] => [
    { message: `Error in 'legalConsentOptions'. ${message}`, errorType },
  ];
  if (given === undefined || given === null) {
    switch (wanted.type) {
      case 'none':
        return [];
      case 'legitimate_interest':
        return problem('MISSING_LEGITIMATE_INTEREST_TEXT', 'The legitimate interest is missing');
      case 'explicit_consent_to_process':
      case 'implicit_consent_to_process':
        return problem('MISSING_PROCESSING_CONSENT', 'Consent to process is missing');
    }
  }
  const parsed = consentOptions.safeParse(given);
  if (!parsed.success) return problem('INVALID_LEGAL_OPTION_FORMAT', 'Invalid format');
  return 'consent' in parsed.data
    ? checkGivenConsent(form, parsed.data.consent, problem)
    : checkInterest(form, parsed.data.legitimateInterest.text, problem);
}

type Problem = (errorType: string, message: string) => SubmissionProblem[];
type Consent = {
  consentToProcess: boolean;
  text?: string | undefined;
  communications?: z.output<typeof communication>[] | undefined;
};

function checkGivenConsent(form: FormDefinition, consent: Consent, problem: Problem): SubmissionProblem[] {
  const wanted = form.legalConsentOptions;
  if (wanted.type === 'legitimate_interest')
    return problem('INVALID_LEGAL_OPTION_FORMAT', 'The form asks for a legitimate interest');
  const communications = consent.communications ?? [];
  const ids = communications.map((one) => one.subscriptionTypeId);
  const offered = (wanted.communicationsCheckboxes ?? []).map((box) => box.subscriptionTypeId);
  const unticked = (wanted.communicationsCheckboxes ?? []).filter(
    (box) =>
      box.required && !communications.some((one) => one.subscriptionTypeId === box.subscriptionTypeId && one.value),
  );
  return [
    ...(consent.consentToProcess ? [] : problem('MISSING_PROCESSING_CONSENT', 'Consent to process was not given')),
    ...(consent.text?.trim() ? [] : problem('MISSING_PROCESSING_CONSENT_TEXT', 'The text of the consent is missing')),
    ...(communications.every((one) => one.text?.trim())
      ? []
      : problem('MISSING_COMMUNICATION_CONSENT_TEXT', 'The text of a communication consent is missing')),
    ...(new Set(ids).size === ids.length
      ? []
      : problem('DUPLICATE_SUBSCRIPTION_TYPE_ID', 'A subscription type is given twice')),
    ...(wanted.type === 'none' || ids.every((id) => offered.includes(id))
      ? []
      : problem('INVALID_LEGAL_OPTION_FORMAT', 'Unknown subscription type')),
    ...unticked.flatMap((box) =>
      problem('REQUIRED_FIELD', `The required communication consent ${box.subscriptionTypeId} is missing`),
    ),
  ];
}

function checkInterest(form: FormDefinition, given: string | undefined, problem: Problem): SubmissionProblem[] {
  const { type } = form.legalConsentOptions;
  if (type !== 'legitimate_interest' && type !== 'none')
    return problem('MISSING_PROCESSING_CONSENT', 'The form asks for consent to process');
  return given?.trim()
    ? []
    : problem('MISSING_LEGITIMATE_INTEREST_TEXT', 'The text of the legitimate interest is missing');
}

/** Both spellings are taken: milliseconds at midnight UTC, or a calendar date. */
function isFormDate(value: string): boolean {
  return /^-?\d{5,15}$/.test(value) ? Number(value) % 86_400_000 === 0 : isCalendarDate(value);
}

function isWebAddress(value: string): boolean {
  try {
    return ['http:', 'https:'].includes(new URL(value).protocol);
  } catch {
    return false;
  }
}
