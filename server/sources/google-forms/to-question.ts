import { OTHER_CHOICE } from '@flowella/shared/compile/plan-question.ts';
import type { Choice, Image, Question } from '@flowella/shared/form/form.ts';
import type { RawItem, RawOption, RawQuestion } from './definition.ts';

/** What all questions of an item share. */
export type QuestionFacts = {
  id: string;
  label: string;
  help?: string;
  image?: Image;
  group?: string;
  origin: Record<string, unknown>;
};

/** One question of Google's as ours (Forms API v1, `Question`). Choices are known by their value, as answers are. */
export function toQuestion(raw: RawQuestion, facts: QuestionFacts, columns?: RawItem['questionGroupItem']): Question {
  const { id, label, help, image, group, origin } = facts;
  const base = {
    id,
    label: label || id,
    ...(help ? { help } : {}),
    ...(image ? { image } : {}),
    ...(group ? { group } : {}),
    ...(label ? {} : { remarks: ['label_missing'] as string[] }),
    required: raw.required ?? false,
    origin,
  };
  const choiceQuestion = columns?.grid?.columns ?? raw.choiceQuestion;
  if (choiceQuestion && (raw.choiceQuestion || columns)) {
    const choices = toChoices(choiceQuestion.options);
    const same = sameTexts(choiceQuestion.options);
    if (same) base.remarks = [...(base.remarks ?? []), same];
    const allowOther = choiceQuestion.options.some((option) => option.isOther);
    const other = allowOther ? { allowOther } : {};
    switch (choiceQuestion.type) {
      case 'CHECKBOX':
        return { ...base, kind: 'multi-choice', choices, ...other };
      case 'DROP_DOWN':
        return { ...base, kind: 'single-choice', choices, ...other, style: 'menu' };
      case 'RADIO':
        return { ...base, kind: 'single-choice', choices, ...other };
      default:
        return { ...base, kind: 'unsupported', rawType: `choiceQuestion ${choiceQuestion.type ?? ''}`.trim() };
    }
  }
  if (raw.textQuestion) return { ...base, kind: raw.textQuestion.paragraph ? 'long-text' : 'short-text' };
  if (raw.scaleQuestion) {
    const { low = 1, high = 5, lowLabel, highLabel } = raw.scaleQuestion;
    return { ...base, kind: 'scale', min: low, max: high, ...labels(lowLabel, highLabel) };
  }
  if (raw.ratingQuestion) {
    const remarks = [...(base.remarks ?? []), 'symbols_as_list'];
    return { ...base, remarks, kind: 'scale', min: 1, max: raw.ratingQuestion.ratingScaleLevel ?? 5 };
  }
  if (raw.dateQuestion) {
    const { includeTime, includeYear } = raw.dateQuestion;
    return { ...base, kind: includeTime ? 'date-time' : 'date', ...(includeYear ? {} : { withoutYear: true }) };
  }
  if (raw.timeQuestion) return { ...base, kind: raw.timeQuestion.duration ? 'duration' : 'time' };
  if (raw.fileUploadQuestion) {
    const given = raw.fileUploadQuestion.maxFiles ?? 1;
    const maxFiles = Number.isInteger(given) && given > 0 ? given : 1;
    return { ...base, kind: 'file', multiple: maxFiles > 1, maxFiles };
  }
  return { ...base, kind: 'unsupported', rawType: rawTypeOf(raw) };
}

/** Google's name of a kind that we do not know: the one member that is not common to all questions. */
function rawTypeOf(raw: RawQuestion): string {
  return Object.keys(raw).find((key) => key.endsWith('Question') && raw[key] !== undefined) ?? '';
}

function labels(minLabel: string | undefined, maxLabel: string | undefined) {
  return { ...(minLabel ? { minLabel } : {}), ...(maxLabel ? { maxLabel } : {}) };
}

/**
 * Google knows an answer by the text of its choice and nothing else (form-tools.md 2.4), so choices of one text are one choice;
 * unless they lead to different sections, which only the person who chooses can decide.
 */
export function distinctOptions(options: readonly RawOption[]): RawOption[] {
  const known = new Set<string>();
  return options.filter((option) => {
    const { value = '', isOther, goToAction = '', goToSectionId = '' } = option;
    const key = `${goToAction} ${goToSectionId} ${value}`;
    if (isOther || value === '' || !known.has(key)) {
      known.add(key);
      return true;
    }
    return false;
  });
}

/** The code of the fit report for choices that Google does not tell apart. */
function sameTexts(options: readonly RawOption[]): string | null {
  const distinct = distinctOptions(options);
  const values = distinct.flatMap(({ value, isOther }) => (value && !isOther ? [value] : []));
  if (new Set(values).size < values.length) return 'google_same_text_leads_apart';
  return distinct.length < options.length ? 'google_same_text_once' : null;
}

/** All rows of a grid have the same choices: they are made once. */
const choicesOf = new WeakMap<readonly RawOption[], Choice[]>();

/** The option "Other" has no value of its own; a value that stands twice gets a number behind it. */
export function toChoices(options: readonly RawOption[]): Choice[] {
  const known = choicesOf.get(options);
  if (known) return known;
  const used = new Set<string>([OTHER_CHOICE]);
  const choices = distinctOptions(options)
    .filter((option) => !option.isOther)
    .map((option, index) => {
      const value = option.value ?? '';
      const start = value || `option ${index + 1}`;
      let id = start;
      for (let number = 2; used.has(id); number += 1) id = `${start} #${number}`;
      used.add(id);
      const url = option.image?.contentUri;
      return { id, label: value, ...(url ? { image: { url, ...altOf(option.image) } } : {}) };
    });
  choicesOf.set(options, choices);
  return choices;
}

export function altOf(image: RawOption['image']): { alt?: string } {
  return image?.altText ? { alt: image.altText } : {};
}
