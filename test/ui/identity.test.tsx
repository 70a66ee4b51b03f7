import { describe, expect, it } from 'vitest';
import { Form, Input, MultiSelect, Select, Toggle } from '@hubspot/ui-extensions';
import { createFakeServer, type FakeServer } from './support/fake-server.ts';
import { allText, button, eventually, press, seeText } from './support/pressing.ts';
import { renderSettings, renderSubmissionsCard } from './support/render.tsx';
import { aFlow, anAccount, anIdentityService, aSubmission, NOW, setup } from './support/sample-data.ts';

type Page = ReturnType<typeof renderSettings>;

const server = (change: Parameters<typeof createFakeServer>[0] = {}): FakeServer =>
  createFakeServer({ setup: setup({ accounts: [anAccount()], nextStep: 'map-answers' }), flows: [aFlow()], ...change });
const calls = (at: FakeServer, start: string) =>
  at.calls.filter((call) => `${call.method} ${call.path}`.startsWith(start));
const input = (page: Page, name: string) => page.find(Input, { name: `identity-${name}` });
const type = async (page: Page, name: string, value: string) => {
  input(page, name).trigger('onInput', value as never);
  await eventually(() => expect(input(page, name).props.value).toBe(value));
};
const formOf = (page: Page) =>
  page.findAll(Form).find((form) => form.findAll(Input, { name: 'identity-apiKey' }).length > 0);

describe('identity services in the settings', () => {
  it('one is added with vendor and keys; then its address is there to copy and its keys are nowhere', async () => {
    const at = server();
    const page = renderSettings(at);
    await seeText(page, 'There is no identity service yet.');
    press(page, 'Add an identity service');
    await eventually(() => input(page, 'name'));
    page.find(Select, { name: 'identity-vendor' }).trigger('onChange', 'persona' as never);
    await type(page, 'name', ' Our Persona ');
    formOf(page)?.trigger('onSubmit');
    await eventually(() => expect(input(page, 'apiKey').props.validationMessage).toBe('This is needed.'));
    expect(calls(at, 'POST')).toEqual([]);
    expect(input(page, 'apiKey').props.type).toBe('password');
    await type(page, 'apiKey', 'persona_sandbox_key');
    formOf(page)?.trigger('onSubmit');
    await seeText(page, 'The webhook secret is missing');
    expect(calls(at, 'POST /api/identity-services')[0]?.body).toMatchObject({
      vendor: 'persona',
      name: 'Our Persona',
      region: null,
      apiKey: 'persona_sandbox_key',
      webhookSecret: null,
      linkTemplate: null,
    });
    expect(page.find(Input, { name: 'identity-callback-ids_00000000000000000001' }).props).toMatchObject({
      readOnly: true,
      value: 'https://flowella.example.com/identity/ids_00000000000000000001',
    });
    expect(allText(page)).not.toContain('persona_sandbox_key');
  });

  it('a key that is not typed again stays as it is', async () => {
    const at = server({ identityServices: [anIdentityService({ hasWebhookSecret: false })] });
    const page = renderSettings(at);
    await eventually(() => button(page, 'Test the key'));
    press(page, 'Change');
    await eventually(() => expect(input(page, 'apiKey').props.value).toBe(''));
    await type(page, 'webhookSecret', 'wbhsec_something');
    formOf(page)?.trigger('onSubmit');
    await eventually(() => expect(allText(page)).not.toContain('The webhook secret is missing'));
    const [call] = calls(at, 'PATCH /api/identity-services');
    expect(call?.body).toMatchObject({ name: 'Our Persona', webhookSecret: 'wbhsec_something' });
    expect(call?.body).not.toHaveProperty('apiKey');
  });

  it('the key is tested in the server’s words, and deleting is asked about first', async () => {
    const at = server({
      identityServices: [anIdentityService()],
      identityTest: { works: false, message: 'Persona refuses the key (401).' },
    });
    const page = renderSettings(at);
    await eventually(() => button(page, 'Test the key'));
    press(page, 'Test the key');
    await seeText(page, 'Persona refuses the key (401).');
    press(page, 'Delete');
    await seeText(page, 'Its keys are destroyed.');
    expect(calls(at, 'POST /api/identity-services/ids_00000000000000000001/delete')).toEqual([]);
    press(page, 'Delete');
    await seeText(page, 'There is no identity service yet.');
  });

  it('a flow is given a check with what the KYC record asks for, and a rule for the risk flag', async () => {
    const at = server({ identityServices: [anIdentityService()] });
    const page = renderSettings(at);
    await eventually(() => page.find(Toggle, { label: 'Have the person’s identity checked' }));
    page.find(Toggle, { label: 'Have the person’s identity checked' }).trigger('onChange', true as never);
    await eventually(() => input(page, 'template'));
    await type(page, 'template', 'itmpl_abc');
    page.find(MultiSelect, { name: 'identity-risk' }).trigger('onChange', ['expired', 'declined'] as never);
    page.find(Toggle, { label: 'Write the message with the link yourself' }).trigger('onChange', true as never);
    await eventually(() => input(page, 'button'));
    await type(page, 'button', 'Identify me');
    press(page, 'Save and go on');
    await eventually(() => expect(calls(at, 'PATCH /api/flows')).toHaveLength(1));
    expect(calls(at, 'PATCH /api/flows')[0]?.body).toMatchObject({
      mapping: {
        identityCheck: {
          enabled: true,
          serviceId: 'ids_00000000000000000001',
          template: 'itmpl_abc',
          riskWhen: ['declined', 'expired'],
          message: { body: expect.stringContaining('confirm your identity'), button: 'Identify me' },
        },
      },
    });
  });
});

