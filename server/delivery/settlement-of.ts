import { PERSON_ASKED, type DeliveryOutcome } from '../destinations/destination.ts';
import type { Language, Texts } from '../hubspot/language.ts';
import { afterThreeDays } from './after-three-days.ts';
import { backOffMs, GIVE_UP_AFTER_MS } from './back-off.ts';
import type { DeliveryRow } from './deliveries.ts';

/** What an outcome makes of a delivery's row. */
export type Settlement = {
  state: 'waiting' | 'held' | 'delivered' | 'dead' | 'cancelled';
  dueAt: Date;
  code: string | null;
  reason: string | null;
  remoteId: string | null;
  detail: Record<string, unknown>;
};

const TEXTS = {
  answersGone: {
    en: 'The answers were deleted before they could be delivered.',
    de: 'Die Antworten wurden gelöscht, bevor sie zugestellt werden konnten.',
  },
} satisfies Record<string, Texts>;
const ANSWERS_GONE = 'answers_gone';

/** Erased or past its retention: nobody can do anything about it, so it is cancelled and no dead letter. */
export function answersGone(language: Language): DeliveryOutcome {
  return { kind: 'dead', code: ANSWERS_GONE, reason: TEXTS.answersGone[language] };
}

/** What an outcome means for the row. After three days of trying it becomes a dead letter: a person must look. */
export function settlementOf(
  row: Pick<DeliveryRow, 'attempt' | 'attempts_before' | 'tried_since'>,
  outcome: DeliveryOutcome,
  { now, random, language }: { now: Date; random: number; language: Language },
): Settlement {
  const detail = outcome.detail ?? {};
  const base = { dueAt: now, code: null, reason: null, remoteId: null, detail };
  switch (outcome.kind) {
    case 'delivered':
      return { ...base, state: 'delivered', remoteId: outcome.remoteId, reason: outcome.note ?? null };
    case 'dead':
      return {
        ...base,
        state: outcome.code === ANSWERS_GONE ? 'cancelled' : 'dead',
        code: outcome.code,
        reason: outcome.reason,
      };
    case 'held':
      return {
        ...base,
        state: 'held',
        code: outcome.code,
        reason: outcome.reason,
        remoteId: outcome.contactId ?? null,
      };
    case 'retry':
    case 'unknown': {
      const wait = backOffMs(
        row.attempt - row.attempts_before,
        random,
        outcome.kind === 'retry' ? outcome.retryAfterMs : 0,
      );
      const dueAt = new Date(now.getTime() + wait);
      // What waits for a person's choice ends by the time that they have for it.
      if (outcome.code !== PERSON_ASKED && dueAt.getTime() - (row.tried_since ?? now).getTime() > GIVE_UP_AFTER_MS) {
        return {
          ...base,
          state: 'dead',
          code: outcome.code,
          reason: afterThreeDays(outcome, language),
        };
      }
      return { ...base, state: 'waiting', dueAt, code: outcome.code, reason: outcome.reason };
    }
  }
}
