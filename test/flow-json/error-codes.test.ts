import { describe, expect, test } from 'vitest';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import { EXCHANGE_FOOTER, FOOTER, OPTIONS, connected, goTo, oneScreen, screen, write } from './samples.ts';

type Case = {
  title: string;
  code: string;
  flow: unknown;
  /** The text the first pointer must cover, from its first character to its last; occurs once in the written flow. */
  at?: string;
  path?: string;
  /** Codes that the same mistake must bring along. */
  also?: string[];
};

const data = (type: string, example: unknown, more: object = {}) => ({ type, ...more, __example__: example });
const input = (more: object = {}) => ({ type: 'TextInput', name: 'field', label: 'Label', ...more });
const radio = (more: object = {}) => ({
  type: 'RadioButtonsGroup',
  name: 'pick',
  label: 'Label',
  'data-source': OPTIONS,
  ...more,
});
const photo = (more: object = {}) => ({ type: 'PhotoPicker', name: 'photo', label: 'Photo', ...more });
const calendar = (more: object = {}) => ({ type: 'CalendarPicker', name: 'day', label: 'Day', ...more });
const heading = (text: unknown = 'Hello') => ({ type: 'TextHeading', text });
const condition = (text: unknown) => ({ type: 'If', condition: text, then: [heading()] });
const send = (payload: unknown, more: object = {}) => ({
  ...FOOTER,
  'on-click-action': { name: 'complete', payload, ...more },
});
const twoScreens = (first: unknown[], second: object = {}, version = '7.3') => ({
  version,
  screens: [screen('FIRST', first), screen('SECOND', [FOOTER], { terminal: true, ...second })],
});
const lastScreen = (children: unknown[], more: object = {}, version = '7.3') => ({
  version,
  screens: [screen('ONLY', children, { terminal: true, ...more })],
});
const item = (more: object = {}) => ({ id: 'one', 'main-content': { title: 'First' }, ...more });
const toLast = { name: 'navigate', next: { type: 'screen', name: 'SECOND' }, payload: {} };
const list = (items: unknown, more: object = {}) => ({
  version: '7.3',
  screens: [
    screen('FIRST', [{ type: 'NavigationList', name: 'list', 'list-items': items, ...more }]),
    screen('SECOND', [FOOTER], { terminal: true }),
  ],
});

const VERSIONS: Case[] = [
  { title: 'a missing version', code: 'MISSING_FLOW_JSON_VERSION', flow: { screens: [] } },
  {
    title: 'a version that never was',
    code: 'INVALID_FLOW_JSON_VERSION',
    flow: { version: '2024.0', screens: [] },
    at: '"2024.0"',
    path: 'version',
  },
  {
    title: 'a version written as a number',
    code: 'UNSUPPORTED_FLOW_JSON_VERSION',
    flow: { version: 100, screens: [] },
    at: '100',
  },
  {
    title: 'an expired version',
    code: 'UNSUPPORTED_FLOW_JSON_VERSION',
    flow: { version: '1.0', screens: [] },
    at: '"1.0"',
  },
  {
    title: 'a frozen version',
    code: 'INVALID_FLOW_JSON_VERSION_STATE',
    flow: { version: '5.0', screens: [] },
    at: '"5.0"',
  },
  {
    title: 'a version that is not public',
    code: 'UNAVAILABLE_FLOW_JSON_VERSION',
    flow: { version: '7.4', screens: [] },
    at: '"7.4"',
  },
  {
    title: 'an unknown data API version',
    code: 'INVALID_DATA_API_VERSION',
    flow: { ...oneScreen([]), data_api_version: '2.0', routing_model: { ONLY: [] } },
    at: '"2.0"',
    path: 'data_api_version',
  },
  {
    title: 'a data API version that is too new for the flow',
    code: 'NO_SUPPORTED_DATA_API_VERSION',
    flow: { ...oneScreen([], {}, '7.2'), data_api_version: '4.0', routing_model: { ONLY: [] } },
    at: '"4.0"',
  },
];

