import type { FlowDetail } from '@flowella/shared/contract/api.ts';
import { reconcileDesign } from '@flowella/shared/form/reconcile-design.ts';
import { AppError } from '../app-error.ts';
import { withPortal, type PortalId } from '../db/db.ts';
import type { Language, Texts } from '../hubspot/language.ts';
import { standingOf } from './drift.ts';
import { readFlow, readLatestVersion, readStoredForm } from './flow-rows.ts';
import { reconcileMapping } from './reconcile-mapping.ts';
import type { FlowServices } from './services.ts';
import { isPublishing, writeDraft } from './update-flow.ts';
import { viewFlow } from './view-flow.ts';

/**
 * Takes the changed form over: a draft version of its newest reading with the customer's design and mapping carried over. What
 * is published stays as it is until the draft is published, and sessions under way end on their own version (flow-rules.md
 * section 5). `revision` is the reading the customer saw. Throws `flow_not_found`, `flow_is_publishing` (409),
 * `form_changed_again` (409), `form_not_changed` (409).
 */
export async function takeOverForm(
  services: FlowServices,
  portalId: PortalId,
  flowId: string,
  revision: string,
  language: Language,
): Promise<FlowDetail> {
  await withPortal(services.db, portalId, async (tx) => {
    const flow = await readFlow(tx, portalId, flowId, { language, lock: true });
    const latest = await readLatestVersion(tx, portalId, flowId);
    if (latest.state === 'uploading') throw isPublishing(language);
    const { newest } = await standingOf(tx, portalId, latest);
    if (!newest) throw refused('form_not_changed', language);
    const { form } = newest.stored;
    if (form.revision !== revision) throw refused('form_changed_again', language);
    const before = await readStoredForm(tx, portalId, latest.formId, latest.formRevision);
    const { design } = reconcileDesign(flow.design, before.form, form);
    const { mapping } = reconcileMapping(flow.mapping, before.form, form);
    const now = services.clock.now();
    await tx
      .updateTable('flows')
      .set({ design: JSON.stringify(design), mapping: JSON.stringify(mapping), updated_at: now })
      .where('portal_id', '=', String(portalId))
      .where('flow_id', '=', flowId)
      .execute();
    await writeDraft(tx, portalId, {
      flow: { ...flow, design, mapping },
      stored: newest.stored,
      latest,
      language,
      now,
    });
  });
  return viewFlow(services, portalId, flowId, language);
}

const REFUSALS: Record<'form_not_changed' | 'form_changed_again', Texts> = {
  form_not_changed: {
    en: 'This flow already has the newest form. Load the page again.',
    de: 'Dieser Flow hat bereits das neueste Formular. Laden Sie die Seite neu.',
  },
  form_changed_again: {
    en: 'The form was changed once more. Load the page again and look at the difference before you take it over.',
    de: 'Das Formular wurde noch einmal geändert. Laden Sie die Seite neu und sehen Sie sich den Unterschied an, bevor Sie es übernehmen.',
  },
};

function refused(code: keyof typeof REFUSALS, language: Language): AppError {
  return new AppError(code, { status: 409, userMessage: REFUSALS[code][language] });
}
