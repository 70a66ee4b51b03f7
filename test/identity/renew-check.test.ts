import { IDENTITY_VENDORS, type IdentityVendor } from '@flowella/shared/contract/identity.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AppError } from '../../server/app-error.ts';
import { withPortal } from '../../server/db/db.ts';
import type { DeliveryItem } from '../../server/destinations/destination.ts';
import { forgetChecks, readReference, referenceOf } from '../../server/destinations/identity-check/checks.ts';
import { createKycRecordDestination } from '../../server/destinations/kyc-record/kyc-record-destination.ts';
import { viewIdentityCheck } from '../../server/destinations/identity-check/view-check.ts';
import { endUnstartedChecks } from '../../server/identity/end-unstarted.ts';
import { renewCheck, type RenewServices } from '../../server/identity/renew-check.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { CONTACT_ID, startPortal, type Portal } from '../destinations/support/hubspot-portal.ts';
import { startVendors, type Vendors } from '../destinations/identity-check/support/vendor-fixture.ts';

const HOUR_MS = 3_600_000;
const START: Record<IdentityVendor, string> = {
  onfido: 'POST /onfido/v3.6/workflow_runs',
  persona: 'POST /persona/api/v1/inquiries',
  veriff: 'POST /veriff/v1/sessions',
  stripe: 'POST /stripe/v1/identity/verification_sessions',
};
/** What the vendor itself says of a session whose link nobody used in time; Stripe says nothing. */
const EXPIRED: Record<IdentityVendor, string | null> = {
  onfido: 'abandoned',
  persona: 'expired',
  veriff: 'expired',
  stripe: null,
};
/** Whether an open session can be ended from here, so that another one can take its place. */
const CAN_CLOSE: Record<IdentityVendor, string | null> = {
  onfido: null,
  persona: 'expired',
  veriff: null,
  stripe: 'canceled',
};

let database: TestDatabase;
let portal: Portal;
let vendors: Vendors;
let services: RenewServices;
let woken: string[];

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  portal = await startPortal(database);
  vendors = await startVendors(database, portal);
  woken = [];
  services = {
    db: database.db,
    keys: database.keys,
    clock: portal.clock,
    wakeUps: { add: async (_tx, _portal, kinds) => void woken.push(...kinds) },
    safeFetch: vendors.tools.safeFetch,
    config: { identityStandInUrl: vendors.standIn.url },
  };
});
afterEach(async () => {
  await vendors.close();
  await portal.close();
});

/** A check whose link went out, as the engine leaves it. */
async function started(vendor: IdentityVendor): Promise<DeliveryItem> {
  const item = await vendors.item(vendor, await vendors.add(vendor));
  await createKycRecordDestination().deliver(portal.context, [item]);
  await vendors.start.deliver(portal.context, [item]);
  const now = portal.clock.now();
  await withPortal(database.db, portal.portalId, (tx) =>
    tx
      .insertInto('deliveries')
      .values({
        portal_id: portal.portalId,
        delivery_id: item.deliveryId,
        submission_id: item.submissionId,
        destination: 'identity-check',
        state: 'delivered',
        due_at: now,
        created_at: now,
        updated_at: now,
        delivered_at: now,
      })
      .execute(),
  );
  return item;
}
const resultOf = async (item: DeliveryItem) => (await vendors.result.deliver(portal.context, [item]))[0];
/** Nobody used the link: the vendor says so, or its link has ended. */
async function expired(vendor: IdentityVendor): Promise<DeliveryItem> {
  const item = await started(vendor);
  const status = EXPIRED[vendor];
  if (status === null) portal.clock.advance(73 * HOUR_MS);
  else await vendors.decide(vendors.session(vendor).id, { status, silent: true });
  await resultOf(item);
  expect(await vendors.check(item)).toMatchObject({ state: 'expired' });
  return item;
}
const renew = (item: DeliveryItem, change: Partial<Parameters<typeof renewCheck>[1]> = {}) =>
  renewCheck(services, {
    portalId: portal.portalId,
    contactId: CONTACT_ID,
    submissionId: item.submissionId,
    actor: 'user:7',
    ...change,
  });
