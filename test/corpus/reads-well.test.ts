import { compile } from '@flowella/shared/compile/compile.ts';
import type { FlowComponent } from '@flowella/shared/flow-json/flow-json.ts';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import type { Mode } from '@flowella/shared/compile/place-screens.ts';
import { describe, expect, it } from 'vitest';
import { FORM_READERS } from '../../server/sources/readers.ts';
import { READ_BACK } from './read-back.ts';
import { runDefinition } from './run-definition.ts';

/** What a person would stumble over on the phone, found with definitions as people write them. */
function compiled(tool: string, raw: unknown, mode: Mode = 'light') {
  const reader = FORM_READERS.find((one) => one.name === tool);
  if (!reader) throw new Error(`No reader for ${tool}`);
  const result = compile({ form: reader.toForm(raw), design: {}, locale: 'en', mode });
  expect(validateFlowJson(JSON.stringify(result.flowJson))).toEqual({ validationErrors: [], warnings: [] });
  const components = result.flowJson.screens.flatMap((screen) => allOf(screen.layout.children));
  return {
    components,
    titles: result.flowJson.screens.map((screen) => screen.title),
    texts: components.flatMap(({ type, text }) => (typeof text === 'string' && type !== 'EmbeddedLink' ? [text] : [])),
    input: (name: string) => components.find((one) => one.name === name),
    codes: Object.fromEntries(result.report.map((line) => [line.question, line.code])),
  };
}

function allOf(children: readonly FlowComponent[]): FlowComponent[] {
  return children.flatMap((one) => [
    one,
    ...(Array.isArray(one.children) ? allOf(one.children as FlowComponent[]) : []),
  ]);
}

const typeform = (...fields: object[]) => ({ id: 'tf', title: 'A form', settings: { language: 'en' }, fields });
const survey = (...questions: object[]) => ({ id: '1', title: 'S', language: 'en', pages: [{ id: '9', questions }] });
const google = (...items: object[]) => ({ formId: 'g', info: { title: 'G' }, items });
const hubspot = (legalConsentOptions: object, ...fields: object[]) => ({
  id: 'h',
  name: 'H',
  formType: 'hubspot',
  fieldGroups: [{ groupType: 'default_group', richTextType: 'text', fields }],
  configuration: { language: 'en' },
  legalConsentOptions,
});
const email = { objectTypeId: '0-1', name: 'email', label: 'Email', fieldType: 'email', required: true };

describe('a question without a label', () => {
  const uuid = '01FKK5KX-V12B-4WYA-8MGX-JZ5Q0T520000';

  it.each([
    ['typeform', typeform({ id: 'Qdc9fKx2Lw1j', ref: uuid, type: 'rating', title: '', properties: { steps: 5 } })],
    [
      'google-forms',
      google({ itemId: '0a', questionItem: { question: { questionId: '1c3d5e7f', textQuestion: {} } } }),
    ],
    ['surveymonkey', survey({ id: '470000013', family: 'open_ended', subtype: 'essay', headings: [{ heading: '' }] })],
  ])('shows nobody an id of %s', (tool, raw) => {
    const { components, texts, codes } = compiled(tool, raw);
    expect(texts.filter((text) => /\d/.test(text))).toEqual([]);
    expect(components.find((one) => one.name !== undefined && one.type !== 'Form')?.label).toMatch(
      /^(?:Your answer|Please choose)$/,
    );
    expect(Object.values(codes)).toContain('name_missing');
  });

  it('stands under its internal name where that reads like words', () => {
    const raw = hubspot({ type: 'none' }, { ...email, name: 'company_size', label: '', fieldType: 'single_line_text' });
    const { input, codes } = compiled('hubspot', raw);
    expect(input('company_size')?.label).toBe('company_size');
    expect(codes['0-1/company_size']).toBe('label_missing');
  });
});

describe('the words above a group', () => {
  const payment = { id: 'pay', ref: 'pay', type: 'payment', title: 'Card', properties: { currency: 'EUR' } };
  const group = (...fields: object[]) => ({
    id: 'grp',
    ref: 'grp',
    type: 'group',
    title: 'Payment',
    properties: { fields },
  });

  it.each(['light', 'connected'] as const)('are left out where none of its questions can be asked (%s)', (mode) => {
    const name = { id: 'name', ref: 'name', type: 'short_text', title: 'Name' };
    const { texts, titles, codes } = compiled('typeform', typeform(name, group(payment)), mode);
    expect([...texts, ...titles]).not.toContain('Payment');
    expect(codes).toMatchObject({ grp: 'group_not_asked', pay: 'payment_not_possible', name: 'kept' });
  });

  it('stay where one of them can', () => {
    const { titles } = compiled('typeform', typeform(group(payment, { id: 'n', type: 'short_text', title: 'Name' })));
    expect(titles).toContain('Payment');
  });
});

