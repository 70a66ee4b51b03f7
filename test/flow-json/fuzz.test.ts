import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FlowJson } from '@flowella/shared/flow-json/flow-json.ts';
import { CURRENT_VERSIONS } from '@flowella/shared/flow-json/flow-version.ts';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import type { EndpointLink } from '@flowella/shared/phone/endpoint-link.ts';
import { openFlow, PhoneMisuse } from '@flowella/shared/phone/run-flow.ts';
import type { FieldValue, InputView } from '@flowella/shared/phone/screen-view.ts';
import { walkFlow } from '@flowella/shared/phone/walk-flow.ts';
import { PUBLISHED } from './published.ts';
import { write } from './samples.ts';

/** Other cases in each `test:long`; a failing one prints its seed either way. */
const runs = (few: number) => {
  const many = process.env.PROPERTY_RUNS;
  return many === undefined ? { numRuns: few, seed: 20_261_129 } : { numRuns: Number(many) };
};

type Holder = Record<string, unknown> | unknown[];
type Change =
  | { kind: 'replace'; at: number; value: unknown }
  | { kind: 'remove' | 'double'; at: number }
  | { kind: 'swap' | 'copy'; at: number; other: number }
  | { kind: 'rename'; at: number; key: string };

const KEYS = 'type name label text visible enabled data children items version payload init-values __proto__ x'.split(
  ' ',
);
const VALUES = [
  ...[null, true, false, '', ' ', 0, -1, 1.5, 1e21, [], {}, [[]], [null], [{}], 'x'.repeat(5000), '\u0000', '\ud800'],
  ...['true', '12', '2026-02-30', '1767225600000', 'START', 'SUCCESS', '__proto__', 'constructor', 'https://a.example'],
  ...['${data}', '${data.}', '${data.a[0]}', '${form.x}', '${screen.A.form.x}', '${data.a} ${', '`', '``', '`1 / 0`'],
  ...["`${data.a} == 'x'`", "`'a' ' ' ${form.b}`", '`!(((', '${data.__proto__}', '${form.constructor}', '\\${a}'],
];
const at = fc.nat({ max: 0xffff });
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    kind: fc.constant('replace' as const),
    at,
    value: fc.oneof(fc.constantFrom(...VALUES), fc.jsonValue({ maxDepth: 2 })),
  }),
  fc.record({ kind: fc.constantFrom('remove' as const, 'double' as const), at }),
  fc.record({ kind: fc.constantFrom('swap' as const, 'copy' as const), at, other: at }),
  fc.record({ kind: fc.constant('rename' as const), at, key: fc.constantFrom(...KEYS) }),
);
const mutated = fc
  .tuple(fc.constantFrom(...PUBLISHED), fc.constantFrom(...CURRENT_VERSIONS), fc.array(change, { maxLength: 5 }))
  .map(([{ flow }, version, changes]) => changes.reduce(apply, structuredClone({ version, ...flow })));

function placesOf(holder: Holder): [Holder, string][] {
  return Object.entries(holder).flatMap(([key, value]) => [
    [holder, key] as [Holder, string],
    ...(isHolder(value) ? placesOf(value) : []),
  ]);
}

function isHolder(value: unknown): value is Holder {
  return typeof value === 'object' && value !== null;
}

