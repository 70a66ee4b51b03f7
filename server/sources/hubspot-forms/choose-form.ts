import { z } from 'zod';
import { AppError } from '../../app-error.ts';
import { listMembers } from './definition.ts';

const summary = z.object({ id: z.coerce.string(), name: z.string().catch('') });

/**
 * One definition out of a list answer of the Forms API: the one with the id `wanted`, or the only one. Anything else is left
 * as it is. Throws `not_a_form` where it cannot tell which one is meant.
 */
export function chooseForm(raw: unknown, wanted: string | undefined): unknown {
  const members = listMembers(raw);
  if (!members) {
    const own = summary.safeParse(raw).data?.id;
    if (wanted !== undefined && own !== undefined && own !== wanted)
      throw notOne(`The file holds one form, with the id "${own}", and none with the id "${wanted}".`);
    return raw;
  }
  const forms = members.flatMap((member) => {
    const parsed = summary.safeParse(member);
    return parsed.success ? [{ ...parsed.data, member }] : [];
  });
  const known = forms.slice(0, 20).map(({ id, name }) => `\n  ${id}  ${name}`);
  if (wanted !== undefined) {
    const found = forms.find(({ id }) => id === wanted);
    if (!found) throw notOne(`The list holds no form with the id "${wanted}". It holds:${known.join('')}`);
    return found.member;
  }
  if (members.length === 1) return members[0];
  if (members.length === 0) throw notOne('This is a list answer of the Forms API without a form in it.');
  throw notOne(`This is a list of ${members.length} forms. Choose one of them with --form ID:${known.join('')}`);
}

/** Only the command line reads lists. */
function notOne(message: string): AppError {
  return new AppError('not_a_form', { status: 422, message });
}
