import { sql } from 'kysely';
import type { LANE } from './lanes.ts';

/**
 * What puts a delivery that stopped back at the start of its schedule, whichever way: due now, without a reason, with a new three days
 * and a back-off that begins anew; in its own lane where no other is named. When it was made stays as it was.
 */
export function backInLine(now: Date, lane?: (typeof LANE)[keyof typeof LANE]) {
  return {
    state: 'waiting' as const,
    ...(lane === undefined ? {} : { lane }),
    due_at: now,
    tried_since: null,
    attempts_before: sql<number>`attempt`,
    reason_code: null,
    reason: null,
    updated_at: now,
  };
}
