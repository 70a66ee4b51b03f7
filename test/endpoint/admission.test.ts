import { constants, createCipheriv, createHmac, generateKeyPairSync, publicEncrypt, randomBytes } from 'node:crypto';
import Fastify from 'fastify';
import pino from 'pino';
import { expect, test } from 'vitest';
import { Admission, type Seat } from '../../server/endpoint/admission.ts';
import { flowRoute } from '../../server/endpoint/flow-route.ts';
import { importRsaKey } from '../../server/endpoint/rsa-keys.ts';
import { strangerWindow } from '../../server/limits.ts';
import { createMetrics } from '../../server/observe/metrics.ts';

/** A machine that answers one exchange after the other, each in `eachMs`, while they come every `everyMs`; what became of them. */
function overload(o: { eachMs: number; everyMs: number; seconds: number }) {
  let now = 0;
  const admission = new Admission(() => now);
  const queue: { seat: Seat; at: number }[] = [];
  const waits: number[] = [];
  let shed = 0;
  let busyUntil = 0;
  for (let at = 0; at < o.seconds * 1_000; at += o.everyMs) {
    for (let next = queue[0]; next && Math.max(busyUntil, next.at) + o.eachMs <= at; next = queue[0]) {
      busyUntil = Math.max(busyUntil, next.at) + o.eachMs;
      now = busyUntil;
      queue.shift()?.seat.leave();
      waits.push(now - next.at);
    }
    now = at;
    const seat = admission.enter();
    if (seat) queue.push({ seat, at });
    else shed += 1;
  }
  const sorted = waits.toSorted((a, b) => a - b);
  return { answered: waits.length, shed, p90: sorted[Math.floor(sorted.length * 0.9)] ?? 0, worst: sorted.at(-1) ?? 0 };
}

test.each([
  ['a fast machine', { eachMs: 0.4, everyMs: 0.1, seconds: 20 }],
  ['a machine of 500 a second', { eachMs: 2, everyMs: 0.5, seconds: 20 }],
  ['a slow one', { eachMs: 10, everyMs: 2, seconds: 30 }],
])(
  '%s under four to five times what it can do answers at its full rate, and never near the first alert of 1 s',
  (_name, o) => {
    const { answered, shed, p90, worst } = overload(o);
    expect(answered).toBeGreaterThan(((o.seconds * 1_000) / o.eachMs) * 0.95);
    expect(shed).toBeGreaterThan(0);
    expect(p90).toBeLessThan(700);
    expect(worst).toBeLessThan(1_000);
  },
);

test('nobody is turned away while the machine keeps up, nor after the load has gone', () => {
  expect(overload({ eachMs: 1, everyMs: 1.1, seconds: 10 }).shed).toBe(0);
  let now = 0;
  const admission = new Admission(() => now);
  const seats = Array.from({ length: 500 }, () => admission.enter()).filter((seat) => seat !== null);
  expect(seats.length).toBe(admission.seats);
  // The database stood still for five seconds: that is no rate.
  now = 5_000;
  for (const seat of seats) seat.leave();
  expect(admission.seats).toBeGreaterThanOrEqual(64);
  expect(admission.enter()).not.toBeNull();
});

test('a seat is given back once, and who waits for the database gives it back meanwhile', async () => {
  const admission = new Admission(() => 0);
  const [first, ...seats] = Array.from({ length: admission.seats }, () => admission.enter());
  expect(admission.enter()).toBeNull();
  let comeBack = (): void => {};
  const away = first?.away(() => new Promise<void>((resolve) => (comeBack = resolve)));
  const instead = admission.enter();
  expect(instead).not.toBeNull();
  comeBack();
  await away;
  instead?.leave();
  instead?.leave();
  expect(admission.enter()).toBeNull();
  seats[0]?.leave();
  expect(admission.enter()).not.toBeNull();
});

const SECRET = 's'.repeat(32);
const pair = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'der' },
});

function signedPing() {
  const aesKey = randomBytes(16);
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-128-gcm', aesKey, iv);
  const data = Buffer.concat([cipher.update('{"version":"3.0","action":"ping"}'), cipher.final(), cipher.getAuthTag()]);
  const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
  const payload = JSON.stringify({
    encrypted_flow_data: data.toString('base64'),
    encrypted_aes_key: publicEncrypt({ key: pair.publicKey, ...padding }, aesKey).toString('base64'),
    initial_vector: iv.toString('base64'),
  });
  const signature = `sha256=${createHmac('sha256', SECRET).update(payload).digest('hex')}`;
  return {
    method: 'POST' as const,
    url: '/flow/wac_00000000000000000000',
    payload,
    headers: { 'content-type': 'application/json', 'x-hub-signature-256': signature },
  };
}

test('who comes when there is no room gets 421 at once, with nothing read or written, and is answered on the one retry WhatsApp makes', async () => {
  const key = await importRsaKey('key', pair.privateKey);
  let open = (): void => {};
  const isOpen = new Promise<void>((resolve) => (open = resolve));
  const decrypt = (ciphertext: Buffer): Promise<Buffer> => isOpen.then(() => key.decrypt(ciphertext));
  const account = {
    accountId: '',
    portalId: 1,
    appSecrets: [SECRET],
    keys: [{ keyId: 'key', decrypt }],
    stamp: '1:',
    loadedAt: 0,
  };
  const accounts = { get: async () => account, noteUse: () => {} };
  const app = Fastify();
  const metrics = createMetrics();
  // A ping needs neither database nor keys of its own.
  flowRoute(app, { accounts, metrics, log: pino({ level: 'silent' }) } as unknown as Parameters<typeof flowRoute>[1]);
  const seats = new Admission().seats;
  let answered = 0;
  const waiting = Array.from({ length: seats }, () =>
    app.inject(signedPing()).then((answer) => ((answered += 1), answer)),
  );
  const late = await Promise.all(Array.from({ length: 20 }, () => app.inject(signedPing())));
  expect(late.map(({ statusCode, body }) => [statusCode, body])).toEqual(late.map(() => [421, '']));
  expect(answered).toBe(0);
  open();
  expect((await Promise.all(waiting)).map(({ statusCode }) => statusCode)).toEqual(waiting.map(() => 200));
  const retried = await Promise.all(late.map(() => app.inject(signedPing())));
  expect(retried.map(({ statusCode }) => statusCode)).toEqual(retried.map(() => 200));
  const { values } = await metrics.flowAnswers.get();
  expect(Object.fromEntries(values.map(({ labels, value }) => [labels.status, value]))).toEqual({
    200: seats + 20,
    421: 20,
  });
  await app.close();
});

test('an address that asks for accounts nobody has is answered from memory after 300 in a minute, each address for itself', () => {
  let now = 0;
  const limit = strangerWindow(() => now);
  for (let n = 0; n < 300; n += 1) {
    expect(limit.isSpent('203.0.113.7')).toBe(false);
    limit.take('203.0.113.7');
  }
  expect(limit.isSpent('203.0.113.7')).toBe(true);
  expect(limit.isSpent('203.0.113.8')).toBe(false);
  now = 60_000;
  expect(limit.isSpent('203.0.113.7')).toBe(false);
});
