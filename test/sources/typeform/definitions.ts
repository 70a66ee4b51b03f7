/** Small definitions of our own making, in the shape in which Typeform's Create API returns a form. */
export type RawField = {
  id?: string;
  ref?: string;
  type?: string;
  title?: string;
  subfield_key?: string;
  properties?: Record<string, unknown>;
  validations?: Record<string, unknown>;
  attachment?: Record<string, unknown>;
};

const choices = (...labels: string[]) =>
  labels.map((label) => ({ id: `id-${label.toLowerCase()}`, ref: `ref-${label.toLowerCase()}`, label }));

const field = (type: string, properties: Record<string, unknown> = {}, more: Partial<RawField> = {}): RawField => ({
  id: `F_${type}`,
  ref: `ref_${type}`,
  type,
  title: `Title of ${type}`,
  properties,
  validations: { required: false },
  ...more,
});

export const EVERY_TYPE: RawField[] = [
  field('short_text', {}, { validations: { required: true, max_length: 40 } }),
  field('long_text', { description: 'Tell us *everything*' }),
  field('email'),
  field('phone_number', { default_country_code: 'de' }),
  field('number', {}, { validations: { required: false, min_value: 1, max_value: 99 } }),
  field('website'),
  field('multiple_choice', { choices: choices('Red', 'Green'), allow_other_choice: true }),
  field(
    'multiple_choice',
    { choices: choices('Tea', 'Coffee', 'Milk'), allow_multiple_selection: true, allow_other_choice: true },
    { id: 'F_multi', ref: 'ref_multi', validations: { required: true, min_selection: 1, max_selection: 2 } },
  ),
  field('picture_choice', {
    choices: [
      { id: 'p1', ref: 'rp1', label: 'Cat', attachment: { type: 'image', href: 'https://images.example/cat' } },
      { id: 'p2', ref: 'rp2', label: '' },
    ],
    randomize: true,
  }),
  field('dropdown', { choices: choices('Zurich', 'Basel'), alphabetical_order: true }),
  field('checkbox', { choices: choices('Agreed') }),
  field('yes_no', {}, { attachment: { type: 'image', href: 'https://images.example/house' } }),
  field(
    'legal',
    { description: 'See [our terms](https://example.com/terms_of_use)' },
    { validations: { required: true } },
  ),
  field('opinion_scale', { steps: 5, start_at_one: true, labels: { left: 'Bad', center: 'Fair', right: 'Good' } }),
  field('nps', { steps: 11 }),
  field('rating', { steps: 4, shape: 'star' }),
  field('date', { structure: 'DDMMYYYY', separator: '.' }),
  field('ranking', { choices: choices('Gold', 'Silver') }),
  field('file_upload'),
  field('statement', { description: 'Read this' }, { attachment: { type: 'video', href: 'https://video.example/1' } }),
  field('matrix', {
    fields: [
      field('multiple_choice', { choices: choices('Low', 'High') }, { id: 'row1', ref: 'ref_row1', title: 'Price' }),
      field(
        'multiple_choice',
        { choices: choices('Low', 'High'), allow_multiple_selection: true },
        { id: 'row2', ref: 'ref_row2', title: 'Quality' },
      ),
    ],
  }),
  field('contact_info', {
    fields: [
      { ...field('short_text', {}, { id: 'ci1', ref: 'ref_ci1', title: 'First name' }), subfield_key: 'first_name' },
      { ...field('email', {}, { id: 'ci2', ref: 'ref_ci2', title: 'Email' }), subfield_key: 'email' },
    ],
  }),
  field('address', { fields: [field('short_text', {}, { id: 'ad1', ref: 'ref_ad1', title: 'City' })] }),
  field('group', {
    description: 'All about it',
    fields: [
      field('short_text', {}, { id: 'g1', ref: 'ref_g1', title: 'Inside' }),
      field('inline_group', { fields: [field('number', {}, { id: 'g2', ref: 'ref_g2' })] }, { id: 'F_inner' }),
    ],
  }),
  field('long_text', {}, { id: 'after_group', ref: 'ref_after_group', title: 'Anything else?' }),
  field('inline_group', { fields: [field('email', {}, { id: 'ig1', ref: 'ref_ig1' })] }),
  field('payment', { price: { type: 'variable', value: 'price' }, currency: 'EUR' }),
  field('calendly'),
  field('signature'),
  field('multi_format', { allowed_formats: ['video', 'text'] }),
  field('multi_format', { allowed_formats: ['video'] }, { id: 'F_video', ref: 'ref_video' }),
  field('hologram', {}, { validations: { required: true } }),
];

export type Definition = {
  id: string;
  title: string;
  fields: RawField[];
  [key: string]: unknown;
};

export function definitionOf(fields: RawField[], more: Record<string, unknown> = {}): Definition {
  return {
    id: 'Form01',
    type: 'quiz',
    title: 'A *form*',
    settings: { language: 'de', is_public: true },
    welcome_screens: [
      { id: 'W', ref: 'welcome', title: 'Hello', properties: { description: 'Ready?', show_button: true } },
    ],
    thankyou_screens: [
      { id: 'E1', ref: 'end_one', type: 'thankyou_screen', title: 'Thank you', properties: { description: 'Bye' } },
      {
        id: 'E2',
        ref: 'end_two',
        type: 'url_redirect',
        title: '',
        properties: { redirect_url: 'https://example.com/x' },
      },
      {
        id: 'DefaultTyScreen',
        ref: 'default_tys',
        type: 'thankyou_screen',
        title: 'Now *create your own*',
        properties: { button_mode: 'default_redirect' },
      },
    ],
    fields,
    hidden: ['source', 'plan'],
    variables: { score: 0, price: 10.5, tier: 'basic' },
    logic: [],
    created_at: '2026-01-01T00:00:00Z',
    last_updated_at: '2026-01-01T00:00:00Z',
    _links: { display: 'https://example.typeform.com/to/Form01' },
    ...more,
  };
}

type Var = { type: string; value: unknown } | Condition;
export type Condition = { op: string; vars: Var[] };

export const when = (op: string, ...vars: Var[]): Condition => ({ op, vars });
export const on = (type: string, value: unknown): Var => ({ type, value });
export const ALWAYS = when('always');
export const jump = (type: string, value: string, condition: unknown = ALWAYS) => ({
  action: 'jump',
  details: { to: { type, value } },
  condition,
});
export const calculate = (action: string, variable: string, value: unknown, condition: unknown = ALWAYS) => ({
  action,
  details: { target: { type: 'variable', value: variable }, value },
  condition,
});
export const after = (ref: string, ...actions: unknown[]) => ({ type: 'field', ref, actions });

export const LOGIC = [
  after(
    'ref_multiple_choice',
    jump('field', 'ref_group', when('is', on('field', 'ref_multiple_choice'), on('choice', 'ref-red'))),
    calculate('add', 'score', { type: 'constant', value: 2 }),
    jump('thankyou', 'end_two', when('is_not', on('field', 'ref_multiple_choice'), on('choice', 'ref-green'))),
  ),
  after('ref_group', jump('thankyou', 'end_one')),
  after('ref_matrix', jump('field', 'ref_address', when('answered', on('field', 'ref_row1')))),
  {
    type: 'hidden',
    ref: 'plan',
    actions: [
      calculate(
        'set',
        'tier',
        { type: 'constant', value: 'gold' },
        when('equal', on('hidden', 'plan'), on('constant', 'g')),
      ),
      jump('field', 'ref_email'),
    ],
  },
];
