import { compile } from '@flowella/shared/compile/compile.ts';
import type { Question } from '@flowella/shared/form/form.ts';
import { describe, expect, it } from 'vitest';
import { toForm } from '../../../server/sources/google-forms/to-form.ts';
import { choiceItem, definitionOf, graded, questionItem, QUIZ, section } from './definitions.ts';

function questionsOf(raw: unknown): Question[] {
  return toForm(raw)
    .pages.flatMap((page) => page.items)
    .filter((item) => item.kind !== 'statement');
}

function reportOf(raw: unknown, locale: 'en' | 'de' = 'en') {
  return compile({ form: toForm(raw), design: {}, locale }).report;
}

describe('questions', () => {
  it.each([
    [{}, { kind: 'date', withoutYear: true }],
    [{ includeYear: true }, { kind: 'date' }],
    [{ includeTime: true }, { kind: 'date-time', withoutYear: true }],
    [{ includeTime: true, includeYear: true }, { kind: 'date-time' }],
  ])('asks for a date %j as %j and says when the year is left out', (dateQuestion, expected) => {
    const raw = definitionOf([questionItem('01', { dateQuestion })]);
    const [question] = questionsOf(raw);
    expect(question).toMatchObject(expected);
    expect(question && 'withoutYear' in question).toBe('withoutYear' in expected);
    const said = reportOf(raw).find((line) => line.question === '01')?.message ?? '';
    expect(said.includes('the year is left out again')).toBe('withoutYear' in expected);
  });

  it('offers a text once that Google keeps as one answer, and says so; where two of it lead apart both are there', () => {
    const [once] = questionsOf(
      definitionOf([choiceItem('01', 'CHECKBOX', [{ value: 'A' }, { value: 'B' }, { value: 'A' }])]),
    );
    expect(once).toMatchObject({ choices: [{ id: 'A' }, { id: 'B' }], remarks: ['google_same_text_once'] });
    const apart = [
      { value: 'A', goToAction: 'NEXT_SECTION' },
      { value: 'A', goToAction: 'SUBMIT_FORM' },
    ];
    const raw = definitionOf([choiceItem('01', 'RADIO', apart), section('s2')]);
    expect(questionsOf(raw)[0]).toMatchObject({
      choices: [{ id: 'A' }, { id: 'A #2' }],
      remarks: ['google_same_text_leads_apart'],
    });
    expect(toForm(raw).rules).toMatchObject([
      { when: { value: 'A' }, to: { item: 's2' } },
      { when: { value: 'A #2' }, to: { end: null } },
    ]);
  });

  it('tells apart choices of no value, and one that is named like our "Other"', () => {
    const options = [{ value: 'A' }, {}, {}, { value: 'A #2' }, { value: '__other__' }, { isOther: true }];
    const [question] = questionsOf(definitionOf([choiceItem('01', 'RADIO', options)]));
    expect(question).toMatchObject({ allowOther: true });
    const choices = question && 'choices' in question ? question.choices : [];
    expect(choices.map((choice) => choice.label)).toEqual(['A', '', '', 'A #2', '__other__']);
    expect(new Set([...choices.map((choice) => choice.id), '__other__']).size).toBe(6);
  });

  it('links to a video only by https, and says in the report that nothing is left to show', () => {
    const video = (youtubeUri: string) => ({ itemId: 'v', videoItem: { video: { youtubeUri } } });
    for (const bad of ['http://www.example.com/watch?v=1', 'javascript:alert(1)', 'youtube', 'data:text/html,x']) {
      const raw = definitionOf([video(bad), questionItem('01', { textQuestion: {} })]);
      expect(JSON.stringify(toForm(raw))).not.toContain('linkUrl');
      expect(reportOf(raw).find((line) => line.question === 'v')?.code).toBe('text_empty');
    }
    for (const good of ['https://youtu.be/1', 'www.youtube.com/watch?v=1', 'http://www.youtube.com/watch?v=1']) {
      const raw = definitionOf([video(good), questionItem('01', { textQuestion: {} })]);
      expect(JSON.stringify(toForm(raw))).toMatch(/"linkUrl":"https:\/\//);
      expect(reportOf(raw).find((line) => line.question === 'v')?.code).toBe('text_with_link');
    }
  });

  it('shows a picture that opens a section in that section, and only to those who come there', () => {
    const image = { contentUri: 'https://lh3.googleusercontent.com/cat', altText: 'A cat' };
    const raw = definitionOf([
      choiceItem('01', 'RADIO', [
        { value: 'on', goToAction: 'NEXT_SECTION' },
        { value: 'stop', goToAction: 'SUBMIT_FORM' },
      ]),
      section('s2'),
      { itemId: 'p', imageItem: { image } },
      questionItem('02', { textQuestion: {} }),
    ]);
    const form = toForm(raw);
    expect(form.pages[1]).toMatchObject({
      id: 's2',
      items: [{ id: 'p', image: { url: image.contentUri } }, { id: '02' }],
    });
    const { flowJson } = compile({
      form,
      design: {},
      locale: 'en',
      mode: 'connected',
      assets: { [image.contentUri]: 'iVBORw0KGgo=' },
    });
    const [first, second] = flowJson.screens.map((screen) => JSON.stringify(screen));
    expect(first).not.toContain('iVBORw0KGgo=');
    expect(second).toContain('iVBORw0KGgo=');
  });
});

describe('the form as a whole', () => {
  const codes = (raw: unknown) => toForm(raw).notices.map((notice) => notice.code);
  const items = [questionItem('01', { textQuestion: {} })];
  const published = (publishState?: unknown) => definitionOf(items, { publishSettings: { publishState } });

  it('says that a form is not published or closed, and nothing of a form that is open or older than that setting', () => {
    expect(codes(published({ isPublished: false }))).toContain('google_not_published');
    expect(codes(published({}))).toContain('google_not_published');
    expect(codes(published({ isPublished: true, isAcceptingResponses: false }))).toContain('google_closed');
    for (const open of [definitionOf(items), published(), published({ isPublished: true, isAcceptingResponses: true })])
      expect(codes(open).filter((code) => /closed|published/.test(code))).toEqual([]);
  });

  it.each(['en', 'de'] as const)('has a sentence of its own for every notice and remark (%s)', (locale) => {
    const raw = {
      ...definitionOf([
        questionItem('01', { textQuestion: {} }, graded(2)),
        questionItem('02', { fileUploadQuestion: {} }),
      ]),
      settings: { quizSettings: { isQuiz: true }, emailCollectionType: 'RESPONDER_INPUT' },
      publishSettings: { publishState: { isPublished: true } },
    };
    const lines = reportOf(raw, locale);
    const other = reportOf(raw, locale === 'en' ? 'de' : 'en');
    const all = ['google_closed', 'google_quiz', 'google_sign_in', 'google_email_not_written', 'google_graded_by_hand'];
    for (const code of all) {
      const line = lines.find((one) => one.code === code);
      expect(line?.message.length, code).toBeGreaterThan(30);
      expect(other.find((one) => one.code === code)?.message, code).not.toBe(line?.message);
    }
  });

  it('asks for an address that the form collects by itself, and for none that Google verifies', () => {
    const collecting = (emailCollectionType: string) => definitionOf(items, { settings: { emailCollectionType } });
    expect(questionsOf(collecting('RESPONDER_INPUT'))[0]).toMatchObject({ kind: 'email', required: true });
    expect(questionsOf(collecting('VERIFIED')).map((question) => question.id)).toEqual(['01']);
    expect(codes(collecting('VERIFIED'))).toContain('google_email_verified');
  });

  it('is unchanged by the new addresses that Google gives its pictures with every reading', () => {
    const withPicture = (contentUri: string, altText: string) =>
      toForm(definitionOf([{ itemId: 'p', imageItem: { image: { contentUri, altText } } }])).revision;
    expect(withPicture('https://a.example/1', 'x')).toBe(withPicture('https://a.example/2', 'x'));
    expect(withPicture('https://a.example/1', 'x')).not.toBe(withPicture('https://a.example/1', 'y'));
  });
});

describe('a quiz', () => {
  it('counts right answers, and says which points are given by hand', () => {
    const raw = definitionOf(
      [
        choiceItem('01', 'RADIO', [{ value: 'A' }, { value: 'B' }], graded(2, 'B')),
        questionItem('02', { textQuestion: { paragraph: true } }, graded(5)),
        questionItem('03', { textQuestion: {} }, graded(0, 'x')),
      ],
      QUIZ,
    );
    expect(toForm(raw).rules).toHaveLength(1);
    expect(questionsOf(raw).map((question) => question.remarks ?? [])).toEqual([[], ['google_graded_by_hand'], []]);
    expect(toForm({ ...raw, settings: {} }).rules ?? []).toEqual([]);
    expect(JSON.stringify(questionsOf({ ...raw, settings: {} }))).not.toContain('google_graded_by_hand');
  });
});
