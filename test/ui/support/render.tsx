import type { ReactElement } from 'react';
import { createRenderer } from '@hubspot/ui-extensions/testing';
import { CardRoot } from '../../../hubspot-project/app/cards/parts/CardRoot.tsx';
import { FlowsView } from '../../../hubspot-project/app/cards/flows/FlowsView.tsx';
import { SubmissionsView } from '../../../hubspot-project/app/cards/submissions/SubmissionsView.tsx';
import { SettingsRoot } from '../../../hubspot-project/app/settings/parts/SettingsRoot.tsx';
import { SettingsView } from '../../../hubspot-project/app/settings/SettingsView.tsx';
import type { FakeServer } from './fake-server.ts';

/** Fast enough for a test to see several looks, slow enough to see the state between them. */
const POLL_MS = 15;
const ORIGIN = 'https://flowella.example.com';

/** HubSpot's `hubspot.fetch` answered by the server in memory; like HubSpot it takes plain objects only. */
export function installServer(server: FakeServer): void {
  const hsFetch = async (url: string, options: { method?: string; body?: unknown; headers?: object }) => {
    if (!url.startsWith(`${ORIGIN}/`)) throw new Error(`not a permitted address: ${url}`);
    if (options.headers) throw new Error('HubSpot lets no header of ours through');
    if (options.body !== undefined && (typeof options.body !== 'object' || options.body === null)) {
      throw new Error('the body is a plain object');
    }
    const answer = await server.handle(options.method ?? 'GET', url, options.body);
    return { ok: answer.status < 400, status: answer.status, json: async () => answer.body };
  };
  Object.assign(globalThis, { self: globalThis, hsFetch });
}

type Options = { language?: string; locale?: string; origin?: string | null };

function prepare<Location extends 'crm.record.tab' | 'crm.record.sidebar' | 'settings'>(
  location: Location,
  server: FakeServer,
  options: Options,
) {
  installServer(server);
  const renderer = createRenderer(location);
  const context = renderer.mocks.context;
  Object.assign(context.user, { language: options.language ?? 'en', locale: options.locale ?? 'en-gb' });
  Object.assign(context.portal, { timezone: 'Europe/Berlin' });
  context.variables = options.origin === null ? {} : { API_ORIGIN: options.origin ?? ORIGIN };
  return renderer;
}

export function renderFlowsCard(server: FakeServer, options: Options & { narrow?: boolean } = {}) {
  const renderer = prepare(options.narrow ? 'crm.record.sidebar' : 'crm.record.tab', server, options);
  const { context, actions } = renderer.mocks;
  const card: ReactElement = (
    <CardRoot context={context}>{(kit) => <FlowsView kit={kit} actions={actions} pollMs={POLL_MS} />}</CardRoot>
  );
  renderer.render(card);
  return renderer;
}

export function renderSubmissionsCard(server: FakeServer, options: Options = {}) {
  const renderer = prepare('crm.record.tab', server, options);
  const { context, actions } = renderer.mocks;
  renderer.render(
    <CardRoot context={context}>{(kit) => <SubmissionsView kit={kit} actions={actions} pollMs={POLL_MS} />}</CardRoot>,
  );
  return renderer;
}

export function renderSettings(server: FakeServer, options: Options = {}) {
  const renderer = prepare('settings', server, options);
  const { context, actions } = renderer.mocks;
  renderer.render(
    <SettingsRoot context={context}>
      {(kit) => <SettingsView kit={kit} actions={actions} pollMs={POLL_MS} />}
    </SettingsRoot>,
  );
  return renderer;
}
