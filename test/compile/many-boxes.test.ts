import { compile } from '@flowella/shared/compile/compile.ts';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import type { Answers } from '@flowella/shared/form/answers.ts';
import type { Condition, Form, Question } from '@flowella/shared/form/form.ts';
import type { FieldValue, InputView } from '@flowella/shared/phone/screen-view.ts';
import { describe, expect, it } from 'vitest';
import { repeatedAnswers } from '../../server/endpoint/repeated-answers.ts';
import { fillIn, NOW } from './support/fill-in.ts';

type MultiChoice = Extract<Question, { kind: 'multi-choice' }>;

function formOf(boxes: number, more: Partial<MultiChoice> = {}, others: Question[] = []): Form {
  const choices = Array.from({ length: boxes }, (_, index) => ({ id: `c${index + 1}`, label: `Topic ${index + 1}` }));
  const topics: Question = {
    id: 'topics',
    label: 'Which of these topics may we write to you about?',
    kind: 'multi-choice',
    choices,
    required: false,
    origin: {},
    ...more,
  };
  return {
    source: 'hubspot-forms',
    sourceFormId: 'f',
    name: 'f',
    language: 'en',
    revision: 'r',
    pages: [{ id: 'p', items: [topics, ...others] }],
    hidden: [],
    notices: [],
  };
}

const email: Question = { id: 'email', label: 'E-mail', kind: 'email', required: false, origin: {} };

/** Ticks these boxes wherever they stand, and writes `own` where one's own words are asked for. */
function ticking(wanted: readonly string[], own = ''): (input: InputView) => FieldValue | undefined {
  return (input) => {
    if (input.kind === 'checkboxes') return input.options.map(({ id }) => id).filter((id) => wanted.includes(id));
    return input.kind === 'text-input' && input.name.endsWith('other') ? own : undefined;
  };
}

function built(form: Form, mode: 'connected' | 'light') {
  const compiled = compile({ form, design: {}, locale: 'en', mode });
  expect(validateFlowJson(JSON.stringify(compiled.flowJson))).toEqual({ validationErrors: [], warnings: [] });
  return compiled;
}

const SPREAD = ['c1', 'c19', 'c20', 'c21', 'c100', 'c137', 'c250'];

describe.each(['connected', 'light'] as const)('a question with 250 boxes (%s)', (mode) => {
  const compiled = built(formOf(250, {}, [email]), mode);

  it('shows at most 20 of them at a time, each screen with the question on it', () => {
    const shares = compiled.program.fields.filter(({ question }) => question.id === 'topics');
    const screens = shares.map(({ screen }) => screen);
    expect(new Set(screens).size).toBe(13);
    expect(shares.length).toBe(13);
    for (const share of shares) expect(share.inputs.flatMap(({ options = [] }) => options).length).toBeLessThan(21);
    for (const screen of compiled.flowJson.screens.filter(({ id }) => screens.includes(id)))
      expect(JSON.stringify(screen), screen.id).toContain('Which of these topics may we write to you about?');
    expect(compiled.report.find(({ question }) => question === 'topics')).toMatchObject({
      outcome: 'changed',
      code: 'choices_on_screens',
      screens,
    });
  });

  it('brings back what was ticked on all of its screens as one answer', async () => {
    const { answers } = await fillIn(compiled, ticking(SPREAD));
    expect(answers?.topics).toEqual({ kind: 'choices', choiceIds: SPREAD });
  });

  it('is left out where nothing is ticked', async () => {
    expect((await fillIn(compiled, ticking([]))).answers).toEqual({});
  });

  it('shows what is known of the contact on the screens where it stands, and nothing where a choice is gone', async () => {
    const known = (choiceIds: string[]): Answers => ({ topics: { kind: 'choices', choiceIds } });
    const { answers } = await fillIn(compiled, () => undefined, known(SPREAD));
    expect(answers?.topics).toEqual({ kind: 'choices', choiceIds: SPREAD });
    expect((await fillIn(compiled, () => undefined, known(['c1', 'gone']))).answers?.topics).toBeUndefined();
  });

  it('keeps one’s own words beside the boxes', async () => {
    const withOther = built(formOf(45, { allowOther: true }), mode);
    const { answers } = await fillIn(withOther, ticking(['c2', 'c44'], 'Cheese'));
    expect(answers?.topics).toEqual({
      kind: 'choices',
      choiceIds: ['c2', 'c44', '__other__'],
      otherText: 'Cheese',
    });
  });

  it('decides what hangs on it by all of its screens', async () => {
    const visibleWhen: Condition = { op: 'includes-any', question: 'topics', values: ['c3'] };
    const hanging = built(formOf(60, {}, [{ ...email, visibleWhen }]), 'connected');
    const emailScreen = hanging.program.fields.find(({ question }) => question.id === 'email')?.screen ?? '';
    expect((await fillIn(hanging, ticking(['c3', 'c60']))).visited).toContain(emailScreen);
    expect((await fillIn(hanging, ticking(['c4', 'c60']))).visited).not.toContain(emailScreen);
  });
});

