import { sql } from 'kysely';
import { withPortal, type PortalId } from '../db/db.ts';
import { listTemplates, refreshTemplate } from '../whatsapp/templates.ts';
import { goLiveAfterApproval } from './go-live.ts';
import type { FlowServices } from './services.ts';

/** A new template is approved within seconds or minutes; one that waits for hours is looked at every ten minutes. */
const FIRST_WAIT = sql<string>`interval '5 seconds'`;
const LONGEST_WAIT = sql<string>`interval '10 minutes'`;

/**
 * Asks Meta about templates that wait for approval, for those whose webhook never came; may be called every few seconds: each
 * is asked about after a quarter of its age, between five seconds and ten minutes. Answers how many changed.
 */
export async function refreshTemplates(
  services: Pick<FlowServices, 'db' | 'keys' | 'keyring' | 'clock' | 'log' | 'config' | 'graph'>,
  portalId: PortalId,
): Promise<number> {
  const now = services.clock.now();
  const rows = await withPortal(services.db, portalId, (tx) =>
    tx
      .selectFrom('templates')
      .select('flow_id')
      .distinct()
      .where('portal_id', '=', String(portalId))
      .where('state', 'in', ['CREATING', 'PENDING', 'IN_APPEAL'])
      .where('meta_template_id', 'is not', null)
      .where(
        sql<boolean>`updated_at <= ${now}::timestamptz - least(greatest((${now}::timestamptz - created_at) / 4, ${FIRST_WAIT}), ${LONGEST_WAIT})`,
      )
      .limit(100)
      .execute(),
  );
  let changed = 0;
  for (const { flow_id } of rows) {
    for (const template of await listTemplates(services, portalId, flow_id)) {
      if (template.state !== 'PENDING' && template.state !== 'IN_APPEAL') continue;
      const state = await refreshTemplate(services, portalId, template);
      if (state === template.state) continue;
      changed += 1;
      if (state !== 'APPROVED') continue;
      const { flowId, metaFlowId } = template;
      await withPortal(services.db, portalId, (tx) =>
        goLiveAfterApproval(tx, portalId, { flowId, metaFlowId, now: services.clock.now() }),
      );
    }
  }
  return changed;
}
