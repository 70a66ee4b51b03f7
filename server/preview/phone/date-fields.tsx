import { useEffect, useRef, useState, type KeyboardEvent, type ReactElement } from 'react';
import { isDayAllowed } from '@flowella/shared/phone/check-field.ts';
import type { CalendarView, DateLimits, DateView } from '@flowella/shared/phone/screen-view.ts';
import { Dialog } from './dialog.tsx';
import { describedBy, FieldFoot, useLabel, type FieldActions } from './field-frame.tsx';
import { Icon } from './icons.tsx';
import { usePhoneContext } from './phone-context.ts';
import { fieldClass } from './text-fields.tsx';

const DAY_MS = 86_400_000;

/** A date, chosen from a calendar that opens over the flow. */
export function DateField({ input, actions }: { input: DateView; actions: FieldActions }): ReactElement {
  return (
    <DateBox
      id={input.id}
      label={useLabel(input.label, input.required)}
      value={input.value}
      limits={input.limits}
      error={input.error}
      helperText={input.helperText}
      isOff={!input.enabled || actions.isBusy}
      isClearable={!input.required}
      onChange={(day) => actions.onChange(input.name, day)}
      onLeave={() => actions.onLeave(input.name)}
    />
  );
}

/** A calendar that stands open on the screen: one day, or two boxes for a range. */
export function CalendarField({ input, actions }: { input: CalendarView; actions: FieldActions }): ReactElement {
  const label = useLabel(input.label, input.required);
  const isOff = !input.enabled || actions.isBusy;
  if (input.mode === 'single') {
    return (
      <div className={fieldClass(input)} role="group" aria-label={label}>
        <p className="ph-calendar-label" dir="auto">
          {label}
        </p>
        <div className="ph-calendar-card">
          <Calendar
            value={input.value}
            limits={input.limits}
            isOff={isOff}
            onPick={(day) => actions.onChange(input.name, day)}
          />
        </div>
        <FieldFoot {...input} />
      </div>
    );
  }
  const { value, labels, helperTexts } = input;
  const half = (key: 'start-date' | 'end-date'): ReactElement => (
    <DateBox
      id={`${input.id}-${key}`}
      label={labels[key]}
      value={value[key]}
      limits={
        key === 'end-date' && value['start-date'] !== '' ? { ...input.limits, min: value['start-date'] } : input.limits
      }
      error={null}
      helperText={helperTexts[key]}
      isOff={isOff}
      isClearable={false}
      onChange={(day) => actions.onChange(input.name, nextRange(value, key, day))}
      onLeave={() => {}}
    />
  );
  return (
    <div className={fieldClass(input)} role="group" aria-label={input.title ?? label}>
      {input.title === null ? null : (
        <p className="ph-subheading" dir="auto">
          {input.title}
        </p>
      )}
      {input.description === null ? null : (
        <p className="ph-group-description" dir="auto">
          {input.description}
        </p>
      )}
      <div className="ph-range">
        {half('start-date')}
        {half('end-date')}
      </div>
      <FieldFoot {...input} />
    </div>
  );
}

/** A start behind the end empties the end: the person chooses it again. */
function nextRange(value: { 'start-date': string; 'end-date': string }, key: 'start-date' | 'end-date', day: string) {
  const next = { ...value, [key]: day };
  return next['end-date'] !== '' && next['end-date'] < next['start-date'] ? { ...next, 'end-date': '' } : next;
}

