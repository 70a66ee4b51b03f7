import { useRef, type ReactElement } from 'react';
import type { OptInView, PickerView } from '@flowella/shared/phone/screen-view.ts';
import { describedBy, FieldFoot, useLabel, type FieldActions } from './field-frame.tsx';
import { Icon } from './icons.tsx';
import { usePhoneContext } from './phone-context.ts';
import { fieldClass } from './text-fields.tsx';

/** A tick with its sentence and, where the flow has one, a link to read more. */
export function OptInField({ input, actions }: { input: OptInView; actions: FieldActions }): ReactElement {
  const { texts } = usePhoneContext();
  const label = useLabel(input.label, input.required);
  return (
    <div className="ph-field ph-opt-in">
      <label className="ph-opt-in-label">
        <input
          className="ph-native"
          type="checkbox"
          checked={input.value}
          disabled={!input.enabled || actions.isBusy}
          aria-required={input.required}
          aria-invalid={input.error !== null}
          aria-describedby={describedBy(input.id, input)}
          onChange={(event) => actions.onChange(input.name, event.target.checked)}
        />
        <span className="ph-mark ph-mark-box" aria-hidden="true">
          <Icon name="check" />
        </span>
        <span dir="auto">{label}</span>
      </label>
      {input.hasReadMore ? (
        <button
          type="button"
          className="ph-link"
          aria-label={`${texts.readMore}: ${input.label}`}
          disabled={actions.isBusy}
          onClick={() => actions.onPress(input.id)}
        >
          {texts.readMore}
        </button>
      ) : null}
      <FieldFoot {...input} />
    </div>
  );
}

/** A dashed box that takes photos or documents, with what has been chosen below it. */
export function PickerField({ input, actions }: { input: PickerView; actions: FieldActions }): ReactElement {
  const { texts } = usePhoneContext();
  const chooser = useRef<HTMLInputElement>(null);
  const label = useLabel(input.label, input.required);
  const isPhoto = input.kind === 'photos';
  const add = async (list: FileList): Promise<void> => {
    const files = await Promise.all(
      Array.from(list, async (file) => ({
        fileName: file.name,
        mimeType: file.type,
        bytes: new Uint8Array(await file.arrayBuffer()),
      })),
    );
    actions.onChange(input.name, [...input.value, ...files]);
    actions.onLeave(input.name);
  };
  return (
    <div className={fieldClass(input)} role="group" aria-label={label}>
      <p className="ph-picker-label" dir="auto">
        {label}
      </p>
      {input.description === null ? null : (
        <p className="ph-group-description" dir="auto">
          {input.description}
        </p>
      )}
      <button
        type="button"
        id={input.id}
        className="ph-picker"
        disabled={!input.enabled || actions.isBusy || input.value.length >= input.maxFiles}
        aria-describedby={describedBy(input.id, input)}
        onClick={() => chooser.current?.click()}
      >
        <Icon name={isPhoto ? 'camera' : 'document'} />
        <span>{isPhoto ? texts.addPhoto : texts.addDocument}</span>
        <span className="ph-picker-count">{texts.filesOf(input.value.length, input.maxFiles)}</span>
      </button>
      <input
        ref={chooser}
        type="file"
        hidden
        data-field={input.name}
        multiple={input.maxFiles > 1}
        accept={isPhoto ? 'image/jpeg,image/png,image/heic,image/webp' : (input.mimeTypes ?? []).join(',')}
        {...(isPhoto && input.source === 'camera' ? { capture: 'environment' } : {})}
        onChange={(event) => {
          if (event.target.files !== null) void add(event.target.files);
          event.target.value = '';
        }}
      />
      {input.value.length === 0 ? null : (
        <ul className="ph-files">
          {input.value.map((file, index) => (
            <li key={`${file.fileName} ${index}`}>
              <Icon name={isPhoto ? 'camera' : 'document'} />
              <span dir="auto">{file.fileName}</span>
              <span className="ph-help">{Math.ceil(file.bytes.length / 1024)} KB</span>
              <button
                type="button"
                className="ph-icon-button"
                aria-label={texts.removeFile(file.fileName)}
                disabled={actions.isBusy}
                onClick={() => actions.onChange(input.name, input.value.toSpliced(index, 1))}
              >
                <Icon name="trash" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <FieldFoot {...input} />
    </div>
  );
}
