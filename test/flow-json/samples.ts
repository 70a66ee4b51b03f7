/** Small flows for the validator's tests: legal as they are, so that each test breaks exactly one thing. */
type Json = Record<string, unknown>;

export const FOOTER: Json = {
  type: 'Footer',
  label: 'Send',
  'on-click-action': { name: 'complete', payload: {} },
};

export const EXCHANGE_FOOTER: Json = {
  type: 'Footer',
  label: 'Send',
  'on-click-action': { name: 'data_exchange', payload: {} },
};

export const OPTIONS = [
  { id: 'a', title: 'Apples' },
  { id: 'b', title: 'Pears' },
];

/** A Footer that goes to a screen. */
export function goTo(name: string, payload: Json = {}): Json {
  return {
    type: 'Footer',
    label: 'Next',
    'on-click-action': { name: 'navigate', next: { type: 'screen', name }, payload },
  };
}

/** A screen with these components. */
export function screen(id: string, children: unknown[], more: Json = {}): Json {
  return { id, title: 'Title', layout: { type: 'SingleColumnLayout', children }, ...more };
}

/** A flow of one terminal screen with these components and a Footer. */
export function oneScreen(children: unknown[], more: Json = {}, version = '7.3'): Json {
  return { version, screens: [screen('ONLY', [...children, FOOTER], { terminal: true, ...more })] };
}

/** A connected flow: every terminal screen's Footer asks the endpoint. */
export function connected(screens: unknown[], routing: Json, version = '7.3'): Json {
  return { version, data_api_version: '3.0', routing_model: routing, screens };
}

/** The text of a flow as a person would write it. */
export function write(flow: unknown): string {
  return JSON.stringify(flow, null, 2);
}
