import type { Form, Item, Question } from '@flowella/shared/form/form.ts';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../server/app-error.ts';
import { toForm } from '../../../server/sources/surveymonkey/to-form.ts';
import { writeBack } from '../../../server/sources/surveymonkey/write-back.ts';
import { ask, EVERY_TYPE, parts, surveyOf, type RawQuestion } from './definitions.ts';

function itemsOf(form: Form): Item[] {
  return form.pages.flatMap((page) => page.items);
}

function read(...questions: RawQuestion[]): Item[] {
  return itemsOf(toForm(surveyOf(questions)));
}

function questionsIn(items: Item[]): Question[] {
  return items.filter((item) => item.kind !== 'statement');
}

describe('every family and subtype', () => {
  const items = itemsOf(toForm(EVERY_TYPE));

  it.each(EVERY_TYPE.pages.flatMap((page) => page.questions))('$family/$subtype ($id) becomes', (question) => {
    const own = items.filter((item) =>
      item.kind === 'statement' ? item.id === question.id : item.origin.question === question.id,
    );
    expect([...new Set(own.map((item) => item.kind))].join(' ')).toMatchSnapshot();
    for (const item of own)
      if (item.kind === 'unsupported') expect(item.rawType).toBe(`${question.family}/${question.subtype}`);
  });
});

describe('a slider', () => {
  const slider = (validation: object) =>
    read(
      ask('5', 'open_ended/single', {
        display_options: { display_type: 'slider', left_label: 'Never', right_label: 'Always' },
        ...validation,
      }),
    )[0];

  it('says which number each of its ends is', () => {
    expect(slider({ validation: { type: 'integer', min: '0', max: '100' } })).toMatchObject({
      kind: 'number',
      help: '0 = Never … 100 = Always',
    });
  });

  it('names its ends alone where their numbers are not known', () => {
    expect(slider({})).toMatchObject({ help: 'Never … Always' });
  });
});

describe('rows', () => {
  it('are questions of one group below the heading, with its picture and description', () => {
    const image = { url: 'https://example.com/a.png' };
    const form = toForm(
      surveyOf([
        ask('5', 'open_ended/multi', {
          headings: [{ heading: '<b>Names</b>', description: 'All of them', image }],
          answers: { rows: parts('51', '52') },
        }),
      ]),
    );
    const [heading, ...rows] = itemsOf(form);
    expect(heading).toEqual({ kind: 'statement', id: '5/title', title: 'Names', text: 'All of them', image });
    expect(rows.map((row) => row.id)).toEqual(['51', '52']);
    expect(form.groups).toEqual([
      { id: '5', label: 'Names', kind: 'group', members: ['51', '52'], heading: '5/title' },
    ]);
  });

  it('keep the words at a single field', () => {
    const [day] = read(ask('5', 'datetime/date_only', { answers: { rows: [{ id: '51', text: 'Date of birth' }] } }));
    expect(day).toMatchObject({ id: '5', label: 'Question 5', help: 'Date of birth', kind: 'date' });
  });

  it('that stand in two questions stay two questions', () => {
    const ids = questionsIn(
      read(
        ask('5', 'open_ended/multi', { answers: { rows: parts('51', '52') } }),
        ask('6', 'open_ended/multi', { answers: { rows: parts('51', '52') } }),
      ),
    ).map((question) => question.id);
    expect(ids).toEqual(['51', '52', '6/51', '6/52']);
  });

  it.each([
    [{ type: 'all' }, true, undefined],
    [{ type: 'at_least', amount: '1' }, false, ['surveymonkey_limit_lost']],
    [{ type: 'at_least', amount: '2' }, true, undefined],
    [{ type: 'exactly', amount: '1' }, false, ['surveymonkey_limit_lost']],
    [null, false, undefined],
  ])('are required as %j says', (required, isRequired, remarks) => {
    const rows = questionsIn(read(ask('5', 'open_ended/multi', { required, answers: { rows: parts('51', '52') } })));
    expect(rows.map((row) => row.required)).toEqual([isRequired, isRequired]);
    expect(rows[0]?.remarks).toEqual(remarks);
  });
});

