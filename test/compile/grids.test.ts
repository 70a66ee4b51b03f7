import { compile } from '@flowella/shared/compile/compile.ts';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import type { Form, Question } from '@flowella/shared/form/form.ts';
import { describe, expect, it } from 'vitest';

const HEADING = 'How satisfied are you with these parts of the course?';

function grid(rows: number, heading = HEADING): Form {
  const choices = ['Bad', 'Fair', 'Good'].map((id) => ({ id, label: id }));
  const questions = Array.from({ length: rows }, (_, index): Question => {
    const base = { id: `row${index + 1}`, label: `Part ${index + 1}`, group: 'grid', required: false, origin: {} };
    return { ...base, kind: 'single-choice', choices };
  });
  const members = questions.map(({ id }) => id);
  return {
    source: 'google-forms',
    sourceFormId: 'f',
    name: 'f',
    language: 'en',
    revision: 'r',
    pages: [{ id: 'p', items: [{ kind: 'statement', id: 'grid/title', title: heading }, ...questions] }],
    groups: [{ id: 'grid', label: heading, kind: 'matrix', members, heading: 'grid/title' }],
    hidden: [],
    notices: [],
  };
}

describe.each(['connected', 'light'] as const)('a grid with more rows than stand well on one screen (%s)', (mode) => {
  const screensOf = (form: Form) => {
    const { flowJson, program } = compile({ form, design: {}, locale: 'en', mode });
    expect(validateFlowJson(JSON.stringify(flowJson))).toEqual({ validationErrors: [], warnings: [] });
    return program.screens.map(({ id, questions }) => ({
      rows: questions.length,
      text: JSON.stringify(flowJson.screens.find((screen) => screen.id === id)),
    }));
  };

  it('comes in parts as even as they can be', () => {
    expect(screensOf(grid(10)).map(({ rows }) => rows)).toEqual([5, 5]);
    const many = screensOf(grid(30)).map(({ rows }) => rows);
    expect(Math.max(...many) - Math.min(...many)).toBeLessThan(3);
  });

  it('stays on the screens that the customer has made of it', () => {
    const ids = Array.from({ length: 10 }, (_, index) => `row${index + 1}`);
    const design = {
      screens: [
        { title: 'A', questions: ids.slice(0, 3) },
        { title: 'B', questions: ids.slice(3) },
      ],
    };
    const { program } = compile({ form: grid(10), design, locale: 'en', mode });
    expect(program.screens.map(({ title, questions }) => [title, questions.length])).toEqual([
      ['A', 3],
      ['B', 7],
    ]);
  });

  it('says on each of its screens what the rows are about', () => {
    for (const { text } of screensOf(grid(30))) expect(text).toContain(HEADING);
  });

  it('says a text of many lines once, and nothing twice where all rows are on one screen', () => {
    const long = `${'Please read this carefully. '.repeat(20)}Thank you.`;
    expect(screensOf(grid(10, long)).map(({ text }) => text.includes('Thank you.'))).toEqual([true, false]);
    const [only] = screensOf(grid(4));
    expect(only?.text.split(HEADING).length).toBe(2);
  });
});
