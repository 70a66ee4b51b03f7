/**
 * Definitions of our own making in the real shapes of the tools, each with a few things that real forms have and that are hard to
 * carry over. Named by what is difficult about them.
 */
type Json = Record<string, unknown>;
export type NastyForm = { tool: string; name: string; raw: Json };

// --- SurveyMonkey -----------------------------------------------------------------------------------------------------------------

const part = (id: string, text: string, more: Json = {}) => ({ id, text, visible: true, position: 1, ...more });
const parts = (base: number, ...texts: string[]) => texts.map((text, index) => part(String(base + index), text));
const survey = (name: string, questions: Json[], more: Json = {}): NastyForm => ({
  tool: 'surveymonkey',
  name,
  raw: {
    id: '5001',
    title: 'Customer survey <b>2026</b>',
    nickname: '',
    language: 'en',
    custom_variables: { source: 'Where from' },
    buttons_text: { done_button: 'Finish &amp; send' },
    pages: [
      { id: '91', title: '', description: '', position: 1, questions: questions.slice(0, 2) },
      {
        id: '92',
        title: 'More about <i>you</i>',
        description: '<p>Nearly there.</p>',
        position: 2,
        questions: questions.slice(2),
      },
    ],
    ...more,
  },
});
const asked = (id: string, family: string, subtype: string, more: Json = {}): Json => ({
  id,
  family,
  subtype,
  visible: true,
  required: null,
  validation: null,
  headings: [{ heading: `Question <strong>${id}</strong>?`, description: '' }],
  ...more,
});
const must = (type = 'all', amount = '0') => ({ required: { text: 'This is required.', type, amount } });

