import { describe, expect, it } from 'vitest';
import { Alert, Form, Heading, LoadingButton, Select } from '@hubspot/ui-extensions';
import { createFakeServer, type FakeServer } from './support/fake-server.ts';
import { allText, eventually, press, seeText } from './support/pressing.ts';
import { renderFlowsCard, renderSettings } from './support/render.tsx';
import { aFlow, anAccount, aSend, aWebhook, contactFlows, NOW, setup } from './support/sample-data.ts';

type Confirmation = NonNullable<ReturnType<typeof aSend>['confirmation']>;

const cardWith = (confirmation: Confirmation, codes: FakeServer['state']['codes'] = []) => {
  const server = createFakeServer({ contact: contactFlows({ sends: [aSend({ confirmation })] }), codes });
  return { server, card: renderFlowsCard(server) };
};
const given = (server: FakeServer) =>
  server.calls
    .filter((call) => call.path === '/api/contacts/123/sends/snd_1/code')
    .map((call) => (call.body as { idempotencyKey: string }).idempotencyKey);
const BY_AGENT: Confirmation = { channel: 'agent', state: 'waiting', problem: null };

describe('a code on the contact’s card', () => {
  it('is shown once, to be read out, with how to make sure of the person; then it is gone from the card', async () => {
    const { server, card } = cardWith(BY_AGENT, [{ code: '048213', expiresAt: NOW }]);
    await seeText(card, 'the person needs a code from you');
    expect(allText(card)).not.toContain('048');
    press(card, 'Give a code');
    await eventually(() => expect(card.findAll(Heading).map((one) => one.text)).toContain('048 213'));
    expect(allText(card)).toContain('First make sure whom you are speaking to');
    expect(allText(card)).toContain('Do not write the code into the chat');
    expect(given(server)).toHaveLength(1);
    press(card, 'Hide the code');
    await eventually(() => expect(allText(card)).not.toContain('048 213'));
  });

  it('another press is another code, in place of the first', async () => {
    const codes = [
      { code: '111111', expiresAt: NOW },
      { code: '222222', expiresAt: NOW },
    ];
    const { server, card } = cardWith(BY_AGENT, codes);
    await seeText(card, 'Give a code');
    press(card, 'Give a code');
    await seeText(card, '111 111');
    press(card, 'Give a new code');
    await seeText(card, '222 222');
    expect(allText(card)).not.toContain('111 111');
    expect(new Set(given(server)).size).toBe(2);
  });

  it('a press that the network repeats is the same act; what was shown already has to be made anew', async () => {
    const { server, card } = cardWith(BY_AGENT);
    server.failNext('POST /api/contacts/123/sends/snd_1/code', {
      kind: 'error',
      status: 409,
      code: 'no_surname',
      message: 'The contact has no surname.',
    });
    await seeText(card, 'Give a code');
    press(card, 'Give a code');
    await seeText(card, 'The contact has no surname.');
    expect(allText(card)).toContain('No code was made');
    press(card, 'Give a code');
    await seeText(card, 'The code was shown already. Give a new one.');
    const keys = given(server);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  });

  it('is not offered where the customer chose e-mail; the card says when one did not arrive', async () => {
    const problem = 'The newest code could not be sent: your webhook did not take it.';
    const { card } = cardWith({ channel: 'email', state: 'waiting', problem });
    await seeText(card, problem);
    expect(allText(card)).toContain('a code goes to the contact’s e-mail address');
    expect(card.findAll(LoadingButton).some((one) => one.text === 'Give a code')).toBe(false);
  });

  it('after five tries the card says what to do', async () => {
    const byEmail = cardWith({ channel: 'email', state: 'locked', problem: null }).card;
    await seeText(byEmail, 'Then choose “Send again”.');
    const byAgent = cardWith({ channel: 'agent', state: 'locked', problem: null }).card;
    await seeText(byAgent, 'Then give a new code.');
    expect(byAgent.findAll(Alert).some((one) => one.props.title === 'Surname and code did not fit five times')).toBe(
      true,
    );
    press(byAgent, 'Give a code');
  });

  it('is done when it is confirmed who is answering, and is no matter where nobody is asked', async () => {
    const { card } = cardWith({ ...BY_AGENT, state: 'confirmed' });
    await seeText(card, 'Confirmed who is answering.');
    expect(allText(card)).not.toContain('Give a code');
    const plain = renderFlowsCard(createFakeServer({ contact: contactFlows({ sends: [aSend()] }) }));
    await seeText(plain, 'Customer survey');
    expect(allText(plain)).not.toContain('who is answering');
  });
});

