import { COMPONENTS } from './component-rules.ts';
import type { PropertyTable, ValueRule } from './component-rules.ts';
import { checkCondition, checkNestedExpression, isNestedExpression, nameOf } from './expression-rules.ts';
import type { Component, ScreenContext } from './flow-model.ts';
import { lengthOf } from './limits.ts';
import { isBrokenBinding, parseReference } from './parse-expression.ts';
import { member, textOf } from './parse-with-positions.ts';
import type { ArrayNode, JsonNode, ObjectNode, StringNode } from './parse-with-positions.ts';
import { checkReferencedValue, expectedTypes } from './referenced-value.ts';

/** Where a property stands, for messages and for how strictly its references are checked. */
type Site = ScreenContext & { component: Component; property: string; level: 'component' | 'item' };

const NEVER_CHECKED_BY_META = new Set(['init-value', 'error-message']);
const HEX_COLOR = /^#[A-Fa-f0-9]{6}$/;
/** Meta's schema asks for the format `uri` of JSON schema: a scheme, a colon, no white space. */
const URI = /^[a-z][a-z0-9+.-]*:(?:\/?\/)?\S+$/i;

/** Checks every property of every component of a screen against the table in `component-rules.ts`. */
export function checkProperties(context: ScreenContext): void {
  for (const component of context.screen.components) {
    const rule = COMPONENTS.get(component.type);
    if (rule === undefined || rule.since > context.flow.version) continue;
    checkTable(siteOf(context, component, 'component'), component.node, rule.properties, component.form !== null);
  }
}

/** One site serves all properties of an object: a new one for each would cost more than the checks themselves. */
function siteOf(context: ScreenContext, component: Component, level: Site['level']): Site {
  const { flow, screen, findings } = context;
  return { flow, screen, findings, component, property: '', level };
}

function checkTable(site: Site, node: ObjectNode, table: PropertyTable, insideForm: boolean): void {
  const { findings, flow, component } = site;
  for (const [key, value] of node.members) {
    const rule = Object.hasOwn(table, key) ? table[key] : undefined;
    if (rule === undefined || (rule.since ?? 0) > flow.version) {
      findings.error('INVALID_PROPERTY_KEY', unknownKey(key, component.type, rule?.since), { keyOf: value });
    } else if (rule.outsideForm && insideForm) {
      findings.error('INVALID_PROPERTY_KEY', insideFormMessage(key, component.type), { keyOf: value });
    } else if (key !== 'type') {
      site.property = key;
      checkValue(site, value, rule.value);
    }
  }
  for (const key of requiredKeysOf(table)) {
    if (node.members.has(key)) continue;
    findings.error('MISSING_REQUIRED_PROPERTY', `The property '${key}' is missing in ${component.type}.`, node);
  }
}

const requiredKeys = new WeakMap<PropertyTable, string[]>();

/** The properties that must be there; a missing `type` is a finding of its own. */
function requiredKeysOf(table: PropertyTable): string[] {
  const known = requiredKeys.get(table);
  if (known !== undefined) return known;
  const keys = Object.keys(table).filter((key) => key !== 'type' && table[key]?.required);
  requiredKeys.set(table, keys);
  return keys;
}

function unknownKey(key: string, type: string, since: number | undefined): string {
  if (since === undefined) return `The property '${key}' is not known in ${type}.`;
  const version = `${Math.floor(since / 100)}.${since % 100}`;
  return `The property '${key}' of ${type} exists only since version ${version}.`;
}

function insideFormMessage(key: string, type: string): string {
  const map = key === 'init-value' ? 'init-values' : 'error-messages';
  return `'${key}' is not allowed in a ${type} inside a Form; use the Form's '${map}'.`;
}

