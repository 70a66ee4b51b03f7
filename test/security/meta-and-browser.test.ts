import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withPortal } from '../../server/db/db.ts';
import { signFlowToken } from '../../server/endpoint/flow-token.ts';
import { issuePageToken } from '../../server/preview/page-tokens.ts';
import { signView } from '../../server/preview/view-token.ts';
import { SANDBOX_WABAS } from '../../server/sandbox/meta/sandbox-seed.ts';
import { applyStatuses } from '../../server/whatsapp/apply-statuses.ts';
import { until } from '../support/until.ts';
import {
  call,
  CONTACT,
  grant,
  PORTAL_A,
  PORTAL_B,
  startProduct,
  withOwner,
  type Answer,
  type Json,
  type Product,
} from './support/product.ts';

const WA_ID = '4915123456789';
let product: Product;
let sendId: string;
let wamid: string;

beforeAll(async () => {
  product = await startProduct();
  const sent = await product.send(CONTACT?.id ?? '', WA_ID);
  sendId = sent.sendId;
  wamid = sent.message.id;
}, 120_000);
afterAll(() => product?.close());

const rows = (text: string, values: unknown[] = []): Promise<Json[]> =>
  withOwner(product.t.ownerUrl, async (client) => (await client.query(text, values)).rows);
const metaSign = (secret: string, body: string): Record<string, string> => ({
  'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
});
const webhook = (body: string, headers: Record<string, string>): Promise<Answer> =>
  call(product.url, { method: 'POST', target: `/webhooks/whatsapp/${product.accountId}`, body, headers });
const messages = (...list: object[]): string =>
  JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [
      {
        id: SANDBOX_WABAS[0].wabaId,
        changes: [
          {
            field: 'messages',
            value: {
              messaging_product: 'whatsapp',
              metadata: { phone_number_id: SANDBOX_WABAS[0].phoneNumberId, display_phone_number: '494087969400' },
              messages: list,
            },
          },
        ],
      },
    ],
  });
const flowReply = (from: string, response: object, context?: string): object => ({
  id: `wamid.${randomBytes(8).toString('hex')}`,
  from,
  timestamp: String(Math.floor(Date.now() / 1_000)),
  type: 'interactive',
  ...(context ? { context: { id: context } } : {}),
  interactive: {
    type: 'nfm_reply',
    nfm_reply: { name: 'flow', body: 'Sent', response_json: JSON.stringify(response) },
  },
});
const settled = (): Promise<void> =>
  until(
    async () =>
      (await rows('select 1 from flowella.inbox where processed_at is null and problem is null')).length === 0,
  );

test('a webhook that is unsigned, signed by another app, changed, or for another address stores nothing', async () => {
  const before = await product.rowCounts();
  const body = messages(flowReply(WA_ID, {}));
  for (const headers of [
    {},
    metaSign('0'.repeat(32), body),
    metaSign(product.secrets.metaAppSecret, `${body} `),
    { 'x-hub-signature-256': 'sha256=' },
    { 'x-hub-signature': metaSign(product.secrets.metaAppSecret, body)['x-hub-signature-256'] ?? '' },
  ])
    expect((await webhook(body, headers as Record<string, string>)).status).toBe(401);
  const elsewhere = await call(product.url, {
    method: 'POST',
    target: `/webhooks/whatsapp/wac_${'0'.repeat(20)}`,
    body,
    headers: metaSign(product.secrets.metaAppSecret, body),
  });
  expect([elsewhere.status, elsewhere.text]).toEqual([404, '']);
  expect(await product.rowCounts()).toEqual(before);
});

test('signed rubbish is refused with an empty answer and stores nothing', async () => {
  const before = await product.rowCounts();
  for (const body of ['{}', '[]', 'null', '{"object":"page","entry":[]}', '{"__proto__":{"polluted":1}}', 'x'])
    expect((await webhook(body, metaSign(product.secrets.metaAppSecret, body))).status).toBe(400);
  const large = `"${'x'.repeat(20_000_000)}"`;
  const answer = await webhook(large, metaSign(product.secrets.metaAppSecret, large)).catch(() => null);
  expect([413, undefined]).toContain(answer?.status);
  expect(({} as Json).polluted).toBeUndefined();
  expect(await product.rowCounts()).toEqual(before);
});

