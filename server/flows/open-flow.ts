import type { FlowDetail } from '@flowella/shared/contract/api.ts';
import { withPortal, type PortalId } from '../db/db.ts';
import type { Language } from '../hubspot/language.ts';
import { readFlow } from './flow-rows.ts';
import { refreshForm } from './form-checks.ts';
import type { FlowServices } from './services.ts';
import { viewFlow } from './view-flow.ts';

/** One flow for somebody who opens it: its source form is read again first. Throws `flow_not_found`. */
export async function openFlow(
  services: FlowServices,
  portalId: PortalId,
  flowId: string,
  language: Language,
): Promise<FlowDetail> {
  const flow = await withPortal(services.db, portalId, (tx) => readFlow(tx, portalId, flowId, { language }));
  await refreshForm(services, portalId, flow);
  return viewFlow(services, portalId, flowId, language);
}
