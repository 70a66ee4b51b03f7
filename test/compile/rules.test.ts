import { compile } from '@flowella/shared/compile/compile.ts';
import { computePath, computeVariables, endingOf } from '@flowella/shared/compile/compute-path.ts';
import { programSchema } from '@flowella/shared/compile/program.ts';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import type { Answers } from '@flowella/shared/form/answers.ts';
import { computeValue, evaluateCondition } from '@flowella/shared/form/evaluate-condition.ts';
import type { Condition, Expression, Form, Item, Rule } from '@flowella/shared/form/form.ts';
import { recallToken } from '@flowella/shared/form/recall.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillIn } from './support/fill-in.ts';

const TODAY = '2026-11-23';
const CHOICES = ['a', 'b', 'c'].map((id) => ({ id, label: `Choice ${id}` }));

/** A form tool of few words: asks one item after the other, calculates, and takes the first jump that matches. */
function askAlong(
  form: Form,
  given: Answers,
): { asked: string[]; variables: Record<string, string>; end: string | null } {
  const items = form.pages.flatMap((page) => page.items);
  const answers: Answers = {};
  const asked: string[] = [];
  const variables = new Map((form.variables ?? []).map(({ id, initial }) => [id, Number(initial)]));
  const withVariables = (value: Expression): Expression => {
    if (value.op === 'variable') return { op: 'number', value: variables.get(value.name) ?? 0 };
    if (value.op === 'add') return { op: 'add', left: withVariables(value.left), right: withVariables(value.right) };
    return value;
  };
  const holds = (when: Condition | undefined): boolean => {
    if (!when) return true;
    if (when.op === 'not') return !holds(when.condition);
    if (when.op === 'and') return when.conditions.every(holds);
    if (when.op === 'or') return when.conditions.some(holds);
    const known: Condition =
      when.op === 'compare' ? { ...when, left: withVariables(when.left), right: withVariables(when.right) } : when;
    return evaluateCondition(known, answers, TODAY);
  };
  const calculate = (after: string | null) => {
    for (const rule of form.rules ?? []) {
      if (rule.kind !== 'calculate' || rule.after !== after || !holds(rule.when)) continue;
      const value = Number(computeValue(withVariables(rule.value), answers, TODAY));
      const before = variables.get(rule.variable) ?? 0;
      variables.set(rule.variable, rule.operator === 'add' ? before + value : value);
    }
  };
  calculate(null);
  let index = 0;
  let end: string | null = null;
  while (index < items.length) {
    const item = items[index];
    if (!item) break;
    if (item.kind !== 'statement') {
      asked.push(item.id);
      const answer = given[item.id];
      if (answer) answers[item.id] = answer;
    }
    calculate(item.id);
    const jump = (form.rules ?? []).find((rule) => {
      if (rule.kind !== 'jump' || rule.after !== item.id) return false;
      return ('end' in rule.to || positionOf(items, rule.to.item) > index) && holds(rule.when);
    });
    if (jump?.kind !== 'jump') index += 1;
    else if ('end' in jump.to) {
      end = jump.to.end;
      break;
    } else index = positionOf(items, jump.to.item);
  }
  return {
    asked,
    variables: Object.fromEntries([...variables].map(([id, value]) => [id, String(value)])),
    end,
  };
}

function positionOf(items: readonly Item[], id: string): number {
  return items.findIndex((item) => item.id === id);
}

const itemArb = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('single-choice' as const), required: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('yes-no' as const), required: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('checkbox' as const), required: fc.constant(false) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('short-text' as const), required: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('statement' as const) }) },
);

const operandArb: fc.Arbitrary<Expression> = fc.oneof(
  fc.constant<Expression>({ op: 'variable', name: 'score' }),
  fc.integer({ min: 0, max: 4 }).map((value): Expression => ({ op: 'number', value })),
);

type Kind = 'single-choice' | 'yes-no' | 'checkbox' | 'short-text' | 'statement';
const VALUES: Record<Kind, string[]> = {
  'single-choice': ['a', 'b', 'c', 'gone'],
  'yes-no': ['true', 'false'],
  checkbox: ['true', 'false'],
  'short-text': ['x', 'y'],
  statement: ['x'],
};