test('a replayed webhook changes nothing', async () => {
  const body = messages({
    id: 'wamid.once',
    from: WA_ID,
    timestamp: String(Math.floor(Date.now() / 1_000)),
    type: 'text',
    text: { body: 'hello' },
  });
  const headers = metaSign(product.secrets.metaAppSecret, body);
  expect((await webhook(body, headers)).status).toBe(200);
  await settled();
  const before = [await product.rowCounts(), await rows('select * from flowella.persons order by person_id')];
  for (let n = 0; n < 5; n += 1) expect((await webhook(body, headers)).status).toBe(200);
  await settled();
  expect([await product.rowCounts(), await rows('select * from flowella.persons order by person_id')]).toEqual(before);
});

test('answers from another person, or with a token that is not ours, are kept for a person to look at and write nothing', async () => {
  const submissions = (): Promise<Json[]> => rows('select submission_id from flowella.submissions');
  const before = await submissions();
  const token = (portalId: number): string =>
    signFlowToken(product.t.keyring, { portalId, sendId, expiresAt: new Date(Date.now() + 60_000) });
  const foreign = [{ id: 'k1', key: randomBytes(32) }];
  const replies = [
    flowReply('905321234567', { flow_token: token(PORTAL_A), firstname: 'Mallory' }),
    flowReply('905321234567', { firstname: 'Mallory' }, wamid),
    flowReply(WA_ID, { flow_token: token(PORTAL_B), firstname: 'Mallory' }),
    flowReply(WA_ID, {
      flow_token: signFlowToken(foreign, { portalId: PORTAL_A, sendId, expiresAt: new Date(Date.now() + 60_000) }),
    }),
  ];
  for (const reply of replies) {
    const body = messages(reply);
    expect((await webhook(body, metaSign(product.secrets.metaAppSecret, body))).status).toBe(200);
  }
  await settled();
  expect(await submissions()).toEqual(before);
  const problems = await rows('select problem from flowella.inbox where problem is not null');
  expect(problems.map(({ problem }) => problem).sort()).toEqual([
    'reply_from_other_person',
    'reply_from_other_person',
    'reply_without_send',
    'reply_without_send',
  ]);
});

test(
  'statuses never move a message backwards, whatever their order, grouping and repetition',
  { timeout: 60_000 },
  async () => {
    const rank = ['accepted', 'sent', 'failed', 'delivered', 'read'];
    const status = fc.record({
      status: fc.constantFrom('sent', 'delivered', 'read', 'failed'),
      second: fc.integer({ min: 1, max: 1_000 }),
      batch: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(status, { minLength: 1, maxLength: 8 }), async (list) => {
        await rows(
          `update flowella.sends set state = 'accepted', sent_at = null, delivered_at = null, read_at = null, failed_at = null where send_id = $1`,
          [sendId],
        );
        let highest = 0;
        const groups = list.flatMap((one) => (one.batch ? [[one]] : [[one], [one]]));
        for (const group of groups) {
          await withPortal(product.t.db, PORTAL_A, (tx) =>
            applyStatuses(
              tx,
              PORTAL_A,
              group.map((one) => ({ id: wamid, status: one.status, timestamp: new Date(one.second * 1_000) })),
            ),
          );
          const [row] = await rows('select state from flowella.sends where send_id = $1', [sendId]);
          expect(rank.indexOf(row.state)).toBeGreaterThanOrEqual(highest);
          highest = Math.max(highest, rank.indexOf(row.state), ...group.map((one) => rank.indexOf(one.status)));
          expect(rank.indexOf(row.state)).toBe(highest);
        }
      }),
      { numRuns: 60 },
    );
  },
);