function DateBox(props: {
  id: string;
  label: string;
  value: string;
  limits: DateLimits;
  error: string | null;
  helperText: string | null;
  isOff: boolean;
  isClearable: boolean;
  onChange(day: string): void;
  onLeave(): void;
}): ReactElement {
  const { texts, locale } = usePhoneContext();
  const [isOpen, setOpen] = useState(false);
  const shown = props.value === '' ? '' : formatDay(props.value, locale, 'long');
  const close = (): void => {
    setOpen(false);
    props.onLeave();
  };
  return (
    <div className={fieldClass({ error: props.error, enabled: !props.isOff })}>
      <button
        type="button"
        id={props.id}
        className={props.value === '' ? 'ph-box ph-select' : 'ph-box ph-select is-filled'}
        disabled={props.isOff}
        aria-haspopup="dialog"
        aria-label={shown === '' ? props.label : `${props.label}: ${shown}`}
        aria-describedby={describedBy(props.id, props)}
        onClick={() => setOpen(true)}
      >
        <span className="ph-float" dir="auto">
          {props.label}
        </span>
        <span className="ph-select-value">{shown}</span>
        <Icon name="calendar" />
      </button>
      <FieldFoot id={props.id} error={props.error} helperText={props.helperText} />
      {isOpen ? (
        <Dialog
          title={texts.chooseDate}
          onClose={close}
          footer={
            props.isClearable && props.value !== '' ? (
              <button
                type="button"
                className="ph-text-button"
                onClick={() => {
                  props.onChange('');
                  close();
                }}
              >
                {texts.clear}
              </button>
            ) : undefined
          }
        >
          <Calendar
            value={props.value}
            limits={props.limits}
            isOff={false}
            onPick={(day) => {
              props.onChange(day);
              close();
            }}
          />
        </Dialog>
      ) : null}
    </div>
  );
}

/** One month as a grid; arrow keys move by day and week, Page Up and Page Down by month. */
function Calendar(props: {
  value: string;
  limits: DateLimits;
  isOff: boolean;
  onPick(day: string): void;
}): ReactElement {
  const { texts, locale } = usePhoneContext();
  const [cursor, setCursor] = useState(() => firstCursor(props.value, props.limits));
  const grid = useRef<HTMLDivElement>(null);
  const shouldFocus = useRef(false);
  const [year, month] = [Number(cursor.slice(0, 4)), Number(cursor.slice(5, 7))];
  useEffect(() => {
    if (!shouldFocus.current) return;
    shouldFocus.current = false;
    grid.current?.querySelector<HTMLElement>(`[data-day="${cursor}"]`)?.focus();
  }, [cursor]);
  const move = (event: KeyboardEvent): void => {
    const next = moved(cursor, event.key);
    if (next === null) return;
    event.preventDefault();
    shouldFocus.current = true;
    setCursor(clampDay(next, props.limits));
  };
  const toMonth = (newYear: number, newMonth: number): void => {
    setCursor(clampDay(dayOf(newYear, newMonth, 1), props.limits));
  };
  const today = new Date().toLocaleDateString('sv-SE');
  return (
    <div className="ph-calendar">
      <div className="ph-calendar-head">
        <select
          aria-label={texts.month}
          value={month}
          disabled={props.isOff}
          onChange={(event) => toMonth(year, Number(event.target.value))}
        >
          {monthNames(locale).map((name, index) => (
            <option key={name} value={index + 1}>
              {name}
            </option>
          ))}
        </select>
        <select
          aria-label={texts.year}
          value={year}
          disabled={props.isOff}
          onChange={(event) => toMonth(Number(event.target.value), month)}
        >
          {yearsOf(props.limits).map((option) => (
            <option key={option} value={option}>
              {option}
            </option>
          ))}
        </select>
        <button
          type="button"
          className="ph-icon-button ph-flip"
          aria-label={texts.previousMonth}
          disabled={props.isOff || dayOf(year, month, 1) <= props.limits.min}
          onClick={() => toMonth(month === 1 ? year - 1 : year, month === 1 ? 12 : month - 1)}
        >
          <Icon name="chevron" className="is-turned" />
        </button>
        <button
          type="button"
          className="ph-icon-button ph-flip"
          aria-label={texts.nextMonth}
          disabled={props.isOff || dayOf(year, month + 1, 0) >= props.limits.max}
          onClick={() => toMonth(month === 12 ? year + 1 : year, month === 12 ? 1 : month + 1)}
        >
          <Icon name="chevron" />
        </button>
      </div>
      <div ref={grid} className="ph-days" role="grid" aria-label={formatMonth(year, month, locale)} onKeyDown={move}>
        <div role="row" className="ph-week">
          {weekdayNames(locale).map((name, index) => (
            <span key={index} role="columnheader" aria-label={name.long} className="ph-weekday">
              {name.narrow}
            </span>
          ))}
        </div>
        {weeksOf(year, month).map((week, index) => (
          <div key={index} role="row" className="ph-week">
            {week.map((day, column) =>
              day === null ? (
                <span key={column} role="gridcell" />
              ) : (
                <span key={column} role="gridcell" aria-selected={day === props.value}>
                  <button
                    type="button"
                    data-day={day}
                    {...(day === cursor ? { 'data-autofocus': true } : {})}
                    className={dayClass(day, props.value, today)}
                    tabIndex={day === cursor ? 0 : -1}
                    disabled={props.isOff}
                    aria-disabled={!isDayAllowed(day, props.limits)}
                    aria-label={formatDay(day, locale, 'full')}
                    aria-current={day === today ? 'date' : undefined}
                    onClick={() => {
                      if (isDayAllowed(day, props.limits)) props.onPick(day);
                    }}
                  >
                    {Number(day.slice(8))}
                  </button>
                </span>
              ),
            )}
          </div>
        ))}
      </div>
    </div>
  );
}

