/**
 * What a response of Typeform says, read as a consumer of its webhooks reads it: by field id, without the code under test.
 * Canonical values of each question: ids of choices, words of an "other" answer, booleans, decimal numbers, dates, ids of files.
 */
export function readBack(raw: unknown, submission: unknown): Map<string, string[]> {
  const response = (member(submission, 'form_response') ?? submission) as unknown;
  const boxes = boxesOf(member(raw, 'fields'));
  const found = new Map<string, string[]>();
  for (const answer of list(member(response, 'answers'))) {
    const id = String(member(member(answer, 'field'), 'id'));
    found.set(id, [...(found.get(id) ?? []), ...valuesOf(answer, boxes.has(id))]);
  }
  return found;
}

function valuesOf(answer: unknown, isBox: boolean): string[] {
  const type = String(member(answer, 'type'));
  const value = member(answer, type);
  switch (type) {
    case 'choice':
      return [String(member(value, 'id') ?? member(value, 'other'))];
    case 'choices': {
      const ids = list(member(value, 'ids')).map(String);
      if (isBox) return [String(ids.length > 0)];
      const other = member(value, 'other');
      return other === undefined ? ids : [...ids, String(other)];
    }
    case 'number':
      return [Number(value).toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 20 })];
    case 'file_url':
      return [
        String(value).startsWith('https:') ? String(value) : decodeURIComponent(String(value).replace(/^.*[:/]/, '')),
      ];
    case 'text':
    case 'email':
    case 'phone_number':
    case 'url':
    case 'boolean':
    case 'date':
      return [String(value)];
    default:
      return [`unknown type ${type}`];
  }
}

/** Fields of the type `checkbox` with a single choice: a tick. */
function boxesOf(fields: unknown): Set<string> {
  return new Set(
    list(fields).flatMap((field) => [
      ...(member(field, 'type') === 'checkbox' && list(member(member(field, 'properties'), 'choices')).length === 1
        ? [String(member(field, 'id') ?? member(field, 'ref'))]
        : []),
      ...boxesOf(member(member(field, 'properties'), 'fields')),
    ]),
  );
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (Reflect.get(value, key) as unknown) : undefined;
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
