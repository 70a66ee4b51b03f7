import { sql } from 'kysely';
import { z } from 'zod';
import { withPortal, type PortalId } from '../db/db.ts';
import { getAccountSecrets } from './accounts.ts';
import type { WhatsappServices } from './services.ts';

/** A token that dies is known the same day; a system user's usually lives for ever, or for sixty days. */
const EVERY_MS = 6 * 3_600_000;
const AGAIN_MS = 3_600_000;
const MAX_ACCOUNTS = 100;

const debugSchema = z.object({
  data: z.object({
    is_valid: z.boolean(),
    /** Unix seconds; 0: never. */
    expires_at: z.number().optional().catch(undefined),
  }),
});

/**
 * Asks Meta about the access tokens that are due, and notes whether they are good and until when; answers how many it asked about. An
 * account that cannot be asked about is asked about again in an hour: Meta out of reach says nothing about a token.
 */
export async function tendTokens(services: WhatsappServices): Promise<number> {
  const { rows } = await sql<{ portal_id: string; account_id: string }>`
    select portal_id, account_id from accounts_with_due_tokens(${services.clock.now()}, ${MAX_ACCOUNTS})`.execute(
    services.db,
  );
  for (const row of rows) {
    const [portalId, accountId] = [Number(row.portal_id), row.account_id];
    await tendToken(services, portalId, accountId).catch(async (err: unknown) => {
      services.log.warn({ err, portalId, accountId }, 'an access token could not be checked at Meta');
      await note(services, portalId, accountId, { token_due_at: inMs(services, AGAIN_MS) });
    });
  }
  return rows.length;
}

async function tendToken(services: WhatsappServices, portalId: PortalId, accountId: string): Promise<void> {
  const secrets = await getAccountSecrets(services, portalId, accountId);
  const { data } = await services.graph.call({
    method: 'GET',
    path: '/debug_token',
    accessToken: `${secrets.appId}|${secrets.appSecrets[0]}`,
    query: { input_token: secrets.accessToken },
    schema: debugSchema,
    idempotent: true,
  });
  await note(services, portalId, accountId, {
    token_state: data.is_valid ? 'valid' : 'invalid',
    token_expires_at: data.expires_at ? new Date(data.expires_at * 1_000) : null,
    token_due_at: inMs(services, EVERY_MS),
  });
}

function inMs(services: WhatsappServices, ms: number): Date {
  return new Date(services.clock.now().getTime() + ms);
}

async function note(
  services: WhatsappServices,
  portalId: PortalId,
  accountId: string,
  change: { token_state?: string; token_expires_at?: Date | null; token_due_at: Date },
): Promise<void> {
  await withPortal(services.db, portalId, (tx) =>
    tx
      .updateTable('wa_accounts')
      .set(change)
      .where('portal_id', '=', String(portalId))
      .where('account_id', '=', accountId)
      .execute(),
  );
}
