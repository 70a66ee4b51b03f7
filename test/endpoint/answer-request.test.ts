import { compile, type Compiled } from '@flowella/shared/compile/compile.ts';
import type { Design } from '@flowella/shared/form/design.ts';
import type { JsonValue } from '@flowella/shared/flow-json/flow-json.ts';
import type { Answers } from '@flowella/shared/form/answers.ts';
import type { Form, Question } from '@flowella/shared/form/form.ts';
import { describe, expect, test } from 'vitest';
import {
  answerRequest,
  answersFromComplete,
  noticeScreen,
  screenProgress,
  type Decision,
} from '../../server/endpoint/answer-request.ts';
import { prefillForLight } from '../../server/endpoint/prefill-for-light.ts';
import type { SessionState } from '../../server/endpoint/session-state.ts';
import { toForm } from '../../server/sources/hubspot-forms/to-form.ts';
import { readFixture } from '../sources/hubspot-forms/read-fixture.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const base = (id: string, extra: object = {}) => ({ id, label: id, required: false, origin: {}, ...extra });

function flowOf(questions: Question[], options: { design?: Design; language?: string } = {}): Compiled {
  const form: Form = {
    source: 'typeform',
    sourceFormId: 'f',
    name: 'Form',
    language: options.language ?? 'en',
    revision: '0',
    pages: [{ id: 'p', items: questions }],
    hidden: [],
    notices: [],
  };
  return compile({ form, design: options.design ?? {}, locale: 'en', mode: 'connected', version: 'ver_1' });
}

/** Three screens: a question, one that hangs on it, one for everyone. */
const BRANCHING = flowOf(
  [
    { kind: 'short-text', ...base('job', { required: true }) },
    {
      kind: 'short-text',
      ...base('team', { required: true, visibleWhen: { op: 'contains', question: 'job', value: 'head' } }),
    },
    { kind: 'email', ...base('email', { required: true }), blockedDomains: ['blocked.test'] },
  ],
  { design: { screens: [{ questions: ['job'] }, { questions: ['team'] }, { questions: ['email'] }] } },
);

/** One person's phone, as far as the endpoint sees it. */
class Talk {
  session: SessionState | null = null;
  now = NOW;
  readonly compiled: Compiled;
  readonly prefill: Answers;

  constructor(compiled: Compiled, prefill: Answers = {}) {
    this.compiled = compiled;
    this.prefill = prefill;
  }

  ask(action: string, screen = '', data: Record<string, JsonValue> = {}): Decision {
    const decision = answerRequest({
      program: this.compiled.program,
      session: this.session,
      prefill: this.prefill,
      request: { action, screen, data, flow_token: 'token' },
      now: this.now,
    });
    if (decision.kind !== 'notice' && decision.kind !== 'confirm') this.session = decision.session;
    return decision;
  }

  send(screen: string, data: Record<string, JsonValue>): Decision {
    return this.ask('data_exchange', screen, { v: 'ver_1', s: screen, ...data });
  }
}

function screenOf(decision: Decision): { screen: string; data: Record<string, JsonValue> } {
  if (decision.kind !== 'screen') throw new Error(`expected a screen, not ${decision.kind}`);
  return { screen: decision.screen, data: decision.data };
}

