import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Check, WhatsappAccount } from '@flowella/shared/contract/api.ts';
import { AppError } from '../app-error.ts';
import { withPortal, type PortalId, type PortalTx } from '../db/db.ts';
import type { Language } from '../hubspot/language.ts';
import { newId } from '../ids.ts';
import { readNumbers, writeNumbers, type MetaNumber } from './account-numbers.ts';
import { portfolioOf, sealPurpose, setAccountState, viewAccount } from './accounts.ts';
import { replaceSecret } from './app-secret.ts';
import { checkToken, refusal } from './check-token.ts';
import { check, connectTexts } from './connect-texts.ts';
import { MetaError } from './meta-errors.ts';
import { registerFlowKey } from './register-flow-key.ts';
import type { WhatsappServices } from './services.ts';
import { subscribeWebhooks } from './subscribe-webhooks.ts';

export type AccountInput = {
  appId: string;
  appSecret: string;
  wabaId: string;
  phoneNumberId: string;
  accessToken: string;
};

const businessSchema = z.object({ id: z.string() }).optional().catch(undefined);
const wabaSchema = z.object({
  id: z.string(),
  name: z.string(),
  owner_business_info: businessSchema,
  on_behalf_of_business_info: businessSchema,
});
const healthSchema = z.object({
  name_status: z.string().nullish().catch(null),
  health_status: z
    .object({
      can_send_message: z.enum(['AVAILABLE', 'LIMITED', 'BLOCKED']).catch('AVAILABLE'),
      entities: z
        .array(
          z.object({
            errors: z
              .array(z.object({ error_description: z.string().catch(''), possible_solution: z.string().catch('') }))
              .catch([]),
          }),
        )
        .catch([]),
    })
    .optional()
    .catch(undefined),
});

type Account = { name: string; portfolioId: string; numbers: MetaNumber[] };

/**
 * Connects a WhatsApp account, or repairs one that is connected: every step may be repeated (product.md, *The admin*, step 3).
 *
 * Wrong input (token, account, number) throws AppError with the fix and changes nothing that stood before; what is found
 * after the account is ours (webhook, keys, health) is answered as failed checks of an account in state `broken`.
 */
export async function connectAccount(
  services: WhatsappServices,
  portalId: PortalId,
  input: AccountInput,
  language: Language = 'en',
): Promise<WhatsappAccount> {
  await checkToken(services, input, language);
  const account = await readAccount(services, input, language);
  const health = await checkHealth(services, input, account, language);
  const { accountId, verifyToken } = await claimAccount(services, portalId, { input, account, language });
  const webhook = await subscribeWebhooks(services, { input, accountId, verifyToken, language });
  const keyChecks = await registerKeys(services, portalId, { input, account, accountId, language });
  const checks: Check[] = [
    check(language, 'token-permissions', 'ok', connectTexts.tokenOk()),
    check(language, 'account-access', 'ok', connectTexts.accountOk({ name: account.name })),
    health,
    webhook,
    ...keyChecks,
  ];
  const state = checks.some((entry) => entry.state === 'failed') ? 'broken' : 'connected';
  await withPortal(services.db, portalId, (tx) =>
    setAccountState(tx, portalId, accountId, { state, checks, now: services.clock.now() }),
  );
  return viewAccount(services, portalId, accountId);
}

async function readAccount(services: WhatsappServices, input: AccountInput, language: Language): Promise<Account> {
  try {
    const waba = await services.graph.call({
      method: 'GET',
      path: `/${input.wabaId}`,
      accessToken: input.accessToken,
      query: { fields: 'id,name,owner_business_info,on_behalf_of_business_info' },
      schema: wabaSchema,
      idempotent: true,
      language,
    });
    const numbers = await readNumbers(services, input, language);
    if (!numbers.some((number) => number.id === input.phoneNumberId))
      throw refusal('whatsapp_number_not_in_account', connectTexts.numberMissing(), language);
    const owner = waba.on_behalf_of_business_info ?? waba.owner_business_info;
    return { name: waba.name, portfolioId: owner?.id ?? portfolioOf(input.wabaId), numbers };
  } catch (err) {
    if (err instanceof MetaError && !err.retryable)
      throw refusal('whatsapp_account_denied', connectTexts.accountDenied(), language, err);
    throw err;
  }
}

async function checkHealth(
  services: WhatsappServices,
  input: AccountInput,
  account: Account,
  language: Language,
): Promise<Check> {
  const number = account.numbers.find((entry) => entry.id === input.phoneNumberId);
  const about = { number: number?.display_phone_number ?? '', name: number?.verified_name ?? '' };
  const answer = await services.graph.call({
    method: 'GET',
    path: `/${input.phoneNumberId}`,
    accessToken: input.accessToken,
    query: { fields: 'id,display_phone_number,verified_name,quality_rating,name_status,health_status' },
    schema: healthSchema,
    idempotent: true,
    language,
  });
  const health = answer.health_status;
  const details = (health?.entities ?? [])
    .flatMap((entity) => entity.errors)
    .map((error) => `${error.error_description} ${error.possible_solution}`.trim())
    .join(' ');
  if (health?.can_send_message === 'BLOCKED')
    return check(language, 'number-health', 'failed', connectTexts.numberBlocked({ ...about, details }));
  if (health?.can_send_message === 'LIMITED')
    return check(language, 'number-health', 'warning', connectTexts.numberLimited({ ...about, details }));
  if (!about.name || ['DECLINED', 'EXPIRED', 'NONE'].includes(answer.name_status ?? ''))
    return check(language, 'number-health', 'warning', connectTexts.nameMissing(about));
  return check(language, 'number-health', 'ok', connectTexts.numberOk(about));
}

