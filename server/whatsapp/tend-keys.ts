import { sql } from 'kysely';
import { appendAudit } from '../audit/audit.ts';
import { withPortal, type PortalId } from '../db/db.ts';
import { readNumbers, writeNumbers } from './account-numbers.ts';
import { getAccountSecrets, type AccountSecrets } from './accounts.ts';
import { readKey } from './flow-keys.ts';
import { retireFlowKeys } from './retire-flow-keys.ts';
import { registerOnNumbers, rotateFlowKey, type RotationServices } from './rotate-flow-key.ts';

const DAY_MS = 24 * 3_600_000;
/** A rotation takes seconds; a pending key of this age was left behind by a process that died. */
const UNFINISHED_MS = 3_600_000;
/** Of one round, so that it ends well within the time its job may take; the next round takes the rest. */
const MAX_ACCOUNTS = 200;
/** A rotation waits two seconds for the other processes. */
const MAX_ROTATIONS = 20;

export type KeyRound = { accounts: number; registered: number; rotated: number; retired: number; failed: number };

/**
 * One round over the accounts whose keys are due: numbers are compared with Meta's list and their key with ours, and registered
 * again where they differ (a mismatch, a number that was added, moved or registered anew); a key older than `rotationDays` is
 * replaced (null: never); old keys and app secrets whose time is over go. One account's failure is logged and stops no other.
 */
export async function tendKeys(
  services: RotationServices,
  o: { rotationDays: number | null; isStopping?: () => boolean },
): Promise<KeyRound> {
  const round: KeyRound = { accounts: 0, registered: 0, rotated: 0, retired: 0, failed: 0 };
  for (const { portalId, accountId } of await dueAccounts(services, o.rotationDays)) {
    if (o.isStopping?.()) break;
    round.accounts += 1;
    try {
      await tendAccount(services, portalId, { accountId, rotationDays: o.rotationDays, round });
    } catch (err) {
      round.failed += 1;
      services.log.warn({ err, portalId, accountId }, 'the keys of an account could not be looked after');
    }
  }
  return round;
}

async function dueAccounts(
  services: RotationServices,
  rotationDays: number | null,
): Promise<{ portalId: PortalId; accountId: string }[]> {
  const now = services.clock.now();
  const rotateBefore = rotationDays === null ? new Date(0) : new Date(now.getTime() - rotationDays * DAY_MS);
  const { rows } = await sql<{
    portal_id: string;
    account_id: string;
  }>`select portal_id, account_id from accounts_with_due_keys(${now}, ${rotateBefore}, ${MAX_ACCOUNTS})`.execute(
    services.db,
  );
  return rows.map((row) => ({ portalId: Number(row.portal_id), accountId: row.account_id }));
}

type Tended = { accountId: string; rotationDays: number | null; round: KeyRound };

async function tendAccount(services: RotationServices, portalId: PortalId, o: Tended): Promise<void> {
  await dropOldSecret(services, portalId, o.accountId);
  // Where Meta does not answer, what needs no Meta is done all the same.
  const problem = await watchAndRotate(services, portalId, o).then(
    () => null,
    (err: unknown) => ({ err }),
  );
  const retired = await retireFlowKeys(services, portalId, { accountId: o.accountId, actor: 'system' });
  o.round.retired += retired.length;
  if (problem) throw problem.err;
}

async function watchAndRotate(services: RotationServices, portalId: PortalId, o: Tended): Promise<void> {
  const { accountId, round } = o;
  const secrets = await getAccountSecrets(services, portalId, accountId);
  const due = await dueNumbers(services, portalId, accountId);
  if (due.length > 0) await watchNumbers(services, portalId, { accountId, secrets, round });
  if (round.rotated >= MAX_ROTATIONS || !(await isRotationDue(services, portalId, o))) return;
  await rotateFlowKey(services, portalId, { accountId, actor: 'system' });
  round.rotated += 1;
}

async function watchNumbers(
  services: RotationServices,
  portalId: PortalId,
  o: { accountId: string; secrets: AccountSecrets; round: KeyRound },
): Promise<void> {
  await refreshNumbers(services, portalId, o).catch((err: unknown) =>
    services.log.warn({ err, portalId, accountId: o.accountId }, 'the numbers of an account could not be read'),
  );
  const numbers = await dueNumbers(services, portalId, o.accountId);
  const outcomes = await registerOnNumbers(services, portalId, { ...o, numbers });
  const renewed = outcomes.filter((outcome) => outcome.isNew);
  o.round.failed += outcomes.filter((outcome) => outcome.status === 'FAILED').length;
  o.round.registered += renewed.length;
  if (renewed.length === 0) return;
  const now = services.clock.now();
  await withPortal(services.db, portalId, async (tx) => {
    for (const { phoneNumberId, status } of renewed)
      await appendAudit(tx, portalId, now, {
        actor: 'system',
        action: 'flow-key.registered-again',
        subject: o.accountId,
        detail: { phoneNumberId, status },
      });
  });
}

/** A number that came or went since the account was connected. An empty list is Meta's fault more likely than the customer's wish. */
async function refreshNumbers(
  services: RotationServices,
  portalId: PortalId,
  o: { accountId: string; secrets: AccountSecrets },
): Promise<void> {
  const numbers = await readNumbers(services, o.secrets);
  if (numbers.length === 0) return;
  await withPortal(services.db, portalId, (tx) =>
    writeNumbers(tx, portalId, o.accountId, numbers, services.clock.now()),
  );
}

/** Numbers that are to be looked at: never seen, failed a while ago, or fine for some hours. */
async function dueNumbers(services: RotationServices, portalId: PortalId, accountId: string): Promise<string[]> {
  const now = services.clock.now();
  const rows = await withPortal(services.db, portalId, (tx) =>
    tx
      .selectFrom('wa_numbers')
      .select('phone_number_id')
      .where('portal_id', '=', String(portalId))
      .where('account_id', '=', accountId)
      .where((where) => where.or([where('key_due_at', 'is', null), where('key_due_at', '<=', now)]))
      .orderBy('phone_number_id')
      .execute(),
  );
  return rows.map((row) => row.phone_number_id);
}

async function isRotationDue(services: RotationServices, portalId: PortalId, o: Tended): Promise<boolean> {
  const now = services.clock.now().getTime();
  const [active, pending] = await withPortal(services.db, portalId, async (tx) => [
    await readKey(tx, portalId, o.accountId, 'active'),
    await readKey(tx, portalId, o.accountId, 'pending'),
  ]);
  if (pending && now - pending.createdAt.getTime() >= UNFINISHED_MS) return true;
  if (o.rotationDays === null || !active) return false;
  return now - active.createdAt.getTime() >= o.rotationDays * DAY_MS;
}

/** Meta no longer signs with it: kept longer, a leaked secret would stay good for forging. */
async function dropOldSecret(services: RotationServices, portalId: PortalId, accountId: string): Promise<void> {
  const now = services.clock.now();
  await withPortal(services.db, portalId, async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('wa_accounts')
      .set({ app_secret_old_sealed: null, app_secret_old_until: null })
      .where('portal_id', '=', String(portalId))
      .where('account_id', '=', accountId)
      .where('app_secret_old_until', '<=', now)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return;
    await appendAudit(tx, portalId, now, { actor: 'system', action: 'app-secret.retired', subject: accountId });
  });
}