const SCHEMA: Case[] = [
  {
    title: 'an unknown property at the top',
    code: 'INVALID_PROPERTY_KEY',
    flow: { ...oneScreen([]), extra: 1 },
    at: '"extra"',
    path: 'extra',
  },
  {
    title: 'the old endpoint address',
    code: 'INVALID_PROPERTY_KEY',
    flow: { ...oneScreen([]), data_channel_uri: 'https://x.test' },
    at: '"data_channel_uri"',
  },
  {
    title: 'an unknown property of a component',
    code: 'INVALID_PROPERTY_KEY',
    flow: oneScreen([{ ...heading(), hint: 'h' }]),
    at: '"hint"',
    path: 'screens[0].layout.children[0].hint',
  },
  {
    title: 'a property that came later',
    code: 'INVALID_PROPERTY_KEY',
    flow: oneScreen([input({ 'label-variant': 'large' })], {}, '6.3'),
    at: '"label-variant"',
  },
  {
    title: 'an initial value inside a Form',
    code: 'INVALID_PROPERTY_KEY',
    flow: oneScreen([{ type: 'Form', name: 'form', children: [input({ 'init-value': 'x' })] }]),
    at: '"init-value"',
  },
  {
    title: 'an unknown layout',
    code: 'INVALID_PROPERTY_VALUE',
    flow: {
      version: '7.3',
      screens: [{ id: 'ONLY', title: 'T', terminal: true, layout: { type: 'Grid', children: [FOOTER] } }],
    },
    at: '"Grid"',
  },
  {
    title: 'an unknown component',
    code: 'INVALID_PROPERTY_VALUE',
    flow: oneScreen([{ type: 'newComponent' }]),
    at: '"newComponent"',
    path: 'screens[0].layout.children[0].type',
  },
  { title: 'a component without a type', code: 'MISSING_REQUIRED_TYPE_PROPERTY', flow: oneScreen([{ text: 'Hello' }]) },
  {
    title: 'a component that came later',
    code: 'ONE_OF_SCHEMA_VALIDATION_FAILED',
    flow: oneScreen([calendar()], {}, '6.0'),
    at: '"CalendarPicker"',
  },
  {
    title: 'a component in the wrong place',
    code: 'ONE_OF_SCHEMA_VALIDATION_FAILED',
    flow: oneScreen([{ type: 'Form', name: 'form', children: [{ type: 'RichText', text: '# Hi' }] }]),
    at: '"RichText"',
  },
  {
    title: 'a property of the wrong type',
    code: 'INVALID_PROPERTY_TYPE',
    flow: oneScreen([input({ enabled: 1 })]),
    at: '1',
    path: 'screens[0].layout.children[0].enabled',
  },
  {
    title: 'a text where a number belongs',
    also: ['INVALID_PROPERTY_TYPE'],
    code: 'PATTERN_MISMATCH',
    flow: oneScreen([input({ 'max-chars': 'Hundred' })]),
    at: '"Hundred"',
  },
  {
    title: 'a screen id with a digit',
    code: 'PATTERN_MISMATCH',
    flow: { version: '7.3', screens: [screen('FIRST_1', [FOOTER], { terminal: true })] },
    at: '"FIRST_1"',
    path: 'screens[0].id',
  },
  {
    title: 'a screen id of underscores',
    code: 'PATTERN_MISMATCH',
    flow: { version: '7.0', screens: [screen('___', [FOOTER], { terminal: true })] },
    at: '"___"',
  },
  {
    title: 'a blank label',
    code: 'PATTERN_MISMATCH',
    flow: oneScreen([input({ label: '   ' })], {}, '6.0'),
    at: '"   "',
  },
  {
    title: 'a dynamic name',
    code: 'PATTERN_MISMATCH',
    flow: oneScreen([input({ name: '${data.x}' })], { data: { x: data('string', 'a') } }),
    at: '"${data.x}"',
  },
  {
    title: 'a wrong color',
    code: 'PATTERN_MISMATCH',
    flow: oneScreen([radio({ 'data-source': [{ id: 'a', title: 'A', color: 'red' }] })]),
    at: '"red"',
  },
  {
    title: 'a case name that starts with a digit',
    code: 'PATTERN_MISMATCH',
    flow: oneScreen([{ type: 'Switch', value: '${data.x}', cases: { '1a': [] } }], {
      data: { x: data('string', 'a') },
    }),
    at: '"1a"',
  },
  {
    title: 'an empty screen id',
    code: 'MIN_CHARS_REQUIRED',
    flow: { version: '7.3', screens: [screen('', [FOOTER], { terminal: true })] },
    at: '""',
    path: 'screens[0].id',
  },
  {
    title: 'an empty label before 6.0',
    code: 'MIN_CHARS_REQUIRED',
    flow: oneScreen([input({ label: '' })], {}, '5.1'),
    at: '""',
  },
  { title: 'no screens', code: 'MIN_ITEMS_REQUIRED', flow: { version: '7.3', screens: [] }, at: '[]', path: 'screens' },
  { title: 'no options', code: 'MIN_ITEMS_REQUIRED', flow: oneScreen([radio({ 'data-source': [] })]), at: '[]' },
  {
    title: 'four tags on an item',
    code: 'MAX_ITEMS_REQUIRED',
    flow: list([item({ tags: ['a', 'b', 'c', 'd'], 'on-click-action': toLast })]),
  },
  {
    title: 'two badges in a list',
    code: 'MAX_ITEMS_REQUIRED',
    flow: list([item({ badge: 'New' }), item({ id: 'two', badge: 'Hot' })], { 'on-click-action': toLast }),
    path: 'screens[0].layout.children[0]',
  },
  {
    title: 'a negative number of photos',
    code: 'MINIMUM_VALUE_REQUIRED',
    flow: oneScreen([photo({ 'min-uploaded-photos': -1 })]),
    at: '-1',
  },
  {
    title: 'forty photos',
    code: 'MAXIMUM_VALUE_REQUIRED',
    flow: oneScreen([photo({ 'max-uploaded-photos': 40 })]),
    at: '40',
  },
  {
    title: 'an unknown choice',
    code: 'INVALID_ENUM_VALUE',
    flow: oneScreen([input({ 'input-type': 'date' })]),
    at: '"date"',
  },
  {
    title: 'a link that completes',
    code: 'INVALID_ENUM_VALUE',
    flow: oneScreen([
      { type: 'EmbeddedLink', text: 'More', 'on-click-action': { name: 'complete', payload: { x: 1 } } },
    ]),
    path: 'screens[0].layout.children[0].on-click-action.name',
  },
  {
    title: 'a pattern on an e-mail field',
    code: 'INVALID_ENUM_VALUE',
    flow: oneScreen([input({ 'input-type': 'email', pattern: 'a+', 'helper-text': 'Help' })]),
    at: '"email"',
  },
  {
    title: 'one caption of two',
    code: 'INVALID_DEPENDENCIES',
    flow: lastScreen([{ ...FOOTER, 'left-caption': 'Left' }]),
  },
  {
    title: 'a center caption beside others',
    code: 'NOT_KEYWORD_SCHEMA_VALIDATION_FAILED',
    flow: lastScreen([{ ...FOOTER, 'left-caption': 'L', 'center-caption': 'C', 'right-caption': 'R' }]),
  },
  {
    title: 'success on a screen that is not terminal',
    code: 'NOT_KEYWORD_SCHEMA_VALIDATION_FAILED',
    flow: {
      version: '7.3',
      screens: [screen('FIRST', [goTo('LAST')], { success: true }), screen('LAST', [FOOTER], { terminal: true })],
    },
    at: '"success"',
  },
  {
    title: 'a payload with open_url',
    code: 'NOT_KEYWORD_SCHEMA_VALIDATION_FAILED',
    flow: oneScreen([
      {
        type: 'EmbeddedLink',
        text: 'More',
        'on-click-action': { name: 'open_url', url: 'https://x.test', payload: { a: 1 } },
      },
    ]),
    path: 'screens[0].layout.children[0].on-click-action.payload',
  },
  {
    title: 'an address without a scheme',
    code: 'INVALID_PROPERTY_VALUE_FORMAT',
    flow: oneScreen([
      { type: 'EmbeddedLink', text: 'More', 'on-click-action': { name: 'open_url', url: 'www.x.test' } },
    ]),
    at: '"www.x.test"',
  },
  {
    title: 'a pattern that is no regular expression',
    code: 'INVALID_PROPERTY_VALUE_FORMAT',
    flow: oneScreen([input({ pattern: '[a', 'helper-text': 'Help' })]),
    at: '"[a"',
  },
  {
    title: 'a missing label',
    code: 'MISSING_REQUIRED_PROPERTY',
    flow: oneScreen([{ type: 'TextInput', name: 'field' }]),
  },
  {
    title: 'a missing layout since 6.0',
    also: ['INVALID_ROUTING_MODEL'],
    code: 'MISSING_REQUIRED_PROPERTY',
    flow: { version: '6.0', screens: [{ id: 'A', title: 'T' }, screen('B', [FOOTER], { terminal: true })] },
  },
  {
    title: 'data_exchange without data_api_version',
    code: 'MISSING_REQUIRED_PROPERTY',
    flow: lastScreen([EXCHANGE_FOOTER]),
    at: '"data_exchange"',
  },
  {
    title: 'data_api_version without routing_model',
    code: 'MISSING_REQUIRED_PROPERTY',
    flow: { ...lastScreen([EXCHANGE_FOOTER]), data_api_version: '3.0' },
  },
  {
    title: 'a pattern without help',
    code: 'MISSING_REQUIRED_PROPERTY',
    flow: oneScreen([input({ pattern: 'a+' })]),
    path: 'screens[0].layout.children[0]',
  },
  {
    title: 'a list nobody can tap',
    code: 'MISSING_REQUIRED_PROPERTY',
    flow: list([item()]),
    path: 'screens[0].layout.children[0]',
  },
];

