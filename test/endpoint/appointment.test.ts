import { compile } from '@flowella/shared/compile/compile.ts';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import type { JsonValue } from '@flowella/shared/flow-json/flow-json.ts';
import { APPOINTMENT } from '@flowella/shared/form/appointment.ts';
import type { AppointmentDesign } from '@flowella/shared/form/design.ts';
import type { Form, Item } from '@flowella/shared/form/form.ts';
import { describe, expect, test } from 'vitest';
import type { FreeTimes } from '../../server/destinations/calendar/free-times.ts';
import { answerRequest, type Decision } from '../../server/endpoint/answer-request.ts';
import { decideWithFreeTimes } from '../../server/endpoint/free-times-for.ts';
import type { SessionState } from '../../server/endpoint/session-state.ts';

const NOW = new Date('2026-11-27T12:00:00Z');
const appointment: AppointmentDesign = {
  link: 'rosa/first-call',
  name: 'First call',
  minutes: 30,
  timeZone: 'Europe/Berlin',
  zone: 'account',
  label: 'When may we call you?',
  wishLabel: 'On which day do you wish to be called?',
  noTimes: 'There are no free times at the moment.',
};
const email: Item = { kind: 'email', id: 'email', label: 'E-mail', required: true, origin: {} };
const tool: Item = { kind: 'unsupported', rawType: 'calendly', id: 'cal', label: 'Date', required: true, origin: {} };

function flow(items: Item[], change: Partial<AppointmentDesign> = {}, mode?: 'connected' | 'light') {
  const form: Form = {
    source: 'typeform',
    sourceFormId: 'f',
    name: 'Form',
    language: 'en',
    revision: '0',
    pages: [{ id: 'p', items }],
    hidden: [],
    notices: [],
  };
  const design = { appointment: { ...appointment, ...change } };
  return compile({ form, design, locale: 'en', version: 'ver_1', ...(mode ? { mode } : {}) });
}

/** Late on the 30th in Berlin, and the first of December twice: at nine and at ten past eleven at night UTC. */
const STARTS = ['2026-11-30T21:30:00.000Z', '2026-12-01T09:00:00.000Z', '2026-12-01T23:10:00.000Z'];
const BERLIN: FreeTimes = { timeZone: 'Europe/Berlin', starts: STARTS };

class Talk {
  session: SessionState | null = null;
  readonly compiled: ReturnType<typeof flow>;
  freeTimes: FreeTimes | undefined;

  constructor(compiled: ReturnType<typeof flow>, freeTimes?: FreeTimes) {
    this.compiled = compiled;
    this.freeTimes = freeTimes;
  }

  ask(action: string, screen = '', data: Record<string, JsonValue> = {}): Decision {
    const decision = answerRequest({
      program: this.compiled.program,
      session: this.session,
      prefill: {},
      request: { action, screen, data, flow_token: 'token' },
      now: NOW,
      ...(this.freeTimes ? { freeTimes: this.freeTimes } : {}),
    });
    if ('session' in decision) this.session = decision.session;
    return decision;
  }

  send(screen: string, data: Record<string, JsonValue>): Decision {
    return this.ask('data_exchange', screen, { v: 'ver_1', s: screen, ...data });
  }
}

function shown(decision: Decision): Record<string, JsonValue> & { screen: string } {
  if (decision.kind !== 'screen') throw new Error(`expected a screen, not ${JSON.stringify(decision)}`);
  return { ...decision.data, screen: decision.screen };
}
const DAY = 'appointment_day';
const TIME = 'appointment';

