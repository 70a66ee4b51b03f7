import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { parseBody, Query } from '../api-route.ts';
import { eraseContact } from '../crm/erase-contact.ts';
import { findObject, listObjects, mergeObjects, updateObject, type CrmObject } from '../crm/objects.ts';
import { resolveObjectType } from '../crm/object-types.ts';
import { listProperties } from '../crm/properties.ts';
import { HubSpotError, notFound, validationError } from '../hubspot-error.ts';
import { grantableScopes } from '../install/authorize-request.ts';
import { ACCESS_TOKEN_SECONDS, install, issueToken, uninstall } from '../install/tokens.ts';
import type { SeededApp, StoredPortal } from '../seed.ts';
import { findApp, findPortal, listPortals, writeClockOffset, type StandIn } from '../stand-in.ts';
import { listFiles } from '../files/file-routes.ts';
import { forgetForm, listForms, storeForm } from '../forms/form-definition.ts';
import { fault } from './faults.ts';
import { createHubSpotFetch, fetchInput } from './hubspot-fetch.ts';
import { readJournal } from './journal.ts';
import { readTimeline } from './timeline.ts';

const portalParam = z.object({ portalId: z.coerce.number().int() });
const contactParam = portalParam.extend({ contactId: z.string() });
const idText = z.union([z.string(), z.number().int().transform(String)]);
const LOCAL_ORIGIN = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/** What the sandbox page and the tests steer the stand-in with; no part of HubSpot's API. */
export function addControlRoutes(app: FastifyInstance, standIn: StandIn): void {
  allowLocalOrigins(app);
  addTestRoutes(app, standIn);
  addRecordRoutes(app, standIn);
  addAccountControls(app, standIn);
}

function allowLocalOrigins(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers;
    if (origin === undefined || !LOCAL_ORIGIN.test(origin)) return;
    void reply.headers({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, POST, PATCH, DELETE',
      'access-control-allow-headers': 'content-type',
      vary: 'origin',
    });
  });
  app.options('/_standin/*', (_request, reply) => reply.code(204).send());
}

function addTestRoutes(app: FastifyInstance, standIn: StandIn): void {
  app.post('/_standin/faults', (request) => {
    standIn.faults.add(parseBody(fault, request.body));
    return { faults: standIn.faults.list() };
  });
  app.delete('/_standin/faults', () => {
    standIn.faults.clear();
    return { faults: [] };
  });
  app.post('/_standin/clock', (request) => {
    const { offsetMs } = parseBody(z.strictObject({ offsetMs: z.number().int() }), request.body);
    writeClockOffset(standIn.store, offsetMs);
    const now = standIn.clock.now();
    standIn.wakeAt(now.getTime());
    return { now: now.toISOString() };
  });
  app.get('/_standin/journal', (request) => {
    const since = new Query(request.url).wholeNumber('since', 0, { min: 0, max: Number.MAX_SAFE_INTEGER });
    const entries = readJournal(standIn.store, since);
    return { entries, last: entries.at(-1)?.n ?? since };
  });
}

function addRecordRoutes(app: FastifyInstance, standIn: StandIn): void {
  const hubSpotFetch = createHubSpotFetch(standIn);
  const contacts = (portalId: number) => resolveObjectType(standIn.store, portalId, 'contacts');
  app.get('/_standin/portals', () => ({
    portals: listPortals(standIn.store).map((portal) => ({
      ...portal,
      installedApps: installedApps(standIn, portal.portalId),
    })),
  }));
  app.get('/_standin/portals/:portalId/files', (request) => ({
    files: listFiles(standIn, existingPortal(standIn, request.params).portalId),
  }));
  app.get('/_standin/portals/:portalId/contacts', (request) => {
    const { portalId } = existingPortal(standIn, request.params);
    const found = listObjects(standIn, portalId, contacts(portalId), { afterId: 0, limit: 1_000 });
    return { contacts: found.map(({ id, properties }) => ({ id, properties })) };
  });
  app.get('/_standin/portals/:portalId/contacts/:contactId', (request) => {
    const { portalId } = existingPortal(standIn, request.params);
    const contact = existingContact(standIn, portalId, contactParam.parse(request.params).contactId);
    const definitions = listProperties(standIn.store, portalId, contacts(portalId)).map(
      ({ name, label, options }) => [name, { label, options }] as const,
    );
    return {
      id: contact.id,
      properties: contact.properties,
      definitions: Object.fromEntries(definitions),
      timeline: readTimeline(standIn, portalId, contact),
    };
  });
  app.patch('/_standin/portals/:portalId/contacts/:contactId', (request) => {
    const { portalId } = existingPortal(standIn, request.params);
    const { properties } = parseBody(z.strictObject({ properties: z.record(z.string(), z.string()) }), request.body);
    const contact = existingContact(standIn, portalId, contactParam.parse(request.params).contactId);
    const changed = standIn.store.transaction(() =>
      updateObject(standIn, portalId, contacts(portalId), contact, properties, {
        type: 'CRM_UI',
        id: null,
        label: null,
        userId: null,
      }),
    );
    return { id: changed.id, properties: changed.properties };
  });
  app.post('/_standin/portals/:portalId/fetch', async (request) => {
    const { portalId } = existingPortal(standIn, request.params);
    return hubSpotFetch(portalId, parseBody(fetchInput, request.body));
  });
  app.get('/_standin/portals/:portalId/forms', (request) => {
    const { portalId } = existingPortal(standIn, request.params);
    const forms = listForms(
      standIn.store,
      portalId,
      { archived: false, formTypes: ['all'] },
      { afterN: 0, limit: 1_000 },
    );
    return { forms: forms.map((one) => one.raw) };
  });
  app.post('/_standin/portals/:portalId/forms', (request, reply) =>
    putForm(standIn, request.params, request.body, reply),
  );
  // What was deleted in HubSpot cannot be restored after ninety days: from then on nobody knows the form.
  app.delete('/_standin/portals/:portalId/forms/:formId', (request) => {
    const { portalId } = existingPortal(standIn, request.params);
    const { formId } = parseBody(z.looseObject({ formId: z.string() }), request.params);
    forgetForm(standIn.store, portalId, formId);
    return { id: formId };
  });
}

