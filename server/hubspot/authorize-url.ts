import { createHash } from 'node:crypto';
import { OPTIONAL_SCOPES, REQUIRED_SCOPES } from './scopes.ts';

/**
 * HubSpot's install page for our app. `state` ties the answer to this browser, `codeVerifier` (PKCE, S256) to this server.
 * Spaces are `%20`: HubSpot does not read a plus as one (hubspot-platform.md section 4).
 */
export function authorizeUrl(options: {
  appUrl: string;
  clientId: string;
  redirectUri: string;
  state: string;
  codeVerifier: string;
}): string {
  const parameters = {
    client_id: options.clientId,
    redirect_uri: options.redirectUri,
    scope: REQUIRED_SCOPES.join(' '),
    optional_scope: OPTIONAL_SCOPES.join(' '),
    state: options.state,
    code_challenge: createHash('sha256').update(options.codeVerifier).digest('base64url'),
    code_challenge_method: 'S256',
  };
  const query = Object.entries(parameters).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `${options.appUrl}/oauth/authorize?${query.join('&')}`;
}
