import { COMPONENTS } from './component-rules.ts';
import type { PropertyTable, ValueRule } from './component-rules.ts';
import { isNestedExpression, nameOf } from './expression-rules.ts';
import type { Findings } from './findings.ts';
import type { Action, Flow } from './flow-model.ts';
import { parseReference } from './parse-expression.ts';
import { member, textOf } from './parse-with-positions.ts';
import type { JsonNode } from './parse-with-positions.ts';
import { isUri } from './property-rules.ts';

const CLICK_KEYS = new Set(['name', 'payload', 'next', 'url']);
const SELECT_KEYS = new Set(['name', 'payload']);
const NEXT_KEYS = new Set(['type', 'name']);

/** Shape of every action, where it may stand, and where it leads. Meta, "Flow JSON", actions; "Error Codes". */
export function checkActions(flow: Flow, findings: Findings): void {
  for (const action of flow.actions) {
    const rule = ruleOf(action);
    if (rule === undefined) continue;
    checkName(flow, action, rule, findings);
    checkKeys(flow, action, rule, findings);
    checkNext(flow, action, findings);
    checkUrl(flow, action, findings);
    checkTerminal(action, findings);
    checkBothLevels(action, findings);
  }
}

type ActionRule = Extract<ValueRule, { kind: 'action' }>;

function ruleOf(action: Action): ActionRule | undefined {
  const table = COMPONENTS.get(action.component.type)?.properties ?? {};
  const rule = action.fromItem ? itemTable(table)[action.property] : table[action.property];
  return rule?.value.kind === 'action' ? rule.value : undefined;
}

function itemTable(table: PropertyTable): PropertyTable {
  const list = (table['data-source'] ?? table['list-items'])?.value;
  return list?.kind === 'items' ? list.item : {};
}

function checkName(flow: Flow, action: Action, rule: ActionRule, findings: Findings): void {
  const name = action.node.members.get('name');
  if (name === undefined) {
    findings.error('MISSING_REQUIRED_PROPERTY', `The property 'name' is missing in '${action.property}'.`, action.node);
    return;
  }
  if (name.kind !== 'string') {
    findings.error('INVALID_PROPERTY_TYPE', `'name' of an action must be a text, but is ${nameOf(name.kind)}.`, name);
    return;
  }
  const allowed = rule.names(flow.version);
  if (allowed.includes(name.value)) return;
  const code = rule.on === 'click' ? 'INVALID_ENUM_VALUE' : 'INVALID_PROPERTY_VALUE';
  const message = `'${action.property}' of ${action.component.type} must be one of: ${allowed.join(', ')}.`;
  findings.error(code, message, name);
}

function checkKeys(flow: Flow, action: Action, rule: ActionRule, findings: Findings): void {
  const { node, name } = action;
  const known = rule.on === 'click' ? CLICK_KEYS : SELECT_KEYS;
  for (const [key, value] of node.members) {
    if (known.has(key) && !(key === 'url' && flow.version < 600)) continue;
    findings.error('INVALID_PROPERTY_KEY', `The property '${key}' is not known in '${action.property}'.`, {
      keyOf: value,
    });
  }
  const payload = node.members.get('payload');
  if (payload === undefined) {
    if (rule.on === 'click') return;
    findings.error('MISSING_REQUIRED_PROPERTY', `The property 'payload' is missing in '${action.property}'.`, node);
  } else if (payload.kind !== 'object') {
    findings.error('INVALID_PROPERTY_TYPE', `'payload' must be an object, but is ${nameOf(payload.kind)}.`, payload);
  } else if (name === 'open_url') {
    exclusive(findings, 'payload', name, payload);
  }
}

function checkNext(flow: Flow, action: Action, findings: Findings): void {
  const { node, name, screen } = action;
  const next = node.members.get('next');
  if (name !== 'navigate') {
    if (next !== undefined) exclusive(findings, 'next', name, next);
    return;
  }
  if (next === undefined) {
    findings.error('MISSING_REQUIRED_PROPERTY', "The property 'next' is missing in a navigate action.", node);
    return;
  }
  if (next.kind !== 'object') {
    findings.error('INVALID_PROPERTY_TYPE', `'next' must be an object, but is ${nameOf(next.kind)}.`, next);
    return;
  }
  for (const [key, value] of next.members) {
    if (NEXT_KEYS.has(key)) continue;
    findings.error('INVALID_PROPERTY_KEY', `The property '${key}' is not known in 'next'.`, { keyOf: value });
  }
  for (const key of NEXT_KEYS) {
    const value = next.members.get(key);
    if (value === undefined)
      findings.error('MISSING_REQUIRED_PROPERTY', `The property '${key}' is missing in 'next'.`, next);
    else if (value.kind !== 'string') {
      findings.error(
        'INVALID_PROPERTY_TYPE',
        `'${key}' in 'next' must be a text, but is ${nameOf(value.kind)}.`,
        value,
      );
    }
  }
  const type = textOf(next.members.get('type'));
  if (type !== undefined && type !== 'screen') {
    findings.warning('INVALID_PROPERTY_VALUE', "The 'type' in 'next' should be 'screen'.", next);
  }
  const target = next.members.get('name');
  if (target?.kind === 'string') checkTarget(flow, screen.id, target.value, target, findings);
}

function checkTarget(flow: Flow, from: string, to: string, node: JsonNode, findings: Findings): void {
  const code = 'INVALID_NAVIGATE_ACTION_NEXT_SCREEN_NAME';
  if (to === from) findings.error(code, `The screen '${from}' cannot navigate to itself.`, node);
  else if (!flow.byId.has(to)) findings.error(code, `There is no screen '${to}' to navigate to.`, node);
}

function checkUrl(flow: Flow, action: Action, findings: Findings): void {
  const url = action.node.members.get('url');
  if (action.name !== 'open_url') {
    if (url !== undefined && flow.version >= 600) exclusive(findings, 'url', action.name, url);
    return;
  }
  if (url === undefined) {
    findings.error('MISSING_REQUIRED_PROPERTY', "The property 'url' is missing in an open_url action.", action.node);
  } else if (url.kind !== 'string') {
    findings.error('INVALID_PROPERTY_TYPE', `'url' must be a text, but is ${nameOf(url.kind)}.`, url);
  } else if (parseReference(url.value) === null && !isNestedExpression(url.value) && !isUri(url.value)) {
    findings.error('INVALID_PROPERTY_VALUE_FORMAT', "'url' must be a whole address, such as https://example.com.", url);
  }
}

function exclusive(findings: Findings, key: string, name: string, node: JsonNode): void {
  const message = `The property '${key}' cannot be specified in an action '${name}'.`;
  findings.error('NOT_KEYWORD_SCHEMA_VALIDATION_FAILED', message, { keyOf: node });
}

function checkTerminal(action: Action, findings: Findings): void {
  if (action.name !== 'complete' || action.screen.terminal) return;
  const message = "The action 'complete' can only be used on a terminal screen.";
  findings.error('INVALID_COMPLETE_ACTION', message, action.node.members.get('name') ?? action.node);
}

/** On-select and on-unselect stand on the component or on its items, never on both. */
function checkBothLevels(action: Action, findings: Findings): void {
  if (!action.fromItem || action.property === 'on-click-action') return;
  if (member(action.component.node, action.property) === undefined) return;
  const message = `'${action.property}' cannot be used on both a component and its data-source items.`;
  findings.error('INVALID_UPDATE_DATA_ACTION_PAYLOAD', message, action.node);
}
