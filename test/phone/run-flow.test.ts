import { afterEach, describe, expect, test } from 'vitest';
import type { FlowComponent, FlowJson, JsonValue } from '@flowella/shared/flow-json/flow-json.ts';
import { encryptedLink, type EndpointLink } from '@flowella/shared/phone/endpoint-link.ts';
import { openFlow, PhoneMisuse, type FlowMessage, type Phone } from '@flowella/shared/phone/run-flow.ts';
import type { ScreenView } from '@flowella/shared/phone/screen-view.ts';
import { walkFlow } from '@flowella/shared/phone/walk-flow.ts';
import { fakeEndpoint, type Answer, type Exchange, type FakeEndpoint } from './fake-endpoint.ts';

const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const token = 'token-1';
let endpoint: FakeEndpoint | null = null;

afterEach(async () => {
  await endpoint?.close();
  endpoint = null;
});

function lightFlow(children: FlowComponent[], payload: Record<string, JsonValue> = {}, extra = {}): FlowJson {
  const footer = { type: 'Footer', label: 'Send', 'on-click-action': { name: 'complete', payload } };
  const layout = { type: 'SingleColumnLayout' as const, children: [...children, footer] };
  return { version: '7.3', screens: [{ id: 'ONLY', title: 'Only', terminal: true, layout, ...extra }] };
}

function openLight(flowJson: FlowJson, message: Partial<FlowMessage> = {}): Phone {
  return openFlow({
    flowJson,
    message: { flowToken: token, action: 'navigate', screen: null, data: null, ...message },
    effects: { link: null, randomBytes },
  });
}

function screenOf(phone: Phone): ScreenView {
  const view = phone.view();
  if (view.kind !== 'screen') throw new Error(`no screen but ${JSON.stringify(view)}`);
  return view.screen;
}

function fieldOf(phone: Phone, name: string) {
  const found = screenOf(phone).components.find((component) => 'value' in component && component.name === name);
  if (found === undefined || !('value' in found)) throw new Error(`no field ${name}`);
  return found;
}

async function press(phone: Phone): Promise<void> {
  const footer = screenOf(phone).footer;
  if (footer === null) throw new Error('no button');
  await phone.press(footer.id);
}

const text = (name: string, more: Record<string, JsonValue> = {}): FlowComponent => ({
  type: 'TextInput',
  name,
  label: name,
  ...more,
});
const options = ['a', 'b', 'c'].map((id) => ({ id, title: `Option ${id}` }));

