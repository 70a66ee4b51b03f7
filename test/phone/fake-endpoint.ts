import {
  constants,
  createCipheriv,
  createDecipheriv,
  generateKeyPairSync,
  privateDecrypt,
  type KeyObject,
} from 'node:crypto';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encryptedLink, type EndpointLink, type RawReply } from '@flowella/shared/phone/endpoint-link.ts';

export type Exchange = {
  version: string;
  action: string;
  screen?: string;
  data?: Record<string, unknown>;
  flow_token: string;
};

/** What the endpoint does with one request: an object is encrypted and sent, a status is sent bare. */
export type Answer =
  | { reply: unknown }
  | { status: number; body?: string }
  | { status: number; encryptedBody: unknown }
  | { rawBody: string };

export type FakeEndpoint = {
  link: EndpointLink;
  requests: Exchange[];
  /** Makes a new key pair and registers it; requests locked with the old key answer 421 as the protocol says. */
  rotateKey(): void;
  /** Times the public key was asked for. */
  keyReads(): number;
  close(): Promise<void>;
};

/**
 * A flow endpoint on loopback, its cryptography written with node:crypto and so apart from the phone's WebCrypto
 * (Meta, "Implementing Endpoint for Flows").
 */
export async function fakeEndpoint(answer: (exchange: Exchange, count: number) => Answer): Promise<FakeEndpoint> {
  const requests: Exchange[] = [];
  let keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  let published = keys.publicKey;
  let keyReads = 0;
  const server = createServer((req, res) => void respond(req, res));

  async function respond(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    let opened: ReturnType<typeof open>;
    try {
      opened = open(Buffer.concat(chunks).toString('utf8'), keys.privateKey);
    } catch {
      published = keys.publicKey;
      res.writeHead(421).end();
      return;
    }
    requests.push(opened.exchange);
    const result = answer(opened.exchange, requests.length);
    if ('rawBody' in result) res.writeHead(200).end(result.rawBody);
    else if ('reply' in result) res.writeHead(200).end(opened.seal(result.reply));
    else if ('encryptedBody' in result) res.writeHead(result.status).end(opened.seal(result.encryptedBody));
    else res.writeHead(result.status).end(result.body ?? '');
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    requests,
    keyReads: () => keyReads,
    rotateKey() {
      keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
    },
    link: encryptedLink({
      async publicKey() {
        keyReads += 1;
        return published.export({ type: 'spki', format: 'pem' }).toString();
      },
      async exchange(body): Promise<RawReply> {
        return post(url, JSON.stringify(body));
      },
      timer: () => () => {},
      randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    }),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Not `fetch`: it repeats a request by itself after HTTP 421 (Fetch Standard, *HTTP-network-or-cache fetch*). */
function post(url: string, body: string): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    const req = request(url, { method: 'POST' }, (res) => {
      let text = '';
      res.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      res.on('end', () => resolve({ status: res.statusCode ?? 0, body: text }));
    });
    req.on('error', reject).end(body);
  });
}

/** Opens one encrypted request and gives the way to seal its reply. */
export function open(rawBody: string, privateKey: KeyObject): { exchange: Exchange; seal(reply: unknown): string } {
  const body = JSON.parse(rawBody) as Record<string, string>;
  const bytes = (name: string): Buffer => Buffer.from(body[name] ?? '', 'base64');
  const aesKey = privateDecrypt(
    { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
    bytes('encrypted_aes_key'),
  );
  const iv = bytes('initial_vector');
  if (aesKey.length !== 16 || iv.length !== 16) throw new Error('wrong length of key or vector');
  const data = bytes('encrypted_flow_data');
  const decipher = createDecipheriv('aes-128-gcm', aesKey, iv);
  decipher.setAuthTag(data.subarray(-16));
  const plain = Buffer.concat([decipher.update(data.subarray(0, -16)), decipher.final()]).toString('utf8');
  return {
    exchange: JSON.parse(plain) as Exchange,
    seal(reply) {
      const cipher = createCipheriv('aes-128-gcm', aesKey, Buffer.from(iv.map((byte) => ~byte & 0xff)));
      const sealed = Buffer.concat([cipher.update(JSON.stringify(reply), 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return sealed.toString('base64');
    },
  };
}