function dayClass(day: string, value: string, today: string): string {
  return ['ph-day', day === value ? 'is-chosen' : '', day === today ? 'is-today' : ''].filter(Boolean).join(' ');
}

function firstCursor(value: string, limits: DateLimits): string {
  return clampDay(value === '' ? new Date().toLocaleDateString('sv-SE') : value, limits);
}

function clampDay(day: string, limits: DateLimits): string {
  if (day < limits.min) return limits.min;
  return day > limits.max ? limits.max : day;
}

function dayOf(year: number, month: number, day: number): string {
  return new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10);
}

function moved(day: string, key: string): string | null {
  const [year, month, date] = [Number(day.slice(0, 4)), Number(day.slice(5, 7)), Number(day.slice(8))];
  const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
  const step = steps[key];
  if (step !== undefined) return new Date(Date.parse(day) + step * DAY_MS).toISOString().slice(0, 10);
  if (key === 'PageUp') return dayOf(year, month - 1, Math.min(date, 28));
  if (key === 'PageDown') return dayOf(year, month + 1, Math.min(date, 28));
  return null;
}

/** Weeks start on Monday; days outside the month are empty. */
function weeksOf(year: number, month: number): (string | null)[][] {
  const count = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const offset = (new Date(Date.UTC(year, month - 1, 1)).getUTCDay() + 6) % 7;
  const days = [
    ...Array.from({ length: offset }, () => null),
    ...Array.from({ length: count }, (_, index) => dayOf(year, month, index + 1)),
  ];
  return Array.from({ length: Math.ceil(days.length / 7) }, (_, week) =>
    Array.from({ length: 7 }, (_unused, column) => days[week * 7 + column] ?? null),
  );
}

function yearsOf(limits: DateLimits): number[] {
  const [first, last] = [Number(limits.min.slice(0, 4)), Number(limits.max.slice(0, 4))];
  return Array.from({ length: Math.max(1, last - first + 1) }, (_, index) => first + index);
}

function monthNames(locale: string): string[] {
  const format = new Intl.DateTimeFormat(locale, { month: 'long', timeZone: 'UTC' });
  return Array.from({ length: 12 }, (_, month) => format.format(Date.UTC(2024, month, 1)));
}

function weekdayNames(locale: string): { long: string; narrow: string }[] {
  const name = (weekday: 'long' | 'narrow', day: number): string =>
    new Intl.DateTimeFormat(locale, { weekday, timeZone: 'UTC' }).format(Date.UTC(2024, 0, 1 + day));
  return Array.from({ length: 7 }, (_, day) => ({ long: name('long', day), narrow: name('narrow', day) }));
}

function formatMonth(year: number, month: number, locale: string): string {
  const format = new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric', timeZone: 'UTC' });
  return format.format(Date.UTC(year, month - 1, 1));
}

function formatDay(day: string, locale: string, dateStyle: 'long' | 'full'): string {
  const at = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(at)) return day;
  return new Intl.DateTimeFormat(locale, { dateStyle, timeZone: 'UTC' }).format(at);
}
