import { compile } from '@flowella/shared/compile/compile.ts';
import type { JsonValue } from '@flowella/shared/flow-json/flow-json.ts';
import type { Answers } from '@flowella/shared/form/answers.ts';
import type { Question } from '@flowella/shared/form/form.ts';
import { recallToken } from '@flowella/shared/form/recall.ts';
import { walkFlow } from '@flowella/shared/phone/walk-flow.ts';
import { describe, expect, test } from 'vitest';
import {
  answerConfirmation,
  answerRequest,
  type AnswerRequestInput,
  type Decision,
  type Settled,
} from '../../../server/endpoint/answer-request.ts';
import type { ConfirmOutcome } from '../../../server/endpoint/confirmation/wish.ts';
import type { SessionState } from '../../../server/endpoint/session-state.ts';
import { endpointInMemory, openOnPhone } from '../../compile/support/fill-in.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const base = (id: string, extra: object = {}) => ({ id, label: id, required: false, origin: {}, ...extra });
const QUESTIONS: Question[] = [
  { kind: 'short-text', ...base('street') },
  { kind: 'email', ...base('email'), blockedDomains: ['blocked.test'] },
  { kind: 'long-text', ...base('more', { label: `Still ${recallToken({ kind: 'answer', id: 'street' })}?` }) },
];
const SECRET = 'Leckstellenweg-Qv';
const PREFILL: Answers = {
  street: { kind: 'text', value: SECRET },
  email: { kind: 'email', value: 'person@planted.test' },
};

const COMPILED = compile({
  form: {
    source: 'typeform',
    sourceFormId: 'f',
    name: 'Form',
    language: 'en',
    revision: '0',
    pages: [{ id: 'p', items: QUESTIONS }],
    hidden: [],
    notices: [],
  },
  design: { confirmIdentity: { channel: 'email', webhookId: 'whk_00000000000000000000' } },
  locale: 'en',
  version: 'ver_1',
});
const { program } = COMPILED;
/** What a payload may say of itself. */
const STATED: Record<string, JsonValue>[] = [{}, { v: 'ver_1' }, { s: 'CONFIRM' }, { s: 'SCREEN_A' }, { s: 'NOTICE' }];
const SCREENS = program.screens.map(({ id }) => id);

function ask(
  session: SessionState | null,
  action: string,
  screen = '',
  data: Record<string, JsonValue> = {},
): { input: AnswerRequestInput; decision: Decision } {
  const request = { action, screen, data, flow_token: 'token' };
  const input: AnswerRequestInput = { program, session, prefill: PREFILL, request, now: NOW };
  return { input, decision: answerRequest(input) };
}

function settle(outcome: ConfirmOutcome, action: string, data: Record<string, JsonValue> = {}): Settled {
  const { input, decision } = ask(null, action, action === 'INIT' ? '' : 'CONFIRM', data);
  if (decision.kind !== 'confirm') throw new Error(`expected a wish, not ${decision.kind}`);
  return answerConfirmation(input, decision.wish, outcome);
}

const confirmed = (): SessionState => {
  const decision = settle({ kind: 'confirmed' }, 'data_exchange', { surname: 'Plantowska', code: '123456' });
  if (decision.kind !== 'screen') throw new Error(decision.kind);
  return decision.session;
};

