import { randomBytes } from 'node:crypto';
import type { KyselyPlugin } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withPortal } from '../../server/db/db.ts';
import { fillAnything } from '../security/support/fill-anything.ts';
import {
  CONTACT,
  PORTAL_A,
  PORTAL_B,
  startProduct,
  untilDelivered,
  type Product,
} from '../security/support/product.ts';
import { until } from '../support/until.ts';

let product: Product;
beforeAll(async () => {
  product = await startProduct();
  const { message } = await product.send(CONTACT?.id ?? '', '4915123456789');
  expect((await product.fillIn(message, fillAnything)).stuck).toBeNull();
  await untilDelivered(product);
}, 120_000);
afterAll(() => product?.close());

const newKey = (): string => randomBytes(12).toString('hex');
const path = '/api/stopped-deliveries';
const groups = async (portal = PORTAL_A) => (await product.api(portal, 'GET', path)).json.groups;
const stopTimeline = () =>
  withPortal(product.server.services.db, PORTAL_A, (tx) =>
    tx
      .updateTable('deliveries')
      .set({ state: 'dead', reason_code: 'value_refused', reason: 'Refused.' })
      .where('destination', '=', 'timeline')
      .execute(),
  );

test('what stopped is seen by its own account alone, with its contact, and arrives once it is tried again', async () => {
  expect(await groups()).toEqual([]);
  await stopTimeline();
  expect(await groups()).toMatchObject([{ destination: 'timeline', code: 'value_refused', count: 1 }]);
  expect(await groups(PORTAL_B)).toEqual([]);
  const listed = (await product.api(PORTAL_A, 'GET', `${path}/timeline/value_refused`)).json.deliveries;
  expect(listed).toMatchObject([{ state: 'dead', contactLink: expect.stringContaining(`/0-1/${CONTACT?.id}`) }]);
  expect((await product.api(PORTAL_B, 'GET', `${path}/timeline/value_refused`)).json.deliveries).toEqual([]);
  const body = { idempotencyKey: newKey(), kind: { destination: 'timeline', code: 'value_refused' } };
  expect((await product.api(PORTAL_B, 'POST', `${path}/replay`, body)).json).toEqual({ replayed: 0, remaining: 0 });
  const answer = { replayed: 1, remaining: 0 };
  expect((await product.api(PORTAL_A, 'POST', `${path}/replay`, body)).json).toEqual(answer);
  // The same press once more: the same answer, and nothing is put back a second time.
  expect((await product.api(PORTAL_A, 'POST', `${path}/replay`, body)).json).toEqual(answer);
  await until(async () => {
    const shown = await product.api(PORTAL_A, 'GET', `/api/contacts/${CONTACT?.id}/submissions`);
    return shown.json.submissions[0].deliveries.every((one: { state: string }) => one.state === 'delivered');
  }, 30_000);
  expect(await groups()).toEqual([]);
});

test('what waits for its form is counted once for a look at what stopped, however many wait', async () => {
  const { services } = product.server;
  const { db } = services;
  const hold = (state: 'held' | 'delivered') =>
    withPortal(db, PORTAL_A, (tx) =>
      tx
        .updateTable('deliveries')
        .set({ state, reason_code: state === 'held' ? 'form_gone' : null, reason: null })
        .where('destination', '=', 'form-submission')
        .execute(),
    );
  let counted = 0;
  const counting: KyselyPlugin = {
    transformQuery: ({ node }) => {
      if (node.kind === 'RawNode' && node.sqlFragments.join('').includes('nowhere_else')) counted += 1;
      return node;
    },
    transformResult: ({ result }) => Promise.resolve(result),
  };
  await hold('held');
  services.db = db.withPlugin(counting);
  try {
    expect(await groups()).toMatchObject([{ code: 'form_gone', count: 1, formGone: [] }]);
  } finally {
    services.db = db;
    await hold('delivered');
  }
  expect(counted).toBe(1);
});

test.each([
  ['GET', `${path}/nowhere/value_refused`],
  ['GET', `${path}/timeline/value_refused?after=x`],
  ['POST', `${path}/replay`],
])('%s %s without what it needs is refused in words', async (method, at) => {
  const answer = await product.api(PORTAL_A, method, at, method === 'POST' ? { kind: {} } : undefined);
  expect(answer.status).toBe(400);
  expect(answer.json.error.message).toBeTruthy();
});