describe('what a field takes is said beside it', () => {
  it('for numbers within limits', () => {
    const age = { id: 'age', ref: 'age', type: 'number', title: 'Age', validations: { min_value: 18, max_value: 99 } };
    const seats = { id: 'seats', ref: 'seats', type: 'number', title: 'Seats', validations: { min_value: 2 } };
    const { input } = compiled('typeform', typeform(age, seats));
    expect(input('age')?.['helper-text']).toBe('18 – 99');
    expect(input('seats')?.['helper-text']).toBe('≥ 2');
  });

  it('for a time that the form explains in words of its own', () => {
    const time = { id: '5', family: 'datetime', subtype: 'time_only', headings: [{ heading: 'Arrival' }] };
    const { input } = compiled(
      'surveymonkey',
      survey({ ...time, answers: { rows: [{ id: '51', text: 'At the hotel' }] } }),
    );
    expect(input('field_5')?.['helper-text']).toBe('At the hotel · Hours and minutes, for example 14:30');
  });
});

it('a label of several lines becomes one line on its field', () => {
  const { input } = compiled(
    'typeform',
    typeform({ id: 'n', ref: 'n', type: 'short_text', title: 'Hi!\n\nYour name?' }),
  );
  expect(input('n')?.label).toBe('Hi! Your name?');
});

it('boxes of which one may be ticked are a list to choose from, and come back as one', async () => {
  const choices = ['A', 'B', 'C'].map((text, index) => ({ id: `5${index}`, text }));
  const raw = survey({
    id: '5',
    family: 'multiple_choice',
    subtype: 'vertical',
    headings: [{ heading: 'At most one' }],
    required: { type: 'at_most', amount: '1', text: '' },
    answers: { choices, other: { id: '59', text: 'Other', is_answer_choice: true, visible: true } },
  });
  expect(compiled('surveymonkey', raw).input('field_5')?.type).toBe('RadioButtonsGroup');
  const reader = FORM_READERS.find((one) => one.name === 'surveymonkey');
  const readBack = READ_BACK.surveymonkey;
  if (!reader || !readBack) throw new Error('No reader for SurveyMonkey');
  for (const mode of ['connected', 'light'] as const)
    expect((await runDefinition(reader, readBack, raw, mode)).faults).toEqual([]);
});

it('parts of a long list whose ends had to be cut say them in full below', () => {
  const label = (index: number) => `Country number ${String(index).padStart(3, '0')} of all`;
  const choices = Array.from({ length: 250 }, (_, index) => ({ id: `c${index}`, label: label(index) }));
  const { input } = compiled(
    'typeform',
    typeform({ id: 'land', type: 'dropdown', title: 'Land', properties: { choices } }),
  );
  expect(input('land_section')?.['data-source']).toMatchObject([
    { description: `${label(0)} – ${label(83)}` },
    { description: `${label(84)} – ${label(167)}` },
    { description: `${label(168)} – ${label(249)}` },
  ]);
});

describe('consent', () => {
  const policy = 'https://example.com/privacy';

  it('opens what is agreed to, wherever the form links it', () => {
    const explicit = {
      type: 'explicit_consent_to_process',
      consentToProcessText: `<p>As in our <a href="${policy}">policy</a>.</p>`,
      consentToProcessCheckboxLabel: 'I agree.',
      communicationsCheckboxes: [],
    };
    const box = { ...email, name: 'terms', label: `<a href="${policy}">Terms</a>`, fieldType: 'single_checkbox' };
    const { input } = compiled('hubspot', hubspot(explicit, email, box));
    const more = { name: 'open_url', url: policy };
    expect(input('processing')?.['on-click-action']).toEqual(more);
    expect(input('terms')?.['on-click-action']).toEqual(more);
  });

  it('of a kind that is not known has a line of its own', () => {
    const { codes } = compiled('hubspot', hubspot({ type: 'double_opt_in' }, email));
    expect(codes).toMatchObject({ form: 'consent_not_known' });
  });
});

it('what describes a picture is shown as it stands', () => {
  const image = { contentUri: 'https://lh3.googleusercontent.com/a', altText: '`${data.x}`' };
  compiled('google-forms', google({ itemId: '0b', title: 'Look', imageItem: { image } }));
  compiled('google-forms', google({ itemId: '0b', title: 'Look', imageItem: { image: { ...image, altText: ' ' } } }));
});

it.each([
  ['typeform', typeform({ id: 'x', ref: 'x', title: 'No type' }), 'x', 'type_missing'],
  [
    'surveymonkey',
    survey({ id: '7', family: 'matrix', subtype: 'single', headings: [{ heading: 'Grid' }], answers: {} }),
    '7',
    'no_choices',
  ],
])('what %s says too little about is refused for what is missing', (tool, raw, id, code) => {
  expect(compiled(tool, raw).codes[id]).toBe(code);
});

