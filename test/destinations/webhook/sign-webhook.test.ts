import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newWebhookSecret, signWebhook } from '../../../server/destinations/webhook/sign-webhook.ts';
import { verifyCall } from '../../../server/sandbox/webhook/verify-call.ts';

const SPEC_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const SEVENS = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const at = (seconds: number) => new Date(seconds * 1_000);
const sign = (o: Partial<Parameters<typeof signWebhook>[0]> = {}) =>
  signWebhook({ id: 'dlv_1', at: at(1_796_000_000), body: '{}', secrets: [SPEC_SECRET], ...o });
const verify = (headers: Record<string, string>, body = '{}', secrets = [SPEC_SECRET], now = 1_796_000_000) =>
  verifyCall({
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(body),
    secrets,
    now: at(now),
  });

/** Made with `openssl dgst -sha256 -mac HMAC -macopt hexkey:…`; the first is the example of the specification. */
test.each([
  [
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    1_614_265_330,
    '{"test": 2432232314}',
    SPEC_SECRET,
    'g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  ],
  [
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    1_614_265_330,
    '{"test": 2432232314}',
    SEVENS,
    'YO/ulmd+VFtlnbodv7yLOOsS6RlBZ48h++gXZrGOpZo=',
  ],
  [
    'dlv_0123456789abcdefghjk',
    1_796_000_000,
    '{"name":"Jürgen 👍"}',
    SPEC_SECRET,
    'oXRon87TIzoK62T0zS3q0+0WFQRgeATESDiD+8TxvQo=',
  ],
  [
    'dlv_0123456789abcdefghjk',
    1_796_000_000,
    '{"name":"Jürgen 👍"}',
    SEVENS,
    'APTX94t+yV1PzCJai2IxFnapqGb8Shlw4vV+FEUcU6A=',
  ],
])('%s at %d is signed as OpenSSL signs it', (id, seconds, body, secret, signature) => {
  expect(signWebhook({ id, at: at(seconds), body, secrets: [secret] })).toEqual({
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': `v1,${signature}`,
  });
});

test('a secret is whsec_ and 32 random bytes, new every time', () => {
  const [one, other] = [newWebhookSecret(), newWebhookSecret()];
  expect(Buffer.from(one.replace('whsec_', ''), 'base64')).toHaveLength(32);
  expect(one).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(one).not.toBe(other);
});

test('during a rotation a receiver with either secret accepts, one with neither does not', () => {
  const [fresh, old, stranger] = [newWebhookSecret(), newWebhookSecret(), newWebhookSecret()];
  const headers = sign({ secrets: [fresh, old] });
  expect(headers['webhook-signature'].split(' ')).toHaveLength(2);
  expect(verify(headers, '{}', [fresh])).toBeNull();
  expect(verify(headers, '{}', [old])).toBeNull();
  expect(verify(headers, '{}', [stranger])).toBe('no signature fits');
});

test('a receiver sees every change of id, time and body, and a call that is too old', () => {
  const headers = sign();
  expect(verify(headers)).toBeNull();
  expect(verify({ ...headers, 'webhook-id': 'dlv_2' })).toBe('no signature fits');
  expect(verify({ ...headers, 'webhook-timestamp': '1796000001' })).toBe('no signature fits');
  expect(verify(headers, '{ }')).toBe('no signature fits');
  expect(verify(headers, '{}', [SPEC_SECRET], 1_796_000_301)).toMatch(/too old/);
  expect(verify({ ...headers, 'content-type': 'text/plain' })).toMatch(/application\/json/);
});

test('what is signed verifies, whatever the body, and no other body does', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (body, other) => {
      const headers = sign({ body });
      expect(verify(headers, body)).toBeNull();
      // Lone surrogates become one replacement character in UTF-8: bodies that differ as bytes are meant.
      if (!Buffer.from(other).equals(Buffer.from(body))) expect(verify(headers, other)).not.toBeNull();
    }),
  );
});
