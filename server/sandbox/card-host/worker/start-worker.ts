import * as React from 'react';
import * as RemoteUI from '@remote-ui/react';
import { createEndpoint, retain, type MessageEndpoint } from '@remote-ui/rpc';
import type { RemoteChannel } from '@remote-ui/core';
import type { ExtensionContext, HostFunctions, StartOptions } from '../protocol.ts';
import { createWorkerFetch } from './worker-fetch.ts';

/**
 * The start of a classic worker that runs a card's bundle the way HubSpot runs it: the bundle finds React, RemoteUI and
 * HubSpot's globals on `self`, calls `extend_V2`, and draws into the page through a remote root
 * (engineering-notes, *Showing the real cards without HubSpot*).
 */
type Scope = MessageEndpoint & { importScripts(...urls: string[]): void } & Record<string, unknown>;
type RenderExtension = (api: {
  context: ExtensionContext;
  actions: object;
  runServerlessFunction: unknown;
}) => React.ReactElement;

// The DOM's type of `self` is a window; in this file it is a worker's scope.
const scope = self as unknown as Scope;
const endpoint = createEndpoint(scope);

endpoint.expose({
  start(options: StartOptions, channel: RemoteChannel, host: HostFunctions): void {
    // Both are used long after this call has returned: without retaining them the first update would find them released.
    retain(channel);
    retain(host);
    Object.assign(scope, createGlobals(options, channel, host));
    scope.importScripts(options.bundleUrl);
  },
});

function createGlobals(options: StartOptions, channel: RemoteChannel, host: HostFunctions): Record<string, unknown> {
  const { context } = options;
  const actions = createActions(host);
  const api = { context, actions, runServerlessFunction: refuse('Serverless functions') };
  return {
    __HUBSPOT_EXTENSION_WORKER__: true,
    React,
    RemoteUI,
    logger: createLogger(host),
    hsFetch: createWorkerFetch(host.fetch),
    serverless: refuse('Serverless functions'),
    hsWorkerAPI: {
      useExtensionContext: () => context,
      useExtensionActions: () => actions,
      useExtensionApi: () => api,
      useAppPageLocation: () => ({ path: '/', params: {} }),
      fetchCrmProperties: async (
        names: string[],
        onUpdate: (answer: { data: Record<string, string> }) => void,
      ): Promise<Response> => {
        host.onCrmPropertiesUpdate(names, (properties) => onUpdate({ data: properties }));
        return Response.json({ data: await host.fetchCrmObjectProperties(names) });
      },
      fetchAssociations: refuse('Associations'),
      fetchCrmSearch: refuse('The CRM search'),
      fetchHubSpotApi: refuse('HubSpot’s API'),
      formatCrmProperties: refuse('Formatting of properties'),
    },
    extend_V2: (renderExtension: RenderExtension) => {
      const root = RemoteUI.createRemoteRoot(channel);
      RemoteUI.createRoot(root).render(renderExtension(api));
      void root.mount();
    },
  };
}

function createActions(host: HostFunctions): object {
  const { addAlert, reloadPage, openIframeModal, closeOverlay, copyTextToClipboard, navigateToPage } = host;
  const { fetchCrmObjectProperties, refreshObjectProperties, onCrmPropertiesUpdate } = host;
  return {
    addAlert,
    reloadPage,
    openIframeModal,
    closeOverlay,
    copyTextToClipboard,
    navigateToPage,
    fetchCrmObjectProperties,
    refreshObjectProperties,
    onCrmPropertiesUpdate,
  };
}

function createLogger(host: HostFunctions): Record<'debug' | 'info' | 'warn' | 'error', (data: unknown) => void> {
  return {
    debug: (data) => host.log('debug', String(data)),
    info: (data) => host.log('info', String(data)),
    warn: (data) => host.log('warn', String(data)),
    error: (data) => host.log('error', String(data)),
  };
}

/** What this sandbox does not stand in for fails aloud, so that a card that begins to use it is noticed. */
function refuse(what: string): () => Promise<never> {
  return () => Promise.reject(new Error(`${what} cannot be used in the sandbox.`));
}