describe('a light flow', () => {
  test('runs on the phone alone and hands over the payload with its token', async () => {
    const phone = openLight(lightFlow([text('name', { required: true })], { name: '${form.name}', v: '1' }));
    expect(screenOf(phone).footer?.enabled).toBe(false);
    await phone.setValue('name', 'Ana');
    await press(phone);
    expect(phone.view()).toMatchObject({
      kind: 'closed',
      outcome: { kind: 'submitted', responseJson: { flow_token: token, name: 'Ana', v: '1' } },
    });
  });

  test('carries data along navigate and still knows the answers of a screen left by Back', async () => {
    const flow: FlowJson = {
      version: '7.3',
      screens: [
        {
          id: 'FIRST',
          title: 'First',
          layout: {
            type: 'SingleColumnLayout',
            children: [
              text('name', { required: true }),
              { type: 'TextBody', text: '${screen.SECOND.form.more}' },
              {
                type: 'Footer',
                label: 'Next',
                'on-click-action': {
                  name: 'navigate',
                  next: { type: 'screen', name: 'SECOND' },
                  payload: { greeting: "`'Hi ' ${form.name}`" },
                },
              },
            ],
          },
        },
        {
          id: 'SECOND',
          title: 'Second',
          terminal: true,
          data: { greeting: { type: 'string', __example__: 'Hi' } },
          layout: {
            type: 'SingleColumnLayout',
            children: [
              { type: 'TextHeading', text: '${data.greeting}' },
              text('more'),
              {
                type: 'Footer',
                label: 'Send',
                'on-click-action': { name: 'complete', payload: { a: '${screen.FIRST.form.name}', b: '${form.more}' } },
              },
            ],
          },
        },
      ],
    };
    const phone = openLight(flow);
    await phone.setValue('name', 'Ana');
    await press(phone);
    expect(screenOf(phone).components[0]).toMatchObject({ kind: 'heading', text: 'Hi Ana' });
    await phone.setValue('more', 'later');
    await phone.back();
    expect(fieldOf(phone, 'name').value).toBe('Ana');
    expect(screenOf(phone).components[1]).toMatchObject({ paragraphs: ['later'] });
    const walk = await walkFlow(phone, { more: 'again' });
    expect(walk.visited).toEqual(['FIRST', 'SECOND']);
    expect(walk.view).toMatchObject({ outcome: { responseJson: { a: 'Ana', b: 'again' } } });
  });

  test('breaks when a navigate payload lacks a text the next screen shows or gives it another type', async () => {
    const payloads: Record<string, JsonValue>[] = [{}, { greeting: 1 }];
    for (const payload of payloads) {
      const flow = lightFlow([{ type: 'TextBody', text: '${data.greeting}' }]);
      flow.screens.unshift({
        id: 'START',
        title: 'Start',
        layout: {
          type: 'SingleColumnLayout',
          children: [
            {
              type: 'Footer',
              label: 'Next',
              'on-click-action': { name: 'navigate', next: { type: 'screen', name: 'ONLY' }, payload },
            },
          ],
        },
      });
      const last = flow.screens[1];
      if (last) last.data = { greeting: { type: 'string', __example__: 'Hi' } };
      const phone = openLight(flow);
      await press(phone);
      expect(phone.view()).toMatchObject({ kind: 'broken', clientError: 'payload-schema-error' });
    }
  });

  test.each([
    ['3', 3],
    ['', 0],
  ])(
    'takes what was typed into a field for numbers (%j) where the next screen declares a number',
    async (typed, arrives) => {
      const flow = lightFlow([{ type: 'TextBody', text: '`${data.count} + 1`' }], { count: '${data.count}' });
      const count = { type: 'number' as const, __example__: 1 };
      const [last] = flow.screens;
      if (last) last.data = { count };
      const field = { type: 'TextInput', name: 'n', label: 'How many', 'input-type': 'number' };
      const next = { name: 'navigate', next: { type: 'screen', name: 'ONLY' }, payload: { count: '${form.n}' } };
      flow.screens.unshift({
        id: 'START',
        title: 'Start',
        layout: {
          type: 'SingleColumnLayout',
          children: [field, { type: 'Footer', label: 'Next', 'on-click-action': next }],
        },
      });
      const phone = openLight(flow);
      const walk = await walkFlow(phone, { n: typed });
      expect(walk.view).toMatchObject({ outcome: { responseJson: { count: arrives } } });
    },
  );

  test('does not open when the message lacks the data of its first screen', () => {
    const flow = lightFlow([], {}, { data: { name: { type: 'string', __example__: 'Ana' } } });
    expect(openLight(flow).view()).toMatchObject({ kind: 'broken', clientError: 'payload-schema-error' });
    expect(openLight(flow, { data: { name: 'Bo', extra: 1 } }).view().kind).toBe('screen');
  });

  test('the token of the message is sent, whatever the flow puts under its name', async () => {
    const phone = openLight(lightFlow([text('f')], { flow_token: 'its own', f: '${form.f}' }));
    await phone.setValue('f', 'x');
    await press(phone);
    expect(phone.view()).toMatchObject({ outcome: { kind: 'submitted', responseJson: { flow_token: token, f: 'x' } } });
  });

  test('a component the app does not know keeps the flow from opening', () => {
    const phone = openLight(lightFlow([{ type: 'HologramPicker' }]));
    expect(phone.view()).toMatchObject({ kind: 'broken', clientError: 'missing_capability' });
  });
});

