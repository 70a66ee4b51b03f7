import { describe, expect, it } from 'vitest';
import { Accordion, Link, Tabs } from '@hubspot/ui-extensions';
import type { StoppedGroup, StoppedListResponse } from '@flowella/shared/contract/stopped.ts';
import { createFakeServer, type FakeServer } from './support/fake-server.ts';
import { allText, button, eventually, press, seeText } from './support/pressing.ts';
import { renderSettings } from './support/render.tsx';
import { aFlow, anAccount, NOW, setup } from './support/sample-data.ts';

const REFUSED =
  'HubSpot refused the value for “city”. Check the rules of this property in HubSpot, then deliver again.';

const group = (change: Partial<StoppedGroup> = {}): StoppedGroup => ({
  destination: 'contact',
  state: 'dead',
  code: 'value_refused',
  count: 3,
  reasons: [{ text: REFUSED, count: 3 }],
  mend: 'Open the property in HubSpot and correct it.',
  formGone: [],
  oldestAt: NOW,
  answersUntil: null,
  ...change,
});
const line = (n: number): StoppedListResponse['deliveries'][number] => ({
  deliveryId: `dlv_${n}`,
  submissionId: `sub_${n}`,
  destination: 'contact',
  state: 'dead',
  reason: `${REFUSED} ${n}`,
  attempts: 2,
  flowName: 'Customer survey',
  acceptedAt: NOW,
  stoppedAt: NOW,
  contactLink: n === 1 ? 'https://app.hubspot.com/contacts/1/record/0-1/7' : null,
});
const server = (change: Parameters<typeof createFakeServer>[0] = {}): FakeServer =>
  createFakeServer({ setup: setup({ accounts: [anAccount()], nextStep: 'done' }), flows: [aFlow()], ...change });
const posts = (at: FakeServer, path: string) =>
  at.calls.filter((call) => call.method === 'POST' && call.path === path).map((call) => call.body);

