import type { Program } from '@flowella/shared/compile/program.ts';
import type { FreeTimes } from '../destinations/calendar/free-times.ts';
import type { ReadFreeTimes } from '../destinations/calendar/read-free-times.ts';
import type { Decision } from './answer-request.ts';

/** Free times of the appointment that a program offers; null where it offers none. Never throws, and never takes long. */
export async function freeTimesFor(
  readFreeTimes: ReadFreeTimes | undefined,
  program: Program,
  o: { portalId: number; country: string | null; anew?: boolean },
): Promise<FreeTimes | null> {
  const appointment = program.fields.map(({ question }) => question).find(({ kind }) => kind === 'appointment');
  if (appointment?.kind !== 'appointment' || !readFreeTimes) return null;
  return readFreeTimes(o.portalId, appointment, o.country, o.anew);
}

/**
 * A decision with the free times as they are known; one that takes a time for good is made again with what HubSpot says now, so that
 * of two people who chose the same time the second chooses again instead of being told later.
 */
export async function decideWithFreeTimes(
  read: (anew: boolean) => Promise<FreeTimes | null>,
  decide: (freeTimes: FreeTimes | null) => Decision,
): Promise<Decision> {
  const decision = decide(await read(false));
  const takesTime =
    decision.kind === 'finish' && Object.values(decision.answers).some(({ kind }) => kind === 'appointment');
  return takesTime ? decide(await read(true)) : decision;
}