function checkValue(site: Site, node: JsonNode, rule: ValueRule): void {
  if (node.kind === 'string' && isDynamic(site, node, rule)) return;
  switch (rule.kind) {
    case 'text':
    case 'name':
    case 'regex':
    case 'base64':
    case 'color':
    case 'enum':
      return checkString(site, node, rule);
    case 'boolean':
      return checkType(site, node, ['boolean'], rule.static !== true);
    case 'number':
      return checkNumber(site, node, rule);
    case 'markdown':
      return checkMarkdown(site, node, rule);
    case 'texts':
      return checkTexts(site, node, rule);
    case 'items':
      return checkItems(site, node, rule);
    case 'object':
      if (node.kind === 'object') {
        return checkTable(siteOf(site, site.component, 'item'), node, rule.properties, false);
      }
      return wrongType(site, node, ['object']);
    case 'by-mode':
      return checkByMode(site, node, rule.value);
    case 'media-error':
      return checkMediaError(site, node);
    case 'map':
    case 'cases':
      return checkType(site, node, ['object'], rule.kind === 'map');
    case 'components':
      return checkType(site, node, ['array'], false);
    case 'condition':
      return checkConditionValue(site, node);
    case 'switch-value':
      return checkSwitchValue(site, node);
    case 'action':
      return checkType(site, node, ['object'], false);
  }
}

/** Handles references and nested expressions; false when the text is to be checked as written. */
function isDynamic(site: Site, node: StringNode, rule: ValueRule): boolean {
  if (rule.kind === 'condition' || rule.kind === 'switch-value') return false;
  const { value } = node;
  if (!value.startsWith('${') && !value.startsWith('`')) {
    if (value.includes('${')) warnInterpolation(site, node, value);
    return false;
  }
  if (takesNoReference(rule)) return rejectDynamic(site, node, rule);
  const reference = parseReference(value);
  if (reference !== null) {
    checkReferencedValue(site, node, reference, rule);
    return true;
  }
  if (site.flow.version >= 600 && isNestedExpression(value)) {
    checkNested(site, node, rule);
    return true;
  }
  if (isBrokenBinding(value)) return malformedReference(site, node);
  if (value.includes('${')) warnInterpolation(site, node, value);
  return false;
}

function takesNoReference(rule: ValueRule): boolean {
  return rule.kind === 'name' || ('static' in rule && rule.static === true);
}

function rejectDynamic(site: Site, node: StringNode, rule: ValueRule): boolean {
  const reference = parseReference(node.value) !== null;
  const nested = site.flow.version >= 600 && isNestedExpression(node.value);
  if (!reference && !nested) return false;
  if (rule.kind === 'name') {
    site.findings.error('PATTERN_MISMATCH', `The property 'name' must be a fixed text, not a reference.`, node);
    return true;
  }
  if (rule.kind === 'text' || rule.kind === 'base64' || rule.kind === 'texts') {
    const message = `'${site.property}' is shown as written: a reference is not filled in here.`;
    site.findings.warning('REFERENCE_NOT_FILLED', message, node);
    return true;
  }
  return false;
}

function malformedReference(site: Site, node: StringNode): boolean {
  const message = `'${node.value}' in '${site.property}' is not one whole reference such as \${data.field}.`;
  const code = site.component.type === 'RichText' ? 'INVALID_PROPERTY_VALUE' : 'INVALID_SCREEN_DYNAMIC_DATA';
  site.findings.error(code, message, node);
  return true;
}