describe('"other"', () => {
  const withOther = (text: string, more = {}) =>
    ask('5', 'single_choice/vertical', {
      answers: { choices: parts('51'), other: { id: '59', text, is_answer_choice: true, ...more } },
    });

  it('in plain words is the other choice of ours', () => {
    const [question] = read(withOther('Other (please specify)'));
    expect(question).toMatchObject({ allowOther: true, choices: [{ id: '51' }] });
  });

  it('with a name of its own keeps it', () => {
    const [question, text] = read(withOther('Yes, please describe', { num_lines: 3 }));
    expect(question).toMatchObject({
      choices: [
        { id: '51', label: 'Part 51' },
        { id: '59', label: 'Yes, please describe' },
      ],
    });
    expect(question).not.toHaveProperty('allowOther');
    expect(text).toMatchObject({
      id: '59/text',
      kind: 'long-text',
      visibleWhen: { op: 'includes-any', question: '5', values: ['59'] },
    });
  });

  it('as a comment is a question of its own, also without an id', () => {
    const answers = { choices: parts('51'), other: { text: 'Why?' } };
    expect(questionsIn(read(ask('5', 'multiple_choice/vertical', { answers }))).map((one) => one.id)).toEqual([
      '5',
      '5/other',
    ]);
  });
});

describe('texts', () => {
  it('show "…" for what SurveyMonkey puts in, and say so', () => {
    const [question] = read(
      ask('5', 'open_ended/single', {
        headings: [{ heading: 'Why [question(12)-choice] or {{ Q1 }}, [name_value]?' }],
      }),
    );
    expect(question).toMatchObject({ label: 'Why … or …, …?', remarks: ['recall_lost'] });
  });

  it('are plain and carry none of our marks', () => {
    const [question] = read(
      ask('5', 'open_ended/single', { headings: [{ heading: '<p>A &amp; \uE000answer:1\uE001</p>' }] }),
    );
    expect(question).toMatchObject({ label: 'A & answer:1' });
  });
});

describe('the survey', () => {
  it('counts points of a quiz unless scoring is off', () => {
    const answers = { choices: [{ id: '51', text: 'A', quiz_options: { score: 3 } }] };
    const form = toForm(surveyOf([ask('5', 'single_choice/vertical', { answers })]));
    expect(form.variables).toEqual([{ id: 'score', type: 'number', initial: '0' }]);
    expect(form.rules).toHaveLength(1);
    const off = ask('5', 'single_choice/vertical', { answers, quiz_options: { scoring_enabled: false } });
    expect(toForm(surveyOf([off])).rules).toBeUndefined();
  });

  it('has hidden fields, a button and the same revision at another address', () => {
    const more = { custom_variables: { slk: 'Key' }, buttons_text: { done_button: 'Fertig' }, language: 'de' };
    const form = toForm(surveyOf([ask('5', 'open_ended/single')], more));
    expect(form).toMatchObject({ hidden: [{ id: 'slk', label: 'Key' }], submitLabel: 'Fertig', language: 'de' });
    const moved = surveyOf([ask('5', 'open_ended/single', { href: 'https://other.example' })], {
      ...more,
      response_count: 3,
    });
    expect(toForm(moved).revision).toBe(form.revision);
  });

  it('leaves no place of a ranking to "N/A"', () => {
    const [question] = read(
      ask('5', 'matrix/ranking', {
        answers: {
          rows: parts('51', '52'),
          choices: [{ id: '58', text: 'N/A', is_na: true }, ...parts('53', '54')],
        },
      }),
    );
    expect(question).toMatchObject({ kind: 'ranking', origin: { ranks: ['53', '54'] } });
  });

  it('does not ask for more ticks than there are boxes', () => {
    const [question] = read(
      ask('5', 'multiple_choice/vertical', {
        required: { type: 'at_least', amount: '5' },
        answers: { choices: parts('51', '52') },
      }),
    );
    expect(question).toMatchObject({ minSelected: 2 });
  });

  it('names what cannot be written back', () => {
    expect(writeBack(EVERY_TYPE)).toMatchObject({ mode: 'native', unsupportedQuestionIds: expect.any(Array) });
    expect(writeBack(surveyOf([ask('5', 'click_map/single')])).unsupportedQuestionIds).toEqual(['5']);
  });

  it.each([
    ['null', null],
    ['a list', []],
    ['a list answer', { data: [] }],
    ["another tool's pages", { pages: [{ name: 'page1', elements: [] }] }],
    ['a response', { id: '1', response_status: 'completed', pages: [] }],
  ])('is not %s', (_, raw) => {
    expect(() => toForm(raw)).toThrow(AppError);
  });
});
