import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { compile } from '@flowella/shared/compile/compile.ts';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../server/app-error.ts';
import { FORM_READERS } from '../../server/sources/readers.ts';
import { READ_BACK } from './read-back.ts';
import { runDefinition } from './run-definition.ts';

const folder = path.join(import.meta.dirname, 'fixtures');
const definitions = readdirSync(folder).flatMap((tool) =>
  readdirSync(path.join(folder, tool)).map((file) => {
    const raw: unknown = JSON.parse(readFileSync(path.join(folder, tool, file), 'utf8'));
    return { tool, file, raw };
  }),
);

function readerOf(tool: string) {
  const reader = FORM_READERS.find((one) => one.name === tool);
  const readBack = READ_BACK[tool];
  if (!reader || !readBack) throw new Error(`No reader for ${tool}`);
  return { reader, readBack };
}

/** The same cases in every `npm test`; others in each `test:long`, which prints the seed of a failing one. */
const runs = (few: number) => {
  const many = process.env.PROPERTY_RUNS;
  return many === undefined ? { numRuns: few, seed: 20_261_127 } : { numRuns: Number(many) };
};

describe.each(definitions)('$tool/$file', ({ tool, raw }) => {
  const { reader, readBack } = readerOf(tool);

  it.each(['connected', 'light'] as const)(
    'is valid, loses no question, and every answer comes back (%s)',
    async (mode) => {
      const result = await runDefinition(reader, readBack, raw, mode);
      expect(result.faults).toEqual([]);
      expect(result.walks).toBeGreaterThan(20);
    },
    60_000,
  );

  it('says what became of every field of the tool', () => {
    const { report } = compile({ form: reader.toForm(raw), design: {}, locale: 'en' });
    expect(Object.fromEntries(report.map((line) => [line.question, `${line.outcome} ${line.code}`]))).toMatchSnapshot();
  });

  it('never throws on strange input but to say that it is no form, and what is read is valid', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), strangeArb), { minLength: 1, maxLength: 4 }), (changes) => {
        const changed = changes.reduce(mutate, structuredClone(raw));
        try {
          const { flowJson } = compile({ form: reader.toForm(changed), design: {}, locale: 'en', mode: 'connected' });
          expect(validateFlowJson(JSON.stringify(flowJson))).toEqual({ validationErrors: [], warnings: [] });
        } catch (err) {
          if (!(err instanceof AppError) || err.code !== 'not_a_form') throw err;
        }
      }),
      runs(150),
    );
  });
});

const strangeArb = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    1e300,
    '',
    ' ',
    [],
    {},
    '\uE000answer:x\uE001',
    '${data.x}',
    '`a`',
    '👨‍👩‍👧‍👦'.repeat(60),
  ),
  fc.string({ maxLength: 700, unit: 'grapheme' }),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Puts a strange value, or nothing, in some place of a JSON value. */
function mutate(value: unknown, [place, strange]: [number, unknown]): unknown {
  const places: { holder: Record<string, unknown> | unknown[]; key: string }[] = [];
  const visit = (node: unknown) => {
    if (typeof node !== 'object' || node === null) return;
    for (const key of Object.keys(node)) {
      places.push({ holder: node as Record<string, unknown>, key });
      visit((node as Record<string, unknown>)[key]);
    }
  };
  visit(value);
  const chosen = places[place % Math.max(1, places.length)];
  if (!chosen) return strange;
  if (place % 3 === 0) Reflect.deleteProperty(chosen.holder, chosen.key);
  else Reflect.set(chosen.holder, chosen.key, strange);
  return value;
}
