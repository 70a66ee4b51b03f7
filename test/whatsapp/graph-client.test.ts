import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { AppError } from '../../server/app-error.ts';
import { GraphClient, type GraphRequest } from '../../server/whatsapp/graph-client.ts';
import { metaError, startFakeGraph } from './fake-graph.ts';

let graph: Awaited<ReturnType<typeof startFakeGraph>>;
let client: GraphClient;
beforeAll(async () => {
  graph = await startFakeGraph();
  client = new GraphClient({ graphUrl: `${graph.url}/`, graphVersion: 'v23.0', wait: async () => {} });
});
beforeEach(() => void graph.calls.splice(0));
afterAll(() => graph.close());

const ok = z.object({ success: z.literal(true) });
const read: GraphRequest<{ success: true }> = {
  method: 'GET',
  path: '/1',
  accessToken: 'secret',
  schema: ok,
  idempotent: true,
};
const write: GraphRequest<{ success: true }> = { ...read, method: 'POST', path: '/1/messages', idempotent: false };

async function failure(work: Promise<unknown>): Promise<AppError> {
  const err = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(err instanceof AppError)) throw new Error(`Expected an AppError, got ${String(err)}`);
  return err;
}

test('a call carries version, token, query and the body in the asked encoding', async () => {
  graph.on('POST /1', () => ({ json: { success: true } }));
  await client.call({
    ...read,
    method: 'POST',
    query: { fields: 'id,name' },
    body: { kind: 'form', fields: { a: 'ü&b' } },
  });
  await client.call({
    ...read,
    method: 'POST',
    body: {
      kind: 'multipart',
      fields: { name: 'flow.json' },
      file: { field: 'file', fileName: 'flow.json', contentType: 'application/json', content: '{"x":1}' },
    },
  });
  const [form, multipart] = graph.calls;
  expect(form).toMatchObject({ path: '/1', token: 'secret', query: { fields: 'id,name' }, body: 'a=%C3%BC%26b' });
  expect(multipart?.contentType).toMatch(/^multipart\/form-data; boundary=/);
  expect(multipart?.body).toContain('filename="flow.json"\r\nContent-Type: application/json\r\n\r\n{"x":1}');
});

test('an answer of another shape is an error and never trusted', async () => {
  graph.on('GET /1', () => ({ json: { success: 'yes' } }));
  expect((await failure(client.call(read))).code).toBe('meta_answer_unreadable');
});

test.each([
  [190, 'meta_token_invalid', false],
  [200, 'meta_permission_missing', false],
  [130429, 'meta_rate_limited', true],
  [131056, 'meta_pair_rate_limited', true],
  [131026, 'meta_undeliverable', false],
  [131047, 'meta_window_closed', false],
  [131049, 'meta_marketing_capped', false],
  [131050, 'meta_opted_out', false],
  [131062, 'meta_needs_number', false],
  [132015, 'meta_template_paused', false],
  [132068, 'meta_flow_blocked', false],
  [132069, 'meta_flow_throttled', true],
  [139001, 'meta_flow_not_editable', false],
  [133010, 'meta_number_not_registered', false],
  [999999, 'meta_rejected', false],
])('error %i of Meta becomes %s, retryable %s, with words in both languages', async (code, expected, retryable) => {
  graph.on('POST /1/messages', () => metaError(code));
  const en = await failure(client.call(write));
  const de = await failure(client.call({ ...write, language: 'de' }));
  expect(en).toMatchObject({ code: expected, retryable, context: { metaCode: code, fbtraceId: 'Atrace' } });
  expect(en.userMessage).toMatch(/\w+\./);
  expect(de.userMessage).not.toBe(en.userMessage);
});

test('a message whose answer was lost has an unknown outcome and is not sent again', async () => {
  graph.on('POST /1/messages', () => ({ drop: true }));
  expect(await failure(client.call(write))).toMatchObject({ code: 'meta_outcome_unknown', retryable: false });
  graph.on('POST /1/messages', () => ({ delayMs: 2_000, json: { success: true } }));
  expect((await failure(client.call({ ...write, deadlineMs: 60 }))).code).toBe('meta_outcome_unknown');
  graph.on('POST /1/messages', () => ({ status: 502, text: '<html>bad gateway</html>' }));
  expect((await failure(client.call(write))).code).toBe('meta_outcome_unknown');
  expect(graph.calls).toHaveLength(3);
});

test('a message that certainly never left may be sent again', async () => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise<void>((resolve) => closed.close(() => resolve()));
  const nobody = new GraphClient({ graphUrl: `http://127.0.0.1:${port}`, graphVersion: 'v23.0' });
  expect(await failure(nobody.call(write))).toMatchObject({ code: 'meta_unavailable', retryable: true });
});

test('a read is tried three times while Meta is unavailable and not again when it refuses', async () => {
  graph.on('GET /1', () => metaError(2, { status: 503 }));
  expect((await failure(client.call(read))).code).toBe('meta_unavailable');
  expect(graph.calls).toHaveLength(3);
  graph.calls.splice(0);
  let left = 2;
  graph.on('GET /1', () => (left-- > 0 ? { drop: true } : { json: { success: true } }));
  await expect(client.call(read)).resolves.toEqual({ success: true });
  graph.calls.splice(0);
  graph.on('GET /1', () => metaError(100));
  await failure(client.call(read));
  expect(graph.calls).toHaveLength(1);
});

test('an endless answer is cut off', async () => {
  graph.on('GET /1', () => ({ text: `"${'x'.repeat(5 * 1_024 * 1_024)}"` }));
  expect((await failure(client.call(read))).code).toBe('meta_unavailable');
});

test('no error message holds a number, a token or the words of Meta', async () => {
  graph.on('POST /1/messages', () => metaError(131026, { message: 'to +4915112345678', details: '+4915112345678' }));
  const err = await failure(client.call(write));
  expect(JSON.stringify([err.message, err.context, err.userMessage])).not.toMatch(/4915112345678|secret/);
});
