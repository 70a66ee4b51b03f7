import type { FlowDetail } from '@flowella/shared/contract/api.ts';
import type { SourceKind } from '@flowella/shared/form/form.ts';
import { AppError } from '../app-error.ts';
import { withPortal, type PortalId, type PortalTx } from '../db/db.ts';
import type { Language } from '../hubspot/language.ts';
import { listProperties } from '../hubspot/properties.ts';
import { suggestProperties } from '../hubspot/suggest-properties.ts';
import { newId } from '../ids.ts';
import { compileVersion } from './compile-version.ts';
import { defaultMessage } from './default-message.ts';
import { readForm } from './read-form.ts';
import type { FlowServices } from './services.ts';
import { redrawDrafts } from './redraw-drafts.ts';
import { storeForm } from './stored-forms.ts';
import { suggestMapping } from './suggest-mapping.ts';
import { viewFlow } from './view-flow.ts';

/**
 * Makes a draft flow from a form: the form is read and kept at its revision, compiled, and everything that has a sensible
 * suggestion gets one (product.md, *The admin*). Throws `form_not_found`, `whatsapp_account_not_found`, and what the source throws.
 */
export async function createFlow(
  services: FlowServices,
  portalId: PortalId,
  input: { source: SourceKind; sourceFormId: string; accountId: string; name?: string; createdBy: number | null },
  language: Language,
): Promise<FlowDetail> {
  const reading = await readForm(services, portalId, input);
  const { form, writeBack } = reading;
  const properties = await listProperties(services.hubspot, portalId, 'contacts', 'card');
  const mapping = suggestMapping(form, writeBack, suggestProperties(form, properties));
  const flowId = newId('flow');
  const versionId = newId('version');
  const compiled = compileVersion(reading, {}, versionId, language);
  const now = services.clock.now();
  await withPortal(services.db, portalId, async (tx) => {
    await requireAccount(tx, portalId, input.accountId, language);
    const formId = await storeForm(tx, portalId, { ...reading, now });
    const message = JSON.stringify(defaultMessage(form));
    const json = { mapping: JSON.stringify(mapping), message };
    await tx
      .insertInto('flows')
      .values({
        portal_id: portalId,
        flow_id: flowId,
        form_id: formId,
        source: input.source,
        source_form_id: input.sourceFormId,
        account_id: input.accountId,
        name: (input.name ?? form.name).slice(0, 120),
        state: 'draft',
        design: '{}',
        ...json,
        created_by: input.createdBy?.toString() ?? null,
        created_at: now,
        updated_at: now,
      })
      .execute();
    await tx
      .insertInto('flow_versions')
      .values({
        portal_id: portalId,
        version_id: versionId,
        flow_id: flowId,
        number: 1,
        form_id: formId,
        form_revision: form.revision,
        design: '{}',
        flow_json: compiled.flowJson,
        program: JSON.stringify(compiled.program),
        report: JSON.stringify(compiled.report),
        ...json,
        state: 'draft',
        created_at: now,
      })
      .execute();
    // A picture that came with this reading is news for the drafts of the form's other flows.
    if (reading.hasNewPictures) await redrawDrafts(tx, portalId, { ...reading, formId, language, now });
  });
  return viewFlow(services, portalId, flowId, language);
}

async function requireAccount(tx: PortalTx, portalId: PortalId, accountId: string, language: Language): Promise<void> {
  const row = await tx
    .selectFrom('wa_accounts')
    .select('account_id')
    .where('portal_id', '=', String(portalId))
    .where('account_id', '=', accountId)
    .where('state', '<>', 'disconnected')
    .executeTakeFirst();
  if (row) return;
  const texts = {
    en: 'This WhatsApp account is not connected. Connect it in the settings of Flowella first.',
    de: 'Dieses WhatsApp-Konto ist nicht verbunden. Verbinden Sie es zuerst in den Einstellungen von Flowella.',
  };
  throw new AppError('whatsapp_account_not_found', { status: 404, userMessage: texts[language] });
}
