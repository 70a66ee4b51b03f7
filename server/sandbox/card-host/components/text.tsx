import { Children, useId, type ReactNode } from 'react';
import { join } from './layout.tsx';
import { useOverlay } from './overlays.tsx';

type Format = { fontWeight?: string; italic?: boolean; lineDecoration?: string; textTransform?: string };
type Href = string | { url: string; external?: boolean };
type Press = (event: object, reactions: object) => void;

export function Text(props: {
  children?: ReactNode;
  variant?: string;
  inline?: boolean;
  format?: Format;
  truncate?: boolean | { maxWidth?: number; tooltipText?: string };
}) {
  const { format = {} } = props;
  const classes = join([
    'hs-text',
    props.variant === 'microcopy' && 'hs-text--micro',
    (format.fontWeight === 'bold' || format.fontWeight === 'demibold') && `hs-text--${format.fontWeight}`,
    format.italic && 'hs-text--italic',
    format.lineDecoration === 'strikethrough' && 'hs-text--strike',
    format.lineDecoration === 'underline' && 'hs-text--underline',
    props.truncate && 'hs-text--truncate',
  ]);
  return props.inline ? (
    <span className={classes}>{props.children}</span>
  ) : (
    <div className={classes}>{props.children}</div>
  );
}

export function Heading(props: { children?: ReactNode; inline?: boolean }) {
  return <h3 className={join(['hs-heading', props.inline && 'hs-heading--inline'])}>{props.children}</h3>;
}

export function List(props: { children?: ReactNode; variant?: string }) {
  const variant = props.variant ?? 'unordered';
  const items = Children.toArray(props.children).map((child, index) => <li key={index}>{child}</li>);
  return variant.startsWith('ordered') ? (
    <ol className="hs-list">{items}</ol>
  ) : (
    <ul className={join(['hs-list', variant.startsWith('inline') && 'hs-list--inline'])}>{items}</ul>
  );
}

export function DescriptionList(props: { children?: ReactNode; direction?: 'row' | 'column' }) {
  return <dl className={`hs-descriptions hs-descriptions--${props.direction ?? 'column'}`}>{props.children}</dl>;
}

export function DescriptionListItem(props: { children?: ReactNode; label: string }) {
  return (
    <div className="hs-description">
      <dt>{props.label}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

export function Tag(props: { children?: ReactNode; variant?: string; onClick?: Press; overlay?: ReactNode }) {
  const overlay = useOverlay(props.overlay);
  const classes = `hs-tag hs-tag--${props.variant ?? 'default'}`;
  if (!props.onClick && !props.overlay) return <span className={classes}>{props.children}</span>;
  return (
    <>
      <button
        type="button"
        className={classes}
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

export function StatusTag(props: {
  children?: ReactNode;
  variant?: string;
  hollow?: boolean;
  onClick?: () => void;
  showRemoveIcon?: boolean;
  onRemoveClick?: () => void;
}) {
  const classes = join(['hs-status', `hs-status--${props.variant ?? 'default'}`, props.hollow && 'hs-status--hollow']);
  return (
    <span className={classes}>
      <span className="hs-status__dot" aria-hidden="true" />
      {props.onClick ? (
        <button type="button" className="hs-plain" onClick={() => props.onClick?.()}>
          {props.children}
        </button>
      ) : (
        props.children
      )}
      {props.showRemoveIcon ? (
        <button type="button" className="hs-plain" aria-label="Remove" onClick={() => props.onRemoveClick?.()}>
          ×
        </button>
      ) : null}
    </span>
  );
}

export function Link(props: {
  children?: ReactNode;
  href?: Href;
  variant?: string;
  onClick?: Press;
  overlay?: ReactNode;
  preventDefault?: boolean;
}) {
  const overlay = useOverlay(props.overlay);
  const url = typeof props.href === 'string' ? props.href : props.href?.url;
  const external = typeof props.href === 'object' && props.href.external === true;
  return (
    <>
      <a
        className={`hs-link hs-link--${props.variant ?? 'primary'}`}
        href={url ?? '#'}
        {...(external ? { target: '_blank', rel: 'noreferrer' } : {})}
        onClick={(event) => {
          if (props.overlay || props.preventDefault || url === undefined) event.preventDefault();
          props.onClick?.({ type: 'click' }, overlay.reactions);
          overlay.open();
        }}
      >
        {props.children}
        {external ? <span aria-hidden="true"> ↗</span> : null}
      </a>
      {overlay.element}
    </>
  );
}

export function Icon(props: { name: string; size?: string; color?: string; screenReaderText?: string }) {
  const shapes: Record<string, string> = {
    success: '✓',
    checkCircle: '✓',
    exclamationCircle: '!',
    info: 'i',
    edit: '✎',
  };
  return (
    <span className={`hs-icon hs-icon--${props.color ?? 'inherit'}`}>
      <span aria-hidden="true">{shapes[props.name] ?? '●'}</span>
      {props.screenReaderText ? <span className="hs-hidden">{props.screenReaderText}</span> : null}
    </span>
  );
}

export function Image(props: {
  src: string;
  alt?: string;
  width?: number;
  height?: number;
  href?: Href;
  onClick?: Press;
}) {
  const image = (
    <img className="hs-image" src={props.src} alt={props.alt ?? ''} width={props.width} height={props.height} />
  );
  return props.href ? <Link href={props.href}>{image}</Link> : image;
}

/** A plain drawing of ours in place of HubSpot's artwork, which is theirs. */
export function Illustration(props: { name: string; alt?: string; width?: number; height?: number }) {
  return (
    <svg
      className="hs-illustration"
      role="img"
      aria-label={props.alt ?? ''}
      viewBox="0 0 120 80"
      width={props.width ?? 120}
    >
      <rect x="14" y="10" width="92" height="60" rx="6" fill="#fff" stroke="#cbd6e2" strokeWidth="2" />
      <rect x="26" y="24" width="46" height="6" rx="3" fill="#dfe3eb" />
      <rect x="26" y="38" width="68" height="6" rx="3" fill="#eaf0f6" />
      <rect x="26" y="52" width="30" height="8" rx="4" fill="#7fded2" />
    </svg>
  );
}

export function Tooltip(props: { children?: ReactNode; placement?: string }) {
  const id = useId();
  return (
    <span className="hs-tooltip" role="tooltip" id={id}>
      {props.children}
    </span>
  );
}
