import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONTACT, PORTAL_A, startProduct, type Answer, type Product } from '../security/support/product.ts';

let product: Product;
beforeAll(async () => {
  product = await startProduct();
}, 120_000);
afterAll(() => product?.close());

const key = (): string => randomBytes(12).toString('hex');
const record = (body: object): Promise<Answer> =>
  product.api(PORTAL_A, 'POST', `/api/contacts/${CONTACT?.id}/consent`, body);
const known = async () =>
  (await product.api(PORTAL_A, 'GET', `/api/contacts/${CONTACT?.id}/flows`)).json.contact.consent;

test('a repeat of an earlier consent that comes late does not undo the opt-out after it, and is told of it', async () => {
  const agreed = { idempotencyKey: key(), state: 'opted_in' };
  expect((await record(agreed)).json).toMatchObject({ state: 'opted_in' });
  expect((await record({ idempotencyKey: key(), state: 'opted_out' })).json).toMatchObject({ state: 'opted_out' });
  const late = await record(agreed);
  expect([late.status, late.json.state]).toEqual([200, 'opted_out']);
  expect(await known()).toMatchObject({ state: 'opted_out' });
});

test('another word under the key of an earlier one is refused, and nothing is recorded', async () => {
  const idempotencyKey = key();
  await record({ idempotencyKey, state: 'opted_out' });
  const other = await record({ idempotencyKey, state: 'opted_in' });
  expect([other.status, other.json.error.code]).toEqual([422, 'key_reused']);
  expect(await known()).toMatchObject({ state: 'opted_out' });
});

test('what the rep noted stands on the card, sealed, until a newer word is recorded', async () => {
  const note = 'Said it on the phone on Monday';
  expect((await record({ idempotencyKey: key(), state: 'opted_in', note })).json).toMatchObject({ note });
  expect(await known()).toMatchObject({ state: 'opted_in', note });
  const stored = await product.dump();
  expect(stored.filter(({ bytes }) => bytes.includes(note)).map(({ place }) => place)).toEqual([]);
  await record({ idempotencyKey: key(), state: 'opted_out' });
  expect(await known()).toMatchObject({ state: 'opted_out', note: null });
});
