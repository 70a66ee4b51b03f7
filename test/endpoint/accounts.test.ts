import { generateKeyPairSync } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { EndpointAccounts } from '../../server/endpoint/accounts.ts';
import { until } from '../support/until.ts';

const der = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'der' },
}).privateKey;
const ids = Array.from({ length: 20 }, (_, index) => `wac_${index}`);

let now = 0;
let asked: string[][] = [];
let read: string[] = [];
let stampOf: (id: string) => string | undefined;
let accounts: EndpointAccounts;
beforeEach(async () => {
  now = 0;
  stampOf = (id) => `7:${id}`;
  accounts = new EndpointAccounts(
    {
      stamps: async (wanted) => {
        asked.push([...wanted]);
        return new Map(wanted.flatMap((id) => (stampOf(id) ? [[id, stampOf(id) ?? '']] : [])));
      },
      appSecrets: async (_portal, id) => {
        read.push(id);
        return ['secret'];
      },
      flowKeys: async (_portal, id) => [{ keyId: `key_${id}`, privateKeyDer: der }],
      keyUsed: async () => {},
    },
    () => now,
  );
  for (const id of ids) await accounts.get(id);
  asked = [];
  read = [];
});

const useAll = () => Promise.all(ids.map((id) => accounts.get(id)));

test('accounts in use are looked at together before their time is over, and no request waits for it', async () => {
  now = 9_000;
  await useAll();
  expect(asked).toEqual([]);
  await until(() => asked.length > 0);
  expect(asked).toEqual([ids]);
  await until(async () => (await accounts.peek('wac_19'))?.loadedAt === 9_000);
  now = 20_000;
  const all = await useAll();
  expect(all.map((account) => account?.loadedAt)).toEqual(ids.map(() => 9_000));
  expect([asked.length, read]).toEqual([1, []]);
});

test('one that has changed by then is read by its next request', async () => {
  now = 9_000;
  stampOf = (id) => (id === 'wac_3' ? '7:other' : `7:${id}`);
  await useAll();
  await until(async () => (await accounts.get('wac_3'))?.stamp === '7:other');
  await useAll();
  expect(read).toEqual(['wac_3']);
});

test('one that nobody has any more is gone', async () => {
  now = 9_000;
  stampOf = (id) => (id === 'wac_3' ? undefined : `7:${id}`);
  await useAll();
  await until(async () => (await accounts.get('wac_3')) === null);
});

test('one that was forgotten while it was looked at does not come back as it was', async () => {
  now = 9_000;
  await useAll();
  accounts.forget('wac_3');
  stampOf = (id) => (id === 'wac_3' ? '7:other' : `7:${id}`);
  await until(async () => (await accounts.peek('wac_19'))?.loadedAt === 9_000);
  expect((await accounts.get('wac_3'))?.stamp).toBe('7:other');
});

test('one that nobody uses is not looked at, and its next request waits for it', async () => {
  now = 16_000;
  await accounts.get('wac_1');
  expect(asked).toEqual([['wac_1']]);
});

test('requests that wait for their accounts at the same time are asked for together', async () => {
  now = 16_000;
  const all = await useAll();
  expect(all.map((account) => account?.stamp)).toEqual(ids.map((id) => `7:${id}`));
  expect(asked).toEqual([['wac_0'], ['wac_1'], ids.slice(2)]);
});
