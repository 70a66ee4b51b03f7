import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { compile } from '@flowella/shared/compile/compile.ts';
import type { Program } from '@flowella/shared/compile/program.ts';
import type { Mapping } from '@flowella/shared/contract/mapping.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import { withPortal } from '../../../server/db/db.ts';
import { signFlowToken } from '../../../server/endpoint/flow-token.ts';
import { newId } from '../../../server/ids.ts';
import { wrapNewDataKey } from '../../../server/keys/vault.ts';
import type { BenchDatabase } from './start-server.ts';

/** A migrated database and what its secrets are sealed with. */
export type Seeded = Pick<BenchDatabase, 'db' | 'keys' | 'keyring'>;

export type SeededPortal = {
  portalId: number;
  accountId: string;
  wabaId: string;
  appSecret: string;
  publicKeyPem: string;
  privateKeyDer: Buffer;
  personId: string;
};

export type SeededFlow = { flowId: string; versionId: string; formId: string; program: Program };

/** Form, contact and timeline, and no property of the contact. */
export const NO_MAPPING: Mapping = {
  formSubmission: { enabled: true },
  contact: { enabled: true, properties: [] },
  kycRecord: { enabled: false, home: 'contact', fields: {} },
  timeline: { enabled: true },
};

/** A connected portal with one WhatsApp account, its key and one person, written as the product would have written it. */
export async function seedPortal(
  { db, keys, keyring }: Seeded,
  portalId: number,
  pair = makeFlowKey(),
): Promise<SeededPortal> {
  const now = new Date();
  const portal_id = String(portalId);
  const accountId = newId('account');
  const keyId = newId('key');
  const personId = newId('person');
  const appSecret = randomBytes(16).toString('hex');
  const wabaId = String(1_000_000 + portalId);
  await withPortal(db, portalId, async (tx) => {
    await tx
      .insertInto('portals')
      .values({
        portal_id,
        data_key_wrapped: wrapNewDataKey(keyring, portalId).wrapped,
        created_at: now,
        updated_at: now,
      })
      .execute();
    await keys.dataKey(portalId, tx);
    await tx
      .insertInto('wa_accounts')
      .values({
        portal_id,
        account_id: accountId,
        waba_id: wabaId,
        app_id: '1',
        name: 'Bench',
        access_token_sealed: await keys.seal(portalId, `wa_accounts.access_token:${accountId}`, 'token'),
        app_secret_sealed: await keys.seal(portalId, `wa_accounts.app_secret:${accountId}`, appSecret),
        verify_token_hash: createHash('sha256').update('v').digest(),
        state: 'connected',
        created_at: now,
        updated_at: now,
      })
      .execute();
    await tx
      .insertInto('flow_keys')
      .values({
        portal_id,
        key_id: keyId,
        account_id: accountId,
        public_key_pem: pair.publicKey,
        private_key_sealed: await keys.seal(portalId, `flow_keys.private_key:${keyId}`, pair.privateKey),
        state: 'active',
        created_at: now,
      })
      .execute();
    await tx
      .insertInto('persons')
      .values({
        portal_id,
        person_id: personId,
        portfolio_id: `waba:${wabaId}`,
        identity_sealed: await keys.sealJson(portalId, `persons.identity:${personId}`, { phone: '+4915123456789' }),
        created_at: now,
        updated_at: now,
      })
      .execute();
  });
  return {
    portalId,
    accountId,
    wabaId,
    appSecret,
    publicKeyPem: pair.publicKey,
    privateKeyDer: pair.privateKey,
    personId,
  };
}

