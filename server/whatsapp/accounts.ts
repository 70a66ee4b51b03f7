import { sql } from 'kysely';
import { z } from 'zod';
import { checkSchema, type Check, type WhatsappAccount } from '@flowella/shared/contract/api.ts';
import { AppError } from '../app-error.ts';
import type { Clock } from '../clock.ts';
import { withPortal, type Db, type PortalId, type PortalTx } from '../db/db.ts';
import type { WhatsappServices } from './services.ts';

type AccountServices = Pick<WhatsappServices, 'db' | 'keys' | 'clock'>;

export type AccountSecrets = {
  wabaId: string;
  appId: string;
  /** The business portfolio that business-scoped user ids belong to. */
  portfolioId: string;
  accessToken: string;
  /** The current app secret, then the one before it while Meta may still sign with that. */
  appSecrets: string[];
};

/** One private key of an account, PKCS #8 DER. During a rotation all of them open requests; the active one comes first. */
export type FlowKey = { keyId: string; state: 'active' | 'pending' | 'retiring'; privateKeyDer: Buffer };

const checksSchema = z.array(checkSchema).catch([]);

export const sealPurpose = {
  accessToken: (accountId: string) => `wa_accounts.access_token:${accountId}`,
  appSecret: (accountId: string) => `wa_accounts.app_secret:${accountId}`,
  appSecretOld: (accountId: string) => `wa_accounts.app_secret_old:${accountId}`,
  privateKey: (keyId: string) => `flow_keys.private_key:${keyId}`,
};

/** Accounts of the portal with numbers and the checks of the last connect, oldest first. */
export async function listAccounts(services: { db: Db }, portalId: PortalId): Promise<WhatsappAccount[]> {
  return withPortal(services.db, portalId, async (tx) => {
    const accounts = await tx
      .selectFrom('wa_accounts')
      .select(['account_id', 'waba_id', 'name', 'state', 'checks'])
      .where('portal_id', '=', String(portalId))
      .where('state', '<>', 'disconnected')
      .orderBy('created_at')
      .execute();
    const numbers = await tx
      .selectFrom('wa_numbers')
      .select(['account_id', 'phone_number_id', 'display_number', 'verified_name', 'quality', 'key_status'])
      .where('portal_id', '=', String(portalId))
      .orderBy('phone_number_id')
      .execute();
    return accounts.map((account) => ({
      accountId: account.account_id,
      wabaId: account.waba_id,
      name: account.name,
      state: account.state,
      numbers: numbers
        .filter((number) => number.account_id === account.account_id)
        .map((number) => ({
          phoneNumberId: number.phone_number_id,
          displayNumber: number.display_number,
          verifiedName: number.verified_name,
          quality: number.quality,
          keyStatus: number.key_status,
        })),
      checks: checksSchema.parse(account.checks),
    }));
  });
}

/** One account's view; throws `whatsapp_account_not_found`. */
export async function viewAccount(
  services: { db: Db },
  portalId: PortalId,
  accountId: string,
): Promise<WhatsappAccount> {
  const account = (await listAccounts(services, portalId)).find((entry) => entry.accountId === accountId);
  if (!account) throw accountNotFound();
  return account;
}

function accountNotFound(): AppError {
  return new AppError('whatsapp_account_not_found', {
    status: 404,
    userMessage: {
      en: 'This WhatsApp account is not connected. Connect it in the settings of Flowella.',
      de: 'Dieses WhatsApp-Konto ist nicht verbunden. Verbinden Sie es in den Einstellungen von Flowella.',
    },
  });
}

