import { compile } from '@flowella/shared/compile/compile.ts';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import { describe, expect, it } from 'vitest';

/** The smallest PNG there is. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const url = (name: string) => `https://images.example/${name}.png`;

const form: Form = {
  source: 'typeform',
  sourceFormId: 'f',
  name: 'f',
  language: 'en',
  revision: 'r',
  pages: [
    {
      id: 'p',
      items: [
        {
          kind: 'statement',
          id: 'map',
          text: 'Where we are',
          image: { url: url('map'), alt: 'A map' },
          isListed: true,
        },
        {
          kind: 'single-choice',
          id: 'pet',
          label: 'Which one?',
          required: true,
          image: { url: url('pets') },
          choices: [
            { id: 'cat', label: 'Cat', image: { url: url('cat') } },
            { id: 'dog', label: 'Dog', image: { url: url('dog') } },
          ],
          origin: {},
        },
      ],
    },
  ],
  hidden: [],
  notices: [],
};
const codes = (report: ReturnType<typeof compile>['report']) =>
  report.map((line) => [line.question, line.outcome, line.code]);

describe('pictures', () => {
  it('are shown where their bytes are at hand', () => {
    const assets = Object.fromEntries(['map', 'pets', 'cat', 'dog'].map((name) => [url(name), PNG]));
    const { flowJson, report } = compile({ form, design: {}, locale: 'en', assets });
    const text = JSON.stringify(flowJson);
    expect(validateFlowJson(text)).toEqual({ validationErrors: [], warnings: [] });
    expect(text.split(PNG)).toHaveLength(5);
    expect(codes(report)).toEqual([
      ['map', 'kept', 'text_shown'],
      ['pet', 'kept', 'picture_shown'],
    ]);
  });

  it('are links where they are not, and the report says what is missing', () => {
    const { flowJson, report } = compile({ form, design: {}, locale: 'en' });
    const text = JSON.stringify(flowJson);
    expect(validateFlowJson(text)).toEqual({ validationErrors: [], warnings: [] });
    expect(text).toContain(url('map'));
    expect(report.find((line) => line.question === 'pet')).toMatchObject({
      outcome: 'changed',
      code: 'picture_as_link',
      message: 'Its picture is offered as a link. The pictures of its choices are not shown; their names are.',
    });
  });
});
