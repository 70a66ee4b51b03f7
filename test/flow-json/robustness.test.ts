import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_DEPTH, parseWithPositions, pathOf, valueOf } from '@flowella/shared/flow-json/parse-with-positions.ts';
import type { JsonNode } from '@flowella/shared/flow-json/parse-with-positions.ts';
import { parseExpression } from '@flowella/shared/flow-json/parse-expression.ts';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import { EXCHANGE_FOOTER, OPTIONS, connected, oneScreen, screen, write } from './samples.ts';

const PARSES = { numRuns: 500 };

test('any JSON is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 8 }), fc.constantFrom(0, 1, 4), (json, indent) => {
      const text = JSON.stringify(JSON.parse(json), null, indent);
      const result = parseWithPositions(text);
      expect(result.kind === 'parsed' && valueOf(result.root)).toEqual(JSON.parse(text));
    }),
    PARSES,
  );
});

test('any text is refused exactly when JSON.parse refuses it', () => {
  const pieces = fc.array(
    fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"\\u00e9"',
      '"\ud800"',
      '-1.5e3',
      '01',
      'true',
      'null',
      ' ',
      '\n',
      "'",
      '\\',
    ),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        pieces.map((parts) => parts.join('')),
      ),
      (text) => {
        let legal = true;
        try {
          JSON.parse(text);
        } catch {
          legal = false;
        }
        expect(parseWithPositions(text).kind).toBe(legal ? 'parsed' : 'failed');
      },
    ),
    PARSES,
  );
});

test('the text at every position is the value that stands there', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), (json) => {
      const text = JSON.stringify(JSON.parse(json), null, 2);
      const result = parseWithPositions(text);
      if (result.kind !== 'parsed') throw new Error('not parsed');
      const visit = (node: JsonNode): void => {
        expect(JSON.parse(text.slice(node.start, node.end))).toEqual(valueOf(node));
        if (node.keyStart >= 0) expect(JSON.parse(text.slice(node.keyStart, node.keyEnd))).toBe(node.key);
        if (node.kind === 'array') node.items.forEach(visit);
        if (node.kind === 'object') node.members.forEach(visit);
      };
      visit(result.root);
    }),
    PARSES,
  );
});

test('no text makes the validator throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(() => validateFlowJson(text)).not.toThrow();
    }),
    PARSES,
  );
});

/** A legal flow with everything in it, whose values are then replaced at random. */
const SEED_FLOW = connected(
  [
    screen(
      'START',
      [
        {
          type: 'Form',
          name: 'form',
          'init-values': { a: '${data.text}' },
          children: [
            { type: 'TextInput', name: 'a', label: 'A', 'helper-text': 'Help', pattern: '^a' },
            { type: 'Dropdown', name: 'b', label: 'B', 'data-source': OPTIONS, visible: "`${form.a} == 'x'`" },
            { type: 'If', condition: "${data.text} == 'a'", then: [{ type: 'TextBody', text: 'T' }], else: [] },
            { type: 'Switch', value: '${data.text}', cases: { a: [{ type: 'TextBody', text: 'T' }] } },
            { type: 'CalendarPicker', name: 'c', label: 'C', mode: 'single', 'unavailable-dates': ['2026-01-01'] },
            EXCHANGE_FOOTER,
          ],
        },
      ],
      { data: { text: { type: 'string', __example__: 'T' } } },
    ),
    screen('LIST', [
      { type: 'NavigationList', name: 'l', 'list-items': [{ id: 'a', 'main-content': { title: 'A' } }] },
    ]),
    screen('END', [{ type: 'PhotoPicker', name: 'p', label: 'P' }, EXCHANGE_FOOTER], { terminal: true }),
  ],
  { START: ['LIST', 'END'], LIST: ['END'], END: [] },
);

test('no broken flow makes the validator throw, and its findings stay inside the text', () => {
  const odd = fc.oneof(
    fc.constantFrom(
      null,
      true,
      '',
      ' ',
      '`',
      '``',
      '${',
      '${data}',
      '${data.text}',
      '${form.form}',
      '`${form.a}`',
      [],
      {},
      -1,
      1e9,
      'START',
      '__proto__',
      'constructor',
      'toString',
    ),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const places = placesOf(SEED_FLOW);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(places.length - 1), odd), { minLength: 1, maxLength: 4 }), (changes) => {
      const flow: unknown = structuredClone(SEED_FLOW);
      for (const [place, value] of changes) replaceAt(flow, places[place] ?? [], value);
      const text = write(flow);
      const lines = text.split('\n');
      const { validationErrors, warnings } = validateFlowJson(text);
      for (const { line_end: line, column_end: column } of [...validationErrors, ...warnings]) {
        expect(column).toBeLessThanOrEqual(Math.max(1, lines[line - 1]?.length ?? 0));
      }
    }),
    { numRuns: 700 },
  );
});

