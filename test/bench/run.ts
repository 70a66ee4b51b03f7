import { cpus, release, totalmem } from 'node:os';
import { accept } from './measures/accept.ts';
import { burst } from './measures/burst.ts';
import { compileForm } from './measures/compile.ts';
import { deliver } from './measures/deliver.ts';
import { delivery } from './measures/delivery.ts';
import { endpoint } from './measures/endpoint.ts';
import { growth } from './measures/growth.ts';
import { memory } from './measures/memory.ts';
import { pages } from './measures/pages.ts';
import { start } from './measures/start.ts';
import { webhook } from './measures/webhook.ts';
import type { Measure, Row } from './support/measure.ts';

/**
 * `npm run bench [-- --json] [--full] [name …]`: the budgets of the design beside this machine's own limit, measured in the
 * same run. Without names all of them, in a quarter of an hour; `--full` fills the database with a million submissions.
 */
const MEASURES: readonly Measure[] = [
  compileForm,
  start,
  endpoint,
  webhook,
  accept,
  delivery,
  deliver,
  burst,
  pages,
  growth,
  memory,
];

const flags = process.argv.slice(2).filter((arg) => arg.startsWith('--'));
const names = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
const unknown = [
  ...names.filter((name) => !MEASURES.some((measure) => measure.name === name)),
  ...flags.filter((flag) => !['--json', '--full'].includes(flag)),
];
if (unknown.length > 0) {
  process.stderr.write(
    `There is no ${unknown.join(', ')}. Names: ${MEASURES.map((one) => one.name).join(', ')}; flags: --json, --full\n`,
  );
  process.exit(2);
}
const asJson = flags.includes('--json');
const started = new Date();
const results: { name: string; seconds: number; rows: Row[]; failed?: string }[] = [];
for (const measure of MEASURES.filter((one) => names.length === 0 || names.includes(one.name))) {
  const at = performance.now();
  const say = (text: string): void => void process.stderr.write(`${measure.name}: ${text}\n`);
  say('…');
  const result = await bounded(measure, say).then(
    (rows) => ({ rows }),
    (err: unknown) => ({ rows: [], failed: err instanceof Error ? err.message : String(err) }),
  );
  const entry = { name: measure.name, seconds: Math.round((performance.now() - at) / 1_000), ...result };
  results.push(entry);
  if (!asJson) print(entry);
}
const [cpu] = cpus();
const machine = {
  at: started.toISOString(),
  processor: cpu?.model ?? '',
  cores: cpus().length,
  memoryMb: Math.round(totalmem() / 1_048_576),
  kernel: release(),
  node: process.version,
};
process.stdout.write(asJson ? `${JSON.stringify({ machine, results }, null, 2)}\n` : `${JSON.stringify(machine)}\n`);
process.exit(results.some((result) => result.failed) ? 1 : 0);

/** A measure that hangs must not hold the others up; what it started ends with this process. */
async function bounded(measure: Measure, say: (text: string) => void): Promise<Row[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${measure.deadlineMs / 1_000} s`)), measure.deadlineMs);
  });
  try {
    return await Promise.race([measure.run({ full: flags.includes('--full'), say }), late]);
  } finally {
    clearTimeout(timer);
  }
}

function print(result: { name: string; seconds: number; rows: Row[]; failed?: string }): void {
  process.stdout.write(`\n${result.name} (${result.seconds} s)\n`);
  if (result.failed) process.stdout.write(`  FAILED: ${result.failed}\n`);
  const header: Row = { what: 'what', budget: 'budget', measured: 'measured', limit: 'limit or context', met: null };
  const cells = [header, ...result.rows].map((row) => [row.what, row.budget, row.measured, row.limit, mark(row)]);
  const widths = cells.reduce<number[]>((most, row) => row.map((cell, at) => Math.max(most[at] ?? 0, cell.length)), []);
  cells.forEach((row, index) => {
    const note = result.rows[index - 1]?.note;
    const line = row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ');
    process.stdout.write(`  ${line.trimEnd()}${note ? `  (${note})` : ''}\n`);
  });
}

function mark(row: Row): string {
  return row.met === null ? '' : row.met ? 'met' : 'NOT MET';
}
