import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../../server');

/** What may be asked without an account being set: the narrow functions, and statements that touch no table of a customer. */
const FUNCTIONS = [
  'accept_run',
  'portals_with_due_identity_checks',
  'portals_with_identity_events',
  'portal_of_identity_service',
  'accounts_of_app',
  'accounts_with_due_keys',
  'accounts_with_due_tokens',
  'add_endpoint_measures',
  'alert_conditions',
  'connected_portals',
  'connected_portals_with',
  'delivery_balance',
  'endpoint_windows',
  'hold_run',
  'keep_sessions',
  'open_alerts',
  'paused_destinations',
  'portal_of_account',
  'portal_of_waba',
  'portals_to_erase',
  'portals_with_audit',
  'portals_with_data_key',
  'due_deliveries',
  'portals_with_due_form_checks',
  'portals_with_due_notices',
  'portals_with_flows_to_check',
  'portals_with_open_alerts',
  'portals_with_open_inbox',
  'portals_with_open_sends',
  'portals_with_retention',
  'portals_with_waiting_sends',
  'read_run',
  'spend_budgets',
  'stamps_of_accounts',
  '1',
];
const NARROW = new RegExp(`^select (\\* from |portal_id, account_id from )?(${FUNCTIONS.join('|')})\\b`);
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

test('what is prepared on the pool are functions that set the account themselves', () => {
  const prepared = files.flatMap(({ file, text }) =>
    [...text.matchAll(/#?pool\.query(?:<[^(]*>)?\((?:\{[^}]*?\btext: '([^']*)'|([^{]))/g)].map((match) => ({
      file,
      statement: match[1] ?? '',
    })),
  );
  expect(prepared.map(({ file }) => file).toSorted()).toEqual([
    'endpoint/runs.ts',
    'endpoint/session-saver.ts',
    'submissions/accept.ts',
  ]);
  expect(prepared.filter(({ statement }) => !NARROW.test(statement))).toEqual([]);
});
