import { compile, type Compiled } from '@flowella/shared/compile/compile.ts';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import type { FieldValue } from '@flowella/shared/phone/screen-view.ts';
import { expect } from 'vitest';
import { toForm } from '../../../server/sources/hubspot-forms/to-form.ts';
import { toSubmissionFields } from '../../../server/sources/hubspot-forms/to-submission-fields.ts';
import { isFileList } from '@flowella/shared/phone/file-answers.ts';
import { fillIn, storedAddress, withStoredFiles } from '../../compile/support/fill-in.ts';
import { seeker } from '../../compile/support/walker.ts';

type Raw = {
  name: string;
  objectTypeId?: string | null;
  fieldType?: string | null;
  hidden?: boolean | null;
  options?: ({ value?: string | number | null; label?: string | null } | string | null)[] | null;
  dependentFields?: ({ dependentField: Raw | null } | null)[] | null;
};

/** Fields of the raw definition by id, read without the code under test. */
export function rawFields(definition: unknown): Map<string, Raw> {
  const fields = new Map<string, Raw>();
  const add = (field: Raw | null) => {
    if (!field) return;
    const id = `${field.objectTypeId ?? '0-1'}/${field.name}`;
    // A property that is asked somewhere is asked, wherever else it is hidden.
    if (!fields.has(id) || !field.hidden) fields.set(id, field);
    for (const dependant of field.dependentFields ?? []) add(dependant?.dependentField ?? null);
  };
  const { fieldGroups } = definition as { fieldGroups: ({ fields?: (Raw | null)[] | null } | null)[] };
  for (const group of fieldGroups) for (const field of group?.fields ?? []) add(field);
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
      if (isFileList(value)) return value.map((file) => storedAddress(file.fileName));
      if (typeof value === 'boolean') return value ? [input.options?.[0]?.choice ?? ''] : [];
      const ids = Array.isArray(value) ? value.map(String) : [typeof value === 'string' ? value : ''];
      return ids.map((id) =>
        input.options
          ? ownValue(raw.get(question.id), input.options.find((option) => option.id === id)?.choice ?? '?')
          : id.trim(),
      );
    });
    if (values.length === 0) continue;
    // Boxes of one property may stand on several screens.
    const text = [...(expected.get(question.id)?.split(';') ?? []), ...values].join(';');
    expected.set(question.id, fieldType === 'datepicker' ? String(Date.parse(`${text}T00:00:00Z`)) : text);
  }
  return expected;
}

/** HubSpot's own value of a choice: a value that stands twice has a number behind it only with us. */
function ownValue(raw: Raw | undefined, choice: string): string {
  const values = (raw?.options ?? []).flatMap((option) =>
    typeof option === 'object' && option !== null ? [String(option.value ?? option.label ?? '')] : [],
  );
  return values.includes(choice) ? choice : choice.replace(/ #\d+$/, '');
}

/** Compiles, fills in on the phone, and writes back; both what was written and what was expected, by field. */
export async function roundTrip(definition: unknown, mode: 'connected' | 'light', pick: (count: number) => number) {
  const form = toForm(definition);
  const compiled = compile({ form, design: {}, locale: 'en', mode });
  expect(validateFlowJson(JSON.stringify(compiled.flowJson, null, 1))).toEqual({ validationErrors: [], warnings: [] });
  const filled = await fillIn(compiled, seeker(compiled.program, pick));
  expect(filled.view).toMatchObject({ kind: 'closed', outcome: { kind: 'submitted' } });
  const raw = rawFields(definition);
  const written = toSubmissionFields(form, withStoredFiles(filled.answers ?? {}), { today: '2026-11-23' });
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
