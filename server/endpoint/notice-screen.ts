import type { Program } from '@flowella/shared/compile/program.ts';

/** What must be said when nothing else can be answered (flow-rules.md section 6). */
export type NoticeCode = 'foreign-token' | 'unknown-version' | 'closed' | 'our-fault' | 'start-again';

const TEXTS: Record<NoticeCode, { en: string; de: string }> = {
  'foreign-token': {
    en: 'This form cannot be filled in from here, and nothing was saved. Please use the button in the message that was sent to you.',
    de: 'Dieses Formular kann von hier aus nicht ausgefüllt werden, und es wurde nichts gespeichert. Bitte benutzen Sie die Schaltfläche in der Nachricht, die Sie erhalten haben.',
  },
  'unknown-version': {
    en: 'This form has changed in the meantime. Please close it and open it again from the newest message.',
    de: 'Dieses Formular hat sich inzwischen geändert. Bitte schließen Sie es und öffnen Sie es aus der neuesten Nachricht erneut.',
  },
  closed: {
    en: 'This form is closed. Please ask us if you still want to answer.',
    de: 'Dieses Formular ist geschlossen. Bitte fragen Sie uns, wenn Sie noch antworten möchten.',
  },
  'our-fault': {
    en: 'Something went wrong on our side. Please close the form and open it again in a few minutes.',
    de: 'Bei uns ist etwas schiefgegangen. Bitte schließen Sie das Formular und öffnen Sie es in einigen Minuten erneut.',
  },
  'start-again': {
    en: 'We could not find what you filled in before. Please close the form and open it again.',
    de: 'Wir konnten Ihre bisherigen Angaben nicht finden. Bitte schließen Sie das Formular und öffnen Sie es erneut.',
  },
};

/** The notice screen of a connected flow with its text; null where there is no such screen. */
export function noticeScreen(
  program: Program | null,
  code: NoticeCode,
): { screen: string; data: { text: string } } | null {
  if (!program?.notice) return null;
  return { screen: program.notice, data: { text: TEXTS[code][program.language] } };
}
