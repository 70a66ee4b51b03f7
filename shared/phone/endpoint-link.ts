import { isRecord } from './data-model.ts';
import { lockRequest, readPublicKey, type EncryptedExchange, type RandomBytes } from './flow-crypto.ts';
import type { ClientError } from './screen-view.ts';

/** A request of the data exchange before encryption (Meta, "Implementing Endpoint for Flows", *Data exchange request*). */
export type EndpointRequest = {
  version: string;
  action: 'INIT' | 'BACK' | 'data_exchange';
  screen?: string;
  data?: Record<string, unknown>;
  flow_token: string;
};

export type EndpointOutcome =
  | { kind: 'reply'; reply: unknown }
  /** The endpoint says that the token is no longer good: the message's button goes grey. */
  | { kind: 'revoked'; text: string | null }
  /** `isReplyBad`: the endpoint answered, but with something the phone cannot read; it will be told. */
  | { kind: 'failed'; error: ClientError; isReplyBad: boolean };

/** The way from the phone to the flow's endpoint. Never rejects. */
export type EndpointLink = (request: EndpointRequest) => Promise<EndpointOutcome>;

/** What came back over HTTP, or why nothing did. */
export type RawReply =
  { status: number; body: string } | { status: 0; clientError: 'timeout_error' | 'no_http_response_error' };

export type EncryptedLinkEffects = {
  /** Asks for the number's public key (PEM). Asked once and again after 421; `null` when none is registered. */
  publicKey(): Promise<string | null>;
  /** Carries the locked request to the endpoint; Meta's servers sign it on the way. */
  exchange(body: EncryptedExchange): Promise<RawReply>;
  /** Calls `fire` after the given time unless cancelled by the returned function. */
  timer(delayMs: number, fire: () => void): () => void;
  randomBytes: RandomBytes;
};

/** The client gives up after this long (Meta, "Flows error codes", `timeout_error`). */
const CLIENT_DEADLINE_MS = 10_000;
const TOKEN_REVOKED = 427;
const CANNOT_DECRYPT = 421;

/** The real way: every request locked with the number's public key, one more try with a fresh key after 421. */
export function encryptedLink(effects: EncryptedLinkEffects): EndpointLink {
  let cachedKey: Promise<CryptoKey> | null = null;

  async function publicKey(): Promise<CryptoKey> {
    cachedKey ??= effects.publicKey().then((pem) => {
      if (pem === null) throw new Error('No public key is registered for this number');
      return readPublicKey(pem);
    });
    return cachedKey;
  }

  async function attempt(request: EndpointRequest): Promise<EndpointOutcome | 'cannot-decrypt'> {
    let key: CryptoKey;
    try {
      key = await publicKey();
    } catch {
      cachedKey = null;
      return failure('public-key-missing');
    }
    const locked = await lockRequest(request, key, effects.randomBytes);
    const raw = await withDeadline(effects.exchange(locked.body), effects.timer);
    if ('clientError' in raw) return failure(raw.clientError);
    if (raw.status === CANNOT_DECRYPT) return 'cannot-decrypt';
    if (raw.status === TOKEN_REVOKED)
      return { kind: 'revoked', text: await readRevokedText(raw.body, locked.openReply) };
    if (raw.status !== 200) return failure('unexpected_http_status_code');
    try {
      return { kind: 'reply', reply: await locked.openReply(raw.body) };
    } catch {
      return { kind: 'failed', error: 'response-decryption-error', isReplyBad: true };
    }
  }

  return async (request) => {
    const first = await attempt(request);
    if (first !== 'cannot-decrypt') return first;
    cachedKey = null;
    const second = await attempt(request);
    return second === 'cannot-decrypt' ? failure('business-decryption-error') : second;
  };
}

/** The admin's preview: the server evaluates in the clear behind a single-use session. Same deadline, no encryption. */
export function clearLink(
  exchange: (request: EndpointRequest) => Promise<RawReply>,
  timer: EncryptedLinkEffects['timer'],
): EndpointLink {
  return async (request) => {
    const raw = await withDeadline(exchange(request), timer);
    if ('clientError' in raw) return failure(raw.clientError);
    if (raw.status === TOKEN_REVOKED) return { kind: 'revoked', text: errorMessageOf(parseJson(raw.body)) };
    if (raw.status !== 200) return failure('unexpected_http_status_code');
    const reply = parseJson(raw.body);
    if (reply === undefined) return { kind: 'failed', error: 'payload-schema-error', isReplyBad: true };
    return { kind: 'reply', reply };
  };
}

function failure(error: ClientError): EndpointOutcome {
  return { kind: 'failed', error, isReplyBad: false };
}

async function withDeadline(work: Promise<RawReply>, timer: EncryptedLinkEffects['timer']): Promise<RawReply> {
  let cancel = (): void => {};
  const late = new Promise<RawReply>((settle) => {
    cancel = timer(CLIENT_DEADLINE_MS, () => settle({ status: 0, clientError: 'timeout_error' }));
  });
  const unreachable: RawReply = { status: 0, clientError: 'no_http_response_error' };
  const reply = await Promise.race([work.catch(() => unreachable), late]);
  cancel();
  return reply;
}

/** Meta's page shows the text of a 427 in the clear, its sample encrypts it: both are read. */
async function readRevokedText(body: string, openReply: (base64: string) => Promise<unknown>): Promise<string | null> {
  const plain = parseJson(body);
  if (plain !== undefined) return errorMessageOf(plain);
  try {
    return errorMessageOf(await openReply(body));
  } catch {
    return null;
  }
}

function errorMessageOf(body: unknown): string | null {
  return isRecord(body) && typeof body.error_msg === 'string' ? body.error_msg : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
