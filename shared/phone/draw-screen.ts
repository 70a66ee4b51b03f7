import type { FlowComponent, FlowScreen, JsonValue } from '../flow-json/flow-json.ts';
import { booleanOf, numberOf, oneOf, recordsOf, resolve, textOf, textsOf } from './bindings.ts';
import { checkField } from './check-field.ts';
import { isRecord } from './data-model.ts';
import { drawInput } from './draw-input.ts';
import { evaluateCondition, type PhoneValue, type Scope } from './expressions.ts';
import { caseNames, caseOf, childrenOf, isEmptyValue, isInput, readMember } from './fields.ts';
import type { PhoneTexts } from './phone-texts.ts';
import type { ComponentView, DisplayView, FieldValue, FooterView, InputView, ListItemView } from './screen-view.ts';

/** What a person has done on one screen so far, and what the screen was given. */
export type ScreenState = {
  screen: FlowScreen;
  data: Record<string, JsonValue>;
  values: Map<string, FieldValue>;
  /** Fields whose own check may show: left once, or the button was pressed. */
  checked: Set<string>;
  /** Fields edited since the endpoint's errors came: those errors no longer show. */
  edited: Set<string>;
};

export type DrawnScreen = {
  title: string;
  components: ComponentView[];
  footer: FooterView | null;
  /** The component behind each id in `components` and `footer`. */
  sources: Map<string, FlowComponent>;
  /** Names of visible fields that the phone itself would not let go. */
  invalid: string[];
};

type Drawing = {
  state: ScreenState;
  scope: Scope;
  texts: PhoneTexts;
  drawn: DrawnScreen;
  isIncomplete: boolean;
};

/** The component is not known to this version of the app: it cannot show the screen. */
export class UnknownComponentError extends Error {
  constructor(type: string) {
    super(`This app does not know the component ${type}.`);
    this.name = 'UnknownComponentError';
  }
}

/**
 * Draws what a person sees of a screen now. The button is grey while a required field is empty, also a hidden one:
 * a field that is required must follow its own visibility (seen in the field; the stricter reading is taken).
 * Throws UnknownComponentError and ExpressionError for flows that Meta would not publish.
 */
export function drawScreen(state: ScreenState, scope: Scope, texts: PhoneTexts): DrawnScreen {
  const drawn: DrawnScreen = {
    title: textOf(resolve(state.screen.title, scope)) ?? '',
    components: [],
    footer: null,
    sources: new Map(),
    invalid: [],
  };
  const drawing: Drawing = { state, scope, texts, drawn, isIncomplete: false };
  drawAll(state.screen.layout.children, state.screen.id, null, drawing);
  if (drawn.footer !== null && drawing.isIncomplete) drawn.footer = { ...drawn.footer, enabled: false };
  return drawn;
}

/** What a component cannot be drawn without. Meta, "Components", required properties. */
const NEEDED = ['text', 'label', 'src', 'images', 'data-source', 'list-items'] as const;

/** The reference of a visible component's required property that leads to no data: the client cannot draw the screen then. */
export function unmetReference(drawn: DrawnScreen, scope: Scope): string | null {
  for (const component of drawn.sources.values()) {
    for (const property of NEEDED) {
      const value = component[property];
      if (typeof value !== 'string' || !value.startsWith('${data.')) continue;
      if (resolve(value, scope) === undefined) return value;
    }
  }
  return null;
}

function drawAll(components: FlowComponent[], path: string, form: FlowComponent | null, drawing: Drawing): void {
  components.forEach((component, index) => drawOne(component, `${path}.${index}`, form, drawing));
}

function drawOne(component: FlowComponent, id: string, form: FlowComponent | null, drawing: Drawing): void {
  const { scope, drawn } = drawing;
  switch (component.type) {
    case 'Form':
      return drawAll(childrenOf(component, 'children'), id, component, drawing);
    case 'If': {
      const branch = evaluateCondition(String(component.condition), scope) ? 'then' : 'else';
      return drawAll(childrenOf(component, branch), `${id}.${branch}`, form, drawing);
    }
    case 'Switch': {
      const name = textOf(resolve(component.value, scope)) ?? '';
      // A case of this name stands for every value that has none of its own (WhatsApp's own client).
      const taken = caseNames(component).includes(name) ? name : 'default';
      return drawAll(caseOf(component, taken), `${id}.${taken}`, form, drawing);
    }
    case 'Footer':
      drawn.sources.set(id, component);
      drawn.footer = drawFooter(component, id, scope);
      return;
  }
  const isVisible = booleanOf(resolve(component.visible, scope), true);
  if (isInput(component)) return addInput(component, id, form, isVisible, drawing);
  if (!isVisible) return;
  drawn.sources.set(id, component);
  drawn.components.push(drawDisplay(component, id, scope));
}

function addInput(
  component: FlowComponent,
  id: string,
  form: FlowComponent | null,
  isVisible: boolean,
  drawing: Drawing,
): void {
  const { state, scope, texts, drawn } = drawing;
  const name = typeof component.name === 'string' ? component.name : '';
  const input = drawInput(component, { id, scope, value: state.values.get(name), error: null });
  if (isMissing(input)) drawing.isIncomplete = true;
  if (!isVisible) return;
  const ownError = checkField(input, texts);
  if (ownError !== null) drawn.invalid.push(name);
  const givenError = state.edited.has(name) ? null : givenErrorOf(component, name, form, scope);
  const error = givenError ?? (state.checked.has(name) ? ownError : null);
  drawn.sources.set(id, component);
  drawn.components.push({ ...input, error });
}

