import { useState, type KeyboardEvent, type ReactElement } from 'react';
import type { ChoicesView, ChoiceView, OptionView } from '@flowella/shared/phone/screen-view.ts';
import { Dialog } from './dialog.tsx';
import { describedBy, FieldFoot, useLabel, type FieldActions } from './field-frame.tsx';
import { Icon } from './icons.tsx';
import { usePhoneContext } from './phone-context.ts';
import { Picture } from './picture.tsx';
import { fieldClass } from './text-fields.tsx';

/** Radio buttons or check boxes as full-width rows with the mark at the end. */
export function OptionRows({
  input,
  actions,
}: {
  input: ChoiceView | ChoicesView;
  actions: FieldActions;
}): ReactElement {
  const label = useLabel(input.label, input.required);
  return (
    <fieldset
      className="ph-group"
      aria-required={input.required}
      aria-describedby={describedBy(input.id, input)}
      aria-invalid={input.error !== null}
      disabled={!input.enabled || actions.isBusy}
      role={input.kind === 'radio' ? 'radiogroup' : 'group'}
    >
      <legend dir="auto">{label}</legend>
      {input.description === null ? null : (
        <p className="ph-group-description" dir="auto">
          {input.description}
        </p>
      )}
      <div className="ph-rows">
        {input.options.map((option) => (
          <OptionRow
            key={option.id}
            option={option}
            group={input.id}
            isMany={input.kind === 'checkboxes'}
            isLarge={input.mediaSize === 'large'}
            isChosen={isChosen(input, option.id)}
            onPick={() => actions.onChange(input.name, picked(input, option.id))}
          />
        ))}
      </div>
      <FieldFoot {...input} />
    </fieldset>
  );
}

/** One row of a list of options. */
function OptionRow(props: {
  option: OptionView;
  group: string;
  isMany: boolean;
  isLarge: boolean;
  isChosen: boolean;
  onPick(): void;
}): ReactElement {
  const { option, isMany, isChosen } = props;
  return (
    <label className={option.enabled ? 'ph-row' : 'ph-row is-off'}>
      <OptionMedia option={option} isLarge={props.isLarge} />
      <OptionTexts option={option} />
      <input
        className="ph-native"
        type={isMany ? 'checkbox' : 'radio'}
        name={props.group}
        checked={isChosen}
        disabled={!option.enabled}
        onChange={props.onPick}
      />
      <span className={isMany ? 'ph-mark ph-mark-box' : 'ph-mark'} aria-hidden="true">
        {isMany ? <Icon name="check" /> : null}
      </span>
    </label>
  );
}

function OptionTexts({ option }: { option: OptionView }): ReactElement {
  return (
    <>
      <span className="ph-row-texts">
        <span className="ph-row-title" dir="auto">
          {option.title}
        </span>
        {option.description === null ? null : (
          <span className="ph-row-description" dir="auto">
            {option.description}
          </span>
        )}
      </span>
      {option.metadata === null ? null : (
        <span className="ph-row-metadata" dir="auto">
          {option.metadata}
        </span>
      )}
    </>
  );
}

function OptionMedia({ option, isLarge }: { option: OptionView; isLarge: boolean }): ReactElement | null {
  const size = isLarge ? 'ph-media is-large' : 'ph-media';
  if (option.image !== null) return <Picture className={size} base64={option.image} alt={option.altText ?? ''} />;
  // Meta allows `#RRGGBB` only; anything else is not put into a style.
  if (option.color !== null && /^#[0-9a-f]{6}$/i.test(option.color)) {
    return <span className={size} style={{ background: option.color }} role="img" aria-label={option.altText ?? ''} />;
  }
  return null;
}

/** A row of an opened list: arrow keys move over the rows, and only Enter, Space or a tap chooses. */
function OptionButton(props: { option: OptionView; isChosen: boolean; onPick(): void }): ReactElement {
  const { option, isChosen } = props;
  return (
    <button
      type="button"
      className="ph-row"
      role="radio"
      aria-checked={isChosen}
      disabled={!option.enabled}
      {...(isChosen ? { 'data-autofocus': true } : {})}
      onClick={props.onPick}
    >
      <OptionMedia option={option} isLarge={false} />
      <OptionTexts option={option} />
      <span className="ph-mark" aria-hidden="true" />
    </button>
  );
}

