import { AppError, toAppError } from '../app-error.ts';
import { withPortal, type PortalId } from '../db/db.ts';
import { getAccountSecrets, type AccountSecrets } from './accounts.ts';
import {
  activateKey,
  ensurePendingKey,
  readKey,
  rotationOvertaken,
  type KeyActor,
  type KeyServices,
} from './flow-keys.ts';
import { LOOK_AGAIN_MS, readRegisteredKey, registerFlowKey } from './register-flow-key.ts';
import { retireFlowKeys } from './retire-flow-keys.ts';

/**
 * A new key stands in the database for this long before Meta is told of it. Must stay above `RELOAD_AFTER_MS` of the endpoint's
 * accounts: then a request that is encrypted for the new key finds, in every process, either the key or keys old enough to be
 * read again, and none is answered 421.
 */
export const SETTLE_MS = 2_000;

export type NumberOutcome = {
  phoneNumberId: string;
  status: 'VALID' | 'MISMATCH' | 'FAILED';
  isNew: boolean;
  reason?: string;
};
export type Rotation = { accountId: string; keyId: string; numbers: NumberOutcome[]; retired: string[] };
export type RotationServices = KeyServices & { wait: (ms: number) => Promise<void> };

/**
 * Gives an account a new key pair and registers it on each of its numbers. The old one goes on opening requests until the rule of
 * `retire-flow-keys.ts` lets it go. May be repeated after any interruption: a half-done rotation is finished, not begun again.
 *
 * A number that cannot be registered keeps the old key and is tried again by the watch. Throws `whatsapp_account_not_found`,
 * `too_many_flow_keys`, `rotation_overtaken` and what the Graph client throws when Meta refuses every number: then nothing has changed.
 */
export async function rotateFlowKey(
  services: RotationServices,
  portalId: PortalId,
  o: { accountId: string; actor: KeyActor; retireNow?: boolean },
): Promise<Rotation> {
  const secrets = await getAccountSecrets(services, portalId, o.accountId);
  const numbers = await numbersOf(services, portalId, o.accountId);
  const active = await withPortal(services.db, portalId, (tx) => readKey(tx, portalId, o.accountId, 'active'));
  await refuseIfMetaDoes(services, secrets, numbers);
  const pending = await ensurePendingKey(services, portalId, { accountId: o.accountId, from: active?.keyId ?? null });
  const age = services.clock.now().getTime() - pending.createdAt.getTime();
  if (age < SETTLE_MS) await services.wait(SETTLE_MS - age);
  if (!(await activateKey(services, portalId, { ...o, keyId: pending.keyId }))) throw rotationOvertaken();
  const outcomes = await registerOnNumbers(services, portalId, { accountId: o.accountId, secrets, numbers });
  const retired = await retireFlowKeys(services, portalId, {
    accountId: o.accountId,
    actor: o.actor,
    evenIfUsed: o.retireNow === true,
  });
  return { accountId: o.accountId, keyId: pending.keyId, numbers: outcomes, retired };
}

/** The account's numbers by Meta's ids, in a stable order. */
export async function numbersOf(
  services: Pick<KeyServices, 'db'>,
  portalId: PortalId,
  accountId: string,
): Promise<string[]> {
  const rows = await withPortal(services.db, portalId, (tx) =>
    tx
      .selectFrom('wa_numbers')
      .select('phone_number_id')
      .where('portal_id', '=', String(portalId))
      .where('account_id', '=', accountId)
      .orderBy('phone_number_id')
      .execute(),
  );
  return rows.map((row) => row.phone_number_id);
}

/** A token that died is found before anything is changed. */
async function refuseIfMetaDoes(
  services: KeyServices,
  secrets: Pick<AccountSecrets, 'accessToken'>,
  numbers: readonly string[],
): Promise<void> {
  let problem: unknown = null;
  for (const phoneNumberId of numbers) {
    try {
      await readRegisteredKey(services, { secrets, phoneNumberId });
      return;
    } catch (err) {
      problem ??= err;
    }
  }
  if (problem !== null) throw toAppError(problem);
}

/** Registers the active key on each number; one that fails is named with the reason and tried again soon by the watch. */
export async function registerOnNumbers(
  services: KeyServices,
  portalId: PortalId,
  o: { accountId: string; secrets: Pick<AccountSecrets, 'accessToken'>; numbers: readonly string[] },
): Promise<NumberOutcome[]> {
  const outcomes: NumberOutcome[] = [];
  for (const phoneNumberId of o.numbers) {
    try {
      outcomes.push(await registerFlowKey(services, portalId, { ...o, phoneNumberId }));
    } catch (err) {
      if (!(err instanceof AppError)) throw err;
      services.log.warn({ err, portalId, phoneNumberId }, 'a key was not registered');
      await lookAgainSoon(services, portalId, phoneNumberId);
      outcomes.push({ phoneNumberId, status: 'FAILED', isNew: false, reason: err.userMessage ?? err.message });
    }
  }
  return outcomes;
}

async function lookAgainSoon(services: KeyServices, portalId: PortalId, phoneNumberId: string): Promise<void> {
  const dueAt = new Date(services.clock.now().getTime() + LOOK_AGAIN_MS);
  await withPortal(services.db, portalId, (tx) =>
    tx
      .updateTable('wa_numbers')
      .set({ key_due_at: dueAt })
      .where('portal_id', '=', String(portalId))
      .where('phone_number_id', '=', phoneNumberId)
      .execute(),
  );
}
