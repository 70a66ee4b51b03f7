import { z } from 'zod';
import type { Call } from '../api-route.ts';
import { validationError } from '../hubspot-error.ts';
import { associate, specTarget } from './associations.ts';
import { createObject, findObject, type CrmObject, type WriteSource } from './objects.ts';
import { resolveObjectType, type ObjectType } from './object-types.ts';
import { propertyMap } from './properties.ts';

/** HubSpot takes JSON numbers and booleans for property values and keeps them as text; null is refused. */
export const propertyValues = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean()]).transform((value) => String(value)),
);
export const associationSpec = z.strictObject({
  associationCategory: z.enum(['HUBSPOT_DEFINED', 'USER_DEFINED', 'INTEGRATOR_DEFINED', 'WORK']),
  associationTypeId: z.number().int(),
});
export const recordId = z.union([z.string(), z.number().int().transform(String)]);
export const createInput = z.strictObject({
  properties: propertyValues,
  associations: z
    .array(z.strictObject({ to: z.strictObject({ id: recordId }), types: z.array(associationSpec).min(1) }))
    .default([]),
});
export function typeOf(call: Call): ObjectType {
  return resolveObjectType(call.standIn.store, call.portalId, call.params.objectType ?? '');
}

export function readScopes(call: Call): readonly string[] {
  return typeOf(call).readScopes;
}

export function writeScopes(call: Call): readonly string[] {
  return typeOf(call).writeScopes;
}

export function sourceOf(call: Call): WriteSource {
  return { type: 'INTEGRATION', id: String(call.appId), label: call.appName, userId: null };
}

/** Creates the record and its associations; the caller's transaction undoes both when one is refused. */
export function createWithAssociations(call: Call, type: ObjectType, input: z.output<typeof createInput>): CrmObject {
  const { standIn, portalId } = call;
  const object = createObject(standIn, portalId, type, input.properties, sourceOf(call));
  for (const association of input.associations) {
    for (const spec of association.types) {
      const to = specTarget(standIn.store, portalId, type, spec);
      const target = findObject(standIn, portalId, to, association.to.id);
      if (!target) {
        throw validationError(
          `One or more associations are not valid: ${to.upper} ${association.to.id} does not exist`,
          { context: { ids: [association.to.id] } },
        );
      }
      associate(standIn, portalId, { type, id: object.id }, { type: to, id: target.id }, spec);
    }
  }
  return object;
}

export function knownNames(call: Call, type: ObjectType): ReadonlySet<string> {
  return new Set(propertyMap(call.standIn.store, call.portalId, type).keys());
}
