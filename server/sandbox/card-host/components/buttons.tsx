import { useEffect, useId, useRef, useState, type ReactNode } from 'react';
import { join, sizeName } from './layout.tsx';
import { useOverlay } from './overlays.tsx';

type Press = (event: object, reactions: object) => void;
export type ButtonProps = {
  children?: ReactNode;
  onClick?: Press;
  href?: string | { url: string; external?: boolean };
  disabled?: boolean;
  variant?: string;
  type?: 'button' | 'reset' | 'submit';
  size?: string;
  truncate?: boolean;
  overlay?: ReactNode;
};

export function Button(props: ButtonProps) {
  return <PlainButton {...props} loading={false} />;
}

export function LoadingButton(props: ButtonProps & { loading?: boolean; resultIconName?: string }) {
  return <PlainButton {...props} loading={props.loading ?? false} />;
}

/** While loading a button takes no press but keeps the focus and its name. */
function PlainButton(props: ButtonProps & { loading: boolean }) {
  const overlay = useOverlay(props.overlay);
  const classes = join([
    'hs-button',
    `hs-button--${props.variant ?? 'secondary'}`,
    `hs-button--${sizeName(props.size)}`,
    props.loading && 'hs-button--loading',
  ]);
  const press = () => {
    if (props.loading) return;
    props.onClick?.({ type: 'click' }, overlay.reactions);
    overlay.open();
  };
  const url = typeof props.href === 'string' ? props.href : props.href?.url;
  if (url !== undefined && !props.disabled) {
    const external = typeof props.href === 'object' && props.href.external === true;
    return (
      <a className={classes} href={url} {...(external ? { target: '_blank', rel: 'noreferrer' } : {})} onClick={press}>
        {props.children}
      </a>
    );
  }
  return (
    <>
      <button
        type={props.loading ? 'button' : (props.type ?? 'button')}
        className={classes}
        disabled={props.disabled ?? false}
        aria-busy={props.loading}
        aria-disabled={props.loading}
        onClick={press}
      >
        {props.loading ? <span className="hs-spinner hs-spinner--xs" aria-hidden="true" /> : null}
        <span>{props.children}</span>
      </button>
      {overlay.element}
    </>
  );
}

type DropdownOption = { label: string; onClick?: () => void };

export function Dropdown(props: {
  children?: ReactNode;
  options?: DropdownOption[];
  buttonText?: string;
  buttonSize?: string;
  variant?: string;
  disabled?: boolean;
}) {
  const [open, setOpen] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const menuId = useId();
  useCloseOutside(open, place, () => setOpen(false));
  useEffect(() => {
    if (open) place.current?.querySelector<HTMLElement>('[role="menuitem"]')?.focus();
  }, [open]);
  const text = props.buttonText ?? 'More';
  return (
    <div
      className="hs-dropdown"
      ref={place}
      onKeyDown={(event) => moveFocus(event, place.current, () => setOpen(false))}
    >
      <button
        type="button"
        className={`hs-button hs-button--${props.variant ?? 'secondary'} hs-button--${sizeName(props.buttonSize)}`}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={menuId}
        aria-label={/[\p{L}\p{N}]/u.test(text) ? undefined : 'More actions'}
        disabled={props.disabled ?? false}
        onClick={() => setOpen(!open)}
      >
        <span>{text}</span>
        <span aria-hidden="true"> ▾</span>
      </button>
      {open ? (
        <div className="hs-menu" role="menu" id={menuId} onClick={() => setOpen(false)}>
          {props.options?.map((option) => (
            <DropdownButtonItem key={option.label} onClick={() => option.onClick?.()}>
              {option.label}
            </DropdownButtonItem>
          ))}
          {props.children}
        </div>
      ) : null}
    </div>
  );
}

export function DropdownButtonItem(props: { children?: ReactNode; onClick?: Press; overlay?: ReactNode }) {
  const overlay = useOverlay(props.overlay);
  return (
    <>
      <button
        type="button"
        role="menuitem"
        className="hs-menu__item"
        onClick={() => {
          props.onClick?.({ type: 'click' }, overlay.reactions);
          overlay.open();
        }}
      >
        {props.children}
      </button>
      {overlay.element}
    </>
  );
}

function moveFocus(
  event: { key: string; preventDefault: () => void; stopPropagation: () => void },
  place: HTMLElement | null,
  close: () => void,
): void {
  const items = [...(place?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? [])];
  if (items.length === 0) return;
  if (event.key === 'Escape') {
    event.stopPropagation();
    event.preventDefault();
    close();
    place?.querySelector('button')?.focus();
    return;
  }
  const at = items.findIndex((item) => item === document.activeElement);
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  if (step === 0) return;
  event.preventDefault();
  items[(at + step + items.length) % items.length]?.focus();
}

function useCloseOutside(open: boolean, place: { current: HTMLElement | null }, close: () => void): void {
  const latest = useRef(close);
  useEffect(() => {
    latest.current = close;
  });
  useEffect(() => {
    if (!open) return undefined;
    const onPress = (event: PointerEvent) => {
      if (event.target instanceof Node && !place.current?.contains(event.target)) latest.current();
    };
    document.addEventListener('pointerdown', onPress);
    return () => document.removeEventListener('pointerdown', onPress);
  }, [open, place]);
}
