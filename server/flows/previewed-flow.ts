import type { Program } from '@flowella/shared/compile/program.ts';
import type { FlowMessage } from '@flowella/shared/contract/api.ts';
import type { FlowJson } from '@flowella/shared/flow-json/flow-json.ts';
import { withPortal, type Db, type PortalId } from '../db/db.ts';
import { readFlow, readLatestVersion } from './flow-rows.ts';

/** The newest version of a flow, published or not, with what the chat around it shows. */
export type PreviewedFlow = {
  name: string;
  businessName: string;
  flowJson: FlowJson;
  program: Program;
  message: FlowMessage;
};

/** The newest version of a flow as the preview shows it, published or not; null when the flow is gone. */
export async function previewedFlow(
  services: { db: Db },
  portalId: PortalId,
  flowId: string,
): Promise<PreviewedFlow | null> {
  return withPortal(services.db, portalId, async (tx) => {
    const known = await tx
      .selectFrom('flows')
      .innerJoin('wa_accounts', (join) =>
        join
          .onRef('wa_accounts.portal_id', '=', 'flows.portal_id')
          .onRef('wa_accounts.account_id', '=', 'flows.account_id'),
      )
      .select('wa_accounts.name')
      .where('flows.portal_id', '=', String(portalId))
      .where('flows.flow_id', '=', flowId)
      .executeTakeFirst();
    if (!known) return null;
    const flow = await readFlow(tx, portalId, flowId);
    const version = await readLatestVersion(tx, portalId, flowId);
    return {
      name: flow.name,
      businessName: known.name,
      flowJson: JSON.parse(version.flowJson) as FlowJson, // compiled and validated by us
      program: version.program,
      message: flow.message,
    };
  });
}
