import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { OwnerRule } from '@flowella/shared/contract/mapping.ts';
import type { Condition } from '@flowella/shared/form/form.ts';
import { createContactDestination } from '../../server/destinations/contact/contact-destination.ts';
import type { DeliveryItem } from '../../server/destinations/destination.ts';
import { newId } from '../../server/ids.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { CONTACT_ID, deliveryItem, mapping, startPortal, type Portal } from './support/hubspot-portal.ts';

let database: TestDatabase;
let portal: Portal;
let destination: ReturnType<typeof createContactDestination>;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  portal = await startPortal(database);
  destination = createContactDestination();
});
afterEach(() => portal.close());

const isOpen: Condition = { op: 'equals', question: '0-1/hs_lead_status', value: 'OPEN' };
const isNew: Condition = { op: 'equals', question: '0-1/hs_lead_status', value: 'NEW' };
const one = (ownerId: string, when?: Condition): OwnerRule => ({ when, choose: { kind: 'owner', ownerId } });
const keep: OwnerRule = { choose: { kind: 'keep' } };
const turns = (...ownerIds: string[]): OwnerRule => ({ choose: { kind: 'round-robin', ownerIds } });

const rules = (...list: OwnerRule[]) => mapping({ owner: { enabled: true, rules: list } });
const flowId = newId('flow');
const item = (list: OwnerRule[], overrides: Partial<DeliveryItem> = {}) =>
  deliveryItem(portal, { mapping: rules(...list), flowId, ...overrides });
const deliver = (...items: DeliveryItem[]) => destination.deliver(portal.context, items);
const ownerOf = async (id = CONTACT_ID) => (await portal.contact(id)).properties.hubspot_owner_id;
const check = (...list: OwnerRule[]) => destination.check(portal.context, item([]).form, rules(...list));

describe('the owner of a contact by rules', () => {
  test('is named by the first rule whose condition holds over the answers', async () => {
    expect(await deliver(item([one('71', isNew), one('72', isOpen), one('71')]))).toMatchObject([
      { kind: 'delivered' },
    ]);
    expect(await ownerOf()).toBe('72');
  });

  test('is set too where no property of the contact is mapped', async () => {
    const bare = { ...rules(one('71')), contact: { enabled: false, properties: [] } };
    expect(destination.wanted({ ...bare, kycRecord: { ...bare.kycRecord, enabled: false } }, { files: false })).toBe(
      true,
    );
    await deliver(item([], { mapping: bare }));
    expect(await ownerOf()).toBe('71');
  });

  test('stays where a rule says so and there is one; where there is none the next rule counts', async () => {
    await deliver(item([one('71')]));
    await deliver(item([keep, one('72')]));
    expect(await ownerOf()).toBe('71');
    await deliver(item([keep, one('72')], { contactId: '502' }));
    expect(await ownerOf('502')).toBe('72');
  });

  test('goes round a list, one turn for each submission, whatever is delivered together', async () => {
    const contacts = [CONTACT_ID, '502', '503'];
    await deliver(...contacts.map((contactId) => item([turns('71', '72')], { contactId })));
    expect(await Promise.all(contacts.map(ownerOf))).toEqual(['71', '72', '71']);
    await deliver(item([turns('71', '72')]));
    expect(await ownerOf()).toBe('72');
  });

  test('of two submissions of one contact at once, the later finds the owner that the earlier gave it', async () => {
    const at = portal.clock.now().getTime();
    const [earlier, later] = [1, 2].map((n) =>
      item([keep, turns('71', '72')], { contactId: '502', flowId: newId('flow'), finishedAt: new Date(at + n) }),
    );
    if (!earlier || !later) throw new Error('two');
    await deliver({ ...later, flowId: earlier.flowId }, earlier);
    expect(await ownerOf('502')).toBe('71');
  });

  test('is the same when a delivery is repeated, though the turn has passed and the rules have changed', async () => {
    const first = item([turns('71', '72')], { flowId: newId('flow') });
    await portal.fault({ route: 'PATCH /crm/objects/2026-09/contacts', kind: '500', times: 3 });
    expect(await deliver(first)).not.toMatchObject([{ kind: 'delivered' }]);
    await deliver(item([turns('71', '72')], { flowId: first.flowId, contactId: '502' }));
    await deliver({ ...first, attempt: 2, mapping: rules(one('72')) });
    expect([await ownerOf(), await ownerOf('502')]).toEqual(['71', '72']);
  }, 20_000);

  test('is never somebody archived: the next active one counts, and the delivery says so', async () => {
    expect(await deliver(item([one('73'), turns('73', '72')]))).toMatchObject([
      { kind: 'delivered', note: expect.stringContaining('archived') },
    ]);
    expect(await ownerOf()).toBe('72');
    expect(await deliver(item([one('73')], { contactId: '502' }))).toMatchObject([{ kind: 'delivered' }]);
    expect(await ownerOf('502')).toBeUndefined();
  });

  test('rules with an archived or unknown owner or a missing question are refused before publishing, by number', async () => {
    expect(await check(keep, one('71', isOpen), turns('71', '72'))).toEqual([]);
    const found = await check(one('71'), turns('71', '73'), one('99'), one('71', { op: 'answered', question: 'gone' }));
    expect(found.map(({ code, message }) => `${code} ${/Rule \d/.exec(message)?.[0]}`)).toEqual([
      'owner_archived Rule 2',
      'owner_archived Rule 3',
      'owner_rule_question Rule 4',
    ]);
    expect(found[0]?.message).toContain('Gone Vendel');
    expect(await check()).toMatchObject([{ code: 'owner_without_rules' }]);
  });
});
