import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile } from '@flowella/shared/compile/compile.ts';
import { canonical } from '@flowella/shared/form/canonical.ts';
import { compareForms, isSameForm, type FormDifference } from '@flowella/shared/form/compare-forms.ts';
import { movedQuestions } from '@flowella/shared/form/compare-layout.ts';
import type { Form, Item, Question } from '@flowella/shared/form/form.ts';
import { toForm } from '../../server/sources/hubspot-forms/to-form.ts';
import { definitions } from '../sources/hubspot-forms/definitions.ts';
import { choiceQuestion, forms, formWith, itemsOf, question } from './support.ts';

const RUNS = { numRuns: Number(process.env.FLOWELLA_RUNS ?? 300) };

function changesOf(difference: FormDifference): Record<string, string[]> {
  return Object.fromEntries(
    difference.questions.map(({ question: id, changes }) => [id, changes.map(({ code }) => code)]),
  );
}

function changed(form: Form, change: (item: Question) => Item[]): Form {
  const pages = form.pages.map((page) => ({
    ...page,
    items: page.items.flatMap((item) => (item.kind === 'statement' ? [item] : change(item))),
  }));
  return { ...form, pages };
}

describe('one change is told as what it is', () => {
  const before = formWith([question(1), choiceQuestion(2, ['Red', 'Blue']), question(3), question(4)]);
  const cases: [string, Form, Record<string, string[]>][] = [
    ['a new question', changed(before, (q) => (q.id === 'q2' ? [q, question(9)] : [q])), { q9: ['added'] }],
    ['a removed question', changed(before, (q) => (q.id === 'q3' ? [] : [q])), { q3: ['removed'] }],
    ['new words', changed(before, (q) => [q.id === 'q1' ? { ...q, label: 'Other' } : q]), { q1: ['renamed'] }],
    [
      'another kind',
      changed(before, (q) => [q.id === 'q1' ? question(1, { kind: 'number', max: 3 }) : q]),
      { q1: ['kind-changed'] },
    ],
    [
      'no longer required',
      changed(before, (q) => [q.id === 'q4' ? { ...q, required: false } : q]),
      { q4: ['required-changed'] },
    ],
    [
      'a rule',
      changed(before, (q) => [q.id === 'q4' ? { ...q, visibleWhen: { op: 'answered', question: 'q1' } } : q]),
      { q4: ['rules-changed'] },
    ],
    [
      'a limit',
      changed(before, (q) => [q.id === 'q1' ? question(1, { kind: 'short-text', maxLength: 5 }) : q]),
      { q1: ['details-changed'] },
    ],
    [
      'a help text',
      changed(before, (q) => [q.id === 'q1' ? { ...q, help: 'Like this' } : q]),
      { q1: ['help-changed'] },
    ],
    [
      'a jump after a question',
      { ...before, rules: [{ kind: 'jump', after: 'q1', to: { item: 'q4' } }] },
      { q1: ['rules-changed'] },
    ],
  ];
  test.each(cases)('%s', (_what, after, expected) => {
    const difference = compareForms(before, after);
    expect(changesOf(difference)).toEqual(expected);
    expect(difference.form).toEqual([]);
  });

  test('choices by their id: added, removed and renamed ones, with their words', () => {
    const red = choiceQuestion(1, ['Red', 'Blue', 'Green']);
    const after = choiceQuestion(1, ['Crimson', 'Blue']);
    if (after.kind === 'single-choice') after.choices.push({ id: 'new', label: 'Black' });
    expect(compareForms(formWith([red]), formWith([after])).questions[0]?.changes).toEqual([
      { code: 'choice-renamed', from: 'Red', to: 'Crimson' },
      { code: 'choice-added', choice: 'Black' },
      { code: 'choice-removed', choice: 'Green' },
    ]);
  });

  test('a question moved over the whole form is the only one that moved, and it is said behind which one it stands', () => {
    const [first, ...rest] = itemsOf(before);
    const difference = compareForms(before, formWith([...rest, first!]));
    expect(difference.questions).toEqual([
      { question: 'q1', label: 'Question 1', changes: [{ code: 'moved', after: 'Question 4' }] },
    ]);
  });

  test('the boxes of a consent are questions, its texts are not', () => {
    const consent = {
      kind: 'explicit' as const,
      textVersion: '1',
      processingText: 'We process.',
      processingCheckboxLabel: 'I agree',
      communications: [{ id: '7', label: 'News', required: false, subscriptionTypeId: '7' }],
    };
    const without = { ...consent, textVersion: '2', processingText: 'We process it all.', communications: [] };
    const difference = compareForms({ ...before, consent }, { ...before, consent: without });
    expect(changesOf(difference)).toEqual({ 'consent/7': ['removed'] });
    expect(difference.form).toEqual([{ code: 'consent-changed' }]);
  });

  test('texts that tools number by their place are known by their words', () => {
    const text = (n: number, words: string): Item => ({ kind: 'statement', id: `statement-${n}`, text: words });
    const old = formWith([text(1, 'Hello'), question(1), text(2, 'Nearly there'), question(2)]);
    const added = formWith([text(1, 'News'), text(2, 'Hello'), question(1), text(3, 'Nearly there'), question(2)]);
    expect(compareForms(old, added).form).toEqual([{ code: 'text-added', text: 'News' }]);
    const edited = formWith([text(1, 'Good day'), question(1), text(2, 'Nearly there'), question(2)]);
    expect(compareForms(old, edited).form).toEqual([{ code: 'text-changed', text: 'Good day' }]);
  });
});

