import { readBack as readGoogle } from '../sources/google-forms/read-back.ts';
import { readBack as readSurveyMonkey } from '../sources/surveymonkey/read-back.ts';
import { readBack as readTypeform } from '../sources/typeform/read-back.ts';
import type { ReadBack } from './run-definition.ts';

/** Each tool's own submission, read by question id; each reader of its own is written after the tool's documents. */
export const READ_BACK: Readonly<Record<string, ReadBack>> = {
  hubspot: readHubSpot,
  'google-forms': readGoogle,
  typeform: readTypeform,
  surveymonkey: readSurveyMonkey,
};

type RawField = {
  name?: string | null;
  objectTypeId?: string | null;
  fieldType?: string | null;
  options?: ({ value?: unknown; label?: unknown } | null)[] | null;
  dependentFields?: ({ dependentField?: RawField | null } | null)[] | null;
};

/** Body of HubSpot's secure submission: lists are joined by semicolons, dates are midnight UTC in milliseconds. */
function readHubSpot(raw: unknown, submission: unknown): Map<string, string[]> {
  const kinds = new Map<string, string>();
  const add = (field: RawField | null | undefined) => {
    if (!field) return;
    kinds.set(`${field.objectTypeId ?? '0-1'}/${field.name ?? ''}`, field.fieldType ?? '');
    for (const one of field.dependentFields ?? []) add(one?.dependentField);
  };
  // Test code over definitions that are known to be forms.
  const { fieldGroups } = raw as { fieldGroups?: ({ fields?: RawField[] | null } | null)[] };
  for (const group of fieldGroups ?? []) for (const field of group?.fields ?? []) add(field);
  const { fields } = submission as { fields: { objectTypeId: string; name: string; value: string }[] };
  return new Map(
    fields.map(({ objectTypeId, name, value }) => {
      const id = `${objectTypeId}/${name}`;
      const kind = kinds.get(id);
      if (kind === 'datepicker') return [id, [new Date(Number(value)).toISOString().slice(0, 10)]];
      return [id, kind === 'multiple_checkboxes' || kind === 'file' ? value.split(';') : [value]];
    }),
  );
}