describe('every input is checked before it leaves the phone', () => {
  test.each<[string, FlowComponent, string | string[] | { 'start-date': string; 'end-date': string }, string | null]>([
    ['number', text('f', { 'input-type': 'number' }), 'ten', 'Enter a number.'],
    ['number', text('f', { 'input-type': 'number' }), '-10.5', null],
    ['email', text('f', { 'input-type': 'email' }), 'ana', 'Enter an email address like name@example.com.'],
    ['email', text('f', { 'input-type': 'email' }), 'ana@example.com', null],
    ['phone', text('f', { 'input-type': 'phone' }), 'abc', 'Enter a phone number.'],
    ['phone', text('f', { 'input-type': 'phone' }), '+49 (151) 234-567', null],
    ['passcode', text('f', { 'input-type': 'passcode' }), '12a', 'Enter a number.'],
    ['min chars', text('f', { 'min-chars': 3 }), 'ab', 'Enter at least 3 characters.'],
    ['max chars', text('f', { 'max-chars': 3 }), 'abcd', 'Enter at most 3 characters.'],
    ['default max', text('f'), 'x'.repeat(81), 'Enter at most 80 characters.'],
    [
      'pattern',
      text('f', { pattern: '^\\d{5}$', 'helper-text': '5 digits' }),
      '1234567',
      'Enter it in the format shown below the field.',
    ],
    // As Meta's sample says it: "Contains: 007".
    ['pattern without anchors', text('f', { pattern: '007', 'helper-text': 'Contains: 007' }), '10071', null],
    ['pattern of an older kind', text('f', { pattern: '^[\\w\\-\\@]+$', 'helper-text': 'a' }), 'a-b@c', null],
    [
      'no boxes although two are wanted',
      { type: 'CheckboxGroup', name: 'f', label: 'f', 'data-source': options, 'min-selected-items': 2 },
      [],
      'Select at least 2.',
    ],
    ['pattern', text('f', { pattern: '\\d{5}', 'helper-text': '5 digits' }), '12345', null],
    ['area', { type: 'TextArea', name: 'f', label: 'f' }, 'x'.repeat(601), 'Enter at most 600 characters.'],
    [
      'checkboxes',
      { type: 'CheckboxGroup', name: 'f', label: 'f', 'data-source': options, 'min-selected-items': 2 },
      ['a'],
      'Select at least 2.',
    ],
    [
      'chips',
      { type: 'ChipsSelector', name: 'f', label: 'f', 'data-source': options, 'max-selected-items': 2 },
      ['a', 'b', 'c'],
      'Select at most 2.',
    ],
    [
      'date',
      { type: 'DatePicker', name: 'f', label: 'f', 'min-date': '2026-01-01' },
      '2025-12-31',
      'This date is not available. Choose another one.',
    ],
    [
      'date',
      { type: 'DatePicker', name: 'f', label: 'f' },
      '2026-02-30',
      'This date is not available. Choose another one.',
    ],
    [
      'calendar',
      { type: 'CalendarPicker', name: 'f', label: 'f', 'include-days': ['Mon'] },
      '2026-11-24',
      'This date is not available. Choose another one.',
    ],
    ['calendar', { type: 'CalendarPicker', name: 'f', label: 'f', 'include-days': ['Mon'] }, '2026-11-23', null],
    [
      'range',
      {
        type: 'CalendarPicker',
        mode: 'range',
        name: 'f',
        label: { 'start-date': 'From', 'end-date': 'To' },
        'max-days': 3,
      },
      { 'start-date': '2026-11-01', 'end-date': '2026-11-04' },
      'Choose at most 3 days.',
    ],
    [
      'range',
      {
        type: 'CalendarPicker',
        mode: 'range',
        name: 'f',
        label: { 'start-date': 'From', 'end-date': 'To' },
        'max-days': 4,
      },
      { 'start-date': '2026-11-01', 'end-date': '2026-11-04' },
      null,
    ],
  ])('%s (case %#)', async (_title, component, value, expected) => {
    const phone = openLight(lightFlow([component], { f: '${form.f}' }));
    await phone.setValue('f', value);
    expect(fieldOf(phone, 'f').error).toBeNull();
    await press(phone);
    if (expected === null) expect(phone.view()).toMatchObject({ outcome: { responseJson: { f: value } } });
    else expect(fieldOf(phone, 'f').error).toBe(expected);
  });

  test('a field shows its error once it is left, and no longer once it is right', async () => {
    const phone = openLight(lightFlow([text('f', { 'input-type': 'email' })]));
    await phone.setValue('f', 'ana');
    phone.leaveField('f');
    expect(fieldOf(phone, 'f').error).toMatch(/email/);
    await phone.setValue('f', 'ana@example.com');
    expect(fieldOf(phone, 'f').error).toBeNull();
  });

  test('backticks around what is no expression are shown as written', () => {
    const flow = lightFlow([text('f')]);
    const [first, ...others] = flow.screens;
    if (first === undefined) throw new Error('no screen');
    const phone = openLight({ ...flow, screens: [{ ...first, title: '``' }, ...others] });
    expect(screenOf(phone).title).toBe('``');
  });

  test('a screen without a layout, legal before version 6.0, is empty', () => {
    const flow = { version: '5.1', screens: [{ id: 'ONLY', title: 'Only' }] };
    const phone = openLight(flow as unknown as FlowJson);
    expect(screenOf(phone)).toMatchObject({ title: 'Only', components: [], footer: null });
  });

  test('a field that appears after the button was pressed shows no error before it was left', async () => {
    const phone = openLight(
      lightFlow([
        text('kind', { 'input-type': 'email' }),
        { ...text('town', { 'min-chars': 3, 'init-value': 'x' }), visible: "`${form.kind} == 'a@b.example'`" },
      ]),
    );
    await phone.setValue('kind', 'ana');
    await press(phone);
    expect(fieldOf(phone, 'kind').error).toMatch(/email/);
    await phone.setValue('kind', 'a@b.example');
    expect(fieldOf(phone, 'town').error).toBeNull();
    await press(phone);
    expect(fieldOf(phone, 'town').error).not.toBeNull();
  });

  test('a person cannot choose an unknown or disabled option, a hidden or disabled field, or press a grey button', () => {
    const phone = openLight(
      lightFlow([
        {
          type: 'Dropdown',
          name: 'd',
          label: 'd',
          required: true,
          'data-source': [...options, { id: 'x', title: 'X', enabled: false }],
        },
        text('hidden', { visible: false }),
        text('off', { enabled: false }),
      ]),
    );
    expect(() => phone.setValue('d', 'zzz')).toThrow(PhoneMisuse);
    expect(() => phone.setValue('d', 'x')).toThrow(PhoneMisuse);
    expect(() => phone.setValue('hidden', 'x')).toThrow(PhoneMisuse);
    expect(() => phone.setValue('off', 'x')).toThrow(PhoneMisuse);
    expect(() => phone.press(screenOf(phone).footer?.id ?? '')).toThrow(PhoneMisuse);
  });

  test('a required field that is hidden keeps the button grey; one that follows its visibility does not', () => {
    const blocked = openLight(lightFlow([text('f', { visible: false, required: true })]));
    expect(screenOf(blocked).footer?.enabled).toBe(false);
    const shown = "`${form.other} == 'x'`";
    const fine = openLight(lightFlow([text('other'), text('f', { visible: shown, required: shown })]));
    expect(screenOf(fine).footer?.enabled).toBe(true);
  });
});

