import type { Answer, Answers } from '@flowella/shared/form/answers.ts';
import { formSchema } from '@flowella/shared/form/form-schema.ts';
import type { Form, Question } from '@flowella/shared/form/form.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../server/app-error.ts';
import { surveyMonkeyReader } from '../../../server/sources/surveymonkey/reader.ts';
import { ask, EVERY_TYPE, parts, surveyOf, type RawSurvey } from './definitions.ts';
import { readBack } from './read-back.ts';

const { toForm, toSubmission, writeBack } = surveyMonkeyReader;
const runs = { numRuns: Number(process.env.FLOWELLA_RUNS ?? 300) };

/** Everything that must hold of a form, however strange the definition was. */
function check(form: Form): void {
  expect(formSchema.parse(form)).toEqual(form);
  const items = form.pages.flatMap((page) => page.items);
  const places = [...form.pages.map((page) => page.id), ...items.map((item) => item.id)];
  expect(new Set(places).size).toBe(places.length);
  const questions = new Set(items.filter((item) => item.kind !== 'statement').map((item) => item.id));
  for (const group of form.groups ?? []) for (const id of group.members) expect(questions).toContain(id);
  for (const rule of form.rules ?? []) expect(places).toContain(rule.after);
  for (const item of items)
    if ('choices' in item) expect(new Set(item.choices.map((one) => one.id)).size).toBe(item.choices.length);
}

function questionsOf(form: Form): Question[] {
  return form.pages.flatMap((page) => page.items).filter((item) => item.kind !== 'statement');
}

describe('nothing is lost', () => {
  const form = toForm(EVERY_TYPE);
  const items = form.pages.flatMap((page) => page.items);
  const lines = new Set([...items, ...(form.groups ?? [])].map((one) => one.id));

  it.each(EVERY_TYPE.pages.flatMap((page) => page.questions))('$family/$subtype ($id)', (question) => {
    expect(lines).toContain(question.id);
    const own = questionsOf(form).filter((one) => one.origin.question === question.id);
    for (const row of question.answers?.rows ?? []) {
      const isRanked = own.some((one) => one.kind === 'ranking' && one.choices.some((choice) => choice.id === row.id));
      expect(isRanked || own.some((one) => one.origin.row === row.id)).toBe(true);
    }
    const rawChoices = [
      ...(question.answers?.choices ?? []),
      ...(question.answers?.cols ?? []).flatMap((col) => col.choices ?? []),
    ];
    const choices = own.flatMap((one) => ('choices' in one ? one.choices.map((choice) => choice.id) : []));
    if (question.subtype !== 'ranking')
      expect(choices).toEqual(expect.arrayContaining(rawChoices.map((choice) => choice.id)));
  });

  it('in a body that creates a survey, which has no ids', () => {
    const bare = JSON.parse(JSON.stringify(EVERY_TYPE).replace(/"id":"\d+",?/g, '')) as RawSurvey;
    const own = toForm(bare);
    check(own);
    expect(questionsOf(own)).toHaveLength(questionsOf(form).length);
    expect(questionsOf(toForm(bare)).map((one) => one.id)).toEqual(questionsOf(own).map((one) => one.id));
  });
});

it('never throws on strange input but to say that it is no survey', () => {
  check(toForm(EVERY_TYPE));
  const changes = fc.array(fc.tuple(fc.nat(), strange), { minLength: 1, maxLength: 5 });
  // On failure fast-check prints its seed and the smallest example.
  fc.assert(
    fc.property(changes, (list) => {
      const changed = list.reduce(mutate, structuredClone(EVERY_TYPE) as unknown);
      try {
        const form = toForm(changed);
        check(form);
        writeBack(changed);
        submit(form, answersTo(form, 1));
      } catch (err) {
        if (!(err instanceof AppError) || err.code !== 'not_a_form') throw err;
      }
    }),
    runs,
  );
});

const OTHERS = surveyOf([
  ask('5', 'single_choice/vertical', {
    answers: { choices: parts('51'), other: { id: '59', text: 'Yes, namely', is_answer_choice: true } },
  }),
  ask('6', 'multiple_choice/vertical', {
    answers: { choices: parts('61', '62'), other: { id: '69', text: 'Other than these', is_answer_choice: true } },
  }),
  ask('7', 'open_ended/multi', { answers: { rows: parts('71', '72') } }),
  ask('8', 'open_ended/multi', { answers: { rows: parts('71', '72') } }),
  ask('9', 'open_ended/single', { validation: { type: 'date_us' } }),
]);
const BARE = JSON.parse(JSON.stringify(EVERY_TYPE).replace(/"id":"\d+",?/g, '')) as RawSurvey;

