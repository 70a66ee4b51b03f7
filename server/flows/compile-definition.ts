import { compile } from '@flowella/shared/compile/compile.ts';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import { AppError } from '../app-error.ts';
import { FORM_READERS } from '../sources/readers.ts';
import type { FormReader } from '../sources/source.ts';

/**
 * A raw definition as the tool's API returns it, compiled without a portal: what `flowella compile` prints. Of a list answer
 * the form with the id `form` is taken, or the only one. Throws `not_a_form`, or `usage` for an unknown source, mode or locale.
 */
export function compileDefinition(input: {
  source?: string;
  mode?: string;
  /** Of the report; also of the form's texts where the definition carries that translation. English where it is left out. */
  locale?: string;
  /** The form's texts and our own words in this language, where the definition carries its translation. */
  language?: string;
  /** Translations by language, each as the tool's API answers. */
  translations?: Record<string, unknown>;
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
  const locale = input.locale ?? 'en';
  if (locale !== 'en' && locale !== 'de') {
    throw new AppError('usage', { message: `--locale must be en or de, not "${locale}"` });
  }
  if (input.language !== undefined && !LANGUAGE.test(input.language)) {
    throw new AppError('usage', {
      message: `--language must be a code such as de, fr or pt-BR, not "${input.language}"`,
    });
  }
  if (input.form !== undefined && !reader.choose)
    throw new AppError('usage', {
      message: `--form picks one form of a list of HubSpot's: ${input.source} gives one form at a time`,
    });
  const chosen = reader.choose ? reader.choose(input.raw, input.form) : input.raw;
  const raw = withTranslations(chosen, input.translations ?? {});
  const form = withPictureNotice(formOf(reader, raw, input));
  const result = compile({ form, design: {}, mode: input.mode, locale, version: 'draft' });
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

const LANGUAGE = /^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}$/;

/**
 * The form in the language that was asked for. The locale is that of the report; where the definition carries a translation into it,
 * the form is shown in it too, and where it carries none that is no matter to report.
 */
function formOf(reader: FormReader, raw: unknown, o: { language?: string; locale?: string }): Form {
  if (o.language !== undefined) return reader.inLanguage(raw, o.language);
  if (o.locale === undefined || !carriesTranslations(raw)) return reader.toForm(raw);
  return reader.inLanguage(raw, o.locale);
}

function carriesTranslations(raw: unknown): raw is { languages: object } {
  if (typeof raw !== 'object' || raw === null || !('languages' in raw)) return false;
  return typeof raw.languages === 'object' && raw.languages !== null;
}

/** Nothing is fetched here: pictures in texts become links, which the report says. Those of questions have a line of their own. */
function withPictureNotice(form: Form): Form {
  const isPicture = form.pages.some((page) => page.items.some((item) => item.kind === 'statement' && item.image));
  if (!isPicture) return form;
  return { ...form, notices: [...form.notices, { code: 'pictures_as_links', message: '', advice: '' }] };
}

/** Each language beside the definition, under its code. */
function withTranslations(raw: unknown, translations: Record<string, unknown>): unknown {
  if (Object.keys(translations).length === 0 || typeof raw !== 'object' || raw === null) return raw;
  return { ...raw, languages: { ...(carriesTranslations(raw) ? raw.languages : {}), ...translations } };
}
