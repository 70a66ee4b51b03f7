import { expect, test } from 'vitest';
import { afterThreeDays } from '../../server/delivery/after-three-days.ts';
import { identityText, type IdentityTextCode } from '../../server/destinations/identity-check/identity-texts.ts';
import { textOf, type TextCode } from '../../server/destinations/texts.ts';
import { webhookText, type WebhookTextCode } from '../../server/destinations/webhook/webhook-texts.ts';
import type { Language } from '../../server/hubspot/language.ts';
import { PROBLEM_TEXTS } from '../../server/hubspot/problem-text.ts';

/** Every reason with which a destination asks for another try. */
const HUBSPOT = [
  'hubspot_rate_limited',
  'hubspot_locked',
  'hubspot_unavailable',
  'no_time_left',
  'hubspot_outcome_unknown',
] as const;
const OWN: TextCode[] = [
  'not_listed_yet',
  'no_time_left',
  'file_not_fetched',
  'slot_later',
  'slot_window_opens',
  'invitation_window',
  'invitation_later',
];
const WEBHOOK: WebhookTextCode[] = [
  'webhook_unavailable',
  'webhook_slow_down',
  'webhook_timeout',
  'webhook_connection_lost',
  'webhook_unreachable',
  'webhook_certificate',
  'webhook_no_address',
  'webhook_put_off',
  'webhook_no_time_left',
];
const IDENTITY: IdentityTextCode[] = [
  'identity_unreachable',
  'identity_unavailable',
  'identity_slow_down',
  'identity_no_answer',
  'identity_unreadable',
  'identity_not_started',
  'identity_window_opens',
  'identity_no_time_left',
];
const reasons = (language: Language): { code: string; reason: string }[] => [
  ...HUBSPOT.map((code) => ({ code, reason: PROBLEM_TEXTS[code][language] })),
  ...OWN.map((code) => ({ code, reason: textOf(code, language) })),
  ...WEBHOOK.map((code) => ({ code, reason: webhookText(code, language, 500) })),
  ...IDENTITY.map((code) => ({ code, reason: identityText(code, language, { vendor: 'Persona', status: 500 }) })),
];
/** What was a promise while it waited. Our own last sentence says that nothing happens by itself. */
const PROMISES = {
  en: /tried again|goes on|by itself(?!:)|repeated|asked for again|pause it asked|is sent|waits/i,
  de: /erneut versucht|geht von selbst|geht es weiter|Von selbst(?! geschieht nichts)|wiederholt|erneut erfragt|Pause|wird gleich|wartet/i,
};

test.each(['en', 'de'] as const)(
  'a delivery that was tried for three days promises no further try, in %s',
  (language) => {
    for (const outcome of reasons(language)) {
      const said = afterThreeDays(outcome, language);
      expect(said, outcome.code).not.toMatch(PROMISES[language]);
      expect(said, outcome.code).toMatch(
        { en: /three days.*deliver again/, de: /drei Tage.*stellen Sie erneut zu/i }[language],
      );
    }
  },
);

test('what happened the last time is still said', () => {
  const outcome = { code: 'webhook_unavailable', reason: webhookText('webhook_unavailable', 'en', 503) };
  expect(afterThreeDays(outcome, 'en')).toBe(
    'We tried for three days and stopped. The last time: The receiver answered 503. Nothing more happens by itself: deliver again when the cause is mended.',
  );
});
