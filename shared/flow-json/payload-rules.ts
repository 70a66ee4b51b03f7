import { PICKERS } from './component-rules.ts';
import { checkNestedExpression, isNestedExpression, nameOf } from './expression-rules.ts';
import type { Findings } from './findings.ts';
import type { Action, Component, Flow, Screen } from './flow-model.ts';
import { LIMITS } from './limits.ts';
import { isBrokenBinding, parseReference } from './parse-expression.ts';
import { member, textOf } from './parse-with-positions.ts';
import type { JsonNode, ObjectNode, StringNode } from './parse-with-positions.ts';
import { resolveReference, schemaAt, typeFits, valueSchemaOf } from './value-schema.ts';
import type { ValueSchema } from './value-schema.ts';

/** Every payload: its references, its types, the files in it. Meta, "Error Codes", on-click, navigate and complete errors. */
export function checkPayloads(flow: Flow, findings: Findings): void {
  for (const action of flow.actions) {
    const payload = action.node.members.get('payload');
    if (payload !== undefined && payload.kind !== 'object') continue;
    if (action.name === 'navigate') checkNavigate(flow, action, payload, findings);
    if (action.name === 'update_data' && payload) checkUpdate(flow, action, payload, findings);
    if (payload === undefined) continue;
    checkReferences(flow, action, payload, findings);
    checkFiles(flow, action, payload, findings);
  }
}

function checkReferences(flow: Flow, action: Action, payload: ObjectNode, findings: Findings): void {
  for (const value of payload.members.values()) {
    if (value.kind === 'string') checkReference(flow, action, value, findings, 'error');
    else eachText(value, (inner) => checkReference(flow, action, inner, findings, 'warning'));
  }
}

