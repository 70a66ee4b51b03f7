import type { ReactElement } from 'react';
import type { ComponentView } from '@flowella/shared/phone/screen-view.ts';
import { ChipsField, DropdownField, OptionRows } from './choice-fields.tsx';
import { CalendarField, DateField } from './date-fields.tsx';
import { Carousel, NavigationList, PictureBlock, TextBlock } from './display-parts.tsx';
import type { FieldActions } from './field-frame.tsx';
import { Markdown } from './markdown.tsx';
import { OptInField, PickerField } from './other-fields.tsx';
import { TextAreaField, TextField } from './text-fields.tsx';

/** Draws one component of a flow's screen. */
export function FlowComponent({ part, actions }: { part: ComponentView; actions: FieldActions }): ReactElement | null {
  switch (part.kind) {
    case 'heading':
      return (
        <h2 className="ph-heading" dir="auto">
          {part.text}
        </h2>
      );
    case 'subheading':
      return (
        <h3 className="ph-subheading" dir="auto">
          {part.text}
        </h3>
      );
    case 'body':
    case 'caption':
      return <TextBlock part={part} />;
    case 'rich-text':
      return (
        <div className="ph-body ph-rich">
          <Markdown paragraphs={part.paragraphs} isRich />
        </div>
      );
    case 'image':
      return <PictureBlock part={part} />;
    case 'carousel':
      return <Carousel part={part} />;
    case 'link':
      return (
        <button type="button" className="ph-link" disabled={actions.isBusy} onClick={() => actions.onPress(part.id)}>
          {part.text}
        </button>
      );
    case 'navigation-list':
      return <NavigationList part={part} actions={actions} />;
    case 'text-input':
      return <TextField input={part} actions={actions} />;
    case 'text-area':
      return <TextAreaField input={part} actions={actions} />;
    case 'radio':
    case 'checkboxes':
      return <OptionRows input={part} actions={actions} />;
    case 'dropdown':
      return <DropdownField input={part} actions={actions} />;
    case 'chips':
      return <ChipsField input={part} actions={actions} />;
    case 'date':
      return <DateField input={part} actions={actions} />;
    case 'calendar':
      return <CalendarField input={part} actions={actions} />;
    case 'opt-in':
      return <OptInField input={part} actions={actions} />;
    case 'photos':
    case 'documents':
      return <PickerField input={part} actions={actions} />;
  }
}
