import type { Language, Texts } from '../hubspot/language.ts';

const ENDING = {
  tried: {
    en: 'We tried for three days and stopped.',
    de: 'Wir haben es drei Tage lang versucht und dann angehalten.',
  },
  last: { en: 'The last time:', de: 'Beim letzten Mal:' },
  next: {
    en: 'Nothing more happens by itself: deliver again when the cause is mended.',
    de: 'Von selbst geschieht nichts mehr: Stellen Sie erneut zu, wenn die Ursache behoben ist.',
  },
} satisfies Record<string, Texts>;

/** What waited for the person and not for a system: three days later the sentence about the wait is no longer so. */
const OF_PERSONS: Readonly<Record<string, Texts>> = {
  invitation_window: {
    en: 'The appointment is booked. The person has not written to you for three days, so WhatsApp took no calendar file. Tell them the time in another way, or deliver again once they have written.',
    de: 'Der Termin ist gebucht. Die Person hat Ihnen drei Tage lang nicht geschrieben, daher nahm WhatsApp keine Kalenderdatei an. Nennen Sie ihr die Zeit auf anderem Weg, oder stellen Sie erneut zu, sobald sie geschrieben hat.',
  },
};

/** A sentence about what we would do next: true while a delivery waits, untrue of one that stopped. */
const GOES_ON: Readonly<Record<Language, RegExp>> = {
  en: /\bby itself\b|before anything is repeated|is tried again|\bin a moment\b|is on its way/i,
  de: /\bvon selbst\b|bevor etwas wiederholt|erneut versucht|\bgleich gesendet\b|ist unterwegs/i,
};

/** What a person reads of a delivery that was tried for three days: what happened the last time, without promises that ended. Pure. */
export function afterThreeDays(outcome: { code: string; reason: string }, language: Language): string {
  const ofPerson = OF_PERSONS[outcome.code];
  if (ofPerson) return ofPerson[language];
  const happened = [...new Intl.Segmenter(language, { granularity: 'sentence' }).segment(outcome.reason)]
    .map(({ segment }) => segment.trim())
    .filter((sentence) => sentence !== '' && !GOES_ON[language].test(sentence));
  const last = happened.length > 0 ? [ENDING.last[language], ...happened] : [];
  return [ENDING.tried[language], ...last, ENDING.next[language]].join(' ');
}
