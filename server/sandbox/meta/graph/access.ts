import type { FastifyRequest } from 'fastify';
import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { GraphError, badToken } from '../graph-error.ts';
import { jsonColumn } from '../store.ts';
import type { World } from '../world.ts';

/** Who calls: a system user of an app with permissions and assets, or an app itself. */
export type Caller =
  { kind: 'system-user'; appId: string; scopes: string[]; assetIds: string[] } | { kind: 'app'; appId: string };

export type Scope = 'whatsapp_business_management' | 'whatsapp_business_messaging';

const tokenRow = z.object({
  app_id: z.string(),
  scopes: jsonColumn(z.array(z.string())),
  asset_ids: jsonColumn(z.array(z.string())),
  expires_at: z.number(),
});
export type TokenRow = z.infer<typeof tokenRow>;

/** The token row, whether expired or not. */
export function findToken(world: World, token: string): TokenRow | undefined {
  return world.store.first(tokenRow, 'select app_id, scopes, asset_ids, expires_at from tokens where token = ?', token);
}

/** Reads the bearer token (or `access_token` in the query) and refuses with 190 and HTTP 401 what is not one. */
export function identify(world: World, request: FastifyRequest): Caller {
  const token = readToken(request);
  const app = /^(\d+)\|(.+)$/.exec(token);
  if (app) return identifyApp(world, app[1] ?? '', app[2] ?? '');
  const row = findToken(world, token);
  if (!row) throw badToken('Invalid OAuth access token - Cannot parse access token');
  if (row.expires_at !== 0 && row.expires_at <= world.clock.nowMs())
    throw badToken(
      `Error validating access token: Session has expired on ${new Date(row.expires_at).toUTCString()}.`,
      463,
    );
  return { kind: 'system-user', appId: row.app_id, scopes: row.scopes, assetIds: row.asset_ids };
}

function readToken(request: FastifyRequest): string {
  const header = request.headers.authorization;
  const query = z.object({ access_token: z.string().optional() }).safeParse(request.query);
  if (header !== undefined) {
    const bearer = /^(?:Bearer|OAuth)\s+(\S+)$/i.exec(header)?.[1];
    if (bearer === undefined) throw badToken('Invalid OAuth access token - Cannot parse access token');
    return bearer;
  }
  const token = query.success ? query.data.access_token : undefined;
  if (!token) throw badToken('An access token is required to request this resource.');
  return token;
}

function identifyApp(world: World, appId: string, secret: string): Caller {
  const app = world.store.first(z.object({ secret: z.string() }), 'select secret from apps where id = ?', appId);
  if (!app || !isSame(app.secret, secret)) throw badToken('Invalid OAuth access token signature.');
  return { kind: 'app', appId };
}

function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** Management lacking is 200, messaging lacking is 10, both HTTP 403 (whatsapp-flows.md section 9.4). */
export function requireScope(caller: Caller, scope: Scope): void {
  if (caller.kind === 'system-user' && caller.scopes.includes(scope)) return;
  if (scope === 'whatsapp_business_messaging')
    throw new GraphError(403, 10, { message: '(#10) Application does not have permission for this action' });
  throw new GraphError(403, 200, {
    message:
      '(#200) You do not have the necessary permissions required to send messages on behalf of this WhatsApp Business Account',
  });
}

export function canSee(caller: Caller, wabaId: string): boolean {
  return caller.kind === 'system-user' && caller.assetIds.includes(wabaId);
}