const leafArb = (kinds: readonly Kind[]): fc.Arbitrary<Condition> => {
  const count = kinds.length;
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc.tuple(fc.nat(count - 1), fc.nat(11)).map(([index, pick]): Condition => {
        const values = VALUES[kinds[index] ?? 'statement'];
        return { op: 'equals', question: `q${index}`, value: values[pick % values.length] ?? '' };
      }),
    },
    { weight: 1, arbitrary: fc.nat(count - 1).map((index): Condition => ({ op: 'answered', question: `q${index}` })) },
    {
      weight: 1,
      arbitrary: fc.record({
        op: fc.constant('compare' as const),
        comparison: fc.constantFrom('equals' as const, 'less' as const, 'greater-or-equal' as const),
        left: operandArb,
        right: operandArb,
      }),
    },
  );
};

const conditionArb = (kinds: readonly Kind[]): fc.Arbitrary<Condition> =>
  fc.oneof(
    { weight: 4, arbitrary: leafArb(kinds) },
    { weight: 1, arbitrary: leafArb(kinds).map((condition): Condition => ({ op: 'not', condition })) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('and' as const, 'or' as const), fc.array(leafArb(kinds), { minLength: 1, maxLength: 3 }))
        .map(([op, conditions]): Condition => ({ op, conditions })),
    },
  );

/** Mostly what real forms have: a branch on an answer already given, to something further down. */
const ruleArb = (kinds: readonly Kind[]): fc.Arbitrary<Rule> => {
  const count = kinds.length;
  return fc.tuple(fc.nat(count - 1), fc.nat(9)).chain(([index, luck]): fc.Arbitrary<Rule> => {
    const known = luck > 0 ? kinds.slice(0, index + 1) : kinds;
    const when = fc.option(conditionArb(known), { nil: undefined, freq: 8 });
    const target = luck > 1 ? fc.integer({ min: Math.min(index + 1, count - 1), max: count - 1 }) : fc.nat(count - 1);
    return fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant('jump' as const),
          after: fc.constant(`q${index}`),
          when,
          to: fc.oneof(
            { weight: 8, arbitrary: target.map((to) => ({ item: `q${to}` })) },
            { weight: 1, arbitrary: fc.constantFrom(null, 'early').map((end) => ({ end })) },
          ),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant('calculate' as const),
          after: fc.constant(luck > 0 ? `q${index}` : null),
          when,
          variable: fc.constant('score'),
          operator: fc.constantFrom('set' as const, 'add' as const),
          value: operandArb,
        }),
      },
    );
  });
};

/** Forms of any jumps: forward, backward, over each other, to themselves, to the end. */
export const formArb: fc.Arbitrary<Form> = fc
  .oneof(fc.array(itemArb, { minLength: 2, maxLength: 9 }), fc.array(itemArb, { minLength: 18, maxLength: 30 }))
  .chain((kinds) =>
    fc
      .tuple(
        fc.array(ruleArb(kinds.map(({ kind }) => kind)), { minLength: kinds.length > 9 ? 2 : 0, maxLength: 12 }),
        fc.integer({ min: 1, max: kinds.length }),
      )
      .map(([rules, cut]): Form => {
        const items = kinds.map(({ kind, ...rest }, index): Item => {
          const id = `q${index}`;
          if (kind === 'statement') return { kind, id, text: `Text ${index}`, isListed: true };
          const base = { id, label: `Question ${index}`, required: 'required' in rest && rest.required, origin: {} };
          if (kind === 'checkbox') return { ...base, kind, mustAccept: false };
          return kind === 'single-choice' ? { ...base, kind, choices: CHOICES } : { ...base, kind };
        });
        return {
          source: 'typeform',
          sourceFormId: 'f',
          name: 'f',
          language: 'en',
          revision: 'r',
          pages: [
            { id: 'p1', items: items.slice(0, cut) },
            { id: 'p2', title: 'Second page', items: items.slice(cut) },
          ],
          hidden: [],
          variables: [{ id: 'score', type: 'number', initial: '1' }],
          endings: [{ id: 'early', text: 'Too early' }],
          rules,
          notices: [],
        };
      }),
  );

const picksArb = fc.array(fc.nat(100), { minLength: 14, maxLength: 14 });
const modeArb = fc.constantFrom('connected' as const, 'light' as const, undefined);

/** An answer to every question that may have one; required ones have one always. */
function answersFor(form: Form, picks: readonly number[]): Answers {
  const answers: Answers = {};
  form.pages
    .flatMap((page) => page.items)
    .forEach((item, index) => {
      const pick = picks[index % picks.length] ?? 0;
      // An empty box is an answer too.
      const isBox = item.kind === 'checkbox';
      if (item.kind === 'statement' || (!isBox && !item.required && pick % 4 === 3)) return;
      if (item.kind === 'single-choice') answers[item.id] = { kind: 'choice', choiceId: CHOICES[pick % 3]?.id ?? 'a' };
      else if (isBox || item.kind === 'yes-no') answers[item.id] = { kind: 'boolean', value: pick % 2 === 0 };
      else answers[item.id] = { kind: 'text', value: pick % 2 === 0 ? 'x' : 'y' };
    });
  return answers;
}

