import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile } from '@flowella/shared/compile/compile.ts';
import { questionsById } from '@flowella/shared/form/compare-forms.ts';
import type { Design } from '@flowella/shared/form/design.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import type { ShownWhen } from '@flowella/shared/form/shown-when.ts';
import { reconcileDesign } from '@flowella/shared/form/reconcile-design.ts';
import { forms, formWith, question } from './support.ts';

const RUNS = { numRuns: Number(process.env.FLOWELLA_RUNS ?? 300) };

/** A design that decides something about these questions, with all of them on screens or none. */
function designFor(ids: string[]): fc.Arbitrary<Design> {
  const some = fc.subarray(ids);
  const texts = some.map((chosen) => Object.fromEntries(chosen.map((id) => [id, `Own words for ${id}`])));
  const screens = fc
    .tuple(fc.shuffledSubarray(ids, { minLength: ids.length }), fc.integer({ min: 1, max: 4 }))
    .map(([order, size]) =>
      Array.from({ length: Math.ceil(order.length / size) }, (_, n) => ({
        ...(n % 2 ? { title: `Screen ${n + 1}` } : {}),
        questions: order.slice(n * size, (n + 1) * size),
      })),
    );
  const part = fc.record({
    question: fc.constantFrom(...(ids.length > 0 ? ids : ['none'])),
    is: fc.constant('answered' as const),
  });
  const rule = fc.option(fc.record({ match: fc.constant('all' as const), parts: fc.array(part, { minLength: 1 }) }));
  const rules = fc.tuple(some, fc.infiniteStream(rule)).map(([chosen, stream]): Design['shownWhen'] => {
    const entries = chosen.map((id): [string, ShownWhen | null] => [id, stream.next().value as ShownWhen | null]);
    return Object.fromEntries(entries);
  });
  return fc.record(
    {
      shownWhen: rules,
      labels: texts,
      help: texts,
      required: some.map((chosen) => Object.fromEntries(chosen.map((id) => [id, id.length % 2 === 0]))),
      omitted: some,
      allowDocumentNumber: some,
      screens,
      submitLabel: fc.constant('Send it'),
      mode: fc.constantFrom('connected' as const, 'light' as const),
    },
    { requiredKeys: [] },
  );
}

/** A design and two readings of one form: questions of the second are those of the first with some gone and some new. */
const drifted = forms.chain((before) => {
  const ids = [...questionsById(before).keys()];
  return fc.record({ design: designFor(ids), gone: fc.subarray(ids), added: fc.nat(3) }).map((change) => {
    const pages = before.pages.map((page, n) => ({
      ...page,
      items: page.items
        .filter((item) => !change.gone.includes(item.id))
        .flatMap((item, index) => (index === n && change.added > n ? [item, question(200 + n)] : [item])),
    }));
    return { design: change.design, before, after: { ...before, pages } as Form };
  });
});

/** What a rule becomes where only these questions are left; undefined when it speaks of nothing any more. */
function leftOf(rule: unknown, known: ReadonlyMap<string, unknown>): ShownWhen | null | undefined {
  const own = rule as ShownWhen | null;
  if (!own) return null;
  const parts = own.parts.filter((part) => known.has(part.question));
  return parts.length > 0 ? { ...own, parts } : undefined;
}

const decisions = (design: Design): [string, string, unknown][] => [
  ...Object.entries(design.labels ?? {}).map(([id, value]) => ['label', id, value] as [string, string, unknown]),
  ...Object.entries(design.help ?? {}).map(([id, value]) => ['help', id, value] as [string, string, unknown]),
  ...Object.entries(design.required ?? {}).map(([id, value]) => ['required', id, value] as [string, string, unknown]),
  ...Object.entries(design.shownWhen ?? {}).map(([id, value]) => ['rule', id, value] as [string, string, unknown]),
  ...(design.omitted ?? []).map((id) => ['omitted', id, true] as [string, string, unknown]),
  ...(design.allowDocumentNumber ?? []).map((id) => ['document-number', id, true] as [string, string, unknown]),
];

