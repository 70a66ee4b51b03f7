import { spawnSync } from 'node:child_process';
import path from 'node:path';

/**
 * `npm run test:long`: the property tests with 10,000 cases each, 10,000 seeds of the simulation, 100,000 mutated calls, two minutes of
 * each fault, and ten of all of them at random with thousands of submissions. A failing case prints its seed.
 */
const root = path.resolve(import.meta.dirname, '..');
const files = [
  'test/compile/rules.test.ts',
  'test/corpus/corpus.test.ts',
  'test/delivery/simulation.test.ts',
  'test/faults/two-servers.test.ts',
  'test/faults/two-workers.test.ts',
  'test/delivery/simulation-even.test.ts',
  'test/flow-json/fuzz.test.ts',
  'test/form',
  'test/phone/expressions.test.ts',
  'test/security/mutation.test.ts',
  'test/sources/google-forms',
  'test/sources/huge-definitions.test.ts',
  'test/sources/strange-definitions.test.ts',
];
const { status } = spawnSync(
  path.join(root, 'node_modules', '.bin', 'vitest'),
  ['run', ...files, '--testTimeout', '3600000'],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      PROPERTY_RUNS: process.env.PROPERTY_RUNS ?? '10000',
      MUTATIONS: process.env.MUTATIONS ?? '100000',
      FAULTS_SECONDS: process.env.FAULTS_SECONDS ?? '120',
      SIMULATION_SEEDS: process.env.SIMULATION_SEEDS ?? '10000',
    },
  },
);
process.exitCode = status ?? 1;
