import { parseExpression } from './parse-expression.ts';
import type { Expression } from './parse-expression.ts';
import { resolveReference, typeFits } from './value-schema.ts';
import type { Flow, Screen } from './flow-model.ts';

/** The type an expression gives, or what is wrong with it; `at` is the 1-based column within the expression. */
export type ExpressionCheck = { kind: 'typed'; type: string } | { kind: 'wrong'; reason: string };

const ORDERING = new Set(['<', '<=', '>', '>=']);
const EQUALITY = new Set(['==', '!=']);
const LOGICAL = new Set(['&&', '||']);

class Wrong {
  readonly reason: string;
  constructor(reason: string, expression: Expression) {
    this.reason = `${reason} (column ${expression.at + 1} of the expression)`;
  }
}

/** Whether a text is a nested expression: wrapped in backticks. Only since 6.0. */
export function isNestedExpression(text: string): boolean {
  return text.length >= 2 && text.startsWith('`') && text.endsWith('`');
}

/** Checks the text of a nested expression, backticks included. Meta, "Flow JSON", nested expressions. */
export function checkNestedExpression(flow: Flow, screen: Screen, text: string): ExpressionCheck {
  return check(flow, screen, text.slice(1, -1), (expression, scope) => typeOf(expression, scope));
}

/** Checks the condition of an If that is written without backticks. Meta, "Components", If, supported operators. */
export function checkCondition(flow: Flow, screen: Screen, text: string): ExpressionCheck {
  return check(flow, screen, text, (expression, scope) => {
    const bare = withoutGroups(expression);
    if (bare.kind === 'literal')
      throw new Wrong('The condition always gives the same result: it has no reference', bare);
    checkConditionShape(expression);
    const type = typeOf(expression, scope);
    if (type !== 'boolean')
      throw new Wrong(`The condition must give true or false, but gives ${nameOf(type)}`, expression);
    return type;
  });
}

type Scope = { flow: Flow; screen: Screen };

function check(
  flow: Flow,
  screen: Screen,
  source: string,
  typeIt: (expression: Expression, scope: Scope) => string,
): ExpressionCheck {
  const parsed = parseExpression(source);
  if (parsed.kind === 'failed')
    return { kind: 'wrong', reason: `${sentence(parsed.reason)} (column ${parsed.at + 1} of the expression)` };
  try {
    return { kind: 'typed', type: typeIt(parsed.expression, { flow, screen }) };
  } catch (wrong) {
    if (wrong instanceof Wrong) return { kind: 'wrong', reason: wrong.reason };
    throw wrong;
  }
}

function typeOf(expression: Expression, scope: Scope): string {
  switch (expression.kind) {
    case 'literal':
      if (expression.type === 'null') throw new Wrong("The word 'null' cannot be used", expression);
      return expression.type;
    case 'reference':
      return typeOfReference(expression, scope);
    case 'group':
      if (expression.inner.kind === 'concatenation')
        throw new Wrong('Texts cannot be joined inside parentheses', expression);
      return typeOf(expression.inner, scope);
    case 'unary':
      return typeOfUnary(expression, scope);
    case 'binary':
      return typeOfBinary(expression, scope);
    case 'concatenation':
      for (const part of expression.parts) typeOf(part, scope);
      return 'string';
  }
}

function typeOfReference(expression: Expression & { kind: 'reference' }, scope: Scope): string {
  const { reference } = expression;
  if (reference.path.some((key) => key.includes('-'))) {
    throw new Wrong(
      `'${reference.text}' cannot stand in an expression: the hyphen would be read as a minus sign`,
      expression,
    );
  }
  const found = resolveReference(scope.flow, scope.screen, reference);
  if (found.kind !== 'found') throw new Wrong(found.reason.replace(/\.$/, ''), expression);
  return found.schema.type === 'integer' ? 'number' : found.schema.type;
}