/** A customer makes or edits a form in HubSpot. */
function putForm(standIn: StandIn, params: unknown, body: unknown, reply: FastifyReply): FastifyReply {
  const { portalId } = existingPortal(standIn, params);
  const { form, archived } = parseBody(
    z.strictObject({
      form: z.looseObject({ id: z.string(), name: z.string(), formType: z.string() }),
      archived: z.boolean().default(false),
    }),
    body,
  );
  storeForm(standIn.store, portalId, form, archived);
  return reply.send({ id: form.id });
}

function addAccountControls(app: FastifyInstance, standIn: StandIn): void {
  const appInput = z.strictObject({ appId: z.number().int().optional() }).optional();
  app.post('/_standin/portals/:portalId/install', (request) =>
    installNow(standIn, existingPortal(standIn, request.params), request.body),
  );
  app.post('/_standin/portals/:portalId/uninstall', (request) => {
    const { portalId } = existingPortal(standIn, request.params);
    const appId = parseBody(appInput, request.body)?.appId;
    for (const id of appId === undefined ? installedApps(standIn, portalId) : [appId]) uninstall(standIn, id, portalId);
    return { installedApps: installedApps(standIn, portalId) };
  });
  app.post('/_standin/portals/:portalId/erase-contact', (request) => {
    const { portalId } = existingPortal(standIn, request.params);
    const { contactId } = parseBody(z.strictObject({ contactId: idText }), request.body);
    const contact = existingContact(standIn, portalId, contactId);
    standIn.store.transaction(() => eraseContact(standIn, portalId, contact, 'CRM_UI'));
    return { erased: contact.id };
  });
  app.post('/_standin/portals/:portalId/contacts/merge', (request) => {
    const { portalId } = existingPortal(standIn, request.params);
    const input = parseBody(z.strictObject({ primaryObjectId: idText, objectIdToMerge: idText }), request.body);
    const type = resolveObjectType(standIn.store, portalId, 'contacts');
    const [primary, other] = [input.primaryObjectId, input.objectIdToMerge].map((id) =>
      existingContact(standIn, portalId, id),
    );
    if (!primary || !other) throw validationError('Both contacts must exist');
    const merged = standIn.store.transaction(() =>
      mergeObjects(standIn, portalId, type, primary, other, {
        type: 'MERGE_OBJECTS',
        id: null,
        label: null,
        userId: null,
      }),
    );
    return { id: merged.id, properties: merged.properties };
  });
}

const installInput = z.strictObject({
  appId: z.number().int().optional(),
  userId: z.number().int().optional(),
  scopes: z.array(z.string()).optional(),
  /** HubSpot's are 1,800 s; an outside program that has no refresh of its own may ask for longer. */
  accessTokenSeconds: z.number().int().min(1).max(31_536_000).default(ACCESS_TOKEN_SECONDS),
});

/** Installs without the page and answers tokens at once: for programs that only want to call the API. */
function installNow(standIn: StandIn, portal: StoredPortal, body: unknown): Record<string, unknown> {
  const input = parseBody(installInput, body ?? {});
  const app = chosenApp(standIn, input.appId);
  const user = portal.users.find((one) =>
    input.userId === undefined ? one.permissions.includes('super-admin') : one.userId === input.userId,
  );
  if (!user) throw validationError('The account has no such user');
  const { granted } = grantableScopes(portal, {
    scopes: input.scopes ?? app.requiredScopes,
    optionalScopes: input.scopes ? [] : app.optionalScopes,
  });
  const given = { appId: app.appId, portalId: portal.portalId, userId: user.userId, scopes: granted };
  return standIn.store.transaction(() => {
    install(standIn, given);
    return {
      accessToken: issueToken(standIn, 'access', given, input.accessTokenSeconds),
      refreshToken: issueToken(standIn, 'refresh', given, null),
      expiresIn: input.accessTokenSeconds,
      portalId: portal.portalId,
      userId: user.userId,
      scopes: granted,
    };
  });
}

function chosenApp(standIn: StandIn, appId: number | undefined): SeededApp {
  const id =
    appId ?? standIn.store.first(z.object({ app_id: z.number() }), 'select app_id from apps order by app_id')?.app_id;
  const app = id === undefined ? undefined : findApp(standIn.store, { appId: id });
  if (!app) throw notFound('No such app');
  return app;
}

function installedApps(standIn: StandIn, portalId: number): number[] {
  return standIn.store
    .all(z.object({ app_id: z.number() }), 'select app_id from installs where portal_id = ? order by app_id', portalId)
    .map((row) => row.app_id);
}

function existingPortal(standIn: StandIn, params: unknown): StoredPortal {
  const parsed = portalParam.safeParse(params);
  const portal = parsed.success ? findPortal(standIn.store, parsed.data.portalId) : undefined;
  if (!portal) throw new HubSpotError(404, { message: 'No such account', category: 'OBJECT_NOT_FOUND' });
  return portal;
}

function existingContact(standIn: StandIn, portalId: number, id: string): CrmObject {
  const contact = findObject(standIn, portalId, resolveObjectType(standIn.store, portalId, 'contacts'), id);
  if (!contact) throw notFound(`No contact ${id}`);
  return contact;
}
