import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { withPortal } from '../../server/db/db.ts';
import { eraseContact } from '../../server/whatsapp/erase-contact.ts';
import { SANDBOX_FORMS_A } from '../../server/sandbox/hubspot/sandbox-forms.ts';
import { SANDBOX_WABAS } from '../../server/sandbox/meta/sandbox-seed.ts';
import type { FieldValue, InputView } from '../../shared/phone/screen-view.ts';
import {
  CONTACT,
  PORTAL_A,
  startProduct,
  untilDelivered,
  type Json,
  type Product,
} from '../security/support/product.ts';
import { until } from '../support/until.ts';

const FORM_ID = '7d0c5a10-1f5e-4b63-9c2e-5a1f000000f1';
const WA_ID = '4915123456789';
const PDF = Buffer.from('%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF');
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const file = (fileName: string, mimeType: string, bytes: Buffer) => ({
  fileName,
  mimeType,
  bytes: new Uint8Array(bytes),
});

let product: Product;

beforeAll(async () => {
  product = await startProduct({ prepare: (standIns) => putForm(standIns.hubspot.apiUrl) });
}, 90_000);
afterAll(() => product?.close());

async function putForm(apiUrl: string): Promise<void> {
  const form = structuredClone(SANDBOX_FORMS_A[0]) as Json;
  const field = (name: string, fieldType: string, label: string, more = {}) => ({
    groupType: 'default_group',
    richTextType: 'text',
    fields: [{ objectTypeId: '0-1', name, label, required: false, hidden: false, fieldType, ...more }],
  });
  Object.assign(form, { id: FORM_ID, name: 'With files' });
  form.fieldGroups = [
    form.fieldGroups.find((group: Json) => group.fields.some((one: Json) => one.name === 'email')),
    field('attachment', 'file', 'Your papers', { allowMultipleFiles: true }),
  ];
  await post(`${apiUrl}/_standin/portals/${PORTAL_A}/forms`, { form });
}

