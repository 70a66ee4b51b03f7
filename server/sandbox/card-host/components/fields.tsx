import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { join } from './layout.tsx';
import { useOverlay } from './overlays.tsx';

export type FieldProps<Value = string> = {
  label?: string;
  name?: string;
  value?: Value;
  defaultValue?: Value;
  required?: boolean;
  readOnly?: boolean;
  description?: string;
  tooltip?: string;
  placeholder?: string;
  error?: boolean;
  validationMessage?: string;
  onChange?: (value: Value) => void;
  onInput?: (value: Value) => void;
  onBlur?: (value: Value) => void;
  onFocus?: (value: Value) => void;
};

/** Label, description, the control, and the message below it, tied together for screen readers. */
export function Field(props: {
  field: Omit<FieldProps<never>, 'value' | 'defaultValue' | 'onChange' | 'onInput' | 'onBlur' | 'onFocus'>;
  children: (ids: { id: string; describedBy: string | undefined; invalid: boolean }) => ReactNode;
}) {
  const { field } = props;
  const id = useId();
  const invalid = field.error === true;
  const describedBy = [field.description ? `${id}-d` : '', field.validationMessage ? `${id}-v` : '']
    .filter(Boolean)
    .join(' ');
  return (
    <div className={join(['hs-field', invalid && 'hs-field--error'])}>
      {field.label ? (
        <label htmlFor={id} title={field.tooltip}>
          {field.label}
          {field.required ? (
            <span className="hs-required" aria-hidden="true">
              {' '}
              *
            </span>
          ) : null}
        </label>
      ) : null}
      {field.description ? (
        <div className="hs-field__description" id={`${id}-d`}>
          {field.description}
        </div>
      ) : null}
      {props.children({ id, describedBy: describedBy || undefined, invalid })}
      {field.validationMessage ? (
        <div className="hs-field__message" id={`${id}-v`} role={invalid ? 'alert' : undefined}>
          {field.validationMessage}
        </div>
      ) : null}
    </div>
  );
}

/**
 * What is typed is shown at once; the extension's own value arrives a message later. While a person types, a late value must
 * not take letters away, so it counts only when it differs from everything that was sent since.
 */
export function useTyped<Value>(value: Value | undefined, initial: Value): [Value, (typed: Value) => void] {
  const [shown, setShown] = useState<Value>(value ?? initial);
  const sent = useRef<Value[]>([]);
  useEffect(() => {
    if (value === undefined) return;
    const at = sent.current.indexOf(value);
    if (at >= 0) {
      sent.current = sent.current.slice(at + 1);
      if (sent.current.length > 0) return;
    } else {
      sent.current = [];
    }
    setShown(value);
  }, [value]);
  const type = (typed: Value) => {
    sent.current.push(typed);
    setShown(typed);
  };
  return [shown, type];
}

type TextKind = { inputType?: string; multiline?: boolean; rows?: number; maxLength?: number };

export function TextField(props: FieldProps & TextKind & { after?: ReactNode }) {
  const [text, type] = useTyped(props.value, props.defaultValue ?? '');
  const shared = (ids: { id: string; describedBy: string | undefined; invalid: boolean }) => ({
    id: ids.id,
    name: props.name,
    value: text,
    placeholder: props.placeholder,
    readOnly: props.readOnly,
    required: props.required,
    maxLength: props.maxLength,
    'aria-invalid': ids.invalid,
    'aria-describedby': ids.describedBy,
    onFocus: () => props.onFocus?.(text),
    onBlur: () => {
      props.onChange?.(text);
      props.onBlur?.(text);
    },
  });
  const put = (value: string) => {
    type(value);
    props.onInput?.(value);
  };
  return (
    <Field field={props}>
      {(ids) => (
        <div className="hs-control">
          {props.multiline ? (
            <textarea {...shared(ids)} rows={props.rows ?? 3} onChange={(event) => put(event.target.value)} />
          ) : (
            <input
              {...shared(ids)}
              type={props.inputType ?? 'text'}
              autoComplete="off"
              onChange={(event) => put(event.target.value)}
            />
          )}
          {props.after}
        </div>
      )}
    </Field>
  );
}

export function Input(props: FieldProps & { type?: 'text' | 'password' }) {
  return <TextField {...props} inputType={props.type ?? 'text'} />;
}

export function TextArea(props: FieldProps & { rows?: number; maxLength?: number }) {
  return <TextField {...props} multiline />;
}

export function SearchInput(props: FieldProps & { clearable?: boolean }) {
  return <TextField {...props} inputType="search" />;
}

export function NumberInput(
  props: FieldProps<number> & { min?: number; max?: number; precision?: number; stepSize?: number },
) {
  const [text, type] = useTyped(
    props.value === undefined ? undefined : String(props.value),
    String(props.defaultValue ?? ''),
  );
  const send = (value: string, to: ((value: number) => void) | undefined) => {
    const number = Number(value);
    if (value !== '' && Number.isFinite(number)) to?.(number);
  };
  return (
    <Field field={props}>
      {(ids) => (
        <div className="hs-control">
          <input
            id={ids.id}
            type="number"
            name={props.name}
            value={text}
            min={props.min}
            max={props.max}
            step={props.stepSize ?? 'any'}
            readOnly={props.readOnly}
            required={props.required}
            placeholder={props.placeholder}
            aria-invalid={ids.invalid}
            aria-describedby={ids.describedBy}
            onChange={(event) => {
              type(event.target.value);
              send(event.target.value, props.onInput);
            }}
            onBlur={() => send(text, props.onChange)}
          />
        </div>
      )}
    </Field>
  );
}

type DateValue = { year: number; month: number; date: number };

