import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { DeliveryItem } from '../../server/destinations/destination.ts';
import { createTimelineDestination } from '../../server/destinations/timeline/timeline-destination.ts';
import { withPortal } from '../../server/db/db.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { CONTACT_ID, deliveryItem, startPortal, type Portal } from './support/hubspot-portal.ts';

let database: TestDatabase;
let portal: Portal;
const timeline = createTimelineDestination();

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  portal = await startPortal(database);
});
afterEach(() => portal.close());

const item = (overrides: Partial<DeliveryItem> = {}) => deliveryItem(portal, overrides);
const deliver = (...items: DeliveryItem[]) => timeline.deliver(portal.context, items);
const shown = async (id = CONTACT_ID) => JSON.stringify((await portal.contact(id)).timeline);

describe('the timeline', () => {
  test('shows a WhatsApp communication with the flow, the count and our id, and no answer', async () => {
    const one = item({ flowName: 'A <b> & "c"' });
    expect(await deliver(one)).toMatchObject([{ kind: 'delivered', remoteId: expect.stringMatching(/^\d+$/) }]);
    const text = await shown();
    expect(text).toContain('WHATS_APP');
    expect(text).toContain('A &#60;b&#62; &#38; &#34;c&#34;');
    expect(text).toContain('8 answers');
    expect(text).toContain(one.submissionId);
    expect(text).not.toContain('Lovelace');
  });

  test('speaks the language of the portal', async () => {
    await withPortal(database.db, portal.portalId, (tx) =>
      tx
        .updateTable('portals')
        .set({ settings: JSON.stringify({ language: 'de' }) })
        .execute(),
    );
    await deliver(item());
    expect(await shown()).toContain('8 Antworten');
  });

  test('takes a hundred in one call, each on its own contact', async () => {
    const items = Array.from({ length: 100 }, (_, n) => item({ contactId: n % 2 === 0 ? CONTACT_ID : '502' }));
    const outcomes = await deliver(...items);
    expect(outcomes.every(({ kind }) => kind === 'delivered')).toBe(true);
    expect(new Set(outcomes.map((outcome) => (outcome.kind === 'delivered' ? outcome.remoteId : ''))).size).toBe(100);
    expect((await portal.calls()).filter((call) => call.includes('/communications'))).toEqual([
      'POST /crm/objects/2026-09/communications/batch/create',
    ]);
    expect(await shown('502')).toContain(items[1]?.submissionId);
    expect(await shown('502')).not.toContain(items[0]?.submissionId);
  });

  test('one whose contact is gone does not stop the others', async () => {
    await portal.control('POST', `/portals/${portal.portalId}/erase-contact`, { contactId: '502' });
    const outcomes = await deliver(item({ contactId: '502' }), item(), item({ contactId: null }));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['dead', 'delivered', 'dead']);
  });

  test('a lost answer is found again by our id and not written twice', async () => {
    const [one, two] = [item(), item()];
    await portal.fault({ route: 'POST /crm/objects/2026-09/communications', kind: 'timeout-after-success' });
    expect(await deliver(one, two)).toMatchObject([{ kind: 'unknown' }, { kind: 'unknown' }]);
    expect(await timeline.readBack?.(portal.context, one)).toMatchObject({ kind: 'delivered' });
    expect(await timeline.readBack?.(portal.context, item())).toBeNull();
  }, 20_000);
});
