import type { Program } from '@flowella/shared/compile/program.ts';
import type { FreeTimes } from '../destinations/calendar/free-times.ts';
import type { ReadFreeTimes } from '../destinations/calendar/read-free-times.ts';

/** Free times of the appointment that a program offers; null where it offers none. Never throws, and never takes long. */
export async function freeTimesFor(
  readFreeTimes: ReadFreeTimes | undefined,
  program: Program,
  o: { portalId: number; country: string | null },
): Promise<FreeTimes | null> {
  const appointment = program.fields.map(({ question }) => question).find(({ kind }) => kind === 'appointment');
  if (appointment?.kind !== 'appointment' || !readFreeTimes) return null;
  return readFreeTimes(o.portalId, appointment, o.country);
}
