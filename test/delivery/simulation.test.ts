import { writeSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { simulate, type Report } from './support/simulation/simulation.ts';

/**
 * `SIMULATION_SEED=1234 npx vitest run test/delivery/simulation.test.ts` walks one run again and prints what happened;
 * `SIMULATION_SEEDS=10000` (`npm run test:long`) walks as many.
 */
const ONE = process.env.SIMULATION_SEED;
const SEEDS = ONE === undefined ? Number(process.env.SIMULATION_SEEDS ?? 60) : 1;
const FIRST = Number(ONE ?? process.env.SIMULATION_FROM ?? 1);
/** Whole tables are looked at in every run, so they are kept small. */
const SEEDS_PER_DATABASE = 250;

/** At once: a long run must not keep what it found until its end. */
const say = (text: string): void => void writeSync(1, text);

let t: TestDatabase;
beforeAll(async () => {
  t = await testDatabase({ poolSize: 1 });
});
afterAll(() => t.close());

test(
  `whatever happens, every submission arrives once, in order and within the limits, or says why not (${SEEDS} seeds from ${FIRST})`,
  { timeout: 60_000 + SEEDS * 5_000 },
  async () => {
    const totals = { accepted: 0, steps: 0, days: 0 };
    const failed: Report[] = [];
    for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1) {
      if (seed > FIRST && (seed - FIRST) % SEEDS_PER_DATABASE === 0) {
        await t.close();
        t = await testDatabase({ poolSize: 1 });
      }
      const report = await simulate(t, seed);
      totals.accepted += report.accepted;
      totals.steps += report.steps;
      totals.days += report.days;
      if (report.violations.length > 0) {
        failed.push(report);
        say(`  SIMULATION_SEED=${seed} fails:\n    ${report.violations.slice(0, 5).join('\n    ')}\n`);
      }
      if (ONE !== undefined) say(`${report.log.join('\n')}\n`);
      if (failed.length >= 10) break;
      if ((seed - FIRST + 1) % 50 === 0) say(`  ${seed - FIRST + 1} of ${SEEDS} runs\n`);
    }
    say(`  ${SEEDS} runs: ${totals.accepted} submissions, ${totals.steps} steps, ${Math.round(totals.days)} days\n`);
    expect(failed.map(({ seed, violations }) => ({ seed, violations }))).toEqual([]);
    // A run in which nothing was submitted would prove nothing.
    expect(totals.accepted).toBeGreaterThan(SEEDS);
  },
);

test.skipIf(ONE !== undefined)(
  'a seed walks the same way twice, so that a failing one can be looked at',
  async () => {
    const walk = async (): Promise<string[]> => {
      const log: string[] = [];
      // As a failing seed is walked again: in a database of its own. One that many runs have filled may order rows in another way.
      const own = await testDatabase({ poolSize: 1 });
      for (const seed of [1, 2, 3, 4, 5, 6]) log.push(...(await simulate(own, seed)).log);
      await own.close();
      // Names are random, times and faults are not.
      return log.map((line) => line.replace(/sub_\w+|(?<=contacts\/|submit\/)\d+| at \d{4}\b/g, '…'));
    };
    const first = await walk();
    expect(first.length).toBeGreaterThan(200);
    expect(await walk()).toEqual(first);
    // Two databases and twelve walks: on a busy machine more than the usual time.
  },
  60_000,
);
