import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { withPortal } from '../../server/db/db.ts';
import { PortalKeys } from '../../server/keys/portal-keys.ts';
import { wrappingKeyId, type MasterKey } from '../../server/keys/vault.ts';
import type { KeyCheck } from '../../server/operator/check-keys.ts';
import type { KeyList } from '../../server/operator/list-keys.ts';
import type { Rewrap } from '../../server/operator/rewrap-keys.ts';
import type { AuditVerification } from '../../server/operator/verify-audit.ts';
import { rotateFlowKey, type Rotation } from '../../server/whatsapp/rotate-flow-key.ts';
import { control } from '../support/outside.ts';
import { withOwner } from '../security/support/product.ts';
import { auditRows, fault, keyAtMeta, keyBench, keyRows, NUMBERS, ping, TOKEN, type KeyBench } from './support.ts';

const CLI = fileURLToPath(new URL('../../server/cli.ts', import.meta.url));

let b: KeyBench;
let portalId: number;
let accountId: string;
beforeEach(async () => {
  b = await keyBench();
  portalId = await b.t.addPortal();
  accountId = await b.connect(portalId);
});
afterEach(() => b.close());

type Run = { code: number | null; out: string; err: string };

/** The command in a process of its own, with nothing in its environment but what an operator's shell holds for it. */
function flowella(args: string[], o: { keyring?: MasterKey[]; env?: Record<string, string>; stdin?: string } = {}) {
  const pairs = (o.keyring ?? b.t.keyring).map(({ id, key }) => `${id}:${key.toString('base64')}`);
  return new Promise<Run>((resolve, reject) => {
    const child = spawn(process.execPath, [CLI, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
        DATABASE_URL: b.t.url,
        FLOWELLA_MASTER_KEYS: pairs.join(','),
        META_GRAPH_URL: b.meta.url,
        ...o.env,
      },
    });
    const run: Run = { code: null, out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (run.out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (run.err += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ ...run, code }));
    child.stdin.end(o.stdin ?? '');
  });
}

async function json<T>(
  args: string[],
  o: Parameters<typeof flowella>[1] = {},
): Promise<T & { exitCode: number | null }> {
  const run = await flowella(args, o);
  expect(run.err).toBe('');
  return { ...(JSON.parse(run.out) as T), exitCode: run.code };
}

describe('flowella keys list', () => {
  test('names every key, number and master key, and no secret', async () => {
    const list = await json<KeyList>(['keys', 'list']);
    const [row] = await keyRows(b.t, portalId, accountId);
    expect(list.masterKeys).toEqual({ active: 'k1', known: ['k1'], portalsWrappedBy: { k1: 1 } });
    expect(list.portals[0]?.accounts[0]).toMatchObject({
      accountId,
      keys: [{ keyId: row?.key_id, state: 'active', fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) }],
      numbers: NUMBERS.map((phoneNumberId) => ({ phoneNumberId, registeredKeyId: row?.key_id, status: 'VALID' })),
    });
    const text = JSON.stringify(list);
    for (const secret of [TOKEN, 'PRIVATE', b.t.keyring[0]?.key.toString('base64')]) expect(text).not.toContain(secret);
  });
});

