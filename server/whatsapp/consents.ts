import type { PortalId, PortalTx } from '../db/db.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import { identityHash, type Identity } from './persons.ts';

/** Where a consent comes from; stored, so the names stay. `rep:<user id>` for what a person told a rep. */
export type ConsentSource =
  | 'stop-word'
  | 'start-word'
  | 'meta-131050'
  | 'user-preferences'
  | 'identity-change'
  | 'opt-in-import'
  | `rep:${string}`;

export type Consent = {
  state: 'opted_in' | 'opted_out' | 'unknown';
  source: string | null;
  recordedAt: Date | null;
  /** Where and how the person said it, in the words of whoever recorded it. */
  note: string | null;
};
const UNKNOWN: Consent = { state: 'unknown', source: null, recordedAt: null, note: null };

/** What the note of a consent is sealed for. */
export const consentNotePurpose = (hash: Buffer): string => `consents.note:${hash.toString('hex')}`;

type Addresses = Pick<Identity, 'phone' | 'bsuid' | 'parentBsuid'>;

async function hashesOf(keys: PortalKeys, portalId: PortalId, who: Addresses): Promise<Buffer[]> {
  const hashes: Promise<Buffer>[] = [];
  if (who.phone) hashes.push(identityHash(keys, portalId, { kind: 'phone', value: who.phone }));
  if (who.bsuid) hashes.push(identityHash(keys, portalId, { kind: 'bsuid', value: who.bsuid }));
  if (who.parentBsuid) hashes.push(identityHash(keys, portalId, { kind: 'bsuid', value: who.parentBsuid }));
  return Promise.all(hashes);
}

/**
 * Records a consent for every identity of a person, so that it holds however they are addressed next. The newest word
 * counts: an older one that arrives late changes nothing.
 */
export async function recordConsent(
  tx: PortalTx,
  tools: { keys: PortalKeys },
  portalId: PortalId,
  o: {
    who: Addresses;
    state: 'opted_in' | 'opted_out';
    source: ConsentSource;
    at: Date;
    /** On whose card it was recorded: an erasure finds it by that, also when nobody ever wrote to them. */
    contactId?: string;
    note?: string;
  },
): Promise<void> {
  await tools.keys.dataKey(portalId, tx);
  for (const hash of await hashesOf(tools.keys, portalId, o.who)) {
    const values = {
      state: o.state,
      source: o.source,
      recorded_at: o.at,
      note_sealed: o.note ? await tools.keys.seal(portalId, consentNotePurpose(hash), o.note) : null,
      ...(o.contactId === undefined ? {} : { contact_id: o.contactId }),
    };
    await tx
      .insertInto('consents')
      .values({ portal_id: portalId, identity_hash: hash, ...values })
      .onConflict((conflict) =>
        conflict.columns(['portal_id', 'identity_hash']).doUpdateSet(values).where('consents.recorded_at', '<=', o.at),
      )
      .execute();
  }
}

/** The newest word on record for any identity of a person; at the same moment an opt-out wins. */
export async function readConsent(
  tx: PortalTx,
  tools: { keys: PortalKeys },
  portalId: PortalId,
  who: Addresses,
): Promise<Consent> {
  await tools.keys.dataKey(portalId, tx);
  const hashes = await hashesOf(tools.keys, portalId, who);
  if (hashes.length === 0) return UNKNOWN;
  const row = await tx
    .selectFrom('consents')
    .select(['identity_hash', 'state', 'source', 'recorded_at', 'note_sealed'])
    .where('portal_id', '=', String(portalId))
    .where('identity_hash', 'in', hashes)
    .orderBy('recorded_at', 'desc')
    // 'opted_out' sorts behind 'opted_in'.
    .orderBy('state', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!row) return UNKNOWN;
  const note = await openConsentNote(tools.keys, portalId, row);
  return { state: row.state, source: row.source, recordedAt: row.recorded_at, note };
}

export async function openConsentNote(
  keys: PortalKeys,
  portalId: PortalId,
  row: { identity_hash: Buffer; note_sealed: Buffer | null },
): Promise<string | null> {
  if (!row.note_sealed) return null;
  return (await keys.open(portalId, consentNotePurpose(row.identity_hash), row.note_sealed)).toString('utf8');
}

/** An opt-out follows a person to a new number or id (whatsapp-users.md section 8, rule 9). */
export async function carryConsent(
  tx: PortalTx,
  tools: { keys: PortalKeys },
  portalId: PortalId,
  o: { from: Addresses; to: Addresses },
): Promise<void> {
  const consent = await readConsent(tx, tools, portalId, o.from);
  if (consent.state !== 'opted_out' || !consent.recordedAt) return;
  await recordConsent(tx, tools, portalId, {
    who: o.to,
    state: 'opted_out',
    source: 'identity-change',
    at: consent.recordedAt,
  });
}
