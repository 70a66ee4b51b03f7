import { compile } from '@flowella/shared/compile/compile.ts';
import { spreadTexts } from '@flowella/shared/compile/spread-texts.ts';
import type { TextPiece } from '@flowella/shared/compile/prepare-questions.ts';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import type { Form, Item } from '@flowella/shared/form/form.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillIn } from './support/fill-in.ts';
import { picker, seeker } from './support/walker.ts';

const many = process.env.PROPERTY_RUNS;
const runs = many === undefined ? { numRuns: 60, seed: 20_261_129 } : { numRuns: Number(many) };
const PICTURE = 'iVBORw0KGgo=';

function formOf(items: Item[]): Form {
  const pages = [{ id: 'p', items }];
  return {
    source: 'typeform',
    sourceFormId: 'f',
    name: 'F',
    language: 'en',
    revision: '',
    pages,
    hidden: [],
    notices: [],
  };
}

const question = (id: string, more: Partial<Item> = {}): Item =>
  ({ kind: 'short-text', id, label: `Question ${id}`, required: false, origin: {}, ...more }) as Item;
const video = (id: string): Item => {
  return { kind: 'statement', id, title: `Video ${id}`, linkUrl: `https://example.com/${id}`, isListed: true };
};
const picture = (id: string): Item => {
  return { kind: 'statement', id, image: { url: `https://example.com/${id}.png` }, isListed: true };
};
const text = (id: string, length: number): Item => {
  return { kind: 'statement', id, text: `${id} ${'word '.repeat(length / 5)}`.trim(), isListed: true };
};

/** Compiled in both modes: valid, every listed text is on some screen, and a person comes to the end. */
async function check(items: Item[]): Promise<void> {
  const form = formOf(items);
  const assets = { 'https://example.com/shown1.png': PICTURE, 'https://example.com/shown2.png': PICTURE };
  for (const mode of ['connected', 'light'] as const) {
    const compiled = compile({ form, design: {}, locale: 'en', mode, assets });
    const { validationErrors, warnings } = validateFlowJson(JSON.stringify(compiled.flowJson));
    expect([...validationErrors, ...warnings]).toEqual([]);
    const lost = compiled.report.filter((line) => line.code === 'text_empty').map((line) => line.question);
    expect(lost, 'every text is on a screen').toEqual([]);
    const { view } = await fillIn(compiled, seeker(compiled.program, picker(1)));
    expect(view).toMatchObject({ kind: 'closed', outcome: { kind: 'submitted' } });
  }
}

describe('more texts, links and pictures than a screen takes', () => {
  it('are spread over screens: before a question, between questions and at the end', async () => {
    const films = (name: string, count: number) =>
      Array.from({ length: count }, (_, index) => video(`${name}${index}`));
    await check([...films('a', 5), question('1')]);
    await check([question('1'), ...films('b', 5), question('2'), ...films('c', 3)]);
    await check(Array.from({ length: 60 }, (_, index) => text(`t${index}`, 300)).concat([question('1')]));
    await check([question('1'), text('long', 200_000), question('2')]);
    await check([question('1', { label: 'word '.repeat(40_000), help: 'help '.repeat(20_000) })]);
  });

  it('stay with the question whose condition they share', async () => {
    const visibleWhen = { op: 'equals', question: '1', value: 'x' } as const;
    const films = Array.from({ length: 5 }, (_, index) => ({ ...video(`v${index}`), visibleWhen }));
    await check([question('1'), ...films, question('2', { visibleWhen }), question('3')]);
  });

  it('are all there, in their order, in parts that fit', () => {
    const piece = fc.oneof(
      fc.string({ maxLength: 30 }).map((one): TextPiece => ({ style: 'body', text: one })),
      fc.integer({ min: 1, max: 40_000 }).map((length): TextPiece => ({ style: 'body', text: 'x'.repeat(length) })),
      fc.constant<TextPiece>({ style: 'link', text: '', url: 'https://example.com' }),
      fc.constant<TextPiece>({ style: 'image', text: '', src: PICTURE }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const parts = spreadTexts(pieces);
        const joined = (list: readonly TextPiece[]) =>
          list
            .map((one) => (one.style === 'body' ? one.text : `<${one.style}>`))
            .join('')
            .replace(/\s/g, '');
        expect(joined(parts.flat())).toBe(joined(pieces));
        for (const part of parts) {
          expect(part.filter((one) => one.style === 'link').length).toBeLessThanOrEqual(2);
          expect(part.filter((one) => one.style === 'image').length).toBeLessThanOrEqual(3);
        }
      }),
      runs,
    );
  });

  it('whatever stands where', async () => {
    const item = fc.oneof(
      fc.nat().map((id) => video(`v${id}`)),
      fc.constantFrom('shown1', 'shown2', 'gone').map((id) => picture(id)),
      fc.tuple(fc.nat(), fc.integer({ min: 10, max: 9_000 })).map(([id, length]) => text(`t${id}`, length)),
      fc.nat().map((id) => question(`q${id}`)),
    );
    const items = fc.uniqueArray(item, { maxLength: 25, selector: (one) => one.id });
    await fc.assert(
      fc.asyncProperty(items, async (list) => check([...list, question('last')])),
      runs,
    );
  }, 120_000);
});
