import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { addApiRoute, parseBody, type Answer, type Call } from '../api-route.ts';
import { HubSpotError, validationError } from '../hubspot-error.ts';
import type { StandIn } from '../stand-in.ts';
import { associate, defaultSpec, dissociate, listAssociated, pairTypes, type AssociationSpec } from './associations.ts';
import { batchAnswer, standardError } from './batch-routes.ts';
import { associationSpec } from './object-call.ts';
import { findObject, objectNotFound, type CrmObject } from './objects.ts';
import { resolveObjectType, type ObjectType } from './object-types.ts';

const id = z.strictObject({ id: z.union([z.string(), z.number().int().transform(String)]) });
const readInput = z.strictObject({
  inputs: z
    .array(z.strictObject({ id: z.string(), after: z.string().optional() }))
    .min(1)
    .max(1_000),
});
const createInput = z.strictObject({
  inputs: z
    .array(z.strictObject({ from: id, to: id, types: z.array(associationSpec).min(1) }))
    .min(1)
    .max(2_000),
});
const defaultInput = z.strictObject({
  inputs: z
    .array(z.strictObject({ from: id, to: id }))
    .min(1)
    .max(2_000),
});
const archiveInput = z.strictObject({
  inputs: z
    .array(z.strictObject({ from: id, to: z.array(id) }))
    .min(1)
    .max(2_000),
});

const ONE = '/crm/objects/2026-09/:fromType/:fromId/associations';
const BATCH = '/crm/associations/2026-09/:fromType/:toType/batch';

/** Associations 2026-09: default, labelled, and in batches. */
export function addAssociationRoutes(app: FastifyInstance, standIn: StandIn): void {
  addApiRoute(app, standIn, {
    method: 'PUT',
    url: `${ONE}/default/:toType/:toId`,
    scopes: writeScopes,
    handle: putDefault,
  });
  addApiRoute(app, standIn, { method: 'PUT', url: `${ONE}/:toType/:toId`, scopes: writeScopes, handle: putLabelled });
  addApiRoute(app, standIn, { method: 'DELETE', url: `${ONE}/:toType/:toId`, scopes: writeScopes, handle: remove });
  addApiRoute(app, standIn, { method: 'POST', url: `${BATCH}/read`, scopes: readScopes, handle: readMany });
  addApiRoute(app, standIn, { method: 'POST', url: `${BATCH}/create`, scopes: writeScopes, handle: createMany });
  addApiRoute(app, standIn, {
    method: 'POST',
    url: `${BATCH}/associate/default`,
    scopes: writeScopes,
    handle: createManyDefault,
  });
  addApiRoute(app, standIn, { method: 'POST', url: `${BATCH}/archive`, scopes: writeScopes, handle: archiveMany });
}

function typesOf(call: Call): { from: ObjectType; to: ObjectType } {
  const { store } = call.standIn;
  return {
    from: resolveObjectType(store, call.portalId, call.params.fromType ?? ''),
    to: resolveObjectType(store, call.portalId, call.params.toType ?? ''),
  };
}

function readScopes(call: Call): readonly string[] {
  return typesOf(call).from.readScopes;
}

function writeScopes(call: Call): readonly string[] {
  return typesOf(call).from.writeScopes;
}

function putDefault(call: Call): Answer {
  const { from, to } = typesOf(call);
  const ends = both(call, from, call.params.fromId ?? '', to, call.params.toId ?? '');
  const spec = defaultSpec(call.standIn.store, call.portalId, from, to);
  associate(call.standIn, call.portalId, { type: from, id: ends.from.id }, { type: to, id: ends.to.id }, spec);
  return batchAnswer(call, 200, defaultJson(call, from, to, ends), [], 0);
}

function putLabelled(call: Call): Answer {
  const { from, to } = typesOf(call);
  const specs = parseBody(z.array(associationSpec).min(1), call.body);
  const ends = both(call, from, call.params.fromId ?? '', to, call.params.toId ?? '');
  for (const spec of specs)
    associate(call.standIn, call.portalId, { type: from, id: ends.from.id }, { type: to, id: ends.to.id }, spec);
  return { status: 201, body: labelsJson(call, from, to, ends, specs) };
}

function remove(call: Call): Answer {
  const { from, to } = typesOf(call);
  dissociate(
    call.standIn,
    call.portalId,
    { type: from, id: call.params.fromId ?? '' },
    { type: to, id: call.params.toId ?? '' },
  );
  return { status: 204 };
}