/** HubSpot counts months from 0. */
export function DateInput(props: FieldProps<DateValue> & { min?: DateValue; max?: DateValue }) {
  const iso = (value: DateValue | undefined) =>
    value ? `${value.year}-${String(value.month + 1).padStart(2, '0')}-${String(value.date).padStart(2, '0')}` : '';
  const [text, type] = useTyped(props.value ? iso(props.value) : undefined, iso(props.defaultValue));
  return (
    <Field field={props}>
      {(ids) => (
        <div className="hs-control">
          <input
            id={ids.id}
            type="date"
            name={props.name}
            value={text}
            min={iso(props.min)}
            max={iso(props.max)}
            readOnly={props.readOnly}
            required={props.required}
            aria-invalid={ids.invalid}
            aria-describedby={ids.describedBy}
            onChange={(event) => {
              type(event.target.value);
              const [year, month, date] = event.target.value.split('-').map(Number);
              if (year && month && date) props.onChange?.({ year, month: month - 1, date });
            }}
          />
        </div>
      )}
    </Field>
  );
}

type TimeValue = { hours: number; minutes: number };

export function TimeInput(props: FieldProps<TimeValue>) {
  const text = (value: TimeValue | undefined) =>
    value ? `${String(value.hours).padStart(2, '0')}:${String(value.minutes).padStart(2, '0')}` : '';
  const [shown, type] = useTyped(props.value ? text(props.value) : undefined, text(props.defaultValue));
  return (
    <Field field={props}>
      {(ids) => (
        <div className="hs-control">
          <input
            id={ids.id}
            type="time"
            name={props.name}
            value={shown}
            readOnly={props.readOnly}
            required={props.required}
            aria-invalid={ids.invalid}
            aria-describedby={ids.describedBy}
            onChange={(event) => {
              type(event.target.value);
              const [hours, minutes] = event.target.value.split(':').map(Number);
              if (hours !== undefined && minutes !== undefined) props.onChange?.({ hours, minutes });
            }}
          />
        </div>
      )}
    </Field>
  );
}

type Scalar = string | number | boolean;
type Option = { label: string; value: Scalar };

export function Select(props: FieldProps<Scalar> & { options: Option[]; variant?: string }) {
  const keys = props.options.map((option) => String(option.value));
  const [shown, choose] = useTyped(props.value === undefined ? undefined : String(props.value), '');
  return (
    <Field field={props}>
      {(ids) => (
        <div className="hs-control">
          <select
            id={ids.id}
            name={props.name}
            value={shown}
            disabled={props.readOnly ?? false}
            required={props.required}
            aria-invalid={ids.invalid}
            aria-describedby={ids.describedBy}
            onChange={(event) => {
              choose(event.target.value);
              const option = props.options.find((one) => String(one.value) === event.target.value);
              if (option) props.onChange?.(option.value);
            }}
          >
            {keys.includes(shown) ? null : <option value={shown}>{props.placeholder ?? ''}</option>}
            {props.options.map((option) => (
              <option key={String(option.value)} value={String(option.value)}>
                {option.label}
              </option>
            ))}
          </select>
        </div>
      )}
    </Field>
  );
}

/** A button that opens a list of check boxes; values stand in the order in which they were chosen. */
export function MultiSelect(props: FieldProps<Scalar[]> & { options: Option[] }) {
  const given = props.value === undefined ? null : JSON.stringify(props.value.map(String));
  const [chosen, setChosen] = useState<string[]>((props.value ?? []).map(String));
  useEffect(() => {
    if (given !== null) setChosen(JSON.parse(given) as string[]);
  }, [given]);
  const optionOf = (key: string) => props.options.find((option) => String(option.value) === key);
  const choose = (key: string, checked: boolean) => {
    const next = checked ? [...chosen, key] : chosen.filter((one) => one !== key);
    setChosen(next);
    props.onChange?.(next.flatMap((one) => optionOf(one)?.value ?? []));
  };
  const labels = chosen.map((key) => optionOf(key)?.label ?? key).join(', ');
  return (
    <Field field={props}>
      {(ids) => (
        <details className="hs-multiselect" onKeyDown={closeByEscape}>
          <summary
            id={ids.id}
            aria-label={[props.label, labels].filter(Boolean).join(': ')}
            aria-describedby={ids.describedBy}
          >
            {labels || props.placeholder || '–'}
          </summary>
          <div className="hs-multiselect__list" role="group" aria-label={props.label}>
            {props.options.map((option) => (
              <label key={String(option.value)}>
                <input
                  type="checkbox"
                  checked={chosen.includes(String(option.value))}
                  disabled={props.readOnly ?? false}
                  onChange={(event) => choose(String(option.value), event.target.checked)}
                />
                {option.label}
              </label>
            ))}
          </div>
        </details>
      )}
    </Field>
  );
}

function closeByEscape(event: KeyboardEvent<HTMLDetailsElement>): void {
  if (event.key !== 'Escape' || !event.currentTarget.open) return;
  event.stopPropagation();
  event.currentTarget.open = false;
  event.currentTarget.querySelector('summary')?.focus();
}

export function Form(props: {
  children?: ReactNode;
  onSubmit?: (event: object, reactions: object) => void;
  autoComplete?: 'on' | 'off';
}) {
  const overlay = useOverlay(null);
  return (
    <form
      noValidate
      autoComplete={props.autoComplete}
      onSubmit={(event) => {
        event.preventDefault();
        // A form in a dialog must not submit the form around the dialog's button.
        event.stopPropagation();
        const targetValue = Object.fromEntries(new FormData(event.currentTarget).entries());
        props.onSubmit?.({ type: 'submit', targetValue }, overlay.reactions);
      }}
    >
      {props.children}
    </form>
  );
}
