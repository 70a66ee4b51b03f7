import { sql } from 'kysely';
import { AppError, toAppError } from '../app-error.ts';
import { rotateAppSecret, type SecretRotation } from '../whatsapp/app-secret.ts';
import type { OperatorServices } from './operator-services.ts';

export type AppSecretRotation = { accounts: SecretRotation[]; failed: { accountId: string; message: string }[] };

/** As the set-up takes it (`connectAccountRequest`); Meta's are 32 hexadecimal digits today. */
const SECRET = /^\S{16,128}$/;

/**
 * Gives every account that is connected with this Meta app the app's new secret. Throws `bad_app_secret` and `meta_app_unknown`;
 * an account that Meta refuses is named, the others go on.
 */
export async function rotateAppSecrets(
  services: OperatorServices,
  o: { appId: string; appSecret: string },
): Promise<AppSecretRotation> {
  if (!SECRET.test(o.appSecret))
    throw new AppError('bad_app_secret', {
      message:
        'This is no app secret: copy it from the app dashboard › App settings › Basic, and give it on standard input',
    });
  const { rows } = await sql<{
    portal_id: string;
    account_id: string;
  }>`select portal_id, account_id from accounts_of_app(${o.appId})`.execute(services.db);
  if (rows.length === 0)
    throw new AppError('meta_app_unknown', { message: `No account is connected with the Meta app ${o.appId}` });
  const result: AppSecretRotation = { accounts: [], failed: [] };
  for (const { portal_id, account_id: accountId } of rows) {
    try {
      result.accounts.push(
        await rotateAppSecret(services, Number(portal_id), { accountId, appSecret: o.appSecret, actor: 'operator' }),
      );
    } catch (err) {
      const error = toAppError(err);
      result.failed.push({ accountId, message: error.userMessage ?? error.message });
    }
  }
  return result;
}