const SCREENS: Case[] = [
  {
    title: 'the reserved id',
    code: 'SCREEN_ID_IS_RESERVED_KEYWORD',
    flow: { version: '7.3', screens: [screen('success', [FOOTER], { terminal: true })] },
    at: '"success"',
  },
  {
    title: 'an id used twice',
    code: 'DUPLICATE_SCREEN_IDS',
    flow: {
      version: '7.3',
      screens: [
        screen('A', [goTo('B')]),
        screen('B', [FOOTER], { terminal: true }),
        screen('B', [FOOTER], { terminal: true }),
      ],
    },
    path: 'screens[2].id',
  },
  {
    title: 'no terminal screen',
    code: 'MISSING_TERMINAL_SCREEN',
    flow: { version: '7.3', screens: [screen('A', [heading()])] },
  },
  {
    title: 'a terminal screen without Footer',
    code: 'MISSING_FOOTER_ON_TERMINAL_SCREEN',
    flow: lastScreen([heading()]),
    path: 'screens[0]',
  },
  {
    title: 'a terminal Footer that navigates',
    code: 'INVALID_PROPERTY_VALUE',
    flow: {
      version: '7.3',
      screens: [screen('A', [goTo('B')], { terminal: true }), screen('B', [FOOTER], { terminal: true })],
    },
    at: '"navigate"',
  },
  { title: 'no successful end', code: 'INVALID_PROPERTY_VALUE', flow: oneScreen([], { success: false }), at: 'false' },
  {
    title: 'refresh_on_back without endpoint',
    code: 'INVALID_PROPERTY_VALUE',
    flow: oneScreen([], { refresh_on_back: true }),
    path: 'screens[0].refresh_on_back',
  },
  {
    title: 'too many screens',
    also: ['INVALID_ROUTING_MODEL'],
    code: 'MAX_SCREENS_NUMBER',
    flow: {
      version: '7.3',
      screens: Array.from({ length: 101 }, (_, index) =>
        screen(`S_${'A'.repeat(index + 1)}`, [FOOTER], { terminal: true }),
      ),
    },
  },
  {
    title: 'a sensitive field that is not there',
    code: 'INVALID_SENSITIVE_FIELD',
    flow: oneScreen([], { sensitive: ['pin'] }),
    at: '"pin"',
  },
  {
    title: 'an unknown screen property',
    code: 'INVALID_PROPERTY_KEY',
    flow: oneScreen([], { subtitle: 'x' }),
    at: '"subtitle"',
  },
];

