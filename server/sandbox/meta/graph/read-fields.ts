import { GraphError, invalidParameter } from '../graph-error.ts';

/** One entry of a `fields` parameter: `name.modifier(argument){sub,fields}`. */
export type Field = { name: string; modifiers: { name: string; argument: string }[]; fields: Field[] };

const FIELD_START = /^([a-z_]+)((?:\.[a-z_]+\([^()]*\))*)/;

/** Parses Graph's field expansion; null when the parameter is absent. */
export function readFields(text: string | undefined): Field[] | null {
  if (text === undefined) return null;
  const { fields, rest } = parseList(text, 0);
  if (rest !== '') throw invalidParameter(`Syntax error in fields at "${rest.slice(0, 20)}"`);
  return fields;
}

function parseList(text: string, depth: number): { fields: Field[]; rest: string } {
  if (depth > 5) throw invalidParameter('The fields are nested too deeply');
  const fields: Field[] = [];
  let rest = text;
  for (;;) {
    const match = FIELD_START.exec(rest);
    if (!match) throw invalidParameter(`Syntax error in fields at "${rest.slice(0, 20)}"`);
    rest = rest.slice(match[0].length);
    const field: Field = { name: match[1] ?? '', modifiers: readModifiers(match[2] ?? ''), fields: [] };
    if (rest.startsWith('{')) {
      const inner = parseList(rest.slice(1), depth + 1);
      if (!inner.rest.startsWith('}')) throw invalidParameter('A brace in fields is not closed');
      field.fields = inner.fields;
      rest = inner.rest.slice(1);
    }
    fields.push(field);
    if (!rest.startsWith(',')) return { fields, rest };
    rest = rest.slice(1);
  }
}

function readModifiers(text: string): Field['modifiers'] {
  return [...text.matchAll(/\.([a-z_]+)\(([^()]*)\)/g)].map((match) => ({
    name: match[1] ?? '',
    argument: match[2] ?? '',
  }));
}

/** How a node answers: one reader per field. */
export type NodeReaders = Record<string, (field: Field) => unknown>;

/**
 * The node with the wanted fields, or its default ones. `id` always comes along; what a reader answers as undefined is
 * omitted, as Meta omits what a node does not have. An unknown field is refused with code 100.
 */
export function selectFields(o: {
  nodeType: string;
  readers: NodeReaders;
  wanted: Field[] | null;
  defaults: readonly string[];
}): Record<string, unknown> {
  const wanted = o.wanted ?? o.defaults.map((name): Field => ({ name, modifiers: [], fields: [] }));
  const withId = wanted.some((field) => field.name === 'id')
    ? wanted
    : [...wanted, { name: 'id', modifiers: [], fields: [] }];
  const node: Record<string, unknown> = {};
  for (const field of withId) {
    const read = Object.hasOwn(o.readers, field.name) ? o.readers[field.name] : undefined;
    if (!read)
      throw new GraphError(400, 100, {
        message: `(#100) Tried accessing nonexisting field (${field.name}) on node type (${o.nodeType})`,
      });
    const value = read(field);
    if (value !== undefined) node[field.name] = value;
  }
  return node;
}
