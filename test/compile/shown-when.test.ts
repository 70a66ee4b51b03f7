import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '@flowella/shared/compile/compile.ts';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import type { Answer, Answers } from '@flowella/shared/form/answers.ts';
import type { Design } from '@flowella/shared/form/design.ts';
import type { Form, Question } from '@flowella/shared/form/form.ts';
import { partKindsOf, type ShownPart, type ShownWhen } from '@flowella/shared/form/shown-when.ts';
import { fillIn } from './support/fill-in.ts';

const CHOICES = ['a', 'b', 'c'].map((id) => ({ id, label: `Choice ${id}` }));
const KINDS = ['single-choice', 'multi-choice', 'yes-no', 'number', 'short-text'] as const;
type Kind = (typeof KINDS)[number];

function questionOf(kind: Kind, index: number, required: boolean): Question {
  const base = { id: `q${index}`, label: `Question ${index}`, required, origin: {} };
  if (kind === 'single-choice' || kind === 'multi-choice') return { ...base, kind, choices: CHOICES };
  return { ...base, kind };
}

function formOf(items: Question[]): Form {
  const more = { name: 'f', language: 'en', revision: 'r', hidden: [], notices: [] };
  return { source: 'hubspot-forms', sourceFormId: 'f', pages: [{ id: 'p', items }], ...more };
}

/** What can be given to a question, as one of three. */
function answerOf(kind: Kind, pick: number): Answer {
  const choice = CHOICES[pick % 3]?.id ?? 'a';
  switch (kind) {
    case 'single-choice':
      return { kind: 'choice', choiceId: choice };
    case 'multi-choice':
      return { kind: 'choices', choiceIds: pick % 2 === 0 ? [choice] : ['a', 'c'] };
    case 'yes-no':
      return { kind: 'boolean', value: pick % 2 === 0 };
    case 'number':
      return { kind: 'number', value: String(1 + (pick % 3)) };
    case 'short-text':
      return { kind: 'text', value: ['x', 'y', 'z'][pick % 3] ?? 'x' };
  }
}

function partArb(question: string, kind: Kind): fc.Arbitrary<ShownPart> {
  const values = { 'yes-no': ['true', 'false'], number: ['1', '2', '3'], 'short-text': ['x', 'y', 'z'] };
  const known = kind in values ? values[kind as keyof typeof values] : ['a', 'b', 'c'];
  const some = fc.subarray(known, { minLength: 1 });
  return fc.constantFrom(...partKindsOf(kind)).chain((is): fc.Arbitrary<ShownPart> => {
    if (is === 'answered' || is === 'unanswered') return fc.constant({ question, is });
    if (is === 'at-least' || is === 'at-most')
      return fc.constantFrom('1', '2', '3').map((value) => ({ question, is, value }));
    return some.map((chosen) => ({ question, is, values: chosen }));
  });
}

/** Any form, with rules over earlier questions for some of its questions. */
const caseArb = fc
  .array(fc.record({ kind: fc.constantFrom(...KINDS), required: fc.boolean(), ruled: fc.boolean() }), {
    minLength: 2,
    maxLength: 10,
  })
  .chain((kinds) => {
    const rules = kinds.map(({ ruled }, index) => {
      if (index === 0 || !ruled) return fc.constant(undefined);
      const part = fc.nat(index - 1).chain((at) => partArb(`q${at}`, kinds[at]?.kind ?? 'short-text'));
      return fc.record({
        match: fc.constantFrom('all' as const, 'any' as const),
        parts: fc.array(part, { minLength: 1, maxLength: 3 }),
      });
    });
    return fc.tuple(...rules).map((all) => ({
      form: formOf(kinds.map(({ kind, required }, index) => questionOf(kind, index, required))),
      kinds: kinds.map(({ kind }) => kind),
      rules: all,
      design: {
        shownWhen: Object.fromEntries(all.flatMap((rule, index) => (rule ? [[`q${index}`, rule]] : []))),
      } satisfies Design,
    }));
  });

/** The rule in plain words of its own, apart from the compiler's. */
function isAsked(rule: ShownWhen | undefined, answers: Answers): boolean {
  if (!rule) return true;
  const holds = (part: ShownPart): boolean => {
    const answer = answers[part.question];
    const said = answer === undefined ? [] : saidIn(answer);
    switch (part.is) {
      case 'answered':
        return said.length > 0;
      case 'unanswered':
        return said.length === 0;
      case 'one-of':
        return said.some((value) => part.values.includes(value));
      case 'none-of':
        return said.length > 0 && !said.some((value) => part.values.includes(value));
      case 'at-least':
        return said.some((value) => Number(value) >= Number(part.value));
      case 'at-most':
        return said.some((value) => Number(value) <= Number(part.value));
    }
  };
  return rule.match === 'all' ? rule.parts.every(holds) : rule.parts.some(holds);
}

