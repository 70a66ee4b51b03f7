import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export type GraphCall = {
  method: string;
  /** Without the version. */
  path: string;
  query: Record<string, string>;
  token: string;
  contentType: string;
  body: string;
};
export type GraphReply = { status?: number; json?: unknown; text?: string; drop?: boolean; delayMs?: number };
type Handler = (call: GraphCall) => GraphReply | Promise<GraphReply>;
/** Stands before a handler, also one that is only registered later. */
type Interceptor = (call: GraphCall, handle: Handler) => GraphReply | Promise<GraphReply>;

/** A loopback server that answers Graph calls by `METHOD path` patterns and keeps every call for the test to look at. */
export async function startFakeGraph(): Promise<{
  url: string;
  calls: GraphCall[];
  on(pattern: string, handler: Handler): void;
  intercept(pattern: string, interceptor: Interceptor): void;
  to(pattern: string): GraphCall[];
  close(): Promise<void>;
}> {
  const calls: GraphCall[] = [];
  const handlers = new Map<string, Handler>();
  const interceptors = new Map<string, Interceptor>();
  const server = createServer((req, res) => {
    void readBody(req).then(async (body) => {
      const url = new URL(req.url ?? '/', 'http://local');
      const call: GraphCall = {
        method: req.method ?? '',
        path: url.pathname.replace(/^\/v\d+\.\d+/, ''),
        query: Object.fromEntries(url.searchParams),
        token: (req.headers.authorization ?? '').replace('Bearer ', ''),
        contentType: req.headers['content-type'] ?? '',
        body,
      };
      calls.push(call);
      const key = `${call.method} ${call.path}`;
      const handle = handlers.get(key) ?? unknownPath;
      const interceptor = interceptors.get(key);
      const reply: GraphReply = await (async () => (interceptor ? interceptor(call, handle) : handle(call)))().catch(
        () => ({
          drop: true,
        }),
      );
      if (reply.drop) {
        req.socket.destroy();
        return;
      }
      if (reply.delayMs) await new Promise((resolve) => setTimeout(resolve, reply.delayMs));
      res.writeHead(reply.status ?? 200, { 'content-type': 'application/json' });
      res.end(reply.text ?? JSON.stringify(reply.json ?? {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    on: (pattern, handler) => handlers.set(pattern, handler),
    intercept: (pattern, interceptor) => interceptors.set(pattern, interceptor),
    to: (pattern) => calls.filter((call) => `${call.method} ${call.path}` === pattern),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export function metaError(code: number, o: { status?: number; details?: string; message?: string } = {}): GraphReply {
  return {
    status: o.status ?? 400,
    json: {
      error: {
        message: o.message ?? `(#${code}) refused`,
        type: 'OAuthException',
        code,
        error_data: { messaging_product: 'whatsapp', details: o.details ?? 'why' },
        fbtrace_id: 'Atrace',
      },
    },
  };
}

function unknownPath(call: GraphCall): GraphReply {
  return metaError(100, { message: `Unsupported ${call.method} request to ${call.path}` });
}

async function readBody(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString('utf8');
}
