import { LIMITS, TEXT_LIMITS } from './limits.ts';
import type { VersionNumber } from './flow-version.ts';

/** What a property's value may be. Every kind but those marked static also takes a reference such as `${data.x}`. */
export type ValueRule =
  /** `blankSince`: the version from which a blank text is rejected; `minChars` rejects an empty one in all versions. */
  | { kind: 'text'; maxChars?: number; blankSince: VersionNumber; minChars?: 1; static?: true }
  /** A text or a list of texts: markdown. */
  | { kind: 'markdown'; maxChars?: number }
  /** The static name of an input. */
  | { kind: 'name' }
  | { kind: 'boolean'; static?: true }
  | { kind: 'number'; min?: number; max?: number; integer?: true }
  | { kind: 'enum'; values: readonly string[]; static?: true }
  | { kind: 'regex' }
  | { kind: 'base64'; maxBytes: (version: VersionNumber) => number; static?: true }
  | { kind: 'color' }
  /** A list of texts, each one of `values` where given. */
  | { kind: 'texts'; values?: readonly string[]; min: number; max?: number; maxChars?: number; static?: true }
  /** A list of objects. `max` is where WhatsApp stops drawing. */
  | { kind: 'items'; item: PropertyTable; min: number; max: number; maxRejected?: true }
  | { kind: 'object'; properties: PropertyTable }
  | { kind: 'action'; on: 'click' | 'select'; names: (version: VersionNumber) => readonly string[] }
  /** A value in CalendarPicker's single mode, `{start-date, end-date}` in its range mode. */
  | { kind: 'by-mode'; value: ValueRule }
  /** A text, or a map from media id to text. */
  | { kind: 'media-error' }
  /** A map from input name to value; checked by the Form rules. */
  | { kind: 'map' }
  | { kind: 'condition' }
  | { kind: 'switch-value' }
  | { kind: 'components'; min: number }
  | { kind: 'cases' };

export type PropertyRule = {
  value: ValueRule;
  required?: true;
  /** First version that knows the property. */
  since?: VersionNumber;
  /** Only where no Form stands around the component (Meta, "Components", Form). */
  outsideForm?: true;
};

export type PropertyTable = Readonly<Record<string, PropertyRule>>;

export type ComponentRule = {
  since: VersionNumber;
  properties: PropertyTable;
  /** Since which version it may stand directly in these containers; it is not allowed in those left out. */
  inside: { layout: VersionNumber; Form?: VersionNumber; If?: VersionNumber; Switch?: VersionNumber };
  /** Type of `${form.name}`; absent for what is no input. */
  valueType?: 'string' | 'boolean' | 'strings' | 'files' | 'by-input-type' | 'by-mode';
  /** In If and Switch by the validator, but not named there in Meta's page. */
  undocumentedInBranches?: true;
};

const ANY = 501;

const text = (maxChars?: number): ValueRule => ({ kind: 'text', maxChars, blankSince: 600 });
/** Texts that Meta rejects when blank in every version: headings, titles and the like. */
const solidText = (maxChars?: number): ValueRule => ({ kind: 'text', maxChars, blankSince: ANY });
const label = (maxChars: number): ValueRule => ({ kind: 'text', maxChars, blankSince: 600, minChars: 1 });
const fixedText = (maxChars?: number): ValueRule => ({ kind: 'text', maxChars, blankSince: ANY, static: true });
const itemText = (maxChars?: number): ValueRule => ({ kind: 'text', maxChars, blankSince: 600, static: true });
const required = (value: ValueRule): PropertyRule => ({ value, required: true });
const optional = (value: ValueRule, since?: VersionNumber): PropertyRule => ({ value, since });
const outside = (value: ValueRule): PropertyRule => ({ value, outsideForm: true });

const BOOLEAN: ValueRule = { kind: 'boolean' };
const NAME: PropertyRule = required({ kind: 'name' });
const TYPE: PropertyRule = required({ kind: 'text', blankSince: ANY, static: true });
const visible = optional(BOOLEAN);
const enabled = optional(BOOLEAN);
const requiredFlag = optional(BOOLEAN);

