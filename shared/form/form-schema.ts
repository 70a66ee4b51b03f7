import { z } from 'zod';
import type { Condition, Definitions, Expression, Form, Question, Rule } from './form.ts';

/** zod schemas of the form model, for reading it back from the database. The types in form.ts stay the truth: each schema is checked against its type. */
export const conditionSchema: z.ZodType<Condition> = z.lazy(() =>
  z.discriminatedUnion('op', [
    z.object({ op: z.enum(['and', 'or']), conditions: z.array(conditionSchema) }),
    z.object({ op: z.literal('not'), condition: conditionSchema }),
    z.object({ op: z.literal('answered'), question: z.string() }),
    z.object({
      op: z.enum([
        'equals',
        'contains',
        'starts-with',
        'ends-with',
        'less',
        'less-or-equal',
        'greater',
        'greater-or-equal',
      ]),
      question: z.string(),
      value: z.string(),
    }),
    z.object({
      op: z.enum(['includes-any', 'includes-all', 'is-exactly']),
      question: z.string(),
      values: z.array(z.string()),
    }),
    z.object({ op: z.literal('date-within-days'), question: z.string(), from: z.number(), to: z.number() }),
    z.object({
      op: z.literal('compare'),
      comparison: z.enum(['equals', 'less', 'less-or-equal', 'greater', 'greater-or-equal']),
      left: expressionSchema,
      right: expressionSchema,
    }),
    z.object({ op: z.literal('constant'), value: z.boolean() }),
    z.object({ op: z.literal('ref'), name: z.string() }),
  ]),
);

export const expressionSchema: z.ZodType<Expression> = z.lazy(() =>
  z.discriminatedUnion('op', [
    z.object({ op: z.literal('number'), value: z.number() }),
    z.object({ op: z.literal('text'), value: z.string() }),
    z.object({ op: z.literal('answer'), question: z.string() }),
    z.object({ op: z.literal('hidden'), field: z.string() }),
    z.object({ op: z.literal('variable'), name: z.string() }),
    z.object({
      op: z.enum(['add', 'subtract', 'multiply', 'divide']),
      left: expressionSchema,
      right: expressionSchema,
    }),
    z.object({ op: z.literal('concat'), parts: z.array(expressionSchema) }),
    z.object({ op: z.literal('if'), condition: conditionSchema, then: expressionSchema, else: expressionSchema }),
    z.object({ op: z.literal('ref'), name: z.string() }),
  ]),
);

export const definitionsSchema: z.ZodType<Definitions> = z.object({
  conditions: z.record(z.string(), conditionSchema),
  values: z.record(z.string(), expressionSchema),
});

const ruleSchema: z.ZodType<Rule> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('jump'),
    after: z.string(),
    when: conditionSchema.optional(),
    to: z.union([z.object({ item: z.string() }), z.object({ end: z.string().nullable() })]),
  }),
  z.object({
    kind: z.literal('calculate'),
    after: z.string().nullable(),
    when: conditionSchema.optional(),
    variable: z.string(),
    operator: z.enum(['set', 'add', 'subtract', 'multiply', 'divide']),
    value: expressionSchema,
  }),
]);

const image = z.object({ url: z.string(), alt: z.string().optional() });
const choice = z.object({
  id: z.string(),
  label: z.string(),
  description: z.string().optional(),
  image: image.optional(),
});
const count = z.number().int().nonnegative();

const base = z.object({
  id: z.string(),
  label: z.string(),
  help: z.string().optional(),
  image: image.optional(),
  placeholder: z.string().optional(),
  required: z.boolean(),
  visibleWhen: conditionSchema.optional(),
  group: z.string().optional(),
  defaultValue: z.union([z.string(), z.array(z.string()), z.boolean()]).optional(),
  remarks: z.array(z.string()).optional(),
  origin: z.record(z.string(), z.unknown()),
});

const appointmentLink = {
  link: z.string(),
  minutes: z.number().int().positive(),
  timeZone: z.string(),
  zone: z.enum(['account', 'person']),
  noTimes: z.string(),
};

