import { describe, expect, test } from 'vitest';
import type { FlowComponent, FlowJson, JsonValue } from '@flowella/shared/flow-json/flow-json.ts';
import type { EndpointRequest } from '@flowella/shared/phone/endpoint-link.ts';
import { openFlow, type Phone, type PhoneEffects } from '@flowella/shared/phone/run-flow.ts';
import type { ScreenView } from '@flowella/shared/phone/screen-view.ts';

const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));

function openScreen(
  children: FlowComponent[],
  more: { data?: Record<string, JsonValue>; effects?: Partial<PhoneEffects>; payload?: Record<string, JsonValue> } = {},
): Phone {
  const declared = Object.entries(more.data ?? {}).map(([name, value]) => {
    const type = Array.isArray(value) ? 'array' : (typeof value as 'string' | 'number' | 'boolean' | 'object');
    return [name, { type, __example__: value }] as const;
  });
  const footer = {
    type: 'Footer',
    label: 'Send',
    'on-click-action': { name: 'complete', payload: more.payload ?? {} },
  };
  const flowJson: FlowJson = {
    version: '7.3',
    screens: [
      {
        id: 'ONLY',
        title: '${data.title}',
        terminal: true,
        data: Object.fromEntries(declared),
        layout: { type: 'SingleColumnLayout', children: [...children, footer] },
      },
    ],
  };
  return openFlow({
    flowJson,
    message: { flowToken: 't', action: 'navigate', screen: null, data: more.data ?? null },
    effects: { link: null, randomBytes, ...more.effects },
  });
}

function screenOf(phone: Phone): ScreenView {
  const view = phone.view();
  if (view.kind !== 'screen') throw new Error(`no screen but ${JSON.stringify(view)}`);
  return view.screen;
}

describe('components that only show something', () => {
  test.each<[string, FlowComponent, object]>([
    ['heading', { type: 'TextHeading', text: '${data.word}' }, { kind: 'heading', text: 'hello' }],
    ['subheading', { type: 'TextSubheading', text: 'x' }, { kind: 'subheading', text: 'x' }],
    [
      'body',
      { type: 'TextBody', text: ['a', 'b'], markdown: true, 'font-weight': 'bold_italic', strikethrough: true },
      { kind: 'body', paragraphs: ['a', 'b'], isMarkdown: true, weight: 'bold_italic', isStruck: true },
    ],
    ['caption', { type: 'TextCaption', text: 'x' }, { kind: 'caption', paragraphs: ['x'], weight: 'normal' }],
    ['rich text', { type: 'RichText', text: '${data.lines}' }, { kind: 'rich-text', paragraphs: ['# One', 'two'] }],
    [
      'image',
      { type: 'Image', src: 'aGk=', 'aspect-ratio': 1.5, 'scale-type': 'cover', 'alt-text': 'A house', height: 80 },
      { kind: 'image', src: 'aGk=', aspectRatio: 1.5, fit: 'cover', altText: 'A house', height: 80, width: null },
    ],
    [
      'carousel',
      { type: 'ImageCarousel', images: [{ src: 'aGk=', 'alt-text': 'One' }], 'aspect-ratio': '16:9' },
      { kind: 'carousel', images: [{ src: 'aGk=', altText: 'One' }], aspectRatio: '16:9', fit: 'contain' },
    ],
    [
      'link',
      { type: 'EmbeddedLink', text: 'Go', 'on-click-action': { name: 'open_url', url: '${data.word}' } },
      { kind: 'link', text: 'Go', url: 'hello' },
    ],
    [
      'navigation list',
      {
        type: 'NavigationList',
        name: 'l',
        'list-items': [
          {
            id: '1',
            'main-content': { title: 'T', description: 'D', metadata: 'M' },
            end: { title: 'E' },
            badge: 'New',
            tags: ['a'],
            enabled: false,
          },
        ],
      },
      {
        kind: 'navigation-list',
        items: [
          {
            id: '1',
            title: 'T',
            description: 'D',
            metadata: 'M',
            endTitle: 'E',
            badge: 'New',
            tags: ['a'],
            enabled: false,
          },
        ],
      },
    ],
  ])('%s', (_name, component, expected) => {
    const phone = openScreen([component], { data: { word: 'hello', lines: ['# One', 'two'] } });
    expect(screenOf(phone).components[0]).toMatchObject(expected);
  });

  test('what is not visible is not drawn, and the title may be bound', () => {
    const phone = openScreen([{ type: 'TextBody', text: 'x', visible: '${data.no}' }], {
      data: { no: false, title: 'Hi' },
    });
    expect(screenOf(phone)).toMatchObject({ title: 'Hi', components: [] });
  });
});

test('every property of an input may be bound to the data of the screen', () => {
  const data = { label: 'Bound', help: 'Help', min: 2, max: 5, must: true, on: false };
  const phone = openScreen(
    [
      {
        type: 'TextInput',
        name: 'f',
        label: '${data.label}',
        'helper-text': '${data.help}',
        'min-chars': '${data.min}',
        'max-chars': '${data.max}',
        required: '${data.must}',
        enabled: '${data.on}',
      },
    ],
    { data },
  );
  expect(screenOf(phone).components[0]).toMatchObject({
    label: 'Bound',
    helperText: 'Help',
    minChars: 2,
    maxChars: 5,
    required: true,
    enabled: false,
  });
});

