import type { PortalId, PortalTx } from '../db/db.ts';
import type { Language } from '../hubspot/language.ts';
import { readFlow, readLatestVersion } from './flow-rows.ts';
import type { FormReading } from './read-form.ts';
import { writeDraft } from './update-flow.ts';

/** Compiles the drafts of a reading once more; published versions keep the bytes that Meta has. */
export async function redrawDrafts(
  tx: PortalTx,
  portalId: PortalId,
  o: FormReading & { formId: string; language: Language; now: Date },
): Promise<void> {
  const { formId, language, now } = o;
  const flows = await tx
    .selectFrom('flows')
    .select('flow_id')
    .where('portal_id', '=', String(portalId))
    .where('form_id', '=', formId)
    .where('state', '<>', 'retired')
    .orderBy('flow_id')
    .execute();
  for (const { flow_id: flowId } of flows) {
    const flow = await readFlow(tx, portalId, flowId, { language, lock: true });
    const latest = await readLatestVersion(tx, portalId, flowId);
    if (latest.state !== 'draft' || latest.formRevision !== o.form.revision) continue;
    await writeDraft(tx, portalId, { flow, stored: o, latest, language, now });
  }
}
