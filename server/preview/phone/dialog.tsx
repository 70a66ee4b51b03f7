import { useEffect, useRef, type KeyboardEvent, type ReactElement, type ReactNode } from 'react';
import { Icon } from './icons.tsx';
import { usePhoneContext } from './phone-context.ts';

/**
 * A small sheet over the flow, for a list or a calendar. Takes the focus, keeps it inside, closes with Escape or a tap
 * beside it, and gives the focus back to what opened it.
 */
export function Dialog(props: {
  title: string;
  onClose(): void;
  children: ReactNode;
  footer?: ReactNode;
}): ReactElement {
  const { texts } = usePhoneContext();
  const panel = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    const target = panel.current?.querySelector<HTMLElement>('[data-autofocus]') ?? panel.current;
    target?.focus();
    return () => {
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  return (
    <div className="ph-scrim" onClick={props.onClose} data-dialog>
      <div
        ref={panel}
        className="ph-dialog"
        role="dialog"
        aria-modal="true"
        aria-label={props.title}
        tabIndex={-1}
        onClick={(event) => event.stopPropagation()}
        onKeyDown={(event) => handleKey(event, props.onClose)}
      >
        <header className="ph-dialog-header">
          <button type="button" className="ph-icon-button" aria-label={texts.close} onClick={props.onClose}>
            <Icon name="close" />
          </button>
          <h3 dir="auto">{props.title}</h3>
        </header>
        <div className="ph-dialog-body">{props.children}</div>
        {props.footer === undefined ? null : <footer className="ph-dialog-footer">{props.footer}</footer>}
      </div>
    </div>
  );
}

/** Escape closes; Tab goes round inside. */
function handleKey(event: KeyboardEvent<HTMLElement>, close: () => void): void {
  if (event.key === 'Escape') {
    event.stopPropagation();
    return close();
  }
  if (event.key !== 'Tab') return;
  const stops = [
    ...event.currentTarget.querySelectorAll<HTMLElement>('button, input, select, a[href], [tabindex="0"]'),
  ];
  const usable = stops.filter((stop) => !stop.hasAttribute('disabled') && stop.tabIndex >= 0);
  const [first, last] = [usable.at(0), usable.at(-1)];
  const active = document.activeElement;
  const leaves = event.shiftKey ? active === first || active === event.currentTarget : active === last;
  if (!leaves) return;
  event.preventDefault();
  (event.shiftKey ? last : first)?.focus();
}
