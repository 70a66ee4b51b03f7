import { sql, type RawBuilder } from 'kysely';
import { z } from 'zod';
import { withPortal, type PortalId } from '../db/db.ts';
import type { Language } from '../hubspot/language.ts';
import type { AccountSecrets } from './accounts.ts';
import { ensureFlowKey, type KeyServices } from './flow-keys.ts';

/** A number is looked at again after this: a number that was moved or registered anew has lost its key without a word to us. */
const LOOK_EVERY_MS = 6 * 3_600_000;
/** After a mismatch or a failed call, which people on their phones feel. */
export const LOOK_AGAIN_MS = 15 * 60_000;

const successSchema = z.object({ success: z.literal(true) });
const keyInfoSchema = z.object({
  data: z.array(
    z.object({
      business_public_key: z.string(),
      business_public_key_signature_status: z.enum(['VALID', 'MISMATCH']).catch('MISMATCH'),
    }),
  ),
});

/** `isNew`: Meta did not hold the active key as VALID and was given it now. */
export type KeyRegistration = { phoneNumberId: string; status: 'VALID' | 'MISMATCH'; isNew: boolean };

/**
 * Registers the account's key on one number unless Meta already holds it as VALID, reads it back and records what Meta says.
 * Throws what the Graph client throws.
 */
export async function registerFlowKey(
  services: KeyServices,
  portalId: PortalId,
  o: {
    accountId: string;
    secrets: Pick<AccountSecrets, 'accessToken'>;
    phoneNumberId: string;
    language?: Language;
  },
): Promise<KeyRegistration> {
  const key = await ensureFlowKey(services, portalId, o.accountId);
  const before = await readRegisteredKey(services, o);
  const isThere = before !== null && before.status === 'VALID' && samePem(before.pem, key.publicKeyPem);
  if (!isThere) {
    await services.graph.call({
      method: 'POST',
      path: `/${o.phoneNumberId}/whatsapp_business_encryption`,
      accessToken: o.secrets.accessToken,
      body: { kind: 'multipart', fields: { business_public_key: key.publicKeyPem } },
      schema: successSchema,
      // The same key again is the same state.
      idempotent: true,
      language: o.language,
    });
  }
  const after = isThere ? before : await readRegisteredKey(services, o);
  const status = after?.status === 'VALID' && samePem(after.pem, key.publicKeyPem) ? 'VALID' : 'MISMATCH';
  await recordKeyStatus(services, portalId, { phoneNumberId: o.phoneNumberId, keyId: key.keyId, status });
  return { phoneNumberId: o.phoneNumberId, status, isNew: !isThere };
}

/** The key that Meta holds for a number and how it reads it; null when there is none. Throws what the Graph client throws. */
export async function readRegisteredKey(
  services: KeyServices,
  o: { secrets: Pick<AccountSecrets, 'accessToken'>; phoneNumberId: string; language?: Language },
): Promise<{ pem: string; status: 'VALID' | 'MISMATCH' } | null> {
  const answer = await services.graph.call({
    method: 'GET',
    path: `/${o.phoneNumberId}/whatsapp_business_encryption`,
    accessToken: o.secrets.accessToken,
    schema: keyInfoSchema,
    idempotent: true,
    language: o.language,
  });
  const info = answer.data[0];
  return info ? { pem: info.business_public_key, status: info.business_public_key_signature_status } : null;
}

/** The same key read as VALID again has been valid all along. */
function sinceWhenValid(keyId: string, now: Date): RawBuilder<Date> {
  return sql<Date>`case when registered_key_id = ${keyId} then coalesce(key_valid_at, ${now}) else ${now} end`;
}

async function recordKeyStatus(
  services: KeyServices,
  portalId: PortalId,
  o: { phoneNumberId: string; keyId: string; status: 'VALID' | 'MISMATCH' },
): Promise<void> {
  const now = services.clock.now();
  await withPortal(services.db, portalId, (tx) =>
    tx
      .updateTable('wa_numbers')
      .set({
        registered_key_id: o.keyId,
        key_status: o.status,
        key_checked_at: now,
        key_valid_at: o.status === 'VALID' ? sinceWhenValid(o.keyId, now) : null,
        key_due_at: new Date(now.getTime() + (o.status === 'VALID' ? LOOK_EVERY_MS : LOOK_AGAIN_MS)),
        updated_at: now,
      })
      .where('portal_id', '=', String(portalId))
      .where('phone_number_id', '=', o.phoneNumberId)
      .execute(),
  );
}

/** Meta answers the PEM with other line ends: only the base64 counts. */
export function samePem(a: string, b: string): boolean {
  return a.replace(/\s+/g, '') === b.replace(/\s+/g, '');
}
