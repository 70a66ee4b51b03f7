import { nameOf } from './expression-rules.ts';
import type { Findings } from './findings.ts';
import type { Screen } from './flow-model.ts';
import { itemsOf, member, textOf } from './parse-with-positions.ts';
import type { JsonNode, ObjectNode } from './parse-with-positions.ts';
import { typeFits } from './value-schema.ts';

const TYPES = new Set(['string', 'number', 'boolean', 'object', 'array']);
const CODE = 'INVALID_SCREEN_DATA';

/** Checks the data model of a screen. Meta, "Flow JSON", dynamic properties, and "Error Codes", screen data model errors. */
export function checkDataModel(screen: Screen, findings: Findings): void {
  const data = screen.node.members.get('data');
  if (data === undefined) return;
  if (data.kind !== 'object') {
    findings.error('INVALID_PROPERTY_TYPE', `'data' must be an object, but is ${nameOf(data.kind)}.`, data);
    return;
  }
  for (const [key, node] of data.members) {
    if (key === 'required' && node.kind === 'array') continue;
    if (node.kind === 'object') checkField(key, node, findings);
    else
      findings.error(
        'INVALID_PROPERTY_TYPE',
        `'${key}' in 'data' must be an object, but is ${nameOf(node.kind)}.`,
        node,
      );
  }
}

function checkField(key: string, node: ObjectNode, findings: Findings): void {
  const example = node.members.get('__example__');
  if (example === undefined) {
    findings.error('MISSING_REQUIRED_PROPERTY', `The property '__example__' is missing for '${key}' in 'data'.`, node);
  }
  for (const [inner, child] of node.members) if (inner !== '__example__') findInnerExamples(child, findings);
  const sound = checkDeclaration(key, node, findings, 'error');
  if (!sound || example === undefined) return;
  const problem = exampleProblem(example, node, 'the example');
  if (problem !== null)
    findings.error(CODE, `The '__example__' of '${key}' does not fit its type: ${problem}.`, example);
}

function findInnerExamples(node: JsonNode, findings: Findings): void {
  for (const item of itemsOf(node)) findInnerExamples(item, findings);
  if (node.kind !== 'object') return;
  for (const [key, child] of node.members) {
    if (key === '__example__') {
      const message = "'__example__' is allowed only at the top level of a field in 'data'.";
      findings.error(CODE, message, { keyOf: child });
    } else findInnerExamples(child, findings);
  }
}

/** Checks type, items and properties; what stands inside `properties` Meta reads only when it is used: warnings. */
function checkDeclaration(key: string, node: ObjectNode, findings: Findings, severity: 'error' | 'warning'): boolean {
  const report = findings[severity];
  const type = node.members.get('type');
  if (type === undefined) {
    report(CODE, `The property 'type' is missing for '${key}' in 'data'.`, node);
    return false;
  }
  if (type.kind !== 'string') {
    report(CODE, `The 'type' of '${key}' in 'data' must be a text, but is ${nameOf(type.kind)}.`, type);
    return false;
  }
  if (type.value === 'integer') {
    findings.warning(CODE, `The 'type' of '${key}' should be 'number': 'integer' is not a documented type.`, type);
  } else if (!TYPES.has(type.value)) {
    report(CODE, `The 'type' of '${key}' must be one of: ${[...TYPES].join(', ')}.`, type);
    return false;
  }
  if (type.value === 'array') return checkArray(key, node, findings, severity);
  if (type.value === 'object') return checkObject(key, node, findings);
  return true;
}

function checkArray(key: string, node: ObjectNode, findings: Findings, severity: 'error' | 'warning'): boolean {
  const items = node.members.get('items');
  if (items === undefined) {
    findings[severity](CODE, `'${key}' is a list, so it needs 'items'.`, node);
    return false;
  }
  if (items.kind === 'boolean') return true;
  if (items.kind === 'object') return checkDeclaration(`${key}.items`, items, findings, severity);
  findings[severity](
    CODE,
    `'items' of '${key}' must be an object or true or false, but is ${nameOf(items.kind)}.`,
    items,
  );
  return false;
}

function checkObject(key: string, node: ObjectNode, findings: Findings): boolean {
  const properties = node.members.get('properties');
  if (properties === undefined) {
    findings.warning(CODE, `'${key}' is an object, so it should declare its 'properties'.`, node);
    return true;
  }
  if (properties.kind !== 'object') {
    findings.error(CODE, `'properties' of '${key}' must be an object, but is ${nameOf(properties.kind)}.`, properties);
    return false;
  }
  let sound = true;
  for (const [name, child] of properties.members) {
    if (name === '__example__') continue;
    if (child.kind === 'object') sound = checkDeclaration(`${key}.${name}`, child, findings, 'warning') && sound;
    else if (child.kind !== 'boolean') {
      findings.error(CODE, `'${key}.${name}' must be an object, but is ${nameOf(child.kind)}.`, child);
      sound = false;
    }
  }
  return sound;
}

/** Why a value does not fit its declaration, in a few words; null when it does. */
function exampleProblem(value: JsonNode, schema: JsonNode, where: string): string | null {
  const type = textOf(member(schema, 'type'));
  if (type === undefined) return null;
  if (!typeFits(value.kind, type)) return `${where} must be ${nameOf(type)}, but is ${nameOf(value.kind)}`;
  if (type === 'integer' && value.kind === 'number' && !Number.isInteger(value.value))
    return `${where} must be a whole number`;
  if (value.kind === 'array') return itemProblem(value.items, member(schema, 'items'), where);
  return value.kind === 'object' ? memberProblem(value, schema, where) : null;
}

function itemProblem(items: JsonNode[], schema: JsonNode | undefined, where: string): string | null {
  if (schema?.kind !== 'object') return null;
  for (const [index, item] of items.entries()) {
    const problem = exampleProblem(item, schema, `item ${index + 1} of ${where}`);
    if (problem !== null) return problem;
  }
  return null;
}

function memberProblem(value: ObjectNode, schema: JsonNode, where: string): string | null {
  for (const name of itemsOf(member(schema, 'required'))) {
    const key = textOf(name);
    if (key !== undefined && !value.members.has(key)) return `'${key}' is missing in ${where}`;
  }
  const properties = member(schema, 'properties');
  for (const [key, child] of value.members) {
    const declared = member(properties, key);
    const problem = declared === undefined ? null : exampleProblem(child, declared, `'${key}' in ${where}`);
    if (problem !== null) return problem;
  }
  return null;
}