function saidIn(answer: Answer): string[] {
  if (answer.kind === 'choices') return answer.choiceIds;
  if (answer.kind === 'choice') return [answer.choiceId];
  return 'value' in answer ? [String(answer.value)] : [];
}

const runs = (few: number) => {
  const many = process.env.PROPERTY_RUNS;
  return many === undefined ? { numRuns: few, seed: 20_261_129 } : { numRuns: Number(many) };
};

describe('the customer’s own rules of when a question is asked', () => {
  it('are said on the phone and by the endpoint exactly as they were written', async () => {
    const picks = fc.array(fc.nat(100), { minLength: 10, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(caseArb, picks, async ({ form, kinds, rules, design }, pick) => {
        const given: Answers = {};
        kinds.forEach((kind, index) => {
          const answer = answerOf(kind, pick[index] ?? 0);
          if (isAsked(rules[index], given)) given[`q${index}`] = answer;
        });
        const compiled = compile({ form, design, locale: 'en' });
        expect(validateFlowJson(JSON.stringify(compiled.flowJson))).toEqual({ validationErrors: [], warnings: [] });
        const homes = new Map(
          compiled.program.fields.flatMap(({ question, inputs }) => inputs.map(({ name }) => [name, question.id])),
        );
        const filled = await fillIn(compiled, ({ name }) => {
          const index = Number(homes.get(name)?.slice(1));
          const answer = answerOf(kinds[index] ?? 'short-text', pick[index] ?? 0);
          if (answer.kind === 'choices') return answer.choiceIds;
          if (answer.kind === 'boolean') return answer.value ? 'yes' : 'no';
          return saidIn(answer)[0];
        });
        expect(filled.view).toMatchObject({ kind: 'closed', outcome: { kind: 'submitted' } });
        const refused = compiled.report.filter((line) => line.outcome === 'refused').map((line) => line.question);
        for (const id of refused) expect(given).not.toHaveProperty(id);
        expect(Object.keys(filled.answers ?? {}).toSorted()).toEqual(Object.keys(given).toSorted());
      }),
      runs(200),
    );
  });

  const colour: Question = { ...questionOf('single-choice', 0, true), id: 'colour' };
  const reason: Question = {
    ...questionOf('short-text', 1, true),
    id: 'reason',
    visibleWhen: { op: 'equals', question: 'colour', value: 'a' },
  };
  const conditionOf = (design: Design, items = [colour, reason]) =>
    compile({ form: formOf(items), design, locale: 'en' }).program.fields.find((one) => one.question.id === 'reason')
      ?.question.visibleWhen;

  it('stand in place of the form’s own, which comes back without them', () => {
    expect(conditionOf({})).toEqual({ op: 'equals', question: 'colour', value: 'a' });
    expect(conditionOf({ shownWhen: { reason: null } })).toBeUndefined();
    const rule: ShownWhen = { match: 'all', parts: [{ question: 'colour', is: 'one-of', values: ['b'] }] };
    expect(conditionOf({ shownWhen: { reason: rule } })).toEqual({ op: 'equals', question: 'colour', value: 'b' });
  });

  it('that look at something nobody is asked hide nothing from anybody, and the report says so', () => {
    const rule: ShownWhen = { match: 'all', parts: [{ question: 'gone', is: 'answered' }] };
    const compiled = compile({ form: formOf([colour, reason]), design: { shownWhen: { reason: rule } }, locale: 'en' });
    expect(compiled.report.at(1)).toMatchObject({ question: 'reason', outcome: 'changed', code: 'condition_lost' });
  });

  it('put a question behind the one they look at', () => {
    const rule: ShownWhen = { match: 'all', parts: [{ question: 'reason', is: 'answered' }] };
    const items = [colour, { ...reason, visibleWhen: undefined }];
    const { program } = compile({ form: formOf(items), design: { shownWhen: { colour: rule } }, locale: 'en' });
    expect(program.fields.map((field) => field.question.id)).toEqual(['reason', 'colour']);
  });
});