describe('flowella keys rotate', () => {
  test('rotates one account while the server goes on, and says so in the audit log', async () => {
    const before = (await keyAtMeta(b, NUMBERS[0])).pem;
    await ping(b, accountId, before);
    b.clock.move(5_000);
    const rotation = await json<Rotation>(['keys', 'rotate', '--account', accountId]);
    expect(rotation).toMatchObject({
      exitCode: 0,
      accountId,
      retired: [],
      numbers: [{ status: 'VALID' }, { status: 'VALID' }],
    });
    const after = (await keyAtMeta(b, NUMBERS[1])).pem;
    expect(after).not.toBe(before);
    expect(await ping(b, accountId, after)).toEqual({ status: 200, isActive: true });
    expect(await ping(b, accountId, before)).toEqual({ status: 200, isActive: true });
    expect((await auditRows(b.t, portalId)).at(-1)).toMatchObject({
      actor: 'operator',
      action: 'flow-key.rotated',
      subject: accountId,
      detail: { to: rotation.keyId },
    });
    const list = await json<KeyList>(['keys', 'list']);
    expect(list.portals[0]?.accounts[0]?.keys[0]).toMatchObject({
      state: 'retiring',
      keptFor: { reason: 'tokens-still-live', until: expect.any(String) },
    });
  });

  test('a number that Meta refuses makes the exit 1 and is named', async () => {
    await fault(b.meta, {
      route: `POST /${NUMBERS[1]}/whatsapp_business_encryption`,
      times: 9,
      kind: 'error',
      error: { code: 100 },
    });
    const rotation = await json<Rotation>(['keys', 'rotate', '--account', accountId]);
    expect(rotation).toMatchObject({
      exitCode: 1,
      numbers: [{ status: 'VALID' }, { phoneNumberId: NUMBERS[1], status: 'FAILED' }],
    });
  });

  test.each([
    [['keys', 'rotate'], /--account ID/],
    [['keys', 'rotate', '--account', 'wac_00000000000000000000'], /no connected account/],
    [['keys', 'list', '--account', 'x'], /does not belong to "keys list"/],
    [['keys', 'rotate', '--drill', '--account', 'x'], /--drill stands alone/],
    [['keys', 'app-secret'], /--app ID/],
    [['keys', 'destroy'], /There is no "keys destroy"/],
    [['keys'], /usage: flowella keys/],
    [['keys', 'rewrap', 'now'], /too much/],
    [['audit'], /usage: flowella audit verify/],
  ])('%j is refused in a sentence, with exit 1', async (args, says) => {
    const run = await flowella(args);
    expect(run).toMatchObject({ code: 1, out: '' });
    expect(run.err).toMatch(says);
    expect(run.err).not.toMatch(/\n\s+at /);
  });

  test('what is missing from the environment, and a database that does not answer, are named', async () => {
    const missing = await flowella(['keys', 'list'], { env: { DATABASE_URL: '' } });
    expect(missing).toMatchObject({ code: 1, out: '', err: expect.stringContaining('DATABASE_URL is missing') });
    const down = await flowella(['keys', 'list'], {
      env: { DATABASE_URL: 'postgres://flowella_app@127.0.0.1:1/none' },
    });
    expect(down).toMatchObject({ code: 1, out: '', err: expect.stringContaining('The database does not answer') });
  });
});

describe('flowella keys check', () => {
  test('is content with what works', async () => {
    expect(await json<KeyCheck>(['keys', 'check'])).toEqual({
      exitCode: 0,
      portals: 1,
      accounts: 1,
      numbers: 2,
      problems: [],
    });
  });

  test('finds a mismatch, a key that does not fit its public half, and a token that died', async () => {
    await control(`${b.meta.url}/_standin/numbers/${NUMBERS[1]}/public-key`, { status: 'MISMATCH' });
    const other = await b.t.addPortal();
    const check = await json<KeyCheck>(['keys', 'check']);
    expect(check).toMatchObject({
      exitCode: 1,
      portals: 2,
      problems: [{ code: 'mismatch', phoneNumberId: NUMBERS[1] }],
    });
    await withOwner(b.t.ownerUrl, (client) =>
      client.query(`update flowella.flow_keys set private_key_sealed = '\\x01' where account_id = $1`, [accountId]),
    );
    await withOwner(b.t.ownerUrl, (client) =>
      client.query(`update flowella.portals set data_key_wrapped = '\\x026b39' where portal_id = $1`, [other]),
    );
    await fault(b.meta, { route: 'GET /', times: 50, kind: 'error', error: { code: 190, status: 401 } });
    const worse = await json<KeyCheck>(['keys', 'check']);
    expect(worse.problems.map((problem) => [problem.portalId, problem.code]).toSorted()).toEqual(
      [
        [portalId, 'flow-key-unreadable'],
        [portalId, 'meta-unreachable'],
        [portalId, 'meta-unreachable'],
        [other, 'data-key-unreadable'],
      ].toSorted(),
    );
    expect(worse.problems.find((problem) => problem.portalId === other)?.message).toContain('"k9"');
  });
});

