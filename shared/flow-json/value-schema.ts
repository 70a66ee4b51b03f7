import { COMPONENTS } from './component-rules.ts';
import { member, textOf } from './parse-with-positions.ts';
import type { JsonNode, ObjectNode } from './parse-with-positions.ts';
import type { Component, Flow, Screen } from './flow-model.ts';
import type { Reference } from './parse-expression.ts';

/** The type of a value as far as it is declared: in a data model, or by the kind of an input. */
export type ValueSchema = {
  /** `string`, `number`, `boolean`, `object`, `array`, or whatever else a data model says; empty when undeclared. */
  type: string;
  /** The declaration in the data model; null for inputs. */
  node: ObjectNode | null;
  /** Type of an array's items where the value comes from an input. */
  itemType?: 'string' | 'object';
};

/** The value a reference stands for, or why there is none. `kind` tells which of Meta's rules was broken. */
export type Resolution =
  | { kind: 'found'; schema: ValueSchema; component: Component | null }
  | { kind: 'missing' | 'unknown-screen' | 'form-value' | 'inside-array'; reason: string };

/** The schema a data model declares at this node. */
export function schemaAt(node: JsonNode | undefined): ValueSchema {
  if (node?.kind !== 'object') return { type: '', node: null };
  return { type: textOf(node.members.get('type')) ?? '', node };
}

/** Follows a reference from a screen. Meta, "Flow JSON", dynamic properties. */
export function resolveReference(flow: Flow, current: Screen, reference: Reference): Resolution {
  const screen = reference.screen === null ? current : flow.byId.get(reference.screen);
  if (screen === undefined) {
    return {
      kind: 'unknown-screen',
      reason: `'${reference.text}' names the screen '${reference.screen}', which does not exist.`,
    };
  }
  return reference.store === 'form' ? resolveInput(screen, reference) : resolveData(screen, reference);
}

function resolveInput(screen: Screen, reference: Reference): Resolution {
  const component = screen.byName.get(reference.path.join('.'))?.[0];
  if (component === undefined) {
    return { kind: 'missing', reason: `'${reference.text}' names an input that screen '${screen.id}' does not have.` };
  }
  const schema = valueSchemaOf(component);
  if (schema !== null) return { kind: 'found', schema, component };
  return {
    kind: 'form-value',
    reason: `'${reference.text}' names a ${component.type}, which has no value of its own; name one of its inputs.`,
  };
}

function resolveData(screen: Screen, reference: Reference): Resolution {
  const [first = '', ...rest] = reference.path;
  let node = screen.data?.members.get(first);
  if (node === undefined) {
    return { kind: 'missing', reason: `'${reference.text}' is not declared in the data of screen '${screen.id}'.` };
  }
  for (const key of rest) {
    if (textOf(member(node, 'type')) === 'array') {
      return { kind: 'inside-array', reason: `'${reference.text}' reaches into a list, which references cannot do.` };
    }
    node = member(member(node, 'properties'), key);
    if (node === undefined) {
      return {
        kind: 'missing',
        reason: `'${reference.text}' is not declared in the data of screen '${screen.id}': '${key}' is missing.`,
      };
    }
  }
  return { kind: 'found', schema: schemaAt(node), component: null };
}

/** The type of an input's value; null for what is no input. Numbers are numbers only for `number` and `passcode`. */
export function valueSchemaOf(component: Component): ValueSchema | null {
  switch (COMPONENTS.get(component.type)?.valueType) {
    case undefined:
      return null;
    case 'string':
    case 'boolean':
      return { type: COMPONENTS.get(component.type)?.valueType ?? '', node: null };
    case 'strings':
      return { type: 'array', node: null, itemType: 'string' };
    case 'files':
      return { type: 'array', node: null, itemType: 'object' };
    case 'by-mode':
      return { type: textOf(component.node.members.get('mode')) === 'range' ? 'object' : 'string', node: null };
    case 'by-input-type': {
      const inputType = textOf(component.node.members.get('input-type'));
      return { type: inputType === 'number' || inputType === 'passcode' ? 'number' : 'string', node: null };
    }
  }
}

/** Type of a written-out JSON value, in the words of data models. */
export function typeOfValue(node: JsonNode): string {
  return node.kind;
}

/** Whether a value of type `actual` may stand where `expected` is declared; integers are numbers. */
export function typeFits(actual: string, expected: string): boolean {
  return (
    actual === expected ||
    (actual === 'integer' && expected === 'number') ||
    (actual === 'number' && expected === 'integer')
  );
}
