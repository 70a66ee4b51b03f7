import { describe, expect, it } from 'vitest';
import { Form, Input, Select, Toggle } from '@hubspot/ui-extensions';
import { createFakeServer, type FakeServer } from './support/fake-server.ts';
import { allText, button, eventually, press, seeText } from './support/pressing.ts';
import { renderSettings } from './support/render.tsx';
import { aFlow, anAccount, aWebhook, NOW, setup } from './support/sample-data.ts';

type Page = ReturnType<typeof renderSettings>;

/** The first steps are done, so that no other form stands on the page. */
const server = (change: Parameters<typeof createFakeServer>[0] = {}): FakeServer =>
  createFakeServer({ setup: setup({ accounts: [anAccount()], nextStep: 'map-answers' }), flows: [aFlow()], ...change });
const calls = (at: FakeServer, start: string) =>
  at.calls.filter((call) => `${call.method} ${call.path}`.startsWith(start));
const input = (page: Page, name: string) => page.find(Input, { name: `webhook-${name}` });
const type = async (page: Page, name: string, value: string) => {
  input(page, name).trigger('onInput', value as never);
  await eventually(() => expect(input(page, name).props.value).toBe(value));
};

describe('webhooks in the settings', () => {
  it('one is added with name and address, and its secret is shown until it was copied', async () => {
    const at = server();
    const page = renderSettings(at);
    await seeText(page, 'There is no webhook yet.');
    await type(page, 'name', ' Our CRM ');
    await type(page, 'url', 'https://hooks.acme.io/in');
    page.findAll(Form).at(-1)?.trigger('onSubmit');
    await eventually(() => expect(input(page, 'secret').props).toMatchObject({ value: 'whsec_first', readOnly: true }));
    expect(calls(at, 'POST /api/webhooks')[0]?.body).toMatchObject({
      name: 'Our CRM',
      url: 'https://hooks.acme.io/in',
    });
    expect(input(page, 'name').props.value).toBe('');
    press(page, 'I have copied it');
    await eventually(() => expect(page.findAll(Input, { name: 'webhook-secret' })).toHaveLength(0));
    expect(allText(page)).toContain('Our CRM');
  });

  it('what is missing is marked and the server is not asked; what it refuses is said', async () => {
    const at = server();
    const page = renderSettings(at);
    await seeText(page, 'There is no webhook yet.');
    page.findAll(Form).at(-1)?.trigger('onSubmit');
    await eventually(() => expect(input(page, 'url').props.validationMessage).toBe('This is needed.'));
    expect(calls(at, 'POST')).toEqual([]);
    await type(page, 'name', 'x');
    await type(page, 'url', 'https://10.0.0.1/');
    at.failNext('POST /api/webhooks', {
      kind: 'error',
      status: 422,
      code: 'x',
      message: 'Not on the public internet.',
    });
    page.findAll(Form).at(-1)?.trigger('onSubmit');
    await seeText(page, 'Not on the public internet.');
    expect(input(page, 'url').props.value).toBe('https://10.0.0.1/');
  });

  it('one that was switched off says why and what waits, and is switched on', async () => {
    const notice = 'The receiver says that this address is gone for good (410).';
    const at = server({ webhooks: [aWebhook({ state: 'off', notice, held: 3, flows: ['Customer survey'] })] });
    const page = renderSettings(at);
    await seeText(page, notice);
    expect(allText(page)).toContain('3 submissions wait for it.');
    expect(allText(page)).toContain('Used by “Customer survey”');
    press(page, 'Switch on');
    await eventually(() => button(page, 'Switch off'));
    expect(calls(at, 'PATCH /api/webhooks/whk_1')[0]?.body).toMatchObject({ state: 'on' });
  });

  it('a new secret is asked about first and shown once', async () => {
    const at = server({ webhooks: [aWebhook()] });
    const page = renderSettings(at);
    await eventually(() => button(page, 'Make a new secret'));
    press(page, 'Make a new secret');
    await seeText(page, 'Calls are signed with the new and the present secret for one day.');
    expect(calls(at, 'POST')).toEqual([]);
    press(page, 'Make a new secret');
    await eventually(() => expect(input(page, 'secret').props.value).toBe('whsec_second'));
    expect(calls(at, 'POST /api/webhooks/whk_1/rotate')).toHaveLength(1);
    await seeText(page, 'The secret before this one signs too until');
  });

  it('a test says in the server’s words what came of it', async () => {
    const at = server({
      webhooks: [aWebhook()],
      webhookTest: { delivered: false, status: 401, message: 'The receiver refused the call (401).' },
    });
    const page = renderSettings(at);
    await eventually(() => button(page, 'Send a test'));
    press(page, 'Send a test');
    await seeText(page, 'The receiver refused the call (401).');
    expect(allText(page)).toContain('The test did not arrive');
  });

  it('is changed and deleted; deleting is asked about first', async () => {
    const at = server({ webhooks: [aWebhook()] });
    const page = renderSettings(at);
    await eventually(() => button(page, 'Change'));
    press(page, 'Change');
    await eventually(() => expect(page.findAll(Input, { name: 'webhook-url' })).toHaveLength(2));
    page.findAll(Input, { name: 'webhook-url' })[0]?.trigger('onInput', 'https://hooks.acme.io/new' as never);
    await eventually(() => expect(input(page, 'url').props.value).toBe('https://hooks.acme.io/new'));
    page.findAll(Form).at(-2)?.trigger('onSubmit');
    await seeText(page, 'https://hooks.acme.io/new');
    await eventually(() => button(page, 'Delete'));
    press(page, 'Delete');
    await seeText(page, 'Its secret is destroyed.');
    expect(calls(at, 'POST')).toEqual([]);
    press(page, 'Delete');
    await seeText(page, 'There is no webhook yet.');
  });

  it('the last deliveries are listed with state, attempts and reason', async () => {
    const line = {
      deliveryId: 'dlv_1',
      submissionId: 'sub_1',
      flowName: 'Customer survey',
      state: 'waiting' as const,
      reason: 'The receiver answered 500.',
      attempts: 2,
      createdAt: NOW,
      dueAt: NOW,
      deliveredAt: null,
    };
    const page = renderSettings(server({ webhooks: [aWebhook()], webhookDeliveries: [line] }));
    await seeText(page, '2 attempts · The receiver answered 500.');
    expect(allText(page)).toContain('sub_1');
  });
});