/** The same cases in every `npm test`; others in each `test:long`, which prints the seed of a failing one. */
const runs = (few: number) => {
  const many = process.env.PROPERTY_RUNS;
  return many === undefined ? { numRuns: few, seed: 20_261_127 } : { numRuns: Number(many) };
};

describe('rules of a form', () => {
  it('lead along the same path, to the same end, with the same values as the tool itself', () => {
    fc.assert(
      fc.property(formArb, fc.array(fc.nat(100), { minLength: 14, maxLength: 14 }), (form, picks) => {
        const given = answersFor(form, picks);
        const expected = askAlong(form, given);
        const compiled = compile({ form, design: {}, locale: 'en', mode: 'connected' });
        const program = programSchema.parse(JSON.parse(JSON.stringify(compiled.program)));
        const path = computePath(program, () => given, TODAY);
        const counted = expected.asked.filter((id) => given[id] !== undefined);
        expect(Object.keys(path.answers).toSorted()).toEqual(counted.toSorted());
        expect(computeVariables(program, path.answers, TODAY)).toEqual(expected.variables);
        expect(endingOf(program, path.answers, TODAY)).toBe(expected.end);
      }),
      runs(1_500),
    );
  });

  it('become valid flows in both modes, with one line per question', () => {
    fc.assert(
      fc.property(formArb, fc.constantFrom('connected' as const, 'light' as const), (form, mode) => {
        const { flowJson, report } = compile({ form, design: {}, locale: 'en', mode });
        expect(validateFlowJson(JSON.stringify(flowJson))).toEqual({ validationErrors: [], warnings: [] });
        const ids = form.pages.flatMap((page) => page.items).map((item) => item.id);
        expect(
          report
            .map((line) => line.question)
            .filter((id) => ids.includes(id))
            .toSorted(),
        ).toEqual(ids.toSorted());
      }),
      runs(300),
    );
  });

  it('are walked on the phone: it shows exactly the questions that the tool would ask', async () => {
    await fc.assert(
      fc.asyncProperty(formArb, picksArb, modeArb, async (form, picks, mode) => {
        const given = answersFor(form, picks);
        const expected = askAlong(form, given);
        const compiled = compile({ form, design: {}, locale: 'en', mode });
        const questionOf = new Map(
          compiled.program.fields.flatMap((field) => field.inputs.map((input) => [input.name, field.question.id])),
        );
        const filled = await fillIn(compiled, ({ name, kind }) => {
          const answer = given[questionOf.get(name) ?? ''];
          if (answer?.kind === 'choice') return answer.choiceId;
          if (answer?.kind === 'boolean') return kind === 'opt-in' ? answer.value : answer.value ? 'yes' : 'no';
          return answer?.kind === 'text' ? answer.value : undefined;
        });
        expect(filled.view).toMatchObject({ kind: 'closed', outcome: { kind: 'submitted' } });
        const shown = new Set([...filled.seen.keys()].map((name) => questionOf.get(name)));
        const counted = expected.asked.filter((id) => id in given);
        // Asked for, a light flow shows to everybody what it cannot decide; chosen by itself, it can decide everything.
        const isShownToAll = compiled.report.some((line) => line.code === 'shown_to_everyone');
        if (mode === 'light' && isShownToAll) return;
        expect(isShownToAll).toBe(false);
        expect(Object.keys(filled.answers ?? {}).toSorted()).toEqual(counted.toSorted());
        if (mode === 'light') return;
        const askable = expected.asked.filter((id) => [...questionOf.values()].includes(id));
        expect([...shown].toSorted()).toEqual(askable.toSorted());
      }),
      runs(150),
    );
  });
});

