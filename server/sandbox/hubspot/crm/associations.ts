import { z } from 'zod';
import { validationError } from '../hubspot-error.ts';
import type { StandIn } from '../stand-in.ts';
import type { Store } from '../store.ts';
import { listCustomObjects, resolveObjectType, toObjectType, type ObjectType } from './object-types.ts';

export type AssociationSpec = {
  associationCategory: 'HUBSPOT_DEFINED' | 'USER_DEFINED' | 'INTEGRATOR_DEFINED' | 'WORK';
  associationTypeId: number;
};

type PairType = {
  category: AssociationSpec['associationCategory'];
  typeId: number;
  from: string;
  to: string;
  label: string | null;
};

/** HubSpot's own pairs (hubspot-platform.md section 5.4 and its association type list); the first of a pair is its default. */
const BUILT_IN: readonly PairType[] = [
  ...pair(81, '0-18', '0-1', 82),
  ...pair(87, '0-18', '0-2', 88),
  ...pair(202, '0-46', '0-1', 201),
  ...pair(190, '0-46', '0-2', 189),
  ...pair(200, '0-47', '0-1', 199),
  ...pair(204, '0-27', '0-1', 203),
  ...pair(192, '0-27', '0-2', 191),
  ...pair(279, '0-1', '0-2', 280),
  ...pair(449, '0-1', '0-1', 449),
];

/** Every type of association from one object type to another. */
export function pairTypes(store: Store, portalId: number, from: ObjectType, to: ObjectType): PairType[] {
  const own = store
    .all(
      z.object({
        category: z.enum(['HUBSPOT_DEFINED', 'USER_DEFINED', 'INTEGRATOR_DEFINED', 'WORK']),
        association_type_id: z.number(),
        label: z.string().nullable(),
      }),
      'select category, association_type_id, label from association_types where portal_id = ? and from_type = ? and to_type = ? order by association_type_id',
      portalId,
      from.typeId,
      to.typeId,
    )
    .map((row) => ({
      category: row.category,
      typeId: row.association_type_id,
      from: from.typeId,
      to: to.typeId,
      label: row.label,
    }));
  return [...BUILT_IN.filter((one) => one.from === from.typeId && one.to === to.typeId), ...own];
}

export function defaultSpec(store: Store, portalId: number, from: ObjectType, to: ObjectType): AssociationSpec {
  const [first] = pairTypes(store, portalId, from, to);
  if (!first) throw validationError(`No association type exists between ${from.upper} and ${to.upper}`);
  return { associationCategory: first.category, associationTypeId: first.typeId };
}

/** The type with that number, whatever it leads to: create requests name the target only by id. Throws 400 when it does not start here. */
export function specTarget(store: Store, portalId: number, from: ObjectType, spec: AssociationSpec): ObjectType {
  const targets = [
    ...['0-1', '0-2', '0-46', '0-18', '0-27'].map((id) => resolveObjectType(store, portalId, id)),
    ...listCustomObjects(store, portalId).map(toObjectType),
  ];
  const target = targets.find((to) =>
    pairTypes(store, portalId, from, to).some(
      (one) => one.category === spec.associationCategory && one.typeId === spec.associationTypeId,
    ),
  );
  if (!target) {
    throw validationError(
      `${spec.associationCategory}-${spec.associationTypeId} is not a valid association type between ${from.upper} and the given objects`,
      { context: { associationTypeId: [String(spec.associationTypeId)] } },
    );
  }
  return target;
}

/** Writes the association and its mirror; writing it again changes nothing. */
export function associate(
  standIn: StandIn,
  portalId: number,
  from: { type: ObjectType; id: string },
  to: { type: ObjectType; id: string },
  spec: AssociationSpec,
): void {
  const types = pairTypes(standIn.store, portalId, from.type, to.type);
  const position = types.findIndex(
    (one) => one.category === spec.associationCategory && one.typeId === spec.associationTypeId,
  );
  if (position < 0) {
    throw validationError(
      `${spec.associationCategory}-${spec.associationTypeId} is not a valid association type between ${from.type.upper} and ${to.type.upper}`,
    );
  }
  const mirrors = pairTypes(standIn.store, portalId, to.type, from.type);
  const mirror = mirrors[position] ?? mirrors[0];
  insert(standIn, portalId, from, to, spec);
  if (mirror)
    insert(standIn, portalId, to, from, { associationCategory: mirror.category, associationTypeId: mirror.typeId });
}