test('the flow endpoint tells a stranger nothing and stores nothing', async () => {
  const before = await product.rowCounts();
  const at = `/flow/${product.accountId}`;
  const envelope = JSON.stringify({ encrypted_flow_data: 'AA==', encrypted_aes_key: 'AA==', initial_vector: 'AA==' });
  const cases: [string, string, Record<string, string>, number][] = [
    [at, envelope, {}, 432],
    [at, envelope, metaSign('0'.repeat(32), envelope), 432],
    [at, envelope, metaSign(product.secrets.metaAppSecret, `${envelope} `), 432],
    [at, envelope, metaSign(product.secrets.metaAppSecret, envelope), 421],
    [at, '{}', metaSign(product.secrets.metaAppSecret, '{}'), 400],
    [`/flow/wac_${'0'.repeat(20)}`, envelope, metaSign(product.secrets.metaAppSecret, envelope), 404],
    ['/flow/%00', envelope, {}, 404],
    ['/flow/..%2fapi', envelope, {}, 404],
  ];
  for (const [target, body, headers, expected] of cases) {
    const answer = await call(product.url, { method: 'POST', target, body, headers });
    expect([target, answer.status, answer.text]).toEqual([target, expected, '']);
  }
  expect(await product.rowCounts()).toEqual(before);
});

const get = (target: string, cookie?: string): Promise<Answer> =>
  call(product.url, { method: 'GET', target, headers: cookie ? { cookie } : {} });
const startInstall = async (): Promise<{ cookie: string; callback: string }> => {
  const start = await get('/oauth/start');
  const cookie = start.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  const callback = new URL(await grant(product.standIns, new URL(start.headers.get('location') ?? ''), PORTAL_B));
  return { cookie, callback: `${callback.pathname}${callback.search}` };
};

test('an install with a missing, wrong or reused state, or from another browser, connects nobody', async () => {
  const before = await rows('select access_token_sealed from flowella.hubspot_tokens order by portal_id');
  const mine = await startInstall();
  const other = await startInstall();
  expect((await get(mine.callback)).status).toBe(400);
  expect((await get(mine.callback, other.cookie)).status).toBe(400);
  expect((await get(mine.callback.replace(/state=[^&]+/, 'state=x'), mine.cookie)).status).toBe(400);
  expect((await get(mine.callback, 'flowella_oauth=forged')).status).toBe(400);
  const stateless = await get(mine.callback.replace(/&?state=[^&]+/, ''), mine.cookie);
  expect(stateless.headers.get('location')).toMatch(/^\/oauth\/start/);
  expect(await rows('select access_token_sealed from flowella.hubspot_tokens order by portal_id')).toEqual(before);
  expect((await get(mine.callback, mine.cookie)).status).toBe(200);
  expect((await get(mine.callback, mine.cookie)).status).toBe(400);
});

test('an install never sends the browser anywhere but to HubSpot', async () => {
  const { callback, cookie } = await startInstall();
  for (const evil of [
    'https://evil.example',
    '//evil.example',
    'https://app.hubspot.com.evil.example',
    'https://app.hubspot.com@evil.example',
    'https://evil.example/app.hubspot.com',
    'http://app.hubspot.com',
    'javascript:alert(1)',
    'https://app.hubspot.com:8443',
  ]) {
    const start = await get(`/oauth/start?returnUrl=${encodeURIComponent(evil)}`);
    expect(start.headers.get('location')).not.toContain('evil');
    const back = await get(`/oauth/callback?code=x&returnUrl=${encodeURIComponent(evil)}`);
    expect(back.headers.get('location')).toBe('/oauth/start');
  }
  const landed = await get(`${callback}&returnUrl=https://evil.example`, cookie);
  expect([landed.status, landed.headers.get('location')]).toEqual([200, null]);
});

test('the cookie of an install is sealed, out of reach of scripts and other sites, and over after a quarter of an hour', async () => {
  const [cookie = ''] = (await get('/oauth/start')).headers.getSetCookie();
  expect(cookie).toMatch(/HttpOnly/);
  expect(cookie).toMatch(/SameSite=Lax/);
  expect(cookie).toMatch(/Path=\/oauth/);
  expect(cookie).toMatch(/Max-Age=900/);
  const state = new URL((await get('/oauth/start')).headers.get('location') ?? '').searchParams.get('state') ?? '?';
  expect(cookie).not.toContain(state);
});