describe('flowella keys rewrap', () => {
  const next: MasterKey = { id: 'k2', key: randomBytes(32) };

  test('wraps every data key with the active master key and changes nothing else; afterwards the old one is not needed', async () => {
    const idle = await b.t.addPortal();
    await withOwner(b.t.ownerUrl, (client) =>
      client.query(`update flowella.portals set state = 'disconnected' where portal_id = $1`, [idle]),
    );
    const sealed = () =>
      withOwner(b.t.ownerUrl, async (client) => ({
        keys: (await client.query('select private_key_sealed from flowella.flow_keys')).rows,
        accounts: (await client.query('select access_token_sealed, app_secret_sealed from flowella.wa_accounts')).rows,
      }));
    const before = await sealed();
    const hash = await b.t.keys.hash(portalId, 'phone', '+4915112345678');

    const rewrap = await json<Rewrap>(['keys', 'rewrap'], { keyring: [next, ...b.t.keyring] });
    expect(rewrap).toMatchObject({ exitCode: 0, activeMasterKey: 'k2', rewrapped: 2, alreadyWrapped: 0, failed: [] });
    expect(rewrap.removable).toEqual([{ id: 'k1', notBefore: expect.any(String) }]);
    expect(await sealed()).toEqual(before);
    expect(await json<Rewrap>(['keys', 'rewrap'], { keyring: [next, ...b.t.keyring] })).toMatchObject({
      rewrapped: 0,
      alreadyWrapped: 2,
    });

    const alone = new PortalKeys(b.t.db, [next]);
    expect(await alone.hash(portalId, 'phone', '+4915112345678')).toEqual(hash);
    expect(await json<KeyCheck>(['keys', 'check'], { keyring: [next] })).toMatchObject({ exitCode: 0, problems: [] });
    expect(await ping(b, accountId, (await keyAtMeta(b, NUMBERS[0])).pem)).toMatchObject({ status: 200 });
    expect((await auditRows(b.t, idle)).at(-1)).toMatchObject({
      actor: 'operator',
      action: 'data-key.rewrapped',
      detail: { from: 'k1', to: 'k2' },
    });
  });

  test('a portal whose master key is missing is named and left as it is, the others are rewrapped', async () => {
    const lost = await b.t.addPortal();
    await withOwner(b.t.ownerUrl, (client) =>
      client.query(
        `update flowella.portals set data_key_wrapped = '\\x026b39' || substr(data_key_wrapped, 4) where portal_id = $1`,
        [lost],
      ),
    );
    const rewrap = await json<Rewrap>(['keys', 'rewrap'], { keyring: [next, ...b.t.keyring] });
    expect(rewrap).toMatchObject({ exitCode: 1, rewrapped: 1, removable: [] });
    expect(rewrap.failed).toEqual([
      { portalId: lost, message: expect.stringContaining('"k9" is not in FLOWELLA_MASTER_KEYS') },
    ]);
    const row = await withPortal(b.t.db, lost, (tx) =>
      tx.selectFrom('portals').select('data_key_wrapped').executeTakeFirst(),
    );
    expect(wrappingKeyId(row?.data_key_wrapped ?? Buffer.alloc(1))).toBe('k9');
  });

  test('the doctor finds a master key that left the keyring too early, for disconnected portals too', async () => {
    await withOwner(b.t.ownerUrl, (client) =>
      client.query(`update flowella.portals set state = 'disconnected' where portal_id = $1`, [portalId]),
    );
    const env = {
      PUBLIC_URL: b.url,
      HUBSPOT_APP_ID: '1',
      HUBSPOT_CLIENT_ID: 'c',
      HUBSPOT_CLIENT_SECRET: 's',
      HUBSPOT_API_URL: b.url,
    };
    const run = await flowella(['doctor'], { keyring: [next], env });
    expect(run).toMatchObject({
      code: 1,
      out: expect.stringContaining('wrapped with the master key k1, which is not in'),
    });
    const well = await flowella(['doctor'], { keyring: [next, ...b.t.keyring], env });
    expect(well.out).toContain('opens the data keys of all 1 portals');
    expect(well.out).toContain('The database is on this machine');
  });

  test('another key under the id of the right one is named as that, by the check and by the doctor', async () => {
    const keyring = [{ id: 'k1', key: randomBytes(32) }];
    expect(await json<KeyCheck>(['keys', 'check'], { keyring })).toMatchObject({
      exitCode: 1,
      problems: [
        {
          code: 'data-key-unreadable',
          message: expect.stringMatching(
            /"k1" in FLOWELLA_MASTER_KEYS is not the one .* put the right one under this id/,
          ),
        },
      ],
    });
    const env = { PUBLIC_URL: b.url, HUBSPOT_APP_ID: '1', HUBSPOT_CLIENT_ID: 'c', HUBSPOT_CLIENT_SECRET: 's' };
    const run = await flowella(['doctor'], { keyring, env: { ...env, HUBSPOT_API_URL: b.url } });
    expect(run.out).toContain('master key k1, which is not in FLOWELLA_MASTER_KEYS, or is another one under that id');
    expect(run.out).not.toContain('opens the data keys');
  });

  test('a keyring that names two keys alike is refused, without printing a key', async () => {
    const twice = [next, { id: 'k2', key: randomBytes(32) }];
    const run = await flowella(['keys', 'rewrap'], { keyring: twice });
    expect(run).toMatchObject({ code: 1, out: '', err: expect.stringContaining('two keys alike') });
    expect(run.err).not.toContain(next.key.toString('base64'));
  });
});