describe('a condition over one answer and a computed value', () => {
  it('is left to the server, which knows both', () => {
    const choice = (id: string): Item => ({
      ...{ kind: 'single-choice', id, label: `Which ${id}?`, required: true, choices: CHOICES, origin: {} },
    });
    const form: Form = {
      source: 'typeform',
      sourceFormId: 'f',
      name: 'f',
      language: 'en',
      revision: 'r',
      pages: [{ id: 'p', items: [choice('q0'), choice('q1'), choice('q2')] }],
      hidden: [],
      variables: [{ id: 'score', type: 'number', initial: '1' }],
      rules: [
        {
          kind: 'calculate',
          after: 'q0',
          when: { op: 'equals', question: 'q0', value: 'a' },
          variable: 'score',
          operator: 'set',
          value: { op: 'number', value: 0 },
        },
        {
          kind: 'jump',
          after: 'q1',
          when: {
            op: 'and',
            conditions: [
              { op: 'equals', question: 'q1', value: 'b' },
              {
                op: 'compare',
                comparison: 'less',
                left: { op: 'variable', name: 'score' },
                right: { op: 'number', value: 1 },
              },
            ],
          },
          to: { end: null },
        },
      ],
      notices: [],
    };
    const { mode, program } = compile({ form, design: {}, locale: 'en' });
    expect(mode).toBe('connected');
    const answered = (q0: string): Answers => ({
      q0: { kind: 'choice', choiceId: q0 },
      q1: { kind: 'choice', choiceId: 'b' },
      q2: { kind: 'choice', choiceId: 'c' },
    });
    const asked = (q0: string) => Object.keys(computePath(program, () => answered(q0), TODAY).answers);
    expect(asked('a')).toEqual(['q0', 'q1']);
    expect(asked('b')).toEqual(['q0', 'q1', 'q2']);
  });
});

describe('recall', () => {
  const form = (label: string, kind: 'short-text' | 'single-choice' = 'short-text'): Form => ({
    source: 'typeform',
    sourceFormId: 'f',
    name: 'f',
    language: 'en',
    revision: 'r',
    pages: [
      {
        id: 'p',
        items: [
          kind === 'short-text'
            ? { kind, id: 'name', label: 'Your name?', required: true, origin: {} }
            : { kind, id: 'name', label: 'Your name?', required: true, choices: CHOICES, origin: {} },
          { kind: 'short-text', id: 'next', label, required: true, origin: {} },
        ],
      },
    ],
    hidden: [],
    notices: [],
  });
  const place = recallToken({ kind: 'answer', id: 'name' });

  it.each(['connected', 'light'] as const)('shows an earlier answer in a later question (%s)', async (mode) => {
    const compiled = compile({ form: form(`What's up, ${place}?`), design: {}, locale: 'en', mode });
    expect(validateFlowJson(JSON.stringify(compiled.flowJson))).toEqual({ validationErrors: [], warnings: [] });
    const filled = await fillIn(compiled, () => 'Zoë');
    expect(filled.texts).toContain("What's up, Zoë?");
    expect(compiled.report.map((line) => line.code)).toEqual(['kept', 'kept']);
  });

  it('is said by the server where the phone would lose a brace of the text', async () => {
    const compiled = compile({ form: form(`{Hello} ${place}, so?`), design: {}, locale: 'en' });
    expect(compiled.mode).toBe('connected');
    expect((await fillIn(compiled, () => 'Zoë')).texts).toContain('{Hello} Zoë, so?');
  });

  it('is said by the server where the phone only knows the id of a choice', async () => {
    const compiled = compile({ form: form(`So, ${place}`, 'single-choice'), design: {}, locale: 'en' });
    expect(compiled.mode).toBe('connected');
    const filled = await fillIn(compiled, ({ kind }) => (kind === 'radio' ? 'b' : 'x'));
    expect(filled.texts).toContain('So, Choice b');
    const light = compile({ form: form(`So, ${place}`, 'single-choice'), design: {}, locale: 'en', mode: 'light' });
    expect(light.report.at(1)).toMatchObject({ outcome: 'changed', code: 'recall_lost' });
  });
});

