import { createHmac, randomBytes } from 'node:crypto';
import { IDENTITY_VENDORS, type IdentityVendor } from '@flowella/shared/contract/identity.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sweepDeliveries } from '../../server/delivery/start-delivery.ts';
import { readBalance, isBalanced } from '../../server/delivery/check-balance.ts';
import { tendIdentityChecks } from '../../server/identity/tend-checks.ts';
import { eventOf, signEvent } from '../../server/sandbox/identity/sign-event.ts';
import { SAMPLE_TEMPLATES } from '../../server/sandbox/identity/world.ts';
import { SANDBOX_WABAS } from '../../server/sandbox/meta/sandbox-seed.ts';
import { eraseContact } from '../../server/whatsapp/erase-contact.ts';
import type { FieldValue, InputView } from '../../shared/phone/screen-view.ts';
import {
  CONTACT,
  PORTAL_A,
  PORTAL_B,
  startProduct,
  withOwner,
  type Json,
  type Product,
} from '../security/support/product.ts';
import { plausibleAnswer } from '../support/outside.ts';
import { until } from '../support/until.ts';

const WA_ID = '4915123456789';
const PATIENCE_MS = 20_000;
let product: Product;
/** Service ids of account A, by vendor. */
const services = new Map<IdentityVendor, { serviceId: string; callbackUrl: string }>();

beforeAll(async () => {
  product = await startProduct({ identity: true });
  const { json } = await product.api(PORTAL_A, 'GET', '/api/identity-services');
  for (const one of json.services) services.set(one.vendor, one);
}, 120_000);
afterAll(() => product?.close());

const withKey = (body: object) => ({ idempotencyKey: randomBytes(12).toString('hex'), ...body });
const vendors = () => {
  if (!product.standIns.identity) throw new Error('no vendors');
  return product.standIns.identity;
};
const service = (vendor: IdentityVendor) => {
  const found = services.get(vendor);
  if (!found) throw new Error(`no ${vendor}`);
  return found;
};

async function meta(path: string, body?: object): Promise<Json> {
  const answer = await fetch(`${product.standIns.meta.url}/_standin${path}`, {
    ...(body ? { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
  });
  return answer.json();
}
const properties = async (): Promise<Record<string, string>> =>
  (
    (await (
      await fetch(`${product.standIns.hubspot.apiUrl}/_standin/portals/${PORTAL_A}/contacts/${CONTACT?.id}`)
    ).json()) as Json
  ).properties;
const latest = async (): Promise<Json> =>
  (await product.api(PORTAL_A, 'GET', `/api/contacts/${CONTACT?.id}/submissions`)).json.submissions[0];

const fill = (input: InputView): FieldValue | undefined => {
  const label = 'label' in input ? (input.label ?? '') : '';
  if (/first name/i.test(label)) return 'Ada';
  if (/last name/i.test(label)) return 'Lovelace';
  return /e-?mail/i.test(label) ? CONTACT?.properties.email : plausibleAnswer(input);
};

async function useVendor(vendor: IdentityVendor): Promise<void> {
  const { json: flow } = await product.api(PORTAL_A, 'GET', `/api/flows/${product.flowId}`);
  if (flow.mapping.identityCheck.serviceId === service(vendor).serviceId) return;
  const identityCheck = {
    ...flow.mapping.identityCheck,
    serviceId: service(vendor).serviceId,
    template: vendor === 'stripe' ? '' : SAMPLE_TEMPLATES[vendor],
  };
  const change = { mapping: { ...flow.mapping, identityCheck } };
  const changed = await product.api(PORTAL_A, 'PATCH', `/api/flows/${product.flowId}`, withKey(change));
  expect(changed.json.mappingProblems).toEqual([]);
  await product.api(PORTAL_A, 'POST', `/api/flows/${product.flowId}/publish`, withKey({}));
  await until(async () => {
    const { json } = await product.api(PORTAL_A, 'GET', `/api/flows/${product.flowId}/publication`);
    return json?.state === 'published' && json?.template?.state === 'APPROVED';
  }, 30_000);
}

/** The person answers the flow, and WhatsApp tells us; answers the new submission's id. */
async function answer(): Promise<string> {
  const before = (await latest())?.submissionId;
  const { message } = await product.send(CONTACT?.id ?? '', WA_ID);
  const walk = await product.fillIn(message, fill);
  if (walk.view.kind !== 'closed' || walk.view.outcome.kind !== 'submitted') throw new Error(JSON.stringify(walk));
  await meta('/inbound', {
    type: 'nfm_reply',
    from: WA_ID,
    phoneNumberId: SANDBOX_WABAS[0].phoneNumberId,
    contextId: message.id,
    responseJson: walk.view.outcome.responseJson,
  });
  await until(async () => (await latest())?.submissionId !== before, PATIENCE_MS);
  return (await latest()).submissionId;
}

const linkMessages = async (): Promise<Json[]> =>
  (await meta(`/outbox?to=${WA_ID}`)).messages.filter((one: Json) => one.interactive?.type === 'cta_url');

const messageState = (submissionId: string): Promise<string> =>
  withOwner(product.t.ownerUrl, async (client) => {
    const text = 'select message_state from flowella.identity_checks where submission_id = $1';
    return (await client.query(text, [submissionId])).rows[0]?.message_state;
  });

async function post(url: string, body: string | Buffer, headers: Record<string, string>): Promise<number> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: new Uint8Array(Buffer.from(body)),
  });
  return response.status;
}

