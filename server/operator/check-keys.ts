import { constants, publicEncrypt, randomBytes } from 'node:crypto';
import { toAppError } from '../app-error.ts';
import { withPortal, type PortalId } from '../db/db.ts';
import { importRsaKey } from '../endpoint/rsa-keys.ts';
import { getAccountSecrets, loadFlowKeys, type AccountSecrets } from '../whatsapp/accounts.ts';
import { readRegisteredKey, samePem } from '../whatsapp/register-flow-key.ts';
import { listAccountKeys, type ListedAccount } from './list-keys.ts';
import { portalsWithDataKey, type OperatorServices } from './operator-services.ts';

/** What is wrong, where, and what to do about it. */
export type KeyProblem = {
  code:
    | 'data-key-unreadable'
    | 'flow-key-unreadable'
    | 'no-active-key'
    | 'account-secrets-unreadable'
    | 'meta-unreachable'
    | 'not-registered'
    | 'other-key-registered'
    | 'mismatch'
    | 'rotation-unfinished';
  portalId: number;
  accountId?: string;
  phoneNumberId?: string;
  message: string;
};
export type KeyCheck = { portals: number; accounts: number; numbers: number; problems: KeyProblem[] };

/** A rotation takes seconds; a pending key that is older was left behind. */
const UNFINISHED_MS = 3_600_000;

/**
 * Proves, changing nothing, that every data key and every open flow key can be read and opens what its public half locks, and that
 * Meta hands out the active one, as VALID, for every number of every connected account.
 */
export async function checkKeys(services: OperatorServices): Promise<KeyCheck> {
  const check: KeyCheck = { portals: 0, accounts: 0, numbers: 0, problems: [] };
  for (const portalId of await portalsWithDataKey(services)) {
    check.portals += 1;
    try {
      await services.keys.dataKey(portalId);
    } catch (err) {
      check.problems.push({ code: 'data-key-unreadable', portalId, message: wordsOf(err) });
      continue;
    }
    const accounts = await withPortal(services.db, portalId, (tx) =>
      listAccountKeys(tx, portalId, services.clock.now()),
    );
    for (const account of accounts.filter(({ state }) => state !== 'disconnected')) {
      check.accounts += 1;
      check.numbers += account.numbers.length;
      check.problems.push(...(await checkAccount(services, portalId, account)));
    }
  }
  return check;
}

async function checkAccount(
  services: OperatorServices,
  portalId: PortalId,
  account: ListedAccount,
): Promise<KeyProblem[]> {
  const { accountId } = account;
  const at = { portalId, accountId };
  const problems: KeyProblem[] = [];
  const pems = await readPems(services, portalId, accountId);
  try {
    for (const { keyId, privateKeyDer } of await loadFlowKeys(services, portalId, accountId)) {
      if (!(await opensWhatItLocks(keyId, privateKeyDer, pems.get(keyId)?.pem ?? '')))
        problems.push({
          ...at,
          code: 'flow-key-unreadable',
          message: `The private half of ${keyId} does not open what its public half locks: run "flowella keys rotate --account ${accountId}"`,
        });
    }
  } catch (err) {
    problems.push({ ...at, code: 'flow-key-unreadable', message: wordsOf(err) });
  }
  const pending = account.keys.find((key) => key.state === 'pending');
  if (pending && services.clock.now().getTime() - Date.parse(pending.createdAt) > UNFINISHED_MS)
    problems.push({
      ...at,
      code: 'rotation-unfinished',
      message: `A rotation stopped half-way at ${pending.createdAt}: "flowella keys rotate --account ${accountId}" finishes it`,
    });
  const active = [...pems.values()].find((key) => key.state === 'active');
  if (!active)
    return [
      ...problems,
      { ...at, code: 'no-active-key', message: 'Connect the account again in Settings: it has no key' },
    ];
  return [...problems, ...(await checkNumbers(services, portalId, account, active.pem))];
}

async function checkNumbers(
  services: OperatorServices,
  portalId: PortalId,
  { accountId, numbers }: ListedAccount,
  activePem: string,
): Promise<KeyProblem[]> {
  let secrets: AccountSecrets;
  try {
    secrets = await getAccountSecrets(services, portalId, accountId);
  } catch (err) {
    return [{ portalId, accountId, code: 'account-secrets-unreadable', message: wordsOf(err) }];
  }
  const problems: KeyProblem[] = [];
  for (const { phoneNumberId } of numbers) {
    const found = await checkNumber(services, { secrets, phoneNumberId, activePem, accountId });
    if (found) problems.push({ ...found, portalId, accountId, phoneNumberId });
  }
  return problems;
}

async function checkNumber(
  services: OperatorServices,
  o: { secrets: AccountSecrets; phoneNumberId: string; activePem: string; accountId: string },
): Promise<Pick<KeyProblem, 'code' | 'message'> | null> {
  const remedy = `the server registers it again by itself; to do it now, run "flowella keys rotate --account ${o.accountId}"`;
  try {
    const found = await readRegisteredKey(services, o);
    if (!found) return { code: 'not-registered', message: `Meta holds no key for this number: ${remedy}` };
    if (!samePem(found.pem, o.activePem))
      return { code: 'other-key-registered', message: `Meta hands out another key than the active one: ${remedy}` };
    if (found.status !== 'VALID')
      return { code: 'mismatch', message: `Meta reads the signature of this key as ${found.status}: ${remedy}` };
    return null;
  } catch (err) {
    return { code: 'meta-unreachable', message: wordsOf(err) };
  }
}

async function readPems(
  services: OperatorServices,
  portalId: PortalId,
  accountId: string,
): Promise<Map<string, { pem: string; state: string }>> {
  const rows = await withPortal(services.db, portalId, (tx) =>
    tx
      .selectFrom('flow_keys')
      .select(['key_id', 'public_key_pem', 'state'])
      .where('portal_id', '=', String(portalId))
      .where('account_id', '=', accountId)
      .where('state', '<>', 'retired')
      .execute(),
  );
  return new Map(rows.map((row) => [row.key_id, { pem: row.public_key_pem, state: row.state }]));
}

/** By the endpoint's own code, as Meta locks an AES key (whatsapp-flows.md section 6.2). */
async function opensWhatItLocks(keyId: string, der: Buffer, pem: string): Promise<boolean> {
  try {
    const secret = randomBytes(16);
    const locked = publicEncrypt({ key: pem, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, secret);
    return (await (await importRsaKey(keyId, der)).decrypt(locked)).equals(secret);
  } catch {
    return false;
  }
}

function wordsOf(err: unknown): string {
  const error = toAppError(err);
  return error.userMessage ?? error.message;
}
