import { isRecord, toRecord, type Schema } from './read-meta-spec.ts';

/**
 * A self-contained JSON Schema in which nothing undeclared may stand: the description leaves most objects open, and a key it
 * does not know is either a mistake or an exception that belongs into the overlay.
 *
 * `allOf` is merged, since the description closes one part of it against the other; a discriminator picks its part by value.
 * `isPartial` drops what is required, for answers to a `fields` parameter.
 */
export function closeSchema(
  schema: Schema,
  o: { resolve: (schema: Schema) => Schema; isPartial: boolean },
  depth = 0,
): Schema {
  if (depth > 40) return {};
  const close = (value: unknown): Schema => closeSchema(toRecord(value), o, depth + 1);
  const resolved = mergeAllOf(o.resolve(schema), o.resolve);
  const { discriminator, nullable, example: _example, examples: _examples, ...rest } = resolved;
  const mapping = toRecord(toRecord(discriminator).mapping);
  const variants = rest.oneOf;
  if (Object.keys(mapping).length > 0 && Array.isArray(variants))
    return byDiscriminator(String(toRecord(discriminator).propertyName), mapping, close);
  const closed: Schema = { ...rest };
  if (isRecord(rest.properties))
    closed.properties = Object.fromEntries(Object.entries(rest.properties).map(([key, value]) => [key, close(value)]));
  if (isRecord(rest.items)) closed.items = close(rest.items);
  for (const key of ['oneOf', 'anyOf'] as const) {
    const list = rest[key];
    if (Array.isArray(list)) closed[key] = list.map(close);
  }
  if (isRecord(rest.properties) && rest.additionalProperties === undefined) closed.additionalProperties = false;
  // Numbers as text in their own words: JSON Schema knows no "url".
  if (closed.format === 'url') closed.format = 'uri';
  if (o.isPartial) delete closed.required;
  return nullable === true ? { anyOf: [closed, { type: 'null' }] } : closed;
}

function mergeAllOf(schema: Schema, resolve: (schema: Schema) => Schema): Schema {
  const { allOf, ...own } = schema;
  if (!Array.isArray(allOf)) return schema;
  const parts = [own, ...allOf.map((part) => mergeAllOf(resolve(toRecord(part)), resolve))];
  const merged: Schema = Object.assign({}, ...parts);
  merged.properties = Object.assign({}, ...parts.map((part) => toRecord(part.properties)));
  merged.required = [...new Set(parts.flatMap((part) => (Array.isArray(part.required) ? part.required : [])))];
  return merged;
}

function byDiscriminator(
  property: string,
  mapping: Record<string, unknown>,
  close: (schema: unknown) => Schema,
): Schema {
  return {
    type: 'object',
    required: [property],
    properties: { [property]: { enum: Object.keys(mapping) } },
    allOf: Object.entries(mapping).map(([value, reference]) => ({
      if: { properties: { [property]: { const: value } }, required: [property] },
      then: close({ $ref: reference }),
    })),
  };
}