const SELECT = ['data_exchange', 'update_data'];
const selectOrUpdate: ValueRule = {
  kind: 'action',
  on: 'select',
  names: (version) => (version >= 600 ? SELECT : ['data_exchange']),
};
const selectExchange: ValueRule = { kind: 'action', on: 'select', names: () => ['data_exchange'] };
const updateOnly: ValueRule = { kind: 'action', on: 'select', names: () => ['update_data'] };
const chipsSelect: ValueRule = {
  kind: 'action',
  on: 'select',
  names: (version) => (version >= 701 ? SELECT : ['data_exchange']),
};
const clickAndMove: ValueRule = { kind: 'action', on: 'click', names: () => ['data_exchange', 'navigate'] };
const clickFooter: ValueRule = { kind: 'action', on: 'click', names: () => ['data_exchange', 'navigate', 'complete'] };
const clickLink: ValueRule = {
  kind: 'action',
  on: 'click',
  names: (version) => (version >= 600 ? ['data_exchange', 'navigate', 'open_url'] : ['data_exchange', 'navigate']),
};

const listImageBytes = (version: VersionNumber): number =>
  version >= 600 ? LIMITS.listImageBytes.since600 : LIMITS.listImageBytes.before600;
const imageBytes = (): number => LIMITS.imageBytes;

const OPTION: PropertyTable = {
  id: required(itemText()),
  title: required(itemText(TEXT_LIMITS.optionTitle)),
  description: optional(itemText(TEXT_LIMITS.description)),
  metadata: optional(itemText(TEXT_LIMITS.optionMetadata)),
  enabled: optional(BOOLEAN),
  image: optional({ kind: 'base64', maxBytes: listImageBytes }),
  'alt-text': optional(solidText()),
  color: optional({ kind: 'color' }),
  'on-select-action': optional(updateOnly, 600),
  'on-unselect-action': optional(updateOnly, 600),
};

const CHIP: PropertyTable = {
  id: required(fixedText()),
  title: required(fixedText(TEXT_LIMITS.optionTitle)),
  enabled: optional(BOOLEAN),
  'on-select-action': optional(updateOnly),
  'on-unselect-action': optional(updateOnly),
};

const NAVIGATION_ITEM: PropertyTable = {
  id: required(fixedText()),
  'main-content': required({
    kind: 'object',
    properties: {
      title: required(fixedText(TEXT_LIMITS.itemTitle)),
      description: optional(fixedText(TEXT_LIMITS.itemDescription)),
      metadata: optional(fixedText(TEXT_LIMITS.itemMetadata)),
    },
  }),
  start: optional({
    kind: 'object',
    properties: {
      image: required({ kind: 'base64', maxBytes: listImageBytes, static: true }),
      'alt-text': optional(fixedText()),
    },
  }),
  end: optional({
    kind: 'object',
    properties: {
      title: optional(fixedText(TEXT_LIMITS.itemEnd)),
      description: optional(fixedText(TEXT_LIMITS.itemEnd)),
      metadata: optional(fixedText(TEXT_LIMITS.itemEnd)),
    },
  }),
  badge: optional(fixedText(TEXT_LIMITS.itemBadge)),
  tags: optional({
    kind: 'texts',
    min: 1,
    max: LIMITS.navigationTags,
    maxChars: TEXT_LIMITS.itemTag,
    static: true,
  }),
  enabled: optional({ kind: 'boolean', static: true }),
  'on-click-action': optional(clickAndMove),
};

const optionGroup = (labelChars: number, options: { min: number; max: number }): Record<string, PropertyRule> => ({
  type: TYPE,
  name: NAME,
  label: required(label(labelChars)),
  'data-source': required({ kind: 'items', item: OPTION, min: options.min, max: options.max }),
  required: requiredFlag,
  enabled,
  visible,
  'on-select-action': optional(selectOrUpdate),
  'on-unselect-action': optional(updateOnly, 600),
  'error-message': outside(text()),
});

const MEDIA_SIZE = optional({ kind: 'enum', values: ['regular', 'large'] });
const INIT_TEXT = outside(text());
const INIT_TEXTS = outside({ kind: 'texts', min: 0 });

/** MIME types that DocumentPicker takes. Meta, "Media Upload Components". */
/** What a DocumentPicker can be told to take (Meta, "Media Upload Components"). */
export const DOCUMENT_MIME_TYPES = [
  'application/gzip',
  'application/msword',
  'application/pdf',
  'application/vnd.ms-excel',
  'application/vnd.ms-powerpoint',
  'application/vnd.oasis.opendocument.presentation',
  'application/vnd.oasis.opendocument.spreadsheet',
  'application/vnd.oasis.opendocument.text',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/x-7z-compressed',
  'application/zip',
  'image/avif',
  'image/gif',
  'image/heic',
  'image/heif',
  'image/jpeg',
  'image/png',
  'image/tiff',
  'image/webp',
  'text/plain',
  'video/mp4',
  'video/mpeg',
] as const;

