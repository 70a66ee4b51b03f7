import { compile } from '@flowella/shared/compile/compile.ts';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import { z } from 'zod';
import { AppError } from '../app-error.ts';
import { listMembers } from '../sources/hubspot-forms/definition.ts';
import { toForm } from '../sources/hubspot-forms/to-form.ts';

/**
 * A raw definition as the tool's API returns it, compiled without a portal: what `flowella compile` prints. Of a list answer
 * the form with the id `form` is taken, or the only one. Throws `not_a_form`, or `usage` for an unknown source, mode or locale.
 */
export function compileDefinition(input: {
  source?: string;
  mode?: string;
  locale?: string;
  /** Id of one form in a list answer. */
  form?: string;
  raw: unknown;
}): ReturnType<typeof compile> {
  if (input.source !== 'hubspot') {
    throw new AppError('usage', {
      message: `--source must be hubspot${input.source ? `, not "${input.source}"` : ''}`,
    });
  }
  if (input.mode !== undefined && input.mode !== 'connected' && input.mode !== 'light') {
    throw new AppError('usage', { message: `--mode must be connected or light, not "${input.mode}"` });
  }
  if (input.locale !== 'en' && input.locale !== 'de') {
    throw new AppError('usage', { message: `--locale must be en or de, not "${input.locale ?? ''}"` });
  }
  const form = toForm(chooseMember(input.raw, input.form));
  const result = compile({ form, design: {}, mode: input.mode, locale: input.locale, version: 'draft' });
  const { validationErrors, warnings } = validateFlowJson(JSON.stringify(result.flowJson));
  const broken = [...validationErrors, ...warnings][0];
  if (broken) {
    throw new AppError('compiled_invalid', {
      status: 500,
      message: `The compiled flow is not valid, which is a fault of ours: ${broken.error} at ${broken.pointers[0]?.path ?? '?'}: ${broken.message}`,
    });
  }
  return result;
}

const summary = z.object({ id: z.coerce.string(), name: z.string().catch('') });

/** One definition out of a list answer of the Forms API; anything else is left as it is. */
function chooseMember(raw: unknown, wanted: string | undefined): unknown {
  const members = listMembers(raw);
  if (!members) return raw;
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

function notOne(userMessage: string): AppError {
  return new AppError('not_a_form', { status: 422, userMessage });
}
