import type { Mapping } from '@flowella/shared/contract/mapping.ts';
import type { Answers } from '@flowella/shared/form/answers.ts';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { withPortal } from '../../server/db/db.ts';
import { decideHeld } from '../../server/delivery/decide-held.ts';
import { openJobs, wakeUps } from '../../server/delivery/wake-ups.ts';
import { replayDelivery } from '../../server/delivery/replay-delivery.ts';
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
import { seedFlow } from './support/seed-flow.ts';

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
    wakeUps,
    destinations: [
      destination('contact', null),
      destination('form-submission', 'contact'),
      destination('timeline', 'contact'),
    ],
  };
  await seedFlow(t, portalId, { now, mapping: MAPPING });
});

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
        screens: null,
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

describe('a destination that awaits the end of another', () => {
  const withFiles = () => {
    services.destinations = [
      destination('files', null),
      destination('form-submission', null),
      destination('timeline', null),
    ];
  };
  const lost: DeliveryOutcome = { kind: 'dead', code: 'files_lost', reason: 'One file is lost.' };

  test.each([
    ['delivered', undefined],
    ['dead', lost],
  ] as const)('goes on when that one is %s, and not before', async (state, outcome) => {
    withFiles();
    if (outcome) script.set('files', [outcome]);
    await accept();
    expect(await workDeliveries(services, portalId, 'form-submission')).toBe(0);
    expect(await workDeliveries(services, portalId, 'timeline')).toBe(1);
    expect(await workDeliveries(services, portalId, 'files')).toBe(1);
    expect(await workDeliveries(services, portalId, 'form-submission')).toBe(1);
    expect(await statesOf()).toEqual({ files: state, 'form-submission': 'delivered', timeline: 'delivered' });
  });

  test('waits with the reason while a person must act, and takes up what was put away by then', async () => {
    withFiles();
    const detail = { files: [{ question: 'papers', index: 1, fileId: '9', url: 'https://files.test/9' }] };
    script.set('files', [{ kind: 'held', code: 'files_permission', reason: 'A permission is missing.', detail }]);
    const files = ['1', '2'].map((mediaId) => ({ mediaId, fileName: 'x', sha256: '' }));
    await accept(newId('send'), { ...ANSWERS, papers: { kind: 'files', files } });
    await workDeliveries(services, portalId, 'files');
    expect(await workDeliveries(services, portalId, 'form-submission')).toBe(0);
    const [heldFiles, form] = await rowsOf();
    expect(form).toMatchObject({ state: 'waiting', reason: 'A permission is missing.' });
    script.set('files', [{ kind: 'delivered', remoteId: '9', detail }]);
    await replayDelivery(services, portalId, heldFiles?.delivery_id ?? '');
    await workDeliveries(services, portalId, 'files');
    expect(delivered.at(-1)?.item.detail).toEqual(detail);
    await workDeliveries(services, portalId, 'form-submission');
    expect(delivered.at(-1)?.item.answers.papers).toMatchObject({
      files: [{ mediaId: '1' }, { mediaId: '2', storedUrl: 'https://files.test/9' }],
    });
  });
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

test('what a customer decides after a week is tried for three days anew, and was made when it was made', async () => {
  script.set('form-submission', [
    { kind: 'held', code: 'form_changed', reason: 'A field is gone.' },
    { kind: 'retry', code: 'hubspot_unavailable', reason: 'HubSpot did not answer.' },
  ]);
  await accept();
  for (let round = 0; round < 2; round += 1) await sweepDeliveries(services);
  const formOf = async () => (await rowsOf()).find((row) => row.destination === 'form-submission');
  const made = (await formOf())?.created_at;
  now = new Date(now.getTime() + 7 * 86_400_000);
  const [flow] = await withPortal(t.db, portalId, (tx) => tx.selectFrom('flows').select('flow_id').execute());
  expect(await decideHeld(services, portalId, flow?.flow_id ?? '', 'again')).toBe(1);
  await sweepDeliveries(services);
  expect(await formOf()).toMatchObject({ state: 'waiting', reason_code: 'hubspot_unavailable', created_at: made });
  now = new Date(now.getTime() + 60_000);
  await sweepDeliveries(services);
  expect(await formOf()).toMatchObject({ state: 'delivered' });
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

test('a receiver of a customer that answers nobody does not keep any other delivery waiting', async () => {
  let release: () => void = () => {};
  const blocked = new Promise<void>((resolve) => (release = resolve));
  const called: string[] = [];
  const silent: Destination = {
    ...destination('webhook', null),
    isOutside: true,
    deliver: async (_context, items) => {
      called.push(...items.map((item) => item.deliveryId));
      await blocked;
      return items.map(() => ({ kind: 'delivered', remoteId: null }));
    },
  };
  services = { ...services, clock: { now: () => new Date() }, destinations: [...services.destinations, silent] };
  const worker = await startDelivery(services, boss);
  await accept();
  await until(() => called.length === 1);
  // Both the wake-up and the sweeper's rounds go on while the receiver is silent.
  for (let n = 0; n < 3; n += 1) await accept();
  await until(async () => {
    const others = (await rowsOf()).filter((row) => row.destination !== 'webhook');
    return others.length === 12 && others.every((row) => row.state === 'delivered');
  });
  expect(called).toHaveLength(1);
  release();
  await until(async () => (await rowsOf()).every((row) => row.state === 'delivered'));
  expect(new Set(called).size).toBe(4);
  await worker.stop();
});