const picker = (files: 'photos' | 'documents'): Record<string, PropertyRule> => ({
  type: TYPE,
  name: NAME,
  label: required(solidText(TEXT_LIMITS.pickerLabel)),
  description: optional(solidText(TEXT_LIMITS.description)),
  'max-file-size-kb': optional({ kind: 'number', ...LIMITS.fileSizeKb, integer: true }),
  [`min-uploaded-${files}`]: optional({ kind: 'number', ...LIMITS.files, integer: true }),
  [`max-uploaded-${files}`]: optional({ kind: 'number', min: 1, max: LIMITS.files.max, integer: true }),
  enabled,
  visible,
  'error-message': outside({ kind: 'media-error' }),
});

const plainText = (maxChars: number): PropertyTable => ({
  type: TYPE,
  text: required(solidText(maxChars)),
  visible,
});

const styledText = (maxChars: number): PropertyTable => ({
  type: TYPE,
  text: required({ kind: 'markdown', maxChars }),
  'font-weight': optional({ kind: 'enum', values: ['bold', 'italic', 'bold_italic', 'normal'] }),
  strikethrough: optional(BOOLEAN),
  markdown: optional({ kind: 'boolean', static: true }),
  visible,
});

const EVERYWHERE = { layout: ANY, Form: ANY, If: ANY, Switch: ANY } as const;
const byMode = (value: ValueRule): ValueRule => ({ kind: 'by-mode', value });

