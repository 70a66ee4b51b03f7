/**
 * How many questions a raw definition holds at least, whatever state they are in: read straight from the raw lists, sharing
 * nothing with the readers. A member that is no object is no field in HubSpot; elsewhere even that must be named.
 */
export function countQuestions(tool: string, raw: unknown): number {
  return COUNTERS[tool]?.(raw) ?? 0;
}

const COUNTERS: Record<string, (raw: unknown) => number> = {
  'google-forms': (raw) =>
    listIn(raw, 'items').reduce<number>((sum, item) => {
      if (isObject(read(item, 'pageBreakItem'))) return sum;
      const group = read(item, 'questionGroupItem');
      return sum + 1 + (isObject(group) ? listIn(group, 'questions').length : 0);
    }, 0),
  surveymonkey: (raw) => listIn(raw, 'pages').reduce<number>((sum, page) => sum + listIn(page, 'questions').length, 0),
  typeform: (raw) => countTypeform(listIn(raw, 'fields')),
  hubspot: (raw) => {
    const ids = new Set<string>();
    for (const group of listIn(raw, 'fieldGroups')) for (const field of listIn(group, 'fields')) addHubSpot(field, ids);
    return ids.size;
  },
};

const TYPEFORM_GROUPS: readonly unknown[] = ['group', 'inline_group', 'matrix', 'address', 'contact_info'];

function countTypeform(fields: readonly unknown[]): number {
  return fields.reduce<number>((sum, field) => {
    const isGroup = TYPEFORM_GROUPS.includes(read(field, 'type'));
    return sum + 1 + (isGroup ? countTypeform(listIn(read(field, 'properties'), 'fields')) : 0);
  }, 0);
}

/** A property that stands in several places of a HubSpot form is one question. */
function addHubSpot(field: unknown, ids: Set<string>): void {
  if (!isObject(field)) return;
  const named = (key: string) => read(field, key);
  const type = named('objectTypeId');
  const name = named('name');
  const prefix = typeof type === 'string' || typeof type === 'number' ? String(type) : '0-1';
  ids.add(`${prefix}/${typeof name === 'string' ? name : ''}`);
  for (const dependent of listIn(field, 'dependentFields'))
    if (isObject(dependent)) addHubSpot(read(dependent, 'dependentField'), ids);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function read(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function listIn(value: unknown, key: string): unknown[] {
  const list = read(value, key);
  return Array.isArray(list) ? list : [];
}