const startAgain = (item: DeliveryItem, attempt = 2) => vendors.start.deliver(portal.context, [{ ...item, attempt }]);
const attempts = (item: DeliveryItem) =>
  withPortal(database.db, portal.portalId, (tx) =>
    tx
      .selectFrom('identity_checks')
      .selectAll()
      .where('submission_id', '=', item.submissionId)
      .orderBy('attempt')
      .execute(),
  );
const deliveryOf = (item: DeliveryItem) =>
  withPortal(database.db, portal.portalId, (tx) =>
    tx.selectFrom('deliveries').selectAll().where('delivery_id', '=', item.deliveryId).executeTakeFirstOrThrow(),
  );
const properties = async () => (await portal.contact(CONTACT_ID)).properties;
const sessionsOf = (vendor: IdentityVendor) => vendors.standIn.sessions(vendor);

describe.each(IDENTITY_VENDORS)('an expired check at %s', (vendor) => {
  test('begins anew with a session of its own under our reference and its number, and its link goes out once', async () => {
    const item = await expired(vendor);
    expect(await properties()).toMatchObject({ flowella_kyc_status: 'expired', flowella_kyc_check_status: 'expired' });
    const [old] = sessionsOf(vendor);
    const checkId = await renew(item);
    expect(woken).toEqual(['identity-check', 'identity-result']);
    expect(await deliveryOf(item)).toMatchObject({ state: 'waiting', reason: null, delivered_at: null });
    expect((await startAgain(item))[0]).toMatchObject({ kind: 'delivered' });
    await startAgain(item, 3);
    const [session] = sessionsOf(vendor);
    expect(sessionsOf(vendor)).toHaveLength(2);
    expect(session?.reference).toBe(`${item.submissionId}-2`);
    expect(session?.id).not.toBe(old?.id);
    expect(vendors.sent.map(({ link }) => link)).toEqual([
      `${vendors.standIn.url}/hosted/${old?.token}`,
      `${vendors.standIn.url}/hosted/${session?.token}`,
    ]);
    expect(vendors.sent[1]?.checkId).toBe(checkId);
    expect(await attempts(item)).toMatchObject([
      { attempt: 1, state: 'expired', vendor_reference: old?.id, link_sealed: null },
      { attempt: 2, state: 'link_sent', vendor_reference: session?.id, check_id: checkId },
    ]);
    expect(await resultOf(item)).toMatchObject({ kind: 'delivered' });
    expect(await properties()).toMatchObject({
      flowella_kyc_status: 'submitted',
      flowella_kyc_check_status: 'link_sent',
    });
  });

  test('what the earlier session says late changes nothing, and the new one is decided by itself', async () => {
    const item = await expired(vendor);
    const [old] = sessionsOf(vendor);
    await renew(item);
    await startAgain(item);
    await vendors.decide(old?.id ?? '', { outcome: 'approve', silent: true });
    await resultOf(item);
    expect(await vendors.check(item)).toMatchObject({ attempt: 2, state: 'link_sent' });
    await vendors.decide(vendors.session(vendor).id, {
      outcome: 'approve',
      firstName: 'Ada <b>',
      lastName: 'Lovelace',
      birthDate: '1990-12-10',
      silent: true,
    });
    await resultOf(item);
    expect(await vendors.check(item)).toMatchObject({ attempt: 2, state: 'approved', mismatches: [] });
    expect(await properties()).toMatchObject({ flowella_kyc_status: 'verified', flowella_kyc_risk_flag: 'false' });
  });

  test('begins anew once, however often and by how many it is asked for', async () => {
    const item = await expired(vendor);
    const presses = await Promise.allSettled([renew(item), renew(item), renew(item)]);
    expect(presses.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(renew(item)).rejects.toMatchObject({ code: 'identity_not_expired' });
    expect(await attempts(item)).toHaveLength(2);
    await startAgain(item);
    expect(sessionsOf(vendor)).toHaveLength(2);
  });

  test('whose new start was not answered is found by the reference of its attempt', async () => {
    const item = await expired(vendor);
    await renew(item);
    await vendors.fault({ route: START[vendor], kind: 'timeout-after-success' });
    expect((await startAgain(item))[0]).toMatchObject({ kind: 'unknown' });
    expect(await vendors.start.readBack?.(portal.context, { ...item, attempt: 3 })).toBeNull();
    expect((await startAgain(item, 3))[0]).toMatchObject({ kind: 'delivered' });
    // Veriff has no search: there another session is made, whose address alone the person gets.
    expect(sessionsOf(vendor)).toHaveLength(vendor === 'veriff' ? 3 : 2);
    expect(vendors.sent).toHaveLength(2);
  });

  test('that the vendor still holds open is ended there first; where that cannot be, no second one is started', async () => {
    const item = await started(vendor);
    portal.clock.advance(31 * 24 * HOUR_MS);
    await resultOf(item);
    expect(await vendors.check(item)).toMatchObject({ state: 'expired' });
    const ended = CAN_CLOSE[vendor];
    if (ended === null) {
      await expect(renew(item)).rejects.toMatchObject({ code: 'identity_open_there' });
      expect(await attempts(item)).toHaveLength(1);
      return;
    }
    await renew(item);
    expect(vendors.session(vendor).status).toBe(ended);
  });

  test('that the vendor has decided since is not begun anew, and the card says what it decided', async () => {
    const item = await expired(vendor);
    await vendors.decide(vendors.session(vendor).id, { outcome: 'approve', silent: true });
    await expect(renew(item)).rejects.toMatchObject({ code: 'identity_decided_there' });
    const check = await vendors.check(item);
    expect(check).toMatchObject({ attempt: 1, state: 'expired' });
    expect(check.later_status).not.toBeNull();
    expect(await deliveryOf(item)).toMatchObject({ state: 'delivered' });
  });

  test('a decided or an open one is never begun anew', async () => {
    const item = await started(vendor);
    await expect(renew(item)).rejects.toMatchObject({ code: 'identity_not_expired' });
    await vendors.decide(vendors.session(vendor).id, { outcome: 'approve', silent: true });
    await resultOf(item);
    const refusal = await renew(item).catch((err: { userMessage: string }) => err.userMessage);
    expect(refusal).toContain('never opened again');
    expect(await attempts(item)).toHaveLength(1);
  });
});

test('one that somebody has to look at says so, and not that a link is on its way', async () => {
  const item = await started('stripe');
  await withPortal(database.db, portal.portalId, (tx) =>
    tx
      .updateTable('identity_checks')
      .set({ state: 'needs_review' })
      .where('submission_id', '=', item.submissionId)
      .execute(),
  );
  const refusal = await renew(item).catch((err: { userMessage: string }) => err.userMessage);
  expect(refusal).toContain('look at this identity check at the vendor');
  expect(await attempts(item)).toHaveLength(1);
});

test('a vendor that is away starts nothing, and says so', async () => {
  const item = await expired('persona');
  await vendors.fault({ route: 'GET /persona', kind: 'status', status: 503, times: 9 });
  await expect(renew(item)).rejects.toMatchObject({ code: 'identity_unavailable', retryable: true });
  expect(await attempts(item)).toHaveLength(1);
});

test.each([
  ['status', 503],
  ['status', 429],
  ['status', 401],
  ['status', 400],
  ['drop', 0],
  ['garbage', 0],
] as const)(
  'what a vendor refuses while the rep waits (%s %i) promises no repeat that nobody makes',
  async (kind, status) => {
    const item = await expired('persona');
    await vendors.fault({ route: 'GET /persona', kind, ...(status === 0 ? {} : { status }), times: 9 });
    const refusal = (await renew(item).catch((err: unknown) => err)) as AppError;
    expect(refusal.messageIn('en')).toMatch(/^No new link was sent\. .+\.$/);
    expect(refusal.messageIn('de')).toMatch(/^Es ging kein neuer Link hinaus\. .+\.$/);
    expect(refusal.messageIn('en')).not.toMatch(
      /by itself|it is tried again|before anything is repeated|start the check/i,
    );
    expect(refusal.messageIn('de')).not.toMatch(/von selbst|wird es erneut|bevor etwas wiederholt|Start der Prüfung/);
    expect(woken).toEqual([]);
  },
);

test('who was erased while the vendor was asked is not said to have a link', async () => {
  const item = await expired('persona');
  const { safeFetch } = services;
  services.safeFetch = async (call) => {
    const submissionIds = [item.submissionId];
    await withPortal(database.db, portal.portalId, (tx) =>
      forgetChecks(tx, portal.portalId, { submissionIds, now: portal.clock.now() }),
    );
    return safeFetch(call);
  };
  await expect(renew(item)).rejects.toMatchObject({ code: 'identity_check_not_found' });
  expect(await attempts(item)).toHaveLength(1);
});

test('one that was cancelled is not said to be decided alone, and one whose service was deleted says what helps', async () => {
  const item = await expired('stripe');
  const setTo = (change: object) =>
    withPortal(database.db, portal.portalId, (tx) => tx.updateTable('identity_checks').set(change).execute());
  await setTo({ state: 'cancelled' });
  await expect(renew(item)).rejects.toMatchObject({ userMessage: expect.stringContaining('or cancelled') });
  await setTo({ state: 'expired', service_id: 'ids_00000000000000000000' });
  await expect(renew(item)).rejects.toMatchObject({
    code: 'identity_service_gone',
    userMessage: expect.stringContaining('send the flow again'),
  });
});

test('outside the window the new link is the rep’s to hand on, and the card says so', async () => {
  const item = await expired('persona');
  await renew(item);
  vendors.messagesWill({ kind: 'by_rep', code: 'window-closed' });
  await startAgain(item);
  const dataKey = await database.keys.dataKey(portal.portalId);
  const card = viewIdentityCheck(await vendors.check(item), { dataKey, hasAnswers: true, language: 'en' });
  expect(card).toMatchObject({
    state: 'requested',
    canRenew: false,
    link: `${vendors.standIn.url}/hosted/${vendors.session('persona').token}`,
    note: expect.stringContaining('has not written within 24 hours'),
  });
});

test('of somebody else’s contact, of deleted answers and of an erased person no check is begun anew', async () => {
  const item = await expired('persona');
  await expect(renew(item, { contactId: '502' })).rejects.toMatchObject({ code: 'identity_check_not_found' });
  await expect(renew(item, { portalId: await database.addPortal() })).rejects.toMatchObject({
    code: 'identity_check_not_found',
  });
  const keyOf = (key: Buffer | null) =>
    withPortal(database.db, portal.portalId, (tx) =>
      tx.updateTable('submissions').set({ answers_key_wrapped: key }).execute(),
    );
  await keyOf(null);
  await expect(renew(item)).rejects.toMatchObject({ code: 'answers_gone' });
  const dataKey = await database.keys.dataKey(portal.portalId);
  const view = async (hasAnswers: boolean) =>
    viewIdentityCheck(await vendors.check(item), { dataKey, hasAnswers, language: 'en' });
  expect(await view(false)).toMatchObject({ canRenew: false, note: expect.stringContaining('send the flow again') });
  expect(await view(true)).toMatchObject({ canRenew: true });
  await keyOf(Buffer.from('a key'));
  await withPortal(database.db, portal.portalId, (tx) =>
    forgetChecks(tx, portal.portalId, { submissionIds: [item.submissionId], now: portal.clock.now() }),
  );
  await expect(renew(item)).rejects.toMatchObject({ code: 'identity_check_not_found' });
  expect(await attempts(item)).toHaveLength(1);
});

describe('whose answers are deleted', () => {
  const deleteAnswers = () =>
    withPortal(database.db, portal.portalId, (tx) =>
      tx.updateTable('submissions').set({ answers_key_wrapped: null }).execute(),
    );
  /** What happens while the vendor is asked about the earlier session. */
  function meanwhile(work: () => Promise<unknown>): void {
    const { safeFetch } = services;
    services.safeFetch = async (...call) => {
      await work();
      return safeFetch(...call);
    };
  }

  test('while it is being renewed begins nothing that could never start', async () => {
    const item = await expired('persona');
    meanwhile(deleteAnswers);
    await expect(renew(item)).rejects.toMatchObject({ code: 'answers_gone' });
    expect(await attempts(item)).toHaveLength(1);
    expect(await deliveryOf(item)).toMatchObject({ state: 'delivered' });
  });

  test('with the person, while it is being renewed, is a check that is no longer there, and not one that is open', async () => {
    const item = await expired('persona');
    const submissionIds = [item.submissionId];
    meanwhile(() =>
      withPortal(database.db, portal.portalId, (tx) =>
        forgetChecks(tx, portal.portalId, { submissionIds, now: portal.clock.now() }),
      ),
    );
    await expect(renew(item)).rejects.toMatchObject({ code: 'identity_check_not_found' });
    expect(await attempts(item)).toHaveLength(1);
  });

  test('before it was started ends, and the card and the KYC record say so; as long as the start is due it is waited for', async () => {
    const item = await expired('persona');
    await renew(item);
    await deleteAnswers();
    expect(await endUnstartedChecks(services, portal.portalId)).toBe(0);
    await withPortal(database.db, portal.portalId, (tx) =>
      tx.updateTable('deliveries').set({ state: 'cancelled' }).where('delivery_id', '=', item.deliveryId).execute(),
    );
    woken = [];
    expect(await endUnstartedChecks(services, portal.portalId)).toBe(1);
    expect(woken).toEqual(['identity-result']);
    const check = await vendors.check(item);
    expect(check).toMatchObject({ attempt: 2, state: 'cancelled' });
    const dataKey = await database.keys.dataKey(portal.portalId);
    expect(viewIdentityCheck(check, { dataKey, hasAnswers: false, language: 'en' })).toMatchObject({
      canRenew: false,
      note: expect.stringContaining('deleted before this check could be started'),
    });
    expect(await resultOf(item)).toMatchObject({ kind: 'delivered' });
    expect(await properties()).toMatchObject({ flowella_kyc_check_status: 'cancelled' });
    expect(await endUnstartedChecks(services, portal.portalId)).toBe(0);
  });
});

test('it stands in the audit log who had it begun anew', async () => {
  const item = await expired('stripe');
  await renew(item);
  const entry = await withPortal(database.db, portal.portalId, (tx) =>
    tx.selectFrom('audit_log').selectAll().where('action', '=', 'identity-check.renewed').executeTakeFirstOrThrow(),
  );
  expect(entry).toMatchObject({
    actor: 'user:7',
    subject: item.submissionId,
    detail: { attempt: 2, vendor: 'stripe' },
  });
});

test('Stripe’s link is given up a day after it ended, and not before', async () => {
  const item = await started('stripe');
  portal.clock.advance(71 * HOUR_MS);
  await resultOf(item);
  expect(await vendors.check(item)).toMatchObject({ state: 'link_sent' });
  portal.clock.advance(HOUR_MS);
  await resultOf(item);
  expect(await vendors.check(item)).toMatchObject({ state: 'expired', reasons: ['the link ended before it was used'] });
});

test('a reference is read as it was written, and nothing else is one', () => {
  const submission_id = 'sub_0123456789abcdefghjk';
  for (const attempt of [1, 2, 12]) {
    const reference = referenceOf({ submission_id, attempt });
    expect(readReference(reference)).toEqual({ submissionId: submission_id, attempt });
  }
  for (const text of [null, '', 'sub_x', `${submission_id}-0`, `${submission_id}-x`, `${submission_id}-2-3`])
    expect(readReference(text)).toBeNull();
});