const SURVEYS: NastyForm[] = [
  survey('matrices of every kind', [
    asked('1', 'matrix', 'menu', {
      answers: {
        rows: parts(10, 'Monday', 'Tuesday'),
        cols: [
          part('20', 'Morning', { choices: parts(30, 'Office', 'Home') }),
          part('21', 'Evening', { choices: parts(40, 'Office', 'Home', 'Office') }),
        ],
      },
      ...must(),
    }),
    asked('2', 'matrix', 'rating', {
      answers: {
        rows: [part('50', '')],
        choices: parts(60, '1', '2', '3', '4', '5').map((one, index) => ({ ...one, weight: index + 1 })),
      },
      display_options: { display_type: 'emoji', display_subtype: 'star' },
    }),
    asked('3', 'matrix', 'ranking', {
      answers: { rows: parts(70, 'Price', 'Quality', 'Service'), choices: parts(80, '1', '2', '3') },
      forced_ranking: true,
      ...must(),
    }),
    asked('4', 'matrix', 'multi', {
      answers: {
        rows: parts(100, 'A', 'B'),
        choices: [...parts(110, 'x', 'y', 'z'), part('113', 'N/A', { is_na: true })],
      },
      ...must('at_least', '1'),
    }),
    asked('5', 'matrix', 'single', {
      answers: {
        rows: parts(
          120,
          ...Array.from(
            { length: 11 },
            (_, index) => `Statement ${index + 1} that is rather long and goes on for a while`,
          ),
        ),
        choices: parts(140, 'Agree', 'Neither', 'Disagree'),
        other: { id: '150', text: 'Comments', num_lines: 3, is_answer_choice: false, visible: true },
      },
    }),
  ]),
  survey('demographics, dates and lists of text fields', [
    asked('1', 'demographic', 'international', {
      answers: {
        rows: ['name', 'company', 'address', 'address2', 'city', 'state', 'zip', 'country', 'email', 'phone'].map(
          (type, index) =>
            part(String(10 + index), `Your ${type}`, {
              type,
              required: type === 'email',
              visible: type !== 'address2',
            }),
        ),
      },
    }),
    asked('2', 'datetime', 'both', {
      answers: { rows: parts(30, 'Arrival', 'Departure') },
      validation: { type: 'date_intl', text: 'A date', min: '01/01/2020', max: '31/12/2030' },
    }),
    asked('3', 'datetime', 'date_only', {
      answers: { rows: parts(40, '') },
      validation: { type: 'date_us', min: '1920-01-01T00:00:00', max: null, text: '' },
      ...must(),
    }),
    asked('4', 'datetime', 'time_only', { answers: { rows: parts(50, 'Best time') } }),
    asked('5', 'open_ended', 'multi', {
      answers: { rows: parts(60, 'First', 'Second', 'Third') },
      validation: { type: 'email', text: 'An address' },
      ...must('at_least', '2'),
    }),
    asked('6', 'open_ended', 'numerical', {
      answers: { rows: parts(70, 'Adults', 'Children') },
      validation: { type: 'integer', min: 0, max: 20, sum: 20, text: '' },
    }),
    asked('7', 'open_ended', 'single', { validation: { type: 'decimal', min: '0.5', max: '9.5', text: 'x' } }),
    asked('8', 'open_ended', 'essay', { validation: { type: 'text_length', min: 0, max: 5000, text: '' } }),
    asked('9', 'open_ended', 'single', {
      display_options: {
        display_type: 'slider',
        left_label: 'Low',
        right_label: 'High',
        custom_options: { starting_position: 50, step_size: 5 },
      },
      validation: { type: 'integer', min: 0, max: 100 },
    }),
  ]),
  survey('choices with fields beside them, pictures, films, points, piped answers and what nobody sees', [
    asked('1', 'single_choice', 'vertical', {
      answers: {
        choices: parts(10, 'Yes &amp; no', 'Ja', 'はい', 'نعم'),
        other: { id: '20', text: 'Other (please specify)', num_lines: 1, is_answer_choice: true, visible: true },
      },
      ...must(),
    }),
    asked('2', 'multiple_choice', 'vertical_two_col', {
      answers: {
        choices: parts(30, ...Array.from({ length: 26 }, (_, index) => `Choice ${index}`)),
        other: { id: '60', text: 'Other (please specify)', num_lines: 1, is_answer_choice: true, visible: true },
      },
      ...must('at_least', '1'),
    }),
    asked('3', 'single_choice', 'menu', {
      answers: { choices: parts(100, ...Array.from({ length: 250 }, (_, index) => `Country ${index}`)) },
    }),
    asked('4', 'single_choice', 'vertical', {
      quiz_options: { scoring_enabled: true },
      answers: {
        choices: [
          part('400', 'Right', { quiz_options: { score: 10 } }),
          part('401', 'Wrong', { quiz_options: { score: 0 } }),
        ],
      },
    }),
    asked('5', 'presentation', 'descriptive_text', {
      headings: [{ heading: '<iframe src="https://www.youtube.com/embed/x"></iframe>Watch this' }],
    }),
    asked('6', 'presentation', 'image', {
      headings: [{ heading: 'A picture', image: { url: 'https://example.com/picture.png' } }],
    }),
    asked('7', 'open_ended', 'single', { headings: [{ heading: 'You said [Q1] and {{ Q2 }}. Why?' }] }),
    asked('8', 'single_choice', 'vertical', { visible: false, answers: { choices: parts(500, 'A') }, ...must() }),
    asked('9', 'click_map', 'single', {}),
    asked('10', 'open_ended', 'single', { display_options: { display_type: 'file_upload' } }),
    asked('11', 'multiple_choice', 'vertical', {
      answers: { choices: [part('600', 'Only one'), part('601', 'Hidden', { visible: false })] },
    }),
  ]),
];

// --- Typeform ---------------------------------------------------------------------------------------------------------------------