describe.each(IDENTITY_VENDORS)('by %s', (vendor) => {
  test('a submission becomes a check, a link on the phone, a decision there, and a result on the contact', async () => {
    await useVendor(vendor);
    const known = (await linkMessages()).length;
    const submissionId = await answer();
    await until(async () => (await linkMessages()).length > known, PATIENCE_MS);
    const { url } = (await linkMessages()).at(-1).interactive.action.parameters;
    const page = await (await fetch(url)).text();
    expect(page).toContain('What the document says');
    await until(async () => (await latest()).identityCheck?.state === 'link_sent', PATIENCE_MS);

    // Meta's statuses find the check by the id that came back with them.
    await until(async () => (await messageState(submissionId)) === 'delivered', PATIENCE_MS);

    // The person is at it, then a vendor's people or machine approve.
    for (const outcome of ['start', 'approve']) {
      await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ outcome, firstName: 'ADA', lastName: 'LOVELACE' }),
      });
    }
    await until(async () => {
      const { flowella_kyc_reference: reference, flowella_kyc_check_status: status } = await properties();
      return reference === submissionId && status === 'approved';
    }, PATIENCE_MS);
    expect(await properties()).toMatchObject({
      flowella_kyc_reference: submissionId,
      flowella_kyc_status: 'verified',
      flowella_kyc_risk_flag: 'false',
    });
    await until(async () => (await latest()).deliveries.every((one: Json) => one.state === 'delivered'), PATIENCE_MS);
    expect((await latest()).identityCheck).toMatchObject({ state: 'approved', link: null });
    expect(await linkMessages()).toHaveLength(known + 1);
    expect(
      vendors()
        .sessions(vendor)
        .filter((one) => one.reference === submissionId),
    ).toHaveLength(1);
    const unbalanced = (await readBalance(product.server.services.db)).filter((one) => !isBalanced(one));
    expect(unbalanced).toEqual([]);
  }, 90_000);
});

