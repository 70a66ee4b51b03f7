import { describe, expect, it } from 'vitest';
import { Alert, Select, Tab, Toggle } from '@hubspot/ui-extensions';
import { createFakeServer, type FakeServer } from './support/fake-server.ts';
import { allText, button, eventually, press, seeText } from './support/pressing.ts';
import { renderSettings } from './support/render.tsx';
import { aFlow, alertsOf, anAccount, anAlert, NOW, setup } from './support/sample-data.ts';

const server = (change: Parameters<typeof createFakeServer>[0] = {}): FakeServer =>
  createFakeServer({ setup: setup({ accounts: [anAccount()], nextStep: 'map-answers' }), flows: [aFlow()], ...change });
const posts = (at: FakeServer) =>
  at.calls.filter((call) => call.method === 'POST' && call.path.startsWith('/api/alerts'));
const webhooks = [
  { webhookId: 'whk_1', name: 'Pager', state: 'on' as const },
  { webhookId: 'whk_2', name: 'Old CRM', state: 'off' as const },
];

describe('what needs you', () => {
  it('an account where everything works says so, and offers ways to be told', async () => {
    const page = renderSettings(server());
    await seeText(page, 'Nothing needs you');
    expect(allText(page)).toContain('There is no webhook yet.');
    expect(page.findAll(Tab).map((tab) => tab.props.title)).toContain('What needs you');
  });

  it('each alert says what happened, what to do and since when; the tab says how many there are', async () => {
    const soon = anAlert({ alertId: 'alr_2', severity: 'soon', title: 'A token ends soon' });
    const alerts = alertsOf({ open: [anAlert(), soon] });
    const page = renderSettings(
      server({ alerts, setup: setup({ accounts: [anAccount()], alerts: 2, nextStep: 'map-answers' }) }),
    );
    await seeText(page, 'could not be delivered to the contact');
    expect(allText(page)).toContain('Try delivery again');
    expect(allText(page)).toMatch(/Since /);
    const shown = page.findAll(Alert).filter((one) => one.props.title !== undefined);
    expect(shown.map((one) => [one.props.title, one.props.variant])).toEqual(
      expect.arrayContaining([
        ['Submissions were not delivered', 'danger'],
        ['A token ends soon', 'warning'],
      ]),
    );
    expect(page.findAll(Tab).map((tab) => tab.props.title)).toContain('What needs you (2)');
  });

  it('one that was seen reminds of nothing more, and says so', async () => {
    const at = server({ alerts: alertsOf({ open: [anAlert()] }) });
    const page = renderSettings(at);
    await eventually(() => button(page, 'I have seen this'));
    press(page, 'I have seen this');
    await seeText(page, 'Seen: no reminder until more of it happens.');
    expect(posts(at).map((call) => call.path)).toEqual(['/api/alerts/alr_1/quiet']);
  });

  it('the ways are saved together, once something was changed', async () => {
    const at = server({ alerts: alertsOf({ ways: { ...alertsOf().ways, webhooks } }) });
    const page = renderSettings(at);
    await eventually(() => page.find(Select, { name: 'alert-webhook' }));
    const save = () => button(page, 'Save').props as { disabled?: boolean };
    expect(save().disabled).toBe(true);
    const select = page.find(Select, { name: 'alert-webhook' });
    expect(select.props.options.map((option) => option.label)).toEqual([
      'No webhook',
      'Pager',
      'Old CRM (switched off)',
    ]);
    select.trigger('onChange', 'whk_1' as never);
    page
      .findAll(Toggle)
      .find((one) => String(one.props.label).startsWith('A task in HubSpot'))
      ?.trigger('onChange', true as never);
    await eventually(() => expect(save().disabled).toBe(false));
    press(page, 'Save');
    await eventually(() => expect(posts(at)[0]?.body).toMatchObject({ webhookId: 'whk_1', task: true }));
    await seeText(page, 'The tasks belong to nobody');
  });

  it('a way that does not work, what was mended, the reports and the figures are shown', async () => {
    const alerts = alertsOf({
      ways: {
        webhookId: 'whk_1',
        task: false,
        taskHasOwner: false,
        webhooks,
        problem: 'It did not reach your webhook.',
      },
      mended: [anAlert({ mendedAt: NOW, title: 'A flow was blocked' })],
      reports: [{ at: NOW, flowName: 'Customer survey', text: 'Failed calls: 6 % (warning)' }],
      measures: [{ flowName: 'Customer survey', requests: 120, p90Ms: 200, errorPercent: 0.8, unansweredPercent: 0 }],
    });
    const page = renderSettings(server({ alerts }));
    await seeText(page, 'It did not reach your webhook.');
    for (const text of ['A flow was blocked', 'Failed calls: 6 % (warning)', 'up to 200 ms', '0.8 %'])
      expect(allText(page)).toContain(text);
  });

  it('a list that cannot be loaded says so and is tried again', async () => {
    const at = server();
    at.failNext('GET /api/alerts', { kind: 'error', status: 503, code: 'x', message: 'The server is busy.' });
    const page = renderSettings(at);
    await seeText(page, 'The server is busy.');
  });
});
