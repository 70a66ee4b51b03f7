import { describe, expect, test } from 'vitest';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import { EXCHANGE_FOOTER, FOOTER, OPTIONS, connected, goTo, oneScreen, screen, write } from './samples.ts';

const NAMED = { name: { type: 'string', __example__: 'Ana' } };

const long = (length: number): string => 'x'.repeat(length);
const many = (count: number, more: object = {}) =>
  Array.from({ length: count }, (_, index) => ({ id: `o${index}`, title: `Option ${index}`, ...more }));

/** Components that Meta accepts but does not show as written, with the limit that is exceeded by one. */
const CASES: [title: string, code: string, component: object][] = [
  ['a heading of 81', 'TEXT_TOO_LONG', { type: 'TextHeading', text: long(81) }],
  ['a body of 4097', 'TEXT_TOO_LONG', { type: 'TextBody', text: long(4097) }],
  ['a caption of 410', 'TEXT_TOO_LONG', { type: 'TextCaption', text: long(410) }],
  ['an input label of 21', 'TEXT_TOO_LONG', { type: 'TextInput', name: 'a', label: long(21) }],
  ['a helper text of 81', 'TEXT_TOO_LONG', { type: 'TextArea', name: 'a', label: 'A', 'helper-text': long(81) }],
  [
    'a group label of 31',
    'TEXT_TOO_LONG',
    { type: 'RadioButtonsGroup', name: 'a', label: long(31), 'data-source': OPTIONS },
  ],
  [
    'an option title of 31',
    'TEXT_TOO_LONG',
    { type: 'Dropdown', name: 'a', label: 'A', 'data-source': [{ id: 'a', title: long(31) }] },
  ],
  [
    'a link of 26',
    'TEXT_TOO_LONG',
    { type: 'EmbeddedLink', text: long(26), 'on-click-action': { name: 'open_url', url: 'https://x.test' } },
  ],
  ['21 radio buttons', 'TOO_MANY_ITEMS', { type: 'RadioButtonsGroup', name: 'a', label: 'A', 'data-source': many(21) }],
  ['201 choices', 'TOO_MANY_ITEMS', { type: 'Dropdown', name: 'a', label: 'A', 'data-source': many(201) }],
  [
    '101 choices with images',
    'TOO_MANY_ITEMS',
    { type: 'Dropdown', name: 'a', label: 'A', 'data-source': many(101, { image: 'AAAA' }) },
  ],
  ['a single chip', 'TOO_FEW_ITEMS', { type: 'ChipsSelector', name: 'a', label: 'A', 'data-source': many(1) }],
  [
    'an option id used twice',
    'DUPLICATE_ITEM_IDS',
    {
      type: 'Dropdown',
      name: 'a',
      label: 'A',
      'data-source': [
        { id: 'a', title: 'A' },
        { id: 'a', title: 'B' },
      ],
    },
  ],
  [
    'an option image over 100 KB',
    'IMAGE_TOO_LARGE',
    {
      type: 'RadioButtonsGroup',
      name: 'a',
      label: 'A',
      'data-source': [{ id: 'a', title: 'A', image: 'A'.repeat(140_000) }],
    },
  ],
  ['an image over 300 KB', 'IMAGE_TOO_LARGE', { type: 'Image', src: 'A'.repeat(420_000) }],
  ['a WebP image', 'IMAGE_NOT_SHOWN', { type: 'Image', src: 'UklGRgAA' }],
  ['an image with a data address', 'IMAGE_NOT_SHOWN', { type: 'Image', src: 'data:image/png;base64,AAAA' }],
  ['text mixed with a reference', 'REFERENCE_INSIDE_TEXT', { type: 'TextBody', text: 'Hello ${data.name}!' }],
  [
    'a text that reads one item of a list',
    'REFERENCE_INSIDE_TEXT',
    { type: 'TextBody', text: '${data.list[0].title}' },
  ],
  [
    'a map of a Form that reads nothing',
    'INVALID_SCREEN_DYNAMIC_DATA',
    { type: 'Form', name: 'form', 'init-values': '${data.absent}', children: [] },
  ],
  ['a list of texts without markdown', 'MARKDOWN_OFF', { type: 'TextBody', text: ['One', 'Two'] }],
  [
    'a day that no calendar has',
    'INVALID_DATE_RANGE',
    { type: 'DatePicker', name: 'a', label: 'A', 'min-date': '2026-02-30' },
  ],
];