function placesOf(value: unknown, at: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([key, child]) => placesOf(child, [...at, key]))].filter(
    (place) => place.length > 0,
  );
}

function replaceAt(root: unknown, place: (string | number)[], value: unknown): void {
  let holder = root;
  for (const key of place.slice(0, -1)) {
    if (typeof holder !== 'object' || holder === null) return;
    holder = Reflect.get(holder, key);
  }
  if (typeof holder === 'object' && holder !== null) Reflect.set(holder, place.at(-1) ?? '', value);
}

test('no expression makes the parser throw', () => {
  const parts = fc.constantFrom(
    '(',
    ')',
    '!',
    '-',
    '+',
    '==',
    '&&',
    '||',
    '%',
    '?',
    "'a'",
    "'",
    '1',
    'true',
    'null',
    'x',
    '${data.a}',
    '${',
    ' ',
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 20 }), (tokens) => {
      const source = tokens.join('');
      const result = parseExpression(source);
      if (result.kind === 'failed') expect(result.at).toBeLessThanOrEqual(source.length);
    }),
    { numRuns: 700 },
  );
});

test('names that every object has are no known properties or components', () => {
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
    const flow = write(oneScreen([])).replace(
      '"children": [',
      `"children": [{"type": "${name}"}, {"type": "TextBody", "text": "T", "${name}": 1},`,
    );
    expect(validateFlowJson(flow).validationErrors.map((error) => error.error)).toEqual([
      'INVALID_PROPERTY_VALUE',
      'INVALID_PROPERTY_KEY',
    ]);
  }
});

test('nesting beyond all reason is refused, not followed', () => {
  const deep = '['.repeat(1_000_000);
  expect(validateFlowJson(deep).validationErrors).toMatchObject([
    { error: 'INVALID_FLOW_JSON', line_start: 1, column_start: MAX_DEPTH + 2 },
  ]);
  const expression = `\`${'('.repeat(100_000)}\``;
  expect(validateFlowJson(write(oneScreen([{ type: 'TextBody', text: expression }]))).validationErrors).toHaveLength(1);
  const chain = `\`${'1+'.repeat(100_000)}1\``;
  expect(validateFlowJson(write(oneScreen([{ type: 'TextBody', text: chain }]))).validationErrors).toHaveLength(1);
});

test('a text above 10 MB is refused by its size, one below is checked', () => {
  const flow = (bytes: number) => JSON.stringify(oneScreen([{ type: 'Image', src: 'A'.repeat(bytes) }]));
  expect(validateFlowJson(flow(11_000_000)).validationErrors).toMatchObject([{ error: 'INVALID_FLOW_JSON' }]);
  expect(validateFlowJson(flow(9_000_000))).toMatchObject({
    validationErrors: [],
    warnings: [{ error: 'IMAGE_TOO_LARGE' }],
  });
  expect(validateFlowJson('é'.repeat(6_000_000)).validationErrors[0]?.message).toContain('10 MB');
});

test('a flow that is wrong in a hundred thousand places gives a bounded answer', () => {
  const wrong = Array.from({ length: 100_000 }, (_, index) => ({ type: `Odd${index}` }));
  const { validationErrors } = validateFlowJson(JSON.stringify(oneScreen(wrong)));
  expect(validationErrors.length).toBeLessThanOrEqual(500);
});

/** Counts look-ups in maps, which every rule makes for whatever it checks: work without a clock. */
test('ten times the flow is at most fifteen times the work', () => {
  const cost = (questions: number): number => {
    const fields = Array.from({ length: questions }, (_, index) => ({
      type: 'Dropdown',
      name: `q${index}`,
      label: 'Q',
      visible: '${data.flag}',
      'data-source': OPTIONS,
    }));
    const text = JSON.stringify(oneScreen(fields, { data: { flag: { type: 'boolean', __example__: true } } }));
    let calls = 0;
    const { get } = Map.prototype;
    Map.prototype.get = function counted(key) {
      calls += 1;
      return get.call(this, key);
    };
    try {
      validateFlowJson(text);
    } finally {
      Map.prototype.get = get;
    }
    return calls;
  };
  expect(cost(2_000)).toBeLessThanOrEqual(15 * cost(200));
});

test('paths are written as Meta writes them', () => {
  const result = parseWithPositions('{"screens":[{"layout":{"children":[1,{"label":"x"}]}}]}');
  if (result.kind !== 'parsed') throw new Error('not parsed');
  let node: JsonNode | undefined = result.root;
  for (const key of ['screens', 0, 'layout', 'children', 1, 'label']) {
    node =
      node?.kind === 'array'
        ? node.items[Number(key)]
        : node?.kind === 'object'
          ? node.members.get(String(key))
          : undefined;
  }
  expect(node && pathOf(node)).toBe('screens[0].layout.children[1].label');
  expect(pathOf(result.root)).toBe('');
});
