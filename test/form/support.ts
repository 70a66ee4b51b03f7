import fc from 'fast-check';
import type { Form, Item, Question } from '@flowella/shared/form/form.ts';

const base = { required: true, origin: {} };

export function question(n: number, change: Partial<Question> = {}): Question {
  return { ...base, kind: 'short-text', id: `q${n}`, label: `Question ${n}`, ...change } as Question;
}

export function choiceQuestion(n: number, labels: string[]): Question {
  const choices = labels.map((label, index) => ({ id: `c${index}`, label }));
  return { ...base, kind: 'single-choice', id: `q${n}`, label: `Question ${n}`, choices };
}

export function formWith(items: Item[], change: Partial<Form> = {}): Form {
  return {
    source: 'hubspot-forms',
    sourceFormId: 'form-1',
    name: 'A form',
    language: 'en',
    revision: 'r1',
    pages: [{ id: 'page-1', items }],
    hidden: [],
    notices: [],
    ...change,
  };
}

export function itemsOf(form: Form): Item[] {
  return form.pages.flatMap((page) => page.items);
}

/** Forms with texts between questions, on one or several pages. */
export const forms: fc.Arbitrary<Form> = fc
  .record({
    count: fc.integer({ min: 1, max: 12 }),
    kinds: fc.infiniteStream(fc.nat(4)),
    flags: fc.infiniteStream(fc.boolean()),
    pages: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ count, kinds, flags, pages }) => {
    const items = Array.from({ length: count }, (_, index): Item => {
      const required = Boolean(flags.next().value);
      switch (Number(kinds.next().value)) {
        case 0:
          return { ...choiceQuestion(index, ['One', 'Two', 'Three']), required };
        case 1:
          return { kind: 'statement', id: `s${index}`, text: `Text ${index}` };
        case 2:
          return question(index, { kind: 'number', min: 1, max: 9, required });
        default:
          return question(index, { required, ...(flags.next().value ? { help: `Help ${index}` } : {}) });
      }
    });
    const size = Math.ceil(items.length / pages);
    const split = Array.from({ length: pages }, (_, n) => ({
      id: `page-${n + 1}`,
      items: items.slice(n * size, (n + 1) * size),
    }));
    return formWith([], { pages: split });
  });