describe('a screen redraws itself as the person answers', () => {
  test('visible, If and Switch follow the answers', async () => {
    const phone = openLight(
      lightFlow([
        { type: 'RadioButtonsGroup', name: 'r', label: 'r', 'data-source': options },
        text('only_b', { visible: "`${form.r} == 'b'`" }),
        {
          type: 'If',
          condition: "${form.r} == 'a'",
          then: [{ type: 'TextBody', text: 'then' }],
          else: [{ type: 'TextBody', text: 'else' }],
        },
        {
          type: 'Switch',
          value: '${form.r}',
          cases: {
            a: [{ type: 'TextCaption', text: 'case a' }],
            c: [text('in_c')],
            default: [{ type: 'TextCaption', text: 'no case' }],
          },
        },
      ]),
    );
    const shown = () =>
      screenOf(phone).components.flatMap((component) =>
        'value' in component ? [component.name] : 'paragraphs' in component ? component.paragraphs : [],
      );
    expect(shown()).toEqual(['r', 'else', 'no case']);
    await phone.setValue('r', 'a');
    expect(shown()).toEqual(['r', 'then', 'case a']);
    await phone.setValue('r', 'b');
    expect(shown()).toEqual(['r', 'only_b', 'else', 'no case']);
    await phone.setValue('r', 'c');
    expect(shown()).toEqual(['r', 'else', 'in_c']);
  });

  test('update_data changes the list below and drops an answer that is gone from it', async () => {
    const cities = (names: string[]) => names.map((id) => ({ id, title: id }));
    const country = (id: string, names: string[]) => ({
      id,
      title: id,
      'on-select-action': { name: 'update_data', payload: { cities: cities(names) } },
      'on-unselect-action': { name: 'update_data', payload: { cities: [] } },
    });
    const flow = lightFlow(
      [
        {
          type: 'Dropdown',
          name: 'country',
          label: 'c',
          'data-source': [country('DE', ['Ulm']), country('PE', ['Lima'])],
        },
        { type: 'Dropdown', name: 'city', label: 'c', 'data-source': '${data.cities}' },
      ],
      {},
      {
        data: {
          cities: {
            type: 'array',
            items: { type: 'object', properties: { id: { type: 'string' }, title: { type: 'string' } } },
            __example__: [],
          },
        },
      },
    );
    const phone = openLight(flow, { data: { cities: [] } });
    await phone.setValue('country', 'DE');
    await phone.setValue('city', 'Ulm');
    await phone.setValue('country', 'PE');
    expect(fieldOf(phone, 'city')).toMatchObject({ value: '', options: [{ id: 'Lima' }] });
  });

  test('initial values come from the Form or from the field itself', () => {
    const form = openLight(
      lightFlow([
        {
          type: 'Form',
          name: 'form',
          'init-values': { a: 'Ana', c: ['a'] },
          'error-messages': { a: 'Wrong name' },
          children: [text('a'), { type: 'CheckboxGroup', name: 'c', label: 'c', 'data-source': options }],
        },
      ]),
    );
    expect(fieldOf(form, 'a')).toMatchObject({ value: 'Ana', error: 'Wrong name' });
    expect(fieldOf(form, 'c').value).toEqual(['a']);
    const alone = openLight(lightFlow([text('a', { 'init-value': 'Bo', 'error-message': 'No' })]));
    expect(fieldOf(alone, 'a')).toMatchObject({ value: 'Bo', error: 'No' });
  });

  test('links, opt-ins and navigation lists run their own actions', async () => {
    const opened: string[] = [];
    const go = { name: 'navigate', next: { type: 'screen', name: 'ONLY' }, payload: {} };
    const flow = lightFlow([]);
    flow.screens.unshift({
      id: 'START',
      title: 'Start',
      layout: {
        type: 'SingleColumnLayout',
        children: [
          { type: 'EmbeddedLink', text: 'Site', 'on-click-action': { name: 'open_url', url: 'https://example.com/' } },
          {
            type: 'OptIn',
            name: 'ok',
            label: 'I agree',
            'on-click-action': { name: 'open_url', url: 'https://example.com/terms' },
          },
          {
            type: 'NavigationList',
            name: 'list',
            'list-items': [{ id: 'one', 'main-content': { title: 'One' }, 'on-click-action': go }],
          },
        ],
      },
    });
    const phone = openFlow({
      flowJson: flow,
      message: { flowToken: token, action: 'navigate', screen: 'START', data: null },
      effects: { link: null, randomBytes, openUrl: (url) => opened.push(url) },
    });
    const ids = screenOf(phone).components.map((component) => component.id);
    await phone.press(ids[0] ?? '');
    await phone.press(ids[1] ?? '');
    expect(opened).toEqual(['https://example.com/', 'https://example.com/terms']);
    await phone.press(ids[2] ?? '', 'one');
    expect(screenOf(phone).id).toBe('ONLY');
  });

  test('a walk presses the item that is named on a screen of nothing but a list, else the first one', async () => {
    const item = (id: string, screen: string, more = {}) => ({
      id,
      'main-content': { title: id },
      'on-click-action': { name: 'navigate', next: { type: 'screen', name: screen }, payload: {} },
      ...more,
    });
    const flow = lightFlow([]);
    const only = flow.screens[0];
    if (!only) throw new Error('no screen');
    const items = [item('off', 'ONLY', { enabled: false }), item('one', 'ONLY'), item('two', 'OTHER')];
    const children = [{ type: 'NavigationList', name: 'list', 'list-items': items }];
    flow.screens.unshift({ id: 'START', title: 'Start', layout: { type: 'SingleColumnLayout', children } });
    flow.screens.push({ ...only, id: 'OTHER' });
    const open = () =>
      openFlow({
        flowJson: flow,
        message: { flowToken: token, action: 'navigate', screen: 'START', data: null },
        effects: { link: null, randomBytes },
      });
    expect((await walkFlow(open(), {})).visited).toEqual(['START', 'ONLY']);
    expect((await walkFlow(open(), { list: 'two' })).visited).toEqual(['START', 'OTHER']);
    expect((await walkFlow(open(), { list: 'off' })).stuck?.screen).toBe('START');
  });
});

