import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHmac,
  generateKeyPairSync,
  privateDecrypt,
} from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Hook = {
  field: string;
  wabaId: string;
  value: Record<string, unknown>;
  signatureIsRight: boolean;
  raw: string;
};

const pair = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
export const PUBLIC_KEY_PEM = pair.publicKey;

/** A business's server on loopback: the webhook at /hook with its handshake, and a flow endpoint at /flow that answers pings. */
export async function startReceiver(appSecret: string) {
  const state = {
    hooks: [] as Hook[],
    /** What posts that contain `marker` are answered with, one after the other; 200 afterwards. */
    refuse: { marker: 'never', statuses: [] as number[], posts: 0 },
    verifyToken: 'verify-me',
    endpoint: 'alive' as 'alive' | 'plain' | 'wrong-status' | 'silent' | 'slow-500' | 'refuses',
    endpointCalls: [] as { signatureIsRight: boolean; request: unknown }[],
  };
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const raw = Buffer.concat(chunks);
      const expected = `sha256=${createHmac('sha256', appSecret).update(raw).digest('hex')}`;
      const signatureIsRight = req.headers['x-hub-signature-256'] === expected;
      const url = new URL(req.url ?? '/', 'http://localhost');
      if (req.method === 'GET') {
        const isRight = url.searchParams.get('hub.verify_token') === state.verifyToken;
        res.writeHead(isRight ? 200 : 403).end(isRight ? url.searchParams.get('hub.challenge') : 'no');
        return;
      }
      if (url.pathname === '/flow') {
        answerFlow(raw, signatureIsRight, state, res);
        return;
      }
      const isMarked = raw.includes(state.refuse.marker);
      if (isMarked) state.refuse.posts += 1;
      const status = (isMarked ? state.refuse.statuses.shift() : undefined) ?? 200;
      if (status === 200) {
        const body = JSON.parse(raw.toString('utf8')) as {
          entry: { id: string; changes: { field: string; value: Record<string, unknown> }[] }[];
        };
        for (const entry of body.entry)
          for (const change of entry.changes)
            state.hooks.push({ ...change, wabaId: entry.id, signatureIsRight, raw: raw.toString('utf8') });
      }
      res.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...{ url, state },
    statuses: (messageId: string) =>
      state.hooks.flatMap((hook) =>
        ((hook.value.statuses ?? []) as Record<string, unknown>[]).filter((status) => status.id === messageId),
      ),
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

type State = { endpoint: string; endpointCalls: { signatureIsRight: boolean; request: unknown }[] };

function answerFlow(raw: Buffer, signatureIsRight: boolean, state: State, res: ServerResponse): void {
  if (!signatureIsRight) {
    res.writeHead(432).end();
    return;
  }
  const body = JSON.parse(raw.toString('utf8')) as Record<string, string>;
  const key = privateDecrypt(
    { key: pair.privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
    Buffer.from(body.encrypted_aes_key ?? '', 'base64'),
  );
  const iv = Buffer.from(body.initial_vector ?? '', 'base64');
  const sealed = Buffer.from(body.encrypted_flow_data ?? '', 'base64');
  const decipher = createDecipheriv('aes-128-gcm', key, iv);
  decipher.setAuthTag(sealed.subarray(-16));
  const text = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]).toString('utf8');
  state.endpointCalls.push({ signatureIsRight, request: JSON.parse(text) });
  const reply = JSON.stringify({ data: { status: state.endpoint === 'wrong-status' ? 'asleep' : 'active' } });
  if (state.endpoint === 'refuses') return void res.writeHead(421).end();
  if (state.endpoint === 'slow-500') return void res.writeHead(500).end('broken');
  if (state.endpoint === 'silent') return void res.socket?.destroy();
  if (state.endpoint === 'plain') return void res.writeHead(200).end(reply);
  const cipher = createCipheriv('aes-128-gcm', key, Buffer.from(iv.map((byte) => ~byte & 0xff)));
  const answer = Buffer.concat([cipher.update(reply, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  res.writeHead(200, { 'content-type': 'text/plain' }).end(answer.toString('base64'));
}

export type Receiver = Awaited<ReturnType<typeof startReceiver>>;
