import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../../server');

/** What may be asked without an account being set: the narrow functions, and statements that touch no table of a customer. */
const NARROW =
  /^select (\* from |portal_id, account_id from )?(portals_with_due_deliveries|delivery_balance|paused_destinations|portals_with_due_form_checks|portals_with_retention|portals_with_due_identity_checks|portals_with_identity_events|portal_of_identity_service|portals_with_data_key|portals_with_audit|accounts_of_app|accounts_with_due_keys|portals_with_open_inbox|portals_with_open_sends|connected_portals|portal_of_waba|portal_of_account|spend_budgets|load_run|save_session|1)\b/;
/** `db.ts` sets the account; `portal-keys.ts` sets it itself; `run-server.ts` reads the list of migrations. */
const OWN_TRANSACTION = ['db/db.ts', 'keys/portal-keys.ts'];

const files = globSync('**/*.ts', { cwd: ROOT })
  .filter((file) => !file.startsWith('sandbox/') && !file.startsWith('db/migrate'))
  .map((file) => ({ file, text: readFileSync(path.join(ROOT, file), 'utf8') }));

test('no query is built on the pool itself: only inside a transaction whose account is set', () => {
  expect(files.length).toBeGreaterThan(100);
  const outside = files.filter(
    ({ file, text }) =>
      !OWN_TRANSACTION.includes(file) &&
      /\b#?db\s*\.(selectFrom|updateTable|insertInto|deleteFrom|with|transaction|connection)\(/.test(text),
  );
  expect(outside.map(({ file }) => file)).toEqual([]);
});

test('what is run on the pool itself are the narrow functions alone', () => {
  const statements = files.flatMap(({ file, text }) =>
    [...text.matchAll(/sql(?:<[^`]*>)?`([^`]*)`\s*\.execute\(\s*(?:this\.#db|[\w.]*\bdb)\b/g)].map((match) => ({
      file,
      statement: (match[1] ?? '').trim(),
    })),
  );
  expect(statements.length).toBeGreaterThan(5);
  expect(statements.filter(({ statement }) => !NARROW.test(statement))).toEqual([]);
});
