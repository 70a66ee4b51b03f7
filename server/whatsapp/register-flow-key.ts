import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { z } from 'zod';
import { withPortal, type PortalId } from '../db/db.ts';
import type { Language } from '../hubspot/language.ts';
import { newId } from '../ids.ts';
import { sealPurpose, type AccountSecrets } from './accounts.ts';
import type { WhatsappServices } from './services.ts';

const generate = promisify(generateKeyPair);

const successSchema = z.object({ success: z.literal(true) });
const keyInfoSchema = z.object({
  data: z.array(
    z.object({
      business_public_key: z.string(),
      business_public_key_signature_status: z.enum(['VALID', 'MISMATCH']).catch('MISMATCH'),
    }),
  ),
});

export type KeyRegistration = { phoneNumberId: string; status: 'VALID' | 'MISMATCH' };

/** The account's active key, made once: RSA-2048 on the thread pool, the private half sealed (whatsapp-flows.md section 7). */
export async function ensureFlowKey(
  services: WhatsappServices,
  portalId: PortalId,
  accountId: string,
): Promise<{ keyId: string; publicKeyPem: string }> {
  const existing = await readActiveKey(services, portalId, accountId);
  if (existing) return existing;
  const pair = await generate('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  });
  const keyId = newId('key');
  const sealed = await services.keys.seal(portalId, sealPurpose.privateKey(keyId), pair.privateKey);
  await withPortal(services.db, portalId, (tx) =>
    tx
      .insertInto('flow_keys')
      .values({
        portal_id: portalId,
        key_id: keyId,
        account_id: accountId,
        public_key_pem: pair.publicKey,
        private_key_sealed: sealed,
        state: 'active',
        created_at: services.clock.now(),
      })
      // Two connects at once: the first key stands, this one was never registered anywhere.
      .onConflict((conflict) => conflict.columns(['portal_id', 'account_id']).where('state', '=', 'active').doNothing())
      .execute(),
  );
  return (await readActiveKey(services, portalId, accountId)) ?? { keyId, publicKeyPem: pair.publicKey };
}

async function readActiveKey(
  services: WhatsappServices,
  portalId: PortalId,
  accountId: string,
): Promise<{ keyId: string; publicKeyPem: string } | null> {
  const row = await withPortal(services.db, portalId, (tx) =>
    tx
      .selectFrom('flow_keys')
      .select(['key_id', 'public_key_pem'])
      .where('portal_id', '=', String(portalId))
      .where('account_id', '=', accountId)
      .where('state', '=', 'active')
      .executeTakeFirst(),
  );
  return row ? { keyId: row.key_id, publicKeyPem: row.public_key_pem } : null;
}

/**
 * Registers the account's key on one number unless Meta already holds it as VALID, reads it back and records what Meta says.
 * Throws what the Graph client throws.
 */
export async function registerFlowKey(
  services: WhatsappServices,
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
  return { phoneNumberId: o.phoneNumberId, status };
}

async function readRegisteredKey(
  services: WhatsappServices,
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

async function recordKeyStatus(
  services: WhatsappServices,
  portalId: PortalId,
  o: { phoneNumberId: string; keyId: string; status: 'VALID' | 'MISMATCH' },
): Promise<void> {
  const now = services.clock.now();
  await withPortal(services.db, portalId, (tx) =>
    tx
      .updateTable('wa_numbers')
      .set({ registered_key_id: o.keyId, key_status: o.status, key_checked_at: now, updated_at: now })
      .where('portal_id', '=', String(portalId))
      .where('phone_number_id', '=', o.phoneNumberId)
      .execute(),
  );
}

/** Meta answers the PEM with other line ends: only the base64 counts. */
function samePem(a: string, b: string): boolean {
  return a.replace(/\s+/g, '') === b.replace(/\s+/g, '');
}