const typeform = (name: string, fields: Json[], more: Json = {}): NastyForm => ({
  tool: 'typeform',
  name,
  raw: { id: 'nAsTy1', type: 'quiz', title: 'Nasty', settings: { language: 'en' }, fields, ...more },
});
const field = (ref: string, type: string, properties: Json = {}, more: Json = {}): Json => ({
  id: `id-${ref}`,
  ref,
  type,
  title: `*Question* ${ref}`,
  properties,
  validations: { required: false },
  ...more,
});
const choices = (ref: string, ...labels: string[]) => ({
  choices: labels.map((label, index) => ({ id: `${ref}${index}`, ref: `${ref}-${index}`, label })),
});
const required = { validations: { required: true } };
const jump = (to: string, condition: Json, type = 'field') => ({
  action: 'jump',
  details: { to: { type, value: to } },
  condition,
});
const calculate = (action: string, variable: string, value: unknown, condition: Json) => ({
  action,
  details: { target: { type: 'variable', value: variable }, value: { type: 'constant', value } },
  condition,
});
const is = (ref: string, choice: string, op = 'is') => ({
  op,
  vars: [
    { type: 'field', value: ref },
    { type: 'choice', value: choice },
  ],
});
const compare = (op: string, ref: string, value: unknown) => ({
  op,
  vars: [
    { type: 'field', value: ref },
    { type: 'constant', value },
  ],
});
const always = { op: 'always', vars: [] };
const rule = (ref: string, ...actions: Json[]) => ({ type: 'field', ref, actions });
const picture = {
  attachment: { type: 'image', href: 'https://images.typeform.com/images/x', properties: { description: 'A cat' } },
};