function warnInterpolation(site: Site, node: StringNode, value: string): void {
  if (!/\$\{(screen|data|form)\b/.test(value)) return;
  if (site.component.type === 'RichText' && site.property === 'text') {
    const message = 'RichText cannot mix text and references: use a fixed text or one whole reference.';
    site.findings.error('INVALID_PROPERTY_VALUE', message, node);
    return;
  }
  const message = `'${site.property}' mixes text and a reference: people would see '\${…}' as written. Use a nested expression in backticks.`;
  site.findings.warning('REFERENCE_INSIDE_TEXT', message, node);
}

function checkNested(site: Site, node: StringNode, rule: ValueRule): void {
  const result = checkNestedExpression(site.flow, site.screen, node.value);
  const wanted = expectedTypes(rule);
  const message =
    result.kind === 'wrong'
      ? `The expression in '${site.property}' is wrong: ${result.reason}.`
      : wanted.includes(result.type)
        ? null
        : `The expression in '${site.property}' gives ${nameOf(result.type)}, but the property needs ${wanted.map(nameOf).join(' or ')}.`;
  if (message === null) return;
  const lenient = site.level === 'item' || NEVER_CHECKED_BY_META.has(site.property);
  if (lenient) site.findings.warning('INVALID_PROPERTY_VALUE', message, node);
  else site.findings.error('INVALID_PROPERTY_VALUE', message, node);
}

function checkConditionValue(site: Site, node: JsonNode): void {
  const { findings, flow, screen } = site;
  if (node.kind === 'boolean' && flow.version >= 600) return;
  if (node.kind !== 'string') return wrongType(site, node, ['string']);
  if (node.value.trim() === '') {
    findings.error('INVALID_PROPERTY_VALUE', "The property 'condition' is empty; it needs at least one operand.", node);
    return;
  }
  const nested = flow.version >= 600 && isNestedExpression(node.value);
  const result = nested ? checkNestedExpression(flow, screen, node.value) : checkCondition(flow, screen, node.value);
  const misread = result.kind === 'wrong' ? null : misreadInCondition(node.value);
  if (misread !== null) findings.warning('CONDITION_MISREAD', `WhatsApp misreads this condition: ${misread}.`, node);
  if (result.kind === 'wrong') {
    findings.error('INVALID_PROPERTY_VALUE', `The condition of If is wrong: ${result.reason}.`, node);
  } else if (result.type !== 'boolean') {
    const message = `The condition of If must give true or false, but gives ${nameOf(result.type)}.`;
    findings.error('INVALID_PROPERTY_VALUE', message, node);
  }
}

/**
 * What WhatsApp's reader of If conditions gets wrong although Meta takes it: WhatsApp's own client,
 * `WAFlowsConditionalRenderingParser`. Null for what it reads well.
 */
function misreadInCondition(condition: string): string | null {
  if (isNestedExpression(condition)) return null;
  const bare = condition.replace(/'(?:\\.|[^'\\])*'/g, (text) => (text.includes('\\') ? "'\\'" : "''"));
  if (bare.includes('\\')) return 'a backslash stays in the text it is compared with';
  if (/\b(?:true|false)\b[^\s]/.test(bare.replace(/\$\{[^}]*\}/g, '$')))
    return 'the character behind true or false is skipped; put a space there';
  return null;
}

function checkSwitchValue(site: Site, node: JsonNode): void {
  if (node.kind !== 'string') return wrongType(site, node, ['string']);
  const reference = parseReference(node.value);
  if (reference !== null) return checkReferencedValue(site, node, reference, { kind: 'switch-value' });
  if (site.flow.version >= 600 && isNestedExpression(node.value))
    return checkNested(site, node, { kind: 'switch-value' });
  const message = "The property 'value' of Switch must be a reference such as ${data.field}.";
  site.findings.error('PATTERN_MISMATCH', message, node);
}

type StringRule = Extract<ValueRule, { kind: 'text' | 'name' | 'regex' | 'base64' | 'color' | 'enum' }>;

function checkString(site: Site, node: JsonNode, rule: StringRule): void {
  if (node.kind !== 'string') return wrongType(site, node, ['string']);
  switch (rule.kind) {
    case 'enum':
      if (rule.values.includes(node.value)) return;
      return site.findings.error(
        'INVALID_ENUM_VALUE',
        `'${site.property}' must be one of: ${rule.values.join(', ')}.`,
        node,
      );
    case 'regex':
      return checkRegex(site, node);
    case 'color':
      if (HEX_COLOR.test(node.value)) return;
      return site.findings.error('PATTERN_MISMATCH', `'color' must look like #1A2B3C.`, node);
    case 'base64':
      return checkBase64(site, node, rule.maxBytes(site.flow.version));
    case 'name':
      return checkText(site, node, { kind: 'text', blankSince: 0 });
    case 'text':
      return checkText(site, node, rule);
  }
}

function checkText(site: Site, node: StringNode, rule: Extract<ValueRule, { kind: 'text' }>): void {
  const { findings, property, component } = site;
  if (node.value.trim() === '') {
    if (site.flow.version >= rule.blankSince) {
      findings.error('PATTERN_MISMATCH', `'${property}' of ${component.type} must not be empty or blank.`, node);
    } else if (rule.minChars === 1 && node.value === '') {
      findings.error('MIN_CHARS_REQUIRED', `'${property}' of ${component.type} needs at least 1 character.`, node);
    }
    return;
  }
  warnLength(site, node, rule.maxChars);
}

