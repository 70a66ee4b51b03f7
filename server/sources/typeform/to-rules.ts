import type { Rule } from '@flowella/shared/form/form.ts';
import type { RawAction, RawLogic } from './definition.ts';
import { toCondition, toExpression, type ConditionScope } from './to-condition.ts';

/** Where a field stands among our items: what a jump to it leads to, and what a rule after it follows. */
export type Position = { item: string; after: string };

export type RuleScope = ConditionScope & {
  position: (ref: unknown) => Position | undefined;
  /** The ending by its `ref`; null for the tool's own last word, undefined when the form has no such ending. */
  ending: (ref: unknown) => string | null | undefined;
};

/** What could not be read of a piece of logic, and where. */
export type LostLogic = { code: 'rule_not_known' | 'jump_lost' | 'calculation_lost'; ref: unknown };
export type Rules = { rules: Rule[]; lost: LostLogic[]; hasEarlyJumps: boolean };

/**
 * Typeform's `logic[]` as rules, in its order (Create API, "Logic Jumps"; form-tools.md 3.2). An action whose condition,
 * target or value cannot be read is left out and named in `lost`. Logic of a hidden field is carried out before the first
 * question; a jump there leads from nowhere, so it is left out too.
 */
export function toRules(logic: readonly RawLogic[], scope: RuleScope): Rules {
  const rules: Rule[] = [];
  const lost: LostLogic[] = [];
  let hasEarlyJumps = false;
  for (const { type, ref, actions } of logic) {
    const after = type === 'hidden' ? null : scope.position(ref)?.after;
    let isJumpLost = false;
    for (const action of actions) {
      const isJump = action.action === 'jump';
      if (after === undefined) lost.push({ code: isJump ? 'jump_lost' : 'calculation_lost', ref });
      else if (after === null && isJump) hasEarlyJumps = true;
      else {
        const rule = isJump ? toJump(action, after ?? '', scope) : toCalculation(action, after, scope);
        if (typeof rule === 'string') lost.push({ code: rule, ref });
        // What comes after a jump that cannot be read was meant for the others only: nobody shall miss a question.
        else if (!isJump || !isJumpLost) rules.push(rule);
        if (isJump && typeof rule === 'string') isJumpLost = true;
      }
    }
  }
  return { rules, lost, hasEarlyJumps };
}

function toJump(action: RawAction, after: string, scope: RuleScope): Rule | LostLogic['code'] {
  const when = whenOf(action, scope);
  if (!when) return 'rule_not_known';
  const to = targetOf(action.details?.to, scope);
  return to ? { kind: 'jump', after, ...when, to } : 'jump_lost';
}

function targetOf(
  to: { type?: string; value?: unknown } | undefined,
  scope: RuleScope,
): { item: string } | { end: string | null } | null {
  const end = () => {
    const ending = scope.ending(to?.value);
    return ending === undefined ? null : { end: ending };
  };
  switch (to?.type) {
    case 'field': {
      const position = scope.position(to.value);
      // A screen that stands among the fields is an end, not a question.
      return position ? { item: position.item } : end();
    }
    case 'thankyou':
      return end();
    case 'end':
      return end() ?? { end: null };
    default:
      return null;
  }
}

const OPERATORS = ['set', 'add', 'subtract', 'multiply', 'divide'] as const;

function toCalculation(action: RawAction, after: string | null, scope: RuleScope): Rule | LostLogic['code'] {
  const when = whenOf(action, scope);
  if (!when) return 'rule_not_known';
  const { target, value: raw } = action.details ?? {};
  const operator = OPERATORS.find((one) => one === action.action);
  const variable = target?.type === 'variable' && typeof target.value === 'string' ? target.value : '';
  const value = raw ? toExpression(raw, scope) : null;
  if (!operator || !value || !scope.hasVariable(variable)) return 'calculation_lost';
  return { kind: 'calculate', after, ...when, variable, operator, value };
}

function whenOf(action: RawAction, scope: RuleScope): { when?: Exclude<Rule['when'], undefined> } | null {
  const condition = toCondition(action.condition, scope);
  if (condition === null) return null;
  return condition.op === 'constant' && condition.value ? {} : { when: condition };
}
