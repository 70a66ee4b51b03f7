import { z } from 'zod';
import type { SeededApp, StoredPortal } from '../seed.ts';
import { findApp, type StandIn } from '../stand-in.ts';

/** What an app asks for at install, checked against its configuration (hubspot-platform.md section 4). */
export type AuthorizeRequest = {
  app: SeededApp;
  redirectUri: string;
  scopes: string[];
  optionalScopes: string[];
  state: string | null;
  codeChallenge: string | null;
  /** Given in the path: the install is pinned to this account. */
  portalId: number | null;
};

export type AuthorizeProblem =
  'unknown-app' | 'redirect-mismatch' | 'scope-mismatch' | 'bad-challenge' | 'unknown-account';

const parameters = z.object({
  client_id: z.string().default(''),
  redirect_uri: z.string().default(''),
  scope: z.string().default(''),
  optional_scope: z.string().default(''),
  state: z.string().optional(),
  code_challenge: z.string().optional(),
  code_challenge_method: z.string().optional(),
});

export function readAuthorizeRequest(
  standIn: StandIn,
  given: Record<string, unknown>,
  portalId: number | null,
): AuthorizeRequest | AuthorizeProblem {
  const parsed = parameters.safeParse(given);
  if (!parsed.success) return 'unknown-app';
  const input = parsed.data;
  const app = findApp(standIn.store, { clientId: input.client_id });
  if (!app) return 'unknown-app';
  if (!app.redirectUrls.includes(input.redirect_uri)) return 'redirect-mismatch';
  const scopes = words(input.scope);
  const optionalScopes = words(input.optional_scope);
  if (!matchesConfiguration(app, scopes, optionalScopes)) return 'scope-mismatch';
  const challenged = input.code_challenge !== undefined;
  if (challenged !== (input.code_challenge_method !== undefined)) return 'bad-challenge';
  if (challenged && (input.code_challenge_method !== 'S256' || !/^[A-Za-z0-9_-]{43}$/.test(input.code_challenge ?? '')))
    return 'bad-challenge';
  return {
    app,
    redirectUri: input.redirect_uri,
    scopes,
    optionalScopes,
    state: input.state ?? null,
    codeChallenge: input.code_challenge ?? null,
    portalId,
  };
}

/** `scope` holds every required scope and beside them only conditionally required ones; `optional_scope` only what is configured as such. */
function matchesConfiguration(app: SeededApp, scopes: readonly string[], optional: readonly string[]): boolean {
  const allowed = new Set([...app.requiredScopes, ...app.conditionallyRequiredScopes]);
  return (
    app.requiredScopes.every((scope) => scopes.includes(scope)) &&
    scopes.every((scope) => allowed.has(scope)) &&
    optional.every((scope) => app.optionalScopes.includes(scope))
  );
}

/** Scopes that this account can grant: custom objects need Enterprise. Optional ones it cannot grant are dropped in silence. */
export function grantableScopes(
  portal: StoredPortal,
  request: Pick<AuthorizeRequest, 'scopes' | 'optionalScopes'>,
): { granted: string[]; refused: string[] } {
  const grantable = (scope: string): boolean => portal.tier === 'enterprise' || !scope.includes('.custom.');
  return {
    granted: [...new Set([...request.scopes, ...request.optionalScopes].filter(grantable))],
    refused: request.scopes.filter((scope) => !grantable(scope)),
  };
}

function words(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter(Boolean))];
}
