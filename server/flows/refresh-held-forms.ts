import { withPortal, type PortalId } from '../db/db.ts';
import { countHeldForForm } from '../destinations/form-submission/count-held-for-form.ts';
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
    const held = (await countHeldForForm(tx, portalId)).filter(({ formState }) => formState !== 'gone');
    const found = [];
    for (const { flowId } of held.slice(0, MAX_FORMS)) found.push(await readFlow(tx, portalId, flowId, { language }));
    return found;
  });
  await Promise.all(flows.map((flow) => refreshForm(services, portalId, flow)));
}
