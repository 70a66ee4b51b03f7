import { createLog } from '../../../server/observe/log.ts';
import { withPortal } from '../../../server/db/db.ts';
import { createBudgets } from '../../../server/hubspot/budgets.ts';
import { createHubSpotClient } from '../../../server/hubspot/create-hubspot-client.ts';
import { createHubSpotTokens, saveTokens } from '../../../server/hubspot/tokens.ts';
import type { HubSpotClient } from '../../../server/hubspot/client.ts';
import type { TestDatabase } from '../../support/database.ts';

/** A clock that only the test moves. */
export function movableClock(start = '2026-11-23T12:00:00Z') {
  let now = new Date(start);
  return {
    now: () => now,
    advance(ms: number) {
      now = new Date(now.getTime() + ms);
    },
  };
}
export type MovableClock = ReturnType<typeof movableClock>;

/** Gives the portal a token pair as an install would. */
export async function givePortalTokens(
  database: TestDatabase,
  portalId: number,
  options: { now: Date; expiresInSeconds?: number; scopes?: string[]; accessToken?: string },
): Promise<void> {
  await withPortal(database.db, portalId, (tx) =>
    saveTokens(tx, {
      keys: database.keys,
      portalId,
      now: options.now,
      answer: {
        access_token: options.accessToken ?? 'access-1',
        refresh_token: 'refresh-1',
        expires_in: options.expiresInSeconds ?? 1_800,
        hub_id: portalId,
        user_id: 7,
        scopes: options.scopes ?? ['oauth', 'forms'],
      },
    }),
  );
}

/** The real client over the test's HubSpot; waiting moves the clock instead of the wall. */
export function testHubSpot(
  database: TestDatabase,
  options: { url: string; formsUrl?: string; clock: MovableClock; clientId?: string; clientSecret?: string },
) {
  const waits: number[] = [];
  const { clock } = options;
  const tokens = createHubSpotTokens({
    db: database.db,
    keys: database.keys,
    clock,
    app: {
      clientId: options.clientId ?? 'client',
      clientSecret: options.clientSecret ?? 'secret',
      apiUrl: options.url,
    },
  });
  const budgets = createBudgets({ db: database.db, clock });
  const client: HubSpotClient = createHubSpotClient({
    apiUrl: options.url,
    formsUrl: options.formsUrl ?? options.url,
    db: database.db,
    tokens,
    budgets,
    clock,
    log: createLog({ level: 'silent' }),
    wait: async (ms) => {
      waits.push(ms);
      clock.advance(ms);
    },
    random: () => 0,
  });
  return { client, tokens, budgets, waits };
}
