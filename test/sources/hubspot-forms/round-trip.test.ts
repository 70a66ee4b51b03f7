import { compile, type Compiled } from '@flowella/shared/compile/compile.ts';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import type { FieldValue } from '@flowella/shared/phone/screen-view.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toForm } from '../../../server/sources/hubspot-forms/to-form.ts';
import { toSubmissionFields } from '../../../server/sources/hubspot-forms/to-submission-fields.ts';
import { fillIn, plausible } from '../../compile/support/fill-in.ts';
import { definitions } from './definitions.ts';
import { FIXTURES, readFixture } from './read-fixture.ts';

type Raw = {
  name: string;
  objectTypeId?: string;
  fieldType: string;
  hidden?: boolean;
  dependentFields?: { dependentField: Raw }[];
};

/** Fields of the raw definition by id, read without the code under test. */
function rawFields(definition: unknown): Map<string, Raw> {
  const fields = new Map<string, Raw>();
  const add = (field: Raw) => {
    fields.set(`${field.objectTypeId ?? '0-1'}/${field.name}`, field);
    for (const { dependentField } of field.dependentFields ?? []) add(dependentField);
  };
  const { fieldGroups } = definition as { fieldGroups: { fields?: Raw[] }[] };
  for (const group of fieldGroups) for (const field of group.fields ?? []) add(field);
  return fields;
}

/** What must stand in the submission, from what stood on the phone: HubSpot's own values, by field. */
function expectedFields(compiled: Compiled, seen: Map<string, FieldValue>, raw: Map<string, Raw>): Map<string, string> {
  const expected = new Map<string, string>();
  for (const { question, inputs } of compiled.program.fields) {
    const fieldType = raw.get(question.id)?.fieldType;
    if (!fieldType) continue;
    const shown = inputs.filter((input) => seen.has(input.name));
    const group = shown.find((input) => input.role === 'group');
    const part = group?.options?.find((option) => option.id === seen.get(group.name))?.choice;
    const counted = group ? shown.filter((input) => input.name === part) : shown;
    const values = counted.flatMap((input) => {
      const value = seen.get(input.name);
      if (value === undefined || value === '') return [];
      if (fieldType === 'single_checkbox') return [String(value)];
      if (typeof value === 'boolean') return value ? [input.options?.[0]?.choice ?? ''] : [];
      const ids = Array.isArray(value) ? value.map(String) : [typeof value === 'string' ? value : ''];
      return ids.map((id) =>
        input.options ? (input.options.find((option) => option.id === id)?.choice ?? '?') : id.trim(),
      );
    });
    if (values.length === 0) continue;
    const text = values.join(';');
    expected.set(question.id, fieldType === 'datepicker' ? String(Date.parse(`${text}T00:00:00Z`)) : text);
  }
  return expected;
}

async function roundTrip(definition: unknown, mode: 'connected' | 'light', pick: (count: number) => number) {
  const form = toForm(definition);
  const compiled = compile({ form, design: {}, locale: 'en', mode });
  expect(validateFlowJson(JSON.stringify(compiled.flowJson, null, 1))).toEqual({ validationErrors: [], warnings: [] });
  const filled = await fillIn(compiled, (input) => plausible(input, pick));
  expect(filled.view).toMatchObject({ kind: 'closed', outcome: { kind: 'submitted' } });
  const raw = rawFields(definition);
  const written = toSubmissionFields(form, filled.answers ?? {}, { today: '2026-11-23' });
  const asked = written.fields.filter((field) => raw.get(`${field.objectTypeId}/${field.name}`)?.hidden !== true);
  return {
    form,
    compiled,
    filled,
    written,
    actual: new Map(asked.map((field) => [`${field.objectTypeId}/${field.name}`, field.value])),
    expected: expectedFields(compiled, filled.seen, raw),
  };
}

describe('what a person enters on the phone reaches HubSpot field by field', () => {
  for (const fixture of FIXTURES) {
    test(`${fixture}, connected: exactly the fields that were visible and filled in`, async () => {
      for (let seed = 0; seed < 12; seed += 1) {
        let turn = seed;
        const pick = (count: number) => (turn = (turn * 31 + 17) % 9_973) % Math.max(1, count);
        const { actual, expected } = await roundTrip(readFixture(fixture), 'connected', pick);
        expect(actual).toEqual(expected);
      }
    });

    test(`${fixture}, light: the same answers arrive in the chat`, async () => {
      let turn = 5;
      const pick = (count: number) => (turn = (turn * 31 + 17) % 9_973) % Math.max(1, count);
      const { actual, expected } = await roundTrip(readFixture(fixture), 'light', pick);
      // A light flow may ask what does not apply; those answers are dropped, none is invented or changed.
      for (const [id, value] of actual) expect(value).toBe(expected.get(id));
    });
  }

  test('any form that HubSpot can describe compiles to a valid flow, has a line for every field, and its answers come back', async () => {
    const property = fc.asyncProperty(
      definitions,
      fc.constantFrom('connected' as const, 'light' as const),
      fc.infiniteStream(fc.nat(1_000)),
      async (definition, mode, stream) => {
        const pick = (count: number) => Number(stream.next().value) % Math.max(1, count);
        const { compiled, actual, expected } = await roundTrip(definition, mode, pick);
        const lines = compiled.report.map((line) => line.question);
        for (const id of rawFields(definition).keys()) expect(lines.filter((line) => line === id)).toHaveLength(1);
        if (mode === 'connected') expect(actual).toEqual(expected);
        else for (const [id, value] of actual) expect(value).toBe(expected.get(id));
      },
    );
    await fc.assert(property, { numRuns: Number(process.env.FLOWELLA_RUNS ?? 150) });
  }, 120_000);
});
