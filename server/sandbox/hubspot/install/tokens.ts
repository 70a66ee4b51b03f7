import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { HubSpotError } from '../hubspot-error.ts';
import { findApp, type StandIn } from '../stand-in.ts';
import { jsonColumn } from '../store.ts';

export const ACCESS_TOKEN_SECONDS = 1_800;

export type Grant = { appId: number; portalId: number; userId: number; scopes: string[] };
export type AccessToken = Grant & { appName: string };

const tokenRow = z.object({
  token: z.string(),
  kind: z.enum(['access', 'refresh']),
  app_id: z.number(),
  portal_id: z.number(),
  user_id: z.number(),
  scopes: jsonColumn(z.array(z.string())),
  expires_at: z.number().nullable(),
  revoked: z.number(),
});
export type TokenRow = z.output<typeof tokenRow>;

/** Tokens are opaque and long: HubSpot asks apps to reserve 512 characters. */
export function issueToken(
  standIn: StandIn,
  kind: 'access' | 'refresh',
  grant: Grant,
  lifetimeSeconds: number | null,
): string {
  const token =
    kind === 'access'
      ? `C${randomBytes(180).toString('base64url')}`
      : randomBytes(24)
          .toString('hex')
          .replace(/^(.{8})(.{4})(.{4})(.{4})/, 'na1-$1-$2-$3-$4-');
  standIn.store.run(
    'insert into tokens (token, kind, app_id, portal_id, user_id, scopes, expires_at) values (?, ?, ?, ?, ?, ?, ?)',
    token,
    kind,
    grant.appId,
    grant.portalId,
    grant.userId,
    JSON.stringify(grant.scopes),
    lifetimeSeconds === null ? null : standIn.clock.now().getTime() + lifetimeSeconds * 1_000,
  );
  return token;
}

export function findToken(standIn: StandIn, token: string): TokenRow | undefined {
  return standIn.store.first(tokenRow, 'select * from tokens where token = ?', token);
}

export function isInstalled(standIn: StandIn, appId: number, portalId: number): boolean {
  return (
    standIn.store.first(
      z.object({ user_id: z.number() }),
      'select user_id from installs where app_id = ? and portal_id = ?',
      appId,
      portalId,
    ) !== undefined
  );
}

/** Records the installation; a second one of the same account replaces its scopes. */
export function install(standIn: StandIn, grant: Grant): void {
  standIn.store.run(
    'insert or replace into installs (portal_id, app_id, scopes, user_id, installed_at) values (?, ?, ?, ?, ?)',
    grant.portalId,
    grant.appId,
    JSON.stringify(grant.scopes),
    grant.userId,
    standIn.clock.now().getTime(),
  );
}

/** From then on no token of this account works, and no refresh brings one. */
export function uninstall(standIn: StandIn, appId: number, portalId: number): void {
  standIn.store.run('delete from installs where app_id = ? and portal_id = ?', appId, portalId);
  standIn.store.run('update tokens set revoked = 1 where app_id = ? and portal_id = ?', appId, portalId);
  standIn.store.run('update auth_codes set used = 1 where app_id = ? and portal_id = ?', appId, portalId);
}

/** The token of an `Authorization: Bearer` header; throws 401 as HubSpot words it. */
export function readAccessToken(standIn: StandIn, header: string | undefined): AccessToken {
  const token = /^Bearer (\S+)$/i.exec(header ?? '')?.[1];
  const found = token === undefined ? undefined : findToken(standIn, token);
  const app = found && findApp(standIn.store, { appId: found.app_id });
  if (!found || !app || found.kind !== 'access' || found.revoked === 1) {
    throw new HubSpotError(401, {
      message:
        'Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview',
      category: 'INVALID_AUTHENTICATION',
    });
  }
  const now = standIn.clock.now().getTime();
  if (found.expires_at !== null && found.expires_at <= now) {
    throw new HubSpotError(401, {
      message: `The OAuth token used to make this call expired ${Math.round((now - found.expires_at) / 1_000)} second(s) ago.`,
      category: 'EXPIRED_AUTHENTICATION',
      context: { 'expire time': [new Date(found.expires_at).toISOString()] },
    });
  }
  return {
    appId: found.app_id,
    appName: app.name,
    portalId: found.portal_id,
    userId: found.user_id,
    scopes: found.scopes,
  };
}