describe('branches on the phone', () => {
  /** A first question, then a page for each of some answers, then a page for everybody. */
  const branching = (branches: readonly string[]): Form => {
    const text = (id: string): Item => ({ kind: 'short-text', id, label: `Say ${id}`, required: true, origin: {} });
    const pageOf = (id: string) => ({ id, items: [1, 2, 3, 4, 5].map((number) => text(`${id}${number}`)) });
    return {
      source: 'typeform',
      sourceFormId: 'f',
      name: 'f',
      language: 'en',
      revision: 'r',
      pages: [
        {
          id: 'start',
          items: [
            { kind: 'single-choice', id: 'which', label: 'Which?', required: true, choices: CHOICES, origin: {} },
          ],
        },
        ...branches.map(pageOf),
        pageOf('all'),
      ],
      hidden: [],
      rules: [
        ...branches.map((id): Rule => ({
          kind: 'jump',
          after: 'which',
          when: { op: 'equals', question: 'which', value: id },
          to: { item: `${id}1` },
        })),
        { kind: 'jump', after: 'which', to: { item: 'all1' } },
        ...branches.map((id): Rule => ({ kind: 'jump', after: `${id}5`, to: { item: 'all1' } })),
      ],
      notices: [],
    };
  };

  it.each([
    [['a'], 'If'],
    [['a', 'b'], 'Switch'],
    [['a', 'b', 'c'], 'Switch'],
  ])('%j are said by %s, and a light flow asks exactly what the tool would', async (branches, component) => {
    const form = branching(branches);
    const compiled = compile({ form, design: {}, locale: 'en' });
    expect(compiled.mode).toBe('light');
    expect(JSON.stringify(compiled.flowJson)).toContain(`"type":"${component}"`);
    expect(validateFlowJson(JSON.stringify(compiled.flowJson))).toEqual({ validationErrors: [], warnings: [] });
    for (const { id } of CHOICES) {
      const filled = await fillIn(compiled, ({ kind }) => (kind === 'radio' ? id : 'word'));
      expect(filled.view).toMatchObject({ kind: 'closed', outcome: { kind: 'submitted' } });
      const given: Answers = Object.fromEntries(
        form.pages.flatMap((page) => page.items).map((item) => [item.id, { kind: 'text', value: 'word' }]),
      );
      const expected = askAlong(form, { ...given, which: { kind: 'choice', choiceId: id } });
      expect(Object.keys(filled.answers ?? {}).toSorted()).toEqual(expected.asked.toSorted());
      expect(filled.visited.length).toBe(branches.includes(id) ? 3 : 2);
    }
  });

  /** A first page that decides, a second that is asked for only then, a third for everybody. */
  const deciding = (first: Item[], visibleWhen: Condition): Form => {
    const texts = (id: string, when?: Condition): Item[] =>
      [1, 2, 3, 4, 5, 6, 7, 8].map((number) => ({
        kind: 'short-text',
        id: `${id}${number}`,
        label: `Say ${id}${number}`,
        required: true,
        origin: {},
        ...(when ? { visibleWhen: when } : {}),
      }));
    const pages = [first, texts('some', visibleWhen), texts('all')].map((items, index) => ({ id: `p${index}`, items }));
    const more = { name: 'f', language: 'en', revision: 'r', hidden: [], notices: [] };
    return { source: 'typeform', sourceFormId: 'f', pages, ...more };
  };

  it('keep choices apart that the phone would take for the same number', async () => {
    const ids = ['1.2', '1.5', '05', '5', '1e2', '100'];
    const choices = ids.map((id) => ({ id, label: `Rate ${id}` }));
    const form = deciding([{ kind: 'single-choice', id: 'rate', label: 'Rate', required: true, choices, origin: {} }], {
      op: 'equals',
      question: 'rate',
      value: '1.5',
    });
    const compiled = compile({ form, design: {}, locale: 'en' });
    expect(compiled.mode).toBe('light');
    expect(JSON.stringify(compiled.flowJson)).toContain('"type":"If"');
    const lengths: Record<string, number> = {};
    for (const [index, id] of ids.entries()) {
      const filled = await fillIn(compiled, (input) => (input.kind === 'radio' ? input.options[index]?.id : 'word'));
      expect(filled.answers?.rate).toEqual({ kind: 'choice', choiceId: id });
      lengths[id] = filled.visited.length;
    }
    expect(lengths).toEqual({ '1.2': 3, '1.5': 4, '05': 3, '5': 3, '1e2': 3, '100': 3 });
  });

  it('over a box are said so that the phone reads them', () => {
    const box = (id: string): Item => ({
      kind: 'checkbox',
      id,
      label: `Tick ${id}`,
      required: false,
      mustAccept: false,
      origin: {},
    });
    const isTicked = (question: string): Condition => ({ op: 'equals', question, value: 'true' });
    const form = deciding([box('a'), box('b')], { op: 'and', conditions: [isTicked('a'), isTicked('b')] });
    const { flowJson, mode } = compile({ form, design: {}, locale: 'en' });
    expect(mode).toBe('light');
    expect(JSON.stringify(flowJson)).toContain('"type":"If"');
    expect(validateFlowJson(JSON.stringify(flowJson))).toEqual({ validationErrors: [], warnings: [] });
  });
});
