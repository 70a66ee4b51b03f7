import { compile } from '@flowella/shared/compile/compile.ts';
import type { ConfirmIdentity } from '@flowella/shared/form/design.ts';
import { expect, test } from 'vitest';
import { chooseWay, explainBlocked } from '../../server/whatsapp/choose-way.ts';
import { whyNotConfirmable } from '../../server/whatsapp/confirmable.ts';
import { viewConfirmation, type ConfirmationFacts } from '../../server/whatsapp/view-confirmation.ts';
import { everyKind } from '../flow-words/support/every-kind.ts';

const programOf = (confirmIdentity?: ConfirmIdentity) =>
  compile({ form: everyKind('en'), design: { confirmIdentity }, locale: 'en' }).program;
const BY_EMAIL = programOf({ channel: 'email', webhookId: 'whk_00000000000000000000' });
const BY_AGENT = programOf({ channel: 'agent' });
const contact = (properties: Record<string, string | null>) => ({ contactId: '1', displayName: 'x', properties });

test('whoever sends is told what the contact lacks to be confirmed, before a message goes out that nobody could answer', () => {
  expect(whyNotConfirmable(BY_EMAIL, null)).toBe('confirms-contacts-only');
  for (const lastname of [null, '', ' - ', '…'])
    expect(whyNotConfirmable(BY_AGENT, contact({ lastname }))).toBe('no-surname');
  for (const email of [null, '', ' '])
    expect(whyNotConfirmable(BY_EMAIL, contact({ lastname: 'Li', email }))).toBe('no-email');
  expect(whyNotConfirmable(BY_AGENT, contact({ lastname: 'Li', email: null }))).toBeNull();
  expect(whyNotConfirmable(BY_EMAIL, contact({ lastname: '王', email: 'a@b.test' }))).toBeNull();
  expect(whyNotConfirmable(programOf(), null)).toBeNull();
});

test('that blocks the send also in an open window, and in a test, with a sentence in both languages', () => {
  const situation = {
    flowState: 'published',
    pausedBy: null,
    isLive: true,
    accountState: 'connected',
    hasNumberToSendFrom: true,
    hasRecipient: true,
    consent: 'opted_in',
    requireOptIn: true,
    template: { state: 'APPROVED' },
    isTest: true,
    now: new Date('2026-11-23T10:00:00Z'),
    lastInboundAt: new Date('2026-11-23T09:00:00Z'),
  } as const;
  expect(chooseWay({ ...situation, notConfirmable: null })).toEqual({ kind: 'interactive' });
  for (const code of ['no-surname', 'no-email', 'confirms-contacts-only'] as const) {
    expect(chooseWay({ ...situation, notConfirmable: code })).toEqual({ kind: 'blocked', code });
    expect(explainBlocked(code, 'de')).not.toBe(explainBlocked(code, 'en'));
  }
});

test('the card is told where a confirmation stands, and nothing where none is asked for or it no longer matters', () => {
  const waiting: ConfirmationFacts = {
    open: true,
    isFinished: false,
    channel: 'email',
    tries: 4,
    confirmedAt: null,
    outcome: 'sent',
  };
  const view = (change: Partial<ConfirmationFacts>) => viewConfirmation({ ...waiting, ...change }, 'en');
  expect(view({})).toEqual({ channel: 'email', state: 'waiting', problem: null });
  expect(view({ tries: 5 })).toMatchObject({ state: 'locked' });
  expect(view({ outcome: 'failed' })?.problem).toContain('in the settings of Flowella under “Webhooks”');
  expect(view({ confirmedAt: new Date(), tries: 5 })).toMatchObject({ state: 'confirmed' });
  // The row is gone when the message is over; an accepted submission proves that it was confirmed.
  expect(view({ open: false, isFinished: true, tries: null, outcome: null })).toMatchObject({ state: 'confirmed' });
  expect(view({ open: false })).toBeUndefined();
  expect(view({ channel: null })).toBeUndefined();
});