test.each(CASES)('%s is a warning %s and no error', (_title, code, component) => {
  const { validationErrors, warnings } = validateFlowJson(write(oneScreen([component])));
  expect(validationErrors).toEqual([]);
  expect(warnings.map((warning) => warning.error)).toEqual([code]);
  expect(warnings[0]?.pointers[0]?.path).toMatch(/^screens\[0\]\.layout\.children\[0\]/);
});

test('list images may have 300 KB before 6.0', () => {
  const group = {
    type: 'RadioButtonsGroup',
    name: 'a',
    label: 'A',
    'data-source': [{ id: 'a', title: 'A', image: 'A'.repeat(140_000) }],
  };
  expect(validateFlowJson(write(oneScreen([group], {}, '5.1')))).toEqual({ validationErrors: [], warnings: [] });
});

test('the 51st component is a warning, the 101st an error', () => {
  const texts = (count: number) => Array.from({ length: count }, () => ({ type: 'TextBody', text: 'Hello' }));
  expect(validateFlowJson(write(oneScreen(texts(49))))).toEqual({ validationErrors: [], warnings: [] });
  const over = validateFlowJson(write(oneScreen(texts(50))));
  expect(over.validationErrors).toEqual([]);
  expect(over.warnings).toMatchObject([{ error: 'MAX_ALLOWED_COMPONENTS_PER_SCREEN' }]);
});

test('a screen that leads nowhere is a warning', () => {
  const flow = connected(
    [
      screen('A', [EXCHANGE_FOOTER]),
      screen('B', [EXCHANGE_FOOTER]),
      screen('C', [EXCHANGE_FOOTER], { terminal: true }),
    ],
    { A: ['B', 'C'], B: [], C: [] },
  );
  const { validationErrors, warnings } = validateFlowJson(write(flow));
  expect(validationErrors).toEqual([]);
  expect(warnings).toMatchObject([{ error: 'INVALID_ROUTING_MODEL', pointers: [{ path: 'routing_model.B' }] }]);
});

test('a property written twice is a warning at the one that is lost', () => {
  const text = write(oneScreen([])).replace('"version": "7.3",', '"version": "9.9",\n  "version": "7.3",');
  const { validationErrors, warnings } = validateFlowJson(text);
  expect(validationErrors).toEqual([]);
  expect(warnings).toMatchObject([{ error: 'DUPLICATE_PROPERTY', line_start: 2, column_start: 3, column_end: 11 }]);
});

test('a missing reference deep in a payload, which Meta does not follow, is a warning', () => {
  const footer = { ...FOOTER, 'on-click-action': { name: 'complete', payload: { all: { one: '${form.absent}' } } } };
  const { validationErrors, warnings } = validateFlowJson(
    write({ version: '7.3', screens: [screen('ONLY', [footer], { terminal: true })] }),
  );
  expect(validationErrors).toEqual([]);
  expect(warnings).toMatchObject([{ error: 'INVALID_ON_CLICK_ACTION_PAYLOAD' }]);
});

test('a loop of three routes, which Meta takes, is a warning', () => {
  const exchange = (id: string, more: object = {}) => screen(id, [EXCHANGE_FOOTER], { ...more });
  const flow = connected([exchange('E'), exchange('A'), exchange('B'), exchange('C', { terminal: true })], {
    E: ['A'],
    A: ['B'],
    B: ['C'],
    C: ['A'],
  });
  const { validationErrors, warnings } = validateFlowJson(write(flow));
  expect(validationErrors).toEqual([]);
  expect(warnings).toMatchObject([{ error: 'INVALID_ROUTING_MODEL', pointers: [{ path: 'routing_model.A' }, {}, {}] }]);
});