const TYPEFORMS: NastyForm[] = [
  typeform('every field type', [
    field('short', 'short_text', {}, { validations: { required: true, max_length: 20 } }),
    field('long', 'long_text', { description: '_Anything_ [at all](https://example.com/a_b)' }),
    field('number', 'number', {}, { validations: { required: true, min_value: 0, max_value: 500 } }),
    field('mail', 'email', {}, required),
    field('phone', 'phone_number', { default_country_code: 'DE' }),
    field('day', 'date', { structure: 'DDMMYYYY', separator: '.' }, required),
    field(
      'one',
      'multiple_choice',
      {
        ...choices('one', 'A', 'A', '', 'A choice that is longer than thirty characters are'),
        allow_other_choice: true,
        randomize: true,
      },
      required,
    ),
    field(
      'many',
      'multiple_choice',
      { ...choices('many', 'A', 'B', 'C', 'D'), allow_multiple_selection: true, allow_other_choice: true },
      { validations: { required: true, min_selection: 2, max_selection: 3 } },
    ),
    field('pictures', 'picture_choice', {
      choices: [
        { id: 'p1', ref: 'p-1', label: 'Cat', ...picture },
        { id: 'p2', ref: 'p-2', label: '', ...picture },
      ],
      show_labels: false,
    }),
    field(
      'menu',
      'dropdown',
      { ...choices('menu', ...Array.from({ length: 230 }, (_, index) => `Land ${index}`)), alphabetical_order: true },
      required,
    ),
    field('yes', 'yes_no', {}, required),
    field('law', 'legal', {}, required),
    field('stars', 'rating', { steps: 10, shape: 'star' }, required),
    field('scale', 'opinion_scale', {
      steps: 7,
      start_at_one: false,
      labels: { left: 'Not at all', center: 'So so', right: 'Very much indeed, I should say' },
    }),
    field('nps', 'nps', { steps: 11, labels: { left: 'No', right: 'Yes' } }, required),
    field('order', 'ranking', choices('order', 'x', 'y', 'z'), required),
    field('file', 'file_upload', {}, required),
    field('note', 'statement', { description: 'Read this', button_text: 'OK' }, picture),
    field('pay', 'payment', { price: { type: 'fixed', value: '9.99' }, currency: 'EUR' }, required),
    field('meet', 'calendly'),
    field(
      'grid',
      'matrix',
      { fields: ['r1', 'r2'].map((ref) => field(ref, 'multiple_choice', choices(`${ref}c`, 'Good', 'Bad'))) },
      required,
    ),
    field('contact', 'contact_info', {
      fields: [
        field('first', 'short_text', {}, { subfield_key: 'first_name', ...required }),
        field('tel', 'phone_number', {}, { subfield_key: 'phone_number' }),
      ],
    }),
    field('home', 'address', {
      fields: [
        field('street', 'short_text', {}, { subfield_key: 'address' }),
        field('city', 'short_text', {}, { subfield_key: 'city', ...required }),
      ],
    }),
    field('video', 'video'),
    field('group', 'group', {
      description: 'Together',
      fields: [field('inner', 'short_text'), field('deep', 'group', { fields: [field('deepest', 'yes_no')] })],
    }),
  ]),
  typeform(
    'jumps to endings, points, hidden fields and recall',
    [
      field('name', 'short_text', {}, { title: 'Hello {{hidden:utm}}, what is your name?', ...required }),
      field('role', 'multiple_choice', choices('role', 'Boss', 'Worker', 'Guest'), {
        title: '{{field:name}}, who are you?',
        ...required,
      }),
      field('staff', 'number', { description: 'Points so far: {{var:score}}' }, required),
      field('wage', 'opinion_scale', { steps: 5, start_at_one: true }),
      field('mood', 'multiple_choice', {
        ...choices('mood', 'Good', 'Bad', 'So {{field:name}}'),
        allow_multiple_selection: true,
      }),
      field('last', 'long_text', {}, { title: 'So, {{field:name}}: {{field:role}}?' }),
    ],
    {
      hidden: ['utm', 'contact_id'],
      variables: { score: 0, level: 'none' },
      welcome_screens: [
        { ref: 'w', title: 'Welcome {{hidden:utm}}', properties: { description: 'Two minutes', show_button: true } },
      ],
      thankyou_screens: [
        { id: 'e1', ref: 'bosses', type: 'thankyou_screen', title: 'Thanks, boss', properties: { show_button: false } },
        {
          id: 'e2',
          ref: 'others',
          type: 'url_redirect',
          title: '',
          properties: { redirect_url: 'https://example.com/{{field:name}}' },
        },
        { id: 'default_tys', ref: 'default_tys', title: 'Done' },
      ],
      logic: [
        rule(
          'role',
          calculate('add', 'score', 5, is('role', 'role-0')),
          jump('staff', is('role', 'role-0')),
          jump('wage', is('role', 'role-1')),
          jump('others', always, 'thankyou'),
        ),
        rule(
          'staff',
          calculate('multiply', 'score', 3, compare('greater_than', 'staff', 10)),
          jump(
            'bosses',
            { op: 'and', vars: [compare('greater_equal_than', 'staff', 100), is('role', 'role-0')] },
            'thankyou',
          ),
          jump('mood', always),
        ),
        rule(
          'wage',
          calculate('set', 'level', 'low', compare('lower_than', 'wage', 3)),
          jump('role', compare('equal', 'wage', 5)),
          jump('last', compare('lower_equal_than', 'wage', 2)),
        ),
        rule(
          'mood',
          jump(
            'others',
            {
              op: 'or',
              vars: [
                is('mood', 'mood-1'),
                {
                  op: 'greater_than',
                  vars: [
                    { type: 'variable', value: 'score' },
                    { type: 'constant', value: 14 },
                  ],
                },
              ],
            },
            'thankyou',
          ),
        ),
      ],
    },
  ),
  typeform(
    'jumps into and out of groups, to nowhere and by text, date and emptiness',
    [
      field('text', 'short_text'),
      field('when', 'date'),
      field('box', 'group', { fields: [field('in1', 'yes_no'), field('in2', 'dropdown', choices('in2', 'a', 'b'))] }),
      field('grid', 'matrix', {
        fields: ['g1', 'g2'].map((ref) =>
          field(ref, 'multiple_choice', {
            ...choices(`${ref}c`, 'Good', 'Bad', 'Both'),
            allow_multiple_selection: true,
          }),
        ),
      }),
      field('end', 'statement', { description: 'Bye' }),
      field('after', 'email'),
    ],
    {
      logic: [
        rule(
          'text',
          jump('in2', compare('begins_with', 'text', 'x')),
          jump('after', compare('not_contains', 'text', 'sales')),
          jump('nowhere', compare('is', 'text', 'CEO')),
        ),
        rule(
          'when',
          jump('grid', compare('earlier_than', 'when', '2026-01-01')),
          jump('after', { op: 'answered', vars: [{ type: 'field', value: 'when' }] }),
        ),
        rule('in1', jump('end', compare('is', 'in1', true))),
        rule('box', jump('after', compare('is', 'in1', false))),
        rule('gone', jump('after', always)),
      ],
    },
  ),
];