/** Meta follows references at the top of a payload only; one further down that leads nowhere fails on the phone. */
function checkReference(
  flow: Flow,
  action: Action,
  node: StringNode,
  findings: Findings,
  severity: 'error' | 'warning',
): void {
  const { screen, name } = action;
  const reference = parseReference(node.value);
  if (reference !== null) {
    const found = resolveReference(flow, screen, reference);
    if (found.kind !== 'found') return findings[severity]('INVALID_ON_CLICK_ACTION_PAYLOAD', found.reason, node);
    if (reference.screen === screen.id) {
      findings.warning(
        'INVALID_ON_CLICK_ACTION_PAYLOAD',
        `'${node.value}' names its own screen; use the local form.`,
        node,
      );
    }
    return;
  }
  if (isNestedExpression(node.value) && flow.version >= 600) {
    const result = checkNestedExpression(flow, screen, node.value);
    if (result.kind === 'typed') return;
    const checkedByMeta = flow.version >= 702 || name === 'navigate' || name === 'update_data';
    const report = checkedByMeta ? findings.error : findings.warning;
    return report('INVALID_ACTION_PAYLOAD_PROPERTY', `The expression in the payload is wrong: ${result.reason}.`, node);
  }
  if (/\$\{(screen|data|form)\b/.test(node.value)) {
    const whole = isBrokenBinding(node.value);
    const message = `'${node.value}' is not one whole reference such as \${form.field}, so it is sent as written.`;
    findings[whole ? severity : 'warning']('INVALID_ON_CLICK_ACTION_PAYLOAD', message, node);
  }
}

function eachText(node: JsonNode, visit: (text: StringNode) => void): void {
  if (node.kind === 'string') visit(node);
  else if (node.kind === 'array') for (const item of node.items) eachText(item, visit);
  else if (node.kind === 'object') for (const child of node.members.values()) eachText(child, visit);
}

const NAVIGATE = 'INVALID_NAVIGATE_ACTION_PAYLOAD';

/**
 * Meta compares the keys of a payload with the next screen's data in 5.1 and again since 7.3; from 6.0 to 7.2 that check was
 * out of its chain (WhatsApp's own validator, chains of 6.0 and 7.3), and only what the phone cannot do without is a warning.
 */
function comparesKeys(flow: Flow): boolean {
  return flow.version < 600 || flow.version >= 703;
}

function checkNavigate(flow: Flow, action: Action, payload: ObjectNode | undefined, findings: Findings): void {
  const target = flow.byId.get(textOf(member(action.node.members.get('next'), 'name')) ?? '');
  if (target === undefined || target === action.screen) return;
  const report = comparesKeys(flow) ? findings.error : findings.warning;
  if (target.data === null) {
    if (payload === undefined || payload.members.size === 0) return;
    report(NAVIGATE, `The next screen '${target.id}' declares no data, so the payload must be empty.`, payload);
    return;
  }
  const declared = target.data.members;
  const missing = [...declared.keys()].filter((key) => !isRequiredList(declared, key) && !payload?.members.has(key));
  if (payload === undefined) {
    if (missing.length === 0) return;
    const message = `The payload is missing: the next screen '${target.id}' expects ${missing.join(', ')}.`;
    report('MISSING_NAVIGATION_ACTION_PAYLOAD', message, action.node);
    return;
  }
  if (missing.length > 0) {
    const message = `The next screen '${target.id}' expects these fields, which the payload lacks: ${missing.join(', ')}.`;
    report(NAVIGATE, message, payload);
  }
  for (const [key, value] of payload.members) {
    const schema = declared.get(key);
    if (schema === undefined) rejectUndeclared(flow, target, key, value, findings);
    else {
      const field = { key, target, code: NAVIGATE, inner: 'INVALID_NAVIGATE_ACTION_STATIC_DATA' };
      checkValueType(flow, action.screen, value, schema, field, findings);
    }
  }
}

function rejectUndeclared(flow: Flow, target: Screen, key: string, value: JsonNode, findings: Findings): void {
  const message = `The next screen '${target.id}' does not declare '${key}' in its data.`;
  if (comparesKeys(flow)) return findings.error(NAVIGATE, message, { keyOf: value });
  const isReference = value.kind === 'string' && parseReference(value.value) !== null;
  if (!isReference) findings.error('INVALID_NAVIGATE_ACTION_STATIC_DATA', message, value);
}

/** `required` as a list beside the fields of a data model is JSON schema, not a field. */
function isRequiredList(declared: Map<string, JsonNode>, key: string): boolean {
  return key === 'required' && declared.get(key)?.kind === 'array';
}

function checkUpdate(flow: Flow, action: Action, payload: ObjectNode, findings: Findings): void {
  const { screen } = action;
  const code = 'INVALID_UPDATE_DATA_ACTION_PAYLOAD';
  if (screen.data === null) {
    if (payload.members.size > 0)
      findings.error(code, `Screen '${screen.id}' declares no data that could be updated.`, payload);
    return;
  }
  for (const [key, value] of payload.members) {
    const schema = screen.data.members.get(key);
    if (schema === undefined) {
      findings.error(code, `Screen '${screen.id}' does not declare '${key}' in its data.`, { keyOf: value });
      continue;
    }
    const reference = value.kind === 'string' ? parseReference(value.value) : null;
    if (reference?.store === 'data' && reference.screen === null && reference.path[0] === key) {
      findings.error(code, `'${key}' is updated with its own value.`, value);
      continue;
    }
    checkValueType(flow, screen, value, schema, { key, target: screen, code, inner: code }, findings);
  }
}

type Field = { key: string; target: Screen; code: string; inner: string };

/** Compares a payload value with the field it fills: its type, and for written-out objects and lists what stands in them. */
function checkValueType(
  flow: Flow,
  screen: Screen,
  value: JsonNode,
  schema: JsonNode,
  field: Field,
  findings: Findings,
): void {
  const wanted = textOf(member(schema, 'type'));
  if (wanted === undefined) return;
  const actual = typeOfPayloadValue(flow, screen, value);
  if (actual === null) return;
  if (!typeFits(actual.type, wanted)) {
    const message = `'${field.key}' must be ${nameOf(wanted)} as screen '${field.target.id}' declares it, but is ${nameOf(actual.type)}.`;
    findings.error(field.code, message, value);
    return;
  }
  if (actual.dynamic !== null) {
    const problem = schemaMismatch(actual.dynamic, schemaAt(schema));
    if (problem !== null)
      findings.error(field.code, `'${field.key}' does not fit screen '${field.target.id}': ${problem}.`, value);
    return;
  }
  const inner = { ...field, code: field.inner };
  if (value.kind === 'object') checkObjectValue(flow, screen, value, schema, inner, findings);
  if (value.kind !== 'array') return;
  const items = member(schema, 'items');
  if (items?.kind !== 'object') return;
  for (const item of value.items) checkValueType(flow, screen, item, items, inner, findings);
}

function checkObjectValue(
  flow: Flow,
  screen: Screen,
  value: ObjectNode,
  schema: JsonNode,
  field: Field,
  findings: Findings,
): void {
  const properties = member(schema, 'properties');
  if (properties?.kind !== 'object') return;
  for (const [key, child] of value.members) {
    const declared = properties.members.get(key);
    const inner = { ...field, key: `${field.key}.${key}` };
    if (declared !== undefined) checkValueType(flow, screen, child, declared, inner, findings);
    else
      findings.error(field.code, `Screen '${field.target.id}' does not declare '${inner.key}' in its data.`, {
        keyOf: child,
      });
  }
  const missing = [...properties.members.keys()].filter((key) => !value.members.has(key));
  if (missing.length === 0) return;
  findings.error(
    field.code,
    `'${field.key}' lacks what screen '${field.target.id}' declares: ${missing.join(', ')}.`,
    value,
  );
}

/** The type of a payload value; null where its own error is reported already. `dynamic` is the schema of a reference. */
function typeOfPayloadValue(
  flow: Flow,
  screen: Screen,
  value: JsonNode,
): { type: string; dynamic: ValueSchema | null } | null {
  if (value.kind !== 'string') return { type: value.kind, dynamic: null };
  const reference = parseReference(value.value);
  if (reference !== null) {
    const found = resolveReference(flow, screen, reference);
    return found.kind === 'found' ? { type: found.schema.type, dynamic: found.schema } : null;
  }
  if (flow.version < 600 || !isNestedExpression(value.value)) return { type: 'string', dynamic: null };
  const result = checkNestedExpression(flow, screen, value.value);
  return result.kind === 'typed' ? { type: result.type, dynamic: null } : null;
}

/** Why a referenced object or list does not match the declared one; both must declare the same properties. */
function schemaMismatch(actual: ValueSchema, wanted: ValueSchema): string | null {
  if (actual.node === null) {
    const items = schemaAt(wanted.node?.members.get('items')).type;
    if (actual.type !== 'array' || items === '' || items === actual.itemType) return null;
    return `its items are ${nameOf(actual.itemType ?? '')}, not ${nameOf(items)}`;
  }
  return nodeMismatch(actual.node, wanted.node);
}

function nodeMismatch(actual: JsonNode | undefined, wanted: JsonNode | undefined | null): string | null {
  if (actual?.kind !== 'object' || wanted?.kind !== 'object') return null;
  const from = textOf(actual.members.get('type')) ?? '';
  const to = textOf(wanted.members.get('type')) ?? '';
  if (from === '' || to === '') return null;
  if (!typeFits(from, to)) return `${nameOf(from)} stands where ${nameOf(to)} is declared`;
  if (to === 'array') return nodeMismatch(actual.members.get('items'), wanted.members.get('items'));
  const have = actual.members.get('properties');
  const need = wanted.members.get('properties');
  if (to !== 'object' || have?.kind !== 'object' || need?.kind !== 'object') return null;
  const lacking = [...need.members.keys()].filter((key) => !have.members.has(key));
  const surplus = [...have.members.keys()].filter((key) => !need.members.has(key));
  if (lacking.length > 0) return `it lacks ${lacking.join(', ')}`;
  if (surplus.length > 0) return `it has ${surplus.join(', ')}, which is not declared there`;
  for (const [key, child] of have.members) {
    const problem = nodeMismatch(child, need.members.get(key));
    if (problem !== null) return `in '${key}' ${problem}`;
  }
  return null;
}

/** Files may go to `complete` and `data_exchange` only, at the top of the payload, within limits. Meta, "Media Upload Components". */
function checkFiles(flow: Flow, action: Action, payload: ObjectNode, findings: Findings): void {
  const top: { node: StringNode; picker: Component }[] = [];
  const code = 'INVALID_ON_CLICK_ACTION_PAYLOAD';
  const { name, screen } = action;
  for (const value of payload.members.values()) {
    eachText(value, (node) => {
      const picker = pickerOf(flow, screen, node);
      if (picker === null) return;
      if (name === 'navigate' || name === 'update_data') {
        findings.error(code, `The files of a ${picker.type} cannot be passed on by ${name}.`, node);
      } else if (node !== value) {
        findings.error(code, `The files of a ${picker.type} must stand at the top of the payload of ${name}.`, node);
      } else top.push({ node, picker });
    });
  }
  if (name === 'complete' && top.length > 0) checkCompleteFiles(top, payload, findings);
}

function checkCompleteFiles(top: { picker: Component }[], payload: ObjectNode, findings: Findings): void {
  const code = 'INVALID_ON_CLICK_ACTION_PAYLOAD';
  let files = 0;
  let sizeKb = 0;
  for (const { picker } of top) {
    const kind = picker.type === 'PhotoPicker' ? 'photos' : 'documents';
    const count = numberAt(picker.node, `max-uploaded-${kind}`) ?? LIMITS.files.max;
    files += count;
    sizeKb += count * (numberAt(picker.node, 'max-file-size-kb') ?? LIMITS.fileSizeKb.max);
  }
  if (files > LIMITS.completeFiles) {
    const message = `The payload of complete could carry ${files} files; at most ${LIMITS.completeFiles} are allowed. Set max-uploaded-photos or max-uploaded-documents.`;
    findings.error(code, message, payload);
  }
  if (sizeKb > LIMITS.completeSizeKb) {
    const message = `The payload of complete could carry ${sizeKb} KB of files; at most ${LIMITS.completeSizeKb} KB are allowed. Set max-file-size-kb.`;
    findings.error(code, message, payload);
  }
}

function pickerOf(flow: Flow, screen: Screen, node: StringNode): Component | null {
  const reference = parseReference(node.value);
  if (reference?.store !== 'form') return null;
  const found = resolveReference(flow, screen, reference);
  if (found.kind !== 'found' || found.component === null) return null;
  return PICKERS.has(found.component.type) && valueSchemaOf(found.component) !== null ? found.component : null;
}

function numberAt(node: ObjectNode, key: string): number | undefined {
  const value = node.members.get(key);
  return value?.kind === 'number' ? value.value : undefined;
}
