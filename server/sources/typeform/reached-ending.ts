import type { Answers } from '@flowella/shared/form/answers.ts';
import { computeValue, evaluateCondition } from '@flowella/shared/form/evaluate-condition.ts';
import type { Value } from '@flowella/shared/form/evaluate-expression.ts';
import type { Condition, Expression, Form, Rule } from '@flowella/shared/form/form.ts';

/**
 * The ending that these answers lead to, by walking the rules as Typeform does; null for the tool's own last word. Jumps that
 * go round in circles end the walk: a response states the usual ending then.
 */
export function reachedEnding(form: Form, answers: Answers, today: string): string | null {
  const usual = usualEnding(form);
  const rules = form.rules ?? [];
  const values = new Map<string, Value>((form.variables ?? []).map((one) => [one.id, valueOf(one.initial)]));
  const hidden = new Map(form.hidden.map((field) => [field.id, field.value ?? '']));
  const literal = (expression: Expression) => withValues(expression, values, hidden);
  const holds = (when: Condition | undefined) =>
    when === undefined || evaluateCondition(conditionWithValues(when, literal), answers, today);
  const calculate = (rule: Extract<Rule, { kind: 'calculate' }>) => {
    if (!holds(rule.when)) return;
    const left: Expression = literal({ op: 'variable', name: rule.variable });
    const right = literal(rule.value);
    const expression: Expression = rule.operator === 'set' ? right : { op: rule.operator, left, right };
    values.set(rule.variable, computeValue(expression, answers, today));
  };
  const places = form.pages.flatMap((page) =>
    page.items.map((item, index) => ({
      // Rules of a page follow those of its last item.
      names: index === page.items.length - 1 ? [item.id, page.id] : [item.id],
      isFirstOf: index === 0 ? page.id : null,
    })),
  );
  const startOf = (target: string) =>
    places.findIndex(({ names, isFirstOf }) => names[0] === target || isFirstOf === target);
  for (const rule of rules) if (rule.kind === 'calculate' && rule.after === null) calculate(rule);
  let position = 0;
  for (let steps = 0; steps <= places.length * 2; steps += 1) {
    const place = places[position];
    if (!place) return usual;
    const own = place.names.flatMap((name) => rules.filter((rule) => rule.after === name));
    for (const rule of own) if (rule.kind === 'calculate') calculate(rule);
    const jump = own.find((rule) => rule.kind === 'jump' && holds(rule.when));
    if (jump?.kind !== 'jump') position += 1;
    else if ('end' in jump.to) return jump.to.end;
    else {
      const next = startOf(jump.to.item);
      position = next < 0 ? position + 1 : next;
    }
  }
  return usual;
}

const OWN_SCREENS = ['DefaultTyScreen', 'default_tys'];

/** The first ending of the customer's own; Typeform's own last screen is used where there is none. */
function usualEnding(form: Form): string | null {
  const endings = form.endings ?? [];
  const own = endings.find((ending) => !OWN_SCREENS.includes(ending.id));
  return (own ?? endings[0])?.id ?? null;
}

function valueOf(initial: string): Value {
  const number = Number(initial);
  return initial.trim() !== '' && Number.isFinite(number) ? number : initial;
}

/** Variables and hidden fields by their values at this point; conditions look only at answers. */
function withValues(expression: Expression, values: Map<string, Value>, hidden: Map<string, string>): Expression {
  const inner = (part: Expression) => withValues(part, values, hidden);
  switch (expression.op) {
    case 'variable':
      return literalOf(values.get(expression.name) ?? '');
    case 'hidden':
      return literalOf(hidden.get(expression.field) ?? '');
    case 'add':
    case 'subtract':
    case 'multiply':
    case 'divide':
      return { ...expression, left: inner(expression.left), right: inner(expression.right) };
    case 'concat':
      return { ...expression, parts: expression.parts.map(inner) };
    default:
      return expression;
  }
}

function literalOf(value: Value): Expression {
  return typeof value === 'number' ? { op: 'number', value } : { op: 'text', value };
}

function conditionWithValues(condition: Condition, literal: (expression: Expression) => Expression): Condition {
  const inner = (part: Condition) => conditionWithValues(part, literal);
  switch (condition.op) {
    case 'and':
    case 'or':
      return { ...condition, conditions: condition.conditions.map(inner) };
    case 'not':
      return { ...condition, condition: inner(condition.condition) };
    case 'compare':
      return { ...condition, left: literal(condition.left), right: literal(condition.right) };
    default:
      return condition;
  }
}
