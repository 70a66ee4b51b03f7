import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { firstBrokenEntry } from '../../server/audit/audit.ts';
import { withPortal } from '../../server/db/db.ts';
import { answersKeptUntil, deleteExpiredAnswers } from '../../server/submissions/delete-expired-answers.ts';
import { replayDelivery } from '../../server/delivery/replay-delivery.ts';
import { fillAnything } from '../security/support/fill-anything.ts';
import {
  CONTACT,
  PORTAL_A,
  startProduct,
  untilDelivered,
  type Json,
  type Product,
} from '../security/support/product.ts';

const DAY_MS = 86_400_000;
const WA_ID = '4915123456789';
let product: Product;
let submissionId: string;

beforeAll(async () => {
  product = await startProduct();
}, 90_000);
afterAll(() => product?.close());

const latest = async (): Promise<Json> =>
  (await product.api(PORTAL_A, 'GET', `/api/contacts/${CONTACT?.id}/submissions`)).json.submissions[0];
const after = (days: number) => {
  const { services } = product.server;
  const now = new Date(Date.now() + days * DAY_MS);
  return deleteExpiredAnswers({ db: services.db, clock: { now: () => now } }, PORTAL_A);
};
const setRetention = async (retention: object) => {
  const change = { idempotencyKey: randomBytes(12).toString('hex'), retention };
  const { status, json } = await product.api(PORTAL_A, 'PATCH', `/api/flows/${product.flowId}`, change);
  expect([status, json.retention]).toEqual([200, retention]);
  // Not a change of the flow itself: what is published stays as it is, without a draft beside it.
  expect(json.publication.state).toBe('published');
};
const setState = (state: 'waiting' | 'dead' | 'held') =>
  withPortal(product.server.services.db, PORTAL_A, (tx) =>
    tx
      .updateTable('deliveries')
      // Far ahead, so that the worker leaves it alone.
      .set({ state, due_at: new Date(Date.now() + 365 * DAY_MS) })
      .where('submission_id', '=', submissionId)
      .where('destination', '=', 'timeline')
      .execute(),
  );
const areHere = async () => (await latest()).answers !== null;

describe('the answers of a flow', () => {
  beforeEach(async () => {
    await setRetention({ kind: 'keep' });
    const { message } = await product.send(CONTACT?.id ?? '', WA_ID);
    expect((await product.fillIn(message, fillAnything)).stuck).toBeNull();
    await untilDelivered(product);
    submissionId = (await latest()).submissionId;
  }, 60_000);

  test('stay until somebody erases them, where nothing else is said', async () => {
    expect(await after(5_000)).toBe(0);
    expect(await latest()).toMatchObject({ answersNote: null });
    expect(await areHere()).toBe(true);
  });

  test('go after the days that are set, in words said before', async () => {
    await setRetention({ kind: 'days', days: 90 });
    expect((await latest()).answersNote).toMatch(/Kept here until .+ at the latest/);
    expect((await latest()).screens).not.toEqual([]);
    expect(await after(89.9)).toBe(0);
    expect(await after(90.1)).toBeGreaterThan(0);
    // Nor can it be told from the screens they came by.
    expect(await latest()).toMatchObject({
      answers: null,
      screens: [],
      answersNote: expect.stringContaining('privacy settings'),
    });
    const left = await withPortal(product.server.services.db, PORTAL_A, (tx) =>
      tx.selectFrom('submissions').selectAll().where('submission_id', '=', submissionId).executeTakeFirstOrThrow(),
    );
    expect(left).toMatchObject({ answers_sealed: null, answers_key_wrapped: null, answers_hash: Buffer.alloc(0) });
  });

  test('go at once when all is delivered and the flow passes through', async () => {
    await setRetention({ kind: 'pass-through' });
    expect(await after(0)).toBeGreaterThan(0);
    expect(await areHere()).toBe(false);
  });

  test.each(['dead', 'held'] as const)(
    'that could not be delivered (%s) are kept thirty days, and say so afterwards',
    async (state) => {
      await setRetention({ kind: 'pass-through' });
      await setState(state);
      await after(29.9);
      expect(await areHere()).toBe(true);
      await after(30.1);
      const { answers, deliveries } = await latest();
      const timeline = deliveries.find((one: Json) => one.destination === 'timeline');
      expect([answers, timeline.state]).toEqual([null, 'cancelled']);
      expect(timeline.reason).toContain('were deleted');
      await expect(replayDelivery(product.server.services, PORTAL_A, timeline.deliveryId)).rejects.toMatchObject({
        code: 'delivery_not_replayable',
      });
    },
  );

  test('go though deliveries still wait for one that died: nobody will send them', async () => {
    await setRetention({ kind: 'days', days: 1 });
    await withPortal(product.server.services.db, PORTAL_A, async (tx) => {
      const own = tx.updateTable('deliveries').where('submission_id', '=', submissionId);
      await own.set({ state: 'dead', reason: 'Refused.' }).where('destination', '=', 'contact').execute();
      const blocked = { state: 'waiting', reason_code: 'blocked', reason: 'Refused.' } as const;
      await own.set(blocked).where('destination', '<>', 'contact').execute();
    });
    await after(0.9);
    expect(await areHere()).toBe(true);
    await after(1.1);
    const { answers, deliveries } = await latest();
    expect(answers).toBeNull();
    expect([...new Set(deliveries.map((one: Json) => one.state))]).toEqual(['cancelled']);
  });

  test('wait for a delivery that is under way', async () => {
    await setRetention({ kind: 'days', days: 1 });
    await setState('waiting');
    await after(2);
    expect(await areHere()).toBe(true);
    await setState('dead');
    await after(2);
    expect(await areHere()).toBe(false);
  });

  test('leave a line in the audit log that says how many, and no answer', async () => {
    await setRetention({ kind: 'pass-through' });
    const count = await after(0);
    expect(await after(0)).toBe(0);
    const { services } = product.server;
    const entries = await withPortal(services.db, PORTAL_A, async (tx) => {
      expect(await firstBrokenEntry(tx, PORTAL_A)).toBeNull();
      return tx.selectFrom('audit_log').selectAll().where('action', '=', 'answers.deleted').orderBy('seq').execute();
    });
    expect(entries.at(-1)).toMatchObject({
      subject: `flow:${product.flowId}`,
      detail: { submissions: count, rule: 'pass-through' },
    });
  });
});

test.each([
  [{ kind: 'keep' }, null],
  [{ kind: 'days', days: 2 }, '2026-01-03T00:00:00.000Z'],
  [{ kind: 'pass-through' }, '2026-01-31T00:00:00.000Z'],
])('%j keeps answers until %s at the latest', (retention, until) => {
  const found = answersKeptUntil(retention, new Date('2026-01-01T00:00:00Z'));
  expect(found?.toISOString() ?? null).toBe(until);
});
