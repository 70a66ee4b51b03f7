import type { ReactNode } from 'react';

/** HubSpot's names for distances and sizes, short and long, as one class suffix. */
export function sizeName(size: string | undefined, fallback = 'md'): string {
  const short: Record<string, string> = {
    'extra-small': 'xs',
    small: 'sm',
    medium: 'md',
    large: 'lg',
    'extra-large': 'xl',
  };
  return short[size ?? ''] ?? size ?? fallback;
}

type FlexProps = {
  children?: ReactNode;
  direction?: 'row' | 'column';
  justify?: string;
  align?: string;
  alignSelf?: string;
  gap?: string;
  wrap?: boolean | 'wrap' | 'nowrap';
};

export function Flex(props: FlexProps) {
  const classes = [
    'hs-flex',
    `hs-flex--${props.direction ?? 'row'}`,
    `hs-justify--${props.justify ?? 'start'}`,
    `hs-align--${props.align ?? 'stretch'}`,
    `hs-gap--${sizeName(props.gap, 'flush')}`,
    props.wrap === true || props.wrap === 'wrap' ? 'hs-flex--wrap' : '',
    props.alignSelf ? `hs-self--${props.alignSelf}` : '',
  ];
  return <div className={join(classes)}>{props.children}</div>;
}

export function Stack(props: {
  children?: ReactNode;
  direction?: 'row' | 'column';
  distance?: string;
  align?: string;
  justify?: string;
}) {
  return (
    <Flex
      direction={props.direction ?? 'column'}
      gap={props.distance ?? 'sm'}
      {...(props.align ? { align: props.align } : {})}
      {...(props.justify ? { justify: props.justify } : {})}
    >
      {props.children}
    </Flex>
  );
}

export function Inline(props: { children?: ReactNode; justify?: string; align?: string; gap?: string }) {
  return (
    <Flex
      direction="row"
      wrap
      gap={props.gap ?? 'sm'}
      justify={props.justify ?? 'start'}
      align={props.align ?? 'center'}
    >
      {props.children}
    </Flex>
  );
}

export function Box(props: { children?: ReactNode; flex?: 'initial' | 'auto' | 'none' | number; alignSelf?: string }) {
  const flex = props.flex === undefined ? undefined : props.flex;
  return (
    <div className={join(['hs-box', props.alignSelf ? `hs-self--${props.alignSelf}` : ''])} style={{ flex }}>
      {props.children}
    </div>
  );
}

export function AutoGrid(props: { children?: ReactNode; columnWidth?: number; gap?: string; flexible?: boolean }) {
  const width = `min(${props.columnWidth ?? 200}px, 100%)`;
  const column = props.flexible ? `minmax(${width}, 1fr)` : width;
  return (
    <div
      className={`hs-grid hs-gap--${sizeName(props.gap, 'sm')}`}
      style={{ gridTemplateColumns: `repeat(auto-fit, ${column})` }}
    >
      {props.children}
    </div>
  );
}

export function Spacer(props: { size?: string }) {
  return <div className={`hs-spacer hs-spacer--${sizeName(props.size)}`} />;
}

export function Divider(props: { size?: string; distance?: string }) {
  return <hr className={`hs-divider hs-divider--${sizeName(props.size ?? props.distance, 'sm')}`} />;
}

export function Tile(props: { children?: ReactNode; compact?: boolean; flush?: boolean }) {
  return (
    <div className={join(['hs-tile', props.compact ? 'hs-tile--compact' : '', props.flush ? 'hs-tile--flush' : ''])}>
      {props.children}
    </div>
  );
}

export function Card(props: { children?: ReactNode }) {
  return <section className="hs-tile">{props.children}</section>;
}

export function ButtonRow(props: { children?: ReactNode }) {
  return <div className="hs-flex hs-flex--row hs-flex--wrap hs-gap--sm hs-align--center">{props.children}</div>;
}

export function join(classes: (string | false | undefined)[]): string {
  return classes.filter(Boolean).join(' ');
}
