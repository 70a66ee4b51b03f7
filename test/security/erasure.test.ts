import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eraseLeftPortals, KEPT_AFTER_UNINSTALL_DAYS } from '../../server/operator/erase-portal.ts';
import type { PersonExport } from '../../server/operator/export-person.ts';
import type { ErasedPerson, ErasedPortalOutput } from '../../server/operator/privacy-commands.ts';
import { SANDBOX_WABAS } from '../../server/sandbox/meta/sandbox-seed.ts';
import type { FieldValue, InputView } from '../../shared/phone/screen-view.ts';
import { until } from '../support/until.ts';
import { fillAnything } from './support/fill-anything.ts';
import { OF_NO_PERSON, openEverything, OPENERS } from './support/open-sealed.ts';
import {
  askForDocumentNumber,
  call,
  CONTACT,
  PORTAL_A,
  PORTAL_B,
  startProduct,
  untilDelivered,
  withOwner,
  type Json,
  type Product,
} from './support/product.ts';

const CLI = fileURLToPath(new URL('../../server/cli.ts', import.meta.url));
const WA_ID = '4915123456789';
const OTHER = { contactId: '102', waId: '905321234567' };
/** Values that stand nowhere else: finding one is finding this person. */
const PLANTED = {
  firstName: 'Vergissmeina-Wq',
  lastName: 'Loeschowska-Zx',
  email: 'vergissmeina.loeschowska@atelier-dubois.test',
  documentNumber: 'CQX8817264093',
  halfTyped: 'Halbgetippta-Jk',
  message: 'Nachricht-ohne-Ziel-Vx',
} as const;

let product: Product;

beforeAll(async () => {
  product = await startProduct({ prepare: askForDocumentNumber });
  const other = await product.send(OTHER.contactId, OTHER.waId);
  expect((await product.fillIn(other.message, fillAnything)).stuck).toBeNull();
  const finished = await product.send(CONTACT?.id ?? '', WA_ID);
  expect((await product.fillIn(finished.message, answer)).stuck).toBeNull();
  await untilDelivered(product);
  const halfway = await product.send(CONTACT?.id ?? '', WA_ID);
  expect((await product.fillIn(halfway.message, halfAnswer)).stuck).not.toBeNull();
  await writeWithoutSend();
}, 120_000);
afterAll(() => product?.close());

function answer(input: InputView): FieldValue | undefined {
  const label = input.label ?? '';
  if (/first name/i.test(label)) return PLANTED.firstName;
  if (/last name/i.test(label)) return PLANTED.lastName;
  if (/e-?mail/i.test(label)) return PLANTED.email;
  if (/document number/i.test(label)) return PLANTED.documentNumber;
  return fillAnything(input);
}

/** Fills the first screen in and gets stuck behind it. */
let asked = 0;
function halfAnswer(input: InputView): FieldValue | undefined {
  asked += 1;
  if (/first name/i.test(input.label ?? '')) return PLANTED.halfTyped;
  return asked > 8 ? undefined : answer(input);
}

/** A reply that belongs to no message of ours is kept with its body for a person to look at. */
async function writeWithoutSend(): Promise<void> {
  const body = JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [
      {
        id: SANDBOX_WABAS[0].wabaId,
        changes: [
          {
            field: 'messages',
            value: {
              metadata: { phone_number_id: SANDBOX_WABAS[0].phoneNumberId },
              messages: [
                {
                  id: 'wamid.lost',
                  from: WA_ID,
                  timestamp: String(Math.floor(Date.now() / 1_000)),
                  type: 'interactive',
                  interactive: {
                    type: 'nfm_reply',
                    nfm_reply: { response_json: JSON.stringify({ note: PLANTED.message }) },
                  },
                },
              ],
            },
          },
        ],
      },
    ],
  });
  const mac = createHmac('sha256', product.secrets.metaAppSecret).update(body).digest('hex');
  const target = `/webhooks/whatsapp/${product.accountId}`;
  const headers = { 'x-hub-signature-256': `sha256=${mac}` };
  expect((await call(product.url, { method: 'POST', target, body, headers })).status).toBe(200);
  await until(async () => (await openEverything(product, PORTAL_A)).some(({ place }) => place === 'inbox.body_sealed'));
}

