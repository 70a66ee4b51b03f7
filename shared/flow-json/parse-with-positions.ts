import type { JsonValue } from './flow-json.ts';

/** Where a value stands: UTF-16 offsets into the text (`end` is after the last character) and its place in the tree. */
type Place = {
  start: number;
  end: number;
  parent: ObjectNode | ArrayNode | null;
  /** Property name or index within the parent; `''` at the root. */
  key: string | number;
  /** Offsets of the quoted property name; -1 outside objects. */
  keyStart: number;
  keyEnd: number;
};

export type ObjectNode = Place & { kind: 'object'; members: Map<string, JsonNode> };
export type ArrayNode = Place & { kind: 'array'; items: JsonNode[] };
export type StringNode = Place & { kind: 'string'; value: string };
export type NumberNode = Place & { kind: 'number'; value: number };
export type BooleanNode = Place & { kind: 'boolean'; value: boolean };
export type NullNode = Place & { kind: 'null' };

/** A JSON value that knows where in the text it stands. */
export type JsonNode = ObjectNode | ArrayNode | StringNode | NumberNode | BooleanNode | NullNode;

/** The tree, or the offset and a plain reason why the text is not JSON. `duplicates` are the overwritten members. */
export type ParseResult =
  { kind: 'parsed'; root: JsonNode; duplicates: JsonNode[] } | { kind: 'failed'; offset: number; reason: string };

/** No legal Flow JSON is nested nearly as deep; the bound keeps every recursive walk over the tree safe. */
export const MAX_DEPTH = 200;

class Failure {
  readonly offset: number;
  readonly reason: string;
  constructor(offset: number, reason: string) {
    this.offset = offset;
    this.reason = reason;
  }
}

const QUOTE = 34;
const BACKSLASH = 92;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const ESCAPES: Record<string, string> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/**
 * Parses JSON (RFC 8259) and keeps the position of every value and property name.
 * Never throws; a repeated property name overwrites the earlier one, as `JSON.parse` does.
 */
export function parseWithPositions(text: string): ParseResult {
  const duplicates: JsonNode[] = [];
  const cursor = new Cursor(text, duplicates);
  try {
    const root = cursor.value(null, '', -1, -1, 0);
    cursor.skipSpace();
    if (cursor.at < text.length) throw new Failure(cursor.at, 'there is text after the end of the JSON value');
    return { kind: 'parsed', root, duplicates };
  } catch (failure) {
    if (failure instanceof Failure) return { kind: 'failed', offset: failure.offset, reason: failure.reason };
    throw failure;
  }
}

class Cursor {
  at = 0;
  readonly text: string;
  readonly duplicates: JsonNode[];

  constructor(text: string, duplicates: JsonNode[]) {
    this.text = text;
    this.duplicates = duplicates;
  }

