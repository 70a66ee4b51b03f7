/** unique_violation, serialization_failure, deadlock_detected: another transaction was faster, and the next try will see its rows. */
const CONFLICTS = new Set(['23505', '40001', '40P01']);

/** Runs a whole transaction again, three times at most, when a concurrent one got in its way. */
export async function retryOnConflict<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (err) {
      const isConflict = err instanceof Error && 'code' in err && CONFLICTS.has(String(err.code));
      if (!isConflict || attempt === 3) throw err;
    }
  }
}