/** Where planted values stand when everything is opened that can be. */
async function placesOf(values: readonly string[]): Promise<string[]> {
  const cells = await product.dump();
  const clear = cells.filter(({ bytes }) => values.some((value) => bytes.includes(value))).map(({ place }) => place);
  const sealed = (await openEverything(product, PORTAL_A))
    .filter(({ text }) => values.some((value) => text.includes(value)))
    .map(({ place }) => place);
  return [...new Set([...clear, ...sealed])].sort();
}

type Run = { code: number | null; out: string; err: string };
function flowella(args: string[]): Promise<Run> {
  const { hubspotConfig, metaConfig } = product.standIns;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CLI, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
        DATABASE_URL: product.t.url,
        FLOWELLA_MASTER_KEYS: product.t.keyring.map(({ id, key }) => `${id}:${key.toString('base64')}`).join(','),
        META_GRAPH_URL: metaConfig.graphUrl,
        HUBSPOT_CLIENT_ID: hubspotConfig.clientId,
        HUBSPOT_CLIENT_SECRET: hubspotConfig.clientSecret,
        HUBSPOT_API_URL: hubspotConfig.apiUrl,
        HUBSPOT_FORMS_URL: hubspotConfig.formsUrl,
      },
    });
    const run: Run = { code: null, out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (run.out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (run.err += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ ...run, code }));
  });
}
const person = (act: string, contact = CONTACT?.id ?? ''): Promise<Run> =>
  flowella(['person', act, '--portal', String(PORTAL_A), '--contact', contact]);
const rows = (sql: string, values: unknown[] = []): Promise<Json[]> =>
  withOwner(product.t.ownerUrl, async (client) => (await client.query(sql, values)).rows);

test('the search opens every sealed column there is: one that is added must be named here', async () => {
  const columns = await rows(
    `select table_name || '.' || column_name as place from information_schema.columns
     where table_schema = 'flowella' and column_name like '%\\_sealed' order by 1`,
  );
  expect(columns.map(({ place }) => place)).toEqual([...Object.keys(OPENERS), ...OF_NO_PERSON].sort());
});

test('before anything is erased the search finds the person in every place where a person can stand', async () => {
  expect(await placesOf([...Object.values(PLANTED), WA_ID])).toEqual([
    'inbox.body_sealed',
    'persons.identity_sealed',
    'sends.prefill_sealed',
    'sessions.state_sealed',
    'submissions.answers_sealed',
  ]);
});

test('the export of a person is complete and readable, and says that it was made', async () => {
  const run = await person('export');
  expect([run.code, run.err]).toEqual([0, '']);
  const data = JSON.parse(run.out) as PersonExport;
  expect(data).toMatchObject({ format: 1, portalId: PORTAL_A, contactId: CONTACT?.id });
  expect(data.persons[0]).toMatchObject({ phone: `+${WA_ID}` });
  expect(data.consents).toContainEqual(expect.objectContaining({ of: `+${WA_ID}`, state: 'opted_in' }));
  expect(data.sends).toHaveLength(2);
  expect(data.sends.map(({ flow, state }) => [typeof flow, state])).toEqual([
    ['string', expect.any(String)],
    ['string', expect.any(String)],
  ]);
  expect(JSON.stringify(data.sessions)).toContain(PLANTED.halfTyped);
  const [submission] = data.submissions;
  const values = submission?.answers?.map(({ question, value }) => `${question}: ${value}`) ?? [];
  for (const planted of [PLANTED.firstName, PLANTED.lastName, PLANTED.email, PLANTED.documentNumber])
    expect(values.some((line) => line.endsWith(planted))).toBe(true);
  expect(values.every((line) => /^[^:]{2,}: ./.test(line))).toBe(true);
  expect(submission?.deliveries.map(({ destination, state }) => [destination, state])).toContainEqual([
    'contact',
    'delivered',
  ]);
  expect(submission?.deliveries.every(({ attempts }) => attempts.length > 0)).toBe(true);
  expect(JSON.stringify(data.keptMessages)).toContain(PLANTED.message);
  // Nobody else's data, and no key or address of the reps.
  for (const foreign of [OTHER.waId, 'planted.rep', product.secrets.metaToken]) expect(run.out).not.toContain(foreign);
  const [audit] = await rows(`select * from flowella.audit_log where action = 'contact.exported'`);
  expect(audit).toMatchObject({ actor: 'operator', subject: `contact:${CONTACT?.id}` });
});