// --- Google Forms -------------------------------------------------------------------------------------------------------------------

const google = (name: string, items: Json[], settings: Json = {}): NastyForm => ({
  tool: 'google-forms',
  name,
  raw: {
    formId: '1FAI',
    info: { title: 'Anmeldung', documentTitle: 'Doc', description: 'Zeile 1\nZeile 2' },
    settings,
    items,
    revisionId: '00000001',
    responderUri: 'https://docs.google.com/forms/d/e/1FAI/viewform',
  },
});
const item = (id: string, question: Json, more: Json = {}): Json => ({
  itemId: id,
  title: `Title ${id}`,
  questionItem: { question: { questionId: `0${id}`, ...question } },
  ...more,
});
const options = (...values: Json[]) => values;
const image = {
  image: { contentUri: 'https://lh6.googleusercontent.com/abc', properties: { alignment: 'LEFT', width: 300 } },
};

const GOOGLES: NastyForm[] = [
  google(
    'every item, with grids, pictures and a quiz',
    [
      item('a1', {
        required: true,
        textQuestion: {},
        grading: { pointValue: 5, correctAnswers: { answers: [{ value: 'Berlin' }] } },
      }),
      item('a2', {
        choiceQuestion: {
          type: 'RADIO',
          options: options({ value: 'One', ...image }, { value: 'Two' }, { isOther: true }),
          shuffle: true,
        },
        required: true,
      }),
      item('a3', {
        choiceQuestion: {
          type: 'CHECKBOX',
          options: options({ value: 'Red' }, { value: 'Blue' }, { value: 'Green' }, { isOther: true }),
        },
        grading: { pointValue: 2, correctAnswers: { answers: [{ value: 'Red' }, { value: 'Green' }] } },
      }),
      item('a4', {
        choiceQuestion: {
          type: 'DROP_DOWN',
          options: options(...Array.from({ length: 45 }, (_, index) => ({ value: `Row ${index}` }))),
        },
      }),
      item('a5', { scaleQuestion: { low: 0, high: 10, lowLabel: 'never', highLabel: 'always' }, required: true }),
      item('a6', { ratingQuestion: { ratingScaleLevel: 5, iconType: 'HEART' } }),
      item('a7', { dateQuestion: { includeTime: true, includeYear: true } }),
      item('a8', { dateQuestion: {} }),
      item('a9', { timeQuestion: { duration: true }, required: true }),
      item('b1', { timeQuestion: {} }),
      item('b2', { fileUploadQuestion: { folderId: 'x', types: ['PDF'], maxFiles: 3 }, required: true }),
      {
        itemId: 'b3',
        title: 'Grid',
        questionGroupItem: {
          questions: ['r1', 'r2', 'r3'].map((row) => ({
            questionId: `0${row}`,
            required: true,
            rowQuestion: { title: row },
          })),
          grid: { columns: { type: 'RADIO', options: options({ value: 'A' }, { value: 'B' }) } },
        },
      },
      {
        itemId: 'b4',
        title: 'Boxes',
        questionGroupItem: {
          questions: ['s1', 's2'].map((row) => ({ questionId: `0${row}`, rowQuestion: { title: row } })),
          grid: { columns: { type: 'CHECKBOX', options: options({ value: 'A' }, { value: 'B' }, { value: 'C' }) } },
        },
      },
      { itemId: 'b5', title: 'Look', imageItem: image },
      {
        itemId: 'b6',
        title: '',
        videoItem: { video: { youtubeUri: 'https://www.youtube.com/watch?v=abc' }, caption: 'A film' },
      },
      { itemId: 'b7', title: 'Just text', description: 'More', textItem: {} },
      { itemId: 'b8', title: 'New kind', questionItem: { question: { questionId: '0b8', hologramQuestion: {} } } },
    ],
    { quizSettings: { isQuiz: true }, emailCollectionType: 'RESPONDER_INPUT' },
  ),
  google('sections that lead on by an answer, to the start, to the end and to nowhere', [
    item('c1', {
      required: true,
      choiceQuestion: {
        type: 'RADIO',
        options: options(
          { value: 'Customer', goToSectionId: 's1' },
          { value: 'Supplier', goToSectionId: 's2' },
          { value: 'Neither', goToAction: 'SUBMIT_FORM' },
          { value: 'Lost', goToSectionId: 'gone' },
        ),
      },
    }),
    { itemId: 's1', title: 'Customers', description: 'For you', pageBreakItem: {} },
    item('c2', {
      choiceQuestion: {
        type: 'DROP_DOWN',
        options: options(
          { value: 'Again', goToAction: 'RESTART_FORM' },
          { value: 'On', goToAction: 'NEXT_SECTION' },
          { value: 'Skip', goToSectionId: 's3' },
        ),
      },
    }),
    item('c3', { textQuestion: { paragraph: true } }),
    { itemId: 's2', title: 'Suppliers', pageBreakItem: {} },
    item('c4', {
      required: true,
      choiceQuestion: {
        type: 'RADIO',
        options: options({ value: 'Yes', goToSectionId: 's3' }, { isOther: true, goToAction: 'SUBMIT_FORM' }),
      },
    }),
    { itemId: 's3', title: '', pageBreakItem: {} },
    item('c5', { textQuestion: {}, required: true }),
  ]),
];