function warnLength(site: Site, node: StringNode, maxChars: number | undefined): void {
  if (maxChars === undefined || hasLargeLabel(site)) return;
  const length = lengthOf(node.value);
  if (length <= maxChars) return;
  const message = `'${site.property}' of ${site.component.type} has ${length} characters; WhatsApp shows at most ${maxChars}.`;
  site.findings.warning('TEXT_TOO_LONG', message, node);
}

/** A large label runs over several lines; the client has a limit of its own for it, which Meta does not publish. */
function hasLargeLabel({ property, component }: Site): boolean {
  return property === 'label' && textOf(component.node.members.get('label-variant')) === 'large';
}

function checkRegex(site: Site, node: StringNode): void {
  if (node.value.trim() === '') return checkText(site, node, { kind: 'text', blankSince: 600 });
  try {
    new RegExp(node.value);
  } catch {
    site.findings.error('INVALID_PROPERTY_VALUE_FORMAT', "'pattern' is not a regular expression.", node);
  }
}

function checkBase64(site: Site, node: StringNode, maxBytes: number): void {
  const { findings, property } = site;
  const { value } = node;
  if (value.startsWith('data:')) {
    findings.warning(
      'IMAGE_NOT_SHOWN',
      `'${property}' must be bare base64, without 'data:image/…;base64,' before it.`,
      node,
    );
    return;
  }
  if (value.trim() === '' || !isBase64(value)) {
    findings.warning('IMAGE_NOT_SHOWN', `'${property}' is not a base64 image, so nothing is shown.`, node);
    return;
  }
  if (value.startsWith('UklGR')) {
    findings.warning(
      'IMAGE_NOT_SHOWN',
      `'${property}' is a WebP image, which iOS before 14 does not show; use JPEG or PNG.`,
      node,
    );
  }
  const bytes = Math.floor((value.length * 3) / 4);
  if (bytes <= maxBytes) return;
  const message = `'${property}' has about ${Math.ceil(bytes / 1024)} KB; WhatsApp shows images of at most ${maxBytes / 1024} KB here.`;
  findings.warning('IMAGE_TOO_LARGE', message, node);
}

function isBase64(value: string): boolean {
  return /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(value);
}

function checkNumber(site: Site, node: JsonNode, rule: Extract<ValueRule, { kind: 'number' }>): void {
  if (node.kind !== 'number') return checkType(site, node, ['number'], true);
  const { findings, property } = site;
  if (rule.integer && !Number.isInteger(node.value)) return wrongType(site, node, ['integer']);
  if (rule.min !== undefined && node.value < rule.min) {
    findings.error('MINIMUM_VALUE_REQUIRED', `'${property}' must be at least ${rule.min}.`, node);
  }
  if (rule.max !== undefined && node.value > rule.max) {
    findings.error('MAXIMUM_VALUE_REQUIRED', `'${property}' must be at most ${rule.max}.`, node);
  }
}

function checkMarkdown(site: Site, node: JsonNode, rule: Extract<ValueRule, { kind: 'markdown' }>): void {
  const text: ValueRule = { kind: 'text', maxChars: rule.maxChars, blankSince: 0 };
  if (node.kind === 'string') return checkText(site, node, text);
  if (node.kind !== 'array') return wrongType(site, node, ['string', 'array']);
  warnPlainList(site, node);
  for (const item of node.items) {
    if (item.kind !== 'string') wrongType(site, item, ['string']);
    else if (parseReference(item.value) !== null) {
      const message = `A list in '${site.property}' takes fixed texts only; remove the reference '${item.value}'.`;
      site.findings.error('INVALID_TEXT_DYNAMIC_DATA', message, item);
    } else if (item.value !== '') checkText(site, item, text);
  }
}

function warnPlainList(site: Site, node: JsonNode): void {
  if (site.component.type === 'RichText') return;
  const markdown = site.component.node.members.get('markdown');
  if (markdown?.kind === 'boolean' && markdown.value) return;
  const message = `A list of texts in ${site.component.type} needs 'markdown': true.`;
  site.findings.warning('MARKDOWN_OFF', message, node);
}