function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('button:not(:disabled)')];
  const index = rows.findIndex((row) => row === document.activeElement);
  rows[(index + step + rows.length) % rows.length]?.focus();
}

/** Rounded boxes that wrap, several may be chosen. */
export function ChipsField({ input, actions }: { input: ChoicesView; actions: FieldActions }): ReactElement {
  const label = useLabel(input.label, input.required);
  return (
    <fieldset
      className="ph-group"
      aria-required={input.required}
      aria-describedby={describedBy(input.id, input)}
      disabled={!input.enabled || actions.isBusy}
    >
      <legend dir="auto">{label}</legend>
      {input.description === null ? null : (
        <p className="ph-group-description" dir="auto">
          {input.description}
        </p>
      )}
      <div className="ph-chips">
        {input.options.map((option) => (
          <label key={option.id} className={option.enabled ? 'ph-chip' : 'ph-chip is-off'}>
            <input
              className="ph-native"
              type="checkbox"
              checked={isChosen(input, option.id)}
              disabled={!option.enabled}
              onChange={() => actions.onChange(input.name, picked(input, option.id))}
            />
            <span dir="auto">{option.title}</span>
          </label>
        ))}
      </div>
      <FieldFoot {...input} />
    </fieldset>
  );
}

/** A box that opens the list of options as a sheet. */
export function DropdownField({ input, actions }: { input: ChoiceView; actions: FieldActions }): ReactElement {
  const { texts } = usePhoneContext();
  const [isOpen, setOpen] = useState(false);
  const label = useLabel(input.label, input.required);
  const chosen = input.options.find((option) => option.id === input.value);
  const close = (): void => {
    setOpen(false);
    actions.onLeave(input.name);
  };
  return (
    <div className={fieldClass(input)}>
      <button
        type="button"
        id={input.id}
        className={chosen === undefined ? 'ph-box ph-select' : 'ph-box ph-select is-filled'}
        disabled={!input.enabled || actions.isBusy}
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        aria-describedby={describedBy(input.id, input)}
        aria-label={chosen === undefined ? label : `${label}: ${chosen.title}`}
        onClick={() => setOpen(true)}
      >
        <span className="ph-float" dir="auto">
          {label}
        </span>
        <span className="ph-select-value" dir="auto">
          {chosen?.title}
        </span>
        <Icon name="down" />
      </button>
      <FieldFoot {...input} />
      {isOpen ? (
        <Dialog
          title={input.label}
          onClose={close}
          footer={
            input.required || chosen === undefined ? undefined : (
              <button
                type="button"
                className="ph-text-button"
                onClick={() => {
                  actions.onChange(input.name, '');
                  close();
                }}
              >
                {texts.clear}
              </button>
            )
          }
        >
          <div className="ph-rows" role="radiogroup" aria-label={input.label} onKeyDown={moveFocus}>
            {input.options.map((option) => (
              <OptionButton
                key={option.id}
                option={option}
                isChosen={option.id === input.value}
                onPick={() => {
                  actions.onChange(input.name, option.id);
                  close();
                }}
              />
            ))}
          </div>
        </Dialog>
      ) : null}
    </div>
  );
}

function isChosen(input: ChoiceView | ChoicesView, id: string): boolean {
  return typeof input.value === 'string' ? input.value === id : input.value.includes(id);
}

/** The value after a tap: the option itself, or the list with it added in the order of the options or taken out. */
function picked(input: ChoiceView | ChoicesView, id: string): string | string[] {
  if (typeof input.value === 'string') return id;
  const chosen = new Set(input.value);
  if (!chosen.delete(id)) chosen.add(id);
  return input.options.map((option) => option.id).filter((optionId) => chosen.has(optionId));
}
