import { flowWords, type FlowLanguage } from '@flowella/shared/flow-words/languages.ts';
import { cutText } from '@flowella/shared/form/cut-text.ts';
import { isId } from '../../ids.ts';
import { dayTitle, localDay, timeTitle, zoneTitle } from './free-times.ts';

/** A list message as WhatsApp shows it: a sentence, a button, and behind it rows by day. */
export type TimesMessage = {
  body: string;
  button: string;
  sections: { title: string; rows: { id: string; title: string; description: string }[] }[];
};

/**
 * Meta, *Interactive list messages* and business-messaging-api v23.0, `ActionObject` and `SectionObject`: ten rows in all sections
 * together, a section's and a row's title 24 characters, a row's description 72 (the button's 20 are the words' own limit).
 */
export const LIST_LIMITS = { rows: 10, title: 24, description: 72 } as const;
/** Whoever reads the message a little later must still be able to be there. */
const LEAD_MS = 30 * 60_000;

/** The free times to choose from instead of one that is taken: those nearest to it, in order. Pure. */
export function timesInstead(free: readonly string[], taken: string, now: Date): string[] {
  const distance = (start: string): number => Math.abs(Date.parse(start) - Date.parse(taken));
  return free
    .filter((start) => start !== taken && Date.parse(start) >= now.getTime() + LEAD_MS)
    .toSorted((a, b) => distance(a) - distance(b))
    .slice(0, LIST_LIMITS.rows)
    .toSorted();
}

/** The list of one offer, in the time zone and the words that the flow has shown times in. Pure. */
export function toTimesMessage(
  offerId: string,
  starts: readonly string[],
  { timeZone, language }: { timeZone: string; language: FlowLanguage },
): TimesMessage {
  const { taken, button } = flowWords(language).times;
  const rows = starts.map((start, index) => {
    const day = localDay(start, timeZone);
    return {
      day,
      id: `${offerId}.${index}`,
      title: cutText(timeTitle(start, timeZone, language), LIST_LIMITS.title),
      // What is tapped stands in the chat without its section: the day belongs to it.
      description: cutText(
        `${dayTitle(day, language)} · ${zoneTitle(timeZone, start, language)}`,
        LIST_LIMITS.description,
      ),
    };
  });
  const days = [...new Set(rows.map(({ day }) => day))];
  const sections = days.map((day) => ({
    title: cutText(dayTitle(day, language), LIST_LIMITS.title),
    rows: rows.filter((row) => row.day === day).map(({ id, title, description }) => ({ id, title, description })),
  }));
  return { body: taken, button, sections };
}

/** Which time of which offer a tapped row stands for; null for a list of somebody else's. Pure. */
export function readTimeRow(rowId: string): { offerId: string; index: number } | null {
  const [offerId, index = '', ...more] = rowId.split('.');
  return isId('timeOffer', offerId) && /^\d$/.test(index) && more.length === 0
    ? { offerId, index: Number(index) }
    : null;
}