/**
 * Makes the account ours in one committed transaction, in state `connecting` and with the hash of a fresh verify token:
 * Meta's handshake arrives while the subscription call is still under way and must find both.
 */
async function claimAccount(
  services: WhatsappServices,
  portalId: PortalId,
  o: { input: AccountInput; account: Account; language: Language },
): Promise<{ accountId: string; verifyToken: string }> {
  const verifyToken = randomBytes(32).toString('base64url');
  try {
    const accountId = await withPortal(services.db, portalId, async (tx) => {
      const id = await writeAccount(tx, services, portalId, { ...o, verifyToken });
      await writeNumbers(tx, portalId, id, o.account.numbers, services.clock.now());
      return id;
    });
    return { accountId, verifyToken };
  } catch (err) {
    if (err instanceof Error && 'constraint' in err && err.constraint === 'wa_accounts_waba') {
      throw new AppError('whatsapp_account_taken', {
        status: 409,
        userMessage: connectTexts.taken()[o.language],
        cause: err,
      });
    }
    throw err;
  }
}

async function writeAccount(
  tx: PortalTx,
  services: WhatsappServices,
  portalId: PortalId,
  o: { input: AccountInput; account: Account; verifyToken: string },
): Promise<string> {
  const now = services.clock.now();
  // Cached from here on, so that sealing needs no second connection inside this transaction.
  await services.keys.dataKey(portalId, tx);
  const existing = await tx
    .selectFrom('wa_accounts')
    .select(['account_id', 'app_id', 'app_secret_sealed', 'state'])
    .where('portal_id', '=', String(portalId))
    .where('waba_id', '=', o.input.wabaId)
    .orderBy('created_at')
    .forUpdate()
    .executeTakeFirst();
  const accountId = existing?.account_id ?? newId('account');
  const values = {
    app_id: o.input.appId,
    name: o.account.name,
    portfolio_id: o.account.portfolioId,
    access_token_sealed: await services.keys.seal(portalId, sealPurpose.accessToken(accountId), o.input.accessToken),
    app_secret_sealed: await services.keys.seal(portalId, sealPurpose.appSecret(accountId), o.input.appSecret),
    verify_token_hash: hashVerifyToken(o.verifyToken),
    state: 'connecting' as const,
    updated_at: now,
  };
  if (!existing) {
    const fixed = { portal_id: portalId, account_id: accountId, waba_id: o.input.wabaId, created_at: now };
    await tx
      .insertInto('wa_accounts')
      .values({ ...fixed, ...values })
      .execute();
    return accountId;
  }
  const secret = await replaceSecret(services, portalId, {
    accountId,
    currentSealed: existing.app_secret_sealed,
    appSecret: o.input.appSecret,
  });
  await tx
    .updateTable('wa_accounts')
    // What is known of the token before says nothing about this one.
    .set({ ...values, ...secret, token_state: null, token_expires_at: null, token_due_at: null })
    .where('portal_id', '=', String(portalId))
    .where('account_id', '=', accountId)
    .execute();
  return accountId;
}

/** What the webhook's handshake is compared with: the token itself is kept nowhere. */
export function hashVerifyToken(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}

async function registerKeys(
  services: WhatsappServices,
  portalId: PortalId,
  o: { input: AccountInput; account: Account; accountId: string; language: Language },
): Promise<Check[]> {
  const failed: { number: MetaNumber; details: string }[] = [];
  const mismatched: MetaNumber[] = [];
  for (const number of o.account.numbers) {
    try {
      const { status } = await registerFlowKey(services, portalId, {
        accountId: o.accountId,
        secrets: { accessToken: o.input.accessToken },
        phoneNumberId: number.id,
        language: o.language,
      });
      if (status !== 'VALID') mismatched.push(number);
    } catch (err) {
      if (!(err instanceof AppError)) throw err;
      failed.push({ number, details: err instanceof MetaError ? (err.details ?? '') : (err.userMessage ?? '') });
    }
  }
  return keyChecks({ ...o, failed, mismatched });
}

/** Numbers other than the chosen one may still be in registration: they are named as a warning and do not break the account. */
function keyChecks(o: {
  input: AccountInput;
  account: Account;
  language: Language;
  failed: { number: MetaNumber; details: string }[];
  mismatched: MetaNumber[];
}): Check[] {
  const names = (numbers: MetaNumber[]): string => numbers.map((number) => number.display_phone_number).join(', ');
  const severity = (numbers: MetaNumber[]): 'failed' | 'warning' =>
    numbers.some((number) => number.id === o.input.phoneNumberId) ? 'failed' : 'warning';
  const failedNumbers = o.failed.map((entry) => entry.number);
  const count = o.account.numbers.length - o.failed.length;
  const registered =
    o.failed.length > 0
      ? check(
          o.language,
          'key-registered',
          severity(failedNumbers),
          connectTexts.keyFailed({ numbers: names(failedNumbers), details: o.failed[0]?.details ?? '' }),
        )
      : check(
          o.language,
          'key-registered',
          'ok',
          count === 1 ? connectTexts.keyRegisteredOne() : connectTexts.keyRegistered({ count: String(count) }),
        );
  const notValid = [...failedNumbers, ...o.mismatched];
  const valid =
    notValid.length > 0
      ? check(o.language, 'key-valid', severity(notValid), connectTexts.keyMismatch({ numbers: names(notValid) }))
      : check(o.language, 'key-valid', 'ok', connectTexts.keyValid());
  return [registered, valid];
}