const DATA: Case[] = [
  {
    title: 'an example deep inside',
    code: 'INVALID_SCREEN_DATA',
    flow: oneScreen([], {
      data: { o: data('object', { n: 1 }, { properties: { n: { type: 'number', __example__: 5 } } }) },
    }),
    path: 'screens[0].data.o.properties.n.__example__',
  },
  {
    title: 'a field without a type',
    code: 'INVALID_SCREEN_DATA',
    flow: oneScreen([], { data: { x: { __example__: 'a' } } }),
    path: 'screens[0].data.x',
  },
  {
    title: 'a type that is no text',
    code: 'INVALID_SCREEN_DATA',
    flow: oneScreen([], { data: { x: { type: 123, __example__: 'a' } } }),
    at: '123',
  },
  {
    title: 'a list without items',
    code: 'INVALID_SCREEN_DATA',
    flow: oneScreen([], { data: { x: data('array', []) } }),
    path: 'screens[0].data.x',
  },
  {
    title: 'items that are a text',
    code: 'INVALID_SCREEN_DATA',
    flow: oneScreen([], { data: { x: data('array', [], { items: 'word' }) } }),
    at: '"word"',
  },
  {
    title: 'an example of another type',
    code: 'INVALID_SCREEN_DATA',
    flow: oneScreen([], { data: { x: data('number', '123') } }),
    at: '"123"',
    path: 'screens[0].data.x.__example__',
  },
  {
    title: 'null as an example',
    code: 'INVALID_SCREEN_DATA',
    flow: oneScreen([], { data: { x: data('string', null) } }),
    at: 'null',
  },
  {
    title: 'the type null',
    code: 'INVALID_SCREEN_DATA',
    flow: oneScreen([], { data: { x: data('null', 'a') } }),
    at: '"null"',
  },
  {
    title: 'a missing example',
    code: 'MISSING_REQUIRED_PROPERTY',
    flow: oneScreen([], { data: { x: { type: 'string' } } }),
    path: 'screens[0].data.x',
  },
  {
    title: 'a reference to nothing',
    code: 'INVALID_SCREEN_DYNAMIC_DATA',
    flow: oneScreen([heading('${data.absent}')]),
    at: '"${data.absent}"',
    path: 'screens[0].layout.children[0].text',
  },
  {
    title: 'a reference of another type',
    code: 'INVALID_SCREEN_DYNAMIC_DATA',
    flow: oneScreen([heading('${data.top.flag}')], {
      data: { top: data('object', { flag: true }, { properties: { flag: { type: 'boolean' } } }) },
    }),
    at: '"${data.top.flag}"',
  },
  {
    title: 'options without titles',
    code: 'INVALID_SCREEN_DYNAMIC_DATA',
    flow: oneScreen([radio({ 'data-source': '${data.list}' })], {
      data: { list: data('array', [], { items: { type: 'object', properties: { id: { type: 'string' } } } }) },
    }),
    at: '"${data.list}"',
  },
  {
    title: 'a reference into a list',
    code: 'INVALID_SCREEN_DYNAMIC_DATA',
    flow: oneScreen([heading('${data.list.items}')], {
      data: { list: data('array', [], { items: { type: 'string' } }) },
    }),
    at: '"${data.list.items}"',
  },
  {
    title: 'a global reference to its own screen',
    code: 'INVALID_SCREEN_DYNAMIC_DATA',
    flow: oneScreen([heading('${screen.ONLY.data.x}')], { data: { x: data('string', 'a') } }),
    at: '"${screen.ONLY.data.x}"',
  },
  {
    title: 'a global reference to an unknown screen',
    code: 'INVALID_SCREEN_DYNAMIC_DATA',
    flow: oneScreen([heading('${screen.GONE.data.x}')]),
    at: '"${screen.GONE.data.x}"',
  },
  {
    title: 'an error message of the wrong type',
    code: 'INVALID_SCREEN_DYNAMIC_DATA',
    flow: oneScreen([photo({ 'error-message': '${data.error}' })], { data: { error: data('boolean', true) } }),
    at: '"${data.error}"',
  },
  {
    title: 'two references in one text',
    code: 'INVALID_SCREEN_DYNAMIC_DATA',
    flow: oneScreen([heading('${data.a} ${data.a}')], { data: { a: data('string', 'a') } }),
    at: '"${data.a} ${data.a}"',
  },
  {
    title: 'a switch that reads one item of a list',
    code: 'PATTERN_MISMATCH',
    also: ['INVALID_PROPERTY_TYPE'],
    flow: oneScreen([{ ...heading(), visible: '${data.list[0]}' }], {
      data: { list: data('array', [], { items: { type: 'boolean' } }) },
    }),
    at: '"${data.list[0]}"',
  },
  {
    title: 'a first value that reads nothing',
    code: 'INVALID_PROPERTY_VALUE',
    flow: oneScreen([{ type: 'Form', name: 'form', 'init-values': { field: '${data.absent}' }, children: [input()] }]),
    at: '"${data.absent}"',
  },
  {
    title: 'a reference in a list of texts',
    code: 'INVALID_TEXT_DYNAMIC_DATA',
    flow: oneScreen([{ type: 'TextBody', markdown: true, text: ['One', '${data.a}'] }], {
      data: { a: data('string', 'a') },
    }),
    at: '"${data.a}"',
  },
  {
    title: 'text and reference mixed in RichText',
    code: 'INVALID_PROPERTY_VALUE',
    flow: lastScreen([{ type: 'RichText', text: '# ${data.a}' }, FOOTER], { data: { a: data('string', 'a') } }),
    at: '"# ${data.a}"',
  },
];

