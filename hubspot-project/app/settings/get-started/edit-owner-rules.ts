import type { OwnerChoice, OwnerRule } from '@flowella/shared/contract/api.ts';

export const TESTS = ['is', 'contains', 'at-least', 'at-most', 'answered'] as const;
export type Test = (typeof TESTS)[number];
/** A condition as this page shows it; '' as the question: always. */
export type SimpleCondition = { question: string; test: Test; value: string };
type Condition = NonNullable<OwnerRule['when']>;

/** The condition as the page shows it; null where it says more than the page can. */
export function toSimple(when: Condition | undefined): SimpleCondition | null {
  if (when === undefined) return { question: '', test: 'is', value: '' };
  switch (when.op) {
    case 'includes-any':
      return when.values.length === 1 ? { question: when.question, test: 'is', value: when.values[0] ?? '' } : null;
    case 'contains':
      return { question: when.question, test: 'contains', value: when.value };
    case 'greater-or-equal':
      return { question: when.question, test: 'at-least', value: when.value };
    case 'less-or-equal':
      return { question: when.question, test: 'at-most', value: when.value };
    case 'answered':
      return { question: when.question, test: 'answered', value: '' };
    default:
      return null;
  }
}

/** "Is" means one of the chosen, so that it holds for a list of several answers too. */
export function fromSimple({ question, test, value }: SimpleCondition): Condition | undefined {
  if (question === '') return undefined;
  switch (test) {
    case 'is':
      return { op: 'includes-any', question, values: [value] };
    case 'contains':
      return { op: 'contains', question, value };
    case 'at-least':
      return { op: 'greater-or-equal', question, value };
    case 'at-most':
      return { op: 'less-or-equal', question, value };
    case 'answered':
      return { op: 'answered', question };
  }
}

/** Values of the choice of an owner in one menu: an owner's id, or one of these two words. */
export const KEEP = 'keep';
export const IN_TURN = 'in-turn';

export function toChoiceValue(choose: OwnerChoice): string {
  if (choose.kind === 'keep') return KEEP;
  return choose.kind === 'round-robin' ? IN_TURN : choose.ownerId;
}

/** `owners`: who can be chosen, so that a list of several begins with somebody. */
export function fromChoiceValue(value: string, before: OwnerChoice, owners: readonly string[]): OwnerChoice {
  if (value === KEEP) return { kind: 'keep' };
  if (value !== IN_TURN) return { kind: 'owner', ownerId: value };
  const [first] = owners;
  if (before.kind === 'round-robin') return before;
  const ownerIds = before.kind === 'owner' ? [before.ownerId] : first === undefined ? [] : [first];
  return ownerIds.length > 0 ? { kind: 'round-robin', ownerIds } : before;
}

export function withRule(rules: readonly OwnerRule[], index: number, rule: OwnerRule): OwnerRule[] {
  return rules.map((one, at) => (at === index ? rule : one));
}

export function withoutRule(rules: readonly OwnerRule[], index: number): OwnerRule[] {
  return rules.filter((_, at) => at !== index);
}

/** A rule one place earlier; the first stays. */
export function withRuleUp(rules: readonly OwnerRule[], index: number): OwnerRule[] {
  const [moved, passed] = [rules[index], rules[index - 1]];
  if (!moved || !passed) return [...rules];
  return rules.map((one, at) => (at === index - 1 ? moved : at === index ? passed : one));
}
