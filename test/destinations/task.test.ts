import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { mappingSchema, type Mapping } from '@flowella/shared/contract/mapping.ts';
import { z } from 'zod';
import type { DeliveryItem } from '../../server/destinations/destination.ts';
import { checkTask, createTaskDestination } from '../../server/destinations/task/task-destination.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { CONTACT_ID, deliveryItem, mapping, startPortal, type Portal } from './support/hubspot-portal.ts';

let database: TestDatabase;
let portal: Portal;
const destination = createTaskDestination();

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  portal = await startPortal(database);
});
afterEach(() => portal.close());

const withTask = (task: Partial<NonNullable<Mapping['task']>> = {}): Mapping =>
  mappingSchema.parse({
    ...mapping(),
    task: { enabled: true, kind: 'task', title: 'Call {{0-1/firstname}}', dueInDays: 3, ...task },
  });
const item = (task: Partial<NonNullable<Mapping['task']>> = {}, overrides: Partial<DeliveryItem> = {}) =>
  deliveryItem(portal, { mapping: withTask(task), ...overrides });
const deliver = (...items: DeliveryItem[]) => destination.deliver(portal.context, items);
const entry = z.object({
  kind: z.string(),
  title: z.string(),
  body: z.string(),
  properties: z.record(z.string(), z.string()),
});
const shown = async (kind: string, id = CONTACT_ID) =>
  z
    .array(entry)
    .parse((await portal.contact(id)).timeline)
    .filter((one) => one.kind === kind);

describe('a task after each submission', () => {
  test('stands on the contact with the answers in its texts, due in as many days, for the contact’s owner', async () => {
    await portal.client.call(portal.portalId, {
      method: 'PATCH',
      path: `/crm/objects/2026-09/contacts/${CONTACT_ID}`,
      body: { properties: { hubspot_owner_id: '71' } },
      schema: z.unknown(),
      priority: 'delivery',
      idempotent: true,
    });
    const one = item({ text: 'Interest: {{0-1/hs_lead_status}}\nNumber: {{0-1/passport_number}}', priority: 'HIGH' });
    expect(await deliver(one)).toMatchObject([{ kind: 'delivered', remoteId: expect.stringMatching(/^\d+$/) }]);
    const [task] = await shown('task');
    expect(task?.properties).toMatchObject({
      hs_task_subject: 'Call Ada <b>',
      hs_task_status: 'NOT_STARTED',
      hs_task_priority: 'HIGH',
      hubspot_owner_id: '71',
      hs_timestamp: new Date(one.finishedAt.getTime() + 3 * 86_400_000).toISOString(),
    });
    expect(task?.body).toContain('Interest: Open');
    expect(task?.body).toContain(one.submissionId);
    expect(task?.body, 'a full document number stays out').not.toContain('C01X00T478');
  });

  test('is written as a note where the customer chose one, in two batches for both kinds', async () => {
    const outcomes = await deliver(item(), item({ kind: 'note' }), item({ kind: 'note' }), item());
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array(4).fill('delivered'));
    expect(await shown('task')).toHaveLength(2);
    const notes = await shown('note');
    expect(notes).toHaveLength(2);
    expect(notes[0]?.body).toContain('Call Ada &#60;b&#62;');
    expect((await portal.calls()).filter((call) => /(tasks|notes)\/batch/.test(call))).toHaveLength(2);
  });

  test('a lost answer is found again by our id and not written twice', async () => {
    const one = item({ kind: 'note' });
    await portal.fault({ route: 'POST /crm/objects/2026-09/notes', kind: 'timeout-after-success' });
    expect(await deliver(one)).toMatchObject([{ kind: 'unknown' }]);
    expect(await destination.readBack?.(portal.context, one)).toMatchObject({ kind: 'delivered' });
    expect(await shown('note')).toHaveLength(1);
    expect(await destination.readBack?.(portal.context, item())).toBeNull();
  }, 20_000);

  test('a KYC note of the same submission is not taken for it', async () => {
    const one = item({ kind: 'note' });
    await portal.client.call(portal.portalId, {
      method: 'POST',
      path: '/crm/objects/2026-09/notes',
      body: {
        properties: { hs_note_body: `Flowella reference: ${one.submissionId}`, hs_timestamp: '2026-01-01T00:00:00Z' },
        associations: [
          { to: { id: CONTACT_ID }, types: [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 202 }] },
        ],
      },
      schema: z.unknown(),
      priority: 'delivery',
      idempotent: false,
    });
    expect(await destination.readBack?.(portal.context, one)).toBeNull();
  });

  test('one whose contact is gone does not stop the others', async () => {
    await portal.control('POST', `/portals/${portal.portalId}/erase-contact`, { contactId: '502' });
    const outcomes = await deliver(item({}, { contactId: '502' }), item(), item({}, { contactId: null }));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['dead', 'delivered', 'dead']);
  });

  test('a text that names a missing question or a full document number is refused before publishing', () => {
    const { form } = item();
    const codes = (task: Partial<NonNullable<Mapping['task']>>) =>
      checkTask(form, withTask(task), undefined, 'en').map(({ code }) => code);
    expect(codes({})).toEqual([]);
    expect(codes({ title: '' })).toEqual(['task_without_title']);
    expect(codes({ text: '{{0-1/nobody}} {{ 0-1/passport_number }}' })).toEqual(['unknown_place', 'document_number']);
    const allowed = { allowDocumentNumber: ['0-1/passport_number'] };
    expect(checkTask(form, withTask({ text: '{{0-1/passport_number}}' }), allowed, 'en')).toEqual([]);
  });
});
