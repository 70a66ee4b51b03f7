import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withPortal } from '../../server/db/db.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await testDatabase();
});
afterAll(() => t.close());

test('a portal sees its own row and no other portal', async () => {
  const [a, b] = [await t.addPortal(), await t.addPortal()];
  const seen = await withPortal(t.db, a, (tx) => tx.selectFrom('portals').select('portal_id').execute());
  expect(seen.map((row) => Number(row.portal_id))).toEqual([a]);
  const other = await withPortal(t.db, a, (tx) =>
    tx.updateTable('portals').set({ hub_domain: 'stolen' }).where('portal_id', '=', String(b)).executeTakeFirst(),
  );
  expect(Number(other.numUpdatedRows)).toBe(0);
});

test('without a portal set nothing is visible and nothing can be written', async () => {
  await t.addPortal();
  expect(await t.db.selectFrom('portals').selectAll().execute()).toEqual([]);
  const now = new Date();
  await expect(
    t.db.insertInto('portals').values({ portal_id: 99, created_at: now, updated_at: now }).execute(),
  ).rejects.toThrow(/row-level security/);
});

test('a row cannot be written into another portal', async () => {
  const a = await t.addPortal();
  const b = await t.addPortal();
  await expect(
    withPortal(t.db, a, (tx) =>
      tx.insertInto('budgets').values({ portal_id: b, bucket: 'api', tokens: 1, refilled_at: new Date() }).execute(),
    ),
  ).rejects.toThrow(/row-level security/);
});

test('every table with a portal has row-level security forced and the portal first in its key', async () => {
  const { rows } = await sql<{ name: string; forced: boolean; first: string | null }>`
    select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as forced,
      (select a.attname from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0] where i.indrelid = c.oid and i.indisprimary) as first
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'flowella' and c.relkind = 'r' and c.relname <> 'migrations'`.execute(t.db);
  expect(rows.length).toBeGreaterThan(20);
  expect(rows.filter((row) => !row.forced || row.first !== 'portal_id')).toEqual([]);
});

test('the app cannot rewrite the audit log, become the owner or switch row-level security off', async () => {
  const a = await t.addPortal();
  await expect(withPortal(t.db, a, (tx) => sql`update audit_log set actor = 'nobody'`.execute(tx))).rejects.toThrow(
    /permission denied/,
  );
  await expect(sql`set role postgres`.execute(t.db)).rejects.toThrow(/permission denied/);
  await expect(sql`alter table portals disable row level security`.execute(t.db)).rejects.toThrow(/must be owner/);
});
