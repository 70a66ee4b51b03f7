import { createHmac } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { findApp, wabaFor } from '../accounts/accounts.ts';
import { identify, requireScope, type Caller } from '../graph/access.ts';
import { flagParameter, isCallableUrl, jsonParameter, readBody, readQuery } from '../graph/graph-request.ts';
import { pageOf, pageParameters } from '../graph/page.ts';
import { readFields } from '../graph/read-fields.ts';
import { flowError, GraphError, invalidParameter } from '../graph-error.ts';
import type { World } from '../world.ts';
import { readFlowDocument } from './flow-document.ts';
import { selectFlowFields } from './flow-node.ts';
import {
  CATEGORIES,
  findFlow,
  flowByName,
  flowFor,
  flowsOf,
  insertFlow,
  saveDraft,
  setFlowStatus,
  type Flow,
} from './flow-store.ts';
import { publishFlow } from './publish-flow.ts';

const categoriesParameter = jsonParameter(z.array(z.enum(CATEGORIES)).min(1));
const createBody = z.strictObject({
  name: z.string().min(1).max(200),
  categories: categoriesParameter,
  flow_json: z.string().optional(),
  publish: flagParameter.optional(),
  clone_flow_id: z.string().optional(),
  endpoint_uri: z.string().optional(),
});
const updateBody = z.strictObject({
  name: z.string().min(1).max(200).optional(),
  categories: categoriesParameter.optional(),
  endpoint_uri: z.string().optional(),
  application_id: z.union([z.string(), z.number().transform(String)]).optional(),
});
const assetBody = z.strictObject({ name: z.literal('flow.json'), asset_type: z.literal('FLOW_JSON') });
/** Whatsapp-flows.md section 2.1. */
const MAX_FLOW_JSON_BYTES = 10 * 1_024 * 1_024;

type Params = { Params: { id: string } };

/** The Flows management API (whatsapp-flows.md section 8). */
export function addFlowRoutes(app: FastifyInstance, world: World): void {
  const manager = (request: FastifyRequest): Caller => {
    const caller = identify(world, request);
    requireScope(caller, 'whatsapp_business_management');
    return caller;
  };
  const edge = { config: { graphRoute: '/{Version}/{WABA-ID}/flows' } };
  app.post<Params>('/:id/flows', edge, (request) => createFlow(world, manager(request), request, request.params.id));
  app.get<Params>('/:id/flows', edge, async (request) =>
    listFlows(world, manager(request), request, request.params.id),
  );
  const assets = { config: { graphRoute: '/{Version}/{Flow-ID}/assets' } };
  app.post<Params>('/:id/assets', assets, async (request) => {
    const flow = flowFor(world.store, manager(request), 'POST', request.params.id);
    return uploadFlowJson(world, flow, request);
  });
  app.get<Params>('/:id/assets', assets, async (request) => {
    const flow = flowFor(world.store, manager(request), 'GET', request.params.id);
    readQuery(request, {});
    return { data: [{ name: 'flow.json', asset_type: 'FLOW_JSON', download_url: downloadUrl(world, flow) }] };
  });
  app.post<Params>('/:id/publish', { config: { graphRoute: '/{Version}/{Flow-ID}/publish' } }, async (request) => {
    const flow = flowFor(world.store, manager(request), 'POST', request.params.id);
    readQuery(request, {});
    readBody(request.graphBody, ['none', 'json', 'form', 'multipart'], z.strictObject({}));
    await publishFlow(world, flow);
    return { success: true };
  });
  app.post<Params>('/:id/deprecate', { config: { graphRoute: '/{Version}/{Flow-ID}/deprecate' } }, async (request) => {
    const flow = flowFor(world.store, manager(request), 'POST', request.params.id);
    readQuery(request, {});
    readBody(request.graphBody, ['none', 'json', 'form', 'multipart'], z.strictObject({}));
    deprecateFlow(world, flow);
    return { success: true };
  });
}

