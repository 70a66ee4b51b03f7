/** Runs `work` over all items, a few at a time; results in the order of the items. `work` must not throw. */
export async function eachLimited<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Map<number, R>();
  let next = 0;
  const runner = async (): Promise<void> => {
    for (;;) {
      const index = next;
      const item = items[index];
      next += 1;
      if (index >= items.length || item === undefined) return;
      results.set(index, await work(item));
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, runner));
  return [...results.entries()].toSorted(([a], [b]) => a - b).map(([, result]) => result);
}
