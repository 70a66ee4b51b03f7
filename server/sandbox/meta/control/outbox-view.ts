import { findNumber } from '../accounts/accounts.ts';
import { chatOf, statusesOf, type StoredMessage } from '../messages/message-store.ts';
import { bsuidOf, type Person } from '../people/people.ts';
import { businessIdOf } from '../accounts/accounts.ts';
import type { World } from '../world.ts';

/** A person's chat as the phone and outside programs read it. Texts of a template are filled in. */
export function viewOutbox(world: World, person: Person, o: { since: number; withOwn: boolean }): unknown[] {
  return chatOf(world.store, person.id, o).map((message) => viewMessage(world, person, message));
}

function viewMessage(world: World, person: Person, message: StoredMessage): Record<string, unknown> {
  const number = findNumber(world.store, message.number_id);
  const personAddress =
    message.addressed === 'phone' || !number
      ? person.wa_id
      : bsuidOf(world.store, businessIdOf(world.store, number), person);
  const isOut = message.direction === 'out';
  return {
    n: message.n,
    id: message.id,
    from: isOut ? message.number_id : personAddress,
    to: isOut ? personAddress : message.number_id,
    timestamp: String(Math.floor(message.at / 1_000)),
    direction: message.direction,
    type: message.type,
    ...message.content,
    ...(message.context_id === null ? {} : { context: { id: message.context_id } }),
    statuses: statusesOf(world.store, message.id).map(({ status, at }) => ({
      status,
      timestamp: String(Math.floor(at / 1_000)),
    })),
    ...(message.flow === null ? {} : { flow: message.flow }),
  };
}
