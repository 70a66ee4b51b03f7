import { nameOf } from './expression-rules.ts';
import type { Component, ScreenContext } from './flow-model.ts';
import { mapEntry } from './form-rules.ts';
import { parseReference } from './parse-expression.ts';
import { textOf } from './parse-with-positions.ts';
import type { JsonNode, ObjectNode, StringNode } from './parse-with-positions.ts';
import { fixedText } from './property-rules.ts';

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const RANGE_KEYS = ['start-date', 'end-date'];
const CODE = 'INVALID_DATE_RANGE';

/** DatePicker and CalendarPicker: formats, order, ranges, modes. Meta, "Components", DatePicker and CalendarPicker. */
export function checkDates(context: ScreenContext): void {
  for (const picker of context.screen.byType.get('DatePicker') ?? []) {
    checkRange(context, picker);
    const init = initValueOf(picker);
    if (init?.kind === 'string') checkInitDate(context, picker, init, 'warning');
  }
  for (const picker of context.screen.byType.get('CalendarPicker') ?? []) {
    checkRange(context, picker);
    checkMode(context, picker);
  }
}

function checkRange(context: ScreenContext, picker: Component): void {
  const { findings } = context;
  for (const key of ['min-date', 'max-date']) {
    const node = picker.node.members.get(key);
    if (node?.kind === 'string' && fixedText(picker, key) !== undefined) checkFormat(context, key, node);
  }
  const [min, max] = limitsOf(picker);
  const minNode = picker.node.members.get('min-date');
  const maxNode = picker.node.members.get('max-date');
  if (min !== null && max !== null && min > max && minNode && maxNode) {
    findings.error(
      CODE,
      `'min-date' is after 'max-date' for ${picker.type} '${nameOfInput(picker)}'.`,
      minNode,
      maxNode,
    );
  }
  const dates = picker.node.members.get('unavailable-dates');
  if (dates?.kind !== 'array') return;
  for (const date of dates.items) {
    if (date.kind !== 'string' || parseReference(date.value) !== null) continue;
    if (checkFormat(context, 'unavailable-dates', date) && outOfRange(date.value, min, max)) {
      findings.error(CODE, `'unavailable-dates' has ${date.value}, which lies outside of min-date and max-date.`, date);
    }
  }
}

function checkFormat(context: ScreenContext, key: string, node: StringNode): boolean {
  if (!DATE.test(node.value)) {
    context.findings.error(CODE, `'${key}' must be a date written as YYYY-MM-DD.`, node);
    return false;
  }
  if (isCalendarDate(node.value)) return true;
  context.findings.warning(CODE, `'${key}' has ${node.value}, which is no day of the calendar.`, node);
  return false;
}

