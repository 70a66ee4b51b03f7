/** Whole messages that mean "no more messages": what carriers and Meta's own guides name, and their usual translations. "Cancel" and "end" are left out: in a chat they mean an appointment. */
const STOP = new Set([
  'stop',
  'stopp',
  'stopall',
  'stop all',
  'unsubscribe',
  'quit',
  'opt out',
  'optout',
  'opt-out',
  'remove me',
  'stop promotions',
  'no more messages',
  'abmelden',
  'abbestellen',
  'austragen',
  'keine nachrichten',
  'keine nachrichten mehr',
  'nicht mehr schreiben',
  'arret',
  'arrêt',
  'desabonner',
  'désabonner',
  'baja',
  'parar',
  'sair',
  'disiscriviti',
  'afmelden',
  'uitschrijven',
  'wypisz',
  'avsluta',
]);
const START = new Set([
  'start',
  'unstop',
  'subscribe',
  'opt in',
  'optin',
  'opt-in',
  'anmelden',
  'abonnieren',
  'wieder anmelden',
]);

/** What a text message says about consent. Only the whole message counts: "do not stop" is no stop. */
export function consentWord(text: string): 'stop' | 'start' | null {
  if (text.length > 60) return null;
  const word = text
    .normalize('NFC')
    .toLowerCase()
    .replace(/^(please|bitte)\s+|\s+(please|bitte)$/g, '')
    .replace(/[\s.!,"'„“”]+$/g, '')
    .replace(/^[\s"'„“”]+/g, '')
    .replace(/\s+/g, ' ')
    .trim();
  if (STOP.has(word)) return 'stop';
  return START.has(word) ? 'start' : null;
}