describe('for any form', () => {
  test('the same content is no difference, whatever its revision and the order of its keys', () => {
    fc.assert(
      fc.property(forms, (form) => {
        const turned = (value: unknown): unknown =>
          Array.isArray(value)
            ? value.map(turned)
            : typeof value === 'object' && value !== null
              ? Object.fromEntries(
                  Object.entries(value)
                    .toReversed()
                    .map(([key, member]) => [key, turned(member)]),
                )
              : value;
        const other = { ...(turned(form) as Form), revision: 'r2' };
        expect(compareForms(form, other)).toEqual({ questions: [], form: [] });
      }),
      RUNS,
    );
  });

  test('what was done to it is told, all of it and nothing else', () => {
    const acts = fc.infiniteStream(fc.constantFrom('keep', 'remove', 'rename', 'require', 'add-behind'));
    fc.assert(
      fc.property(forms, acts, (form, stream) => {
        const expected: Record<string, string[]> = {};
        let next = 100;
        const after = changed(form, (item) => {
          switch (stream.next().value) {
            case 'remove':
              expected[item.id] = ['removed'];
              return [];
            case 'rename':
              expected[item.id] = ['renamed'];
              return [{ ...item, label: `${item.label}, please` }];
            case 'require':
              expected[item.id] = ['required-changed'];
              return [{ ...item, required: !item.required }];
            case 'add-behind':
              next += 1;
              expected[`q${next}`] = ['added'];
              return [item, question(next)];
            default:
              return [item];
          }
        });
        expect(changesOf(compareForms(form, after))).toEqual(expected);
      }),
      RUNS,
    );
  });

  test('what is added one way is removed the other way, and what changed changed both ways', () => {
    fc.assert(
      fc.property(forms, forms, (one, other) => {
        const there = changesOf(compareForms(one, other));
        const back = changesOf(compareForms(other, one));
        const ids = (changes: Record<string, string[]>, code: string): string[] =>
          Object.keys(changes)
            .filter((id) => changes[id]?.includes(code))
            .sort();
        expect(ids(there, 'added')).toEqual(ids(back, 'removed'));
        for (const code of ['renamed', 'required-changed', 'kind-changed', 'rules-changed'])
          expect(ids(there, code)).toEqual(ids(back, code));
        expect(isSameForm(compareForms(one, other))).toBe(isSameForm(compareForms(other, one)));
      }),
      RUNS,
    );
  });

  test('no fewer questions could have been moved', () => {
    const orders = fc
      .uniqueArray(fc.nat(9), { minLength: 1, maxLength: 7 })
      .chain((ids) =>
        fc.tuple(fc.constant(ids.map(String)), fc.shuffledSubarray(ids.map(String), { minLength: ids.length })),
      );
    fc.assert(
      fc.property(orders, ([before, after]) => {
        const isInOrder = (ids: string[]): boolean =>
          ids.every((id, index) => index === 0 || before.indexOf(ids[index - 1]!) < before.indexOf(id));
        const moved = movedQuestions(before, after);
        expect(isInOrder(after.filter((id) => !moved.has(id)))).toBe(true);
        const most = Math.max(
          ...Array.from({ length: 2 ** after.length }, (_, mask) => after.filter((_id, n) => mask & (1 << n)))
            .filter(isInOrder)
            .map((kept) => kept.length),
        );
        expect(after.length - moved.size).toBe(most);
      }),
      RUNS,
    );
  });

  test('two HubSpot definitions without a difference are asked alike, to the byte', () => {
    fc.assert(
      fc.property(definitions, fc.nat(), fc.nat(3), (raw, where, how) => {
        const [before, after] = [toForm(raw), toForm(mutated(raw, where, how))];
        if (!isSameForm(compareForms(before, after))) return;
        const compiled = (form: Form): string => {
          const { flowJson, program } = compile({ form, design: {}, locale: 'en' });
          return canonical([flowJson, program]);
        };
        expect(compiled(after)).toBe(compiled(before));
      }),
      { numRuns: RUNS.numRuns / 3 },
    );
  }, 60_000);
});

/** The definition with one of its leaves changed: another text, the other flag, another number, or gone. */
function mutated(raw: object, where: number, how: number): unknown {
  const copy = structuredClone(raw) as Record<string, unknown>;
  const leaves: { holder: Record<string, unknown>; key: string }[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, member] of Object.entries(value)) {
      if (key !== 'id') leaves.push({ holder: value as Record<string, unknown>, key });
      walk(member);
    }
  };
  walk(copy);
  const leaf = leaves[where % leaves.length]!;
  const value = leaf.holder[leaf.key];
  if (how === 0) delete leaf.holder[leaf.key];
  else if (Array.isArray(value)) leaf.holder[leaf.key] = value.toReversed();
  else if (typeof value === 'string') leaf.holder[leaf.key] = `${value} (new)`;
  else if (typeof value === 'boolean') leaf.holder[leaf.key] = !value;
  else if (typeof value === 'number') leaf.holder[leaf.key] = value + 1;
  return copy;
}
