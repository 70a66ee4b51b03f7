import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type SeenRequest = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: string;
  json: unknown;
};
export type Answer =
  | { status: number; body?: unknown; headers?: Record<string, string> }
  /** Reads the request, then cuts the connection: the effect may have happened. */
  | 'cut'
  /** Never answers. */
  | 'hang';
export type Handler = (request: SeenRequest) => Answer | Promise<Answer>;

/** A HubSpot of the test's own on loopback: `handle` answers, `seen` remembers. */
export async function startHubSpotServer(handle: Handler): Promise<{
  url: string;
  seen: SeenRequest[];
  setHandler(handler: Handler): void;
  close(): Promise<void>;
}> {
  let handler = handle;
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    void read(request).then(async (body) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      const entry: SeenRequest = {
        method: request.method ?? '',
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body,
        json: parse(body),
      };
      seen.push(entry);
      write(response, await handler(entry));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    setHandler: (next) => {
      handler = next;
    },
    close: () => close(server),
  };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function write(response: ServerResponse, answer: Answer): void {
  if (answer === 'cut') return void response.destroy();
  if (answer === 'hang') return;
  response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
  response.end(
    typeof answer.body === 'string' ? answer.body : answer.body === undefined ? '' : JSON.stringify(answer.body),
  );
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
