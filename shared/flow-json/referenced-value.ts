import type { PropertyTable, ValueRule } from './component-rules.ts';
import { nameOf } from './expression-rules.ts';
import type { Component, ScreenContext } from './flow-model.ts';
import type { Reference } from './parse-expression.ts';
import { member } from './parse-with-positions.ts';
import type { JsonNode, StringNode } from './parse-with-positions.ts';
import { resolveReference, schemaAt, typeFits } from './value-schema.ts';
import type { ValueSchema } from './value-schema.ts';

type Site = ScreenContext & { component: Component; property: string; level: 'component' | 'item' };

/**
 * Checks that the reference in a property exists and has the type the property needs.
 * Meta, "Error Codes", screen data model errors.
 */
export function checkReferencedValue(site: Site, node: StringNode, reference: Reference, rule: ValueRule): void {
  const { flow, screen, findings, property } = site;
  // Since 6.0 Meta leaves the maps of a Form to a check of their own, which does not follow a reference to a whole map.
  const unchecked = site.level === 'item' || (rule.kind === 'map' && flow.version >= 600);
  const report = unchecked ? findings.warning : findings.error;
  const code = 'INVALID_SCREEN_DYNAMIC_DATA';
  if (reference.screen !== null && reference.screen === screen.id) {
    const local = `\${${reference.store}.${reference.path.join('.')}}`;
    report(code, `'${reference.text}' in '${property}' names its own screen; write '${local}'.`, node);
    return;
  }
  const found = resolveReference(flow, screen, reference);
  if (found.kind !== 'found') return report(code, found.reason, node);
  if (reference.store === 'data' && reference.path.some((key) => key.includes('-'))) {
    const message = `'${reference.text}' has a hyphen in its name, which WhatsApp does not read reliably; use underscores.`;
    findings.warning('HYPHEN_IN_REFERENCE', message, node);
  }
  const problem = mismatch(found.schema, rule, reference.text);
  if (problem !== null) report(code, `'${property}' of ${site.component.type}: ${problem}`, node);
}

/** Types that a property's value may have, in the words of data models. */
export function expectedTypes(rule: ValueRule): string[] {
  switch (rule.kind) {
    case 'boolean':
      return ['boolean'];
    case 'number':
      return ['number'];
    case 'texts':
    case 'items':
      return ['array'];
    case 'markdown':
      return ['string', 'array'];
    case 'object':
    case 'map':
      return ['object'];
    case 'by-mode':
      return [...expectedTypes(rule.value), 'object'];
    case 'media-error':
      return ['string', 'object'];
    case 'switch-value':
      return ['string', 'number', 'boolean'];
    case 'text':
    case 'name':
    case 'enum':
    case 'regex':
    case 'base64':
    case 'color':
    case 'condition':
      return ['string'];
    case 'action':
    case 'components':
    case 'cases':
      return [];
  }
}

function mismatch(schema: ValueSchema, rule: ValueRule, text: string): string | null {
  const types = expectedTypes(rule);
  if (!types.some((type) => typeFits(schema.type, type))) {
    return `'${text}' is ${nameOf(schema.type)}, but ${types.map(nameOf).join(' or ')} is needed.`;
  }
  if (schema.type !== 'array' || schema.node === null) return null;
  const items = schema.node.members.get('items');
  if (rule.kind === 'items') return itemsMismatch(items, rule.item, text);
  if (rule.kind !== 'texts' && rule.kind !== 'markdown') return null;
  const itemType = schemaAt(items).type;
  return itemType === 'string' ? null : `the items of '${text}' are ${nameOf(itemType)}, but texts are needed.`;
}

function itemsMismatch(items: JsonNode | undefined, table: PropertyTable, text: string): string | null {
  const schema = schemaAt(items);
  if (schema.type !== 'object') return `the items of '${text}' must be objects.`;
  const properties = member(items, 'properties');
  for (const [key, rule] of Object.entries(table)) {
    const declared = member(properties, key);
    if (declared === undefined) {
      if (rule.required) return `the items of '${text}' do not declare '${key}'.`;
      continue;
    }
    const { type } = schemaAt(declared);
    const wanted = rule.value.kind === 'action' ? ['object'] : expectedTypes(rule.value);
    if (rule.value.kind === 'boolean') wanted.push('string');
    if (!wanted.some((each) => typeFits(type, each))) {
      return `'${key}' in the items of '${text}' is ${nameOf(type)}, but ${wanted.map(nameOf).join(' or ')} is needed.`;
    }
  }
  return null;
}
