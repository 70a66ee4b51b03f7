import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * `npm test`: everything that can be checked with nothing but npm. Prints each check as it ends and, as the last line,
 * `N passed, N failed`: every test counts as one, and so does each of types, lint and format.
 */
const root = path.resolve(import.meta.dirname, '..');
const bin = (name: string): string => path.join(root, 'node_modules', '.bin', name);
const results = await mkdtemp(path.join(tmpdir(), 'flowella-results-'));
let passed = 0;
let failed = 0;

const checks: [string, string, string[]][] = [
  ['types', bin('tsc'), ['-p', 'tsconfig.json']],
  ['lint', bin('eslint'), ['.', '--cache', '--cache-location', 'node_modules/.cache/eslint/', '--max-warnings', '0']],
  ['format', bin('prettier'), ['--check', '--log-level', 'warn', '.']],
];
// Beside each other, as each of them uses one core.
await Promise.all(
  checks.map(async ([name, command, args]) => {
    const started = performance.now();
    const { code, output } = await runQuietly(command, args);
    count(code === 0 ? 1 : 0, code === 0 ? 0 : 1);
    process.stdout.write(`${output}${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds(started)})\n`);
  }),
);
for (const [name, config] of [
  ['tests', 'vitest.config.ts'],
  ['browser tests', 'test/browser/vitest.config.ts'],
] as const) {
  const started = performance.now();
  const report = path.join(results, `${name}.json`);
  const code = await run(bin('vitest'), [
    'run',
    '--config',
    config,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]);
  const counts = await readCounts(report);
  count(counts.passed, counts.failed);
  // A runner that failed without a failed test (a crash, a file that cannot be loaded) is a failure all the same.
  if (code !== 0 && counts.failed === 0) count(0, 1);
  process.stdout.write(
    `${code === 0 ? 'ok    ' : 'FAILED'} ${name}: ${counts.passed} passed, ${counts.failed} failed (${seconds(started)})\n`,
  );
}
await rm(results, { recursive: true, force: true });
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

function count(more: number, less: number): void {
  passed += more;
  failed += less;
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1_000).toFixed(1)} s`;
}

async function run(command: string, args: string[]): Promise<number> {
  return exitOf(spawn(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' }));
}

/** What it says is kept, so that it does not mix with what another one says. */
async function runQuietly(command: string, args: string[]): Promise<{ code: number; output: string }> {
  const child = spawn(command, args, { cwd: root, shell: process.platform === 'win32' });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  return { code: await exitOf(child), output };
}

/** Once its output has been read too. */
function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

type Report = {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
};

async function readCounts(file: string): Promise<{ passed: number; failed: number }> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return { passed: 0, failed: 0 };
  const report = JSON.parse(text) as Report;
  // A file whose preparation failed has tests that were never run and none that failed: it is a failure all the same.
  const broken = report.testResults.filter(
    (one) => one.status === 'failed' && !one.assertionResults.some((result) => result.status === 'failed'),
  );
  return { passed: report.numPassedTests, failed: report.numFailedTests + broken.length };
}