test('a dynamic list of options is drawn with all that its items carry', () => {
  const options: JsonValue[] = [
    { id: '1', title: 'One', description: 'D', metadata: 'M', 'alt-text': 'A', color: '#112233' },
    { id: '2', title: 'Two', enabled: false },
  ];
  const phone = openScreen([{ type: 'RadioButtonsGroup', name: 'f', label: 'f', 'data-source': '${data.options}' }], {
    data: { options },
  });
  expect(screenOf(phone).components[0]).toMatchObject({
    options: [
      { id: '1', title: 'One', description: 'D', metadata: 'M', altText: 'A', color: '#112233', enabled: true },
      { id: '2', title: 'Two', enabled: false, image: null },
    ],
  });
});

test('what the server sends is shown as it is and never read as an expression', () => {
  const phone = openScreen([{ type: 'TextBody', text: '${data.tricky}' }], { data: { tricky: '`1 + 1`' } });
  expect(screenOf(phone).components[0]).toMatchObject({ paragraphs: ['`1 + 1`'] });
});

test('choosing an option can ask the endpoint, and its reply redraws the screen', async () => {
  const requests: EndpointRequest[] = [];
  const flowJson: FlowJson = {
    version: '7.3',
    data_api_version: '3.0',
    routing_model: { PICK: [] },
    screens: [
      {
        id: 'PICK',
        title: 'Pick',
        terminal: true,
        data: { times: { type: 'array', items: { type: 'object' }, __example__: [] } },
        layout: {
          type: 'SingleColumnLayout',
          children: [
            {
              type: 'DatePicker',
              name: 'day',
              label: 'Day',
              'on-select-action': { name: 'data_exchange', payload: { day: '${form.day}' } },
            },
            { type: 'Dropdown', name: 'time', label: 'Time', 'data-source': '${data.times}' },
            { type: 'Footer', label: 'Send', 'on-click-action': { name: 'data_exchange', payload: {} } },
          ],
        },
      },
    ],
  };
  const phone = openFlow({
    flowJson,
    message: { flowToken: 't', action: 'navigate', screen: null, data: { times: [] } },
    effects: {
      randomBytes,
      link: async (request) => {
        requests.push(request);
        return { kind: 'reply', reply: { screen: 'PICK', data: { times: [{ id: '9', title: '9:00' }] } } };
      },
    },
  });
  await phone.setValue('day', '2026-11-24');
  expect(requests).toEqual([
    { version: '3.0', action: 'data_exchange', screen: 'PICK', data: { day: '2026-11-24' }, flow_token: 't' },
  ]);
  expect(screenOf(phone).components).toMatchObject([
    { name: 'day', value: '2026-11-24' },
    { name: 'time', options: [{ id: '9', title: '9:00' }] },
  ]);
});

describe('files in a light flow', () => {
  const picker: FlowComponent = {
    type: 'DocumentPicker',
    name: 'paper',
    label: 'Paper',
    'max-uploaded-documents': 1,
    'allowed-mime-types': ['application/pdf'],
  };
  const pdf = { fileName: 'a.pdf', mimeType: 'application/pdf', bytes: new TextEncoder().encode('hello') };
  const payload = { paper: '${form.paper}' };

  async function send(phone: Phone): Promise<void> {
    await phone.press(screenOf(phone).footer?.id ?? '');
  }

  test('are handed over as media of the chat, named by id and hash', async () => {
    const phone = openScreen([picker], { payload, effects: { uploadMedia: async () => 'media-1' } });
    await phone.setValue('paper', [pdf]);
    await send(phone);
    expect(phone.view()).toMatchObject({
      outcome: {
        responseJson: {
          paper: [
            {
              id: 'media-1',
              file_name: 'a.pdf',
              mime_type: 'application/pdf',
              sha256: 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=',
            },
          ],
        },
      },
    });
  });

  test('of another type or too many are refused on the phone, and a failed upload keeps the screen', async () => {
    const phone = openScreen([picker], { payload });
    await phone.setValue('paper', [{ ...pdf, mimeType: 'text/plain' }]);
    await send(phone);
    expect(screenOf(phone).components[0]).toMatchObject({
      error: 'a.pdf is a type of file that is not accepted here.',
    });
    await phone.setValue('paper', [pdf, pdf]);
    expect(screenOf(phone).components[0]).toMatchObject({ error: 'Add one file only.' });
    await phone.setValue('paper', [pdf]);
    await send(phone);
    expect(screenOf(phone)).toMatchObject({ notice: 'The file could not be uploaded. Try again.', busy: null });
  });
});

test('the phone speaks German when asked to', async () => {
  const flowJson: FlowJson = {
    version: '7.3',
    screens: [
      {
        id: 'ONLY',
        title: 'T',
        terminal: true,
        layout: {
          type: 'SingleColumnLayout',
          children: [{ type: 'TextInput', name: 'f', label: 'f', 'input-type': 'number' }],
        },
      },
    ],
  };
  const phone = openFlow({
    flowJson,
    message: { flowToken: 't', action: 'navigate', screen: null, data: null },
    effects: { link: null, randomBytes },
    locale: 'de',
  });
  await phone.setValue('f', 'x');
  phone.leaveField('f');
  expect(screenOf(phone).components[0]).toMatchObject({ error: 'Geben Sie eine Zahl ein.' });
});