export const questionSchema: z.ZodType<Question> = z.discriminatedUnion('kind', [
  base.extend({
    kind: z.literal('short-text'),
    maxLength: count.optional(),
    minLength: count.optional(),
    pattern: z.string().optional(),
    patternHelp: z.string().optional(),
  }),
  base.extend({ kind: z.literal('long-text'), maxLength: count.optional() }),
  base.extend({
    kind: z.literal('email'),
    blockedDomains: z.array(z.string()).optional(),
    blockFreeProviders: z.boolean().optional(),
  }),
  base.extend({
    kind: z.literal('phone'),
    minDigits: count.optional(),
    maxDigits: count.optional(),
    defaultCountry: z.string().optional(),
  }),
  base.extend({ kind: z.literal('url') }),
  base.extend({
    kind: z.literal('number'),
    min: z.number().optional(),
    max: z.number().optional(),
    integer: z.boolean().optional(),
    step: z.number().optional(),
    minDigits: count.optional(),
    maxDigits: count.optional(),
  }),
  base.extend({ kind: z.literal('yes-no') }),
  base.extend({ kind: z.literal('checkbox'), mustAccept: z.boolean(), linkUrl: z.string().optional() }),
  base.extend({
    kind: z.literal('single-choice'),
    choices: z.array(choice),
    allowOther: z.boolean().optional(),
    style: z.enum(['list', 'menu']).optional(),
  }),
  base.extend({
    kind: z.literal('multi-choice'),
    choices: z.array(choice),
    allowOther: z.boolean().optional(),
    minSelected: count.optional(),
    maxSelected: count.optional(),
  }),
  base.extend({
    kind: z.literal('scale'),
    min: z.number(),
    max: z.number(),
    step: z.number().optional(),
    minLabel: z.string().optional(),
    maxLabel: z.string().optional(),
  }),
  base.extend({ kind: z.literal('ranking'), choices: z.array(choice) }),
  base.extend({
    kind: z.literal('date'),
    min: z.string().optional(),
    max: z.string().optional(),
    withoutYear: z.boolean().optional(),
  }),
  base.extend({ kind: z.literal('time') }),
  base.extend({ kind: z.literal('date-time'), withoutYear: z.boolean().optional() }),
  base.extend({ kind: z.literal('duration') }),
  base.extend({ kind: z.literal('appointment-day'), ...appointmentLink }),
  base.extend({ kind: z.literal('appointment'), ...appointmentLink }),
  base.extend({
    kind: z.literal('file'),
    multiple: z.boolean(),
    maxFiles: count.optional(),
    mimeTypes: z.array(z.string()).optional(),
  }),
  base.extend({ kind: z.literal('unsupported'), rawType: z.string() }),
]);

const statement = z.object({
  kind: z.literal('statement'),
  id: z.string(),
  title: z.string().optional(),
  text: z.string().optional(),
  image: image.optional(),
  linkUrl: z.string().optional(),
  isListed: z.boolean().optional(),
  visibleWhen: conditionSchema.optional(),
});

/** A form as it stands in `forms.model`. */
export const formSchema: z.ZodType<Form> = z.object({
  source: z.enum(['hubspot-forms', 'google-forms', 'typeform', 'surveymonkey']),
  sourceFormId: z.string(),
  name: z.string(),
  language: z.string(),
  revision: z.string(),
  welcome: statement.optional(),
  thankYou: z.object({ text: z.string().optional(), redirectUrl: z.string().optional() }).optional(),
  submitLabel: z.string().optional(),
  pages: z.array(
    z.object({
      id: z.string(),
      title: z.string().optional(),
      items: z.array(z.union([statement, questionSchema])),
    }),
  ),
  hidden: z.array(
    z.object({
      id: z.string(),
      label: z.string(),
      value: z.string().optional(),
      required: z.boolean().optional(),
      origin: z.record(z.string(), z.unknown()),
    }),
  ),
  consent: z
    .object({
      kind: z.enum(['explicit', 'implicit', 'legitimate-interest']),
      textVersion: z.string(),
      processingText: z.string().optional(),
      processingCheckboxLabel: z.string().optional(),
      processingFooter: z.string().optional(),
      communicationText: z.string().optional(),
      privacyText: z.string().optional(),
      communications: z.array(
        z.object({ id: z.string(), label: z.string(), required: z.boolean(), subscriptionTypeId: z.string() }),
      ),
      legalBasis: z.enum(['CUSTOMER', 'LEAD', 'OTHER']).optional(),
      subscriptionTypeIds: z.array(z.string()).optional(),
    })
    .optional(),
  rules: z.array(ruleSchema).optional(),
  variables: z.array(z.object({ id: z.string(), type: z.enum(['number', 'text']), initial: z.string() })).optional(),
  endings: z
    .array(
      z.object({
        id: z.string(),
        title: z.string().optional(),
        text: z.string().optional(),
        redirectUrl: z.string().optional(),
      }),
    )
    .optional(),
  groups: z
    .array(
      z.object({
        id: z.string(),
        label: z.string(),
        kind: z.enum(['matrix', 'address', 'contact-info', 'group']),
        members: z.array(z.string()),
        heading: z.string().optional(),
        remarks: z.array(z.string()).optional(),
      }),
    )
    .optional(),
  definitions: definitionsSchema.optional(),
  translation: z.object({ asked: z.string(), original: z.string() }).optional(),
  notices: z.array(z.object({ code: z.string(), message: z.string(), advice: z.string() })),
});