describe('the way through a flow', () => {
  test('INIT shows the entry screen with every declared key and nothing null', () => {
    expect(screenOf(new Talk(BRANCHING).ask('INIT'))).toEqual({ screen: 'SCREEN_A', data: { init: {}, errors: {} } });
  });

  test('a screen that does not apply is passed by, one that applies is shown with its key', () => {
    const talk = new Talk(BRANCHING);
    talk.ask('INIT');
    expect(screenOf(talk.send('SCREEN_A', { job: 'engineer' })).screen).toBe('SCREEN_C');
    const shown = screenOf(talk.send('SCREEN_A', { job: 'head of sales' }));
    expect(shown).toEqual({ screen: 'SCREEN_B', data: { init: {}, errors: {}, show_team: true } });
  });

  test('answers of a branch that was left behind are not handed on', () => {
    const talk = new Talk(BRANCHING);
    talk.ask('INIT');
    talk.send('SCREEN_A', { job: 'head' });
    talk.send('SCREEN_B', { team: 'red' });
    // Back on the phone is silent: the first screen simply comes again.
    expect(screenOf(talk.send('SCREEN_A', { job: 'cook' })).screen).toBe('SCREEN_C');
    expect(talk.send('SCREEN_C', { email: 'a@firm.test' })).toMatchObject({
      kind: 'finish',
      answers: { job: { kind: 'text', value: 'cook' }, email: { kind: 'email', value: 'a@firm.test' } },
    });
    expect(Object.keys(talk.send('SCREEN_C', { email: 'a@firm.test' }))).toContain('answers');
    const again = talk.send('SCREEN_C', { email: 'a@firm.test' });
    expect(again.kind === 'finish' && again.answers.team).toBeUndefined();
  });

  test('when each screen was sent for the last time is handed on, in the order of the path and without a branch left behind', () => {
    const talk = new Talk(BRANCHING);
    talk.ask('INIT');
    talk.send('SCREEN_A', { job: 'head' });
    talk.now = new Date('2026-11-23T12:01:00Z');
    talk.send('SCREEN_B', { team: 'red' });
    talk.now = new Date('2026-11-23T12:02:00Z');
    talk.send('SCREEN_C', { email: 'a@blocked.test' });
    talk.now = new Date('2026-11-23T12:03:00Z');
    const first = talk.send('SCREEN_C', { email: 'a@firm.test' });
    expect(first.kind === 'finish' && first.screens.map(({ screen, at }) => [screen, at.slice(11, 16)])).toEqual([
      ['SCREEN_A', NOW.toISOString().slice(11, 16)],
      ['SCREEN_B', '12:01'],
      ['SCREEN_C', '12:03'],
    ]);
    talk.now = new Date('2026-11-23T12:04:00Z');
    talk.send('SCREEN_A', { job: 'cook' });
    const second = talk.send('SCREEN_C', { email: 'a@firm.test' });
    expect(second.kind === 'finish' && second.screens.map(({ screen, at }) => [screen, at.slice(11, 16)])).toEqual([
      ['SCREEN_A', '12:04'],
      ['SCREEN_C', '12:04'],
    ]);
  });

  test('a last screen that comes again from an older path does not finish without the question that is open now', () => {
    const talk = new Talk(BRANCHING);
    talk.ask('INIT');
    talk.send('SCREEN_A', { job: 'cook' });
    talk.send('SCREEN_A', { job: 'head' });
    const decision = talk.send('SCREEN_C', { email: 'a@firm.test' });
    expect(screenOf(decision)).toMatchObject({
      screen: 'SCREEN_C',
      data: { error_message: 'Please go back: an earlier question is still open.', init: { email: 'a@firm.test' } },
    });
  });

  test('opening again shows the entry screen with what was said before', () => {
    const talk = new Talk(BRANCHING, { job: { kind: 'text', value: 'from the CRM' } });
    expect(screenOf(talk.ask('INIT')).data.init).toEqual({ job: 'from the CRM' });
    talk.send('SCREEN_A', { job: 'cook' });
    expect(screenOf(talk.ask('INIT')).data.init).toEqual({ job: 'cook' });
    expect(screenOf(talk.send('SCREEN_A', { job: 'cook' })).screen).toBe('SCREEN_C');
  });

  test('a value that the person has cleared is not filled in again', () => {
    const talk = new Talk(
      flowOf([
        { kind: 'short-text', ...base('a') },
        { kind: 'short-text', ...base('b', { required: true }) },
      ]),
      {
        a: { kind: 'text', value: 'known' },
      },
    );
    expect(screenOf(talk.ask('INIT')).data.init).toEqual({ a: 'known' });
    const redrawn = screenOf(talk.send('SCREEN_A', { a: '', b: '' }));
    expect(redrawn.data).toEqual({ init: {}, errors: { b: 'Please fill this in' } });
  });

  test('BACK shows the screen before on the path', () => {
    const talk = new Talk(BRANCHING);
    talk.ask('INIT');
    talk.send('SCREEN_A', { job: 'cook' });
    expect(screenOf(talk.ask('BACK', 'SCREEN_C'))).toMatchObject({
      screen: 'SCREEN_A',
      data: { init: { job: 'cook' } },
    });
  });

  test('a flow that was opened without the endpoint may begin with the answers of its entry screen', () => {
    expect(screenOf(new Talk(BRANCHING).send('SCREEN_A', { job: 'cook' })).screen).toBe('SCREEN_C');
  });

  test('progress counts the screens of the path', () => {
    const talk = new Talk(BRANCHING);
    talk.ask('INIT');
    talk.send('SCREEN_A', { job: 'head' });
    if (!talk.session) throw new Error('no session');
    expect(screenProgress(BRANCHING.program, talk.session, NOW)).toEqual({ number: 2, count: 3 });
  });
});

