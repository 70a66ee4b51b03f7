import { sql } from 'kysely';
import { withPortal, type PortalTx } from '../../db/db.ts';
import type { DeliveryItem, DestinationContext } from '../destination.ts';
import { chooseOwner, type ChosenOwner, type OwnerFacts } from './choose-owner.ts';

/**
 * The owner for each submission, chosen once and kept: a repeated delivery finds the same. All in one transaction, so that a
 * process that dies has used up nobody's turn. In the order given: who becomes a contact's owner is its owner for the submission after.
 * Answers by submission id.
 */
export async function settleOwners(
  context: Pick<DestinationContext, 'db' | 'portalId' | 'clock'>,
  items: readonly { item: DeliveryItem; contactId: string; current: string }[],
  isActive: OwnerFacts['isActive'],
): Promise<Map<string, ChosenOwner>> {
  if (items.length === 0) return new Map();
  return withPortal(context.db, context.portalId, async (tx) => {
    const chosen = await readChoices(tx, context.portalId, items);
    const owners = new Map<string, string>();
    for (const { item, contactId, ...before } of items) {
      const present = chosen.get(item.submissionId);
      const current = owners.get(contactId) ?? before.current;
      const choice = present ?? (await chooseNow(tx, context.portalId, { item, current, isActive }));
      if (choice.ownerId !== null) owners.set(contactId, choice.ownerId);
      if (present) continue;
      await tx
        .insertInto('owner_choices')
        .values({
          portal_id: String(context.portalId),
          submission_id: item.submissionId,
          owner_id: choice.ownerId,
          note: choice.note,
          chosen_at: context.clock.now(),
        })
        .execute();
      chosen.set(item.submissionId, choice);
    }
    return chosen;
  });
}

async function readChoices(
  tx: PortalTx,
  portalId: number,
  items: readonly { item: DeliveryItem }[],
): Promise<Map<string, ChosenOwner>> {
  const rows = await tx
    .selectFrom('owner_choices')
    .select(['submission_id', 'owner_id', 'note'])
    .where('portal_id', '=', String(portalId))
    .where(
      'submission_id',
      'in',
      items.map(({ item }) => item.submissionId),
    )
    .execute();
  return new Map(
    rows.map((row) => [
      row.submission_id,
      { ownerId: row.owner_id, note: row.note === 'owner_archived_skipped' ? row.note : null },
    ]),
  );
}

/** Asks for the turn first: the choice itself does no I/O. A list that is not asked for in the end has not been counted on. */
async function chooseNow(
  tx: PortalTx,
  portalId: number,
  { item, current, isActive }: { item: DeliveryItem; current: string; isActive: OwnerFacts['isActive'] },
): Promise<ChosenOwner> {
  const rules = item.mapping.owner?.rules ?? [];
  let asked: readonly string[] | null = null;
  const look = chooseOwner(item, rules, {
    current,
    isActive,
    turnOf: (ownerIds) => {
      asked = ownerIds;
      return 0;
    },
  });
  if (asked === null) return look;
  const turn = await takeTurn(tx, portalId, item.flowId, asked);
  return chooseOwner(item, rules, { current, isActive, turnOf: () => turn });
}

async function takeTurn(tx: PortalTx, portalId: number, flowId: string, owners: readonly string[]): Promise<number> {
  const { rows } = await sql<{ turn: string }>`
    insert into owner_turns (portal_id, flow_id, owners, turn) values (${portalId}, ${flowId}, ${owners.join(',')}, 0)
    on conflict (portal_id, flow_id, owners) do update set turn = owner_turns.turn + 1 returning turn`.execute(tx);
  return Number(rows[0]?.turn ?? 0);
}
