import { useCallback, useEffect, useState } from 'react';
import type { AlertMessage } from '../../card-host/protocol.ts';
import type { PageTexts } from '../page-texts.ts';

type Toast = AlertMessage & { id: number };

/** Alerts of extensions as HubSpot shows them: at the top, newest first, until they are closed or three newer ones came. */
export function useToasts(): { toasts: Toast[]; add: (alert: AlertMessage) => void; remove: (id: number) => void } {
  const [toasts, setToasts] = useState<Toast[]>([]);
  const add = useCallback(
    (alert: AlertMessage) => setToasts((before) => [{ ...alert, id: (before[0]?.id ?? 0) + 1 }, ...before].slice(0, 3)),
    [],
  );
  const remove = useCallback((id: number) => setToasts((before) => before.filter((toast) => toast.id !== id)), []);
  return { toasts, add, remove };
}

/** Long enough to be read aloud; errors stay until they are closed. */
const SHOWN_MS = 8_000;

export function Toasts(props: { texts: PageTexts; toasts: Toast[]; onClose: (id: number) => void }) {
  return (
    <div className="hs-toasts" role="status" aria-label={props.texts.messages}>
      {props.toasts.map((toast) => (
        <OneToast key={toast.id} toast={toast} closeLabel={props.texts.closeMessage} onClose={props.onClose} />
      ))}
    </div>
  );
}

function OneToast(props: { toast: Toast; closeLabel: string; onClose: (id: number) => void }) {
  const { toast, onClose } = props;
  const { id, type } = toast;
  useEffect(() => {
    if (type === 'danger') return undefined;
    const timer = setTimeout(() => onClose(id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [id, type, onClose]);
  return (
    <div className={`hs-alert hs-toast hs-alert--${type ?? 'info'}`}>
      <div>
        {toast.title ? <div className="hs-alert__title">{toast.title}</div> : null}
        <div>{toast.message}</div>
      </div>
      <button type="button" className="hs-plain" aria-label={props.closeLabel} onClick={() => onClose(id)}>
        ×
      </button>
    </div>
  );
}