const ACTIONS: Case[] = [
  {
    title: 'a payload from a field that is not there',
    code: 'INVALID_ON_CLICK_ACTION_PAYLOAD',
    flow: lastScreen([send({ x: '${form.absent}' })]),
    at: '"${form.absent}"',
  },
  {
    title: 'a payload from data that is not there',
    code: 'INVALID_ON_CLICK_ACTION_PAYLOAD',
    flow: lastScreen([send({ x: '${data.absent}' })]),
    at: '"${data.absent}"',
  },
  {
    title: 'a payload from the Form itself',
    code: 'INVALID_ON_CLICK_ACTION_PAYLOAD',
    flow: lastScreen([{ type: 'Form', name: 'all', children: [input(), send({ x: '${form.all}' })] }]),
    at: '"${form.all}"',
  },
  {
    title: 'a photo passed on by navigate',
    code: 'INVALID_ON_CLICK_ACTION_PAYLOAD',
    flow: twoScreens([photo(), goTo('SECOND', { p: '${form.photo}' })], {
      data: { p: data('array', [], { items: { type: 'object', properties: {} } }) },
    }),
    at: '"${form.photo}"',
  },
  {
    title: 'a photo deep in a payload',
    code: 'INVALID_ON_CLICK_ACTION_PAYLOAD',
    flow: lastScreen([photo({ 'max-uploaded-photos': 1 }), send({ p: { q: ['${form.photo}'] } })]),
    at: '"${form.photo}"',
  },
  {
    title: 'more files than complete can carry',
    code: 'INVALID_ON_CLICK_ACTION_PAYLOAD',
    flow: lastScreen([photo(), send({ p: '${form.photo}' })]),
    path: 'screens[0].layout.children[1].on-click-action.payload',
  },
  {
    title: 'larger files than complete can carry',
    code: 'INVALID_ON_CLICK_ACTION_PAYLOAD',
    flow: lastScreen([photo({ 'max-uploaded-photos': 5 }), send({ p: '${form.photo}' })]),
    path: 'screens[0].layout.children[1].on-click-action.payload',
  },
  {
    title: 'complete on a screen that is not terminal',
    also: ['INVALID_ROUTING_MODEL'],
    code: 'INVALID_COMPLETE_ACTION',
    flow: { version: '7.3', screens: [screen('A', [FOOTER]), screen('B', [FOOTER], { terminal: true })] },
    path: 'screens[0].layout.children[0].on-click-action.name',
  },
  {
    title: 'a payload for a screen without data',
    code: 'INVALID_NAVIGATE_ACTION_PAYLOAD',
    flow: twoScreens([goTo('SECOND', { name: 'Ann' })]),
    path: 'screens[0].layout.children[0].on-click-action.payload',
  },
  {
    title: 'a payload field the next screen does not know',
    code: 'INVALID_NAVIGATE_ACTION_PAYLOAD',
    flow: twoScreens([goTo('SECOND', { who: 'Ann' })], { data: {} }),
    at: '"who"',
  },
  {
    title: 'a field the next screen waits for',
    code: 'INVALID_NAVIGATE_ACTION_PAYLOAD',
    flow: twoScreens([goTo('SECOND', {})], { data: { who: data('string', 'Ann') } }),
    at: '{}',
  },
  {
    title: 'a payload of another type',
    code: 'INVALID_NAVIGATE_ACTION_PAYLOAD',
    flow: twoScreens([goTo('SECOND', { who: 123 })], { data: { who: data('string', 'Ann') } }),
    at: '123',
  },
  {
    title: 'a referenced payload of another type',
    code: 'INVALID_NAVIGATE_ACTION_PAYLOAD',
    flow: twoScreens([input(), goTo('SECOND', { who: '${form.field}' })], { data: { who: data('boolean', true) } }),
    at: '"${form.field}"',
  },
  {
    title: 'a payload object that lacks a field',
    code: 'INVALID_NAVIGATE_ACTION_STATIC_DATA',
    flow: twoScreens([goTo('SECOND', { who: { first: 'A' } })], {
      data: {
        who: data(
          'object',
          { first: 'A', last: 'B' },
          { properties: { first: { type: 'string' }, last: { type: 'string' } } },
        ),
      },
    }),
    path: 'screens[0].layout.children[0].on-click-action.payload.who',
  },
  {
    title: 'no payload where one is needed',
    code: 'MISSING_NAVIGATION_ACTION_PAYLOAD',
    flow: twoScreens(
      [{ ...FOOTER, 'on-click-action': { name: 'navigate', next: { type: 'screen', name: 'SECOND' } } }],
      { data: { who: data('string', 'Ann') } },
    ),
    path: 'screens[0].layout.children[0].on-click-action',
  },
  {
    title: 'navigation to the same screen',
    code: 'INVALID_NAVIGATE_ACTION_NEXT_SCREEN_NAME',
    flow: twoScreens([
      {
        type: 'EmbeddedLink',
        text: 'Again',
        'on-click-action': { name: 'navigate', next: { type: 'screen', name: 'FIRST' }, payload: {} },
      },
      goTo('SECOND'),
    ]),
    path: 'screens[0].layout.children[0].on-click-action.next.name',
  },
  {
    title: 'navigation to an unknown screen',
    also: ['INVALID_ROUTING_MODEL'],
    code: 'INVALID_NAVIGATE_ACTION_NEXT_SCREEN_NAME',
    flow: twoScreens([goTo('THIRD')]),
    at: '"THIRD"',
  },
  {
    title: 'a broken expression in a payload',
    code: 'INVALID_ACTION_PAYLOAD_PROPERTY',
    flow: lastScreen([send({ x: '`${data.n} +`' })], { data: { n: data('number', 1) } }),
    at: '"`${data.n} +`"',
  },
  {
    title: 'update_data of a field that is not there',
    code: 'INVALID_UPDATE_DATA_ACTION_PAYLOAD',
    flow: oneScreen([radio({ 'on-select-action': { name: 'update_data', payload: { gone: true } } })], { data: {} }),
    at: '"gone"',
  },
  {
    title: 'update_data with its own value',
    code: 'INVALID_UPDATE_DATA_ACTION_PAYLOAD',
    flow: oneScreen([radio({ 'on-select-action': { name: 'update_data', payload: { x: '${data.x}' } } })], {
      data: { x: data('string', 'a') },
    }),
    at: '"${data.x}"',
  },
  {
    title: 'on-select on a component and its items',
    code: 'INVALID_UPDATE_DATA_ACTION_PAYLOAD',
    flow: oneScreen(
      [
        radio({
          'data-source': [{ id: 'a', title: 'A', 'on-select-action': { name: 'update_data', payload: { x: 'b' } } }],
          'on-select-action': { name: 'update_data', payload: { x: 'c' } },
        }),
      ],
      { data: { x: data('string', 'a') } },
    ),
    path: 'screens[0].layout.children[0].data-source[0].on-select-action',
  },
  {
    title: 'update_data before 6.0',
    code: 'INVALID_PROPERTY_VALUE',
    flow: oneScreen(
      [radio({ 'on-select-action': { name: 'update_data', payload: { x: 'c' } } })],
      { data: { x: data('string', 'a') } },
      '5.1',
    ),
    at: '"update_data"',
  },
];

