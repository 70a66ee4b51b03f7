import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { findToken, identify } from '../graph/access.ts';
import { readQuery } from '../graph/graph-request.ts';
import { GraphError } from '../graph-error.ts';
import type { World } from '../world.ts';
import { findApp } from './accounts.ts';

/** `GET /debug_token` (Meta, "Permissions", and "Manage accounts" of solution providers): what a token may do. */
export function addDebugTokenRoute(app: FastifyInstance, world: World): void {
  app.get('/debug_token', { config: { graphRoute: '/{Version}/debug_token' } }, async (request) => {
    const caller = identify(world, request);
    const { input_token: token } = readQuery(request, { input_token: z.string().min(1) });
    const row = findToken(world, token);
    if (!row) {
      return {
        data: {
          error: { code: 190, message: 'Invalid OAuth access token - Cannot parse access token' },
          is_valid: false,
          scopes: [],
        },
      };
    }
    // A token is shown to the app it belongs to and to nobody else.
    if (row.app_id !== caller.appId)
      throw new GraphError(400, 100, {
        message: '(#100) The App_id in the input_token did not match the Viewing App',
      });
    const isValid = row.expires_at === 0 || row.expires_at > world.clock.nowMs();
    return {
      data: {
        app_id: row.app_id,
        type: 'SYSTEM_USER',
        application: findApp(world.store, row.app_id)?.name ?? '',
        data_access_expires_at: 0,
        expires_at: Math.floor(row.expires_at / 1_000),
        is_valid: isValid,
        scopes: row.scopes,
        granular_scopes: row.scopes.map((scope) => ({ scope, target_ids: row.asset_ids })),
        user_id: row.app_id.split('').reverse().join(''),
      },
    };
  });
}
