import { z } from 'zod';
import type { Language } from '../hubspot/language.ts';
import type { Way } from './alert-settings.ts';

const figure = z.number().optional().catch(undefined);
const detailSchema = z
  .object({
    new_status: z.string().optional().catch(undefined),
    error_rate: figure,
    threshold: figure,
    p90_latency: figure,
    availability: figure,
    errors: z
      .array(z.object({ type: z.string() }))
      .optional()
      .catch(undefined),
  })
  .catch({});
type Detail = z.infer<typeof detailSchema>;
type Report = { event: string; alertState: string | null; detail: unknown };

const NAMES: Record<string, Record<Language, (detail: Detail) => string>> = {
  FLOW_STATUS_CHANGE: {
    en: (d) => `The flow is now ${d.new_status ?? '?'} at WhatsApp`,
    de: (d) => `Der Flow ist bei WhatsApp jetzt ${d.new_status ?? '?'}`,
  },
  CLIENT_ERROR_RATE: {
    en: (d) => `Errors on phones: ${percent(d.error_rate, 'en')}${types(d)}`,
    de: (d) => `Fehler auf Telefonen: ${percent(d.error_rate, 'de')}${types(d)}`,
  },
  ENDPOINT_ERROR_RATE: {
    en: (d) => `Failed calls: ${percent(d.error_rate, 'en')}${types(d)}`,
    de: (d) => `Fehlgeschlagene Aufrufe: ${percent(d.error_rate, 'de')}${types(d)}`,
  },
  ENDPOINT_LATENCY: {
    en: (d) => `Slow answers: ${number(d.p90_latency, 'en')} ms for one in ten calls`,
    de: (d) => `Langsame Antworten: ${number(d.p90_latency, 'de')} ms bei jedem zehnten Aufruf`,
  },
  ENDPOINT_AVAILABILITY: {
    en: (d) => `Reached in ${percent(d.availability, 'en')} of its checks`,
    de: (d) => `Bei ${percent(d.availability, 'de')} seiner Prüfungen erreicht`,
  },
  FLOW_VERSION_EXPIRY_WARNING: {
    en: () => 'The format of the flow will soon not be supported any more',
    de: () => 'Das Format des Flows wird bald nicht mehr unterstützt',
  },
};
const STATE: Record<string, Record<Language, string>> = {
  ACTIVATED: { en: 'warning', de: 'Warnung' },
  DEACTIVATED: { en: 'over', de: 'vorbei' },
};

/** One report of Meta in a sentence; an event that nobody knows by its name. Pure. */
export function reportText(report: Report, language: Language): string {
  const say = Object.hasOwn(NAMES, report.event) ? NAMES[report.event] : undefined;
  const text = say?.[language](detailSchema.parse(report.detail)) ?? report.event;
  const state = STATE[report.alertState ?? '']?.[language];
  return state ? `${text} (${state})` : text;
}

function number(value: number | undefined, language: Language): string {
  return value === undefined ? '?' : new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(value);
}
const percent = (value: number | undefined, language: Language): string => `${number(value, language)} %`;
const types = (detail: Detail): string =>
  detail.errors && detail.errors.length > 0 ? ` (${detail.errors.map((error) => error.type).join(', ')})` : '';

const NOTICE: Record<Way, Record<Language, string>> = {
  webhook: {
    en: 'The last notice did not reach your webhook. Try it with “Send a test” in the tab Webhooks.',
    de: 'Die letzte Meldung hat Ihren Webhook nicht erreicht. Prüfen Sie ihn im Reiter Webhooks mit „Test senden“.',
  },
  task: {
    en: 'The last notice could not become a task: HubSpot did not take it. It is tried again for a day.',
    de: 'Aus der letzten Meldung konnte keine Aufgabe werden: HubSpot hat sie nicht angenommen. Es wird einen Tag lang erneut versucht.',
  },
};

export function noticeProblemText(way: Way, language: Language): string {
  return NOTICE[way][language];
}
