import { randomBytes } from 'node:crypto';
import type { Mapping } from '@flowella/shared/contract/mapping.ts';
import type { Answers } from '@flowella/shared/form/answers.ts';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { withPortal } from '../../server/db/db.ts';
import { decideHeld } from '../../server/delivery/decide-held.ts';
import { openJobs, wakeUpsOver } from '../../server/delivery/wake-ups.ts';
import { sweepDeliveries, startDelivery } from '../../server/delivery/start-delivery.ts';
import { workDeliveries, type DeliveryServices } from '../../server/delivery/work-deliveries.ts';
import type {
  DeliveryItem,
  DeliveryOutcome,
  Destination,
  DestinationKind,
} from '../../server/destinations/destination.ts';
import { newId } from '../../server/ids.ts';
import { acceptSubmission, type Acceptance } from '../../server/submissions/accept.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';

const MAPPING: Mapping = {
  formSubmission: { enabled: true },
  contact: { enabled: true, properties: [] },
  kycRecord: { enabled: false, home: 'contact', fields: {} },
  timeline: { enabled: true },
};
const ANSWERS: Answers = { '0-1/email': { kind: 'email', value: 'ana@lima.test' } };

let t: TestDatabase;
let portalId: number;
let now: Date;
let services: DeliveryServices;
let boss: ReturnType<typeof openJobs>;
/** What each destination answers next; default delivered. */
let script: Map<DestinationKind, DeliveryOutcome[]>;
let delivered: { kind: DestinationKind; item: DeliveryItem }[];
let readBacks: Map<DestinationKind, DeliveryOutcome | null>;

function destination(kind: DestinationKind, dependsOn: DestinationKind | null): Destination {
  return {
    kind,
    dependsOn,
    batchSize: 10,
    check: async () => [],
    wanted: () => true,
    deliver: async (_context, items) =>
      items.map((item) => {
        const outcome = script.get(kind)?.shift() ?? {
          kind: 'delivered',
          remoteId: `${kind}-1`,
          ...(kind === 'contact' ? { contactId: '501' } : {}),
        };
        if (outcome.kind === 'delivered' || outcome.kind === 'unknown') delivered.push({ kind, item });
        return outcome;
      }),
    readBack: async () => readBacks.get(kind) ?? null,
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
  script = new Map();
  readBacks = new Map();
  delivered = [];
  services = {
    db: t.db,
    keys: t.keys,
    clock: { now: () => now },
    log: pino({ level: 'silent' }),
    publicUrl: 'https://api.flowella.test',
    random: () => 0.5,
    hubspot: { call: () => Promise.reject(new Error('not used')) },
    wakeUps: wakeUpsOver(boss),
    destinations: [
      destination('contact', null),
      destination('form-submission', 'contact'),
      destination('timeline', 'contact'),
    ],
  };
  await seedFlow();
});

async function seedFlow(): Promise<void> {
  const at = now;
  await withPortal(t.db, portalId, async (tx) => {
    const portal_id = String(portalId);
    await tx
      .insertInto('wa_accounts')
      .values({
        portal_id,
        account_id: `wac_${portalId}`,
        waba_id: String(portalId),
        app_id: '1',
        name: 'A',
        access_token_sealed: randomBytes(9),
        app_secret_sealed: randomBytes(9),
        verify_token_hash: randomBytes(9),
        state: 'connected',
        created_at: at,
        updated_at: at,
      })
      .execute();
    await tx
      .insertInto('forms')
      .values({
        portal_id,
        form_id: 'frm_1',
        source: 'hubspot-forms',
        source_form_id: 'g',
        name: 'F',
        revision: 'r1',
        raw: '{}',
        model: '{}',
        write_back: '{}',
        read_at: at,
      })
      .execute();
    await tx
      .insertInto('flows')
      .values({
        portal_id,
        flow_id: 'flw_1',
        form_id: 'frm_1',
        source: 'hubspot-forms',
        source_form_id: 'g',
        account_id: `wac_${portalId}`,
        name: 'Contact',
        state: 'published',
        design: '{}',
        mapping: JSON.stringify(MAPPING),
        message: '{}',
        created_at: at,
        updated_at: at,
      })
      .execute();
    await tx
      .insertInto('flow_versions')
      .values({
        portal_id,
        version_id: 'ver_1',
        flow_id: 'flw_1',
        number: 1,
        form_id: 'frm_1',
        form_revision: 'r1',
        flow_json: '{}',
        program: '{}',
        report: '[]',
        mapping: JSON.stringify(MAPPING),
        state: 'published',
        created_at: at,
      })
      .execute();
    await tx
      .insertInto('persons')
      .values({
        portal_id,
        person_id: 'psn_1',
        portfolio_id: 'p',
        identity_sealed: await t.keys.sealJson(portalId, 'persons.identity:psn_1', { phone: '+5511900000000' }),
        created_at: at,
        updated_at: at,
      })
      .execute();
  });
}

