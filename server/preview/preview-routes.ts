import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { BoundedCache } from '../bounded-cache.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Db } from '../db/db.ts';
import {
  answerConfirmation,
  answerRequest,
  type AnswerRequestInput,
  type Settled,
} from '../endpoint/answer-request.ts';
import type { ReadFreeTimes } from '../destinations/calendar/read-free-times.ts';
import { freeTimesFor } from '../endpoint/free-times-for.ts';
import { flowRequestSchema } from '../endpoint/decrypt-request.ts';
import type { SessionState } from '../endpoint/session-state.ts';
import type { MasterKey } from '../keys/vault.ts';
import { buildPage } from './build-pages.ts';
import { usePageToken } from './page-tokens.ts';
import type { PreviewSession } from './preview-session.ts';
import { readView, signView, type View } from './view-token.ts';
import type { PreviewedFlow } from '../flows/previewed-flow.ts';
import { flowOpening } from '../whatsapp/flow-opening.ts';

export type PreviewServices = {
  config: Pick<Config, 'mode' | 'pagesDir'>;
  db: Db;
  clock: Clock;
  keyring: readonly MasterKey[];
  readFreeTimes?: ReadFreeTimes;
  previewedFlow: (portalId: number, flowId: string) => Promise<PreviewedFlow | null>;
};

const VIEW_LIFE_MS = 30 * 60_000;
const MAX_VIEWS = 1_000;
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};
/** HubSpot frames the page; in the sandbox the page beside the stand-ins does. */
const FRAMED_BY = {
  production: 'https://app.hubspot.com https://*.hubspot.com',
  sandbox: 'http://localhost:* http://127.0.0.1:*',
};

const tokenParams = z.object({ token: z.string().max(100) });
const viewParams = z.object({ view: z.string().max(400) });

/**
 * The phone in a page, for an iframe in HubSpot. `GET /preview/{token}` uses up the card's single-use token and goes on to
 * `/preview/view/{pass}/`, which holds for half an hour. Connected flows are answered by the very function that answers
 * phones, without encryption and without writing anything.
 */
export function previewRoutes(scope: FastifyInstance, services: PreviewServices): void {
  const page = new BoundedCache<'page', string>({ max: 1, ttlMs: Number.POSITIVE_INFINITY });
  const pageDir = (): Promise<string> =>
    page.get('page', () =>
      buildPage({ root: path.join(import.meta.dirname, 'preview-page'), outDir: services.config.pagesDir }),
    );
  const sessions = new BoundedCache<string, { state: SessionState | null }>({ max: MAX_VIEWS, ttlMs: VIEW_LIFE_MS });

  scope.get('/preview/:token', { schema: { hide: true } }, async (request, reply) => {
    const { token } = tokenParams.parse(request.params);
    const used = await usePageToken(services, token);
    const [kind, flowId, locale] = used?.subject.split(':') ?? [];
    if (!used || kind !== 'preview' || !flowId) return over(reply);
    const expiresAt = new Date(services.clock.now().getTime() + VIEW_LIFE_MS);
    const pass = signView(services.keyring, {
      portalId: used.portalId,
      flowId,
      viewId: randomBytes(9).toString('base64url'),
      locale: locale === 'de' ? 'de' : 'en',
      expiresAt,
    });
    return reply.redirect(`/preview/view/${pass}/`);
  });

  const viewOf = (params: unknown): View | null => {
    const parsed = viewParams.safeParse(params);
    return parsed.success ? readView(services.keyring, parsed.data.view, services.clock.now()) : null;
  };

  scope.get('/preview/view/:view/', { schema: { hide: true } }, async (request, reply) => {
    if (!viewOf(request.params)) return over(reply);
    return file(services, reply, await pageDir(), 'index.html');
  });
  scope.get<{ Params: { file: string } }>(
    '/preview/view/:view/assets/:file',
    { schema: { hide: true } },
    async (request, reply) =>
      viewOf(request.params)
        ? file(services, reply, await pageDir(), path.join('assets', path.basename(request.params.file)))
        : over(reply),
  );
  scope.get('/preview/view/:view/session.json', { schema: { hide: true } }, async (request, reply) => {
    const view = viewOf(request.params);
    const flow = view && (await services.previewedFlow(view.portalId, view.flowId));
    if (!view || !flow) return over(reply);
    return toSession(flow, view);
  });
  scope.post('/preview/view/:view/exchange', { schema: { hide: true } }, async (request, reply) => {
    const view = viewOf(request.params);
    const flow = view && (await services.previewedFlow(view.portalId, view.flowId));
    const body = flowRequestSchema.safeParse(request.body);
    if (!view || !flow || !body.success) return over(reply);
    if ('error' in body.data.data) return { data: { acknowledged: true } };
    const session = await sessions.get(`${view.portalId}:${view.viewId}`, () => Promise.resolve({ state: null }));
    const where = { portalId: view.portalId, country: null };
    const freeTimes = await freeTimesFor(services.readFreeTimes, flow.program, where);
    const decision = decide({
      ...(freeTimes ? { freeTimes } : {}),
      program: flow.program,
      session: session.state,
      prefill: {},
      request: body.data,
      now: services.clock.now(),
    });
    if (decision.kind !== 'notice') session.state = decision.session;
    if (decision.kind !== 'finish') return { screen: decision.screen, data: decision.data };
    session.state = null;
    return {
      screen: 'SUCCESS',
      data: { extension_message_response: { params: { flow_token: body.data.flow_token } } },
    };
  });
}