test('the summary masks sensitive answers, hides passwords and shows titles instead of ids', async () => {
  const phone = openLight(
    lightFlow(
      [
        text('name'),
        text('secret'),
        text('pin', { 'input-type': 'passcode' }),
        { type: 'Dropdown', name: 'd', label: 'd', 'data-source': options },
        { type: 'OptIn', name: 'ok', label: 'ok' },
      ],
      {},
      { sensitive: ['secret', 'ok'] },
    ),
  );
  const walk = await walkFlow(phone, { name: 'Ana', secret: 'x', pin: '1234', d: 'b', ok: true });
  expect(walk.view).toMatchObject({
    outcome: {
      summary: [
        { label: 'name', value: 'Ana' },
        { label: 'secret', value: '••••••••••••' },
        { label: 'd', value: 'Option b' },
        { label: 'ok', value: 'Yes' },
      ],
    },
  });
});

function connectedFlow(): FlowJson {
  const exchange = (payload: Record<string, JsonValue>) => ({ name: 'data_exchange', payload });
  const form = (children: FlowComponent[], payload: Record<string, JsonValue>): FlowComponent => ({
    type: 'Form',
    name: 'form',
    'init-values': '${data.init}',
    'error-messages': '${data.errors}',
    children: [...children, { type: 'Footer', label: 'Next', 'on-click-action': exchange(payload) }],
  });
  const data = {
    init: { type: 'object' as const, properties: { email: { type: 'string' } }, __example__: {} },
    errors: { type: 'object' as const, properties: { email: { type: 'string' } }, __example__: {} },
  };
  const screen = (id: string, field: string, more: object) => ({
    id,
    title: id,
    data,
    layout: {
      type: 'SingleColumnLayout' as const,
      children: [form([text(field)], { [field]: `\${form.${field}}`, v: '7', s: id })],
    },
    ...more,
  });
  return {
    version: '7.3',
    data_api_version: '3.0',
    routing_model: { A: ['B'], B: ['C'], C: [] },
    screens: [
      screen('A', 'email', {}),
      screen('B', 'city', { refresh_on_back: true }),
      screen('C', 'zip', { terminal: true }),
    ],
  };
}

