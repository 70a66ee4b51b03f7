import { describe, expect, test } from 'vitest';
import { CURRENT_VERSIONS } from '@flowella/shared/flow-json/flow-version.ts';
import { flowJsonVersionState, validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import { EXCHANGE_FOOTER, FOOTER, OPTIONS, connected, goTo, oneScreen, screen, write } from './samples.ts';

const CLEAN = { validationErrors: [], warnings: [] };
const string = (example = 'Text') => ({ type: 'string', __example__: example });
const boolean = { type: 'boolean', __example__: true };
const number = { type: 'number', __example__: 3 };
const options = {
  type: 'array',
  items: { type: 'object', properties: { id: { type: 'string' }, title: { type: 'string' } } },
  __example__: OPTIONS,
};

/** One legal use of every component, with the version that brought it. */
const COMPONENTS: [type: string, since: string, component: object][] = [
  ['TextHeading', '5.1', { text: '${data.text}', visible: '${data.flag}' }],
  ['TextSubheading', '5.1', { text: 'Hello' }],
  ['TextBody', '5.1', { text: ['One', '**Two**'], markdown: true, 'font-weight': 'bold', strikethrough: false }],
  ['TextCaption', '5.1', { text: 'Small', 'font-weight': 'bold_italic' }],
  [
    'TextInput',
    '5.1',
    {
      name: 'a',
      label: 'A',
      'input-type': 'phone',
      'min-chars': 2,
      'max-chars': '${data.n}',
      required: '${data.flag}',
      'init-value': '${data.text}',
      'error-message': 'Wrong',
    },
  ],
  ['TextInput', '6.2', { name: 'a', label: 'A', pattern: '^[0-9]{4}$', 'helper-text': 'Four digits' }],
  ['TextArea', '5.1', { name: 'a', label: 'A', 'max-length': 200, 'helper-text': 'Help', enabled: true }],
  ['TextArea', '7.0', { name: 'a', label: 'A', 'label-variant': 'large' }],
  [
    'CheckboxGroup',
    '5.1',
    {
      name: 'a',
      label: 'A',
      'data-source': '${data.options}',
      'min-selected-items': 1,
      'max-selected-items': 2,
      'init-value': ['a'],
    },
  ],
  [
    'RadioButtonsGroup',
    '5.1',
    {
      name: 'a',
      label: 'A',
      description: 'Choose',
      'data-source': [{ id: 'a', title: 'A', color: '#AABBCC', enabled: false }],
      'init-value': 'a',
    },
  ],
  [
    'RadioButtonsGroup',
    '6.0',
    {
      name: 'a',
      label: 'A',
      'data-source': OPTIONS,
      'on-select-action': { name: 'update_data', payload: { text: 'New' } },
      'on-unselect-action': { name: 'update_data', payload: { flag: false } },
    },
  ],
  ['Dropdown', '5.1', { name: 'a', label: 'A', 'data-source': OPTIONS, required: true }],
  ['ChipsSelector', '6.3', { name: 'a', label: 'A', 'data-source': OPTIONS, 'max-selected-items': 1 }],
  [
    'DatePicker',
    '5.1',
    {
      name: 'a',
      label: 'A',
      'min-date': '2026-01-01',
      'max-date': '2026-12-31',
      'unavailable-dates': ['2026-05-01'],
      'init-value': '2026-02-03',
    },
  ],
  [
    'CalendarPicker',
    '6.1',
    { name: 'a', label: 'A', 'include-days': ['Mon', 'Fri'], 'init-value': '2026-02-03', 'helper-text': 'Help' },
  ],
  [
    'CalendarPicker',
    '6.1',
    {
      name: 'a',
      mode: 'range',
      title: 'Stay',
      description: 'From and to',
      label: { 'start-date': 'From', 'end-date': 'To' },
      required: { 'start-date': true, 'end-date': true },
      'min-days': 1,
      'max-days': 14,
      'init-value': { 'start-date': '2026-02-03', 'end-date': '2026-02-05' },
    },
  ],
  ['OptIn', '5.1', { name: 'a', label: 'I agree', required: true, 'init-value': false }],
  [
    'OptIn',
    '6.0',
    { name: 'a', label: 'I agree', 'on-click-action': { name: 'open_url', url: 'https://example.test/terms' } },
  ],
  [
    'PhotoPicker',
    '5.1',
    {
      name: 'a',
      label: 'A',
      'photo-source': 'camera',
      'max-file-size-kb': 1024,
      'min-uploaded-photos': 0,
      'max-uploaded-photos': 3,
      'error-message': '${data.text}',
    },
  ],
  [
    'DocumentPicker',
    '5.1',
    {
      name: 'a',
      label: 'A',
      'allowed-mime-types': ['application/pdf'],
      'max-uploaded-documents': 1,
      'error-message': { id1: 'Not readable' },
    },
  ],
  ['EmbeddedLink', '6.0', { text: 'Terms', 'on-click-action': { name: 'open_url', url: 'https://example.test' } }],
  [
    'Image',
    '5.1',
    { src: 'iVBORw0KGgo=', width: 100, height: 80, 'scale-type': 'cover', 'aspect-ratio': 1.5, 'alt-text': 'A dot' },
  ],
  [
    'ImageCarousel',
    '7.1',
    { images: [{ src: 'iVBORw0KGgo=', 'alt-text': 'A dot' }], 'aspect-ratio': '16:9', 'scale-type': 'contain' },
  ],
  [
    'If',
    '5.1',
    {
      condition: "(${data.text} == 'a') || !${data.flag}",
      then: [{ type: 'TextBody', text: 'Yes' }],
      else: [{ type: 'TextBody', text: 'No' }],
    },
  ],
  [
    'If',
    '5.1',
    {
      condition: '${data.n} >= -2',
      then: [
        {
          type: 'If',
          condition: '${data.flag}',
          then: [{ type: 'If', condition: '${data.flag}', then: [{ type: 'TextBody', text: 'Deep' }] }],
        },
      ],
    },
  ],
  ['Switch', '5.1', { value: '${data.text}', cases: { a: [{ type: 'TextBody', text: 'A' }], 'b-1': [] } }],
  [
    'Form',
    '5.1',
    {
      name: 'form',
      'init-values': '${data.init}',
      'error-messages': '${data.errors}',
      children: [{ type: 'TextInput', name: 'x', label: 'X' }],
    },
  ],
  [
    'Form',
    '7.0',
    {
      name: 'form',
      'init-values': { x: '${data.text}', c: ['a'], o: true, n: 5 },
      'error-messages': { x: 'Wrong' },
      children: [
        { type: 'TextInput', name: 'x', label: 'X' },
        { type: 'TextInput', name: 'n', label: 'N', 'input-type': 'number' },
        { type: 'CheckboxGroup', name: 'c', label: 'C', 'data-source': OPTIONS },
        { type: 'OptIn', name: 'o', label: 'Yes' },
      ],
    },
  ],
];

const DATA = {
  text: string(),
  flag: boolean,
  n: number,
  options,
  init: { type: 'object', properties: { x: { type: 'string' } }, __example__: { x: 'X' } },
  errors: { type: 'object', properties: { x: { type: 'string' } }, __example__: {} },
};

function later(version: string, since: string): boolean {
  return CURRENT_VERSIONS.findIndex((each) => each === version) >= CURRENT_VERSIONS.findIndex((each) => each === since);
}

describe.each(CURRENT_VERSIONS)('version %s', (version) => {
  test.each(COMPONENTS.filter(([, since]) => later(version, since)))(
    'takes a %s of version %s',
    (type, _since, more) => {
      expect(validateFlowJson(write(oneScreen([{ type, ...more }], { data: DATA }, version)))).toEqual(CLEAN);
    },
  );

  test('takes a light flow that carries answers through a payload and ends with complete', () => {
    const first = screen('FIRST', [
      { type: 'TextInput', name: 'who', label: 'Name' },
      goTo('LAST', { who: '${form.who}', fixed: 'x' }),
    ]);
    const done = {
      ...FOOTER,
      'on-click-action': { name: 'complete', payload: { who: '${data.who}', again: '${screen.FIRST.form.who}' } },
    };
    const last = screen('LAST', [{ type: 'TextBody', text: '${data.who}' }, done], {
      terminal: true,
      data: { who: string(), fixed: string() },
    });
    expect(validateFlowJson(write({ version, screens: [first, last] }))).toEqual(CLEAN);
  });

  test('takes a connected flow with branches, refresh on back and masked fields', () => {
    const screens = [
      screen('START', [{ type: 'TextInput', name: 'pin', label: 'Pin', 'input-type': 'passcode' }, EXCHANGE_FOOTER], {
        refresh_on_back: true,
        sensitive: ['pin'],
      }),
      screen('SHORT', [EXCHANGE_FOOTER], { data: {} }),
      screen('END', [EXCHANGE_FOOTER], { terminal: true, success: true }),
    ];
    const flow = connected(screens, { START: ['SHORT', 'END'], SHORT: ['END'], END: [] }, version);
    expect(validateFlowJson(write(flow))).toEqual(CLEAN);
  });
});

test('RichText may stand with a Footer since 6.3 and alone before', () => {
  const rich = { type: 'RichText', text: ['# Title', 'Some **bold** words'] };
  expect(validateFlowJson(write(oneScreen([rich], {}, '6.3')))).toEqual(CLEAN);
  const alone = [screen('RICH', [rich]), screen('END', [FOOTER], { terminal: true })];
  const codes = validateFlowJson(write({ version: '6.0', screens: alone })).validationErrors.map(
    (error) => error.error,
  );
  expect(codes).toEqual(['INVALID_ROUTING_MODEL']);
});

test('a list whose items lead on needs no Footer', () => {
  const leads = { name: 'navigate', next: { type: 'screen', name: 'END' }, payload: { pick: 'a' } };
  const item = {
    id: 'a',
    'main-content': { title: 'First', description: 'Short', metadata: 'Meta' },
    end: { title: '5 EUR' },
    badge: 'New',
    tags: ['one'],
    'on-click-action': leads,
  };
  const list = { type: 'NavigationList', name: 'list', label: 'Choose', 'media-size': 'regular', 'list-items': [item] };
  const screens = [screen('LIST', [list]), screen('END', [FOOTER], { terminal: true, data: { pick: string() } })];
  expect(validateFlowJson(write({ version: '7.3', screens }))).toEqual(CLEAN);
});

test('branches of If and Switch may each have the Footer, and lead to different screens', () => {
  const footers = { type: 'If', condition: '${data.flag}', then: [goTo('A')], else: [goTo('B')] };
  const screens = [
    screen('START', [footers], { data: { flag: boolean } }),
    screen('A', [goTo('B')]),
    screen('B', [FOOTER], { terminal: true }),
  ];
  expect(validateFlowJson(write({ version: '7.3', screens }))).toEqual(CLEAN);
});

test('nested expressions may compute, compare and join in properties and payloads', () => {
  const fields = [
    { type: 'TextInput', name: 'n', label: 'Number', 'input-type': 'number' },
    {
      type: 'TextBody',
      text: "`'You have ' ${form.n} ' of ' ${data.n}`",
      visible: '`(${form.n} > 2) && ${data.flag}`',
    },
    { type: 'If', condition: '`${form.n} % 2 == 0`', then: [{ type: 'TextBody', text: 'Even' }] },
    { ...FOOTER, 'on-click-action': { name: 'complete', payload: { twice: '`${form.n} * 2`' } } },
  ];
  const flow = {
    version: '7.3',
    screens: [screen('ONLY', fields, { terminal: true, data: { flag: boolean, n: number } })],
  };
  expect(validateFlowJson(write(flow))).toEqual(CLEAN);
});

test.each([
  ['5.1', 'current'],
  ['7.3', 'current'],
  ['5.0', 'frozen'],
  ['2.1', 'frozen'],
  ['1.0', 'expired'],
  ['7.4', 'unknown'],
  ['', 'unknown'],
])("version '%s' is %s", (version, state) => {
  expect(flowJsonVersionState(version)).toBe(state);
});

test('a connected flow of one screen needs no routes, and terminal screens need no key', () => {
  const only = screen('ONLY', [EXCHANGE_FOOTER], { terminal: true });
  expect(validateFlowJson(write(connected([only], {})))).toEqual(CLEAN);
  const screens = [screen('START', [EXCHANGE_FOOTER]), only];
  expect(validateFlowJson(write(connected(screens, { START: ['ONLY'] })))).toEqual(CLEAN);
});

test('a page that a consent or a link opens to be read needs no way forward', () => {
  const open = { name: 'navigate', next: { type: 'screen', name: 'TERMS' }, payload: {} };
  const consent = {
    type: 'OptIn',
    name: 'ok',
    label: 'I have read the terms of this service and agree to them',
    'on-click-action': open,
  };
  const screens = [
    screen('START', [consent, FOOTER], { terminal: true }),
    screen('TERMS', [{ type: 'RichText', text: ['# Terms', '1. One', '| a | b |'] }]),
  ];
  expect(validateFlowJson(write({ version: '5.1', screens }))).toEqual(CLEAN);
});

test('a title may be a reference', () => {
  const flow = oneScreen([], { title: '${data.name}', data: { name: string() } });
  expect(validateFlowJson(write(flow))).toEqual(CLEAN);
});

test('expressions may join texts with sums in parentheses, divide without them, and carry an escaped backtick', () => {
  const age = { type: 'TextInput', name: 'age', label: 'Age', 'input-type': 'number' };
  const texts = [
    "`'Born in ' (2026 - ${form.age}) ' or before'`",
    "`'Each: ' ${data.n} / ${form.age}`",
    "`'Ana\\`s house'`",
  ];
  const bodies = texts.map((text) => ({ type: 'TextBody', text }));
  expect(validateFlowJson(write(oneScreen([age, ...bodies], { data: { n: number } }, '6.0')))).toEqual(CLEAN);
});

test('buttons of a flow without endpoint may lead back to a screen passed before', () => {
  const again = { name: 'navigate', next: { type: 'screen', name: 'MENU' }, payload: {} };
  const screens = [
    screen('HELLO', [goTo('MENU')]),
    screen('MENU', [goTo('DETAILS')]),
    screen('DETAILS', [{ type: 'EmbeddedLink', text: 'Choose again', 'on-click-action': again }, FOOTER], {
      terminal: true,
    }),
  ];
  expect(validateFlowJson(write({ version: '7.3', screens }))).toEqual(CLEAN);
});

test.each(['http://example.test/terms', 'https://example.test?q=a%20b', 'tel:+493012345678', 'mailto:a@example.test'])(
  'a link may open %s',
  (url) => {
    const link = { type: 'EmbeddedLink', text: 'Open', 'on-click-action': { name: 'open_url', url } };
    expect(validateFlowJson(write(oneScreen([link])))).toEqual(CLEAN);
  },
);
