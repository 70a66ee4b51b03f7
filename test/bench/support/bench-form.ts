import type { Form, Question } from '@flowella/shared/form/form.ts';

const CHOICES = ['One', 'Two', 'Three', 'Four', 'Five'].map((label, index) => ({ id: `c${index}`, label }));

/** A form of so many questions, of six kinds in turn, as a tool with long labels would hold it. */
export function benchForm(questions: number, required = false): Form {
  return {
    source: 'hubspot-forms',
    sourceFormId: `bench-${questions}`,
    name: `Bench ${questions}`,
    language: 'en',
    revision: 'r1',
    pages: [{ id: 'p', items: Array.from({ length: questions }, (_, index) => question(index, required)) }],
    hidden: [],
    notices: [],
  };
}

function question(index: number, required: boolean): Question {
  const base = {
    id: `0-1/q${index}`,
    label: `Question ${index}: what should we know about you before we begin?`,
    required,
    origin: {},
  };
  switch (index % 6) {
    case 0:
      return { ...base, kind: 'short-text' };
    case 1:
      return { ...base, kind: 'email' };
    case 2:
      return { ...base, kind: 'single-choice', choices: CHOICES };
    case 3:
      return { ...base, kind: 'multi-choice', choices: CHOICES };
    case 4:
      return { ...base, kind: 'date' };
    default:
      return { ...base, kind: 'long-text' };
  }
}
