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
const TIMEOUT = many === undefined ? 120_000 : 3_600_000;
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
  it(
    'reads whatever became of a definition: valid in both modes, no question lost, never thrown',
    () => {
      const real = REAL[name] ?? [];
      expect(real.length).toBeGreaterThan(0);
      fc.assert(
        fc.property(fc.constantFrom(...real), changes, fc.nat(), (raw, list, seed) => {
          check(reader, mutated(raw, list), seed);
        }),
        runs,
      );
    },
    TIMEOUT,
  );
});

/** What the cases above have brought to light once, each by itself. */
describe('a definition', () => {
  const readerOf = (name: string): FormReader => {
    const reader = FORM_READERS.find((one) => one.name === name);
    if (!reader) throw new Error(`No reader for ${name}`);
    return reader;
  };

  it.each(['constructor', '__proto__', 'toString'])(
    'keeps a question that is called "%s" unanswered until it is',
    (id) => {
      const google = { formId: 'f', items: [{ questionItem: { question: { questionId: id, textQuestion: {} } } }] };
      const survey = {
        id: '1',
        pages: [{ questions: [{ id, family: 'open_ended', subtype: 'single', headings: [] }] }],
      };
      const typeform = { id: 't', fields: [{ id, type: 'short_text', title: 'x' }] };
      for (const [name, raw] of Object.entries({ 'google-forms': google, surveymonkey: survey, typeform })) {
        const form = readOrNull(readerOf(name), raw);
        const [question] = (form?.pages ?? []).flatMap((page) => page.items);
        expect(question, name).toMatchObject({ kind: 'short-text' });
        expect(question?.id !== undefined && question.id in {}, name).toBe(false);
      }
    },
  );

  it('takes no consent from a type that is the name of something else', () => {
    for (const type of ['constructor', '__proto__', 'toString']) {
      const legalConsentOptions = JSON.parse(`{"type":"${type}","privacyText":"x"}`) as unknown;
      const raw = { id: '1', formType: 'hubspot', fieldGroups: [], legalConsentOptions };
      expect(readerOf('hubspot').toForm(raw).consent).toBeUndefined();
    }
  });

  it('has one line for a hidden field and a variable of one name, and one for a question of that name', () => {
    const fields = [{ id: 'price', ref: 'price', type: 'short_text', title: 'Price' }];
    const form = readerOf('typeform').toForm({ id: 't', fields, hidden: ['price'], variables: { price: 1 } });
    const compiled = compile({ form, design: {}, locale: 'en', mode: 'connected' });
    expect(faultsOfReport(form, compiled)).toEqual([]);
    const line = compiled.report.find((one) => one.question === 'price');
    expect(line?.message).toMatch(/Hidden.*Calculated/);
    const ids = compiled.report.map((one) => one.question);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(FORM_READERS.map((reader) => [reader.name, reader] as const))(
    'that is nested deeper than any tool nests is read or refused, never a crash (%s)',
    (name, reader) => {
      for (const key of ['fields', 'items', 'pages', 'fieldGroups', 'dependentFields', 'condition', 'x'])
        for (const depth of [40, 200, 5_000, 100_000]) {
          const deep = JSON.parse(`${`{"${key}":[`.repeat(depth)}1${']}'.repeat(depth)}`) as unknown;
          for (const raw of [deep, { ...(REAL[name]?.[0] as object), more: deep }, nestedFields(depth)]) {
            const form = readOrNull(reader, raw);
            if (form) compile({ form, design: {}, locale: 'en', mode: 'connected' });
          }
        }
    },
    120_000,
  );
});

/** Groups in groups and dependent fields below dependent fields, so deep, for every tool at once. */
function nestedFields(depth: number): unknown {
  const inner = '{"type":"group","id":"g","objectTypeId":"0-1","name":"n","fieldType":"radio","title":"t"';
  const open = `${inner},"dependentFields":[{"dependentCondition":{"operator":"eq","value":"a"},"dependentField":`;
  const groups = `${`${inner},"properties":{"fields":[`.repeat(depth)}${inner}}${']}}'.repeat(depth)}`;
  const dependents = `${open.repeat(depth)}${inner}}${'}]}'.repeat(depth)}`;
  const text = `{"id":"1","formId":"1","fields":[${groups}],"fieldGroups":[{"fields":[${dependents}]}],"formType":"hubspot"}`;
  return JSON.parse(text);
}
