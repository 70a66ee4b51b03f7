import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { addApiRoute, parseBody, type Answer, type Call } from '../api-route.ts';
import { validationError } from '../hubspot-error.ts';
import type { StandIn } from '../stand-in.ts';
import { addBatchRoutes } from './batch-routes.ts';
import { eraseContact } from './erase-contact.ts';
import { toObjectJson, toWrittenJson, type Selection } from './object-json.ts';
import {
  archiveObject,
  findObject,
  findObjectBy,
  listObjects,
  mergeObjects,
  objectNotFound,
  updateObject,
  type CrmObject,
} from './objects.ts';
import {
  createInput,
  createWithAssociations,
  knownNames,
  propertyValues,
  readScopes,
  recordId,
  sourceOf,
  typeOf,
  writeScopes,
} from './object-call.ts';
import type { ObjectType } from './object-types.ts';
import { searchBody, searchObjects } from './search.ts';

const updateInput = z.strictObject({ properties: propertyValues });
const mergeInput = z.strictObject({ primaryObjectId: recordId, objectIdToMerge: recordId });
const eraseInput = z.strictObject({ objectId: recordId, idProperty: z.string().optional() });

const BASE = '/crm/objects/2026-09/:objectType';
const READ_QUERY = ['properties', 'propertiesWithHistory', 'associations', 'archived', 'idProperty'];

/** Contacts, companies, notes, communications, tasks and custom objects (CRM Objects 2026-09). */
export function addObjectRoutes(app: FastifyInstance, standIn: StandIn): void {
  addApiRoute(app, standIn, {
    method: 'GET',
    url: BASE,
    scopes: readScopes,
    query: [...READ_QUERY, 'limit', 'after'],
    handle: list,
  });
  addApiRoute(app, standIn, { method: 'POST', url: BASE, scopes: writeScopes, handle: create });
  addApiRoute(app, standIn, {
    method: 'POST',
    url: `${BASE}/search`,
    limit: 'search',
    scopes: readScopes,
    handle: search,
  });
  addApiRoute(app, standIn, { method: 'POST', url: `${BASE}/merge`, scopes: writeScopes, handle: merge });
  addApiRoute(app, standIn, { method: 'POST', url: `${BASE}/gdpr-delete`, scopes: writeScopes, handle: erase });
  addBatchRoutes(app, standIn, BASE);
  addApiRoute(app, standIn, {
    method: 'GET',
    url: `${BASE}/:objectId`,
    scopes: readScopes,
    query: READ_QUERY,
    handle: read,
  });
  addApiRoute(app, standIn, {
    method: 'PATCH',
    url: `${BASE}/:objectId`,
    scopes: writeScopes,
    query: ['idProperty'],
    handle: update,
  });
  addApiRoute(app, standIn, { method: 'DELETE', url: `${BASE}/:objectId`, scopes: writeScopes, handle: archive });
}

function list(call: Call): Answer {
  const type = typeOf(call);
  const limit = call.query.wholeNumber('limit', 10, { min: 1, max: 100 });
  const after = Number(call.query.text('after') ?? '0');
  if (!Number.isSafeInteger(after) || after < 0) throw validationError('Invalid value for after');
  const found = listObjects(call.standIn, call.portalId, type, {
    afterId: after,
    limit: limit + 1,
    archived: call.query.flag('archived'),
  });
  const page = found.slice(0, limit);
  const last = page.at(-1);
  const next = found.length > limit && last ? { paging: { next: { after: last.id } } } : {};
  return { status: 200, body: { results: page.map((object) => present(call, type, object)), ...next } };
}

function read(call: Call): Answer {
  const type = typeOf(call);
  const id = call.params.objectId ?? '';
  const idProperty = call.query.text('idProperty');
  const object = call.query.flag('archived')
    ? findObject(call.standIn, call.portalId, type, id, true)
    : findObjectBy(call.standIn, call.portalId, type, id, idProperty);
  if (!object) throw objectNotFound(type, [id]);
  return { status: 200, body: present(call, type, object) };
}

function create(call: Call): Answer {
  const type = typeOf(call);
  const input = parseBody(createInput, call.body);
  const object = createWithAssociations(call, type, input);
  return { status: 201, body: toWrittenJson(call.portalId, type, object, Object.keys(input.properties)) };
}

function update(call: Call): Answer {
  const type = typeOf(call);
  const input = parseBody(updateInput, call.body);
  const id = call.params.objectId ?? '';
  const object = findObjectBy(call.standIn, call.portalId, type, id, call.query.text('idProperty'));
  if (!object) throw objectNotFound(type, [id]);
  const changed = updateObject(call.standIn, call.portalId, type, object, input.properties, sourceOf(call));
  return { status: 200, body: toWrittenJson(call.portalId, type, changed, Object.keys(input.properties)) };
}

/** Deleting what is not there answers 204 as well. */
function archive(call: Call): Answer {
  const type = typeOf(call);
  const object = findObject(call.standIn, call.portalId, type, call.params.objectId ?? '');
  if (object) archiveObject(call.standIn, call.portalId, type, object);
  return { status: 204 };
}

function search(call: Call): Answer {
  const type = typeOf(call);
  const body = parseBody(searchBody, call.body);
  const { total, page, nextAfter } = searchObjects(call.standIn, call.portalId, type, body);
  const selection: Selection = { properties: body.properties, propertiesWithHistory: [], associations: [] };
  const known = knownNames(call, type);
  return {
    status: 200,
    body: {
      total,
      results: page.map((object) => toObjectJson(call.standIn, call.portalId, type, object, selection, known)),
      ...(nextAfter === null ? {} : { paging: { next: { after: nextAfter } } }),
    },
  };
}

function merge(call: Call): Answer {
  const type = typeOf(call);
  const input = parseBody(mergeInput, call.body);
  const primary = findObject(call.standIn, call.portalId, type, input.primaryObjectId);
  const other = findObject(call.standIn, call.portalId, type, input.objectIdToMerge);
  if (!primary || !other) throw objectNotFound(type, [primary ? input.objectIdToMerge : input.primaryObjectId]);
  const merged = mergeObjects(call.standIn, call.portalId, type, primary, other, sourceOf(call));
  return { status: 200, body: toWrittenJson(call.portalId, type, merged, []) };
}

function erase(call: Call): Answer {
  const type = typeOf(call);
  const input = parseBody(eraseInput, call.body);
  const object = findObjectBy(call.standIn, call.portalId, type, input.objectId, input.idProperty);
  if (object) eraseContact(call.standIn, call.portalId, object, 'INTEGRATION');
  return { status: 204 };
}

function present(call: Call, type: ObjectType, object: CrmObject): Record<string, unknown> {
  const selection: Selection = {
    properties: call.query.list('properties'),
    propertiesWithHistory: call.query.list('propertiesWithHistory'),
    associations: call.query.list('associations'),
  };
  return toObjectJson(call.standIn, call.portalId, type, object, selection, knownNames(call, type));
}
