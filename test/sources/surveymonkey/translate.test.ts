import { compile } from '@flowella/shared/compile/compile.ts';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import type { Form, Question } from '@flowella/shared/form/form.ts';
import { describe, expect, test } from 'vitest';
import { isSameLanguage } from '../../../server/sources/in-language.ts';
import { FORM_READERS } from '../../../server/sources/readers.ts';
import { toForm } from '../../../server/sources/surveymonkey/to-form.ts';
import { inLanguage } from '../../../server/sources/surveymonkey/translate.ts';
import { ask, surveyOf } from './definitions.ts';

const survey = surveyOf(
  [
    ask('10', 'single_choice/vertical', {
      headings: [{ heading: '<strong>How</strong> was it?' }],
      answers: {
        choices: [
          { id: '11', text: 'Good' },
          { id: '12', text: 'Bad' },
        ],
        other: { id: '13', text: 'Other (please specify)', is_answer_choice: true },
      },
    }),
    ask('20', 'matrix/single', {
      headings: [{ heading: 'Rate us' }],
      answers: {
        rows: [
          { id: '21', text: 'Food' },
          { id: '22', text: 'Good' },
        ],
        choices: [
          { id: '23', text: '1' },
          { id: '24', text: '2' },
        ],
      },
    }),
    ask('30', 'open_ended/single', {
      headings: [{ heading: 'Anything else?' }],
      required: { text: 'This question requires an answer.', type: 'all' },
    }),
  ],
  { title: 'Our café', buttons_text: { done_button: 'Send', next_button: 'Next' } },
);
/** As the API answers for `/surveys/900/languages/de`. */
const german = {
  enabled: true,
  translations: [
    { default: 'Our café', translation: 'Unser Café', context: 'x', resource_id: '900' },
    { default: 'How was it?', translation: 'Wie war es?', context: 'x', resource_id: '10' },
    { default: 'Good', translation: 'Gut', context: 'x', resource_id: '11' },
    { default: 'Bad', translation: 'Schlecht', context: 'x', resource_id: 12 },
    { default: 'Rate us', translation: 'Bewerten Sie uns', context: 'x', resource_id: '20' },
    { default: 'Food', translation: 'Essen', context: 'x', resource_id: '21' },
    { default: 'Good', translation: 'Das Gute', context: 'x', resource_id: '22' },
    { default: 'Send', translation: 'Absenden', context: 'x' },
    { default: 'Anything else?', translation: 'Sonst noch etwas?', context: 'x', resource_id: '30' },
  ],
};
const without = (text: string) => ({
  ...german,
  translations: german.translations.filter((one) => one.default !== text),
});
const withGerman = (languages: unknown = { de: german }) => ({ ...survey, languages });

const questionsOf = (form: Form): Question[] =>
  form.pages.flatMap((page) => page.items.filter((item) => item.kind !== 'statement'));
const reportOf = (form: Form, locale: 'en' | 'de' = 'en') => compile({ form, design: {}, locale }).report;
const lineOf = (form: Form, code: string, locale: 'en' | 'de' = 'en') =>
  reportOf(form, locale).filter((line) => line.code === code);

