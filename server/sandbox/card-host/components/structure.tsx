import { createContext, useContext, useEffect, useId, useMemo, useState, type ReactNode } from 'react';
import { join, sizeName } from './layout.tsx';

export function Accordion(props: {
  title: string;
  children?: ReactNode;
  defaultOpen?: boolean;
  open?: boolean;
  disabled?: boolean;
  size?: string;
  onClick?: () => void;
}) {
  const id = useId();
  const [alone, setAlone] = useState(props.defaultOpen ?? false);
  const open = props.open ?? alone;
  return (
    <div className={`hs-accordion hs-accordion--${sizeName(props.size)}`}>
      <button
        type="button"
        className="hs-accordion__head"
        aria-expanded={open}
        aria-controls={id}
        disabled={props.disabled ?? false}
        onClick={() => {
          setAlone(!open);
          props.onClick?.();
        }}
      >
        <span className="hs-accordion__arrow" aria-hidden="true">
          ›
        </span>
        {props.title}
      </button>
      <div id={id} className="hs-accordion__body" hidden={!open}>
        {props.children}
      </div>
    </div>
  );
}

type TabHead = { id: string; title: string; disabled: boolean; tooltip: string | undefined };
type TabsHost = { prefix: string; selected: string; put: (head: TabHead) => () => void };
const TabsContext = createContext<TabsHost | null>(null);

export function Tabs(props: {
  children?: ReactNode;
  selected?: string | number;
  defaultSelected?: string | number;
  variant?: string;
  fill?: boolean;
  onSelectedChange?: (id: string) => void;
}) {
  const prefix = useId();
  const [heads, setHeads] = useState<TabHead[]>([]);
  const [chosen, setChosen] = useState(String(props.defaultSelected ?? ''));
  const selected = props.selected === undefined ? chosen || (heads[0]?.id ?? '') : String(props.selected);
  const host = useMemo<TabsHost>(
    () => ({
      prefix,
      selected,
      put(head) {
        setHeads((before) =>
          before.some((one) => one.id === head.id)
            ? before.map((one) => (one.id === head.id ? head : one))
            : [...before, head],
        );
        return () => setHeads((before) => before.filter((one) => one !== head));
      },
    }),
    [prefix, selected],
  );
  const choose = (id: string) => {
    setChosen(id);
    props.onSelectedChange?.(id);
  };
  return (
    <div className={join(['hs-tabs', `hs-tabs--${props.variant ?? 'default'}`, props.fill && 'hs-tabs--fill'])}>
      <div
        role="tablist"
        className="hs-tabs__list"
        onKeyDown={(event) => stepTabs(event, heads, selected, choose, prefix)}
      >
        {heads.map((head) => (
          <button
            key={head.id}
            type="button"
            role="tab"
            id={`${prefix}-tab-${head.id}`}
            aria-controls={`${prefix}-panel-${head.id}`}
            aria-selected={head.id === selected}
            tabIndex={head.id === selected ? 0 : -1}
            disabled={head.disabled}
            title={head.tooltip}
            onClick={() => choose(head.id)}
          >
            {head.title}
          </button>
        ))}
      </div>
      <TabsContext.Provider value={host}>{props.children}</TabsContext.Provider>
    </div>
  );
}

export function Tab(props: {
  tabId?: string | number;
  title?: string;
  children?: ReactNode;
  disabled?: boolean;
  tooltip?: string;
}) {
  const host = useContext(TabsContext);
  const own = useId();
  const id = String(props.tabId ?? own);
  const put = host?.put;
  const title = props.title ?? '';
  const disabled = props.disabled ?? false;
  const { tooltip } = props;
  useEffect(() => put?.({ id, title, disabled, tooltip }), [put, id, title, disabled, tooltip]);
  if (!host || host.selected !== id) return null;
  return (
    <div
      role="tabpanel"
      id={`${host.prefix}-panel-${id}`}
      aria-labelledby={`${host.prefix}-tab-${id}`}
      className="hs-tabs__panel"
    >
      {props.children}
    </div>
  );
}

