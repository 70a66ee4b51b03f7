import { afterEach, describe, expect, it, vi } from 'vitest';
import fc from 'fast-check';
import { createCallServer } from '@flowella/shared/ui/call-server.ts';
import { formatTime } from '@flowella/shared/ui/format-time.ts';
import { newIdempotencyKey } from '@flowella/shared/ui/idempotency-key.ts';
import { toLanguage, toLocale } from '@flowella/shared/ui/language.ts';
import { sendRequest } from '@flowella/shared/contract/api.ts';

afterEach(() => vi.unstubAllGlobals());

describe('an idempotency key', () => {
  const valid = (key: string) => sendRequest.safeParse({ idempotencyKey: key, flowId: 'flw_1' }).success;

  it('has the contract’s form and never comes twice', () => {
    const keys = new Set(Array.from({ length: 5_000 }, () => newIdempotencyKey()));
    expect(keys.size).toBe(5_000);
    expect([...keys].every(valid)).toBe(true);
  });

  it('is made without crypto too', () => {
    vi.stubGlobal('crypto', undefined);
    const keys = new Set(Array.from({ length: 5_000 }, () => newIdempotencyKey()));
    expect(keys.size).toBe(5_000);
    expect([...keys].every(valid)).toBe(true);
  });
});

describe('the language', () => {
  it('is the first of ours among the wishes', () => {
    expect(toLanguage('de-AT')).toBe('de');
    expect(toLanguage('fr', 'de_DE')).toBe('de');
    expect(toLanguage('', undefined)).toBe('en');
  });

  it('gives a locale that Intl takes, whatever HubSpot says', () => {
    fc.assert(
      fc.property(fc.string(), (wish) => {
        expect(() => new Intl.DateTimeFormat(toLocale(wish, 'de'))).not.toThrow();
      }),
    );
    expect(toLocale('en_US', 'en')).toBe('en-US');
  });
});

describe('a time', () => {
  const options = { locale: 'en-GB', timeZone: 'Europe/Berlin', now: new Date('2026-11-23T22:30:00Z') };

  it('is a clock time on the reader’s own day', () => {
    expect(formatTime('2026-11-23T13:03:00Z', options)).toBe('14:03');
    expect(formatTime('2026-11-23T22:59:00Z', options)).toBe('23:59');
  });

  it('has its day on another day and its year when it is long ago', () => {
    expect(formatTime('2026-11-22T22:30:00Z', options)).toBe('22 Nov, 23:30');
    expect(formatTime('2025-01-05T09:00:00Z', options)).toBe('5 Jan 2025, 10:00');
  });
});

describe('a call to the server', () => {
  const call = (answer: () => Promise<{ ok: boolean; status: number; json(): Promise<unknown> }>) =>
    createCallServer({ fetch: answer, origin: 'https://flowella.example.com/', language: 'de' });

  it('goes to one address with the language and encoded values', async () => {
    const seen: string[] = [];
    const server = createCallServer({
      fetch: async (url) => {
        seen.push(url);
        return { ok: true, status: 200, json: async () => ({}) };
      },
      origin: 'https://flowella.example.com/',
      language: 'de',
    });
    await server({ path: '/api/forms', query: { search: 'a&b=ü', after: undefined } });
    expect(seen).toEqual(['https://flowella.example.com/api/forms?search=a%26b%3D%C3%BC&locale=de']);
  });

  it.each([
    ['no answer', () => Promise.reject(new Error('gone')), { code: 'network', status: 0 }],
    [
      'a proxy’s page',
      async () => ({ ok: false, status: 502, json: () => Promise.reject(new Error('not JSON')) }),
      { code: 'unexpected', status: 502 },
    ],
    [
      'an answer of another shape',
      async () => ({ ok: false, status: 500, json: async () => ({ error: 'no' }) }),
      { code: 'unexpected', status: 500 },
    ],
    [
      'a problem of ours',
      async () => ({
        ok: false,
        status: 409,
        json: async () => ({ error: { code: 'busy', message: 'Wait.', requestId: 'r1' } }),
      }),
      { code: 'busy', status: 409, message: 'Wait.', requestId: 'r1' },
    ],
  ])('makes a problem that can be shown of %s', async (_name, answer, problem) => {
    await expect(call(answer)({ path: '/api/setup' })).rejects.toMatchObject(problem);
  });
});