const COMPONENTS: Case[] = [
  {
    title: 'a hundred and one components',
    code: 'MAX_ALLOWED_COMPONENTS_PER_SCREEN',
    flow: oneScreen(Array.from({ length: 100 }, () => heading())),
    path: 'screens[0].layout.children[100].type',
  },
  {
    title: 'three links',
    code: 'COMPONENT_TYPE_MAX_NUMBER_PER_SCREEN',
    flow: oneScreen(
      Array.from({ length: 3 }, () => ({
        type: 'EmbeddedLink',
        text: 'More',
        'on-click-action': { name: 'open_url', url: 'https://x.test' },
      })),
    ),
    path: 'screens[0].layout.children[2].type',
  },
  {
    title: 'two footers',
    code: 'COMPONENT_TYPE_MAX_NUMBER_PER_SCREEN',
    flow: lastScreen([FOOTER, FOOTER]),
    path: 'screens[0].layout.children[1].type',
  },
  {
    title: 'a photo and a document',
    code: 'COMPONENT_TYPE_MAX_NUMBER_PER_SCREEN',
    flow: oneScreen([photo(), { type: 'DocumentPicker', name: 'doc', label: 'Document' }]),
  },
  {
    title: 'two Forms since 7.0',
    code: 'COMPONENT_TYPE_MAX_NUMBER_PER_SCREEN',
    flow: oneScreen(
      [
        { type: 'Form', name: 'a', children: [] },
        { type: 'Form', name: 'b', children: [] },
      ],
      {},
      '7.0',
    ),
  },
  {
    title: 'a Footer in If and one outside',
    code: 'MORE_THAN_ONE_FOOTER',
    flow: oneScreen([{ type: 'If', condition: '${data.x}', then: [FOOTER], else: [FOOTER] }], {
      data: { x: data('boolean', true) },
    }),
  },
  {
    title: 'RichText beside text since 6.0',
    code: 'INVALID_COMPONENT_PLACEMENT',
    flow: oneScreen([{ type: 'RichText', text: '# Hi' }, heading()]),
    at: '"RichText"',
  },
  {
    title: 'RichText beside a Footer before 6.3',
    code: 'INVALID_COMPONENT_PLACEMENT',
    flow: oneScreen([{ type: 'RichText', text: '# Hi' }], {}, '6.2'),
    at: '"RichText"',
  },
  {
    title: 'RichText beside text in 5.1',
    code: 'INVALID_RICHTEXT_PLACEMENT',
    flow: oneScreen([{ type: 'RichText', text: '# Hi' }], {}, '5.1'),
    at: '"RichText"',
  },
  {
    title: 'a list beside a text',
    code: 'INVALID_COMPONENT_PLACEMENT',
    flow: {
      version: '7.3',
      screens: [
        screen('FIRST', [
          { type: 'NavigationList', name: 'list', 'list-items': [item()], 'on-click-action': toLast },
          heading(),
        ]),
        screen('SECOND', [FOOTER], { terminal: true }),
      ],
    },
    at: '"NavigationList"',
  },
  {
    title: 'a list on a terminal screen',
    also: ['MISSING_FOOTER_ON_TERMINAL_SCREEN'],
    code: 'INVALID_PROPERTY_KEY',
    flow: {
      version: '7.3',
      screens: [
        screen('FIRST', [{ type: 'NavigationList', name: 'list', 'list-items': [item()], 'on-click-action': toLast }], {
          terminal: true,
        }),
        screen('SECOND', [FOOTER], { terminal: true }),
      ],
    },
    at: '"NavigationList"',
  },
  {
    title: 'a name used twice',
    code: 'DUPLICATE_FORM_COMPONENT_NAMES',
    flow: oneScreen([input(), { type: 'TextArea', name: 'field', label: 'Text' }]),
    path: 'screens[0].layout.children[1].name',
  },
  {
    title: 'a name used in two branches',
    code: 'DUPLICATE_FORM_COMPONENT_NAMES',
    flow: oneScreen([{ type: 'If', condition: '${data.x}', then: [input()], else: [input()] }], {
      data: { x: data('boolean', true) },
    }),
    path: 'screens[0].layout.children[0].else[0].name',
  },
  {
    title: 'an input outside the Form',
    code: 'COMPONENTS_OUTSIDE_FORM',
    flow: oneScreen([
      input({ name: 'other' }),
      { type: 'Form', name: 'form', children: [{ type: 'TextArea', name: 'field', label: 'Text' }] },
    ]),
    at: '"TextInput"',
  },
  {
    title: 'a preset photo',
    code: 'NATIVE_COMPONENT_IN_FORM_INIT_VALUES',
    flow: oneScreen([{ type: 'Form', name: 'form', 'init-values': { photo: 'abc' }, children: [photo()] }]),
    path: 'screens[0].layout.children[0].init-values.photo',
  },
  {
    title: 'a preset value of the wrong type',
    code: 'INVALID_PROPERTY_VALUE',
    flow: oneScreen([{ type: 'Form', name: 'form', 'init-values': { field: true }, children: [input()] }]),
    at: 'true',
    path: 'screens[0].layout.children[0].init-values.field',
  },
  {
    title: 'a preset value for nobody',
    code: 'INVALID_PROPERTY_VALUE',
    flow: oneScreen([{ type: 'Form', name: 'form', 'init-values': { ghost: 'x' }, children: [input()] }]),
    at: '"ghost"',
  },
  {
    title: 'an error message of the wrong type',
    code: 'INVALID_PROPERTY_VALUE',
    flow: oneScreen([{ type: 'Form', name: 'form', 'error-messages': { field: 5 }, children: [input()] }]),
    at: '5',
  },
  {
    title: 'images and colors in one list',
    code: 'DATA_SOURCE_ITEMS_HAVE_BOTH_IMAGE_AND_COLOR',
    flow: oneScreen([
      radio({
        'data-source': [
          { id: 'a', title: 'A', image: 'AAAA' },
          { id: 'b', title: 'B', color: '#112233' },
        ],
      }),
    ]),
  },
  {
    title: 'a minimum above the maximum',
    code: 'MIN_VALUE_GREATER_THAN_MAX',
    flow: oneScreen([input({ 'min-chars': 9, 'max-chars': 3 })]),
    at: '9',
  },
  {
    title: 'dates in the wrong order',
    code: 'INVALID_DATE_RANGE',
    flow: oneScreen([
      { type: 'DatePicker', name: 'day', label: 'Day', 'min-date': '2026-02-01', 'max-date': '2026-01-01' },
    ]),
    at: '"2026-02-01"',
  },
  {
    title: 'a date in another format',
    code: 'INVALID_DATE_RANGE',
    flow: oneScreen([{ type: 'DatePicker', name: 'day', label: 'Day', 'min-date': '1704067200000' }]),
    at: '"1704067200000"',
  },
  {
    title: 'an unavailable day out of range',
    code: 'INVALID_DATE_RANGE',
    flow: oneScreen([
      { type: 'DatePicker', name: 'day', label: 'Day', 'min-date': '2026-02-01', 'unavailable-dates': ['2026-01-01'] },
    ]),
    at: '"2026-01-01"',
  },
  {
    title: 'fewer days than the fewest',
    code: 'INVALID_MIN_MAX_DAYS',
    flow: oneScreen([
      calendar({ mode: 'range', label: { 'start-date': 'From', 'end-date': 'To' }, 'min-days': 9, 'max-days': 3 }),
    ]),
    at: '9',
  },
  {
    title: 'an initial day in another format',
    code: 'INVALID_DATE_SINGLE_INIT_VALUE_FORMAT',
    flow: oneScreen([calendar({ 'init-value': '1 May' })]),
    at: '"1 May"',
  },
  {
    title: 'a range label without its end',
    code: 'MISSING_CALENDAR_PICKER_RANGE_MODE_PROP',
    flow: oneScreen([calendar({ mode: 'range', label: { 'start-date': 'From' } })]),
    path: 'screens[0].layout.children[0].label',
  },
  {
    title: 'a range label with more than two ends',
    code: 'UNEXPECTED_CALENDAR_PICKER_RANGE_MODE_PROP',
    flow: oneScreen([calendar({ mode: 'range', label: { 'start-date': 'From', 'end-date': 'To', middle: 'M' } })]),
    at: '"middle"',
  },
  {
    title: 'a plain label in range mode',
    code: 'INVALID_TYPE',
    flow: oneScreen([calendar({ mode: 'range' })]),
    at: '"Day"',
  },
  {
    title: 'a range title in single mode',
    code: 'INVALID_PROPERTY_NAME_FOR_CONDITION',
    flow: oneScreen([calendar({ title: 'Dates' })]),
    path: 'screens[0].layout.children[0].title',
  },
  {
    title: 'a large list with ends',
    code: 'INVALID_PROPERTY_VALUE_FOR_CONDITION',
    flow: list([item({ end: { title: 'x' } })], { 'media-size': 'large', 'on-click-action': toLast }),
    path: 'screens[0].layout.children[0]',
  },
  {
    title: 'an action on a list and its items',
    code: 'DUPLICATE_PROPETY_FOR_CONDITION',
    flow: list([item({ 'on-click-action': toLast })], { 'on-click-action': toLast }),
  },
  {
    title: 'four carousel images',
    code: 'INVALID_PROPERTY_VALUE',
    flow: oneScreen([
      { type: 'ImageCarousel', images: Array.from({ length: 4 }, () => ({ src: 'AAAA', 'alt-text': 'A' })) },
    ]),
    path: 'screens[0].layout.children[0].images',
  },
  {
    title: 'four carousels in a flow',
    code: 'INVALID_PROPERTY_VALUE',
    flow: {
      version: '7.3',
      screens: ['A', 'B', 'C', 'D'].map((id, index) =>
        screen(
          id,
          [
            { type: 'ImageCarousel', images: [{ src: 'AAAA', 'alt-text': 'A' }] },
            index < 3 ? goTo('BCD'.charAt(index)) : FOOTER,
          ],
          index < 3 ? {} : { terminal: true },
        ),
      ),
    },
    path: 'screens[3].layout.children[0].type',
  },
];

