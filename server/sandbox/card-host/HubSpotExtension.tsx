import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { createController, createRemoteReceiver, RemoteRenderer, type RemoteReceiver } from '@remote-ui/react/host';
import { createEndpoint, fromWebWorker, retain } from '@remote-ui/rpc';
import type { RemoteChannel } from '@remote-ui/core';
import { COMPONENTS } from './components/component-set.ts';
import { CrmContext } from './components/crm.tsx';
import { createOverlayRegistry, IframeDialog, OverlayHost, type OverlayRegistry } from './components/overlays.tsx';
import type {
  AlertMessage,
  ExtensionContext,
  ExtensionRequest,
  ExtensionResponse,
  HostFunctions,
  IframeModal,
  StartOptions,
} from './protocol.ts';
import './hubspot.css';

/** The record whose page an extension stands on. */
export type CrmRecord = {
  readProperties(names: string[] | '*'): Promise<Record<string, string>>;
  /** Calls back after every change of the record; returns how to stop. */
  watch(callback: () => void): () => void;
};

export type HubSpotExtensionProps = {
  /** Address of the worker script and of the card's bundle, both from `buildCards`. */
  workerUrl: string;
  bundleUrl: string;
  /** Plain data; a new object restarts the card. */
  context: ExtensionContext;
  fetch(url: string, request: ExtensionRequest): Promise<ExtensionResponse>;
  onAlert(alert: AlertMessage): void;
  onReload(): void;
  onNavigate?(target: { to: string; params?: Record<string, string> }): void;
  crm?: CrmRecord;
};

type Frame = IframeModal & { onClose?: (() => void) | undefined };

/** Runs a card's real bundle in a worker, as HubSpot does, and draws what it renders as HTML. */
export function HubSpotExtension(props: HubSpotExtensionProps): ReactNode {
  const { workerUrl, bundleUrl, context } = props;
  const [fault, setFault] = useState<string | null>(null);
  const [frame, setFrame] = useState<Frame | null>(null);
  const [receiver, setReceiver] = useState<RemoteReceiver | null>(null);
  const overlays = useMemo(() => createOverlayRegistry(), []);
  const controller = useMemo(() => createDrawing(), []);
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });

  useEffect(() => {
    setFault(null);
    const fresh = createRemoteReceiver();
    setReceiver(fresh);
    const watches: (() => void)[] = [];
    const host = createHost({ latest, overlays, setFrame, watches });
    const stop = startWorker({ workerUrl, start: { bundleUrl, context }, receiver: fresh, host, onFault: setFault });
    return () => {
      stop();
      for (const unwatch of watches) unwatch();
    };
  }, [workerUrl, bundleUrl, context, overlays]);

  const readProperties = useMemo(
    () => (names: string[]) => latest.current.crm?.readProperties(names) ?? Promise.resolve({}),
    [],
  );
  if (fault !== null) return <Fault text={fault} />;
  return (
    <div className="hs-extension">
      <CrmContext.Provider value={readProperties}>
        <OverlayHost registry={overlays}>
          {receiver ? <RemoteRenderer receiver={receiver} controller={controller} /> : null}
        </OverlayHost>
      </CrmContext.Provider>
      {frame ? (
        <IframeDialog
          uri={frame.uri}
          title={frame.title ?? context.extension.appName}
          width={frame.width}
          height={frame.height}
          flush={frame.flush ?? false}
          onClose={() => {
            setFrame(null);
            frame.onClose?.();
          }}
        />
      ) : null}
    </div>
  );
}

type StartWorker = {
  workerUrl: string;
  start: StartOptions;
  receiver: RemoteReceiver;
  host: HostFunctions;
  onFault: (text: string) => void;
};

/** Starts the worker and the card in it; returns how to end both. */
function startWorker(options: StartWorker): () => void {
  const worker = new Worker(options.workerUrl);
  worker.onerror = (event) =>
    options.onFault(event.message || `The bundle ${options.start.bundleUrl} could not be loaded.`);
  const endpoint = createEndpoint<{
    start(start: StartOptions, channel: RemoteChannel, host: HostFunctions): Promise<void>;
  }>(fromWebWorker(worker), { callable: ['start'] });
  endpoint.call.start(options.start, options.receiver.receive, options.host).catch((err: unknown) => {
    options.onFault(err instanceof Error ? err.message : String(err));
  });
  return () => worker.terminate();
}

function createHost(page: {
  latest: { current: HubSpotExtensionProps };
  overlays: OverlayRegistry;
  setFrame: (frame: Frame) => void;
  /** How to stop every watch of the record that the card has begun. */
  watches: (() => void)[];
}): HostFunctions {
  const { latest, overlays, setFrame, watches } = page;
  const read = (names: string[] | '*') => latest.current.crm?.readProperties(names) ?? Promise.resolve({});
  return {
    fetch: (url, request) => latest.current.fetch(url, request),
    addAlert: (alert) => latest.current.onAlert(alert),
    reloadPage: () => latest.current.onReload(),
    openIframeModal: (modal, onClose) => {
      if (onClose) retain(onClose);
      setFrame({ ...modal, onClose });
    },
    closeOverlay: (id) => overlays.close(id),
    copyTextToClipboard: (text) => navigator.clipboard.writeText(text),
    navigateToPage: (target) => latest.current.onNavigate?.(target),
    fetchCrmObjectProperties: read,
    refreshObjectProperties: () => latest.current.onReload(),
    onCrmPropertiesUpdate: (names, callback) => {
      retain(callback);
      const unwatch = latest.current.crm?.watch(() => void read(names).then(callback));
      if (unwatch) watches.push(unwatch);
    },
    log: (level, text) =>
      latest.current.onAlert({ type: level === 'error' ? 'danger' : 'info', message: `Log (${level}): ${text}` }),
  };
}

/** HubSpot's components by name; one that is not drawn here is seen, not left out. */
function createDrawing() {
  return createController(COMPONENTS, {
    renderComponent: (props, { renderDefault }) => {
      const name = String(props.component.type);
      return name in COMPONENTS ? (
        renderDefault()
      ) : (
        <Fault key={props.component.id} text={`The sandbox does not draw HubSpot’s component “${name}”.`} />
      );
    },
  });
}

function Fault(props: { text: string }) {
  return (
    <div className="hs-alert hs-alert--danger" role="alert">
      <div className="hs-alert__title">This extension has an error</div>
      <div className="hs-alert__body">{props.text}</div>
    </div>
  );
}