it('the picture of a question that is not asked is not left on a screen, and no link is named like a file', () => {
  const attachment = (description: string) => ({
    attachment: { type: 'image', href: 'https://images.typeform.com/images/x', properties: { description } },
  });
  const { components } = compiled(
    'typeform',
    typeform(
      { id: 'n', ref: 'n', type: 'short_text', title: 'Name', ...attachment('IMG_2041-final') },
      { id: 'p', ref: 'p', type: 'payment', title: 'Pay', ...attachment('A card') },
    ),
  );
  expect(components.filter(({ type }) => type === 'EmbeddedLink').map(({ text }) => text)).toEqual([
    'View the picture',
  ]);
});

describe('a definition as it is sent to make a form, without ids', () => {
  it.each([
    ['typeform', { title: 'T', fields: [{ title: 'Your name', type: 'short_text' }] }],
    [
      'google-forms',
      { info: { title: 'T' }, items: [{ title: 'Your name', questionItem: { question: { textQuestion: {} } } }] },
    ],
    ['hubspot', { name: 'T', formType: 'hubspot', fieldGroups: [{ fields: [{ ...email, label: 'Your name' }] }] }],
    [
      'surveymonkey',
      {
        title: 'T',
        pages: [{ questions: [{ headings: [{ heading: 'Your name' }], family: 'open_ended', subtype: 'single' }] }],
      },
    ],
  ])('is read all the same: %s', (tool, raw) => {
    expect(compiled(tool, raw).components.map(({ label }) => label)).toContain('Your name');
  });

  it.each([
    ['typeform', { title: 'T', fields: [] }],
    ['google-forms', { info: { title: 'T' }, items: [{ title: 'x' }] }],
    ['hubspot', { name: 'T', fieldGroups: [{}] }],
  ])('but %s is asked for what is none', (tool, raw) => {
    expect(() => compiled(tool, raw)).toThrow(expect.objectContaining({ code: 'not_a_form' }));
  });
});

it('an address on the web is asked with a pattern that takes all that the endpoint takes', () => {
  const { input } = compiled('typeform', typeform({ id: 'u', ref: 'u', type: 'website', title: 'Site' }));
  const pattern = new RegExp(String(input('u')?.pattern));
  for (const address of ['example.com', 'HTTPS://müller.example', 'http://a.b:80/c?d=e#f', 'www.例え.jp/ü', 'x.y?z'])
    expect(pattern.test(address), address).toBe(true);
  for (const text of ['Head of Sales', 'none', 'http://', 'https://firm']) expect(pattern.test(text), text).toBe(false);
});

it('a text whose condition can never be met is shown to nobody, and has a line that says so', () => {
  const isDone = {
    op: 'equal',
    vars: [
      { type: 'hidden', value: 'done' },
      { type: 'constant', value: 'yes' },
    ],
  };
  const jump = (value: string, condition: object) => ({
    action: 'jump',
    details: { to: { type: 'field', value } },
    condition,
  });
  const always = { op: 'always', vars: [] };
  const raw = {
    ...typeform(
      { id: 'a', ref: 'a', type: 'short_text', title: 'A' },
      { id: 'yes', ref: 'yes', type: 'statement', title: 'Done' },
      { id: 'no', ref: 'no', type: 'statement', title: 'Not done' },
    ),
    hidden: ['done'],
    logic: [{ type: 'field', ref: 'a', actions: [jump('yes', isDone), jump('no', always)] }],
  };
  const { codes, texts } = compiled('typeform', raw, 'connected');
  expect(codes).toMatchObject({ yes: 'never_shown', no: 'text_shown' });
  expect(texts).not.toContain('Done');
  expect(texts).toContain('Not done');
});

it.each(['light', 'connected'] as const)(
  'a section with nothing in it but a field that cannot be asked is not announced (%s)',
  (mode) => {
    const question = (title: string, kind: object) => ({
      title,
      questionItem: { question: { questionId: title, ...kind } },
    });
    const raw = google(
      question('Name', { textQuestion: {} }),
      { itemId: '0c', title: 'Upload your CV', description: 'As a PDF', pageBreakItem: {} },
      question('CV', { fileUploadQuestion: { maxFiles: 1 } }),
      { itemId: '0d', title: 'Hobbies', pageBreakItem: {} },
      question('Which', { textQuestion: {} }),
    );
    const { texts, titles } = compiled('google-forms', raw, mode);
    expect([...texts, ...titles].join()).not.toMatch(/CV|PDF/);
    expect([...texts, ...titles]).toContain('Hobbies');
  },
);

it('the button keeps the words of the form only where all of them fit', () => {
  const labelWith = (submitButtonText: string) => {
    const raw = { ...hubspot({ type: 'none' }, email), displayOptions: { submitButtonText } };
    return compiled('hubspot', raw).components.find(({ type }) => type === 'Footer')?.label;
  };
  expect(labelWith('Book my free demonstration')).toBe('Book my free demonstration');
  expect(labelWith('Book my free demonstration for the whole team')).toBe('Send');
});
