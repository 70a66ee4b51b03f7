import { compile } from '@flowella/shared/compile/compile.ts';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import { formSchema } from '@flowella/shared/form/form-schema.ts';
import { describe, expect, test } from 'vitest';
import { compileDefinition } from '../../server/flows/compile-definition.ts';
import { toForm } from '../../server/sources/hubspot-forms/to-form.ts';
import { rawFields, roundTrip } from '../sources/hubspot-forms/round-trip-support.ts';
import { HARD_FORMS } from './support/hard-forms.ts';
import { brokenRules } from './support/meta-rules.ts';
import { picker } from './support/walker.ts';

const MODES = ['connected', 'light'] as const;
const NAMES = Object.keys(HARD_FORMS);

/** The definition as it would come from HubSpot: nothing but JSON, `undefined` left out. */
function definitionOf(name: string): unknown {
  return JSON.parse(JSON.stringify(HARD_FORMS[name]));
}

test.each(NAMES)('%s: the form survives the database, and compiles to the same bytes twice', (name) => {
  const form: unknown = JSON.parse(JSON.stringify(toForm(definitionOf(name))));
  expect(formSchema.parse(form)).toEqual(form);
  const [first, second] = [1, 2].map(() => compile({ form: toForm(definitionOf(name)), design: {}, locale: 'en' }));
  expect(JSON.stringify(second)).toBe(JSON.stringify(first));
});

describe('what the report says of the oddities of a form', () => {
  const linesOf = (name: string) => {
    const { report } = compileDefinition({
      source: 'hubspot',
      locale: 'en',
      mode: 'connected',
      raw: definitionOf(name),
    });
    return Object.fromEntries(report.map(({ question, outcome, code }) => [question, `${outcome} ${code}`]));
  };

  test('a condition that cannot be read is not dropped in silence: everyone is asked and nobody is held up', () => {
    const name = 'null wherever it could stand';
    expect(linesOf(name)).toMatchObject({
      '0-1/orphan': 'changed condition_not_known',
      '0-1/orphan2': 'changed condition_not_known',
      '0-1/made_up': 'changed condition_not_known',
    });
    const { program } = compile({ form: toForm(definitionOf(name)), design: {}, locale: 'en' });
    const orphans = program.fields.filter(({ question }) => /orphan|made_up/.test(question.id));
    expect(orphans.map(({ question }) => question.required)).toEqual([false, false, false]);
  });

  test('a property that is hidden in one place and asked in another has one line and one value', () => {
    const name = 'the same property twice, once hidden, once dependent';
    expect(toForm(definitionOf(name)).hidden).toEqual([]);
    expect(linesOf(name)).toMatchObject({
      '0-1/company': 'changed asked_once',
      '0-1/vat': 'kept kept',
      '0-1/source': 'kept kept',
      '0-1/region': 'kept kept',
    });
  });

  test('a condition on a choice or a hidden value that is not there can never be met', () => {
    expect(linesOf('dependants of hidden fields, with and without a value')).toMatchObject({
      '0-1/when_gold': 'kept kept',
      '0-1/when_silver': 'refused never_shown',
      '0-1/when_v1': 'kept kept',
      '0-1/when_not': 'refused never_shown',
      '0-1/when_empty': 'refused never_shown',
      '0-1/hidden_child': 'kept hidden_value',
      '0-1/hidden_no': 'changed hidden_without_value',
    });
    expect(linesOf('every operator over radio')).toMatchObject({
      '0-1/dep_0': 'kept kept',
      '0-1/dep_6': 'refused never_shown',
      '0-1/dep_14': 'kept kept',
      '0-1/dep_16': 'refused never_shown',
    });
  });

  test('missing labels, lost defaults, choices alike, without a value or without a name are said', () => {
    expect(linesOf('options with the same value, the same label, no label, no value')).toMatchObject({
      '0-1/twice': 'changed choices_alike',
      '0-1/nolabel': 'changed choices_without_value',
    });
    expect(linesOf('defaults that fit no more')).toMatchObject({
      '0-1/gone': 'changed default_gone',
      '0-1/gone2': 'changed default_gone',
      '0-1/some_gone': 'changed default_gone',
      '0-1/joined': 'kept kept',
    });
    expect(linesOf('labels that are empty, HTML, emoji or blank')).toMatchObject({
      '0-1/dropdown_0': 'changed label_missing',
      '0-1/datepicker_4': 'changed label_missing',
      '0-1/dropdown_5': 'kept kept',
    });
    expect(linesOf('all thirteen types, required, at once')).toMatchObject({
      '0-1/t11': 'changed file_limits',
      '0-1/t12': 'refused payment_not_possible',
    });
    expect(linesOf('types that nobody knows, and none')).toMatchObject({
      '0-1/no_type': 'refused type_missing',
      '0-1/sig': 'refused signature_not_possible',
      '0-1/why': 'changed condition_lost',
    });
    expect(linesOf('consent: explicit without any text')).toMatchObject({
      'consent/processing': 'changed consent_text_missing',
    });
  });
});