test('an expired check begins anew from the card: a new link on the phone, and late calls of the old session do nothing', async () => {
  await useVendor('persona');
  const known = (await linkMessages()).length;
  const submissionId = await answer();
  await until(async () => (await latest()).identityCheck?.state === 'link_sent', PATIENCE_MS);
  const [old] = vendors().sessions('persona');
  const oldUrl = (await linkMessages()).at(-1).interactive.action.parameters.url;
  const decide = (url: string, outcome: string) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ outcome, firstName: 'Ada', lastName: 'Lovelace' }),
    });
  await decide(oldUrl, 'expire');
  await until(async () => (await properties()).flowella_kyc_check_status === 'expired', PATIENCE_MS);
  await until(async () => (await latest()).deliveries.every((one: Json) => one.state === 'delivered'), PATIENCE_MS);
  expect((await latest()).identityCheck).toMatchObject({ state: 'expired', canRenew: true });
  expect((await fetch(oldUrl)).status).toBe(410);

  const path = `/api/contacts/${CONTACT?.id}/submissions/${submissionId}/identity-link`;
  const body = withKey({});
  const [first, repeat] = [
    await product.api(PORTAL_A, 'POST', path, body),
    await product.api(PORTAL_A, 'POST', path, body),
  ];
  expect(first.status, first.text).toBe(200);
  expect(repeat.json).toEqual(first.json);
  expect((await product.api(PORTAL_B, 'POST', path, withKey({}))).status).toBe(404);
  expect((await product.api(PORTAL_A, 'POST', path, withKey({}))).status).toBe(409);
  await until(async () => (await linkMessages()).length > known + 1, PATIENCE_MS);
  const { url } = (await linkMessages()).at(-1).interactive.action.parameters;
  expect(url).not.toBe(oldUrl);
  await until(async () => (await latest()).identityCheck?.state === 'link_sent', PATIENCE_MS);
  await until(async () => (await properties()).flowella_kyc_check_status === 'link_sent', PATIENCE_MS);

  // The old session's event comes late, well signed: taken, and nothing else.
  const late = JSON.stringify(eventOf({ ...old!, status: 'approved' }, new Date()));
  const { webhookSecret } = vendors().account('persona');
  const headers = signEvent('persona', { body: late, secret: webhookSecret, atMs: Date.now() });
  expect(await post(service('persona').callbackUrl, late, headers)).toBe(200);
  expect((await latest()).identityCheck).toMatchObject({ state: 'link_sent' });

  await decide(url, 'approve');
  await until(async () => (await properties()).flowella_kyc_check_status === 'approved', PATIENCE_MS);
  await until(async () => (await latest()).deliveries.every((one: Json) => one.state === 'delivered'), PATIENCE_MS);
  expect((await product.api(PORTAL_A, 'POST', path, withKey({}))).status).toBe(409);
  expect(
    vendors()
      .sessions('persona')
      .filter((one) => one.reference.startsWith(submissionId)),
  ).toHaveLength(2);
  expect(await linkMessages()).toHaveLength(known + 2);
  expect((await readBalance(product.server.services.db)).filter((one) => !isBalanced(one))).toEqual([]);
}, 90_000);

