import type { Component, ScreenContext } from './flow-model.ts';
import { LIMITS } from './limits.ts';
import { itemsOf, member, textOf } from './parse-with-positions.ts';
import type { JsonNode } from './parse-with-positions.ts';
import { fixedText } from './property-rules.ts';

/** Pairs of properties of which the first must not exceed the second. Meta, error MIN_VALUE_GREATER_THAN_MAX. */
const MIN_MAX: ReadonlyMap<string, readonly [min: string, max: string]> = new Map([
  ['CheckboxGroup', ['min-selected-items', 'max-selected-items']],
  ['ChipsSelector', ['min-selected-items', 'max-selected-items']],
  ['TextInput', ['min-chars', 'max-chars']],
  ['PhotoPicker', ['min-uploaded-photos', 'max-uploaded-photos']],
  ['DocumentPicker', ['min-uploaded-documents', 'max-uploaded-documents']],
]);
const PATTERN_TYPES = ['text', 'number', 'password', 'passcode'];

/** Rules between the properties of one component. Meta, "Components", per component. */
export function checkInputs(context: ScreenContext): void {
  for (const component of context.screen.components) {
    checkMinMax(context, component);
    switch (component.type) {
      case 'TextInput':
        checkPattern(context, component);
        break;
      case 'Footer':
        checkCaptions(context, component);
        break;
      case 'CheckboxGroup':
      case 'RadioButtonsGroup':
      case 'Dropdown':
      case 'ChipsSelector':
        checkOptions(context, component);
        break;
      case 'NavigationList':
        checkNavigationList(context, component);
        break;
    }
  }
}

function checkMinMax(context: ScreenContext, component: Component): void {
  const pair = MIN_MAX.get(component.type);
  if (pair === undefined) return;
  const [minKey, maxKey] = pair;
  const min = component.node.members.get(minKey);
  const max = component.node.members.get(maxKey);
  if (min?.kind !== 'number' || max?.kind !== 'number' || min.value <= max.value) return;
  const name = textOf(component.node.members.get('name')) ?? '';
  const message = `'${minKey}' is greater than '${maxKey}' for ${component.type} '${name}'.`;
  // Meta's list of pairs leaves ChipsSelector out, so a person could never send the screen.
  const report = component.type === 'ChipsSelector' ? context.findings.warning : context.findings.error;
  report('MIN_VALUE_GREATER_THAN_MAX', message, min, max);
}

function checkPattern(context: ScreenContext, component: Component): void {
  if (context.flow.version < 602 || !component.node.members.has('pattern')) return;
  const type = component.node.members.get('input-type');
  const text = fixedText(component, 'input-type');
  if (type !== undefined && text !== undefined && !PATTERN_TYPES.includes(text)) {
    const message = `'pattern' works only with the input-type ${PATTERN_TYPES.join(', ')}.`;
    context.findings.error('INVALID_ENUM_VALUE', message, type);
  }
  if (component.node.members.has('helper-text')) return;
  const message = "The property 'helper-text' is required in a TextInput with a 'pattern'.";
  context.findings.error('MISSING_REQUIRED_PROPERTY', message, component.node);
}

function checkCaptions(context: ScreenContext, component: Component): void {
  const { members } = component.node;
  const left = members.get('left-caption');
  const right = members.get('right-caption');
  const center = members.get('center-caption');
  const alone = left === undefined ? right : right === undefined ? left : undefined;
  if (alone !== undefined) {
    const missing = alone === left ? 'right-caption' : 'left-caption';
    const message = `A Footer with '${alone.key}' also needs '${missing}'.`;
    context.findings.error('INVALID_DEPENDENCIES', message, component.node);
  }
  if (center === undefined || (left === undefined && right === undefined)) return;
  const message = "A Footer has either 'center-caption' or 'left-caption' and 'right-caption'.";
  context.findings.error('NOT_KEYWORD_SCHEMA_VALIDATION_FAILED', message, component.node);
}

function checkOptions(context: ScreenContext, component: Component): void {
  const { findings } = context;
  const items = itemsOf(component.node.members.get('data-source'));
  const images = items.filter((item) => member(item, 'image') !== undefined);
  const name = textOf(component.node.members.get('name')) ?? '';
  if (images.length > 0 && items.some((item) => member(item, 'color') !== undefined)) {
    const source = component.node.members.get('data-source') ?? component.node;
    const message = `The items of ${component.type} '${name}' must have either images or colors, not both.`;
    findings.error('DATA_SOURCE_ITEMS_HAVE_BOTH_IMAGE_AND_COLOR', message, source);
  }
  const { withImages } = LIMITS.dropdownOptions;
  if (component.type === 'Dropdown' && images.length > 0 && items.length > withImages) {
    const message = `Dropdown '${name}' has ${items.length} options; with images at most ${withImages} are shown.`;
    findings.warning('TOO_MANY_ITEMS', message, component.node.members.get('data-source') ?? component.node);
  }
  warnRepeatedIds(context, component.type, name, items);
}

function warnRepeatedIds(context: ScreenContext, type: string, name: string, items: JsonNode[]): void {
  const seen = new Set<string>();
  for (const item of items) {
    const id = member(item, 'id');
    if (id?.kind !== 'string') continue;
    if (seen.has(id.value)) {
      const message = `The id '${id.value}' is used more than once in ${type} '${name}'.`;
      context.findings.warning('DUPLICATE_ITEM_IDS', message, id);
    }
    seen.add(id.value);
  }
}

function checkNavigationList(context: ScreenContext, component: Component): void {
  const { findings } = context;
  const list = component.node.members.get('list-items');
  if (list?.kind !== 'array') return;
  const items = list.items;
  checkListActions(context, component, items);
  const badges = items.flatMap((item) => member(item, 'badge') ?? []);
  if (badges.length > LIMITS.navigationBadges) {
    const message = `A NavigationList can have a badge on ${LIMITS.navigationBadges} item only.`;
    findings.error('MAX_ITEMS_REQUIRED', message, component.node);
  }
  const ends = items.flatMap((item) => member(item, 'end') ?? []);
  if (textOf(component.node.members.get('media-size')) === 'large' && ends.length > 0) {
    const message = "'media-size' cannot be 'large' when items have an 'end'.";
    findings.error('INVALID_PROPERTY_VALUE_FOR_CONDITION', message, component.node);
  }
  for (const end of ends) {
    if (end.kind !== 'object' || (end.members.size >= 1 && end.members.size <= 2)) continue;
    const message = "'end' of an item has one or two of title, description and metadata.";
    findings.error('DUPLICATE_PROPETY_FOR_CONDITION', message, end);
  }
  warnRepeatedIds(context, component.type, textOf(component.node.members.get('name')) ?? '', items);
}

function checkListActions(context: ScreenContext, component: Component, items: JsonNode[]): void {
  const own = component.node.members.get('on-click-action');
  const perItem = items.flatMap((item) => member(item, 'on-click-action') ?? []);
  if (own !== undefined && perItem.length > 0) {
    const message = "'on-click-action' stands either on a NavigationList or on its items, not on both.";
    context.findings.error('DUPLICATE_PROPETY_FOR_CONDITION', message, own, ...perItem);
  } else if (own === undefined && perItem.length < items.length) {
    const message = "A NavigationList needs an 'on-click-action', of its own or on every item.";
    context.findings.error('MISSING_REQUIRED_PROPERTY', message, component.node);
  }
}