const flag = { data: { flag: data('boolean', true), word: data('string', 'a'), n: data('number', 1) } };
const CONDITIONS: Case[] = [
  {
    title: 'an If without its part',
    code: 'INVALID_PROPERTY_VALUE',
    flow: oneScreen([{ type: 'If', condition: '${data.flag}', then: [] }], flag),
    at: '[]',
  },
  {
    title: 'a Footer without an else',
    code: 'MISSING_FOOTER_IN_IF_ELSE_BRANCHES',
    flow: lastScreen([{ type: 'If', condition: '${data.flag}', then: [FOOTER] }], flag),
    path: 'screens[0].layout.children[0]',
  },
  {
    title: 'a Footer in one branch only',
    code: 'MISSING_FOOTER_IN_IF_ELSE_BRANCHES',
    flow: lastScreen([{ type: 'If', condition: '${data.flag}', then: [heading()], else: [FOOTER] }], flag),
  },
  {
    title: 'a Footer in one case only',
    code: 'MISSING_FOOTER_IN_SWITCH_BRANCHES',
    flow: lastScreen([{ type: 'Switch', value: '${data.word}', cases: { a: [FOOTER], b: [heading()] } }], flag),
  },
  {
    title: 'a Switch without cases',
    code: 'EMPTY_SWITCH_CASES',
    flow: oneScreen([{ type: 'Switch', value: '${data.word}', cases: {} }], flag),
    path: 'screens[0].layout.children[0].cases',
  },
  {
    title: 'a Switch over a fixed text',
    code: 'PATTERN_MISMATCH',
    flow: oneScreen([{ type: 'Switch', value: 'fixed', cases: { a: [] } }]),
    at: '"fixed"',
  },
  {
    title: 'four levels of If',
    code: 'MAXIMUM_IF_NESTING',
    flow: oneScreen(
      [[1, 2, 3, 4].reduce<object>((inner) => ({ type: 'If', condition: '${data.flag}', then: [inner] }), heading())],
      flag,
    ),
  },
  {
    title: 'a Footer on the second level',
    also: ['MISSING_FOOTER_IN_IF_ELSE_BRANCHES'],
    code: 'ONE_OF_SCHEMA_VALIDATION_FAILED',
    flow: lastScreen(
      [
        {
          type: 'If',
          condition: '${data.flag}',
          then: [{ type: 'If', condition: '${data.flag}', then: [FOOTER], else: [FOOTER] }],
          else: [FOOTER],
        },
      ],
      flag,
    ),
  },
  {
    title: 'parentheses behind a reference, which would call it',
    code: 'INVALID_PROPERTY_VALUE',
    flow: oneScreen([heading('`${data.word} (1 + 1)`')], flag),
    path: 'screens[0].layout.children[0].text',
  },
  ...[
    ['is blank', ' '],
    ['has empty parentheses', '( )'],
    ['compares two fixed values', '573 == 376'],
    ['closes more than it opens', '))${data.flag}(('],
    ['opens more than it closes', '(${data.flag}'],
    ['has a lonely minus sign', '${data.flag} && -a'],
    ['is a text', '((${data.word}))'],
    ['is fixed', 'true'],
    ['compares different types', "${data.n} == 'a'"],
    ['orders texts', "${data.word} > 'a'"],
    ['lacks an operator', '${data.flag} ${data.flag}'],
    ['lacks an operand', '${data.flag} &&'],
    ['has an open quote', "${data.word} == 'a"],
    ['has an unknown operator', '${data.flag} & ${data.flag}'],
    ['has a comparison without parentheses', '${data.flag} && ${data.n} > 5'],
    ['names nothing', '${data.absent}'],
    ['computes', '(${data.n} + 1) > 5'],
    ['joins two truths with a number', '${data.flag} || ${data.n}'],
    ['has a decimal', '${data.n} > 3.5'],
    ['has a number with a zero before it', '${data.n} == 007'],
    ['has a text in double quotes', '${data.word} == "a"'],
  ].map(([title = '', text = '']) => ({
    title: `a condition that ${title}`,
    code: 'INVALID_PROPERTY_VALUE',
    flow: oneScreen([condition(text)], flag),
    path: 'screens[0].layout.children[0].condition',
  })),
  ...[
    ['uses a choice', "`${data.flag} ? 'a' : 'b'`"],
    ['adds texts', "`${data.word} + 'a'`"],
    ['gives another type', '`${data.n} > 5`'],
    ['names nothing', "`${data.absent} 'a'`"],
    ['uses null', '`null`'],
    ['is not closed', "`'a`"],
    ['is empty', '``'],
  ].map(([title = '', text = '']) => ({
    title: `an expression that ${title}`,
    code: 'INVALID_PROPERTY_VALUE',
    flow: oneScreen([heading(text)], flag),
    path: 'screens[0].layout.children[0].text',
  })),
];

