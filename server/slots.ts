/** Runs at most `max` works at once; the others wait in line. A work that throws gives its place back too. */
export function createSlots(max: number): <T>(work: () => Promise<T>) => Promise<T> {
  const line: (() => void)[] = [];
  let taken = 0;
  return async (work) => {
    // Whoever ends hands its place on, so that nobody who comes now overtakes the line.
    if (taken >= max) await new Promise<void>((resolve) => line.push(resolve));
    else taken += 1;
    try {
      return await work();
    } finally {
      const next = line.shift();
      if (next) next();
      else taken -= 1;
    }
  };
}
