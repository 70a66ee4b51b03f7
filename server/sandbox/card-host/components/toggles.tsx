import { useEffect, useId, useState, type ReactNode } from 'react';
import { join } from './layout.tsx';

function useChecked(checked: boolean | undefined, initial: boolean | undefined): [boolean, (value: boolean) => void] {
  const [shown, setShown] = useState(checked ?? initial ?? false);
  useEffect(() => {
    if (checked !== undefined) setShown(checked);
  }, [checked]);
  return [shown, setShown];
}

type MarkProps = {
  children?: ReactNode;
  value?: string;
  checked?: boolean;
  initialIsChecked?: boolean;
  readOnly?: boolean;
  readonly?: boolean;
  description?: string;
  name?: string;
  inline?: boolean;
  'aria-label'?: string;
  onChange?: (checked: boolean, value: string) => void;
};

export function Checkbox(props: MarkProps) {
  return <Mark {...props} type="checkbox" />;
}

export function RadioButton(props: MarkProps) {
  return <Mark {...props} type="radio" />;
}

function Mark(props: MarkProps & { type: 'checkbox' | 'radio' }) {
  const id = useId();
  const [checked, setChecked] = useChecked(props.checked, props.initialIsChecked);
  return (
    <div className={join(['hs-mark', props.inline && 'hs-mark--inline'])}>
      <input
        id={id}
        type={props.type}
        name={props.name}
        value={props.value ?? ''}
        checked={checked}
        disabled={props.readOnly ?? props.readonly ?? false}
        aria-label={props['aria-label']}
        aria-describedby={props.description ? `${id}-d` : undefined}
        onChange={(event) => {
          setChecked(event.target.checked);
          props.onChange?.(event.target.checked, props.value ?? '');
        }}
      />
      <div>
        <label htmlFor={id}>{props.children}</label>
        {props.description ? (
          <div className="hs-field__description" id={`${id}-d`}>
            {props.description}
          </div>
        ) : null}
      </div>
    </div>
  );
}

export function Toggle(props: {
  label: string;
  name?: string;
  checked?: boolean;
  initialIsChecked?: boolean;
  readOnly?: boolean;
  readonly?: boolean;
  labelDisplay?: 'inline' | 'top' | 'hidden';
  textChecked?: string;
  textUnchecked?: string;
  onChange?: (checked: boolean) => void;
}) {
  const id = useId();
  const [checked, setChecked] = useChecked(props.checked, props.initialIsChecked);
  const display = props.labelDisplay ?? 'inline';
  return (
    <div className={`hs-toggle hs-toggle--${display}`}>
      <button
        type="button"
        id={id}
        role="switch"
        className="hs-toggle__switch"
        aria-checked={checked}
        aria-labelledby={`${id}-l`}
        disabled={props.readOnly ?? props.readonly ?? false}
        onClick={() => {
          setChecked(!checked);
          props.onChange?.(!checked);
        }}
      >
        <span className="hs-toggle__knob" aria-hidden="true" />
        <span className="hs-toggle__text" aria-hidden="true">
          {checked ? (props.textChecked ?? 'ON') : (props.textUnchecked ?? 'OFF')}
        </span>
      </button>
      <label id={`${id}-l`} htmlFor={id} className={display === 'hidden' ? 'hs-hidden' : undefined}>
        {props.label}
      </label>
    </div>
  );
}

type GroupOption = {
  label: string;
  value: string;
  initialIsChecked?: boolean;
  readOnly?: boolean;
  readonly?: boolean;
  description?: string;
};

export function ToggleGroup(props: {
  name: string;
  label: string;
  options: GroupOption[];
  toggleType?: 'checkboxList' | 'radioButtonList';
  value?: string | string[];
  required?: boolean;
  inline?: boolean;
  error?: boolean;
  validationMessage?: string;
  tooltip?: string;
  onChange?: (value: string | string[]) => void;
}) {
  const group = useId();
  const radio = props.toggleType === 'radioButtonList';
  const initial = props.options.filter((option) => option.initialIsChecked).map((option) => option.value);
  const [chosen, setChosen] = useState<string[]>(props.value === undefined ? initial : [props.value].flat());
  const given = props.value === undefined ? null : JSON.stringify([props.value].flat());
  useEffect(() => {
    if (given !== null) setChosen(JSON.parse(given) as string[]);
  }, [given]);
  const choose = (value: string, checked: boolean) => {
    const next = radio ? [value] : checked ? [...chosen, value] : chosen.filter((one) => one !== value);
    setChosen(next);
    props.onChange?.(radio ? value : next);
  };
  return (
    <fieldset className={join(['hs-group', props.inline && 'hs-group--inline', props.error && 'hs-field--error'])}>
      <legend title={props.tooltip}>
        {props.label}
        {props.required ? (
          <span className="hs-required" aria-hidden="true">
            {' '}
            *
          </span>
        ) : null}
      </legend>
      {props.options.map((option) => (
        <div className="hs-mark" key={option.value}>
          <input
            id={`${group}-${option.value}`}
            type={radio ? 'radio' : 'checkbox'}
            name={`${props.name}-${group}`}
            value={option.value}
            checked={chosen.includes(option.value)}
            disabled={option.readOnly ?? option.readonly ?? false}
            aria-describedby={option.description ? `${group}-${option.value}-d` : undefined}
            onChange={(event) => choose(option.value, event.target.checked)}
          />
          <div>
            <label htmlFor={`${group}-${option.value}`}>{option.label}</label>
            {option.description ? (
              <div className="hs-field__description" id={`${group}-${option.value}-d`}>
                {option.description}
              </div>
            ) : null}
          </div>
        </div>
      ))}
      {props.validationMessage ? <div className="hs-field__message">{props.validationMessage}</div> : null}
    </fieldset>
  );
}
