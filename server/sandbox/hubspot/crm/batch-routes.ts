import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { addApiRoute, parseBody, type Answer, type Call } from '../api-route.ts';
import { HubSpotError, validationError } from '../hubspot-error.ts';
import type { StandIn } from '../stand-in.ts';
import { toObjectJson, toWrittenJson } from './object-json.ts';
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
import { archiveObject, createObject, findObject, findObjectBy, objectNotFound, updateObject } from './objects.ts';
import type { ObjectType } from './object-types.ts';

const MAX_INPUTS = 100;
const traced = { objectWriteTraceId: z.string().optional() };
const readInput = z.strictObject({
  inputs: z.array(z.strictObject({ id: recordId })),
  properties: z.array(z.string()).default([]),
  propertiesWithHistory: z.array(z.string()).default([]),
  idProperty: z.string().optional(),
});
const createBatch = z.strictObject({ inputs: z.array(createInput.extend(traced)) });
const updateBatch = z.strictObject({
  inputs: z.array(
    z.strictObject({ id: recordId, idProperty: z.string().optional(), properties: propertyValues, ...traced }),
  ),
});
const archiveBatch = z.strictObject({ inputs: z.array(z.strictObject({ id: recordId })) });

type ItemError = { error: HubSpotError; traceId: string | undefined; id: string | undefined };

/** Batches of at most 100. One bad input fails the whole batch unless its inputs carry `objectWriteTraceId`: then the answer is 207. */
export function addBatchRoutes(app: FastifyInstance, standIn: StandIn, base: string): void {
  addApiRoute(app, standIn, {
    method: 'POST',
    url: `${base}/batch/read`,
    scopes: readScopes,
    query: ['archived'],
    handle: readMany,
  });
  addApiRoute(app, standIn, { method: 'POST', url: `${base}/batch/create`, scopes: writeScopes, handle: createMany });
  addApiRoute(app, standIn, { method: 'POST', url: `${base}/batch/update`, scopes: writeScopes, handle: updateMany });
  addApiRoute(app, standIn, { method: 'POST', url: `${base}/batch/upsert`, scopes: writeScopes, handle: upsertMany });
  addApiRoute(app, standIn, { method: 'POST', url: `${base}/batch/archive`, scopes: writeScopes, handle: archiveMany });
}

function readMany(call: Call): Answer {
  const type = typeOf(call);
  const body = parseBody(readInput, call.body);
  checkBatch(body.inputs.map((input) => input.id));
  const selection = {
    properties: body.properties,
    propertiesWithHistory: body.propertiesWithHistory,
    associations: [],
  };
  const known = knownNames(call, type);
  const missing: string[] = [];
  const results = body.inputs.flatMap(({ id }) => {
    const object = findObjectBy(call.standIn, call.portalId, type, id, body.idProperty);
    if (object) return [toObjectJson(call.standIn, call.portalId, type, object, selection, known)];
    missing.push(id);
    return [];
  });
  const errors = missing.length === 0 ? [] : [notFoundJson(type, missing)];
  return batchAnswer(call, 200, results, errors, errors.length);
}

function createMany(call: Call): Answer {
  const type = typeOf(call);
  const { inputs } = parseBody(createBatch, call.body);
  checkBatch(inputs.map((_, index) => String(index)));
  return eachItem(call, 201, inputs, (input) => {
    const object = createWithAssociations(call, type, input);
    return toWrittenJson(call.portalId, type, object, Object.keys(input.properties));
  });
}

function updateMany(call: Call): Answer {
  const type = typeOf(call);
  const { inputs } = parseBody(updateBatch, call.body);
  checkBatch(inputs.map((input) => `${input.idProperty ?? ''} ${input.id}`));
  return eachItem(call, 200, inputs, (input) => {
    const object = findObjectBy(call.standIn, call.portalId, type, input.id, input.idProperty);
    if (!object) throw objectNotFound(type, [input.id]);
    const changed = updateObject(call.standIn, call.portalId, type, object, input.properties, sourceOf(call));
    return toWrittenJson(call.portalId, type, changed, Object.keys(input.properties));
  });
}