export function dissociate(
  standIn: StandIn,
  portalId: number,
  from: { type: ObjectType; id: string },
  to: { type: ObjectType; id: string },
): void {
  const sql =
    'delete from associations where portal_id = ? and from_type = ? and from_id = ? and to_type = ? and to_id = ?';
  standIn.store.run(sql, portalId, from.type.typeId, Number(from.id), to.type.typeId, Number(to.id));
  standIn.store.run(sql, portalId, to.type.typeId, Number(to.id), from.type.typeId, Number(from.id));
}

export type Associated = { toId: string; specs: (AssociationSpec & { label: string | null })[] };

export function listAssociated(
  standIn: StandIn,
  portalId: number,
  from: { type: ObjectType; id: string },
  to: ObjectType,
): Associated[] {
  const rows = standIn.store.all(
    z.object({
      to_id: z.number(),
      category: z.enum(['HUBSPOT_DEFINED', 'USER_DEFINED', 'INTEGRATOR_DEFINED', 'WORK']),
      association_type_id: z.number(),
    }),
    'select to_id, category, association_type_id from associations where portal_id = ? and from_type = ? and from_id = ? and to_type = ? order by to_id, association_type_id',
    portalId,
    from.type.typeId,
    Number(from.id),
    to.typeId,
  );
  const labels = new Map(
    pairTypes(standIn.store, portalId, from.type, to).map((one) => [`${one.category}-${one.typeId}`, one.label]),
  );
  const byTarget = new Map<string, Associated>();
  for (const row of rows) {
    const toId = String(row.to_id);
    const entry = byTarget.get(toId) ?? { toId, specs: [] };
    entry.specs.push({
      associationCategory: row.category,
      associationTypeId: row.association_type_id,
      label: labels.get(`${row.category}-${row.association_type_id}`) ?? null,
    });
    byTarget.set(toId, entry);
  }
  return [...byTarget.values()];
}

/** Defines an association between a custom object and another type, in both directions; answers the forward number. */
export function defineAssociation(
  store: Store,
  portalId: number,
  from: ObjectType,
  to: ObjectType,
  name: string,
): number {
  const add = (a: ObjectType, b: ObjectType): number => {
    const id = store.nextNumber('association type');
    store.run(
      "insert into association_types (portal_id, category, association_type_id, from_type, to_type, name) values (?, 'USER_DEFINED', ?, ?, ?, ?)",
      portalId,
      id,
      a.typeId,
      b.typeId,
      name,
    );
    return id;
  };
  const forward = add(from, to);
  if (from.typeId !== to.typeId) add(to, from);
  return forward;
}

/** The `type` of an association in a record's answer, such as `note_to_contact`. */
export function associationName(from: ObjectType, to: ObjectType): string {
  return `${from.singular}_to_${to.singular}`;
}

function insert(
  standIn: StandIn,
  portalId: number,
  from: { type: ObjectType; id: string },
  to: { type: ObjectType; id: string },
  spec: AssociationSpec,
): void {
  standIn.store.run(
    'insert or ignore into associations (portal_id, from_type, from_id, to_type, to_id, category, association_type_id) values (?, ?, ?, ?, ?, ?, ?)',
    portalId,
    from.type.typeId,
    Number(from.id),
    to.type.typeId,
    Number(to.id),
    spec.associationCategory,
    spec.associationTypeId,
  );
}

function pair(forward: number, from: string, to: string, back: number): PairType[] {
  const one: PairType = { category: 'HUBSPOT_DEFINED', typeId: forward, from, to, label: null };
  return from === to ? [one] : [one, { ...one, typeId: back, from: to, to: from }];
}
