import { z } from 'zod';
import { messageError } from '../graph-error.ts';
import type { World } from '../world.ts';
import { countSent } from './message-store.ts';

/** Whatsapp-flows.md section 9.3, "Throughput". */
const MAX_PER_SECOND = 80;
/** One message per 6 s to one person; a burst of 45 borrows from the time that follows (Meta, "Throughput", pair rate limits). */
const PAIR_REFILL_MS = 6_000;
const PAIR_BURST = 45;

const bucketRow = z.object({ tokens: z.number(), at: z.number() });

/** Spends one send of the number and of the pair, or throws 130429 or 131056. */
export function spendRates(world: World, numberId: string, personId: number | null): void {
  if (countSent(world, numberId, world.clock.nowMs() - 1_000) >= MAX_PER_SECOND)
    throw messageError(130429, 'Cloud API message throughput has been reached.');
  if (personId === null) return;
  const now = world.clock.nowMs();
  const bucket = world.store.first(
    bucketRow,
    'select tokens, at from pair_rates where number_id = ? and person_id = ?',
    numberId,
    personId,
  );
  const refilled = bucket
    ? Math.min(PAIR_BURST, bucket.tokens + Math.max(0, now - bucket.at) / PAIR_REFILL_MS)
    : PAIR_BURST;
  if (refilled < 1)
    throw messageError(
      131056,
      'Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time.',
    );
  world.store.run(
    'insert or replace into pair_rates (number_id, person_id, tokens, at) values (?, ?, ?, ?)',
    numberId,
    personId,
    refilled - 1,
    now,
  );
}
