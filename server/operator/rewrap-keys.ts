import { appendAudit } from '../audit/audit.ts';
import { toAppError } from '../app-error.ts';
import { withPortal, type PortalId } from '../db/db.ts';
import { unwrapDataKey, wrapDataKey, wrappingKeyId } from '../keys/vault.ts';
import { TOKEN_LIFE_MS } from '../whatsapp/send-flow.ts';
import { portalsWithDataKey, type OperatorServices } from './operator-services.ts';

export type Rewrap = {
  activeMasterKey: string;
  rewrapped: number;
  alreadyWrapped: number;
  failed: { portalId: number; message: string }[];
  /** Master keys that no data key needs any more, and when the last message signed with them is over at the latest. */
  removable: { id: string; notBefore: string }[];
};

type RewrapServices = Pick<OperatorServices, 'db' | 'clock' | 'keyring'>;

/**
 * Wraps every portal's data key with the active master key. The data keys stay what they are, so nothing else is encrypted anew
 * and a running server notices nothing. One transaction per portal: may be stopped and repeated at any point.
 */
export async function rewrapKeys(services: RewrapServices): Promise<Rewrap> {
  const result: Rewrap = {
    activeMasterKey: services.keyring[0]?.id ?? '',
    rewrapped: 0,
    alreadyWrapped: 0,
    failed: [],
    removable: [],
  };
  for (const portalId of await portalsWithDataKey(services)) {
    try {
      if (await rewrapPortal(services, portalId)) result.rewrapped += 1;
      else result.alreadyWrapped += 1;
    } catch (err) {
      result.failed.push({ portalId, message: toAppError(err).message });
    }
  }
  if (result.failed.length === 0) {
    const notBefore = new Date(services.clock.now().getTime() + TOKEN_LIFE_MS).toISOString();
    result.removable = services.keyring.slice(1).map(({ id }) => ({ id, notBefore }));
  }
  return result;
}

/** False when the active master key wraps it already, or the portal was erased meanwhile. */
async function rewrapPortal(services: RewrapServices, portalId: PortalId): Promise<boolean> {
  const { keyring, clock } = services;
  return withPortal(services.db, portalId, async (tx) => {
    const row = await tx.selectFrom('portals').select('data_key_wrapped').forUpdate().executeTakeFirst();
    const wrapped = row?.data_key_wrapped;
    if (!wrapped) return false;
    const from = wrappingKeyId(wrapped);
    const to = keyring[0]?.id ?? '';
    if (from === to) return false;
    const dataKey = unwrapDataKey(keyring, portalId, wrapped);
    const now = clock.now();
    await tx
      .updateTable('portals')
      .set({ data_key_wrapped: wrapDataKey(keyring, portalId, dataKey), updated_at: now })
      .where('portal_id', '=', String(portalId))
      .execute();
    await appendAudit(tx, portalId, now, {
      actor: 'operator',
      action: 'data-key.rewrapped',
      subject: `portal:${portalId}`,
      detail: { from, to },
    });
    return true;
  });
}