/** So many more accounts of the portal, each with a key of its own; key pairs are used in turn, since making one takes a tenth of a second. */
export async function seedAccounts(
  { db, keys }: Seeded,
  portal: SeededPortal,
  o: { count: number; pairs: readonly ReturnType<typeof makeFlowKey>[] },
): Promise<SeededPortal[]> {
  const now = new Date();
  const portal_id = String(portal.portalId);
  const seal = (purpose: string, value: string | Buffer) => keys.seal(portal.portalId, purpose, value);
  const made: SeededPortal[] = [];
  for (let at = 0; at < o.count; at += 500) {
    const some = Array.from({ length: Math.min(500, o.count - at) }, (_, index): SeededPortal => {
      const pair = o.pairs[(at + index) % o.pairs.length] ?? makeFlowKey();
      const wabaId = newId('account').slice(4);
      return {
        ...portal,
        accountId: newId('account'),
        wabaId,
        publicKeyPem: pair.publicKey,
        privateKeyDer: pair.privateKey,
      };
    });
    const accounts = some.map(async ({ accountId, wabaId }) => ({
      portal_id,
      account_id: accountId,
      waba_id: wabaId,
      app_id: '1',
      name: 'Bench',
      access_token_sealed: await seal(`wa_accounts.access_token:${accountId}`, 'token'),
      app_secret_sealed: await seal(`wa_accounts.app_secret:${accountId}`, portal.appSecret),
      verify_token_hash: createHash('sha256').update('v').digest(),
      state: 'connected' as const,
      created_at: now,
      updated_at: now,
    }));
    const flowKeys = some.map(async ({ accountId, publicKeyPem, privateKeyDer }) => {
      const key_id = newId('key');
      const private_key_sealed = await seal(`flow_keys.private_key:${key_id}`, privateKeyDer);
      const key = { public_key_pem: publicKeyPem, private_key_sealed, state: 'active' as const, created_at: now };
      return { portal_id, key_id, account_id: accountId, ...key };
    });
    const rows = { accounts: await Promise.all(accounts), flowKeys: await Promise.all(flowKeys) };
    await withPortal(db, portal.portalId, async (tx) => {
      await tx.insertInto('wa_accounts').values(rows.accounts).execute();
      await tx.insertInto('flow_keys').values(rows.flowKeys).execute();
    });
    made.push(...some);
  }
  return made;
}

export function makeFlowKey(): { publicKey: string; privateKey: Buffer } {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  });
}

/** A published connected flow of this form. */
export async function seedFlow({ db }: Seeded, portal: SeededPortal, form: Form): Promise<SeededFlow> {
  const now = new Date();
  const portal_id = String(portal.portalId);
  const versionId = newId('version');
  const flowId = newId('flow');
  const formId = newId('form');
  const { program, flowJson } = compile({ form, design: {}, mode: 'connected', locale: 'en', version: versionId });
  await withPortal(db, portal.portalId, async (tx) => {
    const source = { source: form.source, source_form_id: form.sourceFormId };
    await tx
      .insertInto('forms')
      .values({
        portal_id,
        form_id: formId,
        ...source,
        name: form.name,
        revision: form.revision,
        raw: '{}',
        model: JSON.stringify(form),
        write_back: '{}',
        read_at: now,
      })
      .execute();
    await tx
      .insertInto('flows')
      .values({
        portal_id,
        flow_id: flowId,
        form_id: formId,
        ...source,
        account_id: portal.accountId,
        name: form.name,
        state: 'published',
        design: '{}',
        mapping: JSON.stringify(NO_MAPPING),
        message: JSON.stringify({ body: 'A few questions', button: 'Answer' }),
        live_version_id: versionId,
        created_at: now,
        updated_at: now,
      })
      .execute();
    await tx
      .insertInto('flow_versions')
      .values({
        portal_id,
        version_id: versionId,
        flow_id: flowId,
        number: 1,
        form_id: formId,
        form_revision: form.revision,
        flow_json: JSON.stringify(flowJson),
        program: JSON.stringify(program),
        report: '[]',
        mapping: JSON.stringify(NO_MAPPING),
        state: 'published',
        created_at: now,
      })
      .execute();
  });
  return { flowId, versionId, formId, program };
}

/** Open sends, each to a contact of its own; answers their flow tokens. */
export async function seedSends(
  { db, keyring }: Seeded,
  portal: SeededPortal,
  flow: SeededFlow,
  count: number,
): Promise<string[]> {
  const now = new Date();
  const expiresAt = new Date(now.getTime() + 86_400_000);
  const ids = Array.from({ length: count }, () => newId('send'));
  for (let at = 0; at < count; at += 1_000) {
    await withPortal(db, portal.portalId, (tx) =>
      tx
        .insertInto('sends')
        .values(
          ids.slice(at, at + 1_000).map((sendId, index) => ({
            portal_id: String(portal.portalId),
            send_id: sendId,
            flow_id: flow.flowId,
            version_id: flow.versionId,
            person_id: portal.personId,
            contact_id: String(1_000 + at + index),
            phone_number_id: '1',
            recipient_key: `contact:${sendId}`,
            channel: 'card',
            state: 'delivered' as const,
            token_expires_at: expiresAt,
            created_at: now,
          })),
        )
        .execute(),
    );
  }
  return ids.map((sendId) => signFlowToken(keyring, { portalId: portal.portalId, sendId, expiresAt }));
}
