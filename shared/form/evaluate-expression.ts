import type { Condition, Expression } from './form.ts';

/** A computed value: a number or a text. */
export type Value = number | string;

/** Where an expression finds what it looks at. */
export type ExpressionScope = {
  answer: (question: string) => Value | null;
  holds: (condition: Condition) => boolean;
  ref: (name: string) => Value;
};

/**
 * The value of an expression. Nothing counts as 0 in arithmetic and as '' in texts, and so does what cannot be calculated
 * (text in arithmetic, division by zero): a calculation never fails while a person answers. `variable` and `hidden` are
 * replaced before (`desugarRules`); left over, they are nothing.
 */
export function evaluateExpression(expression: Expression, scope: ExpressionScope): Value {
  switch (expression.op) {
    case 'number':
    case 'text':
      return expression.value;
    case 'answer':
      return scope.answer(expression.question) ?? '';
    case 'hidden':
    case 'variable':
      return '';
    case 'ref':
      return scope.ref(expression.name);
    case 'concat':
      return expression.parts.map((part) => String(evaluateExpression(part, scope))).join('');
    case 'if':
      return evaluateExpression(scope.holds(expression.condition) ? expression.then : expression.else, scope);
    default:
      return calculate(
        expression.op,
        asNumber(evaluateExpression(expression.left, scope)),
        asNumber(evaluateExpression(expression.right, scope)),
      );
  }
}

function calculate(operator: 'add' | 'subtract' | 'multiply' | 'divide', left: number, right: number): number {
  const result = exact(operator, left, right);
  return Number.isFinite(result) ? result : 0;
}

/** Decimal results without the noise of binary fractions: 0.1 + 0.2 is 0.3. */
function exact(operator: 'add' | 'subtract' | 'multiply' | 'divide', left: number, right: number): number {
  switch (operator) {
    case 'add':
      return rounded(left + right);
    case 'subtract':
      return rounded(left - right);
    case 'multiply':
      return rounded(left * right);
    case 'divide':
      return rounded(left / right);
  }
}

function rounded(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(12)) : value;
}

function asNumber(value: Value): number {
  const number = typeof value === 'number' ? value : Number(value);
  return Number.isFinite(number) ? number : 0;
}