describe('what cannot be taken', () => {
  test('a refused answer redraws the same screen with everything that was sent and the error at its field', () => {
    const talk = new Talk(BRANCHING);
    talk.ask('INIT');
    talk.send('SCREEN_A', { job: 'cook' });
    expect(screenOf(talk.send('SCREEN_C', { email: 'me@mail.blocked.test' }))).toEqual({
      screen: 'SCREEN_C',
      data: { init: { email: 'me@mail.blocked.test' }, errors: { email: 'Please use another address' } },
    });
    expect(talk.send('SCREEN_C', { email: 'me@firm.test' }).kind).toBe('finish');
  });

  test('errors are said in the language of the form', () => {
    const talk = new Talk(flowOf([{ kind: 'short-text', ...base('a', { required: true }) }], { language: 'de' }));
    expect(screenOf(talk.send('SCREEN_A', { a: ' ' })).data.errors).toEqual({ a: 'Bitte ausfüllen' });
  });

  test('a screen that was never shown, an unknown one and another version get the notice, and nothing is saved', () => {
    const talk = new Talk(BRANCHING);
    talk.ask('INIT');
    const before = talk.session;
    expect(talk.send('SCREEN_C', { email: 'a@firm.test' })).toMatchObject({ kind: 'notice', screen: 'NOTICE' });
    expect(talk.send('SCREEN_X', {})).toMatchObject({ kind: 'notice', screen: 'NOTICE' });
    expect(talk.ask('data_exchange', 'SCREEN_A', { v: 'ver_0', s: 'SCREEN_A', job: 'x' })).toMatchObject({
      kind: 'notice',
      data: { text: expect.stringContaining('changed in the meantime') },
    });
    expect(talk.session).toBe(before);
  });

  test('the button of the notice closes the flow without answers', () => {
    expect(new Talk(BRANCHING).ask('data_exchange', 'NOTICE', { v: 'ver_1', s: 'NOTICE' })).toEqual({
      kind: 'notice',
      screen: 'SUCCESS',
      data: { extension_message_response: { params: { flow_token: 'token', notice: true } } },
    });
  });

  test('after a fault of ours the same screen comes again with what was sent', () => {
    const decision = answerRequest({
      program: BRANCHING.program,
      session: null,
      prefill: {},
      request: { action: 'data_exchange', screen: 'SCREEN_C', data: { email: 'a@firm.test' }, flow_token: 't' },
      now: NOW,
      redrawWith: 'our-fault',
    });
    expect(screenOf(decision)).toEqual({
      screen: 'SCREEN_C',
      data: {
        init: { email: 'a@firm.test' },
        errors: {},
        error_message: 'Something went wrong on our side. Please press the button again.',
      },
    });
  });

  test('values of the wrong type, foreign keys and ids that are not on the list never reach the screen or the answers', () => {
    const compiled = flowOf([
      {
        kind: 'single-choice',
        ...base('color'),
        choices: [
          { id: 'red', label: 'Red' },
          { id: 'blue', label: 'Blue' },
        ],
      },
      { kind: 'short-text', ...base('name') },
    ]);
    const talk = new Talk(compiled);
    const redrawn = screenOf(talk.send('SCREEN_A', { color: 'green', name: { a: 1 }, __proto__: 'x', extra: 'y' }));
    expect(redrawn.data).toEqual({ init: {}, errors: { color: 'Please choose from the list' } });
    expect(talk.send('SCREEN_A', { color: 'red', name: null, extra: 'y' })).toMatchObject({
      kind: 'finish',
      answers: { color: { kind: 'choice', choiceId: 'red' } },
    });
  });

  test('every notice text exists for connected flows and there is none for light ones', () => {
    expect(noticeScreen(BRANCHING.program, 'foreign-token')?.screen).toBe('NOTICE');
    expect(noticeScreen(null, 'our-fault')).toBeNull();
  });
});