test('a first value that reads nothing is a warning before 7.0, when Meta began to look', () => {
  const form = {
    type: 'Form',
    name: 'form',
    'init-values': { a: '${data.absent}' },
    children: [{ type: 'TextInput', name: 'a', label: 'A' }],
  };
  const { validationErrors, warnings } = validateFlowJson(write(oneScreen([form], {}, '6.3')));
  expect(validationErrors).toEqual([]);
  expect(warnings).toMatchObject([{ error: 'INVALID_PROPERTY_VALUE' }]);
});

describe.each(['6.3', '7.0', '7.1', '7.2'])('in %s, whose checks Meta loosened for a time', (version) => {
  test.each<[string, string, object]>([
    [
      'a navigate action without its route',
      'INVALID_ROUTING_MODEL',
      connected(
        [screen('A', [goTo('C')]), screen('B', [EXCHANGE_FOOTER]), screen('C', [EXCHANGE_FOOTER], { terminal: true })],
        { A: ['B'], B: ['C'], C: [] },
      ),
    ],
    [
      'a payload that lacks a field',
      'INVALID_NAVIGATE_ACTION_PAYLOAD',
      { screens: [screen('A', [goTo('B')]), screen('B', [FOOTER], { terminal: true, data: NAMED })] },
    ],
    [
      'a terminal screen that leads on',
      'INVALID_PROPERTY_VALUE',
      { screens: [screen('A', [goTo('B')], { terminal: true }), screen('B', [FOOTER], { terminal: true })] },
    ],
  ])('%s is a warning %s', (_title, code, flow) => {
    const { validationErrors, warnings } = validateFlowJson(write({ ...flow, version }));
    expect(validationErrors).toEqual([]);
    expect(warnings).toMatchObject([{ error: code }]);
    const newest = validateFlowJson(write({ ...flow, version: '7.3' }));
    expect(newest.validationErrors).toMatchObject([{ error: code }]);
  });

  test('a reference that the next screen does not declare is nothing, a fixed value still an error', () => {
    const flow = (value: string) => ({
      version,
      screens: [
        screen('A', [{ type: 'TextInput', name: 'x', label: 'X' }, goTo('B', { name: '${form.x}', more: value })]),
        screen('B', [FOOTER], { terminal: true, data: NAMED }),
      ],
    });
    expect(validateFlowJson(write(flow('${form.x}')))).toEqual({ validationErrors: [], warnings: [] });
    expect(validateFlowJson(write(flow('fixed'))).validationErrors).toMatchObject([
      { error: 'INVALID_NAVIGATE_ACTION_STATIC_DATA' },
    ]);
  });
});

describe('a condition that WhatsApp’s reader gets wrong', () => {
  const data = { flag: { type: 'boolean', __example__: true }, ...NAMED };
  const codesOf = (condition: string) => {
    const flow = oneScreen([{ type: 'If', condition, then: [{ type: 'TextBody', text: 'Yes' }] }], { data });
    const { validationErrors, warnings } = validateFlowJson(write(flow));
    expect(validationErrors).toEqual([]);
    return warnings.map(({ error }) => error);
  };

  test.each(["(${data.flag} == true) && (${data.name} == 'a')", "${data.name} == 'O\\'Neil'"])(
    'is named: %s',
    (text) => {
      expect(codesOf(text)).toEqual(['CONDITION_MISREAD']);
    },
  );

  test.each(["(${data.flag} == true ) && (${data.name} == 'true)')", '${data.flag} != true'])(
    'is let be: %s',
    (text) => {
      expect(codesOf(text)).toEqual([]);
    },
  );
});

test('a screen named SUCCESS is published, but no endpoint can show it', () => {
  const flow = { version: '7.3', screens: [screen('SUCCESS', [FOOTER], { terminal: true })] };
  const { validationErrors, warnings } = validateFlowJson(write(flow));
  expect(validationErrors).toEqual([]);
  expect(warnings.map(({ error }) => error)).toEqual(['SCREEN_ID_IS_RESERVED_KEYWORD']);
});
