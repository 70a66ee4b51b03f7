import { readFileSync } from 'node:fs';
import path from 'node:path';
import { compile } from '@flowella/shared/compile/compile.ts';
import { programSchema } from '@flowella/shared/compile/program.ts';
import { formSchema } from '@flowella/shared/form/form-schema.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../server/app-error.ts';
import { FORM_READERS } from '../../server/sources/readers.ts';
import type { FormReader } from '../../server/sources/source.ts';
import { picker } from '../compile/support/walker.ts';
import { faultsOfFlow, faultsOfReport } from '../corpus/run-definition.ts';
import { readFixture } from './hubspot-forms/read-fixture.ts';
import { inventAnswers } from './support/invent-answers.ts';
import { changes, mutated } from './support/mutate.ts';
import { countQuestions } from './support/places-of-questions.ts';
import { EVERY_TYPE as EVERY_SURVEYMONKEY } from './surveymonkey/definitions.ts';
import { definitionOf, EVERY_TYPE as EVERY_TYPEFORM, LOGIC } from './typeform/definitions.ts';

const corpus = path.join(import.meta.dirname, '..', 'corpus', 'fixtures');
const REAL: Record<string, unknown[]> = {
  hubspot: ['all-fields.json', 'every-operator.json', 'kyc.json', 'event-rsvp-de.json'].map(readFixture),
  'google-forms': [JSON.parse(readFileSync(path.join(corpus, 'google-forms', 'every-type.json'), 'utf8'))],
  typeform: [
    definitionOf(EVERY_TYPEFORM, { logic: LOGIC }),
    definitionOf(EVERY_TYPEFORM.slice(0, 9), { logic: LOGIC }),
  ],
  surveymonkey: [EVERY_SURVEYMONKEY],
};

/** The same 200 cases in every `npm test`; 10,000 others in each `test:long`. The seed stands in the message of a failure. */
const many = process.env.PROPERTY_RUNS;
const runs = many === undefined ? { numRuns: 200, seed: 20_261_129 } : { numRuns: Number(many) };
const NOW = new Date('2026-11-29T10:00:00Z');

/** The form, or null where it is said that this is none; anything else that is thrown is a fault. */
function readOrNull(reader: FormReader, raw: unknown): Form | null {
  try {
    return reader.toForm(raw);
  } catch (err) {
    if (err instanceof AppError && err.code === 'not_a_form') return null;
    throw err;
  }
}

/** Every question of the raw definition has its line, by number, since an id may stand twice. */
function countLines(form: Form): number {
  const items = form.pages.flatMap((page) => page.items);
  const listed = items.filter((item) => item.kind !== 'statement' || item.isListed).length;
  return listed + form.hidden.length + (form.groups?.length ?? 0) + (form.endings?.length ?? 0);
}

function check(reader: FormReader, raw: unknown, seed: number): void {
  const form = readOrNull(reader, raw);
  if (!form) return;
  expect(formSchema.parse(JSON.parse(JSON.stringify(form))), 'the form survives its own schema').toEqual(
    JSON.parse(JSON.stringify(form)),
  );
  expect(countLines(form), 'no question is lost').toBeGreaterThanOrEqual(countQuestions(reader.name, raw));
  for (const mode of ['connected', 'light'] as const) {
    const compiled = compile({ form, design: {}, locale: mode === 'light' ? 'de' : 'en', mode });
    const text = JSON.stringify(compiled.flowJson);
    expect([...faultsOfFlow(text), ...faultsOfReport(form, compiled)], mode).toEqual([]);
    programSchema.parse(JSON.parse(JSON.stringify(compiled.program)));
  }
  reader.writeBack(raw);
  const answers = inventAnswers(form, picker(seed));
  const computed = Object.fromEntries((form.variables ?? []).map(({ id, initial }) => [id, initial]));
  const submission = reader.toSubmission({
    form,
    answers,
    computed,
    submissionId: 's',
    startedAt: NOW,
    finishedAt: NOW,
  });
  expect(JSON.stringify(submission)).toBeTypeOf('string');
}

describe.each(FORM_READERS.map((reader) => [reader.name, reader] as const))('%s', (name, reader) => {
  it('reads whatever became of a definition: valid in both modes, no question lost, never thrown', () => {
    const real = REAL[name] ?? [];
    expect(real.length).toBeGreaterThan(0);
    fc.assert(
      fc.property(fc.constantFrom(...real), changes, fc.nat(), (raw, list, seed) => {
        check(reader, mutated(raw, list), seed);
      }),
      runs,
    );
  }, 120_000);
});
