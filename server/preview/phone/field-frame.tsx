import type { ReactElement, ReactNode } from 'react';
import type { FieldValue } from '@flowella/shared/phone/screen-view.ts';
import { Icon } from './icons.tsx';
import { usePhoneContext } from './phone-context.ts';

/** What every field component gets from its screen. */
export type FieldActions = {
  /** Answers the field. */
  onChange(name: string, value: FieldValue): void;
  /** The person has left the field. */
  onLeave(name: string): void;
  /** Presses a component's own link. */
  onPress(componentId: string, itemId?: string): void;
  /** True while the endpoint is being asked: nothing can be changed. */
  isBusy: boolean;
};

/** Ids that tie an input to the texts below it, for screen readers. */
export function describedBy(
  id: string,
  input: { error: string | null; helperText: string | null },
): string | undefined {
  if (input.error !== null) return `${id}-error`;
  return input.helperText === null ? undefined : `${id}-help`;
}

/** The line below a field: the error in red, else the helper text, and a counter at the end. */
export function FieldFoot(props: {
  id: string;
  error: string | null;
  helperText: string | null;
  counter?: ReactNode;
}): ReactElement | null {
  const { id, error, helperText, counter } = props;
  if (error === null && helperText === null && counter === undefined) return null;
  return (
    <div className="ph-field-foot">
      {error === null ? (
        <span id={`${id}-help`} className="ph-help" dir="auto">
          {helperText}
        </span>
      ) : (
        <span id={`${id}-error`} className="ph-error" role="alert" dir="auto">
          <Icon name="alert" />
          {error}
        </span>
      )}
      {counter}
    </div>
  );
}

/** A field's label with *optional* behind it where no answer is needed. */
export function useLabel(label: string, isRequired: boolean): string {
  const { texts } = usePhoneContext();
  return isRequired ? label : `${label} (${texts.optional})`;
}
