import { metaError, type GraphCall } from '../whatsapp/fake-graph.ts';
import { WABA_ID, type Bench } from '../whatsapp/support.ts';

export type FlowAtMeta = {
  id: string;
  name: string;
  status: string;
  json: string;
  published: string | null;
  endpoint: string | null;
  applicationId: string | null;
  clonedFrom: string | null;
};
export type TemplateAtMeta = {
  id: string;
  name: string;
  language: string;
  status: string;
  category: string;
  components: { type: string; text?: string; buttons?: Record<string, string>[] }[];
};

/** A field of a multipart body. */
export function part(call: GraphCall, name: string): string | null {
  return (
    new RegExp(`name="${name}"[^\\r]*(?:\\r\\nContent-Type: [^\\r]+)?\\r\\n\\r\\n([\\s\\S]*?)\\r\\n--`).exec(
      call.body,
    )?.[1] ?? null
  );
}

/** Keeps flows and templates of one account as Meta does; `editable: false` answers 139001 to a change of a published flow. */
export function flowsAtMeta(b: Bench, wabaId = WABA_ID) {
  const flows: FlowAtMeta[] = [];
  const templates: TemplateAtMeta[] = [];
  const state = { editable: true, templateStatus: 'PENDING', validationErrors: [] as unknown[] };
  b.graph.on(`POST /${wabaId}/flows`, (call) => {
    const name = part(call, 'name') ?? '';
    if (flows.some((flow) => flow.name === name)) return metaError(100, { details: 'Flow name already exists' });
    const flow: FlowAtMeta = {
      id: String(8_000_000 + flows.length),
      name,
      status: 'DRAFT',
      json: '',
      published: null,
      endpoint: part(call, 'endpoint_uri'),
      applicationId: null,
      clonedFrom: part(call, 'clone_flow_id'),
    };
    flows.push(flow);
    register(flow);
    return { json: { id: flow.id } };
  });
  b.graph.on(`GET /${wabaId}/flows`, () => ({
    json: { data: flows.map(({ id, name, status }) => ({ id, name, status, categories: ['OTHER'] })) },
  }));
  b.graph.on(`GET /${wabaId}/message_templates`, (call) => ({
    json: { data: templates.filter((template) => template.name.includes(call.query.name ?? '')) },
  }));
  b.graph.on(`POST /${wabaId}/message_templates`, (call) => {
    const body = JSON.parse(call.body) as Omit<TemplateAtMeta, 'id' | 'status'>;
    const button = body.components.find((component) => component.type === 'BUTTONS')?.buttons?.[0];
    const flow = flows.find((entry) => entry.id === button?.flow_id);
    if (flow?.status !== 'PUBLISHED') return metaError(100, { details: 'The flow is not published' });
    const template = { ...body, id: String(9_000_000 + templates.length), status: state.templateStatus };
    templates.push(template);
    return { json: { id: template.id, status: template.status, category: body.category } };
  });

  function register(flow: FlowAtMeta): void {
    b.graph.on(`GET /${flow.id}`, () => ({ json: { id: flow.id, name: flow.name, status: flow.status } }));
    b.graph.on(`POST /${flow.id}`, (call) => {
      flow.endpoint = part(call, 'endpoint_uri') ?? flow.endpoint;
      flow.applicationId = part(call, 'application_id');
      return { json: { success: true } };
    });
    b.graph.on(`POST /${flow.id}/assets`, (call) => {
      if (flow.status === 'PUBLISHED' && !state.editable) return metaError(139001, { details: 'not editable' });
      flow.json = part(call, 'file') ?? '';
      flow.status = 'DRAFT';
      return { json: { success: true, validation_errors: state.validationErrors } };
    });
    b.graph.on(`POST /${flow.id}/publish`, () => {
      if (flow.status === 'PUBLISHED') return metaError(139002, { details: 'Already published' });
      if (state.validationErrors.length > 0) return metaError(139002, { details: 'Validation errors' });
      flow.status = 'PUBLISHED';
      flow.published = flow.json;
      return { json: { success: true } };
    });
  }
  return { flows, templates, state };
}