async function createFlow(world: World, caller: Caller, request: FastifyRequest, wabaId: string): Promise<unknown> {
  const waba = wabaFor(world.store, caller, 'POST', wabaId);
  readQuery(request, {});
  const body = readBody(request.graphBody, ['json', 'form', 'multipart'], createBody);
  if (body.endpoint_uri !== undefined) checkEndpointUri(body.endpoint_uri);
  if (flowByName(world.store, waba.id, body.name)) throw nameTaken();
  if (body.clone_flow_id !== undefined && body.flow_json !== undefined)
    throw invalidParameter('Only one of clone_flow_id and flow_json may be given');
  const source = body.clone_flow_id === undefined ? null : flowFor(world.store, caller, 'POST', body.clone_flow_id);
  const flow = insertFlow(world, {
    wabaId: waba.id,
    name: body.name,
    categories: body.categories,
    endpointUri: body.endpoint_uri ?? source?.endpoint_uri ?? null,
    flowJson: body.flow_json ?? source?.draft ?? null,
  });
  const answer = { id: flow.id, success: true, validation_errors: flow.validation_errors };
  if (!body.publish) return answer;
  try {
    await publishFlow(world, flow);
  } catch (err) {
    // The draft stays, as Meta keeps it; the answer names its errors where it has some.
    if (!(err instanceof GraphError) || flow.validation_errors.length === 0) throw err;
    return { ...answer, success: false };
  }
  return answer;
}

function listFlows(world: World, caller: Caller, request: FastifyRequest, wabaId: string): unknown {
  const waba = wabaFor(world.store, caller, 'GET', wabaId);
  const query = readQuery(request, { fields: z.string().optional(), ...pageParameters });
  const page = pageOf(flowsOf(world.store, waba.id), {
    ...query,
    url: `${world.url()}${request.originalUrl}`,
    keyOf: (flow) => flow.id,
  });
  const wanted = readFields(query.fields);
  return { ...page, data: page.data.map((flow) => selectFlowFields(world, caller, flow, wanted)) };
}

/** `POST /{flow}`: metadata. A published flow becomes a draft again (flow-rules.md section 5). */
export function updateFlow(world: World, caller: Caller, request: FastifyRequest, flow: Flow): unknown {
  readQuery(request, {});
  const body = readBody(request.graphBody, ['json', 'form', 'multipart'], updateBody);
  if (Object.keys(body).length === 0) throw invalidParameter('Nothing to update was given');
  checkEditable(flow);
  if (body.endpoint_uri !== undefined) checkEndpointUri(body.endpoint_uri);
  if (body.application_id !== undefined && !mayConnect(world, caller, body.application_id))
    throw invalidParameter('application_id must be an app that the token belongs to');
  const named = body.name === undefined ? undefined : flowByName(world.store, flow.waba_id, body.name);
  if (named && named.id !== flow.id) throw nameTaken();
  world.store.transaction(() => {
    world.store.run(
      'update flows set name = ?, categories = ?, endpoint_uri = ?, app_id = ?, updated_at = ? where id = ?',
      body.name ?? flow.name,
      JSON.stringify(body.categories ?? flow.categories),
      body.endpoint_uri ?? flow.endpoint_uri,
      body.application_id ?? flow.app_id,
      world.clock.nowMs(),
      flow.id,
    );
    setFlowStatus(world, flow, 'DRAFT');
  });
  return { success: true };
}

/** `DELETE /{flow}`: drafts that were never published. */
export function deleteFlow(world: World, request: FastifyRequest, flow: Flow): unknown {
  readQuery(request, {});
  if (flow.status !== 'DRAFT' || flow.versions > 0)
    throw flowError(
      139004,
      "Can't delete published Flow",
      'After a Flow has been published, it cannot be deleted. Deprecate it instead.',
    );
  world.store.run('update flows set deleted = 1 where id = ?', flow.id);
  return { success: true };
}

function deprecateFlow(world: World, flow: Flow): void {
  if (flow.status === 'DEPRECATED')
    throw flowError(139003, 'Flow is already deprecated', 'The Flow is already deprecated.');
  if (flow.status === 'DRAFT')
    throw flowError(
      139003,
      "Can't deprecate unpublished flow",
      'Deprecating a Flow is only permitted after it has been published.',
    );
  setFlowStatus(world, flow, 'DEPRECATED');
}