function typeOfUnary(expression: Expression & { kind: 'unary' }, scope: Scope): string {
  const type = typeOf(expression.operand, scope);
  const wanted = expression.operator === '!' ? 'boolean' : 'number';
  if (type !== wanted) {
    throw new Wrong(`'${expression.operator}' needs ${nameOf(wanted)} after it, but finds ${nameOf(type)}`, expression);
  }
  return type;
}

function typeOfBinary(expression: Expression & { kind: 'binary' }, scope: Scope): string {
  const { operator } = expression;
  const left = typeOf(expression.left, scope);
  const right = typeOf(expression.right, scope);
  if (EQUALITY.has(operator)) {
    if (left === right) return 'boolean';
    throw new Wrong(
      `'${operator}' compares ${nameOf(left)} with ${nameOf(right)}; both sides must have the same type`,
      expression,
    );
  }
  const wanted = LOGICAL.has(operator) ? 'boolean' : 'number';
  const wrong = typeFits(left, wanted) ? right : left;
  if (!typeFits(wrong, wanted)) {
    throw new Wrong(`'${operator}' needs ${nameOf(wanted)} on both sides, but finds ${nameOf(wrong)}`, expression);
  }
  return ORDERING.has(operator) || LOGICAL.has(operator) ? 'boolean' : 'number';
}

/** What conditions may not do although nested expressions may: compute, join, compare two literals, mix without parentheses. */
function checkConditionShape(expression: Expression): void {
  switch (expression.kind) {
    case 'concatenation':
      throw new Wrong('An operator is missing between two operands', expression.parts[1] ?? expression);
    case 'group':
      return checkConditionShape(expression.inner);
    case 'unary':
      if (expression.operator === '-' && expression.operand.kind === 'literal')
        return checkConditionLiteral(expression.operand);
      if (expression.operator !== '!')
        throw new Wrong(`'${expression.operator}' cannot be used in a condition`, expression);
      return checkConditionShape(expression.operand);
    case 'binary':
      return checkConditionOperator(expression);
    case 'literal':
      return checkConditionLiteral(expression);
    case 'reference':
      return;
  }
}

/** Conditions know whole numbers and single quotes only. Meta's validator, `WAFlowJSONConditionalRenderingLiteralHelper`. */
function checkConditionLiteral(expression: Expression & { kind: 'literal' }): void {
  const { type, text } = expression;
  if (type === 'string' && text.startsWith('"'))
    throw new Wrong('A text in a condition stands in single quotes', expression);
  if (type !== 'number') return;
  if (text.includes('.')) throw new Wrong(`A condition takes whole numbers only, not ${text}`, expression);
  if (/^0\d/.test(text)) throw new Wrong(`The number ${text} must not start with a zero`, expression);
}

function checkConditionOperator(expression: Expression & { kind: 'binary' }): void {
  const { operator, left, right } = expression;
  if (!EQUALITY.has(operator) && !ORDERING.has(operator) && !LOGICAL.has(operator)) {
    throw new Wrong(`'${operator}' cannot be used in a condition`, expression);
  }
  if (isLiteral(left) && isLiteral(right)) {
    throw new Wrong(`'${operator}' has fixed values on both sides, so it always gives the same result`, expression);
  }
  for (const side of [left, right]) {
    if (side.kind === 'binary' && !(LOGICAL.has(operator) && LOGICAL.has(side.operator))) {
      throw new Wrong(`The comparison beside '${operator}' must stand in parentheses`, side);
    }
    checkConditionShape(side);
  }
}

function isLiteral(expression: Expression): boolean {
  const bare = withoutGroups(expression);
  return bare.kind === 'literal' || (bare.kind === 'unary' && bare.operator === '-' && isLiteral(bare.operand));
}

function withoutGroups(expression: Expression): Expression {
  let bare = expression;
  while (bare.kind === 'group') bare = bare.inner;
  return bare;
}

/** A type in plain words. */
export function nameOf(type: string): string {
  switch (type) {
    case 'string':
      return 'a text';
    case 'number':
    case 'integer':
      return 'a number';
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'a list';
    case 'object':
      return 'an object';
    case 'null':
      return 'nothing (null)';
    default:
      return 'a value of unknown type';
  }
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
