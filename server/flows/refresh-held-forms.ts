import { sql } from 'kysely';
import { withPortal, type PortalId, type PortalTx } from '../db/db.ts';
import { HELD_FOR_FORM } from '../destinations/form-submission/form-submission-destination.ts';
import type { Language } from '../hubspot/language.ts';
import { readFlow } from './flow-rows.ts';
import { refreshForm } from './form-checks.ts';
import type { FlowServices } from './services.ts';

/** More forms than this are looked at by the schedule: a page must open. */
const MAX_FORMS = 5;

/**
 * Reads the forms again for which submissions wait, for somebody who looks at what waits: whether a form is archived or deleted for good
 * decides what can be done. Those that are known to be gone are looked at again when that is decided. Never throws for the tool.
 */
export async function refreshHeldForms(
  services: Pick<FlowServices, 'db' | 'clock' | 'log' | 'sources' | 'safeFetch'>,
  portalId: PortalId,
  language: Language,
): Promise<void> {
  const flows = await withPortal(services.db, portalId, async (tx) => {
    const found = [];
    for (const flowId of await flowsToLookAt(tx, portalId))
      found.push(await readFlow(tx, portalId, flowId, { language }));
    return found;
  });
  await Promise.all(flows.map((flow) => refreshForm(services, portalId, flow)));
}

/** The flows with something held whose form is not gone: which, and not how much of each, which is counted for those that are gone alone. */
async function flowsToLookAt(tx: PortalTx, portalId: PortalId): Promise<string[]> {
  const { rows } = await sql<{ flow_id: string }>`
    select f.flow_id from flows f left join form_checks c on c.portal_id = f.portal_id and c.form_id = f.form_id
    where f.portal_id = ${portalId} and c.state is distinct from 'gone' and f.flow_id in (
      select s.flow_id from deliveries d join submissions s on s.portal_id = d.portal_id and s.submission_id = d.submission_id
      where d.portal_id = ${portalId} and d.destination = 'form-submission' and d.state = 'held'
        and d.reason_code in (${sql.join(HELD_FOR_FORM)}))
    order by f.flow_id limit ${MAX_FORMS}`.execute(tx);
  return rows.map((row) => row.flow_id);
}
