import type { Form } from '../form/form.ts';
import type { ReportLocale } from './report-texts.ts';

/** The languages that sentences of the report name, as the reader calls them: what the form is shown in, was written in, was asked for. */
export function languageNames({ language, translation }: Form, locale: ReportLocale): Record<string, string> {
  const shown = nameOf(language, locale);
  if (!translation) return { shown };
  return { shown, original: nameOf(translation.original, locale), asked: nameOf(translation.asked, locale) };
}

/** Made once each: it takes longer than the rest of a report. */
const NAMES = new Map<ReportLocale, Intl.DisplayNames>();

function namesIn(locale: ReportLocale): Intl.DisplayNames {
  const names = NAMES.get(locale) ?? new Intl.DisplayNames([locale], { type: 'language' });
  NAMES.set(locale, names);
  return names;
}

/** A form may state no language, and tools have codes that only they know: those stay as they are. */
function nameOf(tag: string, locale: ReportLocale): string {
  if (tag.trim() === '') return { en: 'its own language', de: 'seine eigene Sprache' }[locale];
  try {
    return namesIn(locale).of(tag.replaceAll('_', '-')) ?? tag;
  } catch {
    return tag;
  }
}