// --- HubSpot --------------------------------------------------------------------------------------------------------------------------

const hubspot = (name: string, fieldGroups: Json[], more: Json = {}): NastyForm => ({
  tool: 'hubspot',
  name,
  raw: {
    id: '7d0c5a10-0000-4000-8000-000000000001',
    name: 'Form',
    formType: 'hubspot',
    archived: false,
    createdAt: '2026-01-01T00:00:00Z',
    updatedAt: '2026-01-02T00:00:00Z',
    fieldGroups,
    configuration: { language: 'de', postSubmitAction: { type: 'redirect_url', value: 'https://example.com' } },
    displayOptions: { submitButtonText: 'Los&nbsp;geht’s' },
    ...more,
  },
});
const property = (name: string, fieldType: string, more: Json = {}): Json => ({
  objectTypeId: '0-1',
  name,
  label: `Feld ${name}`,
  required: false,
  hidden: false,
  fieldType,
  ...more,
});
const values = (...list: string[]) => ({
  options: list.map((value, displayOrder) => ({ label: `<b>${value}</b>`, value, description: '', displayOrder })),
});
const below = (operator: string, condition: Json, dependentField: Json) => ({
  dependentCondition: { operator, ...condition },
  dependentField,
});
const group = (fields: Json[], more: Json = {}): Json => ({
  groupType: 'default_group',
  richTextType: 'text',
  fields,
  ...more,
});