describe('the numbers of a question whose boxes are spread over screens', () => {
  it('are checked when they are known: too many at once, too few and none on the last screen', async () => {
    const compiled = built(formOf(60, { required: true, minSelected: 2, maxSelected: 3 }), 'connected');
    const [first, second, last] = compiled.program.fields.map(({ screen }) => screen);
    const stopsAt = async (wanted: string[]) => (await fillIn(compiled, ticking(wanted))).visited.at(-1);
    expect(await stopsAt(['c1', 'c2', 'c3', 'c4'])).toBe(first);
    expect(await stopsAt(['c1', 'c2', 'c21', 'c22'])).toBe(second);
    expect(await stopsAt(['c1'])).toBe(last);
    expect(await stopsAt([])).toBe(last);
    const fine = await fillIn(compiled, ticking(['c1', 'c41']));
    expect(fine.answers).toEqual({ topics: { kind: 'choices', choiceIds: ['c1', 'c41'] } });
  });

  it('are those of the whole question for a light flow too, which accepts and flags', async () => {
    const compiled = built(formOf(60, { maxSelected: 2 }), 'light');
    const { answers } = await fillIn(compiled, ticking(['c1', 'c21', 'c41']));
    expect(answers?.topics).toEqual({ kind: 'choices', choiceIds: ['c1', 'c21', 'c41'] });
  });
});

it('numbers that only the server can see over several screens make the flow a connected one', () => {
  const modeOf = (more: Partial<MultiChoice>) =>
    compile({ form: formOf(60, more), design: {}, locale: 'en' }).flowJson.data_api_version === undefined
      ? 'light'
      : 'connected';
  expect(modeOf({})).toBe('light');
  for (const more of [{ required: true }, { minSelected: 2 }, { maxSelected: 3 }])
    expect(modeOf(more)).toBe('connected');
});

it('a screen sent again that would leave a required question empty changes nothing', () => {
  const { program } = built(formOf(60, { required: true }), 'connected');
  const [first] = program.fields;
  const sent = { version: '3.0', action: 'data_exchange', screen: first?.screen ?? '', flow_token: 't', data: {} };
  const accepted: Answers = { topics: { kind: 'choices', choiceIds: ['c1'] } };
  expect(repeatedAnswers(program, sent, { accepted, now: NOW, country: null })).toBeNull();
});

it('the report names a screen once, also where two parts of one question had to come together on it', () => {
  const visibleWhen: Condition = { op: 'equals', question: 'email', value: 'a@b.test' };
  const form = formOf(200, { visibleWhen });
  const items = [email, ...(form.pages[0]?.items ?? [])];
  const { report } = compile({
    form: { ...form, pages: [{ id: 'p', items }] },
    design: {},
    locale: 'en',
    mode: 'connected',
  });
  const screens = report.find(({ question }) => question === 'topics')?.screens ?? [];
  expect(screens.length).toBeGreaterThan(1);
  expect(new Set(screens).size).toBe(screens.length);
});

it('a screen sent again after everything was accepted changes its own boxes and no others', () => {
  const { program } = built(formOf(60), 'connected');
  const [, second] = program.fields;
  const [input] = second?.inputs ?? [];
  const again = repeatedAnswers(
    program,
    {
      version: '3.0',
      action: 'data_exchange',
      screen: second?.screen ?? '',
      flow_token: 't',
      data: { [input?.name ?? '']: ['c22'] },
    },
    { accepted: { topics: { kind: 'choices', choiceIds: ['c1', 'c21', 'c60'] } }, now: NOW, country: null },
  );
  expect(again?.topics).toEqual({ kind: 'choices', choiceIds: ['c1', 'c22', 'c60'] });
});

it('screens that the customer has put in order are no reason to put 60 boxes onto one', () => {
  const design = { screens: [{ questions: ['email', 'topics'] }] };
  const { program } = compile({ form: formOf(60, {}, [email]), design, locale: 'en', mode: 'connected' });
  const shares = program.fields.filter(({ question }) => question.id === 'topics');
  expect(new Set(shares.map(({ screen }) => screen)).size).toBe(3);
});

it('one’s own words have a field where a single list is so long that it comes in sections', async () => {
  const single: Question = {
    ...formOf(250).pages[0]?.items[0],
    kind: 'single-choice',
    allowOther: true,
  } as Question;
  const form = { ...formOf(1), pages: [{ id: 'p', items: [single] }] };
  for (const mode of ['connected', 'light'] as const) {
    const compiled = built(form, mode);
    const { answers } = await fillIn(compiled, (input) => {
      if (input.kind === 'radio' || input.kind === 'dropdown') return input.options.at(-1)?.id;
      return input.kind === 'text-input' ? 'Cheese' : undefined;
    });
    expect(answers?.topics).toEqual({ kind: 'choice', choiceId: '__other__', otherText: 'Cheese' });
  }
});

it('a form that is too long drops such a question whole, never half of its boxes', () => {
  const items = Array.from({ length: 12 }, (_, index): Question => {
    const [topics] = formOf(250).pages[0]?.items ?? [];
    return { ...topics, id: `t${index}` } as Question;
  });
  const form = { ...formOf(1), pages: [{ id: 'p', items }] };
  const { program, report } = built(form, 'connected');
  const asked = new Map<string, number>();
  for (const { question, inputs } of program.fields) {
    const boxes = inputs.flatMap(({ options = [] }) => options).length;
    asked.set(question.id, (asked.get(question.id) ?? 0) + boxes);
  }
  expect(asked.size).toBeGreaterThan(3);
  for (const [id, boxes] of asked) expect(boxes, id).toBe(250);
  for (const { id } of items) expect(report.filter((line) => line.question === id).length, id).toBe(1);
});