describe.each(MODES)('a hard form compiles, %s', (mode) => {
  test.each(NAMES)('%s: not one rule of Meta is broken, by a second reading of its documents', (name) => {
    const { flowJson } = compileDefinition({ source: 'hubspot', mode, locale: 'en', raw: definitionOf(name) });
    expect(brokenRules(JSON.parse(JSON.stringify(flowJson)))).toEqual([]);
    expect(validateFlowJson(JSON.stringify(flowJson))).toEqual({ validationErrors: [], warnings: [] });
  });

  test.each(NAMES)('%s: every field, hidden or not, has exactly one line, in both languages', (name) => {
    const raw = definitionOf(name);
    const [english, german] = (['en', 'de'] as const).map(
      (locale) => compileDefinition({ source: 'hubspot', mode, locale, raw }).report,
    );
    const screens = new Set(
      compileDefinition({ source: 'hubspot', mode, locale: 'en', raw }).flowJson.screens.map(({ id }) => id),
    );
    for (const id of rawFields(raw).keys()) {
      expect(
        english?.filter((line) => line.question === id),
        id,
      ).toHaveLength(1);
    }
    expect(german?.map(({ question, code }) => [question, code])).toEqual(
      english?.map(({ question, code }) => [question, code]),
    );
    for (const [index, line] of (english ?? []).entries()) {
      const other = german?.[index];
      expect(line.message).toMatch(/^[A-Z].*\.$/);
      expect(other?.message).toMatch(/^[A-ZÄÖÜ„].*\.$/);
      expect(other?.message).not.toBe(line.message);
      expect(line.advice === '').toBe(other?.advice === '');
      expect(`${line.message}${line.advice}${other?.message ?? ''}${other?.advice ?? ''}`).not.toMatch(
        /[{}]|undefined|null/,
      );
      if (line.outcome === 'refused') expect([line.advice !== '', line.screens]).toEqual([true, []]);
      for (const screen of line.screens) expect(screens.has(screen)).toBe(true);
    }
  });
});

describe('a hard form is filled in on the phone and comes back field by field', () => {
  const runs = Number(process.env.FLOWELLA_RUNS ?? 3);
  test.each(NAMES)('%s, connected', async (name) => {
    for (let seed = 1; seed <= runs; seed += 1) {
      const { actual, expected } = await roundTrip(definitionOf(name), 'connected', picker(seed));
      expect(actual, `seed ${seed}`).toEqual(expected);
    }
  });

  test.each(NAMES)('%s, light: no answer is invented or changed', async (name) => {
    const { actual, expected } = await roundTrip(definitionOf(name), 'light', picker(7));
    for (const [id, value] of actual) expect(value, id).toBe(expected.get(id));
  });
});
