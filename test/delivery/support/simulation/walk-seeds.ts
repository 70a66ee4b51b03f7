import { writeSync } from 'node:fs';
import { expect } from 'vitest';
import { testDatabase } from '../../../support/database.ts';
import { simulate, type Report } from './simulation.ts';

/** `SIMULATION_SEED=1234` walks one run again and prints what happened; `SIMULATION_SEEDS=10000` walks as many. */
export const ONE = process.env.SIMULATION_SEED;
const SEEDS = ONE === undefined ? Number(process.env.SIMULATION_SEEDS ?? 100) : 1;
const FIRST = Number(ONE ?? process.env.SIMULATION_FROM ?? 1);
/** Whole tables are looked at in every run, so they are kept small. */
const SEEDS_PER_DATABASE = 100;
/** Violations of a broken engine are all alike. */
const MAX_FAILED = 10;

/** At once: a long run must not keep what it found until its end. */
const say = (text: string): void => void writeSync(1, text);

export type Half = 'odd' | 'even';

/** The seeds of this half: two files walk one each, beside each other. */
export function seedsOf(half: Half): number[] {
  const all = Array.from({ length: SEEDS }, (_, index) => FIRST + index);
  return all.filter((seed) => (seed % 2 === 1) === (half === 'odd'));
}

/** Walks the seeds, each from its start to its rest; fails with the seeds that broke a promise and what they broke. */
export async function walkSeeds(half: Half): Promise<void> {
  const seeds = seedsOf(half);
  const totals = { accepted: 0, steps: 0, days: 0 };
  const failed: Report[] = [];
  let t = await testDatabase({ poolSize: 1, prepared: true });
  for (const [index, seed] of seeds.entries()) {
    if (index > 0 && index % SEEDS_PER_DATABASE === 0) {
      await t.close();
      t = await testDatabase({ poolSize: 1, prepared: true });
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
    if (failed.length >= MAX_FAILED) break;
    if ((index + 1) % 50 === 0) say(`  ${index + 1} of ${seeds.length} ${half} runs\n`);
  }
  await t.close();
  const { accepted, steps, days } = totals;
  say(`  ${seeds.length} ${half} runs: ${accepted} submissions, ${steps} steps, ${Math.round(days)} days\n`);
  expect(failed.map(({ seed, violations }) => ({ seed, violations }))).toEqual([]);
  // A run in which nothing was submitted would prove nothing.
  expect(accepted).toBeGreaterThan(seeds.length);
}
