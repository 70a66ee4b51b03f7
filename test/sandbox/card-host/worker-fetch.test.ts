import { describe, expect, it, vi } from 'vitest';
import type { ExtensionRequest } from '../../../server/sandbox/card-host/protocol.ts';
import { createWorkerFetch } from '../../../server/sandbox/card-host/worker/worker-fetch.ts';

const URL = 'https://flowella.example.com/api/setup';

function fetchWith(answer: { status: number; body: string } = { status: 200, body: '{}' }) {
  const requests: ExtensionRequest[] = [];
  const fetch = createWorkerFetch(async (_url, request) => {
    requests.push(request);
    return answer;
  });
  return { fetch, requests };
}

describe('hubspot.fetch in the sandbox', () => {
  it('sends a plain object as JSON and gives the answer as a response', async () => {
    const { fetch, requests } = fetchWith({ status: 409, body: '{"error":1}' });
    const response = await fetch(URL, { method: 'POST', body: { a: 1 } });
    expect(requests).toEqual([{ method: 'POST', headers: {}, body: '{"a":1}' }]);
    expect(response.ok).toBe(false);
    expect(response.status).toBe(409);
    expect(await response.json()).toEqual({ error: 1 });
  });

  it('answers 204 without a body', async () => {
    const { fetch } = fetchWith({ status: 204, body: '' });
    expect((await fetch(URL)).status).toBe(204);
  });

  it.each([
    ['a body that is text', { method: 'POST', body: '{"a":1}' }],
    ['a header other than Authorization', { headers: { 'X-Own': '1' } }],
    ['a method that HubSpot does not know', { method: 'TRACE' }],
    ['more than 1 MB', { method: 'POST', body: { a: 'x'.repeat(1_000_001) } }],
  ])('refuses %s, as HubSpot does, and sends nothing', async (_what, options) => {
    const { fetch, requests } = fetchWith();
    await expect(fetch(URL, options)).rejects.toThrow();
    expect(requests).toEqual([]);
  });

  it('refuses an answer of more than 1 MB', async () => {
    const { fetch } = fetchWith({ status: 200, body: 'x'.repeat(1_000_001) });
    await expect(fetch(URL)).rejects.toThrow('1 MB');
  });

  it('gives up after 15 seconds, and after two minutes at the latest', async () => {
    vi.useFakeTimers();
    try {
      const fetch = createWorkerFetch(() => new Promise(() => {}));
      const standard = expect(fetch(URL)).rejects.toThrow('15000 ms');
      await vi.advanceTimersByTimeAsync(15_000);
      await standard;
      const longest = expect(fetch(URL, { timeout: 999_999 })).rejects.toThrow('120000 ms');
      await vi.advanceTimersByTimeAsync(120_000);
      await longest;
    } finally {
      vi.useRealTimers();
    }
  });
});