describe.each([
  ['every type', EVERY_TYPE],
  ['choices with words of their own and rows twice', OTHERS],
])('a response to %s', (_, raw) => {
  it('gives every answer back', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const form = toForm(raw);
        const answers = answersTo(form, seed);
        const back = readBack(raw, submit(form, answers));
        const expected = Object.entries(answers).flatMap(([id, answer]) => {
          const values = valuesOf(answer);
          return values.length > 0 ? [[id, values] as const] : [];
        });
        expect(Object.fromEntries(back)).toEqual(Object.fromEntries(expected));
      }),
      { numRuns: 60 },
    );
  });
});

it('keeps the fields of a survey without ids apart', () => {
  const form = toForm(BARE);
  const texts = questionsOf(form).filter((question) => question.kind === 'short-text');
  const answers = Object.fromEntries(texts.map(({ id }) => [id, { kind: 'text', value: id } as const]));
  const back = readBack(BARE, submit(form, answers));
  for (const { id } of texts) expect(back.get(id)).toEqual([id]);
});

it('has the shape of a new response', () => {
  const form = toForm(OTHERS);
  const answers: Answers = {
    '5': { kind: 'choice', choiceId: '59' },
    '59/text': { kind: 'text', value: 'mine' },
    '9': { kind: 'date', value: '2026-03-04' },
  };
  expect(submit(form, answers)).toEqual({
    custom_value: 'submission',
    date_created: '2026-03-04T10:05:00.000Z',
    response_status: 'completed',
    pages: [
      {
        id: '1',
        questions: [
          { id: '5', answers: [{ other_id: '59', text: 'mine' }] },
          { id: '9', answers: [{ text: '03/04/2026' }] },
        ],
      },
    ],
  });
});

function submit(form: Form, answers: Answers): unknown {
  return toSubmission({
    form,
    answers,
    computed: {},
    submissionId: 'submission',
    startedAt: new Date('2026-03-04T10:00:00Z'),
    finishedAt: new Date('2026-03-04T10:05:00Z'),
  });
}

/** An answer to everything that is asked; `seed` decides which. */
function answersTo(form: Form, seed: number): Answers {
  const answers: Answers = {};
  for (const question of questionsOf(form)) {
    const when = question.visibleWhen;
    if (when?.op === 'constant') continue;
    if (when?.op === 'includes-any') {
      const earlier = answers[when.question];
      const given =
        earlier?.kind === 'choice' ? [earlier.choiceId] : earlier?.kind === 'choices' ? earlier.choiceIds : [];
      if (!when.values.some((value) => given.includes(value))) continue;
    }
    const answer = answerTo(question, seed);
    if (answer) answers[question.id] = answer;
  }
  return answers;
}

function answerTo(question: Question, seed: number): Answer | undefined {
  const minute = String(seed % 60).padStart(2, '0');
  const hour = String(seed % 24).padStart(2, '0');
  switch (question.kind) {
    case 'short-text':
    case 'long-text':
      return { kind: 'text', value: `Text ${seed} 👩‍👩‍👧` };
    case 'email':
      return { kind: 'email', value: 'a@example.com' };
    case 'phone':
      return { kind: 'phone', value: '+4930123456' };
    case 'number':
      return { kind: 'number', value: String(seed) };
    case 'single-choice': {
      const one = question.choices[seed % Math.max(1, question.choices.length)];
      return one && { kind: 'choice', choiceId: one.id };
    }
    case 'multi-choice':
      return { kind: 'choices', choiceIds: question.choices.slice(seed % 2).map((choice) => choice.id) };
    case 'ranking':
      return { kind: 'ranking', choiceIds: question.choices.map((choice) => choice.id).toReversed() };
    case 'date':
      return { kind: 'date', value: '2026-03-04' };
    case 'time':
      return { kind: 'time', value: `${hour}:${minute}` };
    case 'date-time':
      return { kind: 'date-time', value: `2026-03-04T${hour}:${minute}` };
    default:
      return undefined;
  }
}

function valuesOf(answer: Answer): string[] {
  if (answer.kind === 'choice') return [answer.choiceId];
  if (answer.kind === 'choices' || answer.kind === 'ranking') return answer.choiceIds;
  return 'value' in answer ? [String(answer.value)] : [];
}

const strange = fc.oneof(
  fc.constantFrom<unknown>(null, true, -1, 1e300, '', ' ', [], {}, '__proto__', '\uE000answer:x\uE001', '[Q1]'),
  fc.string({ maxLength: 100, unit: 'grapheme' }),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Puts a strange value, or nothing, in some place of a JSON value. */
function mutate(value: unknown, [place, put]: [number, unknown]): unknown {
  const places: { holder: object; key: string }[] = [];
  const visit = (node: unknown) => {
    if (typeof node !== 'object' || node === null) return;
    for (const key of Object.keys(node)) {
      places.push({ holder: node, key });
      visit(Reflect.get(node, key));
    }
  };
  visit(value);
  const chosen = places[place % Math.max(1, places.length)];
  if (!chosen) return put;
  if (place % 3 === 0) Reflect.deleteProperty(chosen.holder, chosen.key);
  else Reflect.set(chosen.holder, chosen.key, put);
  return value;
}
