import { findApp } from '../accounts/accounts.ts';
import { relayToEndpoint, type EndpointAnswer } from '../endpoint-exchange.ts';
import { findFlow, versionJson, type Flow } from '../flow-management/flow-store.ts';
import { GraphError } from '../graph-error.ts';
import { findMessage, type StoredMessage } from '../messages/message-store.ts';
import type { World } from '../world.ts';

/** Meta keeps the last five versions of a flow alive (flow-rules.md section 5). */
const LIVE_VERSIONS = 5;

/** What a phone gets when its owner presses the button of a flow message: the flow as it was when the message was sent. */
export function flowOfMessage(
  world: World,
  messageId: string,
): { flowId: string; flowJson: string; endpointUri: string | null; name: string } {
  const { flow, message } = openable(world, messageId);
  const flowJson = message.draft_json ?? versionJson(world.store, flow.id, message.flow_version ?? 0);
  if (flowJson === undefined) throw new GraphError(404, 100, { message: 'This message has no Flow JSON' });
  return { flowId: flow.id, flowJson, endpointUri: flow.endpoint_uri, name: flow.name };
}

/** Signs with the secret of the app connected to the flow and relays, as Meta stands between phone and endpoint. */
export async function exchange(world: World, messageId: string, body: unknown): Promise<EndpointAnswer> {
  const { flow } = openable(world, messageId);
  const app = flow.app_id === null ? undefined : findApp(world.store, flow.app_id);
  if (flow.endpoint_uri === null || !app)
    throw new GraphError(409, 100, { message: 'The Flow of this message has no endpoint or no app' });
  return relayToEndpoint({ endpointUri: flow.endpoint_uri, appSecret: app.secret, body });
}

function openable(world: World, messageId: string): { flow: Flow; message: StoredMessage } {
  const message = findMessage(world.store, messageId);
  const flow = message?.flow ? findFlow(world.store, message.flow.flowId) : undefined;
  if (!message || !flow || message.outcome !== 'delivered')
    throw new GraphError(404, 100, { message: 'There is no received message with this id that carries a flow' });
  if (flow.status === 'BLOCKED')
    throw new GraphError(410, 132068, { message: 'The Flow is blocked and cannot be opened' });
  if (message.flow_version !== null && message.flow_version <= flow.versions - LIVE_VERSIONS)
    throw new GraphError(410, 100, { message: 'This version of the Flow is no longer supported' });
  return { flow, message };
}
