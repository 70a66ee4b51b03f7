import { compile } from '@flowella/shared/compile/compile.ts';
import { describe, expect, it } from 'vitest';
import { FORM_READERS } from '../../server/sources/readers.ts';

function lines(tool: string, raw: unknown): Record<string, string> {
  const reader = FORM_READERS.find(({ name }) => name === tool);
  if (!reader) throw new Error(`No reader for ${tool}`);
  const { report } = compile({ form: reader.toForm(raw), design: {}, locale: 'en', mode: 'connected' });
  return Object.fromEntries(report.map((line) => [line.question, `${line.outcome} ${line.code}`]));
}

describe('the report says', () => {
  it('where a hidden value is not known in a text, of a question and of a statement', () => {
    const fields = [
      { id: 'q', ref: 'q', type: 'short_text', title: 'Hello {{hidden:name}}, how are you?' },
      { id: 's', ref: 's', type: 'statement', title: 'For {{hidden:name}}', properties: {} },
      { id: 'p', ref: 'p', type: 'short_text', title: 'And you?' },
    ];
    const said = lines('typeform', { id: 't', title: 't', fields, hidden: ['name'] });
    expect(said).toMatchObject({ q: 'changed hidden_recall_lost', s: 'changed hidden_recall_lost', p: 'kept kept' });
  });

  it('that stars become a list, a long scale a menu, and a film a link', () => {
    const fields = [
      { id: 'stars', type: 'rating', title: 'Stars?', properties: { steps: 5 } },
      { id: 'nps', type: 'nps', title: 'Likely?', properties: {} },
      { id: 'few', type: 'opinion_scale', title: 'Few?', properties: { steps: 5 } },
      { id: 'film', type: 'statement', title: 'Look', attachment: { type: 'video', href: 'https://youtu.be/x' } },
      { id: 'words', type: 'statement', title: 'Only words' },
    ];
    expect(lines('typeform', { id: 't', title: 't', fields })).toMatchObject({
      stars: 'changed symbols_as_list',
      nps: 'changed scale_as_menu',
      few: 'kept kept',
      film: 'changed text_with_link',
      words: 'kept text_shown',
    });
  });

  it('that a question is hidden in SurveyMonkey, and not that a condition is broken', () => {
    const question = {
      id: 'q',
      family: 'open_ended',
      subtype: 'single',
      visible: false,
      headings: [{ heading: 'Hidden' }],
    };
    const raw = { id: 's', title: 's', pages: [{ id: 'p', questions: [question] }] };
    expect(lines('surveymonkey', raw)).toMatchObject({ q: 'refused hidden_in_tool' });
  });
});

it('a choice “Other” of the form stands beside the one that asks for words, and both can be told apart', () => {
  const choices = [
    { id: 'a', ref: 'a', label: 'Sales' },
    { id: 'b', ref: 'b', label: 'Other' },
  ];
  const fields = [
    { id: 'q', type: 'multiple_choice', title: 'Where?', properties: { choices, allow_other_choice: true } },
  ];
  const reader = FORM_READERS.find(({ name }) => name === 'typeform');
  const form = reader?.toForm({ id: 't', title: 't', fields });
  if (!form) throw new Error('not read');
  const { flowJson } = compile({ form, design: {}, locale: 'en' });
  const titles = [...JSON.stringify(flowJson).matchAll(/"title":"([^"]*)"/g)].map(([, title]) => title);
  expect(titles).toEqual(expect.arrayContaining(['Sales', 'Other', 'Your own answer']));
  expect(titles).not.toContain('Other (2)');
});
