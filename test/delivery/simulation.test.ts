import { expect, test } from 'vitest';
import { testDatabase } from '../support/database.ts';
import { simulate } from './support/simulation/simulation.ts';
import { ONE, seedsOf, walkSeeds } from './support/simulation/walk-seeds.ts';

/** One half of the seeds; `simulation-even.test.ts` walks the other beside it. */
const seeds = seedsOf('odd');

test.skipIf(seeds.length === 0)(
  `whatever happens, every submission arrives once, in order and within the limits, or says why not (${seeds.length} odd seeds)`,
  { timeout: 120_000 + seeds.length * 20_000 },
  () => walkSeeds('odd'),
);

test.skipIf(ONE !== undefined)(
  'a seed walks the same way twice, so that a failing one can be looked at',
  { timeout: 300_000 },
  async () => {
    const walk = async (): Promise<string[]> => {
      const log: string[] = [];
      const own = await testDatabase({ poolSize: 1, prepared: true });
      for (const seed of [1, 2, 3, 4, 5, 6]) log.push(...(await simulate(own, seed)).log);
      await own.close();
      // Names are random, times and faults are not.
      return log.map((line) => line.replace(/(sub|tof)_\w+|(?<=contacts\/|submit\/)\d+| at \d{4}\b/g, '…'));
    };
    const first = await walk();
    expect(first.length).toBeGreaterThan(200);
    expect(await walk()).toEqual(first);
  },
);
