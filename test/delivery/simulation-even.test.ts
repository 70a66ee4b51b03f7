import { test } from 'vitest';
import { seedsOf, walkSeeds } from './support/simulation/walk-seeds.ts';

/** The other half of `simulation.test.ts`. */
const seeds = seedsOf('even');

test.skipIf(seeds.length === 0)(
  `whatever happens, every submission arrives once, in order and within the limits, or says why not (${seeds.length} even seeds)`,
  { timeout: 120_000 + seeds.length * 20_000 },
  () => walkSeeds('even'),
);