describe('confirming in the settings', () => {
  type Page = ReturnType<typeof renderSettings>;
  const WEBHOOKS = ['1', '2'].map((n) => aWebhook({ webhookId: `whk_${n.repeat(20)}`, name: `System ${n}` }));
  const settings = (change: Parameters<typeof createFakeServer>[0] = {}, flow: Parameters<typeof aFlow>[0] = {}) => {
    const server = createFakeServer({
      setup: setup({ accounts: [anAccount()], nextStep: 'check-flow' }),
      flows: [aFlow(flow)],
      ...change,
    });
    return { server, page: renderSettings(server) };
  };
  const select = (page: Page, name: string) => page.find(Select, { name });
  const choose = async (page: Page, name: string, value: string) => {
    await eventually(() => select(page, name));
    select(page, name).trigger('onChange', value as never);
    await eventually(() => expect(select(page, name).props.value).toBe(value));
  };
  const save = (page: Page) =>
    page
      .findAll(Form)
      .find((form) => form.findAll(Select).some((one) => one.props.name === 'confirm'))
      ?.trigger('onSubmit');
  const saved = (server: FakeServer) =>
    server.calls
      .filter((call) => call.method === 'PATCH')
      .map((call) => (call.body as { design: { confirmIdentity?: unknown } }).design.confirmIdentity);

  it('by a colleague: chosen and saved with the design, and taken back again', async () => {
    const { server, page } = settings();
    await choose(page, 'confirm', 'agent');
    expect(select(page, 'confirm').props.description).toContain('“Give a code”');
    save(page);
    await eventually(() => expect(saved(server)).toEqual([{ channel: 'agent' }]));
    await choose(page, 'confirm', 'nobody');
    save(page);
    await eventually(() => expect(saved(server)).toEqual([{ channel: 'agent' }, undefined]));
  });

  it('by e-mail: with the webhook that mails the codes', async () => {
    const { server, page } = settings({ webhooks: WEBHOOKS });
    await choose(page, 'confirm', 'email');
    await choose(page, 'confirm-webhook', WEBHOOKS[1]?.webhookId ?? '');
    save(page);
    await eventually(() => expect(saved(server)).toEqual([{ channel: 'email', webhookId: WEBHOOKS[1]?.webhookId }]));
  });

  it('by e-mail without any webhook it says where to add one, and saves nothing', async () => {
    const { page } = settings({ webhooks: [] });
    await choose(page, 'confirm', 'email');
    await seeText(page, 'Add one under “Webhooks”, then choose it here.');
    const form = page.findAll(Form).find((one) => one.findAll(Select).some((it) => it.props.name === 'confirm'));
    expect(form?.find(LoadingButton).props.disabled).toBe(true);
  });

  it('what was chosen before is shown, and other edits of the design stay', async () => {
    const design = {
      labels: { '0-1/nps': 'Mine' },
      confirmIdentity: { channel: 'email' as const, webhookId: WEBHOOKS[1]?.webhookId ?? '' },
    };
    const { server, page } = settings({ webhooks: WEBHOOKS }, { design });
    await eventually(() => expect(select(page, 'confirm-webhook').props.value).toBe(WEBHOOKS[1]?.webhookId));
    await choose(page, 'confirm', 'agent');
    save(page);
    await eventually(() => expect(saved(server)).toEqual([{ channel: 'agent' }]));
    expect(server.state.flows[0]?.design.labels).toEqual({ '0-1/nps': 'Mine' });
  });
});