const CONSENTS: Json[] = [
  {
    type: 'explicit_consent_to_process',
    communicationConsentText: '<p>News?</p>',
    communicationsCheckboxes: [
      { label: 'E-Mail', required: false, subscriptionTypeId: 11 },
      { label: 'Phone '.repeat(12), required: true, subscriptionTypeId: 12 },
      { label: 'E-Mail again', required: false, subscriptionTypeId: 11 },
    ],
    consentToProcessText: 'We keep <a href="https://example.com">data</a>',
    consentToProcessCheckboxLabel: 'I agree',
    consentToProcessFooterText: 'Footer',
    privacyText: 'Privacy',
  },
  {
    type: 'implicit_consent_to_process',
    consentToProcessText: 'By sending you agree',
    communicationsCheckboxes: [{ label: 'News', required: false, subscriptionTypeId: 3 }],
    privacyText: 'Privacy',
  },
  {
    type: 'legitimate_interest',
    lawfulBasis: 'client',
    subscriptionTypeIds: [4, 5],
    privacyText: 'We may write to you',
  },
  { type: 'none' },
];
const HUBSPOTS: NastyForm[] = CONSENTS.map((legalConsentOptions, index) =>
  hubspot(
    `every field type, dependants and ${String(legalConsentOptions.type)}`,
    [
      group(
        [
          property('firstname', 'single_line_text', { required: true, placeholder: 'Max' }),
          property('lastname', 'single_line_text'),
        ],
        {
          richText:
            '<h2>Über Sie</h2><p>Bitte <em>ausfüllen</em>.</p><ul><li>a</li><li>b</li></ul><img src="https://example.com/x.png">',
        },
      ),
      group([
        property('email', 'email', {
          required: true,
          validation: { blockedEmailDomains: ['competitor.example'], useDefaultBlockList: index % 2 === 0 },
        }),
      ]),
      group([
        property('phone', 'phone', {
          useCountryCodeSelect: true,
          validation: { minAllowedDigits: 7, maxAllowedDigits: 20 },
        }),
        property('mobilephone', 'mobile_phone'),
      ]),
      group([property('message', 'multi_line_text', { description: 'x'.repeat(400) })]),
      group([
        property('employees', 'number', {
          validation: { minAllowedDigits: 1, maxAllowedDigits: 5 },
          dependentFields: [
            below('gte', { value: '100' }, property('budget', 'number', { required: true })),
            below(
              'between',
              { rangeStart: '10', rangeEnd: '99' },
              property('mid', 'single_line_text', { required: true }),
            ),
          ],
        }),
      ]),
      group([
        property('newsletter', 'single_checkbox', {
          dependentFields: [
            below(
              'eq',
              { value: 'true' },
              property('topics', 'multiple_checkboxes', { ...values('a,b', 'c', 'd'), required: true }),
            ),
          ],
        }),
      ]),
      group([
        property('country', 'dropdown', {
          ...values(...Array.from({ length: 240 }, (_, number) => `Land ${number}`)),
          defaultValues: ['Land 3'],
          required: true,
        }),
      ]),
      group([
        property('plan', 'radio', {
          ...values('basic', 'pro', 'max'),
          required: true,
          dependentFields: [
            below(
              'set_any',
              { values: ['pro', 'max'] },
              property('seats', 'dropdown', {
                ...values('1', '2', '3'),
                required: true,
                dependentFields: [
                  below('neq', { value: '1' }, property('names', 'multi_line_text', { required: true })),
                ],
              }),
            ),
            below('eq', { value: 'max' }, property('contract', 'file', { required: true })),
          ],
        }),
      ]),
      group([property('birth', 'datepicker', { required: true })]),
      group([property('documents', 'file', { allowMultipleFiles: true })]),
      group([property('pay', 'payment_link_radio', values('10', '20'))]),
      group([
        property('source', 'single_line_text', { hidden: true, defaultValue: 'whatsapp' }),
        property('stage', 'dropdown', { hidden: true, ...values('x') }),
      ]),
      group([{ ...property('name', 'single_line_text', { required: true }), objectTypeId: '0-2' }]),
      { groupType: 'progressive', richTextType: 'text', richText: '' },
    ],
    { legalConsentOptions },
  ),
);

export const NASTY_FORMS: readonly NastyForm[] = [...SURVEYS, ...TYPEFORMS, ...GOOGLES, ...HUBSPOTS];
