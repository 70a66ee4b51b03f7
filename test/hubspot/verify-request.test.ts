import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeForSigning,
  readCaller,
  signV2,
  signV3,
  verifyRequest,
  type SignedRequest,
} from '../../server/hubspot/verify-request.ts';

const clientSecret = 'yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy';
const published = {
  method: 'POST',
  url: 'https://www.example.com/webhook_uri',
  body: Buffer.from("{'example_field':'example_value'}"),
};
const at = (ms: number) => new Date(ms);

function signed(overrides: Partial<SignedRequest> = {}): SignedRequest {
  return {
    ...published,
    timestamp: '1693657560000',
    signatureV3: 'K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y=',
    ...overrides,
  };
}

describe("HubSpot's signature, version 3", () => {
  test.each([
    ['15000000', 'HPW73RUtKmcYoEDADG0s6MmGFWUzWJKAW07r8RDgcQw='],
    ['1693657560000', 'K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y='],
  ])("HubSpot's published vector with timestamp %s is accepted", (timestamp, signatureV3) => {
    const request = signed({ timestamp, signatureV3 });
    expect(verifyRequest(request, { clientSecret, now: at(Number(timestamp) + 1) })).toBe(true);
  });

  test('while the secret is rotated both are accepted, in either version; afterwards the old one is not', () => {
    const now = at(1_693_657_560_001);
    const next = { clientSecret: 'zzzzzzzz', now };
    const v2 = signed({ signatureV3: undefined, signatureV2: signV2(clientSecret, published) });
    expect(verifyRequest(signed(), next)).toBe(false);
    expect(verifyRequest(signed(), { ...next, oldClientSecret: clientSecret })).toBe(true);
    expect(verifyRequest(v2, { ...next, oldClientSecret: clientSecret, allowV2: true })).toBe(true);
    const signatureV3 = signV3('zzzzzzzz', { ...published, timestamp: '1693657560000' });
    expect(verifyRequest(signed({ signatureV3 }), { ...next, oldClientSecret: clientSecret })).toBe(true);
    expect(verifyRequest(signed(), { ...next, oldClientSecret: '' })).toBe(false);
  });

  test('an address with an escaped @ is decoded before it is signed', () => {
    const request: SignedRequest = {
      method: 'GET',
      url: 'https://api.example.com/api/flows?userId=7&portalId=123&userEmail=a%40b.com&appId=9',
      body: Buffer.alloc(0),
      timestamp: '1790000000000',
      signatureV3: 'JTUEVIVBEiPrEg5O0P+xtPAfyrVEAfqIw2/0c7Dbw+g=',
    };
    expect(verifyRequest(request, { clientSecret, now: at(1_790_000_000_000) })).toBe(true);
  });

  test('only the twelve escapes of the rule are decoded, in either case', () => {
    expect(decodeForSigning('%3A%2F%3F%40%21%24%27%28%29%2A%2C%3B')).toBe(":/?@!$'()*,;");
    expect(decodeForSigning('%3a%2f%2c')).toBe(':/,');
    expect(decodeForSigning('%20%26%3D%25%2B%2540')).toBe('%20%26%3D%25%2B%2540');
  });

  test('a request is good for 300 s and a minute ahead of our clock, and not a millisecond more', () => {
    const sent = 1_693_657_560_000;
    const check = (now: number) => verifyRequest(signed(), { clientSecret, now: at(now) });
    expect(check(sent + 300_000)).toBe(true);
    expect(check(sent + 300_001)).toBe(false);
    expect(check(sent - 60_000)).toBe(true);
    expect(check(sent - 60_001)).toBe(false);
  });

  test.each([
    ['no timestamp', { timestamp: undefined }],
    ['a timestamp that is no number', { timestamp: 'NaN' }],
    ['an empty timestamp', { timestamp: '' }],
    ['no signature', { signatureV3: undefined }],
    ['an empty signature', { signatureV3: '' }],
    ['another method', { method: 'PUT' }],
    ['another address', { url: 'https://www.example.com/webhook_uri?portalId=2' }],
    ['another body', { body: Buffer.from('{}') }],
  ])('%s is refused', (_what, overrides) => {
    expect(verifyRequest(signed(overrides), { clientSecret, now: at(1_693_657_560_000) })).toBe(false);
  });

  test('whatever is signed is accepted, and refused once a single byte of it changes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.webUrl({ withQueryParameters: true }),
        (bytes, url) => {
          const body = Buffer.from(bytes);
          const timestamp = '1693657560000';
          const signatureV3 = signV3(clientSecret, { method: 'POST', url, body, timestamp });
          const now = at(1_693_657_560_000);
          const request = { method: 'POST', url, body, timestamp, signatureV3 };
          const changed = Buffer.from(body);
          changed.writeUInt8((changed.readUInt8(0) + 1) % 256, 0);
          return (
            verifyRequest(request, { clientSecret, now }) &&
            !verifyRequest({ ...request, body: changed }, { clientSecret, now })
          );
        },
      ),
    );
  });
});

describe('older signatures', () => {
  const v1 = '69fc6631a867edd4f9e9e627fc5c1148e3fbdd8b21837b6d2b8901c1fa57f750';
  const v2 = '4fe4e3a7d3cf09db53be39d0a58130e2aaba074ec123a9e355b876a689a1c383';
  const now = at(1_693_657_560_000);

  test("HubSpot's published vector of version 2 is computed", () => {
    expect(signV2(clientSecret, published)).toBe(v2);
  });

  test('version 2 is accepted only where it is asked for', () => {
    const request = signed({ signatureV3: undefined, signatureV2: v2 });
    expect(verifyRequest(request, { clientSecret, now, allowV2: true })).toBe(true);
    expect(verifyRequest(request, { clientSecret, now })).toBe(false);
  });

  test('a wrong version 3 is not saved by a right version 2', () => {
    const request = signed({ signatureV3: 'AAAA', signatureV2: v2 });
    expect(verifyRequest(request, { clientSecret, now, allowV2: true })).toBe(false);
  });

  test('version 1 is never accepted', () => {
    const request = signed({ signatureV3: undefined, signatureV2: v1 });
    expect(verifyRequest(request, { clientSecret, now, allowV2: true })).toBe(false);
  });
});

describe('the caller', () => {
  const url = (query: string) => `https://api.example.com/api/setup?${query}`;

  test('portal, user, address and app come from the signed query', () => {
    expect(readCaller(url('userId=7&portalId=123&userEmail=a%40b.com&appId=9'))).toEqual({
      portalId: 123,
      userId: 7,
      userEmail: 'a@b.com',
      appId: 9,
    });
  });

  test.each(['', 'portalId=', 'portalId=0', 'portalId=-4', 'portalId=1.5', 'portalId=abc', 'portalId=1&portalId=2'])(
    'a query %j names no portal',
    (query) => {
      expect(readCaller(url(query))).toBeNull();
    },
  );
});