async function post(url: string, body: unknown): Promise<Json> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status} ${await answer.text()}`);
  return answer.json();
}

const get = async (path: string): Promise<Json> => (await fetch(`${product.standIns.hubspot.apiUrl}${path}`)).json();
const withKey = (body: object) => ({ idempotencyKey: randomBytes(12).toString('hex'), ...body });

async function publish(mode: 'connected' | 'light'): Promise<string> {
  const created = await product.api(
    PORTAL_A,
    'POST',
    '/api/flows',
    withKey({ source: 'hubspot-forms', sourceFormId: FORM_ID, accountId: product.accountId }),
  );
  const { flowId, mapping } = created.json;
  const changes = { design: { mode }, mapping: { ...mapping, formSubmission: { enabled: true } } };
  const changed = await product.api(PORTAL_A, 'PATCH', `/api/flows/${flowId}`, withKey(changes));
  expect(changed.json.mappingProblems).toEqual([]);
  await product.api(PORTAL_A, 'POST', `/api/flows/${flowId}/publish`, withKey({}));
  await until(async () => {
    const { json } = await product.api(PORTAL_A, 'GET', `/api/flows/${flowId}/publication`);
    return json?.template?.state === 'APPROVED';
  }, 30_000);
  return flowId;
}

async function send(flowId: string): Promise<Json> {
  await product.api(PORTAL_A, 'POST', `/api/contacts/${CONTACT?.id}/consent`, withKey({ state: 'opted_in' }));
  const sent = await product.api(
    PORTAL_A,
    'POST',
    `/api/contacts/${CONTACT?.id}/sends`,
    withKey({ flowId, replace: true }),
  );
  expect(sent.status, sent.text).toBe(200);
  const outbox = await (await fetch(`${product.standIns.meta.url}/_standin/outbox?to=${WA_ID}`)).json();
  return (outbox as Json).messages.filter((one: Json) => one.flow).at(-1);
}

const fill = (input: InputView): FieldValue | undefined => {
  if (input.kind === 'documents' || input.kind === 'photos')
    return [file('../Pass Ada Lovelace.pdf', 'application/pdf', PDF), file('face.exe', 'image/png', PNG)];
  return /e-?mail/i.test(input.label ?? '') ? CONTACT?.properties.email : undefined;
};

test.each(['connected', 'light'] as const)(
  'files chosen on the phone of a %s flow lie in the account, and the form names them',
  async (mode) => {
    const known = (await product.api(PORTAL_A, 'GET', `/api/contacts/${CONTACT?.id}/submissions`)).json.submissions
      .length;
    const before = (await get(`/_standin/portals/${PORTAL_A}/files`)).files.length;
    const message = await send(await publish(mode));
    const walk = await product.fillIn(message, fill);
    expect(walk.stuck).toBeNull();
    if (walk.view.kind !== 'closed' || walk.view.outcome.kind !== 'submitted')
      throw new Error(JSON.stringify(walk.view));
    if (mode === 'light') {
      await post(`${product.standIns.meta.url}/_standin/inbound`, {
        type: 'nfm_reply',
        from: WA_ID,
        phoneNumberId: SANDBOX_WABAS[0].phoneNumberId,
        contextId: message.id,
        responseJson: walk.view.outcome.responseJson,
      });
    }
    const shownOf = async () =>
      (await product.api(PORTAL_A, 'GET', `/api/contacts/${CONTACT?.id}/submissions`)).json.submissions;
    await until(async () => (await shownOf()).length > known, 20_000);
    await untilDelivered(product);

    const { files } = await get(`/_standin/portals/${PORTAL_A}/files`);
    const added = files.slice(before);
    expect(added.map((one: Json) => [one.access, one.base64])).toEqual([
      ['PRIVATE', PDF.toString('base64')],
      ['PRIVATE', PNG.toString('base64')],
    ]);
    // Named by what they are; the person's own name for them stands nowhere.
    expect(added.map((one: Json) => one.path.split('.').at(-1))).toEqual(['pdf', 'png']);
    expect(JSON.stringify(added)).not.toContain('Lovelace');

    const submitted = (await get('/_standin/journal')).entries.findLast((entry: Json) =>
      entry.path.endsWith(`/${PORTAL_A}/${FORM_ID}`),
    );
    expect(submitted.status).toBe(200);
    const { value } = submitted.body.fields.find((one: Json) => one.name === 'attachment');
    expect(value.split(';').map((url: string) => new URL(url).pathname)).toEqual(
      added.map((one: Json) => `/hubfs/${PORTAL_A}${one.path}`),
    );
    const [latest] = await shownOf();
    expect(latest.deliveries.map((one: Json) => [one.destination, one.state])).toContainEqual(['files', 'delivered']);
    expect(product.logged()).not.toContain('Lovelace');
  },
  60_000,
);

test('when the contact is erased in HubSpot, the files go from its file manager too', async () => {
  expect((await get(`/_standin/portals/${PORTAL_A}/files`)).files.length).toBeGreaterThan(0);
  await eraseContact(product.server.services, PORTAL_A, CONTACT?.id ?? '');
  expect((await get(`/_standin/portals/${PORTAL_A}/files`)).files).toEqual([]);
});

describe('a contact erased while files are put away', () => {
  const erase = () => eraseContact(product.server.services, PORTAL_A, CONTACT?.id ?? '');
  const storedFiles = async (): Promise<Json[]> => (await get(`/_standin/portals/${PORTAL_A}/files`)).files;
  const fault = (route: string, kind: string, more: object) =>
    post(`${product.standIns.hubspot.apiUrl}/_standin/faults`, { route, kind, ...more });
  const clearFaults = () => fetch(`${product.standIns.hubspot.apiUrl}/_standin/faults`, { method: 'DELETE' });
  const uploads = async (): Promise<number> =>
    (await get('/_standin/journal')).entries.filter(
      (entry: Json) => entry.method === 'POST' && entry.path.startsWith('/files/v3/files'),
    ).length;
  const latest = async (): Promise<Json> =>
    withPortal(product.server.services.db, PORTAL_A, (tx) =>
      tx
        .selectFrom('deliveries')
        .select(['state', 'detail', 'attempt', 'reason_code'])
        .where('destination', '=', 'files')
        .orderBy('seq', 'desc')
        .executeTakeFirst(),
    );
  const isUnderWay = async () => (await latest()).detail.underWay?.length > 0;
  let flowId: string;

  beforeAll(async () => {
    flowId = await publish('connected');
  }, 60_000);
  beforeEach(async () => {
    await erase();
    expect(await storedFiles()).toEqual([]);
  });
  afterEach(clearFaults);

  test('keeps no file that arrives at HubSpot only afterwards, and no further one is put away', async () => {
    const before = await uploads();
    await fault('POST /files/', 'delay', { delayMs: 1_500 });
    await product.fillIn(await send(flowId), fill);
    await until(isUnderWay, 10_000);
    await erase();
    // The person's first file, and the one of a byte that took its name while nobody could know whether it was there.
    await until(async () => (await uploads()) - before === 2 && (await storedFiles()).length === 0, 10_000);
    expect(await latest()).toMatchObject({ state: 'cancelled', reason_code: 'erased', detail: {} });
    expect((await uploads()) - before).toBe(2);
  }, 30_000);

  test('keeps no file whose answer was lost', async () => {
    await fault('POST /files/', 'timeout-after-success', { times: 20 });
    await product.fillIn(await send(flowId), fill);
    await until(async () => (await latest()).state === 'waiting' && (await storedFiles()).length === 1, 20_000);
    await clearFaults();
    await erase();
    expect(await storedFiles()).toEqual([]);
  }, 30_000);

  test('leaves a note of a file that could not be deleted, and the next erasure deletes it', async () => {
    await fault('POST /files/', 'delay', { delayMs: 1_500 });
    await product.fillIn(await send(flowId), fill);
    await until(isUnderWay, 10_000);
    await erase();
    await fault('DELETE /files/', '500', { times: 20 });
    await until(async () => (await latest()).detail.files?.length === 1, 20_000);
    expect(await storedFiles()).toHaveLength(1);
    await clearFaults();
    expect(await erase()).toMatchObject({ files: 1 });
    expect(await storedFiles()).toEqual([]);
  }, 60_000);
});
