import { compile } from '@flowella/shared/compile/compile.ts';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import { AppError } from '../app-error.ts';
import { listMembers } from '../sources/hubspot-forms/definition.ts';
import { toForm } from '../sources/hubspot-forms/to-form.ts';

/**
 * A raw definition as the tool's API returns it, compiled without a portal: what `flowella compile` prints. A list answer with
 * one form is taken as that form. Throws `not_a_form`, or `usage` for an unknown source, mode or locale.
 */
export function compileDefinition(input: {
  source?: string;
  mode?: string;
  locale?: string;
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
  const members = listMembers(input.raw);
  if (members && members.length !== 1) {
    throw new AppError('not_a_form', { message: `This is a list of ${members.length} forms: give one of them` });
  }
  const form = toForm(members ? members[0] : input.raw);
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
