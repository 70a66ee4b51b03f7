import type { FastifyInstance } from 'fastify';
import { addApiRoute, type Answer, type Call } from '../api-route.ts';
import { notFound, validationError } from '../hubspot-error.ts';
import type { SeededUser } from '../seed.ts';
import { findPortal, type StandIn } from '../stand-in.ts';

const SCOPES = ['crm.objects.owners.read'];
const EPOCH = '2024-01-15T09:00:00.000Z';

/** Owners 2026-09: an owner's id differs from the user's. */
export function addOwnerRoutes(app: FastifyInstance, standIn: StandIn): void {
  addApiRoute(app, standIn, {
    method: 'GET',
    url: '/crm/owners/2026-09',
    scopes: SCOPES,
    query: ['after', 'archived', 'email', 'limit'],
    handle: list,
  });
  addApiRoute(app, standIn, {
    method: 'GET',
    url: '/crm/owners/2026-09/:ownerId',
    scopes: SCOPES,
    query: ['archived', 'idProperty'],
    handle: read,
  });
}

function list(call: Call): Answer {
  const limit = call.query.wholeNumber('limit', 100, { min: 1, max: 500 });
  const email = call.query.text('email')?.toLowerCase();
  const after = Number(call.query.text('after') ?? '0');
  if (!Number.isSafeInteger(after) || after < 0) throw validationError('Invalid paging cursor');
  const archived = call.query.flag('archived');
  const all = ownersOf(call).filter(
    (user) => user.ownerArchived === archived && (email === undefined || user.email.toLowerCase() === email),
  );
  const page = all.slice(after, after + limit);
  const next = after + limit < all.length ? { paging: { next: { after: String(after + limit) } } } : {};
  return { status: 200, body: { results: page.map(toOwner), ...next } };
}

function read(call: Call): Answer {
  const wanted = call.params.ownerId ?? '';
  const byUser = call.query.text('idProperty') === 'userId';
  const archived = call.query.flag('archived');
  const owner = ownersOf(call).find(
    (user) => user.ownerArchived === archived && (byUser ? String(user.userId) : user.ownerId) === wanted,
  );
  if (!owner) throw notFound(`Owner ${wanted} was not found`);
  return { status: 200, body: toOwner(owner) };
}

function ownersOf(call: Call): SeededUser[] {
  return (findPortal(call.standIn.store, call.portalId)?.users ?? []).filter((user) => user.ownerId !== null);
}

function toOwner(user: SeededUser): Record<string, unknown> {
  return {
    id: user.ownerId,
    email: user.email,
    firstName: user.firstName,
    lastName: user.lastName,
    ...(user.ownerArchived ? {} : { userId: user.userId }),
    userIdIncludingInactive: user.userId,
    type: 'PERSON',
    teams: [],
    archived: user.ownerArchived,
    createdAt: EPOCH,
    updatedAt: EPOCH,
  };
}