function stepTabs(
  event: { key: string; preventDefault: () => void },
  heads: TabHead[],
  selected: string,
  choose: (id: string) => void,
  prefix: string,
): void {
  const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
  const open = heads.filter((head) => !head.disabled);
  if (step === 0 || open.length === 0) return;
  event.preventDefault();
  const at = open.findIndex((head) => head.id === selected);
  const next = open[(at + step + open.length) % open.length];
  if (!next) return;
  choose(next.id);
  document.getElementById(`${prefix}-tab-${next.id}`)?.focus();
}

export function Table(props: {
  children?: ReactNode;
  bordered?: boolean;
  flush?: boolean;
  density?: string;
  paginated?: boolean;
  pageCount?: number;
  page?: number;
  onPageChange?: (page: number) => void;
}) {
  const page = props.page ?? 1;
  const pages = props.pageCount ?? 1;
  return (
    <div
      className={join([
        'hs-table',
        props.bordered === false && 'hs-table--plain',
        `hs-table--${props.density ?? 'default'}`,
      ])}
    >
      <div className="hs-table__scroll" tabIndex={0} role="region" aria-label="Table">
        <table>{props.children}</table>
      </div>
      {props.paginated ? (
        <nav className="hs-pages" aria-label="Pages">
          <button type="button" disabled={page <= 1} onClick={() => props.onPageChange?.(page - 1)}>
            ‹ Prev
          </button>
          <span aria-current="page">
            {page} / {pages}
          </span>
          <button type="button" disabled={page >= pages} onClick={() => props.onPageChange?.(page + 1)}>
            Next ›
          </button>
        </nav>
      ) : null}
    </div>
  );
}

export function TableHead(props: { children?: ReactNode }) {
  return <thead>{props.children}</thead>;
}
export function TableBody(props: { children?: ReactNode }) {
  return <tbody>{props.children}</tbody>;
}
export function TableFooter(props: { children?: ReactNode }) {
  return <tfoot>{props.children}</tfoot>;
}
export function TableRow(props: { children?: ReactNode }) {
  return <tr>{props.children}</tr>;
}

type CellProps = {
  children?: ReactNode;
  align?: 'left' | 'center' | 'right';
  width?: string | number;
  colSpan?: number;
};

export function TableCell(props: CellProps) {
  return (
    <td colSpan={props.colSpan} style={cellStyle(props)}>
      {props.children}
    </td>
  );
}

type Direction = 'never' | 'none' | 'ascending' | 'descending';

export function TableHeader(
  props: CellProps & { sortDirection?: Direction; disabled?: boolean; onSortChange?: (value: Direction) => void },
) {
  const sortable = props.sortDirection !== undefined && props.sortDirection !== 'never';
  if (!sortable) {
    return (
      <th scope="col" style={cellStyle(props)}>
        {props.children === '' ? <span className="hs-hidden">Actions</span> : props.children}
      </th>
    );
  }
  const next: Direction = props.sortDirection === 'ascending' ? 'descending' : 'ascending';
  return (
    <th
      scope="col"
      style={cellStyle(props)}
      aria-sort={props.sortDirection === 'never' ? undefined : props.sortDirection}
    >
      <button type="button" className="hs-plain" disabled={props.disabled} onClick={() => props.onSortChange?.(next)}>
        {props.children}
        <span aria-hidden="true">
          {props.sortDirection === 'ascending' ? ' ▲' : props.sortDirection === 'descending' ? ' ▼' : ' ↕'}
        </span>
      </button>
    </th>
  );
}

function cellStyle(props: CellProps): { textAlign?: 'left' | 'center' | 'right'; width?: string | number } {
  const widths: Record<string, string> = { min: '1%', max: '100%', auto: 'auto' };
  const width = typeof props.width === 'string' ? widths[props.width] : props.width;
  return { ...(props.align ? { textAlign: props.align } : {}), ...(width === undefined ? {} : { width }) };
}
