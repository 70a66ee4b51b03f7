import type { CheckState, RiskRule } from '@flowella/shared/contract/identity.ts';

/** How far a check has come. States of one rank exclude each other: whichever is written first stays. */
const RANK: Record<CheckState, number> = {
  requested: 0,
  link_sent: 1,
  in_progress: 2,
  needs_review: 3,
  approved: 4,
  declined: 4,
  expired: 4,
  cancelled: 4,
};

/** True for a state that nothing reopens. */
export function isFinal(state: CheckState): boolean {
  return RANK[state] === 4;
}

/**
 * True when a check moves on from one state to the other: only ever forward, so that events may come twice, late and out of
 * order. A review is no end: its decision comes after it. Pure.
 */
export function movesOn(from: CheckState, to: CheckState): boolean {
  return RANK[to] > RANK[from];
}

/** What did not agree between what the person wrote and what the vendor found on the document. */
export type Mismatch = Extract<RiskRule, 'name_mismatch' | 'birth_date_mismatch'>;

/** The risks of this result by the rules the customer chose, in the order of the rules; empty: no flag. Pure. */
export function risksOf(
  result: { state: CheckState; mismatches: readonly Mismatch[] },
  rules: readonly RiskRule[],
): RiskRule[] {
  return rules.filter((rule) => rule === result.state || result.mismatches.some((mismatch) => mismatch === rule));
}
