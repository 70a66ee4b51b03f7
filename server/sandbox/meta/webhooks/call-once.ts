import { request } from 'undici';

export type CallAnswer = {
  status: number;
  contentType: string;
  /** Null when it grew beyond the limit. */
  text: string | null;
};

/**
 * One HTTP call to a business's server: no redirect is followed, no connection is reused and nothing is repeated. Not `fetch`:
 * by its specification that sends a request again by itself after a 421, which an endpoint answers on purpose.
 * Throws what the connection throws; a `TimeoutError` after `deadlineMs`.
 */
export async function callOnce(o: {
  url: string | URL;
  method: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
  deadlineMs: number;
  maxBytes: number;
}): Promise<CallAnswer> {
  const response = await request(o.url, {
    method: o.method,
    headers: { 'user-agent': 'facebookexternalua', ...o.headers },
    body: o.body,
    reset: true,
    signal: AbortSignal.timeout(o.deadlineMs),
  });
  const contentType = response.headers['content-type'];
  return {
    status: response.statusCode,
    contentType: typeof contentType === 'string' ? contentType : '',
    text: await readBounded(response.body, o.maxBytes),
  };
}

/** Leaving the loop early ends the transfer. */
async function readBounded(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
