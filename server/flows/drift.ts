import type { FlowDetail } from '@flowella/shared/contract/api.ts';
import { compareForms, isSameForm, type FormDifference } from '@flowella/shared/form/compare-forms.ts';
import { reconcileDesign } from '@flowella/shared/form/reconcile-design.ts';
import type { PortalId, PortalTx } from '../db/db.ts';
import { countHeldForForm } from '../destinations/form-submission/count-held-for-form.ts';
import type { Language, Texts } from '../hubspot/language.ts';
import {
  describeDesignLine,
  describeFormChange,
  describeMappingLine,
  describeQuestionChange,
  FORM_STATE_TEXTS,
} from './drift-texts.ts';
import { readStoredForm, type FlowRow, type StoredForm, type VersionRow } from './flow-rows.ts';
import { reconcileMapping } from './reconcile-mapping.ts';
import { readFormCheck, type FormCheck } from './stored-forms.ts';

type Drift = FlowDetail['drift'];

/**
 * Where the source form stands beside the working copy of a flow. `newest` is null while nothing that anybody would notice is
 * different, whatever its revision.
 */
type Standing = {
  check: FormCheck | null;
  newest: { stored: StoredForm; difference: FormDifference } | null;
  state: Drift['state'];
};

/** Compares the working copy's reading of the form with the newest one. */
export async function standingOf(
  tx: PortalTx,
  portalId: PortalId,
  version: Pick<VersionRow, 'formId' | 'formRevision'>,
): Promise<Standing> {
  const check = await readFormCheck(tx, portalId, version.formId);
  const newest = await newestOf(tx, portalId, version, check);
  if (check && check.state !== 'present') return { check, newest, state: check.state };
  return { check, newest, state: newest ? 'changed' : 'current' };
}

async function newestOf(
  tx: PortalTx,
  portalId: PortalId,
  version: Pick<VersionRow, 'formId' | 'formRevision'>,
  check: FormCheck | null,
): Promise<Standing['newest']> {
  if (!check?.revision || check.revision === version.formRevision) return null;
  const before = await readStoredForm(tx, portalId, version.formId, version.formRevision);
  const stored = await readStoredForm(tx, portalId, version.formId, check.revision);
  const difference = compareForms(before.form, stored.form);
  // What can be written back is read from parts of the definition that nobody is asked.
  const isSame = isSameForm(difference) && newReasons(before, stored).length === 0;
  return isSame ? null : { stored, difference };
}

function newReasons(before: StoredForm, after: StoredForm): Texts[] {
  const known = new Set(before.writeBack.reasons.map(({ en }) => en));
  return after.writeBack.reasons.filter(({ en }) => !known.has(en));
}

/** The difference question by question, and what a take-over would make of the customer's edits, in the reader's language. */
export async function viewDrift(
  tx: PortalTx,
  portalId: PortalId,
  o: { flow: FlowRow; version: VersionRow; stored: StoredForm; language: Language },
): Promise<Drift> {
  const { flow, stored, language } = o;
  const { check, newest, state } = await standingOf(tx, portalId, o.version);
  const [held] = await countHeldForForm(tx, portalId, { flowId: flow.flowId });
  const base = {
    state,
    message: messageOf(state, held?.count ?? 0, language),
    checkedAt: check?.checkedAt?.toISOString() ?? null,
    openSends: await countOpenSends(tx, portalId, flow.flowId),
    heldSubmissions: held?.count ?? 0,
    heldNowhereElse: held?.nowhereElse ?? 0,
  };
  if (!newest) return { ...base, revision: null, questions: [], form: [], edits: [], writeBack: [] };
  const { form } = newest.stored;
  const design = reconcileDesign(flow.design, stored.form, form);
  const mapping = reconcileMapping(flow.mapping, stored.form, form, language);
  return {
    ...base,
    revision: form.revision,
    questions: newest.difference.questions.map(({ question, label, changes }) => ({
      question,
      label,
      changes: changes.map((change) => ({ code: change.code, message: describeQuestionChange(change, language) })),
    })),
    form: newest.difference.form.map((change) => ({
      code: change.code,
      message: describeFormChange(change, language),
    })),
    edits: [
      ...mapping.lines.map((line) => ({ code: line.code, message: describeMappingLine(line, language) })),
      ...design.lines.map((line) => ({ code: line.code, message: describeDesignLine(line, language) })),
    ],
    writeBack: newReasons(stored, newest.stored).map((reason) => reason[language]),
  };
}

/** People who were sent a version before the change; they end on their own. */
async function countOpenSends(tx: PortalTx, portalId: PortalId, flowId: string): Promise<number> {
  const row = await tx
    .selectFrom('sends')
    .select((select) => select.fn.countAll<string>().as('count'))
    .where('portal_id', '=', String(portalId))
    .where('flow_id', '=', flowId)
    .where('open', '=', true)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** There is something to decide below only while something is held. */
function messageOf(state: string, held: number, language: Language): string | null {
  if (state === 'gone') return FORM_STATE_TEXTS[held > 0 ? 'gone' : 'goneWithNoneHeld'][language];
  return state === 'archived' ? FORM_STATE_TEXTS.archived[language] : null;
}