function upsertMany(call: Call): Answer {
  const type = typeOf(call);
  const { inputs } = parseBody(updateBatch, call.body);
  checkBatch(inputs.map((input) => `${input.idProperty ?? ''} ${input.id}`));
  return eachItem(call, 200, inputs, (input) => {
    const { idProperty } = input;
    const object = findObjectBy(call.standIn, call.portalId, type, input.id, idProperty);
    if (!object && (idProperty === undefined || idProperty === 'hs_object_id')) throw objectNotFound(type, [input.id]);
    const properties =
      idProperty === undefined || idProperty === 'hs_object_id'
        ? input.properties
        : { ...input.properties, [idProperty]: input.properties[idProperty] ?? input.id };
    const written = object
      ? updateObject(call.standIn, call.portalId, type, object, properties, sourceOf(call))
      : createObject(call.standIn, call.portalId, type, properties, sourceOf(call));
    return { ...toWrittenJson(call.portalId, type, written, Object.keys(properties)), new: object === undefined };
  });
}

function archiveMany(call: Call): Answer {
  const type = typeOf(call);
  const { inputs } = parseBody(archiveBatch, call.body);
  checkBatch(inputs.map((input) => input.id));
  for (const { id } of inputs) {
    const object = findObject(call.standIn, call.portalId, type, id);
    if (object) archiveObject(call.standIn, call.portalId, type, object);
  }
  return { status: 204 };
}

/**
 * Each input in a savepoint of its own. A record that is not there is always reported beside the others; any other refusal fails the
 * whole batch unless the input carries a trace id.
 */
function eachItem<T extends { objectWriteTraceId?: string | undefined }>(
  call: Call,
  status: number,
  inputs: readonly T[],
  work: (input: T) => Record<string, unknown>,
): Answer {
  const results: Record<string, unknown>[] = [];
  const failed: ItemError[] = [];
  for (const input of inputs) {
    try {
      const result = call.standIn.store.transaction(() => work(input));
      results.push({
        ...result,
        ...(input.objectWriteTraceId === undefined ? {} : { objectWriteTraceId: input.objectWriteTraceId }),
      });
    } catch (thrown) {
      if (!(thrown instanceof HubSpotError)) throw thrown;
      if (thrown.status !== 404 && input.objectWriteTraceId === undefined) throw thrown;
      failed.push({
        error: thrown,
        traceId: input.objectWriteTraceId,
        id: 'id' in input ? String(input.id) : undefined,
      });
    }
  }
  return batchAnswer(call, status, results, failed.map(itemErrorJson), failed.length);
}

export function batchAnswer(
  call: Call,
  status: number,
  results: unknown[],
  errors: unknown[],
  numErrors: number,
): Answer {
  const now = call.standIn.clock.now().toISOString();
  return {
    status: numErrors > 0 ? 207 : status,
    body: {
      status: 'COMPLETE',
      results,
      ...(numErrors > 0 ? { numErrors, errors } : {}),
      startedAt: now,
      completedAt: now,
    },
  };
}

/** `StandardError` of the description: every field is there. */
export function standardError(error: HubSpotError, context: Record<string, string[]>): Record<string, unknown> {
  return {
    status: 'error',
    category: error.body.category ?? 'VALIDATION_ERROR',
    message: error.body.message,
    context: { ...error.body.context, ...context },
    errors: error.body.errors ?? [],
    links: error.body.links ?? {},
  };
}

function itemErrorJson(failed: ItemError): Record<string, unknown> {
  return standardError(failed.error, {
    ...(failed.traceId === undefined ? {} : { objectWriteTraceId: [failed.traceId] }),
    ...(failed.id === undefined ? {} : { ids: [failed.id] }),
  });
}

function notFoundJson(type: ObjectType, ids: string[]): Record<string, unknown> {
  return standardError(
    new HubSpotError(404, {
      message: `Could not get some ${type.upper} objects, they may be deleted or not exist. Check that ids are valid.`,
      category: 'OBJECT_NOT_FOUND',
    }),
    { ids },
  );
}

export function checkBatch(keys: readonly string[], max = MAX_INPUTS): void {
  if (keys.length === 0) throw validationError('The batch has no inputs');
  if (keys.length > max)
    throw validationError(`The maximum batch size is ${max} inputs, but ${keys.length} were received`);
  const repeated = keys.filter((key, index) => keys.indexOf(key) !== index);
  if (repeated.length > 0) {
    throw validationError(
      `Duplicate IDs found in batch input: [${[...new Set(repeated)].join(', ')}]. IDs must be unique`,
    );
  }
}