describe('for any design and any change of its form', () => {
  test('every decision about a question that is still there stays, every other one is gone and has its line', () => {
    fc.assert(
      fc.property(drifted, ({ design, before, after }) => {
        const known = questionsById(after);
        const result = reconcileDesign(design, before, after);
        const stays = ([part, id, value]: [string, string, unknown]) =>
          known.has(id) && (part !== 'rule' || leftOf(value, known) !== undefined);
        const left = decisions(design)
          .filter(stays)
          .map(([part, id, value]) => [part, id, part === 'rule' ? leftOf(value, known) : value]);
        expect(decisions(result.design)).toEqual(left);
        const told = result.lines
          .filter(({ code }) => code.endsWith('-dropped') && !['place-dropped', 'screen-dropped'].includes(code))
          .map(({ code, question: id }) => `${code} ${id}`);
        const gone = decisions(design).filter((decision) => !stays(decision));
        expect(told.sort()).toEqual(gone.map(([part, id]) => `${part}-dropped ${id}`).sort());
        expect(result.design).toMatchObject({
          ...(design.submitLabel ? { submitLabel: design.submitLabel } : {}),
          ...(design.mode ? { mode: design.mode } : {}),
        });
      }),
      RUNS,
    );
  });

  test('what is left of the customer’s screens keeps its order and stands together as before', () => {
    fc.assert(
      fc.property(drifted, ({ design, before, after }) => {
        const [old, known] = [questionsById(before), questionsById(after)];
        const { design: next } = reconcileDesign(design, before, after);
        const left = (screens: Design['screens'], keep: (id: string) => boolean) =>
          (screens ?? []).map((screen) => ({ ...screen, questions: screen.questions.filter(keep) }));
        const expected = left(design.screens, (id) => known.has(id)).filter((screen) => screen.questions.length > 0);
        expect(left(next.screens, (id) => old.has(id))).toEqual(expected);
      }),
      RUNS,
    );
  });

  test('a new question has one place, beside its neighbour in the form, and is asked', () => {
    fc.assert(
      fc.property(drifted, ({ design, before, after }) => {
        const { design: next, lines } = reconcileDesign(design, before, after);
        const order = [...questionsById(after).keys()];
        const added = order.filter((id) => !questionsById(before).has(id));
        const screens = next.screens ?? [];
        for (const id of added) {
          const places = screens.filter((screen) => screen.questions.includes(id));
          expect(places.length).toBe(screens.length > 0 ? 1 : 0);
          expect(lines.some((line) => line.code === 'placed' && line.question === id)).toBe(screens.length > 0);
          const previous = order[order.indexOf(id) - 1];
          if (places[0] && previous !== undefined)
            expect(places[0].questions[places[0].questions.indexOf(id) - 1]).toBe(previous);
        }
        const { program } = compile({ form: after, design: next, locale: 'en' });
        expect(program.fields.map((field) => field.question.id)).toEqual(expect.arrayContaining(added));
      }),
      RUNS,
    );
  });

  test('the same form changes nothing, and what was reconciled once stays as it is', () => {
    fc.assert(
      fc.property(drifted, ({ design, before, after }) => {
        expect(reconcileDesign(design, before, before)).toEqual({ design, lines: [] });
        const once = reconcileDesign(design, before, after).design;
        expect(reconcileDesign(once, after, after)).toEqual({ design: once, lines: [] });
      }),
      RUNS,
    );
  });
});

test('where the form says something else now, the customer’s own words stay and that is said', () => {
  const before = formWith([question(1), question(2), question(3)]);
  const after = formWith([
    question(2, { required: false }),
    question(3),
    question(1, { label: 'New words', help: 'Help' }),
  ]);
  const design: Design = {
    labels: { q1: 'My words' },
    required: { q2: true },
    screens: [{ questions: ['q1', 'q2', 'q3'] }],
  };
  const result = reconcileDesign(design, before, after);
  expect(result.design).toEqual(design);
  expect(result.lines.map(({ code, question: id }) => `${code} ${id}`)).toEqual([
    'own-label-kept q1',
    'own-required-kept q2',
    'own-order-kept q1',
  ]);
});

test('a screen that lost all its questions goes, with the title it had', () => {
  const before = formWith([question(1), question(2)]);
  const design: Design = { screens: [{ title: 'About you', questions: ['q1'] }, { questions: ['q2'] }] };
  const result = reconcileDesign(design, before, formWith([question(2)]));
  expect(result.design.screens).toEqual([{ questions: ['q2'] }]);
  expect(result.lines).toEqual([
    { code: 'place-dropped', question: 'q1', label: 'Question 1' },
    { code: 'screen-dropped', question: 'About you', label: 'About you' },
  ]);
});
