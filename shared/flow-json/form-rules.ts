import { FORM_INPUTS, PICKERS, isInput } from './component-rules.ts';
import { checkNestedExpression, isNestedExpression, nameOf } from './expression-rules.ts';
import type { Component, ScreenContext } from './flow-model.ts';
import { parseReference } from './parse-expression.ts';
import { textOf } from './parse-with-positions.ts';
import type { JsonNode, ObjectNode } from './parse-with-positions.ts';
import { typeNode } from './placement-rules.ts';
import { resolveReference, typeFits, valueSchemaOf } from './value-schema.ts';

/** Names of inputs, the Form around them, and its two maps. Meta, "Components", Form; "Error Codes", naming, optional form. */
export function checkForms(context: ScreenContext): void {
  checkNames(context);
  const forms = context.screen.byType.get('Form') ?? [];
  if (forms.length === 0) return;
  checkInputsOutside(context);
  for (const form of forms) {
    checkInitValues(context, form);
    checkErrorMessages(context, form);
  }
}

function checkNames(context: ScreenContext): void {
  for (const [name, components] of context.screen.byName) {
    if (components.length < 2) continue;
    const inputs = components.filter((component) => isInput(component.type));
    const repeated = components.slice(1).map((component) => component.node.members.get('name') ?? component.node);
    const message = `The name '${name}' is used more than once on screen '${context.screen.id}'.`;
    if (inputs.length > 1) context.findings.error('DUPLICATE_FORM_COMPONENT_NAMES', message, ...repeated);
    else context.findings.warning('DUPLICATE_FORM_COMPONENT_NAMES', message, ...repeated);
  }
}

function checkInputsOutside(context: ScreenContext): void {
  const { screen, findings } = context;
  const outside = screen.components.filter((component) => component.form === null && isInput(component.type));
  const rejected = outside.filter((component) => FORM_INPUTS.has(component.type));
  const others = outside.filter((component) => !FORM_INPUTS.has(component.type) && component.type !== 'NavigationList');
  const message = (type: string): string => `${type} must stand inside the Form, since screen '${screen.id}' has one.`;
  for (const input of rejected) findings.error('COMPONENTS_OUTSIDE_FORM', message(input.type), typeNode(input));
  for (const input of others) findings.warning('COMPONENTS_OUTSIDE_FORM', message(input.type), typeNode(input));
}

function checkInitValues(context: ScreenContext, form: Component): void {
  const { screen, findings, flow } = context;
  const values = form.node.members.get('init-values');
  if (values?.kind !== 'object') return;
  const report = flow.version >= 700 ? findings.error : findings.warning;
  for (const [name, value] of values.members) {
    const input = screen.byName.get(name)?.find((component) => isInput(component.type));
    if (input === undefined) {
      report('INVALID_PROPERTY_VALUE', `'init-values' names '${name}', but the screen has no such input.`, {
        keyOf: value,
      });
    } else if (PICKERS.has(input.type)) {
      const message = `'init-values' cannot preset '${name}': a ${input.type} starts empty.`;
      findings.error('NATIVE_COMPONENT_IN_FORM_INIT_VALUES', message, { keyOf: value });
    } else checkInitType(context, name, value, input);
  }
}

function checkInitType(context: ScreenContext, name: string, value: JsonNode, input: Component): void {
  const { findings, flow } = context;
  const wanted = valueSchemaOf(input)?.type ?? '';
  const actual = mapValueType(context, value);
  if (actual === null || typeFits(actual, wanted)) return;
  const message = `'init-values' gives '${name}' ${nameOf(actual)}, but ${input.type} needs ${nameOf(wanted)}.`;
  // Meta's page shows texts for numeric inputs, its validator wants numbers: only a warning until one of them gives way.
  const disputed = input.type === 'TextInput' && actual === 'string';
  const report = flow.version >= 700 && !disputed ? findings.error : findings.warning;
  report('INVALID_PROPERTY_VALUE', message, value);
}

function checkErrorMessages(context: ScreenContext, form: Component): void {
  const { screen, findings, flow } = context;
  const messages = form.node.members.get('error-messages');
  if (messages?.kind !== 'object') return;
  const report = flow.version >= 700 ? findings.error : findings.warning;
  for (const [name, value] of messages.members) {
    const input = screen.byName.get(name)?.find((component) => isInput(component.type));
    if (input === undefined) {
      const message = `'error-messages' names '${name}', but the screen has no such input.`;
      findings.warning('INVALID_PROPERTY_VALUE', message, { keyOf: value });
      continue;
    }
    const actual = mapValueType(context, value);
    const wanted = errorTypes(input);
    if (actual === null || wanted.includes(actual)) continue;
    const message = `'error-messages' gives '${name}' ${nameOf(actual)}, but ${wanted.map(nameOf).join(' or ')} is needed.`;
    report('INVALID_PROPERTY_VALUE', message, value);
  }
}

function errorTypes(input: Component): string[] {
  if (PICKERS.has(input.type)) return ['string', 'object'];
  return textOf(input.node.members.get('mode')) === 'range' ? ['object'] : ['string'];
}

/** Type of a value in one of the Form's maps; null, with the finding made, when its reference or expression is wrong. */
function mapValueType(context: ScreenContext, value: JsonNode): string | null {
  const { flow, screen, findings } = context;
  if (value.kind !== 'string') return value.kind;
  const reference = parseReference(value.value);
  if (reference !== null) {
    const found = resolveReference(flow, screen, reference);
    if (found.kind === 'found') return found.schema.type;
    // Meta reads the maps of a Form only since 7.0.
    const report = flow.version >= 700 ? findings.error : findings.warning;
    report('INVALID_PROPERTY_VALUE', found.reason, value);
    return null;
  }
  if (flow.version < 600 || !isNestedExpression(value.value)) return 'string';
  const result = checkNestedExpression(flow, screen, value.value);
  if (result.kind === 'typed') return result.type;
  const report = flow.version >= 700 ? findings.error : findings.warning;
  report('INVALID_PROPERTY_VALUE', `The expression is wrong: ${result.reason}.`, value);
  return null;
}

/** A Form's map by key, for rules about single inputs. */
export function mapEntry(
  form: ObjectNode | undefined,
  map: 'init-values' | 'error-messages',
  name: string,
): JsonNode | undefined {
  const node = form?.members.get(map);
  return node?.kind === 'object' ? node.members.get(name) : undefined;
}