describe('before it is confirmed who answers', () => {
  test('opening is answered with the screen that asks, and nothing of the person', () => {
    expect(ask(null, 'INIT').decision).toEqual({ kind: 'confirm', wish: { kind: 'open' } });
    const shown = settle({ kind: 'asked', say: 'email' }, 'INIT');
    expect(shown).toMatchObject({ kind: 'screen', screen: 'CONFIRM', data: { ask: true } });
    expect(shown.kind === 'screen' && Object.keys(shown.data).toSorted()).toEqual(['ask', 'text']);
    expect(JSON.stringify(shown)).not.toContain(SECRET);
    expect(JSON.stringify(shown)).not.toContain('planted');
  });

  test.each([...SCREENS, 'SCREEN_Z', '', '__proto__'])(
    'a phone that claims to be on %j is told to start again, however it says so, and nothing is saved',
    (screen) => {
      const answers = { street: 'x', email: 'a@firm.test', more: 'x' };
      for (const [at, data] of [
        [screen, { v: 'ver_1', s: screen, ...answers }],
        ['', { v: 'ver_1', s: screen, ...answers }],
        [screen, { s: 'CONFIRM', ...answers }],
        [screen, {}],
      ] as const) {
        const { decision } = ask(null, 'data_exchange', at, data);
        if (decision.kind === 'confirm') expect(at === '' && data.s === 'CONFIRM').toBe(true);
        else expect(decision).toMatchObject({ kind: 'notice', screen: 'NOTICE' });
        expect(JSON.stringify(decision)).not.toContain(SECRET);
      }
    },
  );

  test('a session that claims to have been shown every screen does not help: only the confirmation counts', () => {
    const forged: SessionState = {
      format: 1,
      openedAt: NOW.toISOString(),
      accepted: {},
      sent: {},
      shown: [...SCREENS],
      current: SCREENS.at(-1) ?? '',
    };
    for (const screen of SCREENS)
      expect(ask(forged, 'data_exchange', screen, { v: 'ver_1', s: screen }).decision.kind).toBe('notice');
    for (const screen of ['', 'CONFIRM', 'NOTICE', ...SCREENS])
      expect(ask(forged, 'BACK', screen).decision).toEqual({ kind: 'confirm', wish: { kind: 'open' } });
  });

  test('no action on no screen, known to WhatsApp or not, gets anything but a notice or the wish to confirm', () => {
    for (const action of ['INIT', 'BACK', 'data_exchange', 'navigate', 'complete', 'back', 'init', ''])
      for (const screen of ['', 'CONFIRM', 'NOTICE', 'SUCCESS', ...SCREENS])
        for (const data of STATED) {
          const { decision } = ask(null, action, screen, data);
          expect(['confirm', 'notice'], `${action} ${screen} ${JSON.stringify(data)}`).toContain(decision.kind);
          expect(JSON.stringify(decision)).not.toContain(SECRET);
        }
  });

  test('what is typed is taken for a try and is in no session, whatever comes of it', () => {
    const typed = { v: 'ver_1', s: 'CONFIRM', surname: 'Plantowska-Zx', code: '918273' };
    const { decision } = ask(null, 'data_exchange', 'CONFIRM', typed);
    expect(decision).toEqual({ kind: 'confirm', wish: { kind: 'try', surname: 'Plantowska-Zx', code: '918273' } });
    const outcomes: ConfirmOutcome[] = [{ kind: 'asked', say: 'wrong' }, { kind: 'locked' }, { kind: 'confirmed' }];
    for (const outcome of outcomes) {
      const text = JSON.stringify(settle(outcome, 'data_exchange', typed));
      expect(text).not.toContain('Plantowska-Zx');
      expect(text).not.toContain('918273');
    }
  });

  test('what is no text is an empty try, and more than anybody is called is cut', () => {
    const { decision } = ask(null, 'data_exchange', 'CONFIRM', { surname: { a: 1 }, code: ['123456'] });
    expect(decision).toEqual({ kind: 'confirm', wish: { kind: 'try', surname: '', code: '' } });
    const long = ask(null, 'data_exchange', 'CONFIRM', { surname: 'x'.repeat(100_000), code: '1' }).decision;
    expect(long.kind === 'confirm' && long.wish.kind === 'try' && long.wish.surname.length).toBe(200);
  });

  test('after the last try the notice says whom to ask, without saying what was wrong; opening again says the same', () => {
    const over = settle({ kind: 'locked' }, 'data_exchange', { surname: 'x', code: '1' });
    expect(over).toMatchObject({
      kind: 'notice',
      screen: 'NOTICE',
      data: { text: expect.stringContaining('contact us') },
    });
    const again = settle({ kind: 'locked' }, 'INIT');
    expect(again).toMatchObject({ kind: 'screen', screen: 'CONFIRM', data: { ask: false } });
  });

  test('a fault of ours shows nothing of the person either', () => {
    for (const [action, screen] of [
      ['INIT', ''],
      ['BACK', 'SCREEN_A'],
      ...['CONFIRM', ...SCREENS].map((id) => ['data_exchange', id]),
    ]) {
      const request = { action: String(action), screen: String(screen), data: {}, flow_token: 't' };
      const input = { program, session: null, prefill: {}, request, now: NOW, redrawWith: 'our-fault' as const };
      expect(answerRequest(input).kind).not.toBe('confirm');
      expect(JSON.stringify(answerRequest(input))).not.toContain(SECRET);
    }
  });
});

describe('afterwards', () => {
  test('the first question comes with what is known', () => {
    const shown = settle({ kind: 'confirmed' }, 'data_exchange', { surname: 'Plantowska', code: '123456' });
    expect(shown).toMatchObject({
      kind: 'screen',
      screen: 'SCREEN_A',
      data: { init: { street: SECRET } },
      progress: { number: 2 },
    });
  });

  test('opening again shows nothing of the person and asks no code: the button leads on', () => {
    const session = confirmed();
    const opened = ask(session, 'INIT').decision;
    expect(opened).toMatchObject({ kind: 'screen', screen: 'CONFIRM', data: { ask: false } });
    expect(JSON.stringify(opened.kind === 'screen' && opened.data)).not.toContain(SECRET);
    expect(ask(session, 'data_exchange', 'CONFIRM', {}).decision).toMatchObject({ kind: 'screen', screen: 'SCREEN_A' });
  });

  test('screens that were not shown yet stay out of reach', () => {
    const last = SCREENS.at(-1) ?? '';
    expect(ask(confirmed(), 'data_exchange', last, { v: 'ver_1', s: last }).decision.kind).toBe('notice');
  });
});

test('on the phone: wrong, then right, then through to the end; neither surname nor code is an answer', async () => {
  let tries = 0;
  const endpoint = endpointInMemory(COMPILED, PREFILL, (wish) => {
    if (wish.kind !== 'try') return { kind: 'asked', say: 'email' };
    tries += 1;
    return wish.code === '123456' && wish.surname === 'Plantowska'
      ? { kind: 'confirmed' }
      : { kind: 'asked', say: 'wrong' };
  });
  const phone = openOnPhone(COMPILED, endpoint.link, PREFILL);
  await phone.settled();
  await phone.setValue('surname', 'Plantowska');
  await phone.setValue('code', '000000');
  const view = phone.view();
  if (view.kind !== 'screen' || !view.screen.footer) throw new Error(view.kind);
  await phone.press(view.screen.footer.id);
  const again = phone.view();
  expect(JSON.stringify(again)).toContain('That did not work');
  await phone.setValue('code', '123456');
  const walk = await walkFlow(phone, { more: 'thanks' });
  expect(walk.stuck).toBeNull();
  expect(walk.visited).toEqual(['CONFIRM', ...SCREENS]);
  expect(tries).toBe(2);
  expect(endpoint.finished()).toEqual({ ...PREFILL, more: { kind: 'text', value: 'thanks' } });
  expect(JSON.stringify(endpoint.session())).not.toContain('123456');
});
