import type { FlowDetail } from '@flowella/shared/contract/api.ts';
import type { Mapping } from '@flowella/shared/contract/mapping.ts';
import type { Retention } from '@flowella/shared/contract/retention.ts';
import type { Design } from '@flowella/shared/form/design.ts';
import { AppError } from '../app-error.ts';
import { withPortal, type PortalId, type PortalTx } from '../db/db.ts';
import type { Language, Texts } from '../hubspot/language.ts';
import { newId } from '../ids.ts';
import { checkRules } from './check-rules.ts';
import { compileVersion } from './compile-version.ts';
import {
  readFlow,
  readLatestVersion,
  readStoredForm,
  type FlowRow,
  type StoredForm,
  type Message,
  type VersionRow,
} from './flow-rows.ts';
import type { FlowServices } from './services.ts';
import { viewFlow } from './view-flow.ts';

export type FlowChange = {
  name?: string;
  design?: Design;
  mapping?: Mapping;
  message?: Message;
  /** Takes effect at once, also for what was accepted before. */
  retention?: Retention;
};

/**
 * Changes a flow. Drafts live with us: a published version stays as it is, and the change becomes a draft version beside it
 * (flow-rules.md section 5). Throws `flow_not_found`, `flow_is_publishing` (409), `bad_message` and `bad_rule` (422).
 */
export async function updateFlow(
  services: FlowServices,
  portalId: PortalId,
  flowId: string,
  change: FlowChange,
  language: Language,
): Promise<FlowDetail> {
  if (change.message) checkMessage(change.message, language);
  await withPortal(services.db, portalId, async (tx) => {
    const flow = await readFlow(tx, portalId, flowId, { language, lock: true });
    const latest = await readLatestVersion(tx, portalId, flowId);
    if (latest.state === 'uploading') throw isPublishing(language);
    const next = { ...flow, ...definedParts(change) };
    const now = services.clock.now();
    await tx
      .updateTable('flows')
      .set({
        name: next.name,
        design: JSON.stringify(next.design),
        mapping: JSON.stringify(next.mapping),
        message: JSON.stringify(next.message),
        retention: JSON.stringify(next.retention),
        updated_at: now,
      })
      .where('portal_id', '=', String(portalId))
      .where('flow_id', '=', flowId)
      .execute();
    const changesVersion = change.design ?? change.mapping ?? change.message;
    if (!changesVersion) return;
    // The form as this version knows it: a newer reading comes in only when the customer takes it over.
    const stored = await readStoredForm(tx, portalId, latest.formId, latest.formRevision);
    if (change.design) checkRules(change.design, stored.form, language);
    await writeDraft(tx, portalId, { flow: next, stored, latest, language, now });
  });
  return viewFlow(services, portalId, flowId, language);
}

function definedParts(change: FlowChange): FlowChange {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

export function isPublishing(language: Language): AppError {
  const texts: Texts = {
    en: 'This flow is being published. Change it when that is done.',
    de: 'Dieser Flow wird gerade veröffentlicht. Ändern Sie ihn, wenn das abgeschlossen ist.',
  };
  return new AppError('flow_is_publishing', { status: 409, userMessage: texts[language] });
}

/** Braces would be variables in a template; a button with an emoji is refused by Meta (whatsapp-flows.md section 9). */
function checkMessage(message: Message, language: Language): void {
  const refuse = (texts: Texts): never => {
    throw new AppError('bad_message', { status: 422, userMessage: texts[language] });
  };
  if ([message.body, message.header, message.footer].some((text) => text?.includes('{{'))) {
    refuse({
      en: 'The message must not contain "{{": WhatsApp takes it for a variable. Write the text without it.',
      de: 'Die Nachricht darf kein „{{“ enthalten: WhatsApp hält es für eine Variable. Schreiben Sie den Text ohne.',
    });
  }
  if (/\p{Extended_Pictographic}/u.test(message.button)) {
    refuse({
      en: 'The button must not contain an emoji. Use words only.',
      de: 'Der Button darf kein Emoji enthalten. Verwenden Sie nur Wörter.',
    });
  }
}

/** The working copy of a form's reading: the draft in place where there is one, else the next version. */
export async function writeDraft(
  tx: PortalTx,
  portalId: PortalId,
  o: {
    flow: FlowRow;
    stored: Pick<StoredForm, 'form' | 'pictures'>;
    latest: VersionRow;
    language: Language;
    now: Date;
  },
): Promise<void> {
  const { form } = o.stored;
  const isEditable = o.latest.state === 'draft' || o.latest.state === 'failed';
  // A failed version may be known to Meta by its id in the Flow JSON; a new draft of it keeps the id, since nobody was sent it.
  const versionId = isEditable ? o.latest.versionId : newId('version');
  const compiled = compileVersion(o.stored, o.flow.design, versionId, o.language);
  const values = {
    form_id: o.flow.formId,
    form_revision: form.revision,
    design: JSON.stringify(o.flow.design),
    flow_json: compiled.flowJson,
    program: JSON.stringify(compiled.program),
    report: JSON.stringify(compiled.report),
    mapping: JSON.stringify(o.flow.mapping),
    message: JSON.stringify(o.flow.message),
    state: 'draft' as const,
    problems: '[]',
    progress: '{}',
  };
  if (isEditable) {
    await tx
      .updateTable('flow_versions')
      .set(values)
      .where('portal_id', '=', String(portalId))
      .where('version_id', '=', versionId)
      .execute();
    return;
  }
  await tx
    .insertInto('flow_versions')
    .values({
      portal_id: portalId,
      version_id: versionId,
      flow_id: o.flow.flowId,
      number: o.latest.number + 1,
      ...values,
      created_at: o.now,
    })
    .execute();
}
