import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../server/app-error.ts';
import { FORM_READERS } from '../../server/sources/readers.ts';
import { READ_BACK } from './read-back.ts';
import { runDefinition, type Result } from './run-definition.ts';

/**
 * `npm run test:corpus -- DIR`: every raw definition in `DIR/<tool>/*.json` is compiled in both modes, validated, walked on
 * the phone through the real endpoint code until nothing new is seen, and written back into the tool's own shape. Prints one
 * line each and, last, `N passed, N failed`; a definition in one mode counts as one.
 */
const [dir] = process.argv.slice(2);
if (!dir) {
  process.stderr.write(
    'usage: npm run test:corpus -- DIR   (DIR/<tool>/*.json, tools: hubspot, google-forms, typeform, surveymonkey)\n',
  );
  process.exit(1);
}
let passed = 0;
let failed = 0;
const totals = { kept: 0, changed: 0, refused: 0 };
process.stdout.write(
  row(['definition', 'mode', 'kept', 'chgd', 'refd', 'scr', 'bytes', 'ms', 'walks', 'edges', 'choices']),
);
for (const reader of FORM_READERS) {
  const folder = path.join(dir, reader.name);
  const files = await readdir(folder).catch(() => []);
  for (const file of files.filter((name) => name.endsWith('.json')).toSorted()) {
    for (const { name, raw } of await definitionsIn(path.join(folder, file))) {
      for (const mode of ['connected', 'light'] as const)
        await report(`${reader.name}/${name}`, reader.name, raw, mode);
    }
  }
}
process.stdout.write(
  `questions kept ${totals.kept}, changed ${totals.changed}, refused ${totals.refused} (both modes)\n${passed} passed, ${failed} failed\n`,
);
if (passed + failed === 0) process.stderr.write(`There is no definition in ${dir}/<tool>/*.json\n`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

async function report(name: string, tool: string, raw: unknown, mode: 'connected' | 'light'): Promise<void> {
  const reader = FORM_READERS.find((one) => one.name === tool);
  const readBack = READ_BACK[tool];
  if (!reader || !readBack) throw new Error(`No reader for ${tool}`);
  let result: Result;
  try {
    result = await runDefinition(reader, readBack, raw, mode);
  } catch (err) {
    failed += 1;
    const message =
      err instanceof AppError
        ? `${err.code}: ${err.userMessage}`
        : err instanceof Error
          ? (err.stack ?? err.message)
          : String(err);
    process.stdout.write(`FAILED ${name} (${mode}): ${message}\n`);
    return;
  }
  if (result.faults.length > 0) failed += 1;
  else passed += 1;
  totals.kept += result.kept;
  totals.changed += result.changed;
  totals.refused += result.refused;
  const { kept, changed, refused, screens, bytes, milliseconds, walks, edges, choices } = result;
  const cells = [kept, changed, refused, screens, bytes, Math.round(milliseconds), walks];
  process.stdout.write(
    row([name, mode, ...cells.map(String), `${edges.taken}/${edges.of}`, `${choices.taken}/${choices.of}`]),
  );
  for (const fault of result.faults) process.stdout.write(`   FAULT ${fault}\n`);
}

/** One definition, or the members of a list answer. */
async function definitionsIn(file: string): Promise<{ name: string; raw: unknown }[]> {
  const raw: unknown = JSON.parse(await readFile(file, 'utf8'));
  const name = path.basename(file, '.json');
  const members = isList(raw) ? raw.results : null;
  return members ? members.map((member, index) => ({ name: `${name}#${index + 1}`, raw: member })) : [{ name, raw }];
}

function isList(raw: unknown): raw is { results: unknown[] } {
  return typeof raw === 'object' && raw !== null && 'results' in raw && Array.isArray(raw.results);
}

function row(cells: readonly string[]): string {
  const widths = [58, 9, 5, 5, 5, 4, 8, 6, 6, 9, 9];
  return `${cells.map((cell, index) => (index < 2 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0))).join(' ')}\n`;
}