function put(holder: Holder, key: string, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

function apply<T extends Holder>(flow: T, change: Change): T {
  const places = placesOf(flow);
  const place = places[change.at % Math.max(1, places.length)];
  if (place === undefined) return flow;
  const [holder, key] = place;
  const value: unknown = Reflect.get(holder, key);
  switch (change.kind) {
    case 'replace':
      put(holder, key, structuredClone(change.value));
      break;
    case 'remove':
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else Reflect.deleteProperty(holder, key);
      break;
    case 'double':
      if (Array.isArray(holder)) holder.push(structuredClone(value));
      else put(holder, `${key}2`, structuredClone(value));
      break;
    case 'rename':
      if (Array.isArray(holder)) break;
      Reflect.deleteProperty(holder, key);
      put(holder, change.key, value);
      break;
    case 'swap':
    case 'copy': {
      const [otherHolder, otherKey] = places[change.other % places.length] ?? place;
      const other: unknown = structuredClone(Reflect.get(otherHolder, otherKey));
      if (change.kind === 'swap') put(otherHolder, otherKey, structuredClone(value));
      put(holder, key, other);
      break;
    }
  }
  return flow;
}

function examplesOf(screen: FlowJson['screens'][number] | undefined): Record<string, unknown> {
  const entries = Object.entries(screen?.data ?? {}).filter(([, value]) => isHolder(value) && '__example__' in value);
  return Object.fromEntries(entries.map(([key, value]) => [key, value.__example__]));
}

/** An endpoint that goes through the screens in order with the examples of the data model, then ends the flow. */
function exampleLink(flow: FlowJson): EndpointLink {
  return ({ action, screen, data }) => {
    if (data?.error !== undefined) return Promise.resolve({ kind: 'reply', reply: { data: { acknowledged: true } } });
    const index = flow.screens.findIndex(({ id }) => id === screen);
    const next = action === 'INIT' ? flow.screens[0] : flow.screens[index + 1];
    const end = { screen: 'SUCCESS', data: { extension_message_response: { params: { flow_token: 'token' } } } };
    return Promise.resolve({
      kind: 'reply',
      reply: next === undefined ? end : { screen: next.id, data: examplesOf(next) },
    });
  };
}

/** Any answer that such a field can take; files are left out, since they are nothing of the flow's. */
function answer(input: InputView): FieldValue | undefined {
  switch (input.kind) {
    case 'opt-in':
      return true;
    case 'checkboxes':
    case 'chips':
      return input.options
        .filter(({ enabled }) => enabled)
        .slice(0, 1)
        .map(({ id }) => id);
    case 'radio':
    case 'dropdown':
      return input.options.find(({ enabled }) => enabled)?.id;
    case 'text-input':
    case 'text-area':
      return input.kind === 'text-input' && input.inputType === 'number' ? '12' : 'a@b.example';
    default:
      return undefined;
  }
}

async function walkThrough(flowJson: FlowJson) {
  const isConnected = flowJson.data_api_version !== undefined;
  const phone = openFlow({
    flowJson,
    message: {
      flowToken: 'token',
      action: isConnected ? 'data_exchange' : 'navigate',
      screen: null,
      data: isConnected ? null : (examplesOf(flowJson.screens[0]) as never),
    },
    effects: {
      link: isConnected ? exampleLink(flowJson) : null,
      randomBytes: (count) => new Uint8Array(count),
      uploadFile: () => Promise.resolve('https://files.example/1'),
      uploadMedia: () => Promise.resolve('media'),
    },
  });
  return walkFlow(phone, answer);
}

describe.each(PUBLISHED)('$title', ({ since, flow }) => {
  test('runs on the phone', async () => {
    const { view } = await walkThrough({ version: since, ...flow } as FlowJson);
    expect(view.kind).not.toBe('broken');
  });
});

test('a changed flow is validated without a crash, with findings inside the text, and runs when it has no error', async () => {
  let walked = 0;
  await fc.assert(
    fc.asyncProperty(mutated, async (flow) => {
      const text = write(flow);
      const lines = text.split('\n');
      const { validationErrors, warnings } = validateFlowJson(text);
      for (const { line_start: line, line_end: end, column_end: column, pointers } of [
        ...validationErrors,
        ...warnings,
      ]) {
        expect(line).toBeGreaterThanOrEqual(1);
        expect(end).toBeGreaterThanOrEqual(line);
        expect(column).toBeLessThanOrEqual(Math.max(1, lines[end - 1]?.length ?? 0));
        expect(Array.isArray(pointers)).toBe(true);
      }
      if (validationErrors.length > 0) return;
      walked += 1;
      // A walk of ours that presses what cannot be pressed is no fault; what cannot be drawn is one.
      const walk = await walkThrough(JSON.parse(text) as FlowJson).catch((error: unknown) => {
        if (!(error instanceof PhoneMisuse)) throw error;
        return null;
      });
      if (walk?.view.kind === 'broken')
        expect(walk.view.clientError).not.toMatch(/cannot_be_served|missing_capability/);
    }),
    runs(600),
  );
  expect(walked).toBeGreaterThan(0);
});