describe('values known beforehand', () => {
  test('the contact comes before the form, and what does not fit is left out', () => {
    const choices = [
      { id: 'de', label: 'Germany' },
      { id: 'fr', label: 'France' },
    ];
    const compiled = flowOf([
      { kind: 'single-choice', ...base('country', { defaultValue: 'fr' }), choices },
      { kind: 'single-choice', ...base('second', { defaultValue: 'fr' }), choices },
      { kind: 'short-text', ...base('first', { defaultValue: 'Ada' }), maxLength: 5 },
      { kind: 'number', ...base('seats'), max: 10 },
    ]);
    const talk = new Talk(compiled, {
      country: { kind: 'choice', choiceId: 'de' },
      second: { kind: 'choice', choiceId: 'gone' },
      first: { kind: 'text', value: 'Alexandra' },
      seats: { kind: 'number', value: '11' },
    });
    expect(screenOf(talk.ask('INIT')).data.init).toEqual({ country: 'de', second: 'fr', first: 'Ada' });
  });

  test('consent, ticks that must be given and document numbers are never filled in', () => {
    const compiled = flowOf([
      { kind: 'checkbox', ...base('terms', { required: true, defaultValue: true }), mustAccept: true },
      { kind: 'short-text', ...base('passport', { label: 'Passport number' }) },
      { kind: 'checkbox', ...base('news', { defaultValue: true }), mustAccept: false },
    ]);
    const talk = new Talk(compiled, {
      terms: { kind: 'boolean', value: true },
      passport: { kind: 'text', value: 'C01X00T47' },
    });
    expect(screenOf(talk.ask('INIT')).data.init).toEqual({ news: true });
  });

  test('a light flow is given the complete model of its entry screen, also when nothing is known', () => {
    const form = toForm(readFixture('kyc.json'));
    const { program, flowJson } = compile({ form, design: {}, locale: 'en', mode: 'light' });
    const data = prefillForLight(program, { '0-1/legal_name': { kind: 'text', value: 'Ada Lovelace' } });
    expect(Object.keys(data ?? {}).toSorted()).toEqual(Object.keys(flowJson.screens[0]?.data ?? {}).toSorted());
    expect(data?.init).toEqual({ legal_name: 'Ada Lovelace' });
    expect(Object.keys(prefillForLight(program, {}) ?? {})).toEqual(Object.keys(data ?? {}));
  });
});

describe('light flows', () => {
  const { program } = compile({
    form: toForm(readFixture('contact-request.json')),
    design: {},
    locale: 'en',
    mode: 'light',
    version: 'ver_9',
  });
  const good = {
    v: 'ver_9',
    firstname: 'Ada',
    lastname: 'Lovelace',
    email: 'ada@firm.test',
    phone: '+49 151 23456789',
    topic: 'support',
    order_number: '42',
    message: 'Hello',
    processing: true,
    consent_41001: false,
  };

  test('good answers come through typed, without a flag, with the version they were given in', () => {
    const { answers, flags, versionId } = answersFromComplete(program, JSON.stringify(good), NOW);
    expect(flags).toEqual([]);
    expect(versionId).toBe('ver_9');
    expect(answers).toMatchObject({
      '0-1/phone': { kind: 'phone', value: '+4915123456789' },
      '0-1/topic': { kind: 'choice', choiceId: 'support' },
      'consent/processing': { kind: 'boolean', value: true },
      'consent/41001': { kind: 'boolean', value: false },
    });
  });

  test('a bad answer is kept and flagged, and an answer that does not apply is dropped', () => {
    const { answers, flags } = answersFromComplete(
      program,
      { ...good, email: 'ada@competitor.example', topic: 'sales', phone: '12' },
      NOW,
    );
    expect(flags).toEqual([
      { question: '0-1/email', code: 'email-blocked' },
      { question: '0-1/phone', code: 'phone' },
    ]);
    expect(answers['0-1/email']).toEqual({ kind: 'email', value: 'ada@competitor.example' });
    expect(answers['0-1/order_number']).toBeUndefined();
  });

  test.each([null, 'not json', 42, [], '{"v":1'])('%j gives no answers and does not throw', (input) => {
    const { answers, flags } = answersFromComplete(program, input, NOW);
    expect(Object.values(answers).filter((answer) => answer.kind !== 'boolean')).toEqual([]);
    expect(flags.map((flag) => flag.question)).toContain('0-1/email');
  });
});
