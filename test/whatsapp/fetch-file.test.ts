import { describe, expect, test } from 'vitest';
import type { FileAnswer } from '@flowella/shared/form/answers.ts';
import type { SafeAnswer } from '../../server/safe-fetch/safe-fetch.ts';
import { createFetchFile } from '../../server/whatsapp/fetch-file.ts';

const file: FileAnswer = {
  mediaId: '1',
  fileName: 'x.pdf',
  sha256: 'AAAA',
  cdn: { url: 'https://cdn.example.com/1', encryptedHash: 'AAAA', iv: 'AAAA', encryptionKey: 'AAAA', hmacKey: 'AAAA' },
};

const fetchWith = (answer: SafeAnswer): Promise<Buffer> =>
  // A locked file needs nothing but its address and its keys.
  createFetchFile({ safeFetch: () => Promise.resolve(answer) } as unknown as Parameters<typeof createFetchFile>[0])({
    portalId: 1,
    submissionId: 'sub_1',
    file,
    signal: new AbortController().signal,
  });
const answered = (status: number, bytes = 3, truncated = false): SafeAnswer => ({
  kind: 'answer',
  status,
  headers: {},
  body: Buffer.alloc(bytes),
  truncated,
});
const MAX_BYTES = 25_600 * 1_024 + 32;

describe('a file that cannot be fetched', () => {
  test.each<[string, SafeAnswer, string, boolean]>([
    ['is gone after its days on the CDN', answered(404), 'file_gone', false],
    ['is gone after its days on the CDN (410)', answered(410), 'file_gone', false],
    ['may be there later when it is refused', answered(403), 'fetch_lost', true],
    ['may be there later when its host is out of order', answered(503), 'fetch_lost', true],
    ['is not looked for at another address', answered(302), 'fetch_lost', true],
    ['is fetched again when the transfer broke off', answered(200, 3, true), 'fetch_lost', true],
    ['is too large', answered(200, MAX_BYTES, true), 'fetch_too_large', false],
    ['is fetched again when nobody answered', { kind: 'unreached', why: 'connection' }, 'fetch_lost', true],
    ['is fetched again when the answer was lost', { kind: 'lost', why: 'deadline' }, 'fetch_lost', true],
    ['is fetched again when its name was not found', { kind: 'refused', why: 'not_resolved' }, 'fetch_lost', true],
    ['is not called inside our own network', { kind: 'refused', why: 'not_public' }, 'address_refused', false],
    ['is not called without TLS', { kind: 'refused', why: 'not_https' }, 'address_refused', false],
    ['is worth nothing when it does not agree with its hashes', answered(200), 'file_broken', false],
  ])('%s', async (_title, answer, code, retryable) => {
    await expect(fetchWith(answer)).rejects.toMatchObject({ code, retryable });
  });
});
