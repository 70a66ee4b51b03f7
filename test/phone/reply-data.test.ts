import { describe, expect, test } from 'vitest';
import type { FlowJson } from '@flowella/shared/flow-json/flow-json.ts';
import type { EndpointRequest } from '@flowella/shared/phone/endpoint-link.ts';
import { openFlow, type Phone } from '@flowella/shared/phone/run-flow.ts';
import type { ScreenView } from '@flowella/shared/phone/screen-view.ts';

const list = (...ids: string[]) => ids.map((id) => ({ id, title: `${id} months` }));
const listModel = {
  type: 'array' as const,
  items: { type: 'object', properties: { id: { type: 'string' }, title: { type: 'string' } } },
  __example__: list('12'),
};
const text = { type: 'string' as const, __example__: 'Text' };
const exchange = (payload: Record<string, string>) => ({ name: 'data_exchange', payload });
const footer = { type: 'Footer', label: 'Next', 'on-click-action': exchange({}) };
const screen = (id: string, children: FlowJson['screens'][number]['layout']['children'], more: object = {}) => ({
  id,
  title: id,
  layout: { type: 'SingleColumnLayout' as const, children },
  ...more,
});

/** A flow as Meta's guide to loans builds it: a choice asks the endpoint, which answers only with what changed. */
const LOAN: FlowJson = {
  version: '7.3',
  data_api_version: '3.0',
  routing_model: { OFFER: ['DETAILS'], DETAILS: ['SUMMARY'], SUMMARY: [] },
  screens: [
    screen(
      'OFFER',
      [
        { type: 'TextHeading', text: '${data.rate}' },
        {
          type: 'Form',
          name: 'form',
          'init-values': { tenure: '${data.selected_tenure}' },
          children: [
            {
              type: 'Dropdown',
              name: 'tenure',
              label: 'Tenure',
              'data-source': '${data.tenures}',
              'on-select-action': exchange({ tenure: '${form.tenure}' }),
            },
            { type: 'TextInput', name: 'note', label: 'Note' },
            footer,
          ],
        },
      ],
      { data: { rate: text, tenures: listModel, selected_tenure: text, hint: text } },
    ),
    screen('DETAILS', [{ type: 'TextBody', text: '${data.rate}', visible: '${data.shown}' }, footer], {
      data: { rate: text, shown: { type: 'boolean', __example__: true }, count: { type: 'integer', __example__: 1 } },
    }),
    screen('SUMMARY', [{ type: 'TextBody', text: '${data.rate}' }, footer], {
      terminal: true,
      data: { rate: text, id: text, required: ['id'] },
    }),
  ],
};
const OPENING = { screen: 'OFFER', data: { rate: '9%', tenures: list('12', '24'), selected_tenure: '12' } };

/** A phone whose endpoint gives these replies one after the other; `requests` is what it was asked. */
async function phoneWith(
  flowJson: FlowJson,
  replies: unknown[],
): Promise<{ phone: Phone; requests: EndpointRequest[] }> {
  const requests: EndpointRequest[] = [];
  const waiting = [...replies];
  const phone = openFlow({
    flowJson,
    message: { flowToken: 'token', action: 'data_exchange', screen: null, data: null },
    effects: {
      link: (request) => {
        requests.push(request);
        const isNotice = request.data?.error !== undefined;
        const reply = isNotice ? { data: { acknowledged: true } } : waiting.shift();
        return Promise.resolve({ kind: 'reply', reply });
      },
      randomBytes: (count) => new Uint8Array(count),
    },
  });
  await phone.settled();
  return { phone, requests };
}

function screenOf(phone: Phone): ScreenView {
  const view = phone.view();
  if (view.kind !== 'screen') throw new Error(`no screen but ${JSON.stringify(view)}`);
  return view.screen;
}

async function press(phone: Phone): Promise<void> {
  await phone.press(screenOf(phone).footer?.id ?? '');
}

