import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { wabaFor, type Waba } from '../accounts/accounts.ts';
import { entryScreens, readFlowDocument } from '../flow-management/flow-document.ts';
import { findFlow, flowByName, insertFlow, versionJson, type Flow } from '../flow-management/flow-store.ts';
import { publishFlow } from '../flow-management/publish-flow.ts';
import { identify, requireScope, type Caller } from '../graph/access.ts';
import { flagParameter, jsonParameter, readBody, readQuery } from '../graph/graph-request.ts';
import { pageOf, pageParameters } from '../graph/page.ts';
import { readFields, selectFields, type Field } from '../graph/read-fields.ts';
import { GraphError, invalidParameter } from '../graph-error.ts';
import { newGraphId } from '../new-id.ts';
import type { World } from '../world.ts';
import type { ReviewTimer } from './review-timer.ts';
import {
  checkComponents,
  componentsSchema,
  flowButtonOf,
  type FlowButton,
  type TemplateComponents,
} from './template-components.ts';
import { findTemplate, findTranslation, templatesOf, TEMPLATE_STATUSES, type Template } from './template-store.ts';

const CATEGORIES = ['MARKETING', 'UTILITY', 'AUTHENTICATION'] as const;
const categoryParameter = z.preprocess(
  (value) => (typeof value === 'string' ? value.toUpperCase() : value),
  z.enum(CATEGORIES),
);
const createBody = z.strictObject({
  name: z.string().regex(/^[a-z0-9_]{1,512}$/, 'may have lower-case letters, digits and underscores only'),
  language: z.string().regex(/^[a-z]{2,3}(_[A-Z]{2,3})?$/, 'must be a language code such as en_US'),
  category: categoryParameter,
  components: jsonParameter(componentsSchema),
  parameter_format: z
    .preprocess((value) => (typeof value === 'string' ? value.toUpperCase() : value), z.enum(['POSITIONAL', 'NAMED']))
    .optional(),
  allow_category_change: flagParameter.optional(),
  message_send_ttl_seconds: z.number().int().optional(),
});
const editBody = z.strictObject({
  category: categoryParameter.optional(),
  components: jsonParameter(componentsSchema).optional(),
});
const NAME_REST_MS = 30 * 86_400_000;
const LIST_DEFAULTS = ['name', 'parameter_format', 'components', 'language', 'status', 'category', 'id'] as const;

type Params = { Params: { id: string } };

/** Message templates (whatsapp-flows.md section 9.2; specs/meta, path /{Version}/{WABA-ID}/message_templates). */
export function addTemplateRoutes(app: FastifyInstance, world: World, timer: ReviewTimer): void {
  const config = { graphRoute: '/{Version}/{WABA-ID}/message_templates' };
  const account = (request: FastifyRequest<Params>): Waba => {
    const caller = identify(world, request);
    requireScope(caller, 'whatsapp_business_management');
    return wabaFor(world.store, caller, request.method, request.params.id);
  };
  app.post<Params>('/:id/message_templates', { config }, async (request) => {
    const waba = account(request);
    readQuery(request, {});
    const body = readBody(request.graphBody, ['json', 'form', 'multipart'], createBody);
    const template = await createTemplate(world, waba, body);
    timer.reschedule();
    return { id: template.id, status: 'PENDING', category: template.category };
  });
  app.get<Params>('/:id/message_templates', { config }, async (request) =>
    listTemplates(world, account(request), request),
  );
  app.delete<Params>('/:id/message_templates', { config }, async (request) => {
    const waba = account(request);
    const query = readQuery(request, { name: z.string().min(1), hsm_id: z.string().optional() });
    deleteTemplates(world, waba, query);
    return { success: true };
  });
}