test('another portal exports and erases nothing of the contact', async () => {
  const before = await product.rowCounts();
  const exported = await flowella(['person', 'export', '--portal', String(PORTAL_B), '--contact', CONTACT?.id ?? '']);
  expect(JSON.parse(exported.out)).toMatchObject({
    persons: [],
    sends: [],
    submissions: [],
    sessions: [],
    consents: [],
  });
  const erased = await flowella(['person', 'erase', '--portal', String(PORTAL_B), '--contact', CONTACT?.id ?? '']);
  expect((JSON.parse(erased.out) as ErasedPerson).erased).toMatchObject({ persons: 0, sends: 0, submissions: 0 });
  const added = { audit_log: (before.audit_log ?? 0) + 2, erased_contacts: (before.erased_contacts ?? 0) + 1 };
  expect(await product.rowCounts()).toEqual({ ...before, ...added });
});

test.each([
  [['person', 'export', '--portal', '1'], /which contact/],
  [['person', 'erase', '--contact', '1'], /which HubSpot account/],
  [['person', 'burn', '--portal', '1', '--contact', '1'], /no "person burn"/],
  [['person', 'export', '--portal', '987654', '--contact', '1'], /no HubSpot account 987654/],
  [['person', 'erase', '--portal', '987654', '--contact', '1'], /no HubSpot account 987654/],
  [['portal', 'erase'], /which HubSpot account/],
  [['portal', 'erase', '--portal', '987654', '--yes'], /no HubSpot account 987654/],
])('%s is refused in one sentence', async (args, message) => {
  const run = await flowella(args);
  expect([run.code, run.out]).toEqual([1, '']);
  expect(run.err).toMatch(message);
  expect(run.err).not.toMatch(/\n\s+at .*:\d+:\d+/);
});

test('a person who was erased stands nowhere: not in the database with everything opened, not in a file of ours, not in a log', async () => {
  const run = await person('erase');
  expect([run.code, run.err]).toEqual([0, '']);
  expect((JSON.parse(run.out) as ErasedPerson).erased).toMatchObject({
    persons: 1,
    sends: 2,
    sessions: 2,
    submissions: 1,
    webhooks: 1,
  });
  expect(await placesOf([...Object.values(PLANTED), WA_ID])).toEqual([]);
  for (const value of [...Object.values(PLANTED), WA_ID]) expect(product.logged()).not.toContain(value);
  expect(filesNaming(path.resolve(import.meta.dirname, '../../.data/pages'), Object.values(PLANTED))).toEqual([]);
  const [audit] = await rows(
    `select * from flowella.audit_log where action = 'contact.erased' and actor = 'operator' and portal_id = $1`,
    [PORTAL_A],
  );
  expect(audit).toMatchObject({ subject: `contact:${CONTACT?.id}` });
  const after = JSON.parse((await person('export')).out) as PersonExport;
  expect(after).toMatchObject({ persons: [], consents: [], sessions: [], keptMessages: [] });
  expect(after.submissions.map(({ answers }) => answers)).toEqual([null]);
});

test('the other contact of the account lost nothing', async () => {
  const other = JSON.parse((await person('export', OTHER.contactId)).out) as PersonExport;
  expect(other.persons[0]).toMatchObject({ phone: `+${OTHER.waId}` });
  expect(other.submissions[0]?.answers?.length).toBeGreaterThan(2);
});

const erasePortalByCommand = async (
  ...more: string[]
): Promise<{ code: number | null; printed: ErasedPortalOutput }> => {
  const run = await flowella(['portal', 'erase', '--portal', String(PORTAL_A), ...more]);
  return { code: run.code, printed: JSON.parse(run.out) as ErasedPortalOutput };
};
const countsOf = async (portalId: number): Promise<Record<string, number>> => {
  const tables = await rows(
    `select table_name as name from information_schema.columns where table_schema = 'flowella' and column_name = 'portal_id'`,
  );
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const [row] = await rows(`select count(*)::int as n from flowella.${name} where portal_id = $1`, [portalId]);
    if (row.n > 0 && name !== 'budgets') counts[name] = row.n;
  }
  return counts;
};