function readMany(call: Call): Answer {
  const { from, to } = typesOf(call);
  const { inputs } = parseBody(readInput, call.body);
  const errors: unknown[] = [];
  const results = inputs.flatMap((input) => {
    const found = listAssociated(call.standIn, call.portalId, { type: from, id: input.id }, to);
    if (found.length === 0) {
      errors.push(
        standardError(
          new HubSpotError(404, {
            message: `No ${to.plural} is associated with ${from.plural} ${input.id}.`,
            category: 'OBJECT_NOT_FOUND',
          }),
          {
            fromObjectId: [input.id],
          },
        ),
      );
      return [];
    }
    const targets = found.map((one) => ({
      toObjectId: one.toId,
      associationTypes: one.specs.map((spec) => ({
        category: spec.associationCategory,
        typeId: spec.associationTypeId,
        ...(spec.label === null ? {} : { label: spec.label }),
      })),
    }));
    return [{ from: { id: input.id }, to: targets }];
  });
  return batchAnswer(call, 200, results, errors, errors.length);
}

function createMany(call: Call): Answer {
  const { from, to } = typesOf(call);
  const { inputs } = parseBody(createInput, call.body);
  const results = inputs.map((input) => {
    const ends = both(call, from, input.from.id, to, input.to.id);
    for (const spec of input.types)
      associate(call.standIn, call.portalId, { type: from, id: ends.from.id }, { type: to, id: ends.to.id }, spec);
    return labelsJson(call, from, to, ends, input.types);
  });
  return { ...batchAnswer(call, 200, results, [], 0) };
}

function createManyDefault(call: Call): Answer {
  const { from, to } = typesOf(call);
  const { inputs } = parseBody(defaultInput, call.body);
  const spec = defaultSpec(call.standIn.store, call.portalId, from, to);
  const results = inputs.flatMap((input) => {
    const ends = both(call, from, input.from.id, to, input.to.id);
    associate(call.standIn, call.portalId, { type: from, id: ends.from.id }, { type: to, id: ends.to.id }, spec);
    return defaultJson(call, from, to, ends);
  });
  return batchAnswer(call, 200, results, [], 0);
}

function archiveMany(call: Call): Answer {
  const { from, to } = typesOf(call);
  const { inputs } = parseBody(archiveInput, call.body);
  for (const input of inputs) {
    for (const target of input.to)
      dissociate(call.standIn, call.portalId, { type: from, id: input.from.id }, { type: to, id: target.id });
  }
  return batchAnswer(call, 200, [], [], 0);
}

type Ends = { from: CrmObject; to: CrmObject };

function both(call: Call, from: ObjectType, fromId: string, to: ObjectType, toId: string): Ends {
  const fromObject = findObject(call.standIn, call.portalId, from, fromId);
  if (!fromObject) throw objectNotFound(from, [fromId]);
  const toObject = findObject(call.standIn, call.portalId, to, toId);
  if (!toObject) throw objectNotFound(to, [toId]);
  if (from.typeId === to.typeId && fromObject.id === toObject.id)
    throw validationError('A record cannot be associated with itself');
  return { from: fromObject, to: toObject };
}

/** Both directions, as the default route answers them. */
function defaultJson(call: Call, from: ObjectType, to: ObjectType, ends: Ends): unknown[] {
  const forward = defaultSpec(call.standIn.store, call.portalId, from, to);
  const back = defaultSpec(call.standIn.store, call.portalId, to, from);
  return [
    { from: { id: ends.from.id }, to: { id: ends.to.id }, associationSpec: forward },
    { from: { id: ends.to.id }, to: { id: ends.from.id }, associationSpec: back },
  ];
}

function labelsJson(
  call: Call,
  from: ObjectType,
  to: ObjectType,
  ends: Ends,
  specs: readonly AssociationSpec[],
): Record<string, unknown> {
  const known = pairTypes(call.standIn.store, call.portalId, from, to);
  const labels = specs.flatMap((spec) => known.find((one) => one.typeId === spec.associationTypeId)?.label ?? []);
  return {
    fromObjectTypeId: from.typeId,
    fromObjectId: ends.from.id,
    toObjectTypeId: to.typeId,
    toObjectId: ends.to.id,
    labels,
  };
}