async function createTemplate(world: World, waba: Waba, body: z.infer<typeof createBody>): Promise<Template> {
  const format = body.parameter_format ?? 'POSITIONAL';
  checkComponents(body.components, format);
  if (body.category === 'AUTHENTICATION')
    throw invalidParameter(
      'Authentication templates take the fixed components of one-time codes and no others',
      2388040,
    );
  checkName(world, waba, body.name, body.language);
  const components = await bindFlow(world, waba, body.components);
  const id = newGraphId();
  world.store.run(
    `insert into templates (id, waba_id, name, language, category, components, parameter_format, status, reason, review_at)
     values (?, ?, ?, ?, ?, ?, ?, 'PENDING', 'NONE', ?)`,
    id,
    waba.id,
    body.name,
    body.language,
    body.category,
    JSON.stringify(components),
    format,
    world.clock.nowMs() + world.templateApprovalDelayMs,
  );
  const template = findTemplate(world.store, id);
  if (!template) throw new Error('The template just written cannot be read');
  return template;
}

function checkName(world: World, waba: Waba, name: string, language: string): void {
  if (findTranslation(world.store, waba.id, name, language))
    throw new GraphError(400, 100, {
      message: 'Invalid parameter',
      subcode: 2388024,
      userTitle: 'Content in This Language Already Exists',
      userMessage: `There is already ${language} content for this template. You can create a new template and try again.`,
    });
  // Meta keeps the name of a deleted template that was approved for 30 days.
  const resting = world.store.first(
    z.object({ id: z.string() }),
    `select id from templates where waba_id = ? and name = ? and language = ? and was_approved = 1 and deleted_at > ?`,
    waba.id,
    name,
    language,
    world.clock.nowMs() - NAME_REST_MS,
  );
  if (resting)
    throw new GraphError(400, 100, {
      message: 'Invalid parameter',
      subcode: 2388023,
      userTitle: 'Message Template Language Is Being Deleted',
      userMessage: 'New content cannot be added to this name and language for 30 days. Use another name.',
    });
}

/** Replaces whatever names the flow by its id: that is what Meta stores. */
async function bindFlow(world: World, waba: Waba, components: TemplateComponents): Promise<TemplateComponents> {
  const found = flowButtonOf(components);
  if (!found) return components;
  const flow = await flowOfButton(world, waba, found.button);
  if (flow.status !== 'PUBLISHED' && flow.status !== 'THROTTLED')
    throw invalidParameter('The Flow of a FLOW button must be published');
  checkNavigateScreen(world, flow, found.button);
  const { flow_name: _name, flow_json: _json, ...kept } = found.button;
  const action = kept.flow_action ?? 'navigate';
  const document = readFlowDocument(versionJson(world.store, flow.id, flow.versions) ?? '');
  const entry = document ? entryScreens(document)[0] : undefined;
  const bound = {
    ...kept,
    flow_id: flow.id,
    flow_action: action,
    ...(action === 'navigate' ? { navigate_screen: kept.navigate_screen ?? entry } : {}),
  };
  return components.map((component) =>
    component.type === 'BUTTONS'
      ? { ...component, buttons: component.buttons.map((button) => (button.type === 'FLOW' ? bound : button)) }
      : component,
  );
}

async function flowOfButton(world: World, waba: Waba, button: FlowButton): Promise<Flow> {
  if (button.flow_json !== undefined) {
    const flow = insertFlow(world, {
      wabaId: waba.id,
      name: `template_flow_${newGraphId()}`,
      categories: ['OTHER'],
      endpointUri: null,
      flowJson: button.flow_json,
    });
    await publishFlow(world, flow);
    return findFlow(world.store, flow.id) ?? flow;
  }
  const flow =
    button.flow_id === undefined
      ? flowByName(world.store, waba.id, button.flow_name ?? '')
      : findFlow(world.store, button.flow_id);
  if (!flow || flow.waba_id !== waba.id)
    throw invalidParameter('The Flow of the FLOW button does not exist in this account');
  return flow;
}

