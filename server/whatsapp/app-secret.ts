import { appendAudit } from '../audit/audit.ts';
import { withPortal, type PortalId } from '../db/db.ts';
import { getAccountSecrets, sealPurpose } from './accounts.ts';
import { checkToken } from './check-token.ts';
import type { KeyActor, KeyServices } from './flow-keys.ts';
import type { WhatsappServices } from './services.ts';

/** Meta signs with the old secret for as long as its rotation runs; a day covers it and the retries of webhooks. */
const OLD_SECRET_MS = 24 * 3_600_000;

export type SecretRotation = { accountId: string; changed: boolean; oldAcceptedUntil: string | null };

/**
 * Replaces the secret of the Meta app that an account is connected with: signatures made with the old one are accepted for a day
 * more. Nothing changes where the secret is the one that is known. Throws what `checkToken` throws when Meta does not know it.
 */
export async function rotateAppSecret(
  services: KeyServices,
  portalId: PortalId,
  o: { accountId: string; appSecret: string; actor: KeyActor },
): Promise<SecretRotation> {
  const { appId, accessToken } = await getAccountSecrets(services, portalId, o.accountId);
  await checkToken(services, { appId, appSecret: o.appSecret, accessToken });
  const now = services.clock.now();
  return withPortal(services.db, portalId, async (tx) => {
    await services.keys.dataKey(portalId, tx);
    const row = await tx
      .selectFrom('wa_accounts')
      .select(['app_secret_sealed', 'app_secret_old_until'])
      .where('portal_id', '=', String(portalId))
      .where('account_id', '=', o.accountId)
      .forUpdate()
      .executeTakeFirstOrThrow();
    const secret = await replaceSecret(services, portalId, { ...o, currentSealed: row.app_secret_sealed });
    const until = secret.app_secret_old_until ?? row.app_secret_old_until;
    const result = { accountId: o.accountId, oldAcceptedUntil: until?.toISOString() ?? null };
    if (!secret.app_secret_old_sealed) return { ...result, changed: false };
    await tx
      .updateTable('wa_accounts')
      .set({ ...secret, updated_at: now })
      .where('portal_id', '=', String(portalId))
      .where('account_id', '=', o.accountId)
      .execute();
    await appendAudit(tx, portalId, now, {
      actor: o.actor,
      action: 'app-secret.rotated',
      subject: o.accountId,
      detail: { oldAcceptedUntil: result.oldAcceptedUntil },
    });
    return { ...result, changed: true };
  });
}

type SecretColumns = { app_secret_sealed: Buffer; app_secret_old_sealed?: Buffer; app_secret_old_until?: Date };

/** The columns of a new secret; the old ones are among them only where the secret is another. The data key must be cached. */
export async function replaceSecret(
  services: Pick<WhatsappServices, 'keys' | 'clock'>,
  portalId: PortalId,
  o: { accountId: string; currentSealed: Buffer; appSecret: string },
): Promise<SecretColumns> {
  const current = (await services.keys.open(portalId, sealPurpose.appSecret(o.accountId), o.currentSealed)).toString(
    'utf8',
  );
  if (current === o.appSecret) return { app_secret_sealed: o.currentSealed };
  return {
    app_secret_sealed: await services.keys.seal(portalId, sealPurpose.appSecret(o.accountId), o.appSecret),
    app_secret_old_sealed: await services.keys.seal(portalId, sealPurpose.appSecretOld(o.accountId), current),
    app_secret_old_until: new Date(services.clock.now().getTime() + OLD_SECRET_MS),
  };
}
