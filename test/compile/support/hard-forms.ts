/**
 * HubSpot form definitions as hard as real life makes them, built by script: each one names what is difficult about it.
 * They are what `GET /marketing/v3/forms/{formId}` could return, or a little worse.
 */
type Json = Record<string, unknown>;

let counter = 0;

export function field(fieldType: string, extra: Json = {}): Json {
  counter += 1;
  return {
    objectTypeId: '0-1',
    name: `field_${counter}`,
    label: `Question ${counter}`,
    required: false,
    hidden: false,
    fieldType,
    dependentFields: [],
    ...extra,
  };
}

export function form(groups: unknown[], extra: Json = {}): Json {
  counter = 0;
  return {
    id: '0f6a2f0e-9d3b-4a52-8a0f-1d2c3b4a5e6f',
    name: 'Copy of LEADS 2024 final (2) - DO NOT TOUCH',
    createdAt: '2024-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    archived: false,
    formType: 'hubspot',
    fieldGroups: groups,
    configuration: {
      language: 'en',
      recaptchaEnabled: false,
      postSubmitAction: { type: 'thank_you', value: 'Thanks' },
    },
    displayOptions: { submitButtonText: 'Submit' },
    legalConsentOptions: { type: 'none' },
    ...extra,
  };
}

function group(fields: unknown[], extra: Json = {}): Json {
  return { groupType: 'default_group', richTextType: 'text', fields, ...extra };
}

/** One group per field, as HubSpot keeps fields that stand below each other. */
function column(fields: unknown[]): Json[] {
  return fields.map((one) => group([one]));
}

function option(value: string, label: string = value, extra: Json = {}): Json {
  return { label, value, description: '', displayOrder: -1, ...extra };
}

function options(count: number, labelOf: (index: number) => string = (index) => `Choice ${index + 1}`): Json[] {
  return Array.from({ length: count }, (_, index) => option(`v${index + 1}`, labelOf(index)));
}

function dependent(dependentField: Json, operator: string, rest: Json = {}): Json {
  return { dependentCondition: { operator, values: [], ...rest }, dependentField };
}

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
];
const THIRTEEN = [
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
];
const OPERAND: Record<string, string> = {
  number: '1000',
  datepicker: '1764547200000',
  phone: '+493012345678',
  mobile_phone: '+4915112345678',
  single_checkbox: 'true',
  email: 'a@firm.test',
  single_line_text: '15',
  multi_line_text: '15',
};
const LONG = 'Please describe in your own words what you would like us to know about your company and its plans';
const LAW = 'By ticking this box you agree that <a href="https://www.example.com/privacy">we keep your data</a>. ';

/** Every operator over one type of parent, all dependants required. */
function everyOperatorOver(fieldType: string): Json {
  const value = OPERAND[fieldType] ?? 'v2';
  const dependants = OPERATORS.map((operator, index) =>
    dependent(
      field('single_line_text', { name: `dep_${index}`, label: `When ${operator}`, required: true }),
      operator,
      {
        value,
        values: [value, 'v3'],
        rangeStart: fieldType === 'datepicker' ? '1700000000000' : '10',
        rangeEnd: fieldType === 'datepicker' ? '1900000000000' : '2000',
      },
    ),
  );
  return form([group([field(fieldType, { name: 'parent', options: options(5), dependentFields: dependants })])]);
}

function nested(depth: number): Json {
  const types = ['radio', 'multiple_checkboxes', 'single_line_text', 'number', 'single_checkbox', 'dropdown'];
  const make = (level: number): Json =>
    field(types[level % types.length] ?? 'radio', {
      name: `level_${level}`,
      label: `Level ${level}: ${LONG.slice(0, 10 + 15 * level)}`,
      required: true,
      options: options(4),
      dependentFields:
        level + 1 < depth
          ? [
              dependent(make(level + 1), level % 2 === 0 ? 'set_any' : 'is_not_empty', {
                values: ['v1', 'v2', 'true'],
              }),
              dependent(field('single_line_text', { name: `side_${level}`, required: true }), 'eq', {
                value: 'v3',
                values: [],
              }),
            ]
          : [],
    });
  return form([group([make(0)])]);
}

