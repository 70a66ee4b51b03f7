import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type ReactNode,
  type RefObject,
} from 'react';
import { createPortal } from 'react-dom';
import { join } from './layout.tsx';

/** The dialogs of one extension by the id that its code gave them, so that `closeOverlay(id)` and the reactions find them. */
export type OverlayRegistry = {
  register(id: string, handle: { open: () => void; close: () => void }): () => void;
  open(id: string): void;
  close(id: string): void;
};

export function createOverlayRegistry(): OverlayRegistry {
  const handles = new Map<string, { open: () => void; close: () => void }>();
  return {
    register(id, handle) {
      handles.set(id, handle);
      return () => {
        if (handles.get(id) === handle) handles.delete(id);
      };
    },
    open: (id) => handles.get(id)?.open(),
    close: (id) => handles.get(id)?.close(),
  };
}

type Host = { registry: OverlayRegistry; layer: RefObject<HTMLElement | null> };
const HostContext = createContext<Host | null>(null);
/** Set around what stands in an `overlay` prop: closing it belongs to the component that opened it. */
const OpenerContext = createContext<{ close: () => void } | null>(null);

export function OverlayHost(props: { registry: OverlayRegistry; children: ReactNode }) {
  const layer = useRef<HTMLDivElement>(null);
  const host = useMemo(() => ({ registry: props.registry, layer }), [props.registry]);
  return (
    <HostContext.Provider value={host}>
      {props.children}
      <div ref={layer} />
    </HostContext.Provider>
  );
}

function useHost(): Host {
  const host = useContext(HostContext);
  if (!host) throw new Error('Components of an extension stand inside an OverlayHost.');
  return host;
}

/** What `overlay` props need: opening, the reactions handed to click handlers, and the element to draw while open. */
export function useOverlay(overlay: ReactNode): { open: () => void; reactions: object; element: ReactNode } {
  const { registry } = useHost();
  const [isOpen, setOpen] = useState(false);
  const opener = useMemo(() => ({ close: () => setOpen(false) }), []);
  const reactions = useMemo(
    () => ({
      openPanel: (id: string) => registry.open(id),
      closePanel: (id: string) => registry.close(id),
      openModal: (id: string) => registry.open(id),
      closeModal: (id: string) => registry.close(id),
    }),
    [registry],
  );
  const open = useCallback(() => {
    if (overlay) setOpen(true);
  }, [overlay]);
  const element = isOpen && overlay ? <OpenerContext.Provider value={opener}>{overlay}</OpenerContext.Provider> : null;
  return { open, reactions, element };
}

type OverlayProps = {
  id: string;
  title?: string;
  'aria-label'?: string;
  width?: string;
  variant?: string;
  children?: ReactNode;
  onOpen?: () => void;
  onClose?: () => void;
};

export function Modal(props: OverlayProps) {
  return <Dialog {...props} kind="modal" />;
}

export function Panel(props: OverlayProps) {
  return <Dialog {...props} kind="panel" />;
}

/** The browser's own dialog: it keeps the focus inside, closes by Escape, and gives the focus back. */
function Dialog(props: OverlayProps & { kind: 'modal' | 'panel' }) {
  const { registry, layer } = useHost();
  const opener = useContext(OpenerContext);
  const [shownAlone, setShownAlone] = useState(false);
  const isOpen = opener !== null || shownAlone;
  const close = useCallback(() => (opener ? opener.close() : setShownAlone(false)), [opener]);
  useEffect(() => registry.register(props.id, { open: () => setShownAlone(true), close }), [registry, props.id, close]);
  if (!isOpen || !layer.current) return null;
  return createPortal(<OpenDialog {...props} close={close} />, layer.current);
}

function OpenDialog(props: OverlayProps & { kind: 'modal' | 'panel'; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const { close, onOpen, onClose } = props;
  const events = useRef({ onOpen, onClose });
  useEffect(() => {
    events.current = { onOpen, onClose };
  });
  // A layout effect ends before the dialog leaves the page: only then does closing it give the focus back.
  useLayoutEffect(() => {
    const current = dialog.current;
    current?.showModal();
    events.current.onOpen?.();
    return () => {
      current?.close();
      events.current.onClose?.();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      className={join([
        `hs-${props.kind}`,
        `hs-${props.kind}--${props.width ?? 'md'}`,
        props.variant === 'danger' && 'hs-modal--danger',
      ])}
      aria-labelledby={props.title ? titleId : undefined}
      aria-label={props.title ? undefined : props['aria-label']}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
    >
      <header className="hs-dialog__head">
        <h2 id={titleId}>{props.title}</h2>
        <button type="button" className="hs-dialog__close" aria-label="Close" onClick={close}>
          ×
        </button>
      </header>
      {props.children}
    </dialog>
  );
}

export function ModalBody(props: { children?: ReactNode }) {
  return <div className="hs-dialog__body">{props.children}</div>;
}

export function ModalFooter(props: { children?: ReactNode }) {
  return <footer className="hs-dialog__foot">{props.children}</footer>;
}

export function PanelSection(props: { children?: ReactNode; flush?: boolean }) {
  return <section className={props.flush ? 'hs-panel__section--flush' : 'hs-panel__section'}>{props.children}</section>;
}

/** `openIframeModal`: a page of the app's own inside a dialog. */
export function IframeDialog(props: {
  uri: string;
  title: string;
  width: number;
  height: number;
  flush: boolean;
  onClose: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const current = dialog.current;
    current?.showModal();
    return () => current?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className="hs-modal hs-modal--iframe"
      aria-label={props.title}
      style={{ width: `min(${props.width}px, 96vw)` }}
      onCancel={(event) => {
        event.preventDefault();
        props.onClose();
      }}
    >
      <header className="hs-dialog__head">
        <h2>{props.title}</h2>
        <button type="button" className="hs-dialog__close" aria-label="Close" onClick={props.onClose}>
          ×
        </button>
      </header>
      <iframe
        className={props.flush ? 'hs-iframe' : 'hs-iframe hs-iframe--padded'}
        src={props.uri}
        title={props.title}
        style={{ height: `min(${props.height}px, 80vh)` }}
      />
    </dialog>
  );
}