/** There is nobody to be confirmed: no code is sent, and whatever is entered leads on. */
function decide(input: AnswerRequestInput): Settled {
  const decision = answerRequest(input);
  if (decision.kind !== 'confirm') return decision;
  const { wish } = decision;
  if (wish.kind === 'try') return answerConfirmation(input, wish, { kind: 'confirmed' });
  const channel = input.program.confirmation?.channel ?? 'agent';
  return answerConfirmation(input, wish, { kind: 'asked', say: wish.kind === 'again' ? 'again' : channel });
}

/** What the page opens the flow with. Pure. */
export function toSession(flow: PreviewedFlow, view: Pick<View, 'viewId' | 'locale'>): PreviewSession {
  const connected = flow.program.mode === 'connected';
  // As a message opens it, with nothing filled in: a phone refuses a first screen that gets no data for what it declares.
  const opening = flowOpening({ program: flow.program, flowJson: JSON.stringify(flow.flowJson) }, {});
  return {
    flowJson: flow.flowJson,
    name: flow.name,
    businessName: flow.businessName,
    exchangeUrl: connected ? './exchange' : null,
    flowToken: `preview-${view.viewId}`,
    action: opening.kind,
    screen: opening.kind === 'navigate' ? opening.screen : null,
    data: opening.kind === 'navigate' ? opening.data : null,
    message: {
      header: flow.message.header ?? null,
      body: flow.message.body,
      footer: flow.message.footer ?? null,
      cta: flow.message.button,
    },
    locale: view.locale,
    theme: 'auto',
  };
}

async function file(services: PreviewServices, reply: FastifyReply, dir: string, name: string): Promise<FastifyReply> {
  const content = await readFile(path.join(dir, name)).catch(() => null);
  if (content === null) return over(reply);
  return reply
    .header(
      'content-security-policy',
      `default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors ${FRAMED_BY[services.config.mode]}`,
    )
    .header('cache-control', name === 'index.html' ? 'no-store' : 'private, max-age=3600')
    .type(TYPES[path.extname(name)] ?? 'application/octet-stream')
    .send(content);
}

function over(reply: FastifyReply): FastifyReply {
  return reply
    .code(410)
    .type('text/plain; charset=utf-8')
    .send(
      'This preview is over. Open it again from HubSpot.\nDiese Vorschau ist abgelaufen. Öffnen Sie sie erneut in HubSpot.',
    );
}
