import { compile, type CompileInput } from '@flowella/shared/compile/compile.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FORM_READERS } from '../../server/sources/readers.ts';
import type { FormReader } from '../../server/sources/source.ts';
import { picker } from '../compile/support/walker.ts';
import { brokenRules } from '../compile/support/meta-rules.ts';
import { faultsOfFlow, faultsOfReport } from '../corpus/run-definition.ts';
import { HUGE } from './support/huge-definitions.ts';

/** The same cases in every `npm test`, as many as there is time for; others in `test:long`. A failure prints its seed. */
const many = process.env.PROPERTY_RUNS;
const runs =
  many === undefined ? { numRuns: 25, seed: 20_261_129, interruptAfterTimeLimit: 6_000 } : { numRuns: Number(many) };
const TIMEOUT = many === undefined ? 240_000 : 3_600_000;
const PICTURE = 'A'.repeat(300_000);
const ASSETS = Object.fromEntries(
  ['a', 'h', 'i', 'o', 'q'].map((name) => [
    `https://example.com/${name}.png`,
    name === 'o' ? PICTURE.slice(0, 90_000) : PICTURE,
  ]),
);

/** Valid by both readings of Meta's rules, and nothing of the form without its line. */
function check(
  reader: FormReader,
  raw: unknown,
  assets: CompileInput['assets'],
  modes: readonly CompileInput['mode'][] = ['connected', 'light', undefined],
): void {
  const form = reader.toForm(raw);
  for (const mode of modes) {
    const compiled = compile({ form, design: {}, locale: 'en', mode, assets });
    const text = JSON.stringify(compiled.flowJson);
    expect([...faultsOfFlow(text), ...faultsOfReport(form, compiled)], mode).toEqual([]);
    // The second reading of the rules knows neither pictures nor buttons in branches.
    if (compiled.mode === 'connected' && Object.keys(assets ?? {}).length === 0)
      expect(brokenRules(JSON.parse(text)), mode).toEqual([]);
    for (const line of compiled.report)
      if (line.outcome === 'refused') expect(line.advice, `${line.code} has a way out`).not.toBe('');
  }
}

describe.each(FORM_READERS.map((reader) => [reader.name, reader] as const))('%s', (name, reader) => {
  it(
    'becomes a valid flow in both modes whatever its size, and what does not fit is refused with a way out',
    () => {
      const make = HUGE[name];
      if (!make) throw new Error(`No huge definitions for ${name}`);
      fc.assert(
        fc.property(fc.nat(), fc.boolean(), (seed, hasPictures) => {
          // Left open, the mode is one of the two in the end: one in eight is enough to see it chosen.
          const modes = seed % 8 === 0 ? [undefined] : (['connected', 'light'] as const);
          check(reader, make(picker(seed)), hasPictures ? ASSETS : {}, modes);
        }),
        { ...runs, endOnFailure: true },
      );
    },
    TIMEOUT,
  );
});

/** HubSpot's definition with one thing in it that is too long or too many. */
describe('a HubSpot form', () => {
  const reader = FORM_READERS.find(({ name }) => name === 'hubspot');
  const field = (more: object) => ({
    objectTypeId: '0-1',
    name: 'a',
    label: 'A',
    fieldType: 'single_line_text',
    required: true,
    ...more,
  });
  const formOf = (fields: object[], more: object = {}) => ({
    id: '1',
    formType: 'hubspot',
    fieldGroups: [{ fields }],
    ...more,
  });
  const compiled = (raw: unknown) => {
    if (!reader) throw new Error('no reader');
    check(reader, raw, {});
    return compile({ form: reader.toForm(raw), design: {}, locale: 'en', mode: 'connected' });
  };
  const wordsOf = (flow: unknown) => (JSON.stringify(flow).match(/"text":"(?:[^"\\]|\\.)*"/g) ?? []).join('').length;

  it.each(['single_line_text', 'single_checkbox', 'multiple_checkboxes', 'radio', 'datepicker', 'file'])(
    'with a label of 200,000 characters (%s) shows all of it, over several screens',
    (fieldType) => {
      const options = [
        { label: 'One', value: '1' },
        { label: 'Two', value: '2' },
      ];
      const { flowJson, report } = compiled(formOf([field({ label: 'word '.repeat(40_000), fieldType, options })]));
      expect(wordsOf(flowJson)).toBeGreaterThan(195_000);
      expect(report.find((line) => line.question === '0-1/a')?.outcome).not.toBe('refused');
    },
  );

  it('with a single box whose name is a book shows all of it', () => {
    const options = [{ label: 'word '.repeat(40_000), value: '1' }];
    expect(wordsOf(compiled(formOf([field({ fieldType: 'multiple_checkboxes', options })])).flowJson)).toBeGreaterThan(
      195_000,
    );
  });

  it('with 1,200 consent boxes keeps as many as a flow holds, those that are required first, and refuses the others', () => {
    const communicationsCheckboxes = Array.from({ length: 1_200 }, (_, index) => ({
      label: `Box ${index}`,
      required: index >= 1_150,
      subscriptionTypeId: index,
    }));
    const raw = formOf([field({})], {
      legalConsentOptions: {
        type: 'explicit_consent_to_process',
        consentToProcessCheckboxLabel: 'OK',
        communicationsCheckboxes,
      },
    });
    const { report, program } = compiled(raw);
    const asked = new Set(program.fields.map(({ question }) => question.id));
    expect(asked.has('0-1/a')).toBe(true);
    expect(asked.has('consent/processing')).toBe(true);
    for (let index = 1_150; index < 1_200; index += 1) expect(asked.has(`consent/${index}`), String(index)).toBe(true);
    const refused = report.filter((line) => line.code === 'too_many_consents');
    expect(refused.length + asked.size).toBe(1_202);
    expect(refused[0]?.outcome).toBe('refused');
  });

  it('with a rich text as long as a library ends it with “…”, says so, and asks its questions', () => {
    const raw = {
      id: '1',
      formType: 'hubspot',
      fieldGroups: [{ richText: `<p>${'word '.repeat(400_000)}</p>`, fields: [field({})] }],
    };
    const { report, program } = compiled(raw);
    expect(report.map((line) => line.code)).toContain('texts_cut');
    expect(program.fields.map(({ question }) => question.id)).toEqual(['0-1/a']);
  });

  it('that would be larger than 10 MB leaves out what does not fit, and what hangs on it is asked of everybody', () => {
    const options = Array.from({ length: 200 }, (_, index) => ({
      label: `${index} ${'字'.repeat(400)}`,
      value: `v${index}`,
    }));
    const fields = Array.from({ length: 120 }, (_, index) =>
      field({ name: `f${index}`, fieldType: 'dropdown', options }),
    );
    const { report } = compiled(formOf(fields));
    const codes = report.map((line) => line.code);
    expect(codes.filter((code) => code === 'flow_too_large').length).toBeGreaterThan(10);
    expect(codes.filter((code) => code === 'choice_titles_shortened').length).toBeGreaterThan(20);
  }, 60_000);
});
