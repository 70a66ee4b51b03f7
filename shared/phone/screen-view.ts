import type { PickedFile } from './expressions.ts';

/** A range as the CalendarPicker gives it; dates are `YYYY-MM-DD`, empty while not chosen. */
export type DateRange = { 'start-date': string; 'end-date': string };

/** What a person can put into a field: text, date or option id; a tick; several ids; a range; files. */
export type FieldValue = string | boolean | string[] | DateRange | PickedFile[];

export type OptionView = {
  id: string;
  title: string;
  description: string | null;
  metadata: string | null;
  enabled: boolean;
  /** Base64 without a data-URI prefix. */
  image: string | null;
  altText: string | null;
  color: string | null;
};

type Input = {
  /** Stable while the flow is open: screen id and place in the layout. */
  id: string;
  name: string;
  label: string;
  description: string | null;
  helperText: string | null;
  required: boolean;
  enabled: boolean;
  /** What stands in red at the field now, from the endpoint or from the phone's own checks. */
  error: string | null;
};

export type TextInputView = Input & {
  kind: 'text-input';
  inputType: 'text' | 'number' | 'email' | 'password' | 'passcode' | 'phone';
  value: string;
  minChars: number | null;
  maxChars: number;
  pattern: string | null;
  isLabelLarge: boolean;
};
export type TextAreaView = Input & { kind: 'text-area'; value: string; maxChars: number; isLabelLarge: boolean };
/** One answer out of several: `radio` shows all, `dropdown` opens a list. */
export type ChoiceView = Input & {
  kind: 'radio' | 'dropdown';
  value: string;
  options: OptionView[];
  mediaSize: 'regular' | 'large';
};
/** Several answers: `checkboxes` as rows, `chips` as rounded boxes. */
export type ChoicesView = Input & {
  kind: 'checkboxes' | 'chips';
  value: string[];
  options: OptionView[];
  minSelected: number | null;
  maxSelected: number | null;
  mediaSize: 'regular' | 'large';
};
export type DateView = Input & { kind: 'date'; value: string; limits: DateLimits };
export type CalendarView = Input & {
  kind: 'calendar';
  title: string | null;
  limits: DateLimits;
  minDays: number | null;
  maxDays: number | null;
} & (
    | { mode: 'single'; value: string }
    | {
        mode: 'range';
        value: DateRange;
        labels: DateRange;
        helperTexts: { 'start-date': string | null; 'end-date': string | null };
      }
  );
/** Days are `YYYY-MM-DD`; `includeDays` are weekdays as Meta writes them (`Mon` … `Sun`), `null` for all. */
export type DateLimits = { min: string; max: string; unavailable: string[]; includeDays: string[] | null };
export type OptInView = Input & { kind: 'opt-in'; value: boolean; hasReadMore: boolean };
export type PickerView = Input & {
  kind: 'photos' | 'documents';
  value: PickedFile[];
  minFiles: number;
  maxFiles: number;
  maxFileKb: number;
  source: 'camera_gallery' | 'camera' | 'gallery';
  mimeTypes: string[] | null;
};

export type InputView =
  TextInputView | TextAreaView | ChoiceView | ChoicesView | DateView | CalendarView | OptInView | PickerView;

export type ListItemView = {
  id: string;
  title: string;
  description: string | null;
  metadata: string | null;
  startImage: string | null;
  startAltText: string | null;
  endTitle: string | null;
  endDescription: string | null;
  endMetadata: string | null;
  badge: string | null;
  tags: string[];
  enabled: boolean;
};

export type DisplayView =
  | { kind: 'heading' | 'subheading'; id: string; text: string }
  | {
      kind: 'body' | 'caption';
      id: string;
      paragraphs: string[];
      isMarkdown: boolean;
      weight: 'normal' | 'bold' | 'italic' | 'bold_italic';
      isStruck: boolean;
    }
  | { kind: 'rich-text'; id: string; paragraphs: string[] }
  | {
      kind: 'image';
      id: string;
      src: string;
      width: number | null;
      height: number | null;
      aspectRatio: number;
      fit: 'contain' | 'cover';
      altText: string;
    }
  | {
      kind: 'carousel';
      id: string;
      images: { src: string; altText: string }[];
      aspectRatio: '4:3' | '16:9';
      fit: 'contain' | 'cover';
    }
  | { kind: 'link'; id: string; text: string; url: string | null }
  | {
      kind: 'navigation-list';
      id: string;
      name: string;
      label: string | null;
      description: string | null;
      mediaSize: 'regular' | 'large';
      items: ListItemView[];
    };

export type ComponentView = InputView | DisplayView;

export type FooterView = {
  id: string;
  label: string;
  /** Grey when false: something required is still missing, or the flow says so. */
  enabled: boolean;
  leftCaption: string | null;
  centerCaption: string | null;
  rightCaption: string | null;
};

export type ScreenView = {
  id: string;
  title: string;
  components: ComponentView[];
  footer: FooterView | null;
  canGoBack: boolean;
  /** Id of the component that shows a spinner while the endpoint is asked, else `null`. */
  busy: string | null;
  /** Text of the snackbar, else `null`. */
  notice: string | null;
};

/** A line of what the person can look up again in the chat after sending. */
export type SummaryLine = { label: string; value: string };

export type FlowOutcome =
  | { kind: 'submitted'; responseJson: Record<string, unknown>; summary: SummaryLine[]; lastScreen: string }
  | { kind: 'revoked'; text: string }
  | { kind: 'dismissed' };

export type PhoneView =
  | { kind: 'opening' }
  | { kind: 'screen'; screen: ScreenView }
  | { kind: 'broken'; text: string; clientError: ClientError }
  | { kind: 'closed'; outcome: FlowOutcome };

/** Names of what went wrong on the client (Meta, "Webhooks" of Flows, error types). */
export type ClientError =
  | 'timeout_error'
  | 'missing_capability'
  | 'cannot_be_served'
  | 'no_http_response_error'
  | 'unexpected_http_status_code'
  | 'public-key-missing'
  | 'response-decryption-error'
  | 'invalid-screen-transition'
  | 'payload-schema-error'
  | 'business-decryption-error';