function isCalendarDate(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.split('-').map(Number);
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function limitsOf(picker: Component): [min: string | null, max: string | null] {
  const [min = null, max = null] = ['min-date', 'max-date'].map((key) => {
    const text = fixedText(picker, key);
    return text !== undefined && DATE.test(text) ? text : null;
  });
  return [min, max];
}

/** Dates written as YYYY-MM-DD sort as texts. */
function outOfRange(date: string, min: string | null, max: string | null): boolean {
  return (min !== null && date < min) || (max !== null && date > max);
}

function checkInitDate(
  context: ScreenContext,
  picker: Component,
  node: StringNode,
  severity: 'error' | 'warning',
): void {
  if (node.value.startsWith('${') || node.value.startsWith('`')) return;
  const report = context.findings[severity];
  if (!DATE.test(node.value)) {
    report('INVALID_DATE_SINGLE_INIT_VALUE_FORMAT', 'The initial date must be written as YYYY-MM-DD.', node);
  } else if (outOfRange(node.value, ...limitsOf(picker))) {
    report(CODE, 'The initial date lies outside of min-date and max-date.', node);
  }
}

function initValueOf(picker: Component): JsonNode | undefined {
  const own = picker.node.members.get('init-value');
  return own ?? mapEntry(picker.form?.node, 'init-values', nameOfInput(picker));
}

function nameOfInput(picker: Component): string {
  return textOf(picker.node.members.get('name')) ?? '';
}

function checkMode(context: ScreenContext, picker: Component): void {
  const mode = picker.node.members.get('mode');
  if (mode !== undefined && fixedText(picker, 'mode') === undefined) return;
  const range = textOf(mode) === 'range';
  if (range) checkMinMaxDays(context, picker);
  else rejectRangeOnly(context, picker);
  for (const key of ['label', 'helper-text', 'required']) {
    const type = key === 'required' ? 'boolean' : 'string';
    const node = picker.node.members.get(key);
    checkShape(context, key, node, { range, type, bothEnds: key === 'label' });
  }
  const init = initValueOf(picker);
  const error =
    picker.node.members.get('error-message') ?? mapEntry(picker.form?.node, 'error-messages', nameOfInput(picker));
  checkShape(context, 'init-value', init, { range, type: 'string', bothEnds: false });
  checkShape(context, 'error-message', error, { range, type: 'string', bothEnds: false });
  if (!range && init?.kind === 'string') checkInitDate(context, picker, init, 'error');
  if (range && init?.kind === 'object') checkInitRange(context, picker, init);
}

function rejectRangeOnly(context: ScreenContext, picker: Component): void {
  for (const key of ['min-days', 'max-days', 'title', 'description']) {
    const node = picker.node.members.get(key);
    if (node === undefined) continue;
    const message = `'${key}' of CalendarPicker can only be set when 'mode' is 'range'.`;
    context.findings.error('INVALID_PROPERTY_NAME_FOR_CONDITION', message, { keyOf: node });
  }
}

function checkMinMaxDays(context: ScreenContext, picker: Component): void {
  const min = picker.node.members.get('min-days');
  const max = picker.node.members.get('max-days');
  if (min?.kind !== 'number' || max?.kind !== 'number' || min.value <= max.value) return;
  context.findings.error('INVALID_MIN_MAX_DAYS', "'min-days' is greater than 'max-days'.", min, max);
}

type Shape = { range: boolean; type: string; bothEnds: boolean };

function checkShape(context: ScreenContext, key: string, node: JsonNode | undefined, shape: Shape): void {
  const { findings } = context;
  if (node === undefined || (node.kind === 'string' && parseReference(node.value) !== null)) return;
  if (!shape.range) {
    if (node.kind !== 'object') return;
    findings.error('INVALID_TYPE', `'${key}' must be ${nameOf(shape.type)} unless 'mode' is 'range'.`, node);
    return;
  }
  if (node.kind !== 'object') {
    findings.error(
      'INVALID_TYPE',
      `'${key}' must be an object with start-date and end-date when 'mode' is 'range'.`,
      node,
    );
    return;
  }
  for (const end of shape.bothEnds ? RANGE_KEYS : ['start-date']) {
    if (node.members.has(end)) continue;
    const message = `'${key}' lacks '${end}', which is needed when 'mode' is 'range'.`;
    findings.error('MISSING_CALENDAR_PICKER_RANGE_MODE_PROP', message, node);
  }
  for (const [name, child] of node.members) {
    if (RANGE_KEYS.includes(name)) continue;
    const message = `'${key}' takes only start-date and end-date, not '${name}'.`;
    findings.error('UNEXPECTED_CALENDAR_PICKER_RANGE_MODE_PROP', message, { keyOf: child });
  }
}

function checkInitRange(context: ScreenContext, picker: Component, init: ObjectNode): void {
  const [start, end] = RANGE_KEYS.map((key) => init.members.get(key));
  for (const node of [start, end]) if (node?.kind === 'string') checkInitDate(context, picker, node, 'error');
  const from = textOf(start) ?? '';
  const to = textOf(end) ?? '';
  if (DATE.test(from) && DATE.test(to) && from > to) {
    context.findings.error(CODE, 'The initial start date is after the end date.', init);
  }
}
