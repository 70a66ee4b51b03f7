import { dataProblem, entryScreens, readFlowDocument, type FlowDocument } from '../flow-management/flow-document.ts';
import { countFlowMessages, type FlowPart } from './message-store.ts';
import { findFlow, flowByName, versionJson, type Flow } from '../flow-management/flow-store.ts';
import { messageError } from '../graph-error.ts';
import type { Waba } from '../accounts/accounts.ts';
import type { World } from '../world.ts';
import type { FlowInteractive } from './message-schema.ts';

/** Ten messages an hour while throttled (whatsapp-flows.md section 6.9). */
const THROTTLED_PER_HOUR = 10;

export type PreparedFlow = { part: FlowPart; version: number | null; draftJson: string | null };

/** The flow of an interactive message, checked as it is sent (whatsapp-flows.md sections 6.9 and 9.1). */
export function prepareInteractiveFlow(world: World, waba: Waba, interactive: FlowInteractive): PreparedFlow {
  const { parameters } = interactive.action;
  if ((parameters.flow_id === undefined) === (parameters.flow_name === undefined))
    throw messageError(131009, 'Exactly one of flow_id and flow_name must be given.');
  const flow =
    parameters.flow_id === undefined
      ? flowByName(world.store, waba.id, parameters.flow_name ?? '')
      : findFlow(world.store, parameters.flow_id);
  if (!flow || flow.waba_id !== waba.id)
    throw messageError(131009, 'The Flow does not exist in this WhatsApp Business Account.');
  const mode = parameters.mode ?? 'published';
  const { json, version } = sendableJson(world, flow, mode);
  const document = readSound(json);
  const action = parameters.flow_action ?? 'navigate';
  const payload = parameters.flow_action_payload;
  const target =
    action === 'navigate'
      ? navigateTarget(document, payload?.screen ?? null, payload?.data ?? null)
      : dataExchangeTarget(document, payload !== undefined);
  return {
    part: {
      flowId: flow.id,
      flowToken: parameters.flow_token ?? 'unused',
      action,
      ...target,
      cta: parameters.flow_cta,
      header: interactive.header?.type === 'text' ? interactive.header.text : null,
      body: interactive.body.text,
      footer: interactive.footer?.text ?? null,
      mode,
    },
    version,
    draftJson: mode === 'draft' ? json : null,
  };
}

/** The flow bound to a template's button. Which errors Meta gives to wrong data here is not documented: 132018 is ours. */
export function prepareTemplateFlow(
  world: World,
  o: {
    flowId: string;
    action: 'navigate' | 'data_exchange';
    screen: string | null;
    data: Record<string, unknown> | null;
    token: string | null;
    texts: Pick<FlowPart, 'cta' | 'header' | 'body' | 'footer'>;
  },
): PreparedFlow {
  const flow = findFlow(world.store, o.flowId);
  if (!flow) throw messageError(132018, 'The Flow of the template no longer exists.');
  const { json, version } = sendableJson(world, flow, 'published');
  const document = readSound(json);
  if (o.action === 'data_exchange' && o.data !== null)
    throw messageError(132018, 'flow_action_data goes with flow_action navigate only.');
  const target =
    o.action === 'navigate' ? navigateTarget(document, o.screen, o.data, 132018) : { screen: null, data: null };
  return {
    part: {
      flowId: flow.id,
      flowToken: o.token ?? 'unused',
      action: o.action,
      ...target,
      ...o.texts,
      mode: 'published',
    },
    version,
    draftJson: null,
  };
}

function sendableJson(world: World, flow: Flow, mode: 'draft' | 'published'): { json: string; version: number | null } {
  switch (flow.status) {
    case 'BLOCKED':
      throw messageError(132068, 'Flow is in blocked state.');
    case 'DEPRECATED':
      throw messageError(131009, 'The Flow is deprecated and cannot be sent.');
    case 'THROTTLED':
      if (countFlowMessages(world, flow.id, world.clock.nowMs() - 3_600_000) >= THROTTLED_PER_HOUR)
        throw messageError(
          132069,
          'Flow is in throttled state and 10 messages using this flow were already sent in the last hour.',
        );
      break;
    case 'DRAFT':
    case 'PUBLISHED':
      break;
  }
  if (mode === 'draft') return draftJson(flow);
  const json = versionJson(world.store, flow.id, flow.versions);
  if (json === undefined)
    throw messageError(131009, 'The Flow is not published; send it with mode draft or publish it.');
  return { json, version: flow.versions };
}

function draftJson(flow: Flow): { json: string; version: null } {
  if (flow.status !== 'DRAFT') throw messageError(131009, 'Only a Flow in DRAFT state can be sent with mode draft.');
  if (flow.validation_errors.length > 0)
    throw messageError(131009, 'The draft has validation errors and cannot be sent.');
  return { json: flow.draft, version: null };
}

function readSound(json: string): FlowDocument {
  const document = readFlowDocument(json);
  if (!document) throw messageError(131009, 'The Flow JSON cannot be read.');
  return document;
}

function navigateTarget(
  document: FlowDocument,
  wanted: string | null,
  data: Record<string, unknown> | null,
  code: 131009 | 132018 = 131009,
): { screen: string; data: Record<string, unknown> | null } {
  const screen = wanted ?? entryScreens(document)[0];
  if (screen === undefined) throw messageError(code, 'The Flow has no entry screen.');
  const problem = dataProblem(document, screen, data);
  if (problem !== null) throw messageError(code, problem);
  return { screen, data };
}

function dataExchangeTarget(document: FlowDocument, hasPayload: boolean): { screen: null; data: null } {
  if (hasPayload) throw messageError(131009, 'flow_action_payload goes with flow_action navigate only.');
  if (document.data_api_version === undefined)
    throw messageError(131009, 'flow_action data_exchange needs a Flow with an endpoint.');
  return { screen: null, data: null };
}
