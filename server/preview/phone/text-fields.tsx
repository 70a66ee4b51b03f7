import { useEffect, useRef, useState, type ReactElement } from 'react';
import type { TextAreaView, TextInputView } from '@flowella/shared/phone/screen-view.ts';
import { describedBy, FieldFoot, useLabel, type FieldActions } from './field-frame.tsx';
import { usePhoneContext } from './phone-context.ts';

const INPUT_MODES = {
  text: 'text',
  number: 'decimal',
  email: 'email',
  password: 'text',
  passcode: 'numeric',
  phone: 'tel',
} as const;

/** One line of text. Passwords and passcodes are dotted, with a button that shows them. */
export function TextField({ input, actions }: { input: TextInputView; actions: FieldActions }): ReactElement {
  const { texts } = usePhoneContext();
  const [isShown, setShown] = useState(false);
  const label = useLabel(input.label, input.required);
  const isSecret = input.inputType === 'password' || input.inputType === 'passcode';
  return (
    <div className={fieldClass(input)}>
      {input.isLabelLarge ? (
        <label className="ph-large-label" htmlFor={input.id} dir="auto">
          {label}
        </label>
      ) : null}
      <div className="ph-box">
        <input
          id={input.id}
          className="ph-input"
          type={isSecret && !isShown ? 'password' : 'text'}
          inputMode={INPUT_MODES[input.inputType]}
          autoComplete="off"
          dir="auto"
          placeholder=" "
          value={input.value}
          disabled={!input.enabled}
          readOnly={actions.isBusy}
          aria-required={input.required}
          aria-invalid={input.error !== null}
          aria-describedby={describedBy(input.id, input)}
          onChange={(event) => actions.onChange(input.name, event.target.value)}
          onBlur={() => actions.onLeave(input.name)}
        />
        {input.isLabelLarge ? null : (
          <label className="ph-float" htmlFor={input.id} dir="auto">
            {label}
          </label>
        )}
        {isSecret && input.value !== '' ? (
          <button type="button" className="ph-text-button" aria-pressed={isShown} onClick={() => setShown(!isShown)}>
            {isShown ? texts.hidePassword : texts.showPassword}
          </button>
        ) : null}
      </div>
      <FieldFoot {...input} counter={<Counter value={input.value} max={input.maxChars} isAlwaysShown={false} />} />
    </div>
  );
}

/** Several lines of text; grows with what is written. */
export function TextAreaField({ input, actions }: { input: TextAreaView; actions: FieldActions }): ReactElement {
  const area = useRef<HTMLTextAreaElement>(null);
  const label = useLabel(input.label, input.required);
  useEffect(() => {
    if (area.current === null) return;
    area.current.style.blockSize = 'auto';
    area.current.style.blockSize = `${area.current.scrollHeight}px`;
  }, [input.value]);
  return (
    <div className={fieldClass(input)}>
      {input.isLabelLarge ? (
        <label className="ph-large-label" htmlFor={input.id} dir="auto">
          {label}
        </label>
      ) : null}
      <div className="ph-box ph-box-area">
        <textarea
          ref={area}
          id={input.id}
          className="ph-input"
          rows={3}
          dir="auto"
          placeholder=" "
          value={input.value}
          disabled={!input.enabled}
          readOnly={actions.isBusy}
          aria-required={input.required}
          aria-invalid={input.error !== null}
          aria-describedby={describedBy(input.id, input)}
          onChange={(event) => actions.onChange(input.name, event.target.value)}
          onBlur={() => actions.onLeave(input.name)}
        />
        {input.isLabelLarge ? null : (
          <label className="ph-float" htmlFor={input.id} dir="auto">
            {label}
          </label>
        )}
      </div>
      <FieldFoot {...input} counter={<Counter value={input.value} max={input.maxChars} isAlwaysShown />} />
    </div>
  );
}

/** A short field shows its counter only when the end is near; a long one as soon as something is written. */
function Counter(props: { value: string; max: number; isAlwaysShown: boolean }): ReactElement | null {
  const { texts } = usePhoneContext();
  const count = props.value.length;
  if (count === 0 || (!props.isAlwaysShown && count < props.max * 0.8)) return null;
  return (
    <span className="ph-counter" aria-label={texts.characters(count, props.max)}>
      {count}/{props.max}
    </span>
  );
}

/** The classes of a boxed field. */
export function fieldClass(input: { error: string | null; enabled: boolean }): string {
  return ['ph-field', input.error === null ? '' : 'is-wrong', input.enabled ? '' : 'is-off'].filter(Boolean).join(' ');
}
