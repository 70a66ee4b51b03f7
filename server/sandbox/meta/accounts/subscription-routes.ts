import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { identify, requireScope, type Caller } from '../graph/access.ts';
import { jsonParameter, readBody, readQuery } from '../graph/graph-request.ts';
import { GraphError, invalidParameter, unknownObject } from '../graph-error.ts';
import { DEFAULT_WEBHOOK_FIELDS } from '../webhooks/webhook-fields.ts';
import type { World } from '../world.ts';
import { findApp, wabaFor, type MetaApp, type Waba } from './accounts.ts';
import { verifyCallback } from './verify-callback.ts';

const subscriptionRow = z.object({ app_id: z.string(), override_uri: z.string().nullable() });
const overrideBody = z.strictObject({
  override_callback_uri: z.string().optional(),
  verify_token: z.string().optional(),
});

/** Which apps hear of an account, and where (specs/meta; Meta, "Webhook overrides"). */
export function addSubscriptionRoutes(app: FastifyInstance, world: World): void {
  const config = { graphRoute: '/{Version}/{WABA-ID}/subscribed_apps' };
  type Params = { Params: { id: string } };
  app.get<Params>('/:id/subscribed_apps', { config }, async (request) => {
    const { waba } = readAccount(world, request.params.id, 'GET', identify(world, request));
    readQuery(request, { fields: z.string().optional() });
    return { data: subscribedApps(world, waba) };
  });
  app.post<Params>('/:id/subscribed_apps', { config }, async (request) => {
    const { caller, waba } = readAccount(world, request.params.id, 'POST', identify(world, request));
    readQuery(request, {});
    const body = readBody(request.graphBody, ['none', 'json', 'form'], overrideBody);
    await subscribe(world, caller, waba, body);
    return { success: true };
  });
  app.delete<Params>('/:id/subscribed_apps', { config }, async (request) => {
    const { caller, waba } = readAccount(world, request.params.id, 'DELETE', identify(world, request));
    readQuery(request, {});
    const removed = world.store.run(
      'delete from subscriptions where waba_id = ? and app_id = ?',
      waba.id,
      caller.appId,
    );
    if (removed === 0) throw invalidParameter('The app is not subscribed to this WhatsApp Business Account');
    return { success: true };
  });
}

function readAccount(world: World, id: string, method: string, caller: Caller): { caller: Caller; waba: Waba } {
  requireScope(caller, 'whatsapp_business_management');
  return { caller, waba: wabaFor(world.store, caller, method, id) };
}

function subscribedApps(world: World, waba: Waba): unknown[] {
  const rows = world.store.all(
    subscriptionRow,
    'select app_id, override_uri from subscriptions where waba_id = ? order by rowid',
    waba.id,
  );
  return rows.map((row) => {
    const name = findApp(world.store, row.app_id)?.name ?? '';
    const link = `https://www.facebook.com/games/?app_id=${row.app_id}`;
    return {
      whatsapp_business_api_data: { id: row.app_id, link, name },
      ...(row.override_uri === null ? {} : { override_callback_uri: row.override_uri }),
    };
  });
}

async function subscribe(world: World, caller: Caller, waba: Waba, body: z.infer<typeof overrideBody>): Promise<void> {
  if (body.override_callback_uri === undefined) {
    if (body.verify_token !== undefined) throw invalidParameter('verify_token goes with override_callback_uri');
    // Subscribing without an address takes an earlier override away.
    world.store.run(
      `insert into subscriptions (waba_id, app_id, override_uri) values (?, ?, null)
       on conflict (waba_id, app_id) do update set override_uri = null`,
      waba.id,
      caller.appId,
    );
    return;
  }
  if (body.verify_token === undefined) throw invalidParameter('override_callback_uri needs verify_token');
  const existing = world.store.first(
    subscriptionRow,
    'select app_id, override_uri from subscriptions where waba_id = ? and app_id = ?',
    waba.id,
    caller.appId,
  );
  // A documented order: subscribe first, then override (Meta, "Webhook overrides", Requirements).
  if (!existing)
    throw invalidParameter(
      'Before override the current callback uri, your app must be subscribed to receive messages for WhatsApp Business Account.',
    );
  await verifyCallback({ url: body.override_callback_uri, verifyToken: body.verify_token });
  world.store.run(
    'update subscriptions set override_uri = ?, verify_token = ? where waba_id = ? and app_id = ?',
    body.override_callback_uri,
    body.verify_token,
    waba.id,
    caller.appId,
  );
}

const appSubscriptionBody = z.strictObject({
  object: z.literal('whatsapp_business_account'),
  callback_url: z.string(),
  verify_token: z.string(),
  fields: z.preprocess(
    (value) =>
      typeof value === 'string' && !value.startsWith('[') ? value.split(',').map((name) => name.trim()) : value,
    jsonParameter(z.array(z.enum(DEFAULT_WEBHOOK_FIELDS)).min(1)),
  ),
  include_values: z.union([z.boolean(), z.literal('true'), z.literal('false')]).optional(),
});

/** `/{app}/subscriptions`: the app's own callback address and its ticked fields, with the app's token (Graph API, "Subscriptions"). */
export function addAppSubscriptionRoutes(app: FastifyInstance, world: World): void {
  const config = { graphRoute: '/{Version}/{Application-ID}/subscriptions' };
  type Params = { Params: { id: string } };
  app.get<Params>('/:id/subscriptions', { config }, async (request) => {
    const found = appFor(world, identify(world, request), 'GET', request.params.id);
    readQuery(request, {});
    if (found.callback_url === null) return { data: [] };
    const fields = found.webhook_fields.map((name) => ({ name, version: 'v25.0' }));
    return { data: [{ object: 'whatsapp_business_account', callback_url: found.callback_url, active: true, fields }] };
  });
  app.post<Params>('/:id/subscriptions', { config }, async (request) => {
    const found = appFor(world, identify(world, request), 'POST', request.params.id);
    readQuery(request, {});
    const body = readBody(request.graphBody, ['json', 'form', 'multipart'], appSubscriptionBody);
    await verifyCallback({ url: body.callback_url, verifyToken: body.verify_token });
    world.store.run(
      'update apps set callback_url = ?, verify_token = ?, webhook_fields = ? where id = ?',
      body.callback_url,
      body.verify_token,
      JSON.stringify([...new Set([...found.webhook_fields, ...body.fields])]),
      found.id,
    );
    return { success: true };
  });
}

function appFor(world: World, caller: Caller, method: string, id: string): MetaApp {
  const found = findApp(world.store, id);
  if (!found) throw unknownObject(method, id);
  if (caller.kind !== 'app')
    throw new GraphError(403, 15, { message: '(#15) This method must be called with an app access_token.' });
  if (caller.appId !== id) throw unknownObject(method, id);
  return found;
}