const preview = async (): Promise<string> => {
  const { json } = await product.api(PORTAL_A, 'POST', `/api/flows/${product.flowId}/preview`, {});
  return new URL(json.url).pathname;
};

test('a preview address works once, for five minutes, and for its own account', async () => {
  const path = await preview();
  const first = await get(path);
  expect(first.status).toBe(302);
  expect((await get(path)).status).toBe(410);
  const swapped = (await preview()).replace(PORTAL_A.toString(36), PORTAL_B.toString(36));
  expect((await get(swapped)).status).toBe(410);
  const past = { db: product.t.db, clock: { now: () => new Date(Date.now() - 301_000) } };
  const old = await issuePageToken(past, PORTAL_A, `preview:${product.flowId}:en`);
  expect((await get(`/preview/${old.token}`)).status).toBe(410);
  for (const forged of [
    'x',
    '-x',
    `${PORTAL_A.toString(36)}-`,
    `${PORTAL_A.toString(36)}-${'a'.repeat(32)}`,
    '%00-%00',
    "' or 1=1-",
  ])
    expect((await get(`/preview/${encodeURIComponent(forged)}`)).status).toBe(410);
});

test('a pass for a preview that is forged, over or names another account’s flow shows nothing', async () => {
  const view = { portalId: PORTAL_A, flowId: product.flowId, viewId: 'v', locale: 'en' as const };
  const soon = new Date(Date.now() + 60_000);
  const passes = [
    signView([{ id: 'k1', key: randomBytes(32) }], { ...view, expiresAt: soon }),
    signView(product.t.keyring, { ...view, expiresAt: new Date(Date.now() - 1) }),
    signView(product.t.keyring, { ...view, portalId: PORTAL_B, expiresAt: soon }),
    'a.b.c',
    '..',
  ];
  for (const pass of passes) {
    const answer = await get(`/preview/view/${pass}/session.json`);
    expect([404, 410]).toContain(answer.status);
    expect(answer.text).not.toContain('screens');
  }
});

test('the files of a preview are its own: no path leads out of their folder', async () => {
  const { headers } = await get(await preview());
  const base = headers.get('location') ?? '';
  for (const path of [
    '..%2findex.html',
    '..%2f..%2f..%2fpackage.json',
    '%2fetc%2fpasswd',
    '%00',
    '..%5c..%5cpackage.json',
    '%252e%252e%252fpackage.json',
  ])
    expect([path, (await get(`${base}assets/${path}`)).status >= 400]).toEqual([path, true]);
});

test('what looks across accounts are functions that return ids, counts and times only, and only the app may call them', async () => {
  const functions = await rows(`
    select p.proname as name, pg_get_function_result(p.oid) as result, r.rolname as owner,
      has_function_privilege('public', p.oid, 'execute') as public
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_roles r on r.oid = p.proowner
    where n.nspname = 'flowella' and p.prosecdef`);
  expect(functions.length).toBeGreaterThan(4);
  // The mark of accounts' settings, a hash that only tells that something about them has changed.
  for (const one of functions.filter(
    ({ name }) => !['stamp_of_account', 'stamps_of_accounts'].includes(String(name)),
  )) {
    expect(one).toMatchObject({ owner: 'flowella_system', public: false });
    const columns = String(one.result)
      .replace(/^(TABLE\(|SETOF )/, '')
      .replace(/\)$/, '')
      .split(', ');
    for (const column of columns)
      expect(column).toMatch(
        /^(bigint|integer)$|^(portal_id bigint|account_id text|destination text|(accepted|waiting|delivering|held|delivered|dead|cancelled|requests|faults|unsigned|unreadable|unavailable|client_errors|amount) bigint|figure double precision|(flow_id|kind|subject) text|minutes integer|latency bigint\[\]|(since|latest) timestamp with time zone|paused integer|oldest_due timestamp with time zone)$/,
      );
  }
  const { rows: can } = await sql<{ login: boolean; bypass: boolean }>`
    select rolcanlogin as login, rolbypassrls as bypass from pg_roles where rolname = 'flowella_system'`.execute(
    product.t.db,
  );
  expect(can).toEqual([{ login: false, bypass: false }]);
});
