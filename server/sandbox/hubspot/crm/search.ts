import { z } from 'zod';
import { validationError } from '../hubspot-error.ts';
import type { StandIn } from '../stand-in.ts';
import { jsonColumn } from '../store.ts';
import type { CrmObject, Properties } from './objects.ts';
import type { ObjectType } from './object-types.ts';
import { propertyMap } from './properties.ts';
import type { PropertyDefinition } from './property.ts';

const OPERATORS = [
  'BETWEEN',
  'CONTAINS_TOKEN',
  'EQ',
  'GT',
  'GTE',
  'HAS_PROPERTY',
  'IN',
  'LT',
  'LTE',
  'NEQ',
  'NOT_CONTAINS_TOKEN',
  'NOT_HAS_PROPERTY',
  'NOT_IN',
] as const;

const filter = z.strictObject({
  propertyName: z.string(),
  operator: z.enum(OPERATORS),
  value: z.union([z.string(), z.number().transform(String), z.boolean().transform(String)]).optional(),
  highValue: z.union([z.string(), z.number().transform(String)]).optional(),
  values: z.array(z.string()).optional(),
});
type Filter = z.output<typeof filter>;

/** The description asks for every field; HubSpot itself fills in what is left out, and so does this. */
export const searchBody = z.strictObject({
  query: z.string().optional(),
  filterGroups: z.array(z.strictObject({ filters: z.array(filter) })).default([]),
  properties: z.array(z.string()).default([]),
  sorts: z
    .array(
      z.union([
        z.string(),
        z.strictObject({ propertyName: z.string(), direction: z.enum(['ASCENDING', 'DESCENDING']).optional() }),
      ]),
    )
    .default([]),
  limit: z.number().int().default(10),
  after: z.union([z.string(), z.number().transform(String)]).default('0'),
});
export type SearchBody = z.output<typeof searchBody>;

const MAX_PAGE = 200;
const MAX_RESULTS = 10_000;
const MAX_GROUPS = 5;
const MAX_FILTERS_PER_GROUP = 6;
const MAX_FILTERS = 18;
const MAX_BODY_CHARACTERS = 3_000;
const QUERY_PROPERTIES: Readonly<Record<string, readonly string[]>> = {
  '0-1': [
    'firstname',
    'lastname',
    'email',
    'phone',
    'mobilephone',
    'company',
    'fax',
    'hs_additional_emails',
    'hs_searchable_calculated_phone_number',
    'hs_searchable_calculated_mobile_number',
  ],
  '0-2': ['name', 'domain', 'website', 'phone'],
  '0-46': ['hs_note_body'],
  '0-18': ['hs_communication_body'],
  '0-27': ['hs_task_subject', 'hs_task_body'],
};

/** Searches the index, which lags behind writes (hubspot-platform.md section 5.1). Throws 400 beyond HubSpot's limits. */
export function searchObjects(
  standIn: StandIn,
  portalId: number,
  type: ObjectType,
  body: SearchBody,
): { total: number; page: CrmObject[]; nextAfter: string | null } {
  checkLimits(body);
  indexDue(standIn);
  const definitions = propertyMap(standIn.store, portalId, type);
  for (const { filters } of body.filterGroups) for (const one of filters) checkFilter(one, definitions, type);
  const found = indexed(standIn, portalId, type).filter(({ properties }) =>
    matchesAny(properties, body, definitions, type),
  );
  const sorted = sortObjects(found, body.sorts, definitions);
  const start = Number(body.after);
  if (!Number.isSafeInteger(start) || start < 0) throw validationError(`after value ${body.after} is invalid`);
  if (start + body.limit > MAX_RESULTS)
    throw validationError('The maximum number of results that can be paged through is 10000');
  const page = sorted.slice(start, start + body.limit);
  return {
    total: sorted.length,
    page,
    nextAfter: start + page.length < sorted.length ? String(start + page.length) : null,
  };
}

/** Brings writes into the index whose time has come. */
function indexDue(standIn: StandIn): void {
  standIn.store.run(
    'update objects set indexed = properties, index_due_at = null where index_due_at is not null and index_due_at <= ? and archived_at is null and merged_into is null',
    standIn.clock.now().getTime(),
  );
}

function indexed(standIn: StandIn, portalId: number, type: ObjectType): CrmObject[] {
  return standIn.store
    .all(
      z.object({
        id: z.number(),
        indexed: jsonColumn(z.record(z.string(), z.string())),
        created_at: z.number(),
        updated_at: z.number(),
      }),
      `select id, indexed, created_at, updated_at from objects
       where portal_id = ? and type_id = ? and archived_at is null and merged_into is null and indexed is not null order by id`,
      portalId,
      type.typeId,
    )
    .map((row) => ({
      id: String(row.id),
      properties: row.indexed,
      createdAtMs: row.created_at,
      updatedAtMs: row.updated_at,
      archivedAtMs: null,
    }));
}