describe('an appointment in a flow', () => {
  test.each([['connected' as const], ['light' as const], [undefined]])('is valid Flow JSON (%s)', (mode) => {
    for (const items of [[email, tool], [tool], [email]]) {
      const { flowJson } = flow(items, { question: 'cal' }, mode);
      expect(validateFlowJson(JSON.stringify(flowJson))).toEqual({ validationErrors: [], warnings: [] });
    }
  });

  test('needs the server, stands in the place of the tool’s own question, and the report says what happens', () => {
    const { mode, report } = flow([tool, email], { question: 'cal' });
    expect(mode).toBe('connected');
    expect(report.map(({ question, code }) => [question, code])).toEqual([
      [APPOINTMENT.day, 'appointment_day'],
      [APPOINTMENT.wish, 'appointment_wish'],
      [APPOINTMENT.time, 'appointment_time'],
      ['email', 'kept'],
    ]);
  });

  test('in a light flow only a wished day is asked for, and the report says that nothing is booked', () => {
    const { report, program } = flow([email, tool], { question: 'cal' }, 'light');
    expect(program.fields.map(({ question }) => question.id)).toEqual(['email', APPOINTMENT.wish]);
    expect(report.at(-1)).toMatchObject({
      question: APPOINTMENT.wish,
      outcome: 'changed',
      code: 'appointment_wish_only',
    });
  });

  test('offers the days of the time zone, then the times of the chosen day, and takes one of them', () => {
    const talk = new Talk(flow([tool], { question: 'cal' }), BERLIN);
    const first = shown(talk.ask('INIT'));
    expect(first).toMatchObject({
      [`show_${DAY}`]: true,
      [`options_${DAY}`]: [
        { id: '2026-11-30', title: 'Mon, November 30' },
        { id: '2026-12-01', title: 'Tue, December 1' },
        { id: '2026-12-02', title: 'Wed, December 2' },
      ],
      [`note_${DAY}`]: 'Central European Time (GMT+1)',
    });
    const second = shown(talk.send(first.screen, { [DAY]: '2026-12-02' }));
    expect(second[`options_${TIME}`]).toEqual([{ id: STARTS[2], title: '12:10 AM' }]);
    const last = shown(talk.send(second.screen, { [TIME]: STARTS[2] ?? '' }));
    expect(talk.send(last.screen, {})).toMatchObject({
      kind: 'finish',
      answers: {
        [APPOINTMENT.day]: { kind: 'date', value: '2026-12-02' },
        [APPOINTMENT.time]: {
          kind: 'appointment',
          value: STARTS[2],
          minutes: 30,
          timeZone: 'Europe/Berlin',
          link: 'rosa/first-call',
        },
      },
    });
  });

  test('shows the person’s own time where the flow offers it', () => {
    const talk = new Talk(flow([tool], { question: 'cal' }), { timeZone: 'Asia/Tokyo', starts: STARTS });
    const first = shown(talk.ask('INIT'));
    expect((first[`options_${DAY}`] as { id: string }[]).map(({ id }) => id)).toEqual(['2026-12-01', '2026-12-02']);
    const second = shown(talk.send(first.screen, { [DAY]: '2026-12-01' }));
    expect(second[`options_${TIME}`]).toEqual([
      { id: STARTS[0], title: '06:30 AM' },
      { id: STARTS[1], title: '06:00 PM' },
    ]);
  });

  test.each([
    ['none are free', { timeZone: 'Europe/Berlin', starts: [] }],
    ['they are not known in time', { timeZone: 'Europe/Berlin', starts: null }],
    ['nobody reads them', undefined],
  ])('where %s, it says so and asks for a day that is wished instead', (_why, freeTimes) => {
    const talk = new Talk(flow([tool], { question: 'cal' }), freeTimes);
    const first = shown(talk.ask('INIT'));
    expect(first).toMatchObject({ [`show_${DAY}`]: false, [`note_${DAY}`]: appointment.noTimes });
    expect(first[`options_${DAY}`], 'a menu may not be empty').toHaveLength(1);
    const second = shown(talk.send(first.screen, { [DAY]: '' }));
    expect(second.screen).toBe('SCREEN_B');
    expect(shown(talk.send(second.screen, {}))).toMatchObject({ errors: { appointment_wish: expect.anything() } });
    const last = shown(talk.send(second.screen, { appointment_wish: '2026-12-05' }));
    // The screen of the times is passed by: the last one only sends.
    expect(talk.send(last.screen, {})).toMatchObject({
      kind: 'finish',
      answers: { [APPOINTMENT.wish]: { kind: 'date', value: '2026-12-05' } },
    });
  });

  test('a time that was taken meanwhile is refused and no longer offered; another can be chosen', () => {
    const talk = new Talk(flow([tool], { question: 'cal' }), BERLIN);
    talk.send(shown(talk.ask('INIT')).screen, { [DAY]: '2026-12-01' });
    talk.freeTimes = { ...BERLIN, starts: [...STARTS.slice(2), '2026-12-01T10:00:00.000Z'].toSorted() };
    const again = shown(talk.send('SCREEN_C', { [TIME]: STARTS[1] ?? '' }));
    expect(again.errors).toEqual({ [TIME]: expect.stringMatching(/./) });
    expect(again.init).toEqual({});
    expect(again[`options_${TIME}`]).toEqual([{ id: '2026-12-01T10:00:00.000Z', title: '11:00 AM' }]);
    const last = shown(talk.send('SCREEN_C', { [TIME]: '2026-12-01T10:00:00.000Z' }));
    expect(talk.send(last.screen, {}).kind).toBe('finish');
  });

  test('a time that is taken while the last screen is open is not accepted: the person is asked to go back', () => {
    const talk = new Talk(flow([tool, email], { question: 'cal' }), BERLIN);
    talk.send(shown(talk.ask('INIT')).screen, { [DAY]: '2026-12-01' });
    const last = shown(talk.send('SCREEN_C', { [TIME]: STARTS[1] ?? '' }));
    talk.freeTimes = { ...BERLIN, starts: [...STARTS.slice(2), '2026-12-01T10:00:00.000Z'].toSorted() };
    expect(shown(talk.send(last.screen, { email: 'a@b.test' }))).toMatchObject({
      screen: last.screen,
      error_message: expect.stringContaining('go back'),
    });
    expect(shown(talk.ask('BACK', last.screen))).toMatchObject({
      screen: 'SCREEN_C',
      [`options_${TIME}`]: [{ id: '2026-12-01T10:00:00.000Z', title: '11:00 AM' }],
    });
  });

  test('what was chosen before stays chosen while HubSpot does not answer', () => {
    const talk = new Talk(flow([tool, email], { question: 'cal' }), BERLIN);
    talk.send(shown(talk.ask('INIT')).screen, { [DAY]: '2026-12-01' });
    const last = shown(talk.send('SCREEN_C', { [TIME]: STARTS[1] ?? '' }));
    talk.freeTimes = { timeZone: 'Europe/Berlin', starts: null };
    expect(talk.send(last.screen, { email: 'ada@acme.test' })).toMatchObject({
      kind: 'finish',
      answers: { [APPOINTMENT.time]: { value: STARTS[1] } },
    });
  });

  test('a time of another day, a made-up time and the empty menu’s only item are refused', () => {
    const talk = new Talk(flow([tool], { question: 'cal' }), BERLIN);
    talk.send(shown(talk.ask('INIT')).screen, { [DAY]: '2026-12-01' });
    for (const value of [STARTS[2], '2026-12-01T08:00:00.000Z', 'none', '2026-12-01', '<b>'])
      expect(shown(talk.send('SCREEN_C', { [TIME]: value ?? '' })).errors).toEqual({ [TIME]: expect.anything() });
    talk.send('SCREEN_A', { [DAY]: '2026-12-02' });
    expect(shown(talk.send('SCREEN_C', { [TIME]: STARTS[1] ?? '' })).errors).toEqual({ [TIME]: expect.anything() });
  });

  test('before a time is taken for good HubSpot is asked anew; nothing else asks twice', async () => {
    const talk = new Talk(flow([tool], { question: 'cal' }), BERLIN);
    const asked: boolean[] = [];
    const through = (action: string, screen: string, data: Record<string, JsonValue>, now: FreeTimes) => {
      const { session } = talk;
      return decideWithFreeTimes(
        async (anew) => {
          asked.push(anew);
          return anew ? now : BERLIN;
        },
        (freeTimes) => {
          talk.session = session;
          talk.freeTimes = freeTimes ?? undefined;
          return talk.ask(action, screen, { v: 'ver_1', s: screen, ...data });
        },
      );
    };
    await through('data_exchange', 'SCREEN_A', { [DAY]: '2026-12-01' }, BERLIN);
    const last = shown(await through('data_exchange', 'SCREEN_C', { [TIME]: STARTS[1] ?? '' }, BERLIN));
    expect(asked).toEqual([false, false]);
    const taken = { ...BERLIN, starts: STARTS.filter((start) => start !== STARTS[1]) };
    expect((await through('data_exchange', last.screen, {}, taken)).kind).toBe('screen');
    expect(asked).toEqual([false, false, false, true]);
    const unknown = { ...BERLIN, starts: null };
    expect((await through('data_exchange', last.screen, {}, unknown)).kind, 'not known: booked or told').toBe('finish');
  });

  test('a question that is shown under a condition keeps it', () => {
    const job: Item = { kind: 'short-text', id: 'job', label: 'Job', required: true, origin: {} };
    const visibleWhen = { op: 'contains' as const, question: 'job', value: 'head' };
    const talk = new Talk(flow([job, { ...tool, visibleWhen }, email], { question: 'cal' }), BERLIN);
    const passed = shown(talk.send(shown(talk.ask('INIT')).screen, { job: 'cook' }));
    expect(Object.keys(passed).filter((key) => key.includes('appointment'))).toEqual([]);
    expect(talk.send(passed.screen, { email: 'a@b.test' }).kind).toBe('finish');
    const asked = shown(talk.send('SCREEN_A', { job: 'head' }));
    expect(asked[`options_${DAY}`]).toHaveLength(3);
  });
});