const plain = { init: {}, errors: {} };
const show = (screen: string, data: object = plain): Answer => ({ reply: { screen, data } });
const success: Answer = {
  reply: {
    screen: 'SUCCESS',
    data: { extension_message_response: { params: { flow_token: token, submission: 's1' } } },
  },
};

async function openConnected(
  answer: (exchange: Exchange, count: number) => Answer,
  message: Partial<FlowMessage> = {},
): Promise<Phone> {
  endpoint = await fakeEndpoint(answer);
  const phone = openFlow({
    flowJson: connectedFlow(),
    message: { flowToken: token, action: 'data_exchange', screen: null, data: null, ...message },
    effects: { link: endpoint.link, randomBytes },
  });
  await phone.settled();
  return phone;
}

/** Notices to the endpoint are not waited for by the phone: wait until it has one. */
async function noticeOf(count: number): Promise<Exchange | undefined> {
  const deadline = Date.now() + 5_000;
  while ((endpoint?.requests.length ?? 0) < count && Date.now() < deadline) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  return endpoint?.requests[count - 1];
}

describe('a connected flow', () => {
  test('asks the endpoint to open, on every screen, and closes with the parameters of SUCCESS', async () => {
    const next: Record<string, Answer> = { A: show('B'), B: show('C'), C: success };
    const phone = await openConnected((exchange) =>
      exchange.action === 'INIT'
        ? show('A', { init: { email: 'a@b.de' }, errors: {}, undeclared: 1 })
        : (next[exchange.screen ?? ''] ?? show('A')),
    );
    expect(fieldOf(phone, 'email').value).toBe('a@b.de');
    const walk = await walkFlow(phone, { city: 'Ulm', zip: '89073' });
    expect(walk.view).toMatchObject({
      outcome: { kind: 'submitted', lastScreen: 'C', responseJson: { flow_token: token, submission: 's1' } },
    });
    expect(endpoint?.requests).toEqual([
      { version: '3.0', action: 'INIT', screen: '', data: {}, flow_token: token },
      {
        version: '3.0',
        action: 'data_exchange',
        screen: 'A',
        data: { email: 'a@b.de', v: '7', s: 'A' },
        flow_token: token,
      },
      {
        version: '3.0',
        action: 'data_exchange',
        screen: 'B',
        data: { city: 'Ulm', v: '7', s: 'B' },
        flow_token: token,
      },
      {
        version: '3.0',
        action: 'data_exchange',
        screen: 'C',
        data: { zip: '89073', v: '7', s: 'C' },
        flow_token: token,
      },
    ]);
  });

  test('shows errors at the field and a snackbar on a redraw; editing the field takes its error away', async () => {
    const phone = await openConnected((exchange) =>
      exchange.action === 'INIT'
        ? show('A')
        : show('A', { init: { email: 'bad' }, errors: { email: 'Unknown address' }, error_message: 'Please check' }),
    );
    await phone.setValue('email', 'bad');
    await press(phone);
    expect(screenOf(phone).notice).toBe('Please check');
    expect(fieldOf(phone, 'email')).toMatchObject({ value: 'bad', error: 'Unknown address' });
    await phone.setValue('email', 'better');
    expect(fieldOf(phone, 'email').error).toBeNull();
  });

  test('a redraw that does not give the values back loses what was typed', async () => {
    const phone = await openConnected(() => show('A'));
    await phone.setValue('email', 'typed');
    await press(phone);
    expect(fieldOf(phone, 'email').value).toBe('');
  });

  test('Back is silent unless the screen asks for a refresh, and then BACK is sent without data', async () => {
    const phone = await openConnected((exchange) => {
      if (exchange.action === 'BACK') return show('A', { init: { email: 'refreshed' }, errors: {} });
      return exchange.action === 'INIT' ? show('A') : show(exchange.screen === 'A' ? 'B' : 'C');
    });
    await phone.setValue('email', 'mine');
    await press(phone);
    await press(phone);
    await phone.back();
    expect(screenOf(phone).id).toBe('B');
    expect(endpoint?.requests).toHaveLength(3);
    await phone.back();
    const back = { version: '3.0', action: 'BACK', screen: 'B', data: {}, flow_token: token };
    expect(endpoint?.requests.at(-1)).toEqual(back);
    expect(screenOf(phone)).toMatchObject({ id: 'A', canGoBack: false });
    expect(fieldOf(phone, 'email').value).toBe('refreshed');
  });

  test.each<[string, Answer, string]>([
    ['a screen without a route', show('C'), 'invalid-screen-transition'],
    ['an unknown screen', show('NOWHERE'), 'invalid-screen-transition'],
    ['a wrong type', show('B', { init: 'x', errors: {} }), 'payload-schema-error'],
    ['null', show('B', { init: null, errors: {} }), 'payload-schema-error'],
    ['a wrong type inside', show('B', { init: { email: 7 }, errors: {} }), 'payload-schema-error'],
    ['no screen at all', { reply: { data: {} } }, 'payload-schema-error'],
    [
      'a reply that does not decrypt',
      { rawBody: Buffer.from('nonsense').toString('base64') },
      'response-decryption-error',
    ],
    ['a quoted reply', { rawBody: '"abc"' }, 'response-decryption-error'],
  ])('a bad reply leaves the person on the screen and is reported to the endpoint: %s', async (_title, bad, error) => {
    const phone = await openConnected((exchange) => {
      if (exchange.data?.error !== undefined) return { reply: { data: { acknowledged: true } } };
      return exchange.action === 'INIT' ? show('A') : bad;
    });
    await press(phone);
    expect(screenOf(phone)).toMatchObject({ id: 'A', notice: 'Something went wrong. Try again later.', busy: null });
    expect(await noticeOf(3)).toMatchObject({
      action: 'data_exchange',
      screen: 'A',
      flow_token: token,
      data: { error },
    });
  });

  test('a bad reply to INIT keeps the flow from opening and is reported as INIT', async () => {
    const phone = await openConnected(() => show('A', { init: 'none' }));
    expect(phone.view()).toMatchObject({ kind: 'broken', clientError: 'payload-schema-error' });
    expect(await noticeOf(2)).toMatchObject({ action: 'INIT', data: { error: 'payload-schema-error' } });
  });

  test('after 421 the key is fetched again and the request sent once more', async () => {
    const phone = await openConnected((exchange) => (exchange.action === 'INIT' ? show('A') : show('B')));
    endpoint?.rotateKey();
    await press(phone);
    expect(screenOf(phone).id).toBe('B');
    expect(endpoint?.keyReads()).toBe(2);
    expect(endpoint?.requests).toHaveLength(2);
  });

  test('a second 421 is an error and not a loop', async () => {
    const phone = await openConnected((exchange) => (exchange.action === 'INIT' ? show('A') : { status: 421 }));
    await press(phone);
    expect(screenOf(phone).notice).toBe('Something went wrong. Try again later.');
    expect(endpoint?.requests).toHaveLength(3);
  });

  test.each<[string, Answer]>([
    ['in the clear', { status: 427, body: JSON.stringify({ error_msg: 'This offer is over.' }) }],
    ['encrypted', { status: 427, encryptedBody: { error_msg: 'This offer is over.' } }],
  ])('427 closes the flow with the text of the business, %s', async (_title, answer) => {
    const phone = await openConnected(() => answer);
    expect(phone.view()).toEqual({ kind: 'closed', outcome: { kind: 'revoked', text: 'This offer is over.' } });
  });

  test.each([432, 500, 503])('HTTP %i is a plain error and the person may try again', async (status) => {
    const phone = await openConnected((exchange, count) => {
      if (exchange.action === 'INIT') return show('A');
      return count === 2 ? { status } : show('B');
    });
    await press(phone);
    expect(screenOf(phone)).toMatchObject({ id: 'A', notice: 'Something went wrong. Try again later.' });
    await press(phone);
    expect(screenOf(phone)).toMatchObject({ id: 'B', notice: null });
  });

  test('an answer slower than ten seconds is given up, and coming late changes nothing', async () => {
    const timers: { delayMs: number; fire: () => void }[] = [];
    endpoint = await fakeEndpoint((exchange) => (exchange.action === 'INIT' ? show('A') : show('B')));
    const { publicKey } = await crypto.subtle.generateKey(
      { name: 'RSA-OAEP', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' },
      true,
      ['encrypt', 'decrypt'],
    );
    const spki = Buffer.from(await crypto.subtle.exportKey('spki', publicKey)).toString('base64');
    const stalled: EndpointLink = encryptedLink({
      publicKey: async () => `-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----`,
      exchange: () => new Promise(() => {}),
      timer: (delayMs, fire) => {
        timers.push({ delayMs, fire });
        return () => {};
      },
      randomBytes,
    });
    const real = endpoint.link;
    const phone = openFlow({
      flowJson: connectedFlow(),
      message: { flowToken: token, action: 'data_exchange', screen: null, data: null },
      effects: { link: (request) => (request.action === 'INIT' ? real(request) : stalled(request)), randomBytes },
    });
    await phone.settled();
    const pressed = press(phone);
    expect(screenOf(phone).busy).toBe(screenOf(phone).footer?.id);
    expect(() => phone.setValue('email', 'x')).toThrow(PhoneMisuse);
    while (timers.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(timers[0]?.delayMs).toBe(10_000);
    timers[0]?.fire();
    await pressed;
    expect(screenOf(phone)).toMatchObject({
      id: 'A',
      busy: null,
      notice: 'No answer. Check your connection and try again.',
    });
  });
});

test('files go to the endpoint encrypted, with their address and keys', async () => {
  const uploads: Uint8Array[] = [];
  endpoint = await fakeEndpoint((exchange) => (exchange.action === 'INIT' ? show('P', {}) : success));
  const flow: FlowJson = {
    version: '7.3',
    data_api_version: '3.0',
    routing_model: { P: [] },
    screens: [
      {
        id: 'P',
        title: 'P',
        terminal: true,
        layout: {
          type: 'SingleColumnLayout',
          children: [
            {
              type: 'PhotoPicker',
              name: 'photo',
              label: 'Photo',
              'min-uploaded-photos': 1,
              'max-uploaded-photos': 1,
              'max-file-size-kb': 1,
            },
            {
              type: 'Footer',
              label: 'Send',
              'on-click-action': { name: 'data_exchange', payload: { photo: '${form.photo}' } },
            },
          ],
        },
      },
    ],
  };
  const phone = openFlow({
    flowJson: flow,
    message: { flowToken: token, action: 'data_exchange', screen: null, data: null },
    effects: {
      link: endpoint.link,
      randomBytes,
      uploadFile: async (file) => `https://cdn.example/${uploads.push(file)}`,
    },
  });
  await phone.settled();
  expect(screenOf(phone).footer?.enabled).toBe(false);
  await phone.setValue('photo', [{ fileName: 'big.png', mimeType: 'image/png', bytes: new Uint8Array(1025) }]);
  await press(phone);
  expect(fieldOf(phone, 'photo').error).toBe('big.png is larger than 1 KB. Choose a smaller file.');
  await phone.setValue('photo', [{ fileName: 'id.png', mimeType: 'image/png', bytes: new Uint8Array(100) }]);
  await press(phone);
  expect(phone.view()).toMatchObject({ outcome: { kind: 'submitted' } });
  expect(uploads[0]?.length).toBe(112 + 10);
  expect(endpoint.requests[1]?.data?.photo).toMatchObject([
    {
      cdn_url: 'https://cdn.example/1',
      file_name: 'id.png',
      encryption_metadata: { plaintext_hash: expect.any(String) as string },
    },
  ]);
});