  skipSpace(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.at += 1;
    }
  }

  value(
    parent: ObjectNode | ArrayNode | null,
    key: string | number,
    keyStart: number,
    keyEnd: number,
    depth: number,
  ): JsonNode {
    this.skipSpace();
    if (depth > MAX_DEPTH) throw new Failure(this.at, `it is nested more than ${MAX_DEPTH} levels deep`);
    const start = this.at;
    const place = { start, end: start, parent, key, keyStart, keyEnd };
    const node = this.bare(place, this.text[start], depth);
    node.end = this.at;
    return node;
  }

  private bare(place: Place, first: string | undefined, depth: number): JsonNode {
    switch (first) {
      case '{':
        return this.object({ ...place, kind: 'object', members: new Map() }, depth);
      case '[':
        return this.array({ ...place, kind: 'array', items: [] }, depth);
      case '"':
        return { ...place, kind: 'string', value: this.string() };
      case 't':
        return this.word('true', { ...place, kind: 'boolean', value: true });
      case 'f':
        return this.word('false', { ...place, kind: 'boolean', value: false });
      case 'n':
        return this.word('null', { ...place, kind: 'null' });
      case undefined:
        throw new Failure(this.at, 'it ends too early');
      default:
        return { ...place, kind: 'number', value: this.number() };
    }
  }

  private object(node: ObjectNode, depth: number): ObjectNode {
    this.at += 1;
    this.skipSpace();
    if (this.take('}')) return node;
    for (;;) {
      this.skipSpace();
      const keyStart = this.at;
      if (this.text.charCodeAt(this.at) !== QUOTE) throw this.unexpected('a property name in double quotes');
      const key = this.string();
      const keyEnd = this.at;
      this.skipSpace();
      if (!this.take(':')) throw this.unexpected('a colon after the property name');
      const before = node.members.get(key);
      if (before !== undefined) this.duplicates.push(before);
      node.members.set(key, this.value(node, key, keyStart, keyEnd, depth + 1));
      this.skipSpace();
      if (this.take('}')) return node;
      if (!this.take(',')) throw this.unexpected('a comma or a closing brace');
    }
  }

  private array(node: ArrayNode, depth: number): ArrayNode {
    this.at += 1;
    this.skipSpace();
    if (this.take(']')) return node;
    for (;;) {
      node.items.push(this.value(node, node.items.length, -1, -1, depth + 1));
      this.skipSpace();
      if (this.take(']')) return node;
      if (!this.take(',')) throw this.unexpected('a comma or a closing bracket');
    }
  }

  /** Reads the string at the cursor; slices between escapes, so that a long base64 text costs one slice. */
  private string(): string {
    const { text } = this;
    let from = this.at + 1;
    let value = '';
    for (let at = from; ; at += 1) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) {
        this.at = at + 1;
        return value + text.slice(from, at);
      }
      if (code === BACKSLASH) {
        const [character, length] = this.escape(at);
        value += text.slice(from, at) + character;
        at += length - 1;
        from = at + 1;
      } else if (Number.isNaN(code)) {
        throw new Failure(this.at, 'a text is not closed by a double quote');
      } else if (code < 32) {
        throw new Failure(
          at,
          'a line break or control character stands inside a text; write it as an escape such as \\n',
        );
      }
    }
  }

  private escape(at: number): [character: string, length: number] {
    const letter = this.text[at + 1] ?? '';
    const simple = ESCAPES[letter];
    if (simple !== undefined) return [simple, 2];
    const digits = this.text.slice(at + 2, at + 6);
    if (letter === 'u' && /^[0-9a-fA-F]{4}$/.test(digits)) return [String.fromCharCode(Number.parseInt(digits, 16)), 6];
    throw new Failure(at, 'a backslash starts an escape that JSON does not know');
  }

  private number(): number {
    NUMBER.lastIndex = this.at;
    const match = NUMBER.exec(this.text);
    if (match === null) throw this.unexpected('a value');
    this.at += match[0].length;
    return Number(match[0]);
  }

  private word<Node extends JsonNode>(word: string, node: Node): Node {
    if (!this.text.startsWith(word, this.at)) throw this.unexpected('a value');
    this.at += word.length;
    return node;
  }

  private take(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  private unexpected(wanted: string): Failure {
    const found = this.text[this.at];
    const seen = found === undefined ? 'the end of the text' : `'${found}'`;
    return new Failure(this.at, `${wanted} was expected, but ${seen} was found`);
  }
}

/** Path of a value as Meta's `pointers[].path` writes it, such as `screens[0].layout.children[1].label`; `''` for the root. */
export function pathOf(node: JsonNode): string {
  const keys: (string | number)[] = [];
  for (let at: JsonNode = node; at.parent !== null; at = at.parent) keys.push(at.key);
  let path = '';
  for (const key of keys.reverse()) {
    if (typeof key === 'number') path += `[${key}]`;
    else path += path === '' ? key : `.${key}`;
  }
  return path;
}

/** The plain JSON value of a node. */
export function valueOf(node: JsonNode): JsonValue {
  switch (node.kind) {
    case 'object':
      return Object.fromEntries([...node.members].map(([key, member]) => [key, valueOf(member)]));
    case 'array':
      return node.items.map(valueOf);
    case 'null':
      return null;
    case 'string':
    case 'number':
    case 'boolean':
      return node.value;
  }
}

/** A member of an object node; undefined for every other node, so that lookups can be chained. */
export function member(node: JsonNode | undefined, key: string): JsonNode | undefined {
  return node?.kind === 'object' ? node.members.get(key) : undefined;
}

/** The text of a string node; undefined for everything else. */
export function textOf(node: JsonNode | undefined): string | undefined {
  return node?.kind === 'string' ? node.value : undefined;
}

/** The items of an array node; empty for everything else. */
export function itemsOf(node: JsonNode | undefined): JsonNode[] {
  return node?.kind === 'array' ? node.items : [];
}