function consent(kind: string, extra: Json = {}): Json {
  return {
    type: kind,
    subscriptionTypeIds: [41001],
    lawfulBasis: 'lead',
    communicationConsentText: LAW.repeat(10),
    communicationsCheckboxes: [
      { subscriptionTypeId: 41001, label: `${LONG}: newsletter`, required: false },
      { subscriptionTypeId: 41002, label: 'News', required: true },
      { subscriptionTypeId: 41003, label: '<p>Calls &amp; <b>letters</b></p>', required: false },
    ],
    consentToProcessText: LAW.repeat(30),
    consentToProcessCheckboxLabel: LAW,
    consentToProcessFooterText: 'You can take this back at any time. '.repeat(20),
    privacyText: LAW.repeat(30),
    ...extra,
  };
}

const NAME = field('single_line_text', { name: 'firstname', label: 'First name', required: true });

/** Definitions by what is hard about them. */
export const HARD_FORMS: Record<string, Json> = {
  'all thirteen types, required, at once': form(
    column(
      THIRTEEN.map((type, index) =>
        field(type, { name: `t${index}`, label: `A ${type} here`, required: true, options: options(4) }),
      ),
    ),
  ),
  'all thirteen types with labels of 200 characters': form(
    column(
      THIRTEEN.map((type, index) =>
        field(type, { name: `t${index}`, label: `${index} ${LONG} ${LONG}`.slice(0, 200), options: options(4) }),
      ),
    ),
  ),
  'all thirteen types with labels of 600 characters and help as long': form(
    column(
      THIRTEEN.map((type, index) =>
        field(type, {
          name: `t${index}`,
          label: `${LONG} `.repeat(6),
          description: `${LONG} `.repeat(6),
          options: options(4),
        }),
      ),
    ),
  ),
  'labels that are empty, HTML, emoji or blank': form(
    column(
      [
        '',
        ' ',
        '<b></b>',
        '<p>&nbsp;</p>',
        '\u200b',
        '👨‍👩‍👧‍👦',
        '🎉'.repeat(40),
        '<script>alert(1)</script>',
        '<img src="x.png">',
      ].flatMap((label, index) =>
        ['single_line_text', 'dropdown', 'multiple_checkboxes', 'single_checkbox', 'datepicker'].map((type) =>
          field(type, { name: `${type}_${index}`, label, options: options(3) }),
        ),
      ),
    ),
  ),
  'references and expressions in every text': form(
    [
      group(
        [
          field('single_line_text', {
            name: 'a',
            label: '${form.b}',
            description: '`${data.init}`',
            placeholder: '${data.x}',
          }),
        ],
        { richText: '<h2>${screen.A.form.b}</h2><p>`1 == 1`</p>' },
      ),
      ...column([
        field('radio', {
          name: 'b',
          label: '`true`',
          options: [
            option('${form.a}', '${form.a}'),
            option('`x`', '`x`'),
            option("it's", "it's"),
            option('a\\b', 'a\\b'),
            option('"q"', '"q"'),
          ],
        }),
        field('multiple_checkboxes', {
          name: 'c',
          label: '`${form.a} == 1`',
          options: [option('${data.c}'), option('`d`', '`d`', { description: '`${data.e}`' })],
        }),
      ]),
    ],
    {
      displayOptions: { submitButtonText: '`${form.a}`' },
      legalConsentOptions: consent('implicit_consent_to_process', { privacyText: '${data.privacy}' }),
    },
  ),
  'options with the same value, the same label, no label, no value': form(
    column([
      field('radio', {
        name: 'twice',
        required: true,
        options: [option('a', 'Same'), option('a', 'Same'), option('a #2', 'Same'), option('b', 'Same')],
      }),
      field('dropdown', {
        name: 'nolabel',
        options: [option('x', ''), option('y', '<b></b>'), option('', 'No value'), option('z', ' ')],
      }),
      field('multiple_checkboxes', {
        name: 'nulls',
        options: [
          { label: null, value: 'n1' },
          { value: 'n2' },
          { label: 'L3' },
          null,
          'text',
          { label: 'four', value: 4 },
        ],
      }),
    ]),
  ),
  'options that differ only after 30 characters': form(
    column(
      ['radio', 'dropdown', 'multiple_checkboxes'].map((type) =>
        field(type, {
          name: type,
          label: 'Which plan?',
          options: options(12, (index) => `The very same beginning of all choices, number ${index + 1}`),
        }),
      ),
    ),
  ),
  'options of 600 characters and of graphemes': form(
    column([
      field('radio', { name: 'long', label: 'Which?', options: options(3, (index) => `${index} ${LONG} `.repeat(6)) }),
      field('dropdown', {
        name: 'family',
        label: '👨‍👩‍👧‍👦 which?',
        options: options(5, (index) => `${'👨‍👩‍👧‍👦'.repeat(6)}${index}`),
      }),
      field('multiple_checkboxes', {
        name: 'thai',
        label: 'ภาษา',
        options: options(5, (index) => `${'กำลังเรียนรู้ภาษาไทย'.repeat(3)}${index}`),
      }),
    ]),
  ),
  ...Object.fromEntries(
    [0, 1, 2, 20, 21, 27, 200, 201, 249, 400, 401, 5_000].map((count) => [
      `lists of ${count} options`,
      form(
        column(
          ['dropdown', 'radio', 'multiple_checkboxes'].flatMap((type) =>
            [true, false].map((required) =>
              field(type, {
                name: `${type}_${String(required)}`,
                label: 'Choose from the list below',
                required,
                options: options(count),
              }),
            ),
          ),
        ),
      ),
    ]),
  ),
  ...Object.fromEntries(THIRTEEN.map((type) => [`every operator over ${type}`, everyOperatorOver(type)])),
  'dependants of dependants, six levels': nested(6),
  'dependants of hidden fields, with and without a value': form([
    group([
      field('single_line_text', {
        name: 'hidden_yes',
        hidden: true,
        defaultValue: 'gold',
        dependentFields: [
          dependent(field('single_line_text', { name: 'when_gold', label: 'Gold number', required: true }), 'eq', {
            value: 'gold',
          }),
          dependent(field('single_line_text', { name: 'when_silver', label: 'Silver number', required: true }), 'eq', {
            value: 'silver',
          }),
          dependent(
            field('single_line_text', { name: 'hidden_child', hidden: true, defaultValue: 'child' }),
            'is_not_empty',
          ),
        ],
      }),
      field('multiple_checkboxes', {
        name: 'hidden_many',
        hidden: true,
        defaultValues: ['v1', 'v2'],
        options: options(3),
        dependentFields: [
          dependent(field('number', { name: 'when_v1', required: true }), 'set_any', { values: ['v1'] }),
          dependent(field('number', { name: 'when_not', required: true }), 'set_not_any', { values: ['v1'] }),
        ],
      }),
      field('dropdown', {
        name: 'hidden_no',
        hidden: true,
        options: options(3),
        dependentFields: [dependent(field('email', { name: 'when_empty', required: true }), 'is_not_empty')],
      }),
    ]),
    group([NAME]),
  ]),
  'hidden fields: required without a value, every type, defaults that are lists': form([
    ...column(
      THIRTEEN.map((type, index) =>
        field(type, {
          name: `h${index}`,
          hidden: true,
          required: true,
          options: options(3),
          ...(index % 2 ? { defaultValue: 'v1' } : {}),
        }),
      ),
    ),
    group([NAME]),
  ]),
  'the same property twice, once hidden, once dependent': form([
    group([
      field('single_line_text', { name: 'company', label: 'Company', required: false }),
      field('radio', {
        name: 'kind',
        options: options(3),
        dependentFields: [
          dependent(field('single_line_text', { name: 'company', label: 'Company (again)', required: true }), 'eq', {
            value: 'v1',
          }),
          dependent(field('single_line_text', { name: 'vat', label: 'VAT number', required: true }), 'eq', {
            value: 'v1',
          }),
          dependent(field('single_line_text', { name: 'vat', label: 'VAT number', required: true }), 'eq', {
            value: 'v2',
          }),
        ],
      }),
    ]),
    group([
      field('single_line_text', { name: 'source', label: 'Source', hidden: true, defaultValue: 'web' }),
      field('single_line_text', { name: 'source', label: 'How did you find us?' }),
    ]),
    group([
      field('single_line_text', { name: 'region', label: 'Region' }),
      field('single_line_text', { name: 'region', label: 'Region', hidden: true, defaultValue: 'EMEA' }),
    ]),
  ]),
  'the same property name on contact, company and ticket': form(
    column(
      ['0-1', '0-2', '0-5', '2-123456'].flatMap((objectTypeId) => [
        field('single_line_text', { objectTypeId, name: 'name', label: `Name (${objectTypeId})`, required: true }),
        field('dropdown', { objectTypeId, name: 'industry', label: 'Industry', options: options(30) }),
        field('multi_line_text', {
          objectTypeId,
          name: 'content',
          label: 'Ticket description, as long as you need it to be',
        }),
      ]),
    ),
  ),
  'defaults that fit no more': form(
    column([
      field('dropdown', { name: 'gone', defaultValue: 'gone', options: options(3) }),
      field('radio', { name: 'gone2', defaultValues: ['gone', 'v1'], options: options(3) }),
      field('multiple_checkboxes', { name: 'some_gone', defaultValues: ['v1', 'gone'], options: options(3) }),
      field('multiple_checkboxes', { name: 'joined', defaultValue: 'v1;v2', options: options(3) }),
      field('datepicker', { name: 'date', defaultValue: '2026-02-30' }),
      field('datepicker', { name: 'date2', defaultValue: 1_764_547_200_000 }),
      field('number', {
        name: 'number',
        defaultValue: 'twelve',
        validation: { minAllowedDigits: 5, maxAllowedDigits: 3 },
      }),
      field('number', {
        name: 'number2',
        defaultValue: '12',
        validation: { minAllowedDigits: 2, maxAllowedDigits: 4 },
      }),
      field('phone', { name: 'phone', defaultValue: 'call me' }),
      field('email', { name: 'email', defaultValue: 'x'.repeat(400) }),
      field('single_checkbox', { name: 'tick', defaultValue: 'yes', required: true }),
      field('single_line_text', { name: 'text', defaultValue: 'x'.repeat(5_000) }),
    ]),
  ),
  'types that nobody knows, and none': form(
    column([
      field('rich_text_editor', { required: true }),
      field('', { name: 'no_type' }),
      { ...field('x', { name: 'null_type' }), fieldType: null },
      { name: 'only_a_name' },
      field('signature', {
        name: 'sig',
        dependentFields: [dependent(field('single_line_text', { name: 'why', required: true }), 'is_not_empty')],
      }),
      NAME,
    ]),
  ),
  'null wherever it could stand': form(
    [
      null,
      group([
        null,
        {
          ...field('dropdown', { name: 'nulls' }),
          label: null,
          description: null,
          placeholder: null,
          required: null,
          hidden: null,
          options: null,
          defaultValue: null,
          defaultValues: null,
          validation: null,
          dependentFields: null,
          objectTypeId: null,
        },
      ]),
      { groupType: null, richTextType: null, richText: null, fields: null },
      group([
        field('radio', {
          name: 'r',
          options: options(2),
          dependentFields: [
            null,
            { dependentCondition: null, dependentField: field('single_line_text', { name: 'orphan', required: true }) },
            { dependentCondition: { operator: 'eq' }, dependentField: null },
            { dependentField: field('number', { name: 'orphan2', required: true }) },
            dependent(field('number', { name: 'made_up', required: true }), 'made_up'),
          ],
        }),
      ]),
    ],
    {
      name: null,
      archived: null,
      configuration: null,
      displayOptions: null,
      legalConsentOptions: null,
      createdAt: null,
    },
  ),
  'hardly anything but fields': { id: 'a', fieldGroups: [{ fields: [{ name: 'email', fieldType: 'email' }] }] },
  'one hundred fields': form(
    column(
      Array.from({ length: 100 }, (_, index) =>
        field(THIRTEEN[index % 11] ?? 'email', {
          name: `q${index}`,
          required: index % 3 === 0,
          options: options(3 + (index % 30)),
        }),
      ),
    ),
  ),
  'forty groups of three with headings': form(
    Array.from({ length: 40 }, (_, index) =>
      group(
        [0, 1, 2].map((part) => field('single_line_text', { name: `g${index}_${part}`, label: `Part ${part}` })),
        {
          richText: index % 2 ? `<h3>Section ${index}</h3>` : `<p>${LONG}</p>`,
          groupType: index % 5 === 0 ? 'progressive' : 'default_group',
        },
      ),
    ),
  ),
  'six hundred fields': form(
    column(
      Array.from({ length: 600 }, (_, index) =>
        field('dropdown', {
          name: `q${index}`,
          label: `${LONG} ${index}`,
          description: `${LONG} `.repeat(5),
          options: options(3),
        }),
      ),
    ),
  ),
  'one hundred and twenty dependants of one text': form([
    group([
      field('single_line_text', {
        name: 'root',
        dependentFields: Array.from({ length: 120 }, (_, index) =>
          dependent(field('single_line_text', { name: `d${index}`, required: true }), 'contains', {
            value: String(index),
          }),
        ),
      }),
    ]),
  ]),
  'a tree of choices': form([
    group([
      field('radio', {
        name: 'root',
        label: 'What is it about?',
        required: true,
        options: options(8),
        dependentFields: Array.from({ length: 8 }, (_, index) =>
          dependent(
            field('dropdown', {
              name: `branch_${index}`,
              label: `More about choice ${index + 1}`,
              required: true,
              options: options(6),
              dependentFields: [
                dependent(
                  field('multi_line_text', { name: `leaf_${index}`, label: 'Tell us more', required: true }),
                  'set_any',
                  { values: ['v1', 'v6'] },
                ),
                dependent(
                  field('multiple_checkboxes', {
                    name: `boxes_${index}`,
                    label: LONG,
                    required: true,
                    options: options(25),
                    dependentFields: [
                      dependent(
                        field('datepicker', { name: `when_${index}`, label: 'By when?', required: true }),
                        'set_all',
                        { values: ['v1', 'v2'] },
                      ),
                    ],
                  }),
                  'neq',
                  { value: 'v1' },
                ),
              ],
            }),
            'set_any',
            { values: [`v${index + 1}`] },
          ),
        ),
      }),
    ]),
  ]),
  ...Object.fromEntries(
    ['legitimate_interest', 'explicit_consent_to_process', 'implicit_consent_to_process', 'made_up'].map((kind) => [
      `consent: ${kind} with very long texts`,
      form(column([NAME, field('email', { name: 'email', label: 'Email', required: true })]), {
        legalConsentOptions: consent(kind),
      }),
    ]),
  ),
  'consent: explicit with twelve boxes, some without a label or twice the same type': form(column([NAME]), {
    legalConsentOptions: consent('explicit_consent_to_process', {
      communicationsCheckboxes: Array.from({ length: 12 }, (_, index) => ({
        subscriptionTypeId: index < 10 ? 41_000 + index : 41_000,
        label: index === 3 ? '' : index === 4 ? null : `Box ${index}`,
        required: index === 5,
      })),
    }),
  }),
  'consent: explicit without any text': form(column([NAME]), {
    legalConsentOptions: { type: 'explicit_consent_to_process' },
  }),
  'consent: implicit without any text': form(column([NAME]), {
    legalConsentOptions: { type: 'implicit_consent_to_process', communicationsCheckboxes: null },
  }),
  ...Object.fromEntries(
    (
      [
        ['ar', 'ما هو اسمك الكامل كما هو مكتوب في جواز سفرك؟', 'نعم'],
        ['zh-tw', '請輸入您的姓名以及您所屬公司的完整名稱和地址,謝謝您的合作與支持', '是'],
        ['th', 'กรุณากรอกชื่อและนามสกุลของท่านตามที่ปรากฏในบัตรประชาชน', 'ใช่'],
        ['hi', 'कृपया अपना पूरा नाम लिखें जैसा कि आपके पासपोर्ट में है', 'हाँ'],
        ['pt-br', 'Qual é o número aproximado de funcionários da sua organização?', 'Não sei'],
        ['de', 'Wie viele Mitarbeiterinnen und Mitarbeiter beschäftigt Ihr Unternehmen?', 'Weiß nicht'],
        ['he', 'מה השם המלא שלך כפי שמופיע בדרכון?', 'כן'],
      ] as const
    ).map(([language, label, word]) => [
      `language ${language}`,
      form(
        [
          group(
            THIRTEEN.slice(0, 3).map((type, index) =>
              field(type, {
                name: `t${index}`,
                label,
                required: true,
                options: options(3, (choice) => `${word} ${label} ${choice}`),
              }),
            ),
            { richText: `<h1>${label}</h1><p>${label}</p>` },
          ),
          ...column(
            THIRTEEN.slice(3, 11).map((type, index) =>
              field(type, {
                name: `u${index}`,
                label: index % 2 ? label : label.slice(0, 12),
                description: label,
                options: options(3, (choice) => `${word} ${label} ${choice}`),
              }),
            ),
          ),
        ],
        {
          configuration: { language },
          legalConsentOptions: consent('explicit_consent_to_process', { consentToProcessCheckboxLabel: label }),
        },
      ),
    ]),
  ),
  'rich text between everything, pictures, an empty group at the end': form([
    group([], { richText: '<h1>Welcome!</h1>' }),
    group([], { richText: '<p><img src="https://www.example.com/x.png"></p>', richTextType: 'image' }),
    group([NAME], {
      richText:
        '<h2>A heading that is rather longer than the thirty characters of a title</h2><ul><li>one</li><li>two</li></ul>',
    }),
    group([], { richText: `<p>${LONG} `.repeat(60) }),
    group([field('email', { name: 'email', label: 'E-mail', required: true, description: LONG.repeat(10) })], {
      richText: '<table><tr><td>a</td><td>b</td></tr></table>',
    }),
    group([], { richText: '<p>The end.</p>' }),
    group([]),
  ]),
  'nothing to ask': form([group([]), group([field('file', { required: true })])]),
  'names that are hard to tell apart': form(
    column(
      [
        'email',
        'Email',
        'e-mail',
        'e_mail',
        '1email',
        '邮箱',
        'email__c',
        'v',
        's',
        'init',
        'errors',
        'text',
        'flow_token',
        'show_email',
        'constructor',
        '__proto__',
        'toString',
        'x'.repeat(120),
        `${'x'.repeat(120)}y`,
      ].map((name) => field('single_line_text', { name, label: name })),
    ),
  ),
  'a radio that decides everything, in groups of three': form([
    group([
      field('radio', {
        name: 'who',
        label: 'Who are you?',
        required: true,
        options: [option('person', 'A person'), option('firm', 'A company')],
        dependentFields: [
          dependent(field('single_line_text', { name: 'lastname', label: 'Last name', required: true }), 'eq', {
            value: 'person',
          }),
          dependent(field('datepicker', { name: 'born', label: 'Date of birth', required: true }), 'eq', {
            value: 'person',
          }),
          dependent(
            field('single_line_text', { objectTypeId: '0-2', name: 'name', label: 'Company name', required: true }),
            'eq',
            { value: 'firm' },
          ),
          dependent(
            field('number', {
              objectTypeId: '0-2',
              name: 'size',
              label: 'Number of employees',
              required: true,
              dependentFields: [
                dependent(
                  field('single_line_text', { objectTypeId: '0-2', name: 'buyer', label: 'Who buys?', required: true }),
                  'gt',
                  { value: '100' },
                ),
                dependent(
                  field('single_line_text', {
                    objectTypeId: '0-2',
                    name: 'middle',
                    label: 'In between',
                    required: true,
                  }),
                  'between',
                  { rangeStart: '10', rangeEnd: '100' },
                ),
                dependent(
                  field('single_line_text', { objectTypeId: '0-2', name: 'small', label: 'Small', required: true }),
                  'lt',
                  { value: 10 },
                ),
              ],
            }),
            'eq',
            { value: 'firm' },
          ),
        ],
      }),
      field('phone', {
        name: 'phone',
        label: 'Phone',
        dependentFields: [
          dependent(
            field('radio', { name: 'when', label: 'When may we call?', required: true, options: options(3) }),
            'is_not_empty',
          ),
        ],
      }),
      field('single_checkbox', {
        name: 'news',
        label: 'Yes, please send me the monthly newsletter with offers',
        dependentFields: [
          dependent(
            field('multiple_checkboxes', {
              name: 'topics',
              label: 'About what?',
              required: true,
              options: options(27),
            }),
            'eq',
            { value: 'true' },
          ),
        ],
      }),
    ]),
  ]),
};