test('a portal is not erased by a slip: without --yes the command counts and leaves everything', async () => {
  const before = await countsOf(PORTAL_A);
  const { code, printed } = await erasePortalByCommand();
  expect([code, printed.erased]).toEqual([1, false]);
  expect(printed.rows.submissions).toBe(before.submissions);
  expect(await countsOf(PORTAL_A)).toEqual(before);
});

test('an erased portal leaves its name and its audit log, no other portal loses a row, and every door is shut', async () => {
  const neighbour = await countsOf(PORTAL_B);
  const { code, printed } = await erasePortalByCommand('--yes');
  expect([code, printed.erased]).toEqual([0, true]);
  const { audit_log: entries, ...left } = await countsOf(PORTAL_A);
  expect(left).toEqual({ portals: 1 });
  expect(entries).toBeGreaterThan(5);
  const [portal] = await rows('select * from flowella.portals where portal_id = $1', [PORTAL_A]);
  expect(portal).toMatchObject({ state: 'erased', data_key_wrapped: null, hub_domain: null, settings: {} });
  expect(await countsOf(PORTAL_B)).toEqual(neighbour);
  const cells = await product.dump();
  for (const value of [OTHER.waId, 'Nordlicht', product.flowId, ...Object.values(PLANTED)])
    expect(
      cells
        .filter(({ place, bytes }) => place.startsWith('audit_log') === false && bytes.includes(value))
        .map(({ place }) => place),
    ).toEqual([]);
  const refused = await product.api(PORTAL_A, 'GET', '/api/setup');
  expect([refused.status, refused.json.error.code]).toEqual([403, 'portal_not_connected']);
});

test('the log of an erased portal still holds, names nobody, and says who erased it', async () => {
  const verified = await flowella(['audit', 'verify']);
  expect(verified.code).toBe(0);
  const log = await rows('select * from flowella.audit_log where portal_id = $1 order by seq', [PORTAL_A]);
  expect(log.at(-1)).toMatchObject({ actor: 'operator', action: 'portal.erased', subject: `portal:${PORTAL_A}` });
  const text = JSON.stringify(log);
  for (const value of [...Object.values(PLANTED), WA_ID, OTHER.waId, 'planted.rep']) expect(text).not.toContain(value);
  expect((await erasePortalByCommand('--yes')).printed.rows).toEqual({});
});

test('a portal that uninstalled the app is erased by itself, but not before it has had a month to come back', async () => {
  const { services } = product.server;
  const left = Date.parse('2027-01-01T00:00:00Z');
  await rows(`update flowella.portals set state = 'disconnected', disconnected_at = $2 where portal_id = $1`, [
    PORTAL_B,
    new Date(left),
  ]);
  const after = (days: number) =>
    eraseLeftPortals({ ...services, clock: { now: () => new Date(left + days * 86_400_000) } });
  await after(KEPT_AFTER_UNINSTALL_DAYS - 1);
  expect((await countsOf(PORTAL_B)).hubspot_tokens).toBe(1);
  await after(KEPT_AFTER_UNINSTALL_DAYS);
  expect(Object.keys(await countsOf(PORTAL_B)).sort()).toEqual(['audit_log', 'portals']);
  const [last] = await rows('select * from flowella.audit_log where portal_id = $1 order by seq desc limit 1', [
    PORTAL_B,
  ]);
  expect(last).toMatchObject({ actor: 'system', action: 'portal.erased' });
});

test('what a request under way wrote after the erasure is found and erased too', async () => {
  const { services } = product.server;
  await rows(
    `insert into flowella.consents (portal_id, identity_hash, state, source, recorded_at) values ($1, 'x', 'opted_in', 'test', now())`,
    [PORTAL_B],
  );
  await rows('update flowella.portals set erased_at = now() where portal_id = $1', [PORTAL_B]);
  await eraseLeftPortals(services);
  expect(Object.keys(await countsOf(PORTAL_B)).sort()).toEqual(['audit_log', 'portals']);
});

function filesNaming(dir: string, values: readonly string[]): string[] {
  // The one folder that the server writes to; it is made when the first preview is opened.
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(dir, name))
    .filter((name) => statSync(name).isFile() && values.some((value) => readFileSync(name).includes(value)));
}
