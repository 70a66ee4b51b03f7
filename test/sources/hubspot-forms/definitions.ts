import fc from 'fast-check';

/** HubSpot form definitions as the specification and real life allow them, for property tests. */
type Json = Record<string, unknown>;

const TEXTS = [
  'First name',
  'What is your budget?',
  'الاسم الكامل',
  '您的姓氏是什么',
  'ชื่อของคุณคืออะไร',
  'आपका नाम क्या है?',
  '👨‍👩‍👧‍👦 Family',
  '<b>Bold</b> &amp; <i>brave</i>',
  '<p>Two</p><p>lines</p>',
  'A < B and C > D',
  "It's `quoted` ${form.x} 'text'",
  'Supercalifragilisticexpialidocious_and_then_some_more',
];

const label = fc.oneof(
  fc.constantFrom(...TEXTS),
  fc.array(fc.constantFrom(...TEXTS), { minLength: 2, maxLength: 12 }).map((parts) => parts.join(' ')),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constant(''),
);
const values = fc.uniqueArray(
  fc.oneof(
    fc.constantFrom(...TEXTS),
    fc.string({ minLength: 1, maxLength: 12 }),
    fc.nat(500).map((n) => `v${n}`),
  ),
  { minLength: 0, maxLength: 30, selector: (value) => value.trim() },
);
const OPERATORS = [
  'eq',
  'neq',
  'contains',
  'doesnt_contain',
  'str_starts_with',
  'str_ends_with',
  'lt',
  'lte',
  'gt',
  'gte',
  'between',
  'not_between',
  'within_time_reverse',
  'within_time',
  'set_any',
  'set_not_any',
  'set_all',
  'set_not_all',
  'set_eq',
  'set_neq',
  'is_not_empty',
  'made_up',
];
const TYPES = [
  'email',
  'phone',
  'mobile_phone',
  'single_line_text',
  'multi_line_text',
  'number',
  'single_checkbox',
  'multiple_checkboxes',
  'dropdown',
  'radio',
  'datepicker',
  'file',
  'payment_link_radio',
  'hologram',
];

const fieldFacts = fc.record({
  fieldType: fc.constantFrom(...TYPES),
  label,
  description: fc.oneof(fc.constant(''), label),
  placeholder: fc.oneof(fc.constant(''), label),
  required: fc.boolean(),
  hidden: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  objectTypeId: fc.constantFrom('0-1', '0-2', '0-5'),
  values,
  defaultValue: fc.oneof(fc.constant(undefined), fc.constant('true'), fc.string({ maxLength: 10 })),
  minDigits: fc.nat(3),
  maxDigits: fc.constantFrom(0, 15),
});

type Facts = typeof fieldFacts extends fc.Arbitrary<infer T> ? T : never;
type Tree = { facts: Facts; children: { operator: string; pick: number; tree: Tree }[] };

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.record({
    facts: fieldFacts,
    children: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'dependents' },
      fc.constant<Tree['children']>([]),
      fc.array(fc.record({ operator: fc.constantFrom(...OPERATORS), pick: fc.nat(20), tree: tie('tree') }), {
        maxLength: 3,
        depthIdentifier: 'dependents',
      }),
    ),
  }),
}));

/** Names are unique, as properties are. */
function toField({ facts, children }: Tree, next: () => number): Json {
  const isList = ['multiple_checkboxes', 'dropdown', 'radio', 'payment_link_radio'].includes(facts.fieldType);
  const options = facts.values.map((value, index) => ({ label: value, value, description: '', displayOrder: index }));
  return {
    objectTypeId: facts.objectTypeId,
    name: `property_${next()}`,
    label: facts.label,
    description: facts.description,
    placeholder: facts.placeholder,
    required: facts.required,
    hidden: facts.hidden,
    fieldType: facts.fieldType,
    ...(facts.defaultValue === undefined ? {} : { defaultValue: facts.defaultValue }),
    ...(isList ? { options, defaultValues: options.slice(0, facts.minDigits).map((option) => option.value) } : {}),
    validation: {
      minAllowedDigits: facts.minDigits,
      maxAllowedDigits: facts.maxDigits,
      blockedEmailDomains: ['blocked.test'],
      useDefaultBlockList: facts.required,
    },
    dependentFields: children.map(({ operator, pick, tree: child }) => {
      const value =
        facts.values[pick % Math.max(1, facts.values.length)] ?? ['true', 'CEO', '10', '2026-11-01'][pick % 4];
      return {
        dependentCondition: {
          operator,
          value,
          values: [value, facts.values[0] ?? 'x'],
          rangeStart: '1',
          rangeEnd: '500',
        },
        dependentField: toField(child, next),
      };
    }),
  };
}

const consent = fc.oneof(
  fc.constant({ type: 'none' }),
  fc.record({
    type: fc.constantFrom('explicit_consent_to_process', 'implicit_consent_to_process'),
    communicationConsentText: label,
    communicationsCheckboxes: fc.array(
      fc.record({ label, required: fc.boolean(), subscriptionTypeId: fc.nat(100_000) }),
      { maxLength: 7 },
    ),
    consentToProcessText: label,
    consentToProcessCheckboxLabel: label,
    consentToProcessFooterText: label,
    privacyText: fc.oneof(label, fc.constant('We keep your data safe. '.repeat(250))),
  }),
  fc.record({
    type: fc.constant('legitimate_interest'),
    lawfulBasis: fc.constantFrom('client', 'lead', 'other'),
    subscriptionTypeIds: fc.array(fc.nat(100_000), { minLength: 1, maxLength: 2 }),
    privacyText: label,
  }),
);

export const definitions: fc.Arbitrary<Json> = fc
  .record({
    groups: fc.array(
      fc.record({
        trees: fc.array(tree, { maxLength: 3 }),
        richText: fc.oneof(
          fc.constant(''),
          label,
          label.map((text) => `<h2>${text}</h2><p>${text}</p>`),
        ),
        groupType: fc.constantFrom('default_group', 'progressive', 'queued'),
      }),
      { maxLength: 12 },
    ),
    language: fc.constantFrom('en', 'de', 'ar', 'pt-br'),
    submit: label,
    consent,
  })
  .map(({ groups, language, submit, consent: legal }) => {
    let count = 0;
    const next = () => (count += 1);
    return {
      id: 'generated',
      name: 'Generated',
      formType: 'hubspot',
      archived: false,
      fieldGroups: groups.map((group) => ({
        groupType: group.groupType,
        richTextType: 'text',
        richText: group.richText,
        ...(group.trees.length > 0 ? { fields: group.trees.map((one) => toField(one, next)) } : {}),
      })),
      configuration: { language, recaptchaEnabled: false },
      displayOptions: { submitButtonText: submit },
      legalConsentOptions: legal,
    };
  });