function uploadFlowJson(world: World, flow: Flow, request: FastifyRequest): unknown {
  readQuery(request, {});
  readBody(request.graphBody, ['multipart'], assetBody);
  const files = request.graphBody?.kind === 'multipart' ? request.graphBody.files : {};
  const { file, ...others } = files;
  if (!file || Object.keys(others).length > 0)
    throw invalidParameter('The multipart part "file" is required, and no other file');
  if (file.contentType !== 'application/json')
    throw invalidParameter('The content type of file must be application/json');
  if (Buffer.byteLength(file.text) > MAX_FLOW_JSON_BYTES) throw invalidParameter('The Flow JSON may have 10 MB');
  checkEditable(flow);
  const before = flow.status;
  const errors = world.store.transaction(() => {
    setFlowStatus(world, flow, 'DRAFT');
    return saveDraft(world, flow, file.text);
  });
  world.log?.debug({ before, errors: errors.length }, 'Flow JSON saved');
  return { success: true, validation_errors: errors };
}

function checkEditable(flow: Flow): void {
  if (flow.status === 'DEPRECATED' || flow.status === 'BLOCKED')
    throw flowError(
      139001,
      "Flow can't be updated",
      `A Flow in ${flow.status} state cannot be updated. Clone it instead.`,
    );
}

function checkEndpointUri(uri: string): void {
  if (!isCallableUrl(uri)) throw flowError(100, 'Invalid Endpoint URI', 'Provide a valid URL.');
}

function mayConnect(world: World, caller: Caller, appId: string): boolean {
  return caller.appId === appId && findApp(world.store, appId) !== undefined;
}

function nameTaken(): GraphError {
  return flowError(100, 'Flow name is not unique', 'Flow name should be unique within one WhatsApp Business Account.');
}

const DOWNLOAD_LIFE_MS = 3_600_000;

function downloadUrl(world: World, flow: Flow): string {
  const until = world.clock.nowMs() + DOWNLOAD_LIFE_MS;
  return `${world.url()}/_files/flow-json/${flow.id}?until=${until}&signature=${downloadSignature(flow, until)}`;
}

function downloadSignature(flow: Flow, until: number): string {
  return createHmac('sha256', flow.preview_token).update(`${flow.id}:${until}`).digest('hex');
}

/** What Meta serves from its file hosts: the download behind `download_url` and the preview page. No token is needed. */
export function addFlowFileRoutes(app: FastifyInstance, world: World): void {
  app.get<Params>('/_files/flow-json/:id', async (request, reply) => {
    const { until, signature } = readQuery(request, { until: z.coerce.number(), signature: z.string() });
    const flow = findFlow(world.store, request.params.id);
    if (!flow || until < world.clock.nowMs() || signature !== downloadSignature(flow, until))
      return reply.code(403).type('text/plain').send('URL signature mismatch');
    return reply.type('application/json').send(flow.draft);
  });
  app.get<Params>('/_files/flow-previews/:id', async (request, reply) => {
    const { token } = readQuery(request, { token: z.string() });
    const flow = findFlow(world.store, request.params.id);
    if (!flow || flow.preview_token !== token || flow.preview_expires_at <= world.clock.nowMs())
      return reply.code(403).type('text/plain').send('This preview link has expired.');
    return reply.type('text/html; charset=utf-8').send(previewPage(flow));
  });
}

/** The screens by name and the Flow JSON as text: the phone of the sandbox shows how they look. */
function previewPage(flow: Flow): string {
  const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const screens = readFlowDocument(flow.draft)?.screens.map((screen) => `<li>${escape(screen.id)}</li>`) ?? [];
  return `<!doctype html><html lang="en"><title>${escape(flow.name)}</title><h1>${escape(flow.name)}</h1><ol>${screens.join('')}</ol><pre>${escape(flow.draft)}</pre></html>`;
}
