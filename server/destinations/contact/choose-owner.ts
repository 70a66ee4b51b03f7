import type { Mapping, OwnerChoice, OwnerRule } from '@flowella/shared/contract/mapping.ts';
import { evaluateCondition } from '@flowella/shared/form/evaluate-condition.ts';
import type { DeliveryItem } from '../destination.ts';

export const OWNER = 'hubspot_owner_id';

export type ChosenOwner = {
  /** Null: whoever owns the contact stays. */
  ownerId: string | null;
  /** Set where it is another one than the first matching rule names. */
  note: 'owner_archived_skipped' | null;
};

/** What a choice depends on beside the answers. */
export type OwnerFacts = {
  /** The contact's owner now; '' for none. */
  current: string;
  /** False for an owner who is archived or unknown. */
  isActive: (ownerId: string) => boolean;
  /** The turn of a list: 0, 1, 2 … in the order of asking. */
  turnOf: (ownerIds: readonly string[]) => number;
};

/**
 * The owner by the customer's rules: the first whose condition holds counts. *Keep* counts only where there is an owner to keep,
 * and a rule none of whose owners is active leads to the next one; where nothing is left, nothing is changed. Pure but for the
 * turns that `turnOf` counts.
 */
export function chooseOwner(
  item: Pick<DeliveryItem, 'answers' | 'finishedAt' | 'form'>,
  rules: readonly OwnerRule[],
  facts: OwnerFacts,
): ChosenOwner {
  const today = item.finishedAt.toISOString().slice(0, 10);
  let note: ChosenOwner['note'] = null;
  for (const { when, choose } of rules) {
    if (when && !evaluateCondition(when, item.answers, today, item.form.definitions)) continue;
    if (choose.kind === 'keep') {
      if (facts.current !== '') return { ownerId: null, note };
      continue;
    }
    const active = ownersIn(choose).filter(facts.isActive);
    if (active.length < ownersIn(choose).length) note = 'owner_archived_skipped';
    const [only] = active;
    if (only === undefined) continue;
    const ownerId = choose.kind === 'owner' ? only : (active[facts.turnOf(active) % active.length] ?? only);
    return { ownerId, note };
  }
  return { ownerId: null, note };
}

/** Owners that a choice names. */
export function ownersIn(choice: OwnerChoice): readonly string[] {
  switch (choice.kind) {
    case 'owner':
      return [choice.ownerId];
    case 'round-robin':
      return choice.ownerIds;
    case 'keep':
      return [];
  }
}

/** True when the mapping of an item may change the owner, whose present value must then be known. */
export function routesOwner({ mapping }: { mapping: Mapping }): boolean {
  return mapping.owner?.enabled === true && mapping.owner.rules.length > 0;
}