const TABLE: Readonly<Record<string, ComponentRule>> = {
  TextHeading: { since: ANY, inside: EVERYWHERE, properties: plainText(TEXT_LIMITS.heading) },
  TextSubheading: { since: ANY, inside: EVERYWHERE, properties: plainText(TEXT_LIMITS.subheading) },
  TextBody: { since: ANY, inside: EVERYWHERE, properties: styledText(TEXT_LIMITS.body) },
  TextCaption: { since: ANY, inside: EVERYWHERE, properties: styledText(TEXT_LIMITS.caption) },
  RichText: {
    since: ANY,
    inside: { layout: ANY },
    properties: { type: TYPE, text: required({ kind: 'markdown' }), visible },
  },
  TextInput: {
    since: ANY,
    inside: EVERYWHERE,
    valueType: 'by-input-type',
    properties: {
      type: TYPE,
      name: NAME,
      label: required(label(TEXT_LIMITS.inputLabel)),
      'label-variant': optional({ kind: 'enum', values: ['large'], static: true }, 700),
      'input-type': optional({
        kind: 'enum',
        values: ['text', 'number', 'email', 'password', 'passcode', 'phone'],
      }),
      pattern: optional({ kind: 'regex' }, 602),
      required: requiredFlag,
      'min-chars': optional({ kind: 'number' }),
      'max-chars': optional({ kind: 'number' }),
      'helper-text': optional(text(TEXT_LIMITS.helperText)),
      enabled,
      visible,
      'init-value': INIT_TEXT,
      'error-message': outside(text(TEXT_LIMITS.inputError)),
    },
  },
  TextArea: {
    since: ANY,
    inside: EVERYWHERE,
    valueType: 'string',
    properties: {
      type: TYPE,
      name: NAME,
      label: required(label(TEXT_LIMITS.inputLabel)),
      'label-variant': optional({ kind: 'enum', values: ['large'], static: true }, 700),
      required: requiredFlag,
      'max-length': optional({ kind: 'number' }),
      'helper-text': optional(text(TEXT_LIMITS.helperText)),
      enabled,
      visible,
      'init-value': INIT_TEXT,
      'error-message': outside(text()),
    },
  },
  CheckboxGroup: {
    since: ANY,
    inside: EVERYWHERE,
    valueType: 'strings',
    properties: {
      ...optionGroup(TEXT_LIMITS.groupLabel, LIMITS.options),
      description: optional(text(TEXT_LIMITS.description)),
      'min-selected-items': optional({ kind: 'number', min: 0 }),
      'max-selected-items': optional({ kind: 'number', min: 2 }),
      'media-size': MEDIA_SIZE,
      'init-value': INIT_TEXTS,
    },
  },
  RadioButtonsGroup: {
    since: ANY,
    inside: EVERYWHERE,
    valueType: 'string',
    properties: {
      ...optionGroup(TEXT_LIMITS.groupLabel, LIMITS.options),
      description: optional(text(TEXT_LIMITS.description)),
      'media-size': MEDIA_SIZE,
      'init-value': INIT_TEXT,
    },
  },
  Dropdown: {
    since: ANY,
    inside: EVERYWHERE,
    valueType: 'string',
    properties: { ...optionGroup(TEXT_LIMITS.dropdownLabel, LIMITS.dropdownOptions), 'init-value': INIT_TEXT },
  },
  ChipsSelector: {
    since: 603,
    inside: { layout: 603, Form: 603, If: 701, Switch: 701 },
    valueType: 'strings',
    properties: {
      type: TYPE,
      name: NAME,
      label: required(text(TEXT_LIMITS.chipsLabel)),
      'data-source': required({ kind: 'items', item: CHIP, ...LIMITS.chips }),
      description: optional(text(TEXT_LIMITS.description)),
      'min-selected-items': optional({ kind: 'number', min: 0 }),
      'max-selected-items': optional({ kind: 'number', min: 1 }),
      required: requiredFlag,
      enabled,
      visible,
      'on-select-action': optional(chipsSelect),
      'on-unselect-action': optional(updateOnly, 701),
      'init-value': INIT_TEXTS,
      'error-message': outside(text()),
    },
  },
  DatePicker: {
    since: ANY,
    inside: EVERYWHERE,
    valueType: 'string',
    properties: {
      type: TYPE,
      name: NAME,
      label: required(label(TEXT_LIMITS.dateLabel)),
      'min-date': optional(text()),
      'max-date': optional(text()),
      'unavailable-dates': optional({ kind: 'texts', min: 0 }),
      'helper-text': optional(text(TEXT_LIMITS.helperText)),
      required: requiredFlag,
      enabled,
      visible,
      'on-select-action': optional(selectExchange),
      'init-value': INIT_TEXT,
      'error-message': outside(text(TEXT_LIMITS.dateError)),
    },
  },
  CalendarPicker: {
    since: 601,
    inside: { layout: 601, Form: 601, If: 601, Switch: 601 },
    undocumentedInBranches: true,
    valueType: 'by-mode',
    properties: {
      type: TYPE,
      name: NAME,
      label: required(byMode(text(TEXT_LIMITS.dateLabel))),
      mode: optional({ kind: 'enum', values: ['single', 'range'] }),
      title: optional(text(TEXT_LIMITS.calendarTitle)),
      description: optional(text(TEXT_LIMITS.description)),
      'helper-text': optional(byMode(text(TEXT_LIMITS.helperText))),
      required: optional(byMode(BOOLEAN)),
      'min-date': optional(text()),
      'max-date': optional(text()),
      'unavailable-dates': optional({ kind: 'texts', min: 0 }),
      'include-days': optional({
        kind: 'texts',
        values: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'],
        min: 1,
      }),
      'min-days': optional({ kind: 'number', integer: true }),
      'max-days': optional({ kind: 'number', integer: true }),
      'on-select-action': optional(selectExchange),
      enabled,
      visible,
      'init-value': outside(byMode(text())),
      'error-message': outside(byMode(text(TEXT_LIMITS.dateError))),
    },
  },
  OptIn: {
    since: ANY,
    inside: EVERYWHERE,
    valueType: 'boolean',
    properties: {
      type: TYPE,
      name: NAME,
      label: required(label(TEXT_LIMITS.optInLabel)),
      required: requiredFlag,
      visible,
      'on-click-action': optional(clickLink),
      'on-select-action': optional(updateOnly, 600),
      'on-unselect-action': optional(updateOnly, 600),
      'init-value': outside(BOOLEAN),
    },
  },
  PhotoPicker: {
    since: ANY,
    inside: EVERYWHERE,
    undocumentedInBranches: true,
    valueType: 'files',
    properties: {
      ...picker('photos'),
      'photo-source': optional({ kind: 'enum', values: ['camera_gallery', 'camera', 'gallery'] }),
    },
  },
  DocumentPicker: {
    since: ANY,
    inside: EVERYWHERE,
    undocumentedInBranches: true,
    valueType: 'files',
    properties: {
      ...picker('documents'),
      'allowed-mime-types': optional({ kind: 'texts', values: DOCUMENT_MIME_TYPES, min: 1 }),
    },
  },
  Footer: {
    since: ANY,
    inside: EVERYWHERE,
    properties: {
      type: TYPE,
      label: required(label(TEXT_LIMITS.footerLabel)),
      'left-caption': optional(text(TEXT_LIMITS.footerCaption)),
      'center-caption': optional(text(TEXT_LIMITS.footerCaption)),
      'right-caption': optional(text(TEXT_LIMITS.footerCaption)),
      enabled,
      'on-click-action': required(clickFooter),
    },
  },
  EmbeddedLink: {
    since: ANY,
    inside: EVERYWHERE,
    properties: {
      type: TYPE,
      text: required(solidText(TEXT_LIMITS.linkText)),
      visible,
      'on-click-action': required(clickLink),
    },
  },
  Image: {
    since: ANY,
    inside: EVERYWHERE,
    properties: {
      type: TYPE,
      src: required({ kind: 'base64', maxBytes: imageBytes }),
      width: optional({ kind: 'number' }),
      height: optional({ kind: 'number' }),
      'scale-type': optional({ kind: 'enum', values: ['cover', 'contain'] }),
      'aspect-ratio': optional({ kind: 'number' }),
      'alt-text': optional(text()),
      visible,
    },
  },
  ImageCarousel: {
    since: 701,
    inside: { layout: 701, Form: 701 },
    properties: {
      type: TYPE,
      images: required({
        kind: 'items',
        item: {
          src: required({ kind: 'base64', maxBytes: imageBytes }),
          'alt-text': required(solidText()),
        },
        min: 1,
        max: LIMITS.carouselImages,
        maxRejected: true,
      }),
      'aspect-ratio': optional({ kind: 'enum', values: ['4:3', '16:9'] }),
      'scale-type': optional({ kind: 'enum', values: ['cover', 'contain'] }),
      visible,
    },
  },
  NavigationList: {
    since: 602,
    inside: { layout: 602, Form: 602 },
    valueType: 'string',
    properties: {
      type: TYPE,
      name: NAME,
      label: optional(text(TEXT_LIMITS.listLabel)),
      description: optional(text(TEXT_LIMITS.description)),
      'media-size': MEDIA_SIZE,
      'list-items': required({ kind: 'items', item: NAVIGATION_ITEM, ...LIMITS.navigationItems }),
      'on-click-action': optional(clickAndMove),
      visible,
    },
  },
  Form: {
    since: ANY,
    inside: { layout: ANY },
    properties: {
      type: TYPE,
      name: NAME,
      children: required({ kind: 'components', min: 0 }),
      'init-values': optional({ kind: 'map' }),
      'error-messages': optional({ kind: 'map' }),
    },
  },
  If: {
    since: ANY,
    inside: { layout: ANY, Form: ANY, If: ANY },
    properties: {
      type: TYPE,
      condition: required({ kind: 'condition' }),
      then: required({ kind: 'components', min: 1 }),
      else: optional({ kind: 'components', min: 0 }),
    },
  },
  Switch: {
    since: ANY,
    inside: { layout: ANY, Form: ANY, If: ANY },
    properties: {
      type: TYPE,
      value: required({ kind: 'switch-value' }),
      cases: required({ kind: 'cases' }),
    },
  },
};

/**
 * Every component: since when, where it may stand, and each of its properties. Meta, "Components" and "Media Upload
 * Components"; our reference `whatsapp-flows`, section 4.
 */
export const COMPONENTS: ReadonlyMap<string, ComponentRule> = new Map(Object.entries(TABLE));

/** Inputs that must stand inside the Form once a screen has one. Meta, error COMPONENTS_OUTSIDE_FORM. */
export const FORM_INPUTS: ReadonlySet<string> = new Set([
  'CheckboxGroup',
  'RadioButtonsGroup',
  'TextArea',
  'TextInput',
  'OptIn',
  'Dropdown',
  'DatePicker',
  'PhotoPicker',
  'DocumentPicker',
]);

/** The two components whose value is a list of files. */
export const PICKERS: ReadonlySet<string> = new Set(['PhotoPicker', 'DocumentPicker']);

/** Whether a component of this type carries a value, so that `${form.name}` can name it. */
export function isInput(type: string): boolean {
  return COMPONENTS.get(type)?.valueType !== undefined;
}
