import type { Program, ProgramField } from '@flowella/shared/compile/program.ts';
import { isFileList } from '@flowella/shared/phone/file-answers.ts';
import type { FieldValue } from '@flowella/shared/phone/screen-view.ts';
import { storedAddress } from '../compile/support/fill-in.ts';

/**
 * What must come back, by question id, from nothing but what stood in the fields on the phone: choices by the tool's own id,
 * everything else as plain text (dates `YYYY-MM-DD`, times `HH:MM`, durations in seconds). Questions without an answer are
 * left out; an empty box that nobody had to tick counts as `false`.
 */
export function expectedValues(program: Program, seen: ReadonlyMap<string, FieldValue>): Map<string, string[]> {
  const expected = new Map<string, string[]>();
  for (const field of program.fields) {
    const values = valuesOf(field, seen);
    // Boxes of one question may stand on several screens.
    const before = expected.get(field.question.id) ?? [];
    if (values.length > 0) expected.set(field.question.id, [...before, ...values]);
  }
  return expected;
}

function valuesOf(field: ProgramField, seen: ReadonlyMap<string, FieldValue>): string[] {
  const shown = field.inputs.filter((input) => seen.has(input.name));
  const textOf = (name: string | undefined): string => {
    const value = name === undefined ? undefined : seen.get(name);
    return typeof value === 'string' ? value.trim() : '';
  };
  const ofRole = (role: string) => textOf(shown.find((input) => input.role === role)?.name);
  if (field.question.kind === 'date-time') {
    const [date, time] = [ofRole('date'), ofRole('time')];
    const day = field.question.withoutYear ? date.slice(5) : date;
    return date && time ? [`${day}T${time}`] : [];
  }
  if (field.question.kind === 'duration') {
    const [hours, minutes] = [ofRole('hours'), ofRole('minutes')];
    return hours || minutes ? [String(Number(hours) * 3_600 + Number(minutes) * 60)] : [];
  }
  const group = shown.find((input) => input.role === 'group');
  const part = group?.options?.find((option) => option.id === textOf(group.name))?.choice;
  const other = ofRole('other');
  // A field for one's own words always stands under several boxes: what is written there counts, ticked or not.
  const own = field.question.kind === 'multi-choice' && other ? [other] : [];
  const chosen = shown
    .filter((input) => input.role !== 'group' && input.role !== 'other' && (!group || input.name === part))
    .flatMap((input) => {
      const value = seen.get(input.name);
      if (typeof value === 'boolean') {
        if (!input.options) return [String(value)];
        return value ? [input.options[0]?.choice ?? ''] : [];
      }
      if (input.type === 'files') return isFileList(value) ? value.map((file) => storedAddress(file.fileName)) : [];
      const ids = Array.isArray(value) ? value.map(String) : typeof value === 'string' && value !== '' ? [value] : [];
      return ids.map((id) => {
        if (field.question.kind === 'date' && field.question.withoutYear) return id.slice(5);
        if (!input.options) return field.question.kind === 'number' ? String(Number(id)) : id.trim();
        const choice = input.options.find((option) => option.id === id)?.choice ?? '?';
        if (choice !== '__other__') return choice;
        return field.question.kind === 'multi-choice' ? '' : other;
      });
    })
    .filter((value) => value !== '');
  return [...chosen, ...own];
}
