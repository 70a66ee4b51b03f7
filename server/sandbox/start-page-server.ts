import { readFile } from 'node:fs/promises';
import path from 'node:path';
import Fastify, { type FastifyReply } from 'fastify';
import { buildPage } from '../preview/build-pages.ts';
import { buildCards } from './card-host/build-cards.ts';

/** What an admin of one of the two HubSpot accounts would have at hand from Meta. */
export type WorldAccount = {
  portalId: number;
  appId: string;
  appSecret: string;
  wabaId: string;
  phoneNumberId: string;
  accessToken: string;
};
/** What the page must know to show the two worlds; served as `world.json`. */
export type World = { serverUrl: string; metaUrl: string; hubspotUrl: string; appId: number; accounts: WorldAccount[] };

const ROOT = path.resolve(import.meta.dirname, '../..');
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
  '.svg': 'image/svg+xml',
};

/**
 * Serves the page of the sandbox: the built page, the real card bundles with their worker, and `world.json`. Addresses that
 * HubSpot's own application has (install, settings, records) lead to where the page shows them.
 */
export async function startPageServer(options: {
  port: number;
  pagesDir: string;
  world: World;
}): Promise<{ url: string; close(): Promise<void> }> {
  const { world, pagesDir } = options;
  const [page, cards] = await Promise.all([
    buildPage({
      root: path.join(import.meta.dirname, 'page'),
      outDir: pagesDir,
      inputs: [path.join(import.meta.dirname, 'card-host')],
    }),
    buildCards({ root: ROOT, cacheDir: path.join(pagesDir, 'cards') }),
  ]);
  const app = Fastify({ logger: false, forceCloseConnections: true });
  app.addHook('onSend', async (_request, reply) => {
    void reply.header('cache-control', 'no-store');
  });
  app.get('/world.json', async () => ({ ...world, cards: { worker: cards.worker, entries: cards.entries } }));
  app.get<{ Params: { file: string } }>('/cards/:file', async (request, reply) =>
    sendFile(reply, cards.folder, request.params.file),
  );
  app.get<{ Params: { file: string } }>('/assets/:file', async (request, reply) =>
    sendFile(reply, path.join(page, 'assets'), request.params.file),
  );
  app.get('/', async (_request, reply) => sendFile(reply, page, 'index.html'));
  for (const url of ['/oauth/authorize', '/oauth/:portalId/authorize']) {
    app.get(url, (request, reply) => reply.redirect(`${world.hubspotUrl}${request.url}`));
  }
  app.get<{ Params: { portalId: string } }>('/integrations-settings/:portalId/*', (request, reply) =>
    reply.redirect(`/#/${request.params.portalId}/settings`),
  );
  app.get<{ Params: { portalId: string; contactId: string } }>(
    '/contacts/:portalId/record/0-1/:contactId',
    (request, reply) => reply.redirect(`/#/${request.params.portalId}/contacts/${request.params.contactId}`),
  );
  app.get<{ Params: { portalId: string; formId: string } }>('/submissions/:portalId/form/:formId/*', (request, reply) =>
    reply.redirect(`/#/${request.params.portalId}/forms/${request.params.formId}`),
  );
  const url = await app.listen({ port: options.port, host: '127.0.0.1' });
  return { url, close: () => app.close() };
}

async function sendFile(reply: FastifyReply, folder: string, name: string) {
  const file = path.basename(name);
  const content = await readFile(path.join(folder, file)).catch(() => null);
  if (content === null) return reply.code(404).send('Not found');
  return reply.type(TYPES[path.extname(file)] ?? 'application/octet-stream').send(content);
}
