import type { Consent, Form, Item, Question } from '@flowella/shared/form/form.ts';
import { recallToken } from '@flowella/shared/form/recall.ts';

type Kinds = Question extends infer One ? (One extends Question ? Omit<One, keyof Base> : never) : never;
type Base = Pick<Question, 'id' | 'label' | 'required' | 'origin'>;

/** Too long for any field, and in no language: what stands on the field is our own word. */
const LONG = '0123456789 '.repeat(13).trim();
const choices = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: `c${index}`, label: `${index}` }));

const KINDS: Kinds[] = [
  { kind: 'short-text' },
  { kind: 'short-text', pattern: '[A-Z]+' },
  { kind: 'long-text' },
  { kind: 'email', blockedDomains: ['blocked.test'] },
  { kind: 'phone', minDigits: 12 },
  { kind: 'url' },
  { kind: 'number', min: 5, max: 50 },
  { kind: 'number', minDigits: 2, maxDigits: 4 },
  { kind: 'number', minDigits: 2 },
  { kind: 'number', maxDigits: 4 },
  { kind: 'yes-no' },
  { kind: 'checkbox', mustAccept: true },
  { kind: 'checkbox', mustAccept: false },
  { kind: 'single-choice', choices: choices(3), allowOther: true },
  { kind: 'single-choice', choices: choices(30) },
  { kind: 'single-choice', choices: choices(250) },
  { kind: 'multi-choice', choices: choices(4), allowOther: true, minSelected: 2, maxSelected: 3 },
  { kind: 'multi-choice', choices: choices(395) },
  { kind: 'scale', min: 0, max: 10 },
  { kind: 'ranking', choices: choices(3) },
  { kind: 'date', min: '2026-01-01', max: '2026-12-31' },
  { kind: 'time' },
  { kind: 'date-time' },
  { kind: 'duration' },
  { kind: 'file', multiple: false },
  { kind: 'file', multiple: true, maxFiles: 3 },
];

const CONSENT: Consent = {
  kind: 'explicit',
  textVersion: 'v',
  processingText: '42',
  processingCheckboxLabel: '',
  communications: [],
};

function formOf(language: string, items: Item[], more: Partial<Form> = {}): Form {
  return {
    source: 'typeform',
    sourceFormId: 'f',
    name: '2026',
    language,
    revision: '0',
    pages: [{ id: 'p', items }],
    hidden: [],
    notices: [],
    ...more,
  };
}

function question(id: string, kind: Kinds, more: Partial<Question> = {}): Question {
  // Every member of `Kinds` is a kind of question without its base.
  return {
    id,
    label: LONG,
    required: kind.kind === 'checkbox' && kind.mustAccept,
    origin: {},
    ...kind,
    ...more,
  } as Question;
}

/** Every kind of question, none of which says a word: a checkbox that must be ticked is the only one that is required. */
export function everyKind(language: string): Form {
  const items: Item[] = KINDS.map((kind, index) => question(`q${index}`, kind));
  const picture: Item = { kind: 'statement', id: 'picture', image: { url: 'https://pictures.test/1.png' } };
  const link: Item = { kind: 'statement', id: 'link', linkUrl: 'https://pages.test/1' };
  return formOf(language, [...items.slice(0, 2), picture, ...items.slice(2), link], { consent: CONSENT });
}

/** Files that are wanted of some people only: each has a screen of its own, so a long row of screens comes and goes. */
export function branching(language: string): Form {
  const visibleWhen = { op: 'equals', question: 'first', value: 'true' } as const;
  const wanted = Array.from({ length: 10 }, (_, index) =>
    question(`q${index}`, { kind: 'file', multiple: false }, { visibleWhen }),
  );
  return formOf(language, [question('first', { kind: 'yes-no' }), ...wanted]);
}

/** What is asked first hangs on what is asked later. */
export function conditional(language: string): Form {
  const visibleWhen = { op: 'equals', question: 'later', value: 'true' } as const;
  return formOf(language, [
    question('first', { kind: 'file', multiple: false }, { visibleWhen }),
    question('later', { kind: 'yes-no' }),
  ]);
}

/** A sentence with an earlier answer in it. */
export function recalling(language: string, kind: Kinds, sentence: (place: string) => string): Form {
  const place = recallToken({ kind: 'answer', id: 'told' });
  return formOf(language, [
    question('told', kind, { required: true }),
    question('next', { kind: 'short-text' }, { label: sentence(place) }),
  ]);
}

export function empty(language: string): Form {
  return formOf(language, []);
}