/** What calls to Meta and signatures need; throws `whatsapp_account_not_found`. */
export async function getAccountSecrets(
  services: AccountServices,
  portalId: PortalId,
  accountId: string,
): Promise<AccountSecrets> {
  const row = await withPortal(services.db, portalId, (tx) =>
    tx
      .selectFrom('wa_accounts')
      .selectAll()
      .where('portal_id', '=', String(portalId))
      .where('account_id', '=', accountId)
      .where('state', '<>', 'disconnected')
      .executeTakeFirst(),
  );
  if (!row) throw accountNotFound();
  const open = async (purpose: string, sealed: Buffer): Promise<string> =>
    (await services.keys.open(portalId, purpose, sealed)).toString('utf8');
  const appSecrets = [await open(sealPurpose.appSecret(accountId), row.app_secret_sealed)];
  const oldIsValid = row.app_secret_old_until !== null && row.app_secret_old_until > services.clock.now();
  if (row.app_secret_old_sealed && oldIsValid) {
    appSecrets.push(await open(sealPurpose.appSecretOld(accountId), row.app_secret_old_sealed));
  }
  return {
    wabaId: row.waba_id,
    appId: row.app_id,
    portfolioId: row.portfolio_id ?? portfolioOf(row.waba_id),
    accessToken: await open(sealPurpose.accessToken(accountId), row.access_token_sealed),
    appSecrets,
  };
}

/** Where Meta does not say who owns an account, it stands for a portfolio of its own. */
export function portfolioOf(wabaId: string): string {
  return `waba:${wabaId}`;
}

/** The keys that open requests of this account's flows, the active one first; empty when none was made. */
export async function loadFlowKeys(
  services: Pick<WhatsappServices, 'db' | 'keys'>,
  portalId: PortalId,
  accountId: string,
): Promise<FlowKey[]> {
  const rows = await withPortal(services.db, portalId, (tx) =>
    tx
      .selectFrom('flow_keys')
      .select(['key_id', 'state', 'private_key_sealed'])
      .where('portal_id', '=', String(portalId))
      .where('account_id', '=', accountId)
      .where('state', '<>', 'retired')
      // By the alphabet: active, pending, retiring.
      .orderBy('state')
      .orderBy('created_at', 'desc')
      .execute(),
  );
  const opened = rows.map(async ({ key_id, state, private_key_sealed }): Promise<FlowKey[]> => {
    if (state === 'retired' || !private_key_sealed) return [];
    const purpose = sealPurpose.privateKey(key_id);
    return [{ keyId: key_id, state, privateKeyDer: await services.keys.open(portalId, purpose, private_key_sealed) }];
  });
  return (await Promise.all(opened)).flat();
}

/** `<portal>:<digest>` of what decides who may sign for an account and which of its keys open; absent when nobody has it. */
export async function stampsOfAccounts(
  services: { db: Db; clock: Clock },
  accountIds: readonly string[],
): Promise<Map<string, string>> {
  const { rows } = await sql<{ account_id: string; stamp: string }>`
    select * from stamps_of_accounts(${accountIds}::text[], ${services.clock.now()})`.execute(services.db);
  return new Map(rows.map((row) => [row.account_id, row.stamp]));
}

/** The portal that owns this opaque account id, or null: the path of a webhook or an endpoint call names nothing else. */
export async function portalOfAccount(services: { db: Db }, accountId: string): Promise<PortalId | null> {
  const { rows } = await sql<{ portal: string | null }>`select portal_of_account(${accountId}) as portal`.execute(
    services.db,
  );
  const portal = rows[0]?.portal;
  return portal === null || portal === undefined ? null : Number(portal);
}

/** Writes the outcome of a connect or of something learnt later. */
export async function setAccountState(
  tx: PortalTx,
  portalId: PortalId,
  accountId: string,
  change: { state: 'connected' | 'broken'; checks?: Check[]; now: Date },
): Promise<void> {
  await tx
    .updateTable('wa_accounts')
    .set({
      state: change.state,
      updated_at: change.now,
      ...(change.checks ? { checks: JSON.stringify(change.checks) } : {}),
    })
    .where('portal_id', '=', String(portalId))
    .where('account_id', '=', accountId)
    .execute();
}