function checkNavigateScreen(world: World, flow: Flow, button: FlowButton): void {
  const document = readFlowDocument(versionJson(world.store, flow.id, flow.versions) ?? '');
  if (button.flow_action === 'data_exchange') {
    if (document?.data_api_version === undefined)
      throw invalidParameter('flow_action data_exchange needs a Flow with an endpoint');
    return;
  }
  if (button.navigate_screen !== undefined && !document?.screens.some((screen) => screen.id === button.navigate_screen))
    throw invalidParameter(`The Flow has no screen ${button.navigate_screen}`);
}

function listTemplates(world: World, waba: Waba, request: FastifyRequest): unknown {
  const query = readQuery(request, {
    ...pageParameters,
    fields: z.string().optional(),
    name: z.string().optional(),
    language: z.string().optional(),
    status: z.enum(TEMPLATE_STATUSES).optional(),
    category: z.enum(CATEGORIES).optional(),
  });
  const found = templatesOf(world.store, waba.id).filter(
    (template) =>
      (query.name === undefined || template.name.includes(query.name)) &&
      (query.language === undefined || template.language === query.language) &&
      (query.status === undefined || template.status === query.status) &&
      (query.category === undefined || template.category === query.category),
  );
  const wanted = readFields(query.fields);
  const page = pageOf(found, {
    ...query,
    url: `${world.url()}${request.originalUrl}`,
    keyOf: (template) => template.id,
  });
  return { ...page, data: page.data.map((template) => selectTemplateFields(template, wanted)) };
}

function selectTemplateFields(template: Template, wanted: Field[] | null): Record<string, unknown> {
  return selectFields({
    nodeType: 'WhatsAppMessageTemplate',
    readers: {
      id: () => template.id,
      name: () => template.name,
      language: () => template.language,
      category: () => template.category,
      status: () => template.status,
      components: () => template.components,
      parameter_format: () => template.parameter_format,
      rejected_reason: () => template.reason,
      quality_score: () => ({ score: 'UNKNOWN', date: 0 }),
    },
    wanted,
    defaults: LIST_DEFAULTS,
  });
}

/** `GET /{template}`. */
export function readTemplate(request: FastifyRequest, template: Template): Record<string, unknown> {
  const query = readQuery(request, { fields: z.string().optional() });
  return selectTemplateFields(template, readFields(query.fields));
}

/** `POST /{template}`: approved, rejected and paused templates may be edited and are reviewed again. */
export async function editTemplate(
  world: World,
  caller: Caller,
  request: FastifyRequest,
  template: Template,
): Promise<unknown> {
  readQuery(request, {});
  const body = readBody(request.graphBody, ['json', 'form', 'multipart'], editBody);
  if (!['APPROVED', 'REJECTED', 'PAUSED'].includes(template.status))
    throw invalidParameter('Only approved, rejected or paused templates can be edited');
  if (body.category !== undefined && body.category !== template.category && template.status === 'APPROVED')
    throw invalidParameter('The category of an approved template cannot be changed');
  const waba = wabaFor(world.store, caller, 'POST', template.waba_id);
  if (body.components) checkComponents(body.components, template.parameter_format);
  const components = body.components ? await bindFlow(world, waba, body.components) : template.components;
  world.store.run(
    `update templates set components = ?, category = ?, status = 'PENDING', reason = 'NONE', review_at = ? where id = ?`,
    JSON.stringify(components),
    body.category ?? template.category,
    world.clock.nowMs() + world.templateApprovalDelayMs,
    template.id,
  );
  return { success: true };
}

function deleteTemplates(world: World, waba: Waba, query: { name: string; hsm_id?: string }): void {
  const found = templatesOf(world.store, waba.id).filter(
    (template) => template.name === query.name && (query.hsm_id === undefined || template.id === query.hsm_id),
  );
  if (found.length === 0)
    throw new GraphError(400, 100, {
      message: 'Invalid parameter',
      subcode: 2593002,
      userTitle: 'Message Template Not Found',
      userMessage: 'No message template with this name was found.',
    });
  for (const template of found) {
    world.store.run('update templates set deleted_at = ? where id = ?', world.clock.nowMs(), template.id);
  }
}
