import type { Mapping } from '@flowella/shared/contract/mapping.ts';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { withPortal } from '../../server/db/db.ts';
import { isBalanced, readBalance } from '../../server/delivery/check-balance.ts';
import { openJobs, wakeUps } from '../../server/delivery/wake-ups.ts';
import { workDeliveries, type DeliveryServices } from '../../server/delivery/work-deliveries.ts';
import type { DeliveryOutcome, Destination } from '../../server/destinations/destination.ts';
import { askForResult } from '../../server/identity/ask-for-result.ts';
import { newId } from '../../server/ids.ts';
import { acceptSubmission } from '../../server/submissions/accept.ts';
import { seedFlow } from '../delivery/support/seed-flow.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

const MAPPING: Mapping = {
  formSubmission: { enabled: false },
  contact: { enabled: true, properties: [] },
  kycRecord: { enabled: true, home: 'contact', fields: {} },
  timeline: { enabled: false },
};

let t: TestDatabase;
let boss: ReturnType<typeof openJobs>;
let portalId: number;
let now: Date;
let services: DeliveryServices;
let submissionId: string;
/** What happens while the result is delivered, by turn, and what it comes to. */
let turns: ((() => Promise<void>) | DeliveryOutcome)[];
let runs: number;

const done: DeliveryOutcome = { kind: 'delivered', remoteId: '1' };
function destination(kind: Destination['kind'], dependsOn: Destination['dependsOn']): Destination {
  return {
    kind,
    dependsOn,
    batchSize: 10,
    needsNoAnswers: kind === 'identity-result',
    wanted: () => kind !== 'identity-result',
    check: async () => [],
    deliver: async (_context, items) => {
      if (kind !== 'identity-result')
        return items.map(() => (kind === 'contact' ? { ...done, contactId: '501' } : done));
      runs += 1;
      const turn = turns.shift();
      if (typeof turn === 'function') await turn();
      return items.map(() => (turn && typeof turn !== 'function' ? turn : done));
    },
  };
}

beforeAll(async () => {
  t = await testDatabase({ poolSize: 8 });
  boss = openJobs({ connectionString: t.url, onError: () => {} });
  await boss.start();
});
afterAll(async () => {
  await boss.stop({ graceful: false });
  await t.close();
});
beforeEach(async () => {
  portalId = await t.addPortal();
  now = new Date('2026-11-23T10:00:00Z');
  turns = [];
  runs = 0;
  services = {
    db: t.db,
    keys: t.keys,
    clock: { now: () => now },
    log: pino({ level: 'silent' }),
    publicUrl: 'https://api.flowella.test',
    random: () => 0.5,
    hubspot: { call: () => Promise.reject(new Error('not used')) },
    wakeUps,
    destinations: [
      destination('contact', null),
      destination('kyc-record', 'contact'),
      destination('identity-result', 'kyc-record'),
    ],
  };
  await seedFlow(t, portalId, { now, mapping: MAPPING });
  const dataKey = await t.keys.dataKey(portalId);
  const accepted = await withPortal(t.db, portalId, (tx) =>
    acceptSubmission(
      tx,
      { wakeUps: services.wakeUps, destinations: services.destinations, dataKey, now },
      {
        portalId,
        sendId: newId('send'),
        flowId: 'flw_1',
        versionId: 'ver_1',
        formId: 'frm_1',
        formRevision: 'r1',
        contactId: null,
        personId: 'psn_1',
        mapping: MAPPING,
        answers: {},
        acceptedFrom: 'endpoint',
        locale: 'en',
        openedAt: now,
        screens: null,
        finishedAt: now,
      },
    ),
  );
  submissionId = accepted.submissionId;
});

const ask = () =>
  withPortal(t.db, portalId, (tx) => askForResult(tx, { wakeUps: services.wakeUps, now }, { portalId, submissionId }));
const work = () => workDeliveries(services, portalId, 'identity-result');
const rowOf = () =>
  withPortal(t.db, portalId, (tx) =>
    tx.selectFrom('deliveries').selectAll().where('destination', '=', 'identity-result').executeTakeFirst(),
  );
async function workOthers() {
  await workDeliveries(services, portalId, 'contact');
  await workDeliveries(services, portalId, 'kyc-record');
}
const unbalanced = async () => (await readBalance(t.db)).filter((one) => one.portalId === portalId && !isBalanced(one));

test('a result waits for the KYC record, and its submission was accepted for it once, however often it is asked for', async () => {
  await ask();
  await ask();
  expect(await work()).toBe(0);
  expect(await unbalanced()).toEqual([]);
  await workOthers();
  expect(await work()).toBe(1);
  expect(await rowOf()).toMatchObject({ state: 'delivered' });
  await ask();
  expect(await work()).toBe(1);
  expect(runs).toBe(2);
  expect(await unbalanced()).toEqual([]);
});

test('what is asked for while a worker is at it is done once more by it, and never beside it', async () => {
  await workOthers();
  await ask();
  turns = [
    async () => {
      await ask();
      await ask();
      expect(await rowOf()).toMatchObject({ state: 'delivering', asked_again: true });
      expect(await work()).toBe(0);
    },
  ];
  expect(await work()).toBe(2);
  expect(runs).toBe(2);
  expect(await rowOf()).toMatchObject({ state: 'delivered', asked_again: false });
});

test.each([
  { kind: 'dead', code: 'identity_not_found', reason: 'gone' },
  { kind: 'held', code: 'identity_key_refused', reason: 'key' },
] as DeliveryOutcome[])('news takes up again what had ended as %o', async (outcome) => {
  await workOthers();
  await ask();
  turns = [outcome];
  await work();
  expect(await rowOf()).toMatchObject({ state: outcome.kind });
  await ask();
  expect(await work()).toBe(1);
  expect(await rowOf()).toMatchObject({ state: 'delivered', reason: null });
});

test('a result is delivered after the answers were deleted, and not after the contact was erased', async () => {
  await workOthers();
  await withPortal(t.db, portalId, (tx) =>
    tx.updateTable('submissions').set({ answers_sealed: null, answers_key_wrapped: null }).execute(),
  );
  await ask();
  expect(await work()).toBe(1);
  expect(await rowOf()).toMatchObject({ state: 'delivered' });
  await withPortal(t.db, portalId, (tx) =>
    tx.updateTable('deliveries').set({ state: 'cancelled', reason_code: 'erased' }).execute(),
  );
  await ask();
  expect(await work()).toBe(0);
  expect(await rowOf()).toMatchObject({ state: 'cancelled' });
});