describe('what a reply leaves out', () => {
  test('stays as it was on a redraw, with what was typed', async () => {
    const { phone } = await phoneWith(LOAN, [OPENING, { screen: 'OFFER', data: { rate: '8%' } }]);
    await phone.setValue('note', 'please call');
    await phone.setValue('tenure', '24');
    const { components, notice } = screenOf(phone);
    expect(notice).toBeNull();
    expect(components).toMatchObject([
      { text: '8%' },
      { value: '24', options: [{ id: '12' }, { id: '24' }] },
      { value: 'please call' },
    ]);
  });

  test('may be a declared field that nothing visible needs', async () => {
    const { phone } = await phoneWith(LOAN, [OPENING, { screen: 'DETAILS', data: { shown: false, count: 3 } }]);
    await press(phone);
    expect(screenOf(phone)).toMatchObject({ id: 'DETAILS', components: [], notice: null });
  });

  test.each([
    ['a text that is shown', { screen: 'DETAILS', data: { shown: true } }],
    ['a text of the last screen', { screen: 'SUMMARY', data: { id: '7' } }],
    ['what the data model requires', { screen: 'SUMMARY', data: { rate: '9%' } }],
  ])('is refused where it is %s', async (_what, reply) => {
    const way = reply.screen === 'SUMMARY' ? [{ screen: 'DETAILS', data: { shown: false } }] : [];
    const { phone, requests } = await phoneWith(LOAN, [OPENING, ...way, reply]);
    for (let presses = 0; presses <= way.length; presses += 1) await press(phone);
    expect(screenOf(phone).notice).toBe('Something went wrong. Try again later.');
    expect(requests.at(-1)).toMatchObject({ data: { error: 'payload-schema-error' } });
  });

  test('is refused on the way from a navigation list, which needs every declared field', async () => {
    const item = { id: 'a', 'main-content': { title: 'A' } };
    const flow: FlowJson = {
      ...LOAN,
      routing_model: { LIST: ['LAST'], LAST: [] },
      screens: [
        screen('LIST', [
          { type: 'NavigationList', name: 'list', 'list-items': [item], 'on-click-action': exchange({}) },
        ]),
        screen('LAST', [footer], { terminal: true, data: { rate: text } }),
      ],
    };
    const { phone, requests } = await phoneWith(flow, [
      { screen: 'LIST', data: {} },
      { screen: 'LAST', data: {} },
    ]);
    await phone.press(screenOf(phone).components[0]?.id ?? '', 'a');
    expect(requests.at(-1)).toMatchObject({ data: { error: 'payload-schema-error' } });
  });
});

describe('where a reply may lead', () => {
  test('back along a route, which takes a screen off', async () => {
    const details = { screen: 'DETAILS', data: { shown: false } };
    const { phone } = await phoneWith(LOAN, [OPENING, details, OPENING]);
    await press(phone);
    await press(phone);
    expect(screenOf(phone)).toMatchObject({ id: 'OFFER', canGoBack: false, notice: null });
  });

  test('not over a screen, in either direction', async () => {
    const last = { screen: 'SUMMARY', data: { rate: '9%', id: '1' } };
    const { phone, requests } = await phoneWith(LOAN, [OPENING, last]);
    await press(phone);
    expect(screenOf(phone).id).toBe('OFFER');
    expect(requests.at(-1)).toMatchObject({ data: { error: 'invalid-screen-transition' } });
  });

  test('at the opening only to a screen that no route leads to', async () => {
    const { phone, requests } = await phoneWith(LOAN, [{ screen: 'DETAILS', data: { shown: false } }]);
    expect(phone.view()).toMatchObject({ kind: 'broken', clientError: 'invalid-screen-transition' });
    expect(requests.at(-1)).toMatchObject({ action: 'INIT', data: { error: 'invalid-screen-transition' } });
  });

  test('to the end from any screen, with the parameters it gives', async () => {
    const params = { some_param: 'value' };
    const success = { screen: 'SUCCESS', data: { extension_message_response: { params } } };
    const { phone } = await phoneWith(LOAN, [OPENING, success]);
    await press(phone);
    expect(phone.view()).toMatchObject({
      outcome: { kind: 'submitted', responseJson: { flow_token: 'token', some_param: 'value' } },
    });
  });

  test('to the end without parameters, and then nothing is sent', async () => {
    const { phone } = await phoneWith(LOAN, [OPENING, { screen: 'SUCCESS', data: {} }]);
    await press(phone);
    expect(phone.view()).toMatchObject({ kind: 'closed', outcome: { kind: 'dismissed' } });
  });
});