function isMissing(input: InputView): boolean {
  if (input.kind === 'photos' || input.kind === 'documents') return input.value.length < input.minFiles;
  return input.required && isEmptyValue(input.value);
}

/** The error the flow binds to a field; a picker's map names one text per file, a range's one per end. */
function givenErrorOf(component: FlowComponent, name: string, form: FlowComponent | null, scope: Scope): string | null {
  const error =
    form === null
      ? resolve(component['error-message'], scope)
      : readMember(resolve(form['error-messages'], scope), name);
  if (!isRecord(error)) return textOf(error);
  const texts = Object.values(error).filter((text) => typeof text === 'string' && text !== '');
  return texts.length === 0 ? null : texts.join(' ');
}

function drawFooter(component: FlowComponent, id: string, scope: Scope): FooterView {
  const read = (property: string): PhoneValue | undefined => resolve(component[property], scope);
  return {
    id,
    label: textOf(read('label')) ?? '',
    enabled: booleanOf(read('enabled'), true),
    leftCaption: textOf(read('left-caption')),
    centerCaption: textOf(read('center-caption')),
    rightCaption: textOf(read('right-caption')),
  };
}

function drawDisplay(component: FlowComponent, id: string, scope: Scope): DisplayView {
  const read = (property: string): PhoneValue | undefined => resolve(component[property], scope);
  switch (component.type) {
    case 'TextHeading':
      return { kind: 'heading', id, text: textOf(read('text')) ?? '' };
    case 'TextSubheading':
      return { kind: 'subheading', id, text: textOf(read('text')) ?? '' };
    case 'TextBody':
    case 'TextCaption':
      return {
        kind: component.type === 'TextBody' ? 'body' : 'caption',
        id,
        paragraphs: paragraphsOf(read('text')),
        isMarkdown: booleanOf(read('markdown'), false),
        weight: oneOf(read('font-weight'), ['normal', 'bold', 'italic', 'bold_italic']),
        isStruck: booleanOf(read('strikethrough'), false),
      };
    case 'RichText':
      return { kind: 'rich-text', id, paragraphs: paragraphsOf(read('text')) };
    case 'EmbeddedLink':
      return { kind: 'link', id, text: textOf(read('text')) ?? '', url: linkUrl(component, scope) };
    case 'Image':
      return {
        kind: 'image',
        id,
        src: textOf(read('src')) ?? '',
        width: numberOf(read('width')),
        height: numberOf(read('height')),
        aspectRatio: numberOf(read('aspect-ratio')) ?? 1,
        fit: oneOf(read('scale-type'), ['contain', 'cover']),
        altText: textOf(read('alt-text')) ?? '',
      };
    case 'ImageCarousel':
      return {
        kind: 'carousel',
        id,
        images: recordsOf(read('images')).map((image) => ({
          src: textOf(image.src) ?? '',
          altText: textOf(image['alt-text']) ?? '',
        })),
        aspectRatio: oneOf(read('aspect-ratio'), ['4:3', '16:9']),
        fit: oneOf(read('scale-type'), ['contain', 'cover']),
      };
    case 'NavigationList':
      return drawNavigationList(id, read);
    default:
      throw new UnknownComponentError(component.type);
  }
}

function drawNavigationList(id: string, read: (property: string) => PhoneValue | undefined): DisplayView {
  return {
    kind: 'navigation-list',
    id,
    name: textOf(read('name')) ?? '',
    label: textOf(read('label')),
    description: textOf(read('description')),
    mediaSize: oneOf(read('media-size'), ['regular', 'large']),
    items: recordsOf(read('list-items')).map(drawListItem),
  };
}

function drawListItem(item: { [key: string]: JsonValue }): ListItemView {
  const part = (name: string, key: string): string | null => textOf(readMember(item[name], key));
  return {
    id: textOf(item.id) ?? '',
    title: part('main-content', 'title') ?? '',
    description: part('main-content', 'description'),
    metadata: part('main-content', 'metadata'),
    startImage: part('start', 'image'),
    startAltText: part('start', 'alt-text'),
    endTitle: part('end', 'title'),
    endDescription: part('end', 'description'),
    endMetadata: part('end', 'metadata'),
    badge: textOf(item.badge),
    tags: textsOf(item.tags),
    enabled: booleanOf(item.enabled, true),
  };
}

function paragraphsOf(value: PhoneValue | undefined): string[] {
  return Array.isArray(value) ? textsOf(value) : [textOf(value) ?? ''];
}

/** The address an `open_url` link opens, so that a page can show a real link. */
function linkUrl(component: FlowComponent, scope: Scope): string | null {
  const action = component['on-click-action'];
  if (!isRecord(action) || action.name !== 'open_url') return null;
  return textOf(resolve(readMember(component['on-click-action'], 'url'), scope));
}