async function accept(
  sendId = newId('send'),
  answers = ANSWERS,
  acceptedFrom: Acceptance['acceptedFrom'] = 'endpoint',
) {
  const dataKey = await t.keys.dataKey(portalId);
  return withPortal(t.db, portalId, (tx) =>
    acceptSubmission(
      tx,
      { wakeUps: services.wakeUps, destinations: services.destinations, dataKey, now },
      {
        portalId,
        sendId,
        flowId: 'flw_1',
        versionId: 'ver_1',
        formId: 'frm_1',
        formRevision: 'r1',
        contactId: null,
        personId: 'psn_1',
        mapping: MAPPING,
        answers,
        acceptedFrom,
        locale: 'en',
        openedAt: now,
        finishedAt: now,
      },
    ),
  );
}

const rowsOf = () =>
  withPortal(t.db, portalId, (tx) => tx.selectFrom('deliveries').selectAll().orderBy('destination').execute());
const statesOf = async () => Object.fromEntries((await rowsOf()).map((row) => [row.destination, row.state]));

test('a submission accepted once is delivered to every place, dependants after the contact', async () => {
  await accept();
  expect(await workDeliveries(services, portalId, 'timeline')).toBe(0);
  await workDeliveries(services, portalId, 'contact');
  await workDeliveries(services, portalId, 'timeline');
  await workDeliveries(services, portalId, 'form-submission');
  expect(await statesOf()).toEqual({ contact: 'delivered', 'form-submission': 'delivered', timeline: 'delivered' });
  expect(delivered.map((entry) => entry.kind)).toEqual(['contact', 'timeline', 'form-submission']);
  expect(delivered[0]?.item.answers).toEqual(ANSWERS);
  expect(delivered[1]?.item.contactId).toBe('501');
});

test('a second acceptance of the same send finds the first; a differing one is recorded beside it', async () => {
  const sendId = newId('send');
  const first = await accept(sendId);
  expect(await accept(sendId, ANSWERS, 'nfm_reply')).toEqual({ submissionId: first.submissionId, first: false });
  await accept(sendId, { '0-1/email': { kind: 'email', value: 'other@lima.test' } });
  expect((await rowsOf()).length).toBe(3);
  const repeats = await withPortal(t.db, portalId, (tx) => tx.selectFrom('submission_repeats').selectAll().execute());
  expect(repeats).toHaveLength(1);
});

test('ten acceptances at once leave one submission', async () => {
  const sendId = newId('send');
  const results = await Promise.all(Array.from({ length: 8 }, () => accept(sendId)));
  expect(new Set(results.map((result) => result.submissionId)).size).toBe(1);
  expect(results.filter((result) => result.first)).toHaveLength(1);
});

test('a rolled-back acceptance leaves no submission, no delivery and no job', async () => {
  await expect(
    withPortal(t.db, portalId, async (tx) => {
      await services.wakeUps.add(tx, portalId, ['contact']);
      throw new Error('rolled back');
    }),
  ).rejects.toThrow('rolled back');
  const jobs = await t.pool.query("select count(*)::int as n from pgboss.job where data->>'portalId' = $1", [
    String(portalId),
  ]);
  expect(jobs.rows[0]).toEqual({ n: 0 });
});

test('a fault is tried again later, not before, and not for ever', async () => {
  script.set('contact', [{ kind: 'retry', code: 'hubspot_unavailable', reason: 'HubSpot did not answer.' }]);
  await accept();
  await workDeliveries(services, portalId, 'contact');
  expect((await rowsOf())[0]).toMatchObject({ state: 'waiting', reason_code: 'hubspot_unavailable', attempt: 1 });
  expect(await workDeliveries(services, portalId, 'contact')).toBe(0);
  now = new Date(now.getTime() + 10_000);
  expect(await workDeliveries(services, portalId, 'contact')).toBe(1);
  expect((await rowsOf())[0]?.state).toBe('delivered');
});

test('after three days of faults the delivery is a dead letter and its dependants say why they wait', async () => {
  script.set(
    'contact',
    Array.from({ length: 200 }, () => ({
      kind: 'retry' as const,
      code: 'hubspot_unavailable',
      reason: 'HubSpot did not answer.',
    })),
  );
  await accept();
  for (let tries = 0; tries < 200; tries += 1) {
    await sweepDeliveries(services);
    const [row] = await rowsOf();
    if (row?.state === 'dead') break;
    now = new Date(Math.max(now.getTime(), row?.due_at.getTime() ?? 0));
  }
  const rows = await rowsOf();
  expect(rows.map((row) => row.state)).toEqual(['dead', 'waiting', 'waiting']);
  expect(rows[1]).toMatchObject({ reason_code: 'blocked' });
  expect(now.getTime() - new Date('2026-11-23T10:00:00Z').getTime()).toBeLessThanOrEqual(72 * 3_600_000);
});

