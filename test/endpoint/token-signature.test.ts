import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { isTokenSigned } from '../../server/endpoint/token-signature.ts';

const SECRETS = ['the secret of now', 'the one before'];
const part = (value: object | string): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A JWT as RFC 7515 writes it, made apart from what reads it. */
function jwt(o: { header?: object | string; payload?: object | string; secret?: string } = {}): string {
  const signed = `${part(o.header ?? { alg: 'HS256', typ: 'JWT' })}.${part(o.payload ?? { flow_token: 'token-1' })}`;
  return `${signed}.${createHmac('sha256', o.secret ?? 'the secret of now')
    .update(signed)
    .digest('base64url')}`;
}

test('the example of RFC 7515, appendix A.1, has the signature that the RFC says, and is no signature of a flow token', () => {
  const key = Buffer.from(
    'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
    'base64url',
  );
  const signed =
    'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ';
  const signature = createHmac('sha256', key).update(signed).digest('base64url');
  expect(signature).toBe('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk');
  expect(isTokenSigned(`${signed}.${signature}`, '', SECRETS)).toBe(false);
});

test.each(SECRETS)('is genuine with "%s" for its own token', (secret) => {
  expect(isTokenSigned(jwt({ secret }), 'token-1', SECRETS)).toBe(true);
  expect(isTokenSigned(jwt({ secret, payload: { flow_token: 'token-1', iat: 1 } }), 'token-1', SECRETS)).toBe(true);
});

test.each<[string, string]>([
  ['of another token', jwt({ payload: { flow_token: 'token-2' } })],
  ['of no token', jwt({ payload: {} })],
  ['with a token that is no text', jwt({ payload: { flow_token: ['token-1'] } })],
  ['with another secret', jwt({ secret: 'guessed' })],
  ['that says it is not signed', jwt({ header: { alg: 'none' } })],
  ['of another algorithm', jwt({ header: { alg: 'HS512' } })],
  ['without a signature', jwt().replace(/[^.]*$/, '')],
  ['with half a signature', jwt().slice(0, -20)],
  ['with a changed payload', jwt().replace(/\.[^.]*\./, `.${part({ flow_token: 'token-1', more: 1 })}.`)],
  ['with more parts', `${jwt()}.x`],
  ['that is no JSON', jwt({ payload: 'token-1' })],
  ['that is no JWT', 'token-1'],
  ['that is empty', ''],
  ['that is endless', jwt({ payload: { flow_token: 'token-1', more: 'x'.repeat(10_000) } })],
])('a signature %s is none', (_what, given) => {
  expect(isTokenSigned(given, 'token-1', SECRETS)).toBe(false);
});