describe('a survey with a translation beside it', () => {
  const form = inLanguage(withGerman(), 'de');

  test('is shown in it: title, questions, choices, rows and button, each by the thing it belongs to', () => {
    expect(form.welcome?.title).toBe('Unser Café');
    expect(form.submitLabel).toBe('Absenden');
    const [first, ...rows] = questionsOf(form);
    expect(first).toMatchObject({
      label: 'Wie war es?',
      choices: [
        { id: '11', label: 'Gut' },
        { id: '12', label: 'Schlecht' },
      ],
    });
    // The same word is two things, and two in German.
    expect(rows.map(({ label }) => label)).toEqual(['Essen', 'Das Gute', 'Sonst noch etwas?']);
    expect(lineOf(form, 'not_translated')).toEqual([]);
    expect(lineOf(form, 'texts_not_translated')).toEqual([]);
    expect(lineOf(form, 'translation_shown', 'de')[0]?.message).toContain('(Deutsch)');
  });

  test('is the same survey: same revision, same ids, same places for the answers', () => {
    const original = toForm(survey);
    const bones = (one: Form) => questionsOf(one).map(({ id, kind, origin }) => ({ id, kind, origin }));
    expect(bones(form)).toEqual(bones(original));
    expect(form.revision).toBe(original.revision);
    expect(toForm(withGerman()).revision).toBe(original.revision);
    expect(toForm(withGerman())).toEqual(original);
  });

  test('is a valid flow with our own words in that language', () => {
    for (const mode of ['connected', 'light'] as const) {
      const { flowJson, program } = compile({ form, design: {}, locale: 'en', mode });
      expect(program.language).toBe('de');
      expect(validateFlowJson(JSON.stringify(flowJson))).toMatchObject({ validationErrors: [], warnings: [] });
      const text = JSON.stringify(flowJson);
      expect(text).toContain('Sonstiges');
      expect(text).not.toContain('Anything else');
    }
  });

  test('says of each question that is translated in part, and in which language the rest is', () => {
    const partly = inLanguage(withGerman({ de: without('Bad') }), 'de');
    expect(questionsOf(partly)[0]).toMatchObject({ choices: [{ label: 'Gut' }, { label: 'Bad' }] });
    const [line, ...others] = lineOf(partly, 'not_translated');
    expect(others).toEqual([]);
    expect(line).toMatchObject({ question: '10', outcome: 'changed' });
    expect(line?.message).toContain('no translation and is shown in English');
    expect(lineOf(partly, 'not_translated', 'de')[0]?.message).toContain('(Englisch)');
  });

  test('says once that titles, texts or the button are not translated', () => {
    expect(lineOf(inLanguage(withGerman({ de: without('Our café') }), 'de'), 'texts_not_translated')).toHaveLength(1);
    expect(lineOf(inLanguage(withGerman({ de: without('Send') }), 'de'), 'texts_not_translated')).toHaveLength(1);
  });

  test('keeps the original where it was changed since, and takes an empty translation for none', () => {
    const stale = {
      ...without('Bad'),
      translations: [...german.translations, { default: 'Awful', translation: 'Übel', resource_id: '12' }],
    };
    expect(JSON.stringify(inLanguage(withGerman({ de: stale }), 'de'))).not.toContain('Übel');
    const empty = {
      ...without('Bad'),
      translations: [...without('Bad').translations, { default: 'Bad', translation: ' ', resource_id: '12' }],
    };
    expect(lineOf(inLanguage(withGerman({ de: empty }), 'de'), 'not_translated')).toHaveLength(1);
  });

  test.each([
    ['it was not given', withGerman({ fr: german }), 'translation_missing'],
    ['it is switched off', withGerman({ de: { ...german, enabled: false } }), 'translation_off'],
    ['it cannot be read', withGerman({ de: { translations: 'none' } }), 'translation_missing'],
    ['nothing is beside the survey', survey, 'translation_missing'],
    ['what is beside it is nothing of the kind', withGerman(['de']), 'translation_missing'],
  ])('stays in its own language and says so where %s', (_, raw, code) => {
    const form = inLanguage(raw, 'de');
    expect(form.language).toBe('en');
    const [line] = lineOf(form, code);
    expect(line?.message).toContain('German');
    expect(line?.message).toContain('shown in English');
  });

  test('needs no translation into its own language', () => {
    expect(inLanguage(withGerman(), 'en-GB')).toEqual(toForm(survey));
  });
});

describe('languages', () => {
  test.each([
    ['de', 'de_AT', true],
    ['DE', 'de', true],
    ['zh-Hant', 'zh-TW', true],
    ['zh-Hans', 'zh-TW', false],
    ['ca', 'es', false],
    ['xx', 'xx-YY', false],
    ['de', 'fr', false],
    ['', 'de', false],
  ])('%s and %s are the same: %s', (a, b, same) => {
    expect(isSameLanguage(a, b)).toBe(same);
  });
});

describe('other tools', () => {
  const definitions: Record<string, unknown> = {
    hubspot: { id: 'f', name: 'F', formType: 'hubspot', fieldGroups: [], configuration: { language: 'en' } },
    typeform: {
      id: 't',
      title: 'T',
      fields: [{ id: 'a', ref: 'a', type: 'yes_no', title: 'A?' }],
      settings: { language: 'en' },
    },
    'google-forms': { formId: 'g', info: { title: 'G' }, items: [] },
  };

  test.each(Object.entries(definitions))(
    '%s says why the form is not in the language that was asked for',
    (name, raw) => {
      const reader = FORM_READERS.find((one) => one.name === name);
      const form = reader?.inLanguage(raw, 'de');
      const lines = form ? reportOf(form) : [];
      const told = lines.filter(({ code }) =>
        /^(translations_are_forms|typeform_languages_not_read|google_no_translations)$/.test(code),
      );
      expect(told).toHaveLength(1);
      expect(told[0]?.message).toMatch(/\.$/);
      expect(`${told[0]?.message}${told[0]?.advice}`).not.toContain('{');
    },
  );

  test('Typeform’s own translation for visitors is named, since nobody on WhatsApp gets it', () => {
    const raw = { ...(definitions['typeform'] as object), settings: { language: 'en', auto_translate: true } };
    const form = FORM_READERS.find((one) => one.name === 'typeform')?.toForm(raw);
    expect(form && lineOf(form, 'typeform_languages_not_read')[0]?.message).toContain('everybody sees it in English');
  });
});
