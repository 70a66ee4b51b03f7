import { compile } from '@flowella/shared/compile/compile.ts';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import { AppError } from '../app-error.ts';
import { FORM_READERS } from '../sources/readers.ts';

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
  const reader = FORM_READERS.find((one) => one.name === input.source);
  if (!reader) {
    const names = FORM_READERS.map((one) => one.name).join(', ');
    throw new AppError('usage', {
      message: `--source must be one of ${names}${input.source ? `, not "${input.source}"` : ''}`,
    });
  }
  if (input.mode !== undefined && input.mode !== 'connected' && input.mode !== 'light') {
    throw new AppError('usage', { message: `--mode must be connected or light, not "${input.mode}"` });
  }
  if (input.locale !== 'en' && input.locale !== 'de') {
    throw new AppError('usage', { message: `--locale must be en or de, not "${input.locale ?? ''}"` });
  }
  const form = reader.toForm(reader.choose ? reader.choose(input.raw, input.form) : input.raw);
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
