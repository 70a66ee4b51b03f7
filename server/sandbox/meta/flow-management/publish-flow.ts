import { z } from 'zod';
import { findApp, numbersOf } from '../accounts/accounts.ts';
import { pingEndpoint } from '../endpoint-exchange.ts';
import { flowError } from '../graph-error.ts';
import { jsonColumn } from '../store.ts';
import type { World } from '../world.ts';
import { readFlowDocument } from './flow-document.ts';
import { addVersion, findFlow, setFlowStatus, type Flow } from './flow-store.ts';

/** Versions that may still be published (whatsapp-flows.md section 1). */
const PUBLISHABLE_VERSIONS = new Set(['5.1', '6.0', '6.1', '6.2', '6.3', '7.0', '7.1', '7.2', '7.3']);
const PUBLISHABLE_DATA_API_VERSIONS = new Set(['3.0', '4.0']);

const refusal = (title: string, message: string) => flowError(139002, title, message);

/**
 * Publishes a draft when everything Meta asks for is there (whatsapp-flows.md section 8, error 139002), the last of it a real
 * encrypted ping to the endpoint. Throws GraphError; nothing is changed then.
 */
export async function publishFlow(world: World, flow: Flow): Promise<void> {
  if (flow.status !== 'DRAFT')
    throw refusal('Publishing Flow in invalid state', 'Only a Flow in DRAFT state can be published.');
  if (flow.validation_errors.length > 0)
    throw refusal(
      'Publishing Flow with validation errors',
      'Resolve the validation errors of the Flow JSON before publishing.',
    );
  const document = readFlowDocument(flow.draft);
  if (!document || !PUBLISHABLE_VERSIONS.has(document.version ?? ''))
    throw refusal(
      'Versions in Flow JSON file are not available for publishing',
      'The Flow JSON version cannot be published.',
    );
  if (numbersOf(world.store, flow.waba_id).length === 0)
    throw refusal('No Phone Number connected to WhatsApp Business Account', 'Add a phone number before publishing.');
  if (document.data_api_version !== undefined) await checkEndpoint(world, flow, document.data_api_version);
  world.store.transaction(() => {
    const current = findFlow(world.store, flow.id);
    // The ping took time: what was checked is what gets published.
    if (!current || current.draft !== flow.draft || current.status !== 'DRAFT')
      throw flowError(139001, 'Error while processing Flow JSON', 'The Flow was changed while it was being published.');
    addVersion(world, current);
    setFlowStatus(world, current, 'PUBLISHED');
  });
}

async function checkEndpoint(world: World, flow: Flow, dataApiVersion: string): Promise<void> {
  if (!PUBLISHABLE_DATA_API_VERSIONS.has(dataApiVersion))
    throw refusal(
      'Versions in Flow JSON file are not available for publishing',
      'The data_api_version cannot be published.',
    );
  if (flow.endpoint_uri === null)
    throw refusal(
      'Publishing without specifying endpoint_uri is forbidden',
      'Set the endpoint_uri property of the Flow before publishing.',
    );
  const key = numbersOf(world.store, flow.waba_id).find((number) => number.key_status === 'VALID')?.public_key;
  if (!key)
    throw refusal(
      'Missing Flows Signed Public Key',
      'Upload and sign a public key to a phone number before publishing.',
    );
  const app = flow.app_id === null ? undefined : findApp(world.store, flow.app_id);
  if (!app) throw refusal('No Application Connected to the Flow', 'Connect a Meta app to the Flow before publishing.');
  if (!isSubscribedToFlows(world, flow.waba_id))
    throw refusal(
      'WhatsApp Business Account is not subscribed to Flows Webhooks',
      'Subscribe the WhatsApp Business Account to the Flows webhooks.',
    );
  const problem = await pingEndpoint({
    endpointUri: flow.endpoint_uri,
    appSecret: app.secret,
    publicKeyPem: key,
    dataApiVersion,
  });
  if (problem !== null)
    throw refusal('Endpoint Not Available', `The endpoint did not answer the health check as expected: ${problem}.`);
}

function isSubscribedToFlows(world: World, wabaId: string): boolean {
  const rows = world.store.all(
    z.object({ webhook_fields: jsonColumn(z.array(z.string())) }),
    'select a.webhook_fields from subscriptions s join apps a on a.id = s.app_id where s.waba_id = ?',
    wabaId,
  );
  return rows.some((row) => row.webhook_fields.includes('flows'));
}
