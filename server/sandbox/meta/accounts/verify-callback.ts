import { randomInt } from 'node:crypto';
import { GraphError, invalidParameter } from '../graph-error.ts';
import { isCallableUrl } from '../graph/graph-request.ts';
import { callOnce } from '../webhooks/call-once.ts';

const DEADLINE_MS = 10_000;
/** Meta, "Webhook overrides": an alternate callback address has at most 200 characters. */
const MAX_URL_LENGTH = 200;

/** The handshake (whatsapp-flows.md section 10): the receiver echoes the challenge. Code 2200 says what it did instead. */
export async function verifyCallback(o: { url: string; verifyToken: string }): Promise<void> {
  if (o.url.length > MAX_URL_LENGTH) throw invalidParameter(`The callback URL may have ${MAX_URL_LENGTH} characters`);
  if (!isCallableUrl(o.url)) throw invalidParameter('The callback URL must be an https address');
  const challenge = String(randomInt(100_000_000, 1_000_000_000));
  const url = new URL(o.url);
  url.searchParams.set('hub.mode', 'subscribe');
  url.searchParams.set('hub.challenge', challenge);
  url.searchParams.set('hub.verify_token', o.verifyToken);
  const answer = await ask(url);
  if (answer.status !== 200) throw notVerified(`HTTP Status Code = ${answer.status}`);
  if (answer.text !== challenge) throw notVerified('the response does not match challenge');
}

async function ask(url: URL): Promise<{ status: number; text: string | null }> {
  try {
    return await callOnce({ url, method: 'GET', deadlineMs: DEADLINE_MS, maxBytes: 1_024 });
  } catch {
    throw notVerified('Request Timeout or no connection');
  }
}

function notVerified(reason: string): GraphError {
  return new GraphError(400, 2200, {
    message: `(#2200) Callback verification failed with the following errors: ${reason}`,
    details: reason,
  });
}
