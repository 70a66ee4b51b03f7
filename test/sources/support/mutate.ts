import fc from 'fast-check';

/**
 * Changes to a JSON definition, each a few numbers so that fast-check can shrink them: what a proxy, an old backup, a hand edit
 * or a hostile file could do to a real definition. Prototype names are made as own keys, as `JSON.parse` makes them.
 */
export type Change = { kind: (typeof KINDS)[number]; place: number; other: number; strange: unknown };

const KINDS = [
  'replace',
  'replace',
  'remove',
  'copy-alike',
  'copy-alike',
  'duplicate',
  'repeat',
  'bury',
  'nest-in-itself',
  'rename',
  'retype',
  'null-all',
  'name-after-prototype',
  'name-after-prototype',
  'mix-up-names',
] as const;

const ZALGO = `Z${'\u0351\u036b\u0343\u036a\u0302\u0489'.repeat(60)}algo`;
export const STRANGE_TEXTS = [
  '',
  ' ',
  '\ud800',
  'a\udc00b\ud83d',
  '\u202eright to left\u202c',
  'مرحبا بالعالم',
  'שלום',
  'नमस्ते दुनिया',
  ZALGO,
  '👨‍👩‍👧‍👦'.repeat(80),
  '\u0000\u0007\u001b[31m',
  '\uE000answer:x\uE001',
  '${data.x} `code` ${form.a.b}',
  "' == '",
  '<script>alert(1)</script><b>',
  '{{field:r1}} {{hidden:source}} {{var:score}}',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '__other__',
  'x'.repeat(5_000),
  'http://example.com/a b',
  'javascript:alert(1)',
  '-0',
  '1e999',
];
/** Keys under which ids and what points to them stand, in any of the tools. */
const ID_KEYS = /^(?:id|ref|itemId|questionId|goToSectionId|name|value|label|key|hidden|variables)$/;
const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', '', 'id', 'x'];

const strange = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, -1, 0.1, 1e300, Number.MAX_SAFE_INTEGER, [], {}, [[]], [null]),
  fc.constantFrom<unknown>(...STRANGE_TEXTS),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.jsonValue({ maxDepth: 3 }),
);

export const changes: fc.Arbitrary<Change[]> = fc.array(
  fc.record({ kind: fc.constantFrom(...KINDS), place: fc.nat(), other: fc.nat(), strange }),
  { minLength: 1, maxLength: 8 },
);

type Holder = Record<string, unknown>;
type Place = { holder: Holder; key: string };

/** A new definition with the changes made one after the other. */
export function mutated(raw: unknown, list: readonly Change[]): unknown {
  const root: Holder = { raw: structuredClone(raw) };
  for (const change of list) apply(root, change);
  return root.raw;
}

function apply(root: Holder, change: Change): void {
  const places = placesIn(root);
  const chosen = places[change.place % places.length];
  if (!chosen) return;
  const { holder, key } = chosen;
  const value = holder[key];
  switch (change.kind) {
    case 'replace':
      return own(holder, key, change.strange);
    case 'remove':
      return void Reflect.deleteProperty(holder, key);
    case 'copy-alike': {
      // The same id twice, a jump to somewhere else or to itself.
      const alike = places.filter((one) => one.key === key);
      const from = alike[change.other % alike.length];
      return own(holder, key, structuredClone(from?.holder[from.key]));
    }
    case 'duplicate':
      if (Array.isArray(value)) value.push(...value.slice(0, 40).map((one) => structuredClone(one) as unknown));
      return;
    case 'repeat':
      return repeat(value, 50 + (change.other % 400));
    case 'bury':
      return own(holder, key, buried(value, 1 + (change.other % 40)));
    case 'nest-in-itself':
      return nest(value, 1 + (change.other % 12));
    case 'rename':
      Reflect.deleteProperty(holder, key);
      return own(holder, NAMES[change.other % NAMES.length] ?? '', value);
    case 'retype':
      return own(holder, key, retyped(value));
    case 'name-after-prototype': {
      const named = idsAmong(places);
      const one = named[change.place % named.length];
      return one && own(one.holder, one.key, NAMES[change.other % NAMES.length]);
    }
    case 'mix-up-names': {
      // Everything that points somewhere points elsewhere: circles, jumps back, the same id for unlike things.
      const named = idsAmong(places);
      const values = named.map((one) => one.holder[one.key]);
      named.forEach((one, index) => own(one.holder, one.key, values[(index * 7 + change.other) % values.length]));
      return;
    }
    case 'null-all':
      for (const one of places.filter((place) => place.key === key)) own(one.holder, one.key, null);
  }
}

function idsAmong(places: readonly Place[]): Place[] {
  return places.filter(({ holder, key }) => ID_KEYS.test(key) && typeof holder[key] === 'string');
}

/** As an own key, whatever its name means to JavaScript. */
function own(holder: Holder, key: string, value: unknown): void {
  if (Array.isArray(holder) && !/^\d+$/.test(key)) return;
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

/** Holes and undefined cannot come out of JSON, so lists stay dense. */
function placesIn(root: Holder): Place[] {
  const places: Place[] = [];
  const queue: unknown[] = [root];
  for (let node = queue.shift(); node !== undefined && places.length < 20_000; node = queue.shift()) {
    if (typeof node !== 'object' || node === null) continue;
    for (const key of Object.keys(node)) {
      places.push({ holder: node as Holder, key });
      queue.push((node as Holder)[key] ?? null);
    }
  }
  return places;
}

function repeat(value: unknown, times: number): void {
  if (!Array.isArray(value) || value.length === 0 || value.length > 500) return;
  const first: unknown = value[0];
  const isSmall = JSON.stringify(first ?? null).length < 400;
  for (let count = 0; count < (isSmall ? times : 10); count += 1) value.push(structuredClone(first));
}

function buried(value: unknown, depth: number): unknown {
  let result = value;
  for (let level = 0; level < depth; level += 1) result = level % 2 === 0 ? [result] : { fields: result };
  return result;
}

/** A group in a group, a dependent field below itself: a copy of the member goes into its own first list. */
function nest(value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null || JSON.stringify(value).length > 2_000) return;
  const copy = structuredClone(value) as unknown;
  let at: unknown = value;
  for (let level = 0; level < depth; level += 1) {
    const list = Object.values(at as Holder).find((member) => Array.isArray(member)) as unknown[] | undefined;
    if (!list) return;
    const next = structuredClone(copy);
    list.unshift(next);
    at = next;
    if (typeof at !== 'object' || at === null) return;
  }
}

function retyped(value: unknown): unknown {
  if (typeof value === 'string') return Number.isFinite(Number(value)) ? Number(value) : [value];
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? 'true' : 0;
  if (Array.isArray(value)) return Object.fromEntries(value.map((one, index) => [String(index), one as unknown]));
  return value === null ? {} : [value];
}