function checkTexts(site: Site, node: JsonNode, rule: Extract<ValueRule, { kind: 'texts' }>): void {
  if (node.kind !== 'array') return checkType(site, node, ['array'], rule.static !== true);
  checkCount(site, node, rule.min, rule.max, true);
  for (const item of node.items) {
    if (item.kind !== 'string') wrongType(site, item, ['string']);
    else if (rule.values !== undefined && !rule.values.includes(item.value)) {
      site.findings.error('INVALID_ENUM_VALUE', `'${site.property}' takes only: ${rule.values.join(', ')}.`, item);
    } else warnLength(site, item, rule.maxChars);
  }
}

function checkItems(site: Site, node: JsonNode, rule: Extract<ValueRule, { kind: 'items' }>): void {
  if (node.kind !== 'array') return checkType(site, node, ['array'], true);
  checkCount(site, node, rule.min, rule.max, rule.maxRejected === true);
  const inside = siteOf(site, site.component, 'item');
  for (const item of node.items) {
    if (item.kind === 'object') checkTable(inside, item, rule.item, false);
    else wrongType(site, item, ['object']);
  }
}

function checkCount(site: Site, node: ArrayNode, min: number, max: number | undefined, reject: boolean): void {
  const { findings, property, component } = site;
  const count = node.items.length;
  if (min > 0 && count === 0) {
    findings.error('MIN_ITEMS_REQUIRED', `'${property}' of ${component.type} needs at least 1 item.`, node);
  } else if (count < min) {
    findings.warning(
      'TOO_FEW_ITEMS',
      `'${property}' of ${component.type} needs at least ${min} items to be shown.`,
      node,
    );
  }
  if (max === undefined || count <= max) return;
  const message = `'${property}' of ${component.type} has ${count} items; at most ${max} are allowed.`;
  if (!reject) findings.warning('TOO_MANY_ITEMS', message, node);
  else
    findings.error(component.type === 'ImageCarousel' ? 'INVALID_PROPERTY_VALUE' : 'MAX_ITEMS_REQUIRED', message, node);
}

/** CalendarPicker's shape per mode is a rule of its own (date-rules); here only the types of what stands in it. */
function checkByMode(site: Site, node: JsonNode, value: ValueRule): void {
  if (node.kind !== 'object') return checkValue(site, node, value);
  for (const key of ['start-date', 'end-date']) {
    const part = node.members.get(key);
    if (part !== undefined) checkValue(site, part, value);
  }
}

function checkMediaError(site: Site, node: JsonNode): void {
  if (node.kind === 'string') return;
  if (node.kind !== 'object') return wrongType(site, node, ['string', 'object']);
  if (node.members.size === 0) {
    site.findings.error('MIN_ITEMS_REQUIRED', "'error-message' needs at least one media id with its text.", node);
  }
  for (const text of node.members.values()) checkValue(site, text, { kind: 'text', blankSince: 0 });
}

/** A wrong type; a text where another type belongs is also no reference, which Meta reports beside it. */
function checkType(site: Site, node: JsonNode, types: readonly string[], dynamic: boolean): void {
  if (types.includes(node.kind)) return;
  wrongType(site, node, types);
  if (!dynamic || node.kind !== 'string') return;
  const message = `A text in '${site.property}' must be a reference such as \${data.field}.`;
  site.findings.error('PATTERN_MISMATCH', message, node);
}

function wrongType(site: Site, node: JsonNode, types: readonly string[]): void {
  const wanted = types.map((type) => (type === 'integer' ? 'a whole number' : nameOf(type))).join(' or ');
  const found = node.kind === 'number' && types.includes('integer') ? 'a fraction' : nameOf(node.kind);
  site.findings.error('INVALID_PROPERTY_TYPE', `'${site.property}' must be ${wanted}, but is ${found}.`, node);
}

/** Whether Meta takes a text as the address of an `open_url` action: any address with a scheme, not only https. */
export function isUri(text: string): boolean {
  return URI.test(text.trim());
}

/** The text of a property of a component, where it is a fixed text. */
export function fixedText(component: Component, key: string): string | undefined {
  const text = textOf(member(component.node, key));
  return text === undefined || parseReference(text) !== null || isNestedExpression(text) ? undefined : text;
}