test('a contact held for one property lets the form and the timeline go on with the contact it found', async () => {
  script.set('contact', [
    { kind: 'held', code: 'property_changed', reason: 'One property is gone.', contactId: '777' },
  ]);
  await accept();
  for (let round = 0; round < 3; round += 1) await sweepDeliveries(services);
  expect((await rowsOf()).map((row) => row.state)).toEqual(['held', 'delivered', 'delivered']);
  expect(delivered.map(({ item }) => item.contactId)).toEqual(['777', '777']);
});

test('a contact held as a whole holds what depends on it, and says why', async () => {
  script.set('contact', [{ kind: 'held', code: 'portal_disconnected', reason: 'Install the app again.' }]);
  await accept();
  for (let round = 0; round < 3; round += 1) await sweepDeliveries(services);
  const rows = await rowsOf();
  expect(rows.map((row) => row.state)).toEqual(['held', 'waiting', 'waiting']);
  expect(rows[1]).toMatchObject({ reason_code: 'blocked', reason: 'Install the app again.' });
});

test('what a customer decided about a held submission stays through faults until it is delivered', async () => {
  script.set('form-submission', [
    { kind: 'held', code: 'form_changed', reason: 'A field is gone.' },
    { kind: 'retry', code: 'hubspot_unavailable', reason: 'HubSpot did not answer.' },
  ]);
  await accept();
  for (let round = 0; round < 2; round += 1) await sweepDeliveries(services);
  const [flow] = await withPortal(t.db, portalId, (tx) => tx.selectFrom('flows').select('flow_id').execute());
  expect(await decideHeld(services, portalId, 'flw_other', 'without-removed')).toBe(0);
  expect(await decideHeld(services, portalId, flow?.flow_id ?? '', 'without-removed')).toBe(1);
  for (let round = 0; round < 2; round += 1) {
    await sweepDeliveries(services);
    now = new Date(now.getTime() + 60_000);
  }
  expect((await rowsOf()).map((row) => row.state)).toEqual(['delivered', 'delivered', 'delivered']);
  expect(delivered.find(({ kind }) => kind === 'form-submission')?.item.leaveOutRemoved).toBe(true);
});

test('the vendor says when to come back, and we do not come before', async () => {
  script.set('contact', [{ kind: 'retry', code: 'hubspot_rate_limited', reason: 'Wait.', retryAfterMs: 90_000 }]);
  await accept();
  await workDeliveries(services, portalId, 'contact');
  expect((await rowsOf())[0]?.due_at.getTime()).toBe(now.getTime() + 90_000);
});

test('an attempt with unknown outcome is looked up before it is tried again', async () => {
  script.set('contact', [{ kind: 'unknown', code: 'hubspot_outcome_unknown', reason: 'The answer was lost.' }]);
  await accept();
  await workDeliveries(services, portalId, 'contact');
  readBacks.set('contact', { kind: 'delivered', remoteId: '77', contactId: '501' });
  now = new Date(now.getTime() + 60_000);
  await workDeliveries(services, portalId, 'contact');
  expect((await rowsOf())[0]).toMatchObject({ state: 'delivered', remote_id: '77', attempt: 2 });
  expect(delivered.filter((entry) => entry.kind === 'contact')).toHaveLength(1);
});

test('a worker that died is replaced when its lease ends, and its late result changes nothing', async () => {
  await accept();
  let release: () => void = () => {};
  const blocked = new Promise<void>((resolve) => (release = resolve));
  const slow = {
    ...services,
    destinations: [
      {
        ...destination('contact', null),
        deliver: async () => {
          await blocked;
          return [{ kind: 'dead' as const, code: 'late', reason: 'Late.' }];
        },
      },
    ],
  };
  const late = workDeliveries(slow, portalId, 'contact');
  await until(async () => (await rowsOf())[0]?.state === 'delivering');
  now = new Date(now.getTime() + 61_000);
  readBacks.set('contact', null);
  expect(await workDeliveries(services, portalId, 'contact')).toBe(1);
  release();
  await late;
  expect((await rowsOf())[0]).toMatchObject({ state: 'delivered', attempt: 2 });
});

test('two workers never deliver the same row', async () => {
  await Promise.all(Array.from({ length: 6 }, () => accept()));
  await Promise.all([1, 2, 3, 4].map(() => workDeliveries(services, portalId, 'contact')));
  expect(delivered.map((entry) => entry.item.deliveryId).toSorted()).toEqual(
    [...new Set(delivered.map((entry) => entry.item.deliveryId))].toSorted(),
  );
  expect(delivered).toHaveLength(6);
});

test('the queue wakes the worker without the sweeper', async () => {
  services = { ...services, clock: { now: () => new Date() } };
  const worker = await startDelivery(services, boss);
  await accept();
  await until(async () => Object.values(await statesOf()).every((state) => state === 'delivered'));
  await worker.stop();
});
