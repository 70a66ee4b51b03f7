import { compile } from '@flowella/shared/compile/compile.ts';
import { pictureRatio } from '@flowella/shared/compile/picture-ratio.ts';
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

  it('keep their own shape, as far as it can be read and shown', () => {
    const png = (width: number, height: number) => {
      const bytes = Buffer.from(PNG, 'base64');
      bytes.writeUInt32BE(width, 16);
      bytes.writeUInt32BE(height, 20);
      return bytes.toString('base64');
    };
    const frame = Buffer.from([0xff, 0xc2, 0, 11, 8, 0x01, 0x2c, 0x02, 0x58, 1, 1, 0x11, 0]);
    const profile = Buffer.concat([Buffer.from([0xff, 0xe1, 0x40, 0x02]), Buffer.alloc(0x4000)]);
    const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8]), profile, frame, Buffer.alloc(40)]).toString('base64');
    expect(pictureRatio(png(600, 280))).toBe(2.14);
    expect(pictureRatio(png(280, 600))).toBe(0.47);
    expect(pictureRatio(jpeg)).toBe(2);
    for (const odd of [
      png(5000, 10),
      png(0, 10),
      png(10, 0),
      '',
      'AAAA',
      '/9j/',
      'no base64 at all!',
      jpeg.slice(0, 1000),
    ])
      expect(pictureRatio(odd)).toBeNull();
    const assets = { [url('map')]: png(600, 280) };
    const text = JSON.stringify(compile({ form, design: {}, locale: 'en', assets }).flowJson);
    expect(text).toContain('"aspect-ratio":2.14');
    expect(validateFlowJson(text)).toEqual({ validationErrors: [], warnings: [] });
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