describe('a webhook as a place for answers', () => {
  const toggle = (page: Page) => page.find(Toggle, { label: 'Send each submission to a system of your own' });

  it('is chosen among those that are there and saved with the mapping', async () => {
    const webhooks = [
      aWebhook({ webhookId: `whk_${'1'.repeat(20)}` }),
      aWebhook({ webhookId: `whk_${'2'.repeat(20)}`, name: 'ERP' }),
    ];
    const at = server({ webhooks });
    const page = renderSettings(at);
    await eventually(() => expect(toggle(page).props.readOnly).toBe(false));
    toggle(page).trigger('onChange', true as never);
    await eventually(() => expect(page.find(Select, { name: 'webhook' }).props.value).toBe(webhooks[0]?.webhookId));
    page.find(Select, { name: 'webhook' }).trigger('onChange', webhooks[1]?.webhookId as never);
    await eventually(() => expect(page.find(Select, { name: 'webhook' }).props.value).toBe(webhooks[1]?.webhookId));
    press(page, 'Save and go on');
    await eventually(() => expect(calls(at, 'PATCH /api/flows')).toHaveLength(1));
    expect(calls(at, 'PATCH /api/flows')[0]?.body).toMatchObject({
      mapping: { webhook: { enabled: true, webhookId: webhooks[1]?.webhookId } },
    });
  });

  it('cannot be switched on while there is none, and says where to add one', async () => {
    const page = renderSettings(server());
    await seeText(page, 'Add one under “Webhooks”, then choose it here.');
    expect(toggle(page).props.readOnly).toBe(true);
  });
});
