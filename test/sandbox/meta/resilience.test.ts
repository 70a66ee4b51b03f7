import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startMetaStandIn } from '../../../server/sandbox/meta/start-meta-stand-in.ts';
import { until } from '../../support/until.ts';
import { ANNA, APP, NUMBER, SEED, TOKEN, WABA } from './support/meta-seed.ts';
import { startReceiver } from './support/receiver.ts';
import {
  clientOf,
  connect,
  flowMessage,
  publishedFlow,
  say,
  startScenario,
  type Scenario,
} from './support/meta-scenario.ts';

describe('faults on request', () => {
  let scenario: Scenario;
  beforeAll(async () => {
    scenario = await startScenario();
    await connect(scenario);
    await say(scenario, ANNA.waId, 'Hi');
  });
  afterAll(() => scenario.close());

  const send = () =>
    scenario.call('POST', `/${NUMBER}/messages`, {
      json: { messaging_product: 'whatsapp', to: ANNA.waId, type: 'text', text: { body: 'x' } },
    });
  const fault = (json: Record<string, unknown>) =>
    scenario.call('POST', '/_standin/faults', { json: { route: `POST /${NUMBER}/messages`, times: 1, ...json } });
  const received = async () => (await scenario.call('GET', `/_standin/outbox?to=${ANNA.waId}`)).list('messages').length;

  test.each([
    ['429', { kind: '429' }, 429, 130429],
    ['500', { kind: '500' }, 500, 131000],
    ['an error of choice', { kind: 'error', error: { status: 400, code: 131056, message: 'pair' } }, 400, 131056],
  ])('%s is answered once and has no effect', async (_title, json, status, code) => {
    const before = await received();
    await fault(json);
    const answer = await send();
    expect([answer.status, answer.code]).toEqual([status, code]);
    expect(await received()).toBe(before);
    expect((await send()).status).toBe(200);
  });

  test('a dropped call has no effect, a timeout after success has', async () => {
    const before = await received();
    await fault({ kind: 'drop', route: '/POST .*messages/' });
    await expect(send()).rejects.toThrow();
    expect(await received()).toBe(before);
    await fault({ kind: 'timeout-after-success' });
    await expect(send()).rejects.toThrow();
    expect(await received()).toBe(before + 1);
  });

  test('faults can be taken back', async () => {
    await fault({ kind: '500', times: 5 });
    await scenario.call('DELETE', '/_standin/faults');
    expect((await send()).status).toBe(200);
  });

  test('the journal keeps calls and answers and no secret', async () => {
    await scenario.call('GET', `/debug_token?input_token=${TOKEN}`, { token: `${APP.id}|${APP.secret}` });
    const journal = await scenario.call('GET', '/_standin/journal?since=0');
    const records = journal.body.records as { n: number; route: string; status: number; body: unknown }[];
    expect(records.map((record) => record.route)).toContain('/{Version}/{Phone-Number-ID}/messages');
    expect(records.some((record) => record.status === 0)).toBe(true);
    for (const secret of [TOKEN, APP.secret, 'verify-me']) expect(journal.text).not.toContain(secret);
    const last = records.at(-1)?.n ?? 0;
    expect((await scenario.call('GET', `/_standin/journal?since=${last}`)).body.records).toEqual([]);
  });

  test('pages on other ports of this machine may read the control surface, others may not', async () => {
    const read = (origin: string) =>
      fetch(`${scenario.meta.url}/_standin/people`, { headers: { origin } }).then((answer) =>
        answer.headers.get('access-control-allow-origin'),
      );
    expect(await read('http://localhost:5173')).toBe('http://localhost:5173');
    expect(await read('https://evil.example')).toBeNull();
  });
});

describe('crashes', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'meta-stand-in-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('what was accepted before a kill -9 is there after it, and its webhooks are delivered by the next start', async () => {
    const receiver = await startReceiver(APP.secret);
    const databaseFile = path.join(folder, 'meta.sqlite');
    const child = await startChild(folder, databaseFile);
    const call = clientOf(child.url);
    await connect({ call, receiver } as unknown as Scenario);
    const flowId = await publishedFlow({ call } as unknown as Scenario, 'survivor');
    await call('POST', '/_standin/inbound', { json: { from: ANNA.waId, type: 'text', text: 'Hi' } });
    receiver.state.refuse = { marker: 'delivered', statuses: Array.from({ length: 1_000 }, () => 503), posts: 0 };
    const sent = await call('POST', `/${NUMBER}/messages`, { json: flowMessage(ANNA.waId, flowId) });
    const id = String(sent.messageId);
    await until(() => receiver.state.refuse.posts > 0);
    await child.kill();

    receiver.state.refuse = { marker: 'never', statuses: [], posts: 0 };
    const meta = await startMetaStandIn({ port: 0, databaseFile, webhookRetryDelaysMs: [20, 20, 20] });
    meta.seed(SEED);
    const after = clientOf(meta.url);
    expect((await after('GET', `/${flowId}`)).body.status).toBe('PUBLISHED');
    expect((await after('GET', `/${WABA}/subscribed_apps`)).body.data).toHaveLength(1);
    expect((await after('GET', `/_standin/outbox?to=${ANNA.waId}`)).body.messages).toMatchObject([{ id }]);
    await until(() => receiver.statuses(id).some((status) => status.status === 'delivered'));
    await meta.close();
    await receiver.close();
  });
});

/** The stand-in in a process of its own, which can be killed. */
async function startChild(folder: string, databaseFile: string): Promise<{ url: string; kill(): Promise<void> }> {
  const root = path.resolve(import.meta.dirname, '../../..');
  const url = (file: string): string => JSON.stringify(pathToFileURL(path.join(root, file)).href);
  const script = path.join(folder, 'child.mjs');
  writeFileSync(
    script,
    `import { startMetaStandIn } from ${url('server/sandbox/meta/start-meta-stand-in.ts')};
     import { SEED } from ${url('test/sandbox/meta/support/meta-seed.ts')};
     const meta = await startMetaStandIn({ port: 0, databaseFile: ${JSON.stringify(databaseFile)}, webhookRetryDelaysMs: [1000, 1000, 1000] });
     meta.seed(SEED);
     process.stdout.write(meta.url + '\\n');`,
  );
  const child = spawn(process.execPath, [script], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString('utf8').trim()));
    child.once('exit', () => reject(new Error('The child ended before it listened')));
  });
  return {
    url: address,
    kill: () =>
      new Promise((resolve) => {
        child.removeAllListeners('exit');
        child.once('exit', () => resolve());
        child.kill('SIGKILL');
      }),
  };
}