describe('flowella audit verify', () => {
  test('an untouched log verifies; a changed entry, and entries cut off since an earlier look, are found', async () => {
    await rotateFlowKey(b.services, portalId, { accountId, actor: 'operator' });
    await rotateFlowKey(b.services, portalId, { accountId, actor: 'operator' });
    const first = await flowella(['audit', 'verify']);
    expect(first.code).toBe(0);
    const verified = JSON.parse(first.out) as AuditVerification;
    expect(verified).toMatchObject({ broken: 0, portals: [{ portalId, entries: 2, brokenAt: null }] });
    await rotateFlowKey(b.services, portalId, { accountId, actor: 'operator' });
    const again = () => json<AuditVerification>(['audit', 'verify', '--against', '-'], { stdin: first.out });
    expect(await again()).toMatchObject({ exitCode: 0, portals: [{ entries: 3 }] });

    const asOwner = (text: string) => withOwner(b.t.ownerUrl, (client) => client.query(text));
    await asOwner('delete from flowella.audit_log where seq > 1');
    expect(await json<AuditVerification>(['audit', 'verify'])).toMatchObject({
      exitCode: 0,
      portals: [{ entries: 1 }],
    });
    expect(await again()).toMatchObject({ exitCode: 1, broken: 1, portals: [{ brokenAt: 2 }] });
    await asOwner(`update flowella.audit_log set actor = 'system'`);
    expect(await json<AuditVerification>(['audit', 'verify'])).toMatchObject({
      exitCode: 1,
      portals: [{ brokenAt: 1 }],
    });
    const wrong = await flowella(['audit', 'verify', '--against', '-'], { stdin: '{}' });
    expect(wrong).toMatchObject({ code: 1, out: '', err: expect.stringContaining('--against needs') });
  });
});

describe('what an operator gets wrong', () => {
  test('is said in the words of the command line, with what to do, and never looks like success', async () => {
    const portal = ['--portal', String(portalId)];
    const replay = ['deliveries', 'replay', ...portal];
    const calls: [string[], RegExp][] = [
      [[...replay, '--delivery', 'dlv_x'], /^There is no delivery "dlv_x" in the HubSpot account \d+: an id is dlv_/],
      [
        [...replay, '--destination', 'contact', '--reason', 'nope'],
        /^Nothing of the HubSpot account \d+ stopped at "contact" for the reason "nope": "flowella deliveries list/,
      ],
      [['deliveries', ''], /^Say what to do with the deliveries\.\nusage:/],
      [['portal', '', ...portal], /^Say what to do with the portal\.\nusage:/],
      [['portal', 'delete', ...portal], /^There is no "portal delete"\.\nusage:/],
      [['person', ' '], /^Say what to do with the person\.\nusage:/],
      [['keys', ''], /^Say what to do with the keys\.\nusage:/],
    ];
    for (const [args, words] of calls) {
      const run = await flowella(args);
      expect(run, args.join(' ')).toMatchObject({ code: 1, out: '', err: expect.stringMatching(words) });
      expect(run.err).not.toMatch(/load the page|undefined|\bat .*\.ts/i);
    }
  }, 60_000);
});
