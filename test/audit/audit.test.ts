import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appendAudit, firstBrokenEntry } from '../../server/audit/audit.ts';
import { withPortal } from '../../server/db/db.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await testDatabase({ poolSize: 8 });
});
afterAll(() => t.close());

const at = new Date('2026-11-23T10:00:00Z');

test('entries written at once form one unbroken chain', async () => {
  const portalId = await t.addPortal();
  await Promise.all(
    Array.from({ length: 12 }, (_, n) =>
      withPortal(t.db, portalId, (tx) =>
        appendAudit(tx, portalId, at, {
          actor: 'user:7',
          action: 'flow.published',
          subject: `flw_${n}`,
          detail: { b: 1, a: true },
        }),
      ),
    ),
  );
  expect(await withPortal(t.db, portalId, (tx) => firstBrokenEntry(tx, portalId))).toBeNull();
});

test.each([
  ['changed', `update flowella.audit_log set actor = 'user:8' where seq = 2 and portal_id = `],
  ['removed', `delete from flowella.audit_log where seq = 2 and portal_id = `],
])("an entry that was %s by the database's owner is found", async (_how, statement) => {
  const portalId = await t.addPortal();
  for (const n of [1, 2, 3]) {
    await withPortal(t.db, portalId, (tx) =>
      appendAudit(tx, portalId, at, { actor: 'user:7', action: 'flow.published', subject: `flw_${n}` }),
    );
  }
  const owner = new pg.Client({ connectionString: t.ownerUrl });
  await owner.connect();
  await owner.query(`${statement}${portalId}`);
  await owner.end();
  expect(await withPortal(t.db, portalId, (tx) => firstBrokenEntry(tx, portalId))).toBe(2);
});