const exchange = (id: string, terminal = false) => screen(id, [EXCHANGE_FOOTER], terminal ? { terminal: true } : {});
const ROUTING: Case[] = [
  {
    title: 'a screen left out',
    code: 'INVALID_ROUTING_MODEL',
    flow: connected([exchange('A'), exchange('B'), exchange('C', true)], { A: ['C'] }),
    path: 'screens[1].id',
  },
  {
    title: 'a key that is no screen',
    code: 'INVALID_ROUTING_MODEL',
    flow: connected([exchange('A', true)], { A: [], GHOST: [] }),
    at: '"GHOST"',
  },
  {
    title: 'a destination that is no screen',
    code: 'INVALID_ROUTING_MODEL',
    flow: connected([exchange('A', true)], { A: ['GHOST'] }),
    at: '"GHOST"',
  },
  {
    title: 'a screen apart from the rest',
    code: 'INVALID_ROUTING_MODEL',
    flow: connected([exchange('A'), exchange('B', true), exchange('C', true)], { A: ['B'], B: [], C: [] }),
    path: 'screens[2].id',
  },
  {
    title: 'a route to itself',
    code: 'INVALID_ROUTING_MODEL',
    flow: connected([exchange('A'), exchange('B', true)], { A: ['A', 'B'], B: [] }),
    path: 'routing_model.A',
  },
  {
    title: 'a route back',
    code: 'INVALID_ROUTING_MODEL',
    flow: connected([exchange('E'), exchange('A'), exchange('B', true)], { E: ['A'], A: ['B'], B: ['A'] }),
    path: 'routing_model.B[0]',
  },
  {
    title: 'no entry',
    code: 'INVALID_ROUTING_MODEL',
    flow: connected([exchange('A'), exchange('B'), exchange('C', true)], { A: ['B'], B: ['C'], C: ['A'] }),
    path: 'routing_model',
  },
  {
    title: 'eleven branches',
    code: 'INVALID_ROUTING_MODEL',
    flow: connected(
      [exchange('A'), ...[...'BCDEFGHIJKL'].map((id) => exchange(id, true))],
      Object.fromEntries([['A', [...'BCDEFGHIJKL']], ...[...'BCDEFGHIJKL'].map((id) => [id, []])]),
    ),
    path: 'routing_model.A',
  },
  {
    title: 'a navigate action without its route',
    code: 'INVALID_ROUTING_MODEL',
    flow: connected([screen('A', [goTo('C')]), exchange('B'), exchange('C', true)], { A: ['B'], B: ['C'], C: [] }),
    path: 'screens[2].id',
  },
  {
    title: 'a light flow whose second screen nobody reaches',
    code: 'INVALID_ROUTING_MODEL',
    flow: {
      version: '7.3',
      screens: [screen('A', [FOOTER], { terminal: true }), screen('B', [FOOTER], { terminal: true })],
    },
    path: 'screens[1].id',
  },
  {
    title: 'a light flow without entry',
    also: ['INVALID_PROPERTY_VALUE'],
    code: 'INVALID_ROUTING_MODEL',
    flow: { version: '7.3', screens: [screen('A', [goTo('B')]), screen('B', [goTo('A')], { terminal: true })] },
    path: 'screens',
  },
];

const GROUPS = { VERSIONS, SCHEMA, SCREENS, DATA, ACTIONS, COMPONENTS, CONDITIONS, ROUTING };

/** Line and column of the one place where `needle` stands, counted without the validator's help. */
function placeOf(text: string, needle: string): { line: number; from: number; to: number } {
  const lines = text.split('\n');
  const hits = lines.flatMap((content, index) => {
    const written = JSON.stringify(needle.replace(/^"|"$/g, ''));
    const wanted = needle.startsWith('"') && needle.length > 1 ? written : needle;
    const at = wanted.startsWith('"')
      ? content.indexOf(wanted)
      : content.search(new RegExp(`(?<=: |^ *)${wanted.replace(/[[\]{}]/g, '\\$&')}(?=,?$)`));
    return at < 0 ? [] : [{ line: index + 1, from: at + 1, to: at + wanted.length }];
  });
  const [hit] = hits;
  if (hit === undefined) throw new Error(`'${needle}' does not stand in the flow`);
  return hit;
}

for (const [group, cases] of Object.entries(GROUPS)) {
  describe(group.toLowerCase(), () => {
    test.each(cases)('$title is $code', ({ code, also = [], flow, at, path }) => {
      const text = write(flow);
      const { validationErrors } = validateFlowJson(text);
      const found = validationErrors.filter((error) => error.error === code);
      expect(new Set(validationErrors.map((error) => error.error))).toEqual(new Set([code, ...also]));
      const pointers = found.flatMap((error) => error.pointers);
      if (path !== undefined) expect(pointers.map((pointer) => pointer.path)).toContain(path);
      if (at === undefined) return;
      const place = placeOf(text, at);
      expect(pointers).toContainEqual(
        expect.objectContaining({
          line_start: place.line,
          line_end: place.line,
          column_start: place.from,
          column_end: place.to,
        }),
      );
    });
  });
}

test('every finding names the same place at the top and in its first pointer', () => {
  for (const { flow } of Object.values(GROUPS).flat()) {
    const { validationErrors, warnings } = validateFlowJson(write(flow));
    for (const error of [...validationErrors, ...warnings]) {
      const { path: _path, ...first } = error.pointers[0] ?? { path: '' };
      expect(error).toMatchObject(first);
      expect(error.line_start).toBeGreaterThan(0);
      expect(error.column_start).toBeGreaterThan(0);
    }
  }
});

test('a text that is not JSON is INVALID_FLOW_JSON at the place where reading stopped', () => {
  const { validationErrors } = validateFlowJson('{\n  "version": "7.3",\n  "screens": [],,\n}');
  expect(validationErrors).toMatchObject([{ error: 'INVALID_FLOW_JSON', line_start: 3, column_start: 17 }]);
});