describe('deliveries that stopped', () => {
  it('says that nothing did, and what is still on its way by itself', async () => {
    const underWay = [
      { destination: 'webhook' as const, count: 4, atLeast: false, nextTryAt: NOW },
      { destination: 'contact' as const, count: 10_000, atLeast: true, nextTryAt: null },
    ];
    const page = renderSettings(server({ stopped: { groups: [], underWay } }));
    await seeText(page, 'Nothing has stopped');
    expect(allText(page)).toMatch(/Webhook: 4 · next try .+/);
    expect(allText(page)).toContain('Contact properties: 10000 or more');
  });

  it('are read anew when the tab is chosen, since what stopped is mended in the others', async () => {
    const at = server({ stopped: { groups: [group()], underWay: [] } });
    const page = renderSettings(at);
    await seeText(page, '3 deliveries stopped');
    at.state.stopped = { groups: [], underWay: [] };
    page.find(Tabs).trigger('onSelectedChange', 'stopped' as never);
    await seeText(page, 'Nothing has stopped');
  });

  it('are shown in groups, each with why, what to do, how old it is and until when it can be mended', async () => {
    const groups = [
      group({ answersUntil: NOW }),
      group({
        destination: 'form-submission',
        state: 'held',
        code: 'form_changed',
        reasons: [
          { text: 'The form was changed (city).', count: 2 },
          { text: 'The form was changed (name).', count: 1 },
        ],
        mend: 'Open the flow.',
      }),
    ];
    const page = renderSettings(server({ stopped: { groups, underWay: [] } }));
    await seeText(page, '6 deliveries stopped');
    const text = allText(page);
    for (const part of [
      REFUSED,
      'Open the property in HubSpot and correct it.',
      'Not delivered',
      'Contact properties: 3',
    ])
      expect(text).toContain(part);
    expect(text).toMatch(/The first of these answers are deleted .+ mend it before/);
    expect(text).toContain('The form was changed (city). (2 of them)');
    expect(text).toContain('Waits for a decision');
    expect(text).toContain('Their answers are kept until you delete them.');
  });

  it('of one kind are all tried again, with the number of them', async () => {
    const at = server({ stopped: { groups: [group(), group({ destination: 'timeline', count: 1 })], underWay: [] } });
    const page = renderSettings(at);
    await eventually(() => button(page, 'Try all of these again'));
    press(page, 'Try all of these again');
    await seeText(page, '3 deliveries are tried again');
    expect(posts(at, '/api/stopped-deliveries/replay')).toEqual([
      { idempotencyKey: expect.any(String), kind: { destination: 'contact', code: 'value_refused' } },
    ]);
    await seeText(page, '1 delivery stopped');
  });

  it('are all tried again at once, and what did not fit into one press is said', async () => {
    const groups = [group({ count: 10_000 }), group({ destination: 'timeline' })];
    const at = server({ stopped: { groups, underWay: [] }, stoppedRemaining: 250 });
    const page = renderSettings(at);
    await eventually(() => button(page, 'Try everything again'));
    press(page, 'Try everything again');
    await seeText(page, '250 are left, more than fit into one press. Press once more.');
    expect(posts(at, '/api/stopped-deliveries/replay')).toEqual([{ idempotencyKey: expect.any(String) }]);
  });

  it('are listed one by one when somebody asks, page by page, with their contact; one is tried again', async () => {
    const at = server({ stopped: { groups: [group()], underWay: [] }, stoppedList: [line(1), line(2), line(3)] });
    const page = renderSettings(at);
    await seeText(page, 'Show each of them');
    const listed = () => at.calls.filter((call) => call.path === '/api/stopped-deliveries/contact/value_refused');
    expect(listed()).toEqual([]);
    page.find(Accordion, { title: 'Show each of them' }).trigger('onClick');
    await seeText(page, `${REFUSED} 2`);
    expect(allText(page)).not.toContain(`${REFUSED} 3`);
    expect(page.findAll(Link).some((link) => JSON.stringify(link.props.href).includes('/record/0-1/7'))).toBe(true);
    press(page, 'Next page');
    await seeText(page, `${REFUSED} 3`);
    expect(listed().at(-1)?.query).toMatchObject({ after: '2' });
    press(page, 'First page');
    await seeText(page, `${REFUSED} 1`);
    press(page, 'Try again');
    await eventually(() => expect(posts(at, '/api/deliveries/dlv_1/replay')).toHaveLength(1));
    await eventually(() => expect(allText(page)).not.toContain(`${REFUSED} 1`));
  });

  it('says what the server said when they could not be tried again', async () => {
    const at = server({ stopped: { groups: [group()], underWay: [] } });
    const page = renderSettings(at);
    await eventually(() => button(page, 'Try all of these again'));
    at.failNext('POST /api/stopped-deliveries', { kind: 'error', status: 503, code: 'x', message: 'Not now.' });
    press(page, 'Try all of these again');
    await seeText(page, 'They were not tried again');
    expect(allText(page)).toContain('Not now.');
  });

  it('for a deleted form are given up by flow, only after a second press, and never by mistake', async () => {
    const formGone = [{ flowId: 'flw_nps', flowName: 'Customer survey', count: 3, nowhereElse: 1 }];
    const held = { destination: 'form-submission', state: 'held', code: 'form_gone' } as const;
    const at = server({ stopped: { groups: [group({ ...held, formGone })], underWay: [] } });
    const path = '/api/flows/flw_nps/held-submissions';
    const page = renderSettings(at);
    await seeText(page, '“Customer survey”: 3 for a form that was deleted');
    expect(allText(page)).toContain('For 1 of them, no other place has any answer');
    press(page, 'Give all 3 up');
    await seeText(page, 'This cannot be taken back.');
    press(page, 'No, keep them waiting');
    await eventually(() => button(page, 'Give all 3 up'));
    expect(posts(at, path)).toEqual([]);
    press(page, 'Give all 3 up');
    await eventually(() => button(page, 'Yes, they will not go to the form'));
    at.failNext(`POST ${path}`, { kind: 'error', status: 409, code: 'form_not_gone', message: 'It is there again.' });
    press(page, 'Yes, they will not go to the form');
    await seeText(page, 'It is there again.');
    press(page, 'Yes, they will not go to the form');
    await eventually(() => expect(posts(at, path)).toHaveLength(2));
    expect(posts(at, path)).toMatchObject([{ decision: 'give-up' }, { decision: 'give-up' }]);
    await eventually(() => expect(page.mocks.actions.addAlert.callCount).toBe(1));
  });

  it('speaks German', async () => {
    const page = renderSettings(server({ stopped: { groups: [group()], underWay: [] } }), {
      language: 'de',
      locale: 'de',
    });
    await seeText(page, '3 Zustellungen haben angehalten');
    button(page, 'Alle davon erneut zustellen');
  });
});