function checkLimits(body: SearchBody): void {
  const filters = body.filterGroups.reduce((sum, group) => sum + group.filters.length, 0);
  if (body.limit < 1 || body.limit > MAX_PAGE) throw validationError(`limit must be between 1 and ${MAX_PAGE}`);
  if (body.filterGroups.length > MAX_GROUPS)
    throw validationError(`Too many filter groups: at most ${MAX_GROUPS} are allowed`);
  if (filters > MAX_FILTERS) throw validationError(`Too many filters: at most ${MAX_FILTERS} are allowed`);
  if (body.filterGroups.some((group) => group.filters.length > MAX_FILTERS_PER_GROUP)) {
    throw validationError(`Too many filters in one group: at most ${MAX_FILTERS_PER_GROUP} are allowed`);
  }
  if (body.sorts.length > 1) throw validationError('Only one sort is allowed');
  if (JSON.stringify(body).length > MAX_BODY_CHARACTERS)
    throw validationError(`The search may have at most ${MAX_BODY_CHARACTERS} characters`);
}

function checkFilter(one: Filter, definitions: ReadonlyMap<string, PropertyDefinition>, type: ObjectType): void {
  if (!definitions.has(one.propertyName)) {
    throw validationError(
      `There was a problem with the request: property ${one.propertyName} does not exist on ${type.upper}`,
      { context: { propertyName: [one.propertyName] } },
    );
  }
  const needsList = one.operator === 'IN' || one.operator === 'NOT_IN';
  const needsNothing = one.operator === 'HAS_PROPERTY' || one.operator === 'NOT_HAS_PROPERTY';
  if (needsList && one.values === undefined) throw validationError(`operator ${one.operator} requires values`);
  if (!needsList && !needsNothing && one.value === undefined)
    throw validationError(`operator ${one.operator} requires a value`);
  if (one.operator === 'BETWEEN' && one.highValue === undefined)
    throw validationError('operator BETWEEN requires a highValue');
}

function matchesAny(
  properties: Properties,
  body: SearchBody,
  definitions: ReadonlyMap<string, PropertyDefinition>,
  type: ObjectType,
): boolean {
  const query = body.query?.trim().toLowerCase();
  if (query) {
    const names = QUERY_PROPERTIES[type.typeId] ?? [...definitions.keys()];
    if (!names.some((name) => properties[name]?.toLowerCase().includes(query))) return false;
  }
  if (body.filterGroups.length === 0) return true;
  return body.filterGroups.some((group) =>
    group.filters.every((one) => matches(properties[one.propertyName] ?? '', one, definitions.get(one.propertyName))),
  );
}

function matches(actual: string, one: Filter, definition: PropertyDefinition | undefined): boolean {
  const compare = (to: string | undefined): number => compareValues(actual, to ?? '', definition);
  const tokens = (): boolean => hasToken(actual, one.value ?? '');
  const listed = (): boolean => (one.values ?? []).some((value) => compare(value) === 0);
  switch (one.operator) {
    case 'EQ':
      return actual !== '' && compare(one.value) === 0;
    case 'NEQ':
      return compare(one.value) !== 0;
    case 'LT':
      return actual !== '' && compare(one.value) < 0;
    case 'LTE':
      return actual !== '' && compare(one.value) <= 0;
    case 'GT':
      return actual !== '' && compare(one.value) > 0;
    case 'GTE':
      return actual !== '' && compare(one.value) >= 0;
    case 'BETWEEN':
      return actual !== '' && compare(one.value) >= 0 && compare(one.highValue) <= 0;
    case 'IN':
      return actual !== '' && listed();
    case 'NOT_IN':
      return !listed();
    case 'HAS_PROPERTY':
      return actual !== '';
    case 'NOT_HAS_PROPERTY':
      return actual === '';
    case 'CONTAINS_TOKEN':
      return tokens();
    case 'NOT_CONTAINS_TOKEN':
      return !tokens();
  }
}

/** Numbers and times by value, all else as text without regard to case, as HubSpot's index does. */
function compareValues(a: string, b: string, definition: PropertyDefinition | undefined): number {
  const asNumber = (text: string): number => {
    if (definition?.type === 'number') return Number(text);
    return /^-?\d+$/.test(text) ? Number(text) : Date.parse(text);
  };
  if (definition && ['number', 'date', 'datetime'].includes(definition.type)) return asNumber(a) - asNumber(b);
  return a.toLowerCase() < b.toLowerCase() ? -1 : a.toLowerCase() > b.toLowerCase() ? 1 : 0;
}

/** A word of the text; `*` stands for any characters. */
function hasToken(text: string, wanted: string): boolean {
  const pattern = wanted
    .toLowerCase()
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  const words = [text.toLowerCase(), ...text.toLowerCase().split(/[\s,;@]+/)];
  return words.some((word) => new RegExp(`^${pattern}$`, 'u').test(word));
}

function sortObjects(
  found: CrmObject[],
  sorts: SearchBody['sorts'],
  definitions: ReadonlyMap<string, PropertyDefinition>,
): CrmObject[] {
  const [sort] = sorts;
  if (sort === undefined) return found;
  const text = typeof sort === 'string' ? sort : sort.propertyName;
  const name = text.replace(/^-/, '');
  const descending = text.startsWith('-') || (typeof sort !== 'string' && sort.direction === 'DESCENDING');
  const definition = definitions.get(name);
  if (!definition) throw validationError(`There was a problem with the request: cannot sort by ${name}`);
  const order = (a: CrmObject, b: CrmObject): number =>
    compareValues(a.properties[name] ?? '', b.properties[name] ?? '', definition) || Number(a.id) - Number(b.id);
  return found.toSorted((a, b) => (descending ? order(b, a) : order(a, b)));
}
