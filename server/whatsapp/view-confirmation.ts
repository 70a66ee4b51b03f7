import type { SendView } from '@flowella/shared/contract/api.ts';
import { MAX_TRIES } from '../endpoint/confirmation/confirmations.ts';
import type { Language, Texts } from '../hubspot/language.ts';

export type ConfirmationFacts = {
  open: boolean;
  isFinished: boolean;
  channel: 'email' | 'agent' | null;
  tries: number | null;
  confirmedAt: Date | null;
  /** What became of sending the newest code. */
  outcome: 'sent' | 'failed' | 'no-address' | null;
};

const FAILED: Texts = {
  en: 'The newest code could not be sent: your webhook did not take it. An admin checks it in the settings of Flowella under “Webhooks”.',
  de: 'Der neueste Code konnte nicht gesendet werden: Ihr Webhook hat ihn nicht angenommen. Ein Admin prüft ihn in den Einstellungen von Flowella unter „Webhooks“.',
};

/** How far the confirmation of who answers is, for the card; undefined where none is asked for or it no longer matters. Pure. */
export function viewConfirmation(facts: ConfirmationFacts, language: Language): SendView['confirmation'] {
  const { channel } = facts;
  if (channel === null || (!facts.open && !facts.isFinished)) return undefined;
  if (facts.confirmedAt || facts.isFinished) return { channel, state: 'confirmed', problem: null };
  const state = (facts.tries ?? 0) >= MAX_TRIES ? 'locked' : 'waiting';
  return { channel, state, problem: facts.outcome === 'failed' ? FAILED[language] : null };
}