it('the submission’s card shows where the check stands, why, and the link that the rep must hand on', async () => {
  const check = {
    state: 'requested' as const,
    vendor: 'persona' as const,
    reference: 'inq_1',
    at: NOW,
    status: 'Persona: Requested; the person does not have the link yet',
    reasons: ['Suspected document tampering'],
    link: 'https://withpersona.com/verify?code=abc',
    note: 'The person has not written within 24 hours.',
    canRenew: false,
  };
  const page = renderSubmissionsCard(createFakeServer({ submissions: [aSubmission({ identityCheck: check })] }));
  await seeText(page, check.status);
  expect(allText(page)).toContain(check.note);
  expect(allText(page)).toContain('Suspected document tampering');
  expect(page.find(Input, { name: 'identity-link' }).props).toMatchObject({ value: check.link, readOnly: true });
});

it('a check that expired can be begun anew from the card, once, and a refusal is shown in the server’s words', async () => {
  const check = {
    state: 'expired' as const,
    vendor: 'stripe' as const,
    reference: 'vs_1',
    at: NOW,
    status: 'Stripe Identity: Expired',
    reasons: [],
    link: null,
    note: 'The check ended before the person had finished it. You can send them a new link.',
    canRenew: true,
  };
  const at = createFakeServer({ submissions: [aSubmission({ identityCheck: check })] });
  const page = renderSubmissionsCard(at);
  await seeText(page, check.note);
  press(page, 'Send a new link');
  await eventually(() => expect(calls(at, 'POST')).toHaveLength(1));
  expect(calls(at, 'POST')[0]?.path).toMatch(/^\/api\/contacts\/\d+\/submissions\/sub_\w+\/identity-link$/);

  const refusing = createFakeServer({ submissions: [aSubmission({ identityCheck: check })] });
  const message = 'This identity check is open already.';
  refusing.failNext('POST /api/contacts', { kind: 'error', status: 409, code: 'identity_not_expired', message });
  const refused = renderSubmissionsCard(refusing);
  await seeText(refused, check.note);
  press(refused, 'Send a new link');
  await seeText(refused, message);

  const open = createFakeServer({
    submissions: [aSubmission({ identityCheck: { ...check, state: 'approved', canRenew: false } })],
  });
  const card = renderSubmissionsCard(open);
  await seeText(card, check.status);
  expect(allText(card)).not.toContain('Send a new link');
});
