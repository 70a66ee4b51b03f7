import { expect, test } from 'vitest';
import { clientErrorOf } from '../../server/endpoint/client-error.ts';
import { flowRequestSchema } from '../../server/endpoint/decrypt-request.ts';

/** "Implementing Endpoint for Flows", error notification, and the types of whatsapp-flows.md section 6.8. */
const typeOf = (data: unknown, action = 'data_exchange'): string | null =>
  clientErrorOf(flowRequestSchema.parse({ version: '3.0', action, screen: 'A', flow_token: 't', data }));

test.each([
  [{ error: 'invalid-screen-transition', error_message: 'x' }, 'invalid-screen-transition'],
  [{ error_key: 'payload-schema-error', error_message: 'x' }, 'payload-schema-error'],
  [{ error: 'INVALID_SCREEN_TRANSITION', error_message: 'x' }, 'invalid-screen-transition'],
  [{ error: 'timeout_error', error_message: '' }, 'timeout-error'],
  [{ error: 'public-key-signiture-verification', error_message: 'x' }, 'public-key-signiture-verification'],
  [{ error: 'of another day', error_message: 'x' }, 'other'],
])('%j is recorded as %s, whatever action it comes with', (data, type) => {
  for (const action of ['data_exchange', 'INIT', 'navigate']) expect(typeOf(data, action)).toBe(type);
});

test('answers are no notice: a field that is called error, or a message alone', () => {
  for (const data of [undefined, null, {}, { error: 'x' }, { error_message: 'x' }, { error: 1, error_message: 'x' }])
    expect(typeOf(data)).toBeNull();
});

test('a request of data API 4.0 is read as one of 3.0: the signature of its token and unknown keys change nothing', () => {
  const request = {
    action: 'data_exchange',
    screen: 'A',
    flow_token: 't',
    data: { v: 'ver_1', nested: { a: [1, null] } },
  };
  const later = { ...request, version: '4.0', flow_token_signature: 'e30.e30.x', invented: { by: 'Meta' } };
  const { version, flow_token_signature, ...read } = flowRequestSchema.parse(later);
  expect({ version, flow_token_signature }).toEqual({ version: '4.0', flow_token_signature: 'e30.e30.x' });
  expect(read).toEqual(request);
});

test.each([[[]], ['text'], [1], [true]])('data that is no object (%j) is no request', (data) => {
  expect(flowRequestSchema.safeParse({ action: 'INIT', data }).success).toBe(false);
});

test('a key that would change the prototype of an object it is copied into is left out', () => {
  const parsed = flowRequestSchema.parse(JSON.parse('{"action":"INIT","data":{"__proto__":{"a":1},"b":2}}'));
  expect(Object.keys(parsed.data)).toEqual(['b']);
});