describe('the address that vendors call', () => {
  let submissionId: string;
  let sessionId: string;
  beforeAll(async () => {
    await useVendor('stripe');
    submissionId = await answer();
    await until(async () => Boolean((await latest()).identityCheck?.reference), PATIENCE_MS);
    sessionId = vendors().sessions('stripe')[0]?.id ?? '';
  }, 90_000);

  const session = (vendor: IdentityVendor = 'stripe') => {
    const found = vendors().sessions(vendor)[0];
    if (!found) throw new Error('no session');
    return found;
  };
  const signed = (body: string, o: { secret?: string; atMs?: number; vendor?: IdentityVendor } = {}) => {
    const vendor = o.vendor ?? 'stripe';
    const { webhookSecret } = vendors().account(vendor);
    return signEvent(vendor, { body, secret: o.secret ?? webhookSecret, atMs: o.atMs ?? Date.now() });
  };
  const verifiedEvent = () => JSON.stringify(eventOf({ ...session(), status: 'verified' }, new Date()));
  const events = () =>
    withOwner(product.t.ownerUrl, async (client) =>
      Number((await client.query('select count(*) from flowella.identity_events')).rows[0].count),
    );
  const stateOf = async () => (await latest()).identityCheck.state;

  test('refuses what nobody signed, a wrong or cut signature, and another vendor’s way of signing', async () => {
    const { callbackUrl } = service('stripe');
    const body = verifiedEvent();
    const before = await events();
    const time = Math.floor(Date.now() / 1_000);
    const good = signed(body)['stripe-signature'] ?? '';
    for (const headers of [
      {},
      { 'stripe-signature': '' },
      { 'stripe-signature': `t=${time}` },
      { 'stripe-signature': `t=${time},v1=` },
      { 'stripe-signature': `t=${time},v1=${'0'.repeat(64)}` },
      { 'stripe-signature': good.replace(/v1=(.{10})/, 'v1=') },
      { 'stripe-signature': good.replace('t=', 't=1') },
      { 'stripe-signature': good.replace('v1=', 'v0=') },
      signed(body, { secret: 'whsec_someone_else' }),
      signed(body, { vendor: 'onfido' }),
      {
        'x-sha2-signature': createHmac('sha256', vendors().account('stripe').webhookSecret).update(body).digest('hex'),
      },
    ]) {
      expect(await post(callbackUrl, body, headers as Record<string, string>)).toBe(401);
    }
    // One byte more than was signed.
    expect(await post(callbackUrl, `${body} `, signed(body))).toBe(401);
    expect(await events()).toBe(before);
    expect(await stateOf()).not.toBe('approved');
  });

  test('refuses a signature that is old or from the future', async () => {
    const body = verifiedEvent();
    for (const offset of [-301_000, -86_400_000, 301_000]) {
      expect(await post(service('stripe').callbackUrl, body, signed(body, { atMs: Date.now() + offset }))).toBe(401);
    }
  });

  test('approves nobody for a well-signed event that the vendor does not stand by', async () => {
    const before = await events();
    expect(await post(service('stripe').callbackUrl, verifiedEvent(), signed(verifiedEvent()))).toBe(401);
    const body = verifiedEvent();
    expect(await post(service('stripe').callbackUrl, body, signed(body))).toBe(200);
    expect(await events()).toBe(before + 1);
    await until(
      async () =>
        (await latest()).deliveries.some(
          (one: Json) => one.destination === 'identity-result' && one.state === 'delivered',
        ),
      PATIENCE_MS - 5_000,
    ).catch(async () => {
      throw new Error(JSON.stringify(await latest()));
    });
    expect(session().status).toBe('requires_input');
    expect(await stateOf()).not.toBe('approved');
    expect((await properties()).flowella_kyc_status).not.toBe('verified');
  });

  test('takes the same event once, however often it comes', async () => {
    const body = verifiedEvent();
    const before = await events();
    const headers = signed(body);
    const statuses = await Promise.all(
      Array.from({ length: 6 }, () => post(service('stripe').callbackUrl, body, headers)),
    );
    expect(statuses).toEqual(Array.from({ length: 6 }, () => 200));
    expect(await events()).toBe(before + 1);
  });

  test('acknowledges kinds it does not know, checks of somebody else, and what is no event', async () => {
    const { callbackUrl } = service('stripe');
    const before = await events();
    const foreign = JSON.stringify(eventOf({ ...session(), id: 'vs_foreign', reference: 'sub_foreign' }, new Date()));
    for (const body of [
      JSON.stringify({ id: 'evt_1', type: 'customer.created', data: { object: { id: 'cus_1' } } }),
      JSON.stringify({ hello: 'world' }),
      '[]',
      'null',
      foreign,
    ]) {
      expect(await post(callbackUrl, body, signed(body))).toBe(200);
    }
    expect(await post(callbackUrl, '{broken', signed('{broken'))).toBe(400);
    expect(await events()).toBe(before);
  });

  test('knows no other address, and refuses too much', async () => {
    const body = verifiedEvent();
    expect(await post(`${product.url}/identity/ids_00000000000000000000`, body, signed(body))).toBe(404);
    expect(await post(`${product.url}/identity/nothing`, body, signed(body))).toBe(404);
    const large = JSON.stringify({ pad: 'x'.repeat(300 * 1_024) });
    expect(await post(service('stripe').callbackUrl, large, signed(large))).toBe(413);
  });

  test('of another account changes nothing here, even with that account’s own good signature', async () => {
    const account = vendors().account('stripe');
    const added = await product.api(
      PORTAL_B,
      'POST',
      '/api/identity-services',
      withKey({ vendor: 'stripe', name: 'Theirs', apiKey: account.apiKey, webhookSecret: 'whsec_of_account_b' }),
    );
    expect(added.status, added.text).toBe(200);
    const before = await events();
    const body = verifiedEvent();
    const own = signed(body, { secret: 'whsec_of_account_b' });
    expect(await post(added.json.callbackUrl, body, own)).toBe(200);
    expect(await post(service('stripe').callbackUrl, body, own)).toBe(401);
    expect(await events()).toBe(before);
    expect((await product.api(PORTAL_B, 'GET', '/api/identity-services')).json.services).toHaveLength(1);
    for (const path of [`/api/identity-services/${service('stripe').serviceId}/test`]) {
      expect((await product.api(PORTAL_B, 'POST', path, withKey({}))).status).toBe(404);
    }
  });

  test('a result that nobody told us is found by our own look', async () => {
    const { url } = vendors();
    await fetch(`${url}/_standin/sessions/${sessionId}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ outcome: 'approve', firstName: 'Grace', lastName: 'Hopper', silent: true }),
    });
    const later = { now: () => new Date(Date.now() + 3_600_000) };
    const looked = await tendIdentityChecks({ ...product.server.services, clock: later });
    expect(looked).toBeGreaterThan(0);
    await sweepDeliveries({ ...product.server.services, clock: later });
    await until(async () => (await stateOf()) === 'approved', PATIENCE_MS);
    await until(async () => (await properties()).flowella_kyc_risk_flag === 'true', PATIENCE_MS);
    expect((await properties()).flowella_kyc_risk_reasons).toContain('name');
    expect((await properties()).flowella_kyc_reference).toBe(submissionId);
  });

  test('a refused key holds submissions, and a new one sends them on', async () => {
    const path = `/api/identity-services/${service('stripe').serviceId}`;
    const change = (apiKey: string) => product.api(PORTAL_A, 'PATCH', path, withKey({ apiKey }));
    await change('sk_test_of_somebody_else');
    const refused = await product.api(PORTAL_A, 'POST', `${path}/test`, withKey({}));
    expect(refused.json).toMatchObject({ works: false, message: expect.stringContaining('refuses the key') });
    const id = await answer();
    const stateOfDelivery = async () =>
      (await latest()).deliveries.find((one: Json) => one.destination === 'identity-check')?.state;
    await until(async () => (await stateOfDelivery()) === 'held', PATIENCE_MS);
    await change(vendors().account('stripe').apiKey);
    await until(async () => (await stateOfDelivery()) === 'delivered', PATIENCE_MS);
    expect(
      vendors()
        .sessions('stripe')
        .filter((one) => one.reference === id),
    ).toHaveLength(1);
    expect((await product.api(PORTAL_A, 'POST', `${path}/test`, withKey({}))).json).toMatchObject({ works: true });
    const inUse = await product.api(PORTAL_A, 'POST', `${path}/delete`, withKey({}));
    expect(inUse).toMatchObject({ status: 409, json: { error: { code: 'identity_service_in_use' } } });
  }, 60_000);

  test('keys, secrets, links and names stand in no log, no table and no answer of ours', async () => {
    const { json } = await product.api(PORTAL_A, 'GET', '/api/identity-services');
    const planted = IDENTITY_VENDORS.flatMap((vendor) => {
      const account = vendors().account(vendor);
      return [
        account.apiKey,
        account.webhookSecret,
        ...vendors()
          .sessions(vendor)
          .map((one) => one.token),
      ];
    });
    const tables = (await product.dump()).map(({ bytes }) => bytes.toString('latin1')).join('\n');
    for (const secret of [...planted, 'whsec_of_account_b']) {
      expect(product.logged().includes(secret)).toBe(false);
      expect(tables.includes(secret)).toBe(false);
      expect(JSON.stringify(json).includes(secret)).toBe(false);
    }
    for (const text of [product.logged(), tables]) expect(text).not.toMatch(/Hopper|HOPPER/);
  });

  test('an erased contact’s checks are forgotten, and an event about them does nothing', async () => {
    await answer();
    await until(async () => (await latest()).identityCheck?.state === 'link_sent', PATIENCE_MS);
    const { id } = session();
    await eraseContact(product.server.services, PORTAL_A, CONTACT?.id ?? '');
    const rows = await withOwner(product.t.ownerUrl, async (client) =>
      client.query(
        'select * from flowella.identity_checks where vendor_reference is not null or link_sealed is not null',
      ),
    );
    expect(rows.rows).toEqual([]);
    const before = await events();
    const body = JSON.stringify(eventOf({ ...session(), id, status: 'verified', reference: '' }, new Date()));
    expect(await post(service('stripe').callbackUrl, body, signed(body))).toBe(200);
    expect(await events()).toBe(before);
    // Our own reference goes with an event too, and no longer leads to the check.
    const known = verifiedEvent();
    expect(await post(service('stripe').callbackUrl, known, signed(known))).toBe(200);
    expect(await events()).toBe(before);
    const open = await withOwner(product.t.ownerUrl, async (client) =>
      client.query(
        `select d.destination, d.state from flowella.deliveries d join flowella.identity_checks c using (submission_id)
         where c.erased_at is not null and d.state not in ('delivered', 'cancelled')`,
      ),
    );
    expect(open.rows).toEqual([]);
  }, 60_000);
});
