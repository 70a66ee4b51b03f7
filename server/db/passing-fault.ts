/**
 * SQLSTATEs (or their classes) after which the same transaction may succeed on another connection: connection lost (08), server
 * stopping or starting (57P01 to 57P03), connections used up (53300), deadlock and serialization (40P01, 40001).
 */
const STATES = /^(08|57P0[123]$|53300$|40P01$|40001$)/;
const SOCKET = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOENT']);
/** What `pg` says without a code when a connection breaks under a statement, or none is to be had. */
const SAID =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Client was closed)/;

/** True for a fault of the database that passes by itself, such as a restart. What was under way may have been committed. */
export function isPassingFault(err: unknown): boolean {
  if (!(err instanceof Error)) return false;
  if (err instanceof AggregateError && err.errors.length > 0) return err.errors.every(isPassingFault);
  const code = 'code' in err && typeof err.code === 'string' ? err.code : '';
  return STATES.test(code) || SOCKET.has(code) || SAID.test(err.message);
}

/**
 * The work's answer; tried again after each passing fault, as long as `pause` says so: it waits for so many milliseconds, longer each
 * time up to the last of `pausesMs`, and answers whether there is still time. The work must bear being done twice.
 */
export async function outlive<T>(
  work: () => Promise<T>,
  o: { pausesMs: readonly number[]; pause: (ms: number) => Promise<boolean> },
): Promise<T> {
  for (let faults = 0; ; faults += 1) {
    try {
      return await work();
    } catch (err) {
      if (!isPassingFault(err)) throw err;
      if (!(await o.pause(o.pausesMs[Math.min(faults, o.pausesMs.length - 1)] ?? 0))) throw err;
    }
  }
}
