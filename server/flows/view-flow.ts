import type { FlowDetail, FlowSummary, Publication } from '@flowella/shared/contract/api.ts';
import type { Program } from '@flowella/shared/compile/program.ts';
import { withAppointment } from '@flowella/shared/form/appointment.ts';
import { computedName, computedQuestions } from '@flowella/shared/form/computed-values.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import { partKindsOf } from '@flowella/shared/form/shown-when.ts';
import { toAppError } from '../app-error.ts';
import { countSubmissions } from './count-submissions.ts';
import { withPortal, type PortalId, type PortalTx } from '../db/db.ts';
import type { Language } from '../hubspot/language.ts';
import { listProperties } from '../hubspot/properties.ts';
import { ownPropertyName, questionsOf, suggestProperties } from '../hubspot/suggest-properties.ts';
import { viewWriteBack } from '../sources/view-write-back.ts';
import { checkConfirmation } from './check-confirmation.ts';
import { checkMapping } from './check-mapping.ts';
import { compileVersion } from './compile-version.ts';
import {
  readFlow,
  readLatestVersion,
  readStoredForm,
  STEPS,
  type FlowRow,
  type StepCode,
  type VersionRow,
} from './flow-rows.ts';
import { standingOf, viewDrift } from './drift.ts';
import { explainReason, stepText } from './publication-texts.ts';
import type { FlowServices } from './services.ts';
import { describeSuggestions } from './suggest-mapping.ts';

type TemplateRow = {
  name: string;
  language: string;
  state: string;
  state_reason: string | null;
  body: string;
  meta_flow_id: string;
};

/** One flow with its report, screens, mapping and publication; throws `flow_not_found`. */
export async function viewFlow(
  services: FlowServices,
  portalId: PortalId,
  flowId: string,
  language: Language,
): Promise<FlowDetail> {
  const read = await withPortal(services.db, portalId, async (tx) => {
    const flow = await readFlow(tx, portalId, flowId, { language });
    const version = await readLatestVersion(tx, portalId, flowId);
    const stored = await readStoredForm(tx, portalId, version.formId, version.formRevision);
    return {
      flow,
      version,
      stored,
      drift: await viewDrift(tx, portalId, { flow, version, stored, language }),
      template: await newestTemplate(tx, portalId, flowId),
      submissions:
        (await countSubmissions(tx, portalId, { flowIds: [flowId], now: services.clock.now() })).get(flowId) ?? 0,
    };
  });
  const { flow, version, stored } = read;
  const { form } = stored;
  const computed = computedQuestions(form, language);
  // Said again in the reader's language: the stored report is in that of whoever made the draft.
  const { report } = compileVersion(stored, flow.design, version.versionId, language);
  const [mappingProblems, suggestions] = await Promise.all([
    problemsOf(services, portalId, { form, flow, program: version.program }, language),
    suggestionsOf(services, portalId, form, language),
  ]);
  return {
    ...summaryOf(flow, report, read.submissions, read.drift.state),
    mode: version.program.mode,
    report,
    labels: Object.fromEntries(
      [...questionsOf(withAppointment(form, flow.design)), ...form.hidden, ...computed].map(({ id, label }) => [
        id,
        label,
      ]),
    ),
    computed: computed.map(({ id, label }) => ({
      question: id,
      label,
      suggestedProperty: ownPropertyName(`${computedName(id)} ${flow.name}`),
    })),
    screens: screensOf(version),
    design: flow.design,
    mapping: flow.mapping,
    mappingProblems,
    suggestions,
    message: flow.message,
    retention: flow.retention,
    publication: toPublication(flow, version, read.template, language),
    writeBack: viewWriteBack(stored.writeBack, language),
    drift: read.drift,
  };
}

/** HubSpot may be out of reach: the flow is shown all the same, and the problem says so. */
async function problemsOf(
  services: FlowServices,
  portalId: PortalId,
  { form, flow, program }: { form: Form; flow: FlowRow; program: Program },
  language: Language,
): Promise<FlowDetail['mappingProblems']> {
  const confirmation = await checkConfirmation(services, portalId, program);
  try {
    return [...confirmation, ...(await checkMapping(services, portalId, form, flow.mapping, flow.design))];
  } catch (err) {
    const texts = {
      en: 'Where answers go could not be checked, because HubSpot did not answer. Open this page again in a minute.',
      de: 'Die Ziele der Antworten konnten nicht geprüft werden, weil HubSpot nicht geantwortet hat. Öffnen Sie die Seite in einer Minute erneut.',
    };
    services.log.warn({ err, portalId }, 'a mapping could not be checked');
    const error = toAppError(err);
    const message = error.messageIn(language) ?? texts[language];
    return [...confirmation, { destination: 'contact', question: null, code: error.code, message }];
  }
}

async function suggestionsOf(
  services: FlowServices,
  portalId: PortalId,
  form: Form,
  language: Language,
): Promise<FlowDetail['suggestions']> {
  try {
    const properties = await listProperties(services.hubspot, portalId, 'contacts', 'card');
    return describeSuggestions(suggestProperties(form, properties), language);
  } catch (err) {
    services.log.warn({ err, portalId }, 'contact properties could not be read');
    return [];
  }
}

function screensOf(version: VersionRow): FlowDetail['screens'] {
  const fields = new Map(version.program.fields.map((field) => [field.question.id, field.question]));
  // Where the boxes of a question go on, on this screen or on more, it is edited at the first of them.
  const listed = new Set<string>();
  return version.program.screens.map((screen) => ({
    id: screen.id,
    title: screen.title,
    questions: screen.questions.flatMap((id) => {
      const question = listed.has(id) ? undefined : fields.get(id);
      listed.add(id);
      return question
        ? [
            {
              question: id,
              label: question.label,
              required: question.required,
              kind: question.kind,
              isConditional: question.visibleWhen !== undefined,
              comparisons: [...partKindsOf(question.kind)],
              choices: 'choices' in question ? question.choices.map(({ id, label }) => ({ id, label })) : [],
            },
          ]
        : [];
    }),
  }));
}

function summaryOf(
  flow: FlowRow,
  report: { outcome: 'kept' | 'changed' | 'refused' }[],
  submissions: number,
  formState: FlowSummary['formState'],
): FlowSummary {
  const count = (outcome: string): number => report.filter((line) => line.outcome === outcome).length;
  return {
    flowId: flow.flowId,
    name: flow.name,
    source: flow.source,
    sourceFormId: flow.sourceFormId,
    accountId: flow.accountId,
    state: flow.state,
    updatedAt: flow.updatedAt.toISOString(),
    kept: count('kept'),
    changed: count('changed'),
    refused: count('refused'),
    submissions,
    formState,
  };
}

/** All flows of the portal, last changed first. */
export async function listFlows(
  services: Pick<FlowServices, 'db' | 'clock'>,
  portalId: PortalId,
): Promise<FlowSummary[]> {
  return withPortal(services.db, portalId, async (tx) => {
    const ids = await tx
      .selectFrom('flows')
      .select('flow_id')
      .where('portal_id', '=', String(portalId))
      .orderBy('updated_at', 'desc')
      .limit(500)
      .execute();
    const flowIds = ids.map((row) => row.flow_id);
    const submissions = await countSubmissions(tx, portalId, { flowIds, now: services.clock.now() });
    const summaries: FlowSummary[] = [];
    for (const { flow_id } of ids) {
      const flow = await readFlow(tx, portalId, flow_id);
      const version = await readLatestVersion(tx, portalId, flow_id);
      const { state } = await standingOf(tx, portalId, version);
      summaries.push(summaryOf(flow, version.report, submissions.get(flow_id) ?? 0, state));
    }
    return summaries;
  });
}

async function newestTemplate(tx: PortalTx, portalId: PortalId, flowId: string): Promise<TemplateRow | null> {
  const row = await tx
    .selectFrom('templates')
    .select(['name', 'language', 'state', 'state_reason', 'body', 'meta_flow_id'])
    .where('portal_id', '=', String(portalId))
    .where('flow_id', '=', flowId)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

/** How far the publication of a flow is; throws `flow_not_found`. */
export async function viewPublication(
  services: Pick<FlowServices, 'db'>,
  portalId: PortalId,
  flowId: string,
  language: Language,
): Promise<Publication> {
  return withPortal(services.db, portalId, async (tx) =>
    toPublication(
      await readFlow(tx, portalId, flowId, { language }),
      await readLatestVersion(tx, portalId, flowId),
      await newestTemplate(tx, portalId, flowId),
      language,
    ),
  );
}

function toPublication(
  flow: FlowRow,
  version: VersionRow,
  template: TemplateRow | null,
  language: Language,
): Publication {
  return {
    state: flow.state,
    reason: reasonOf(flow, version, template, language),
    steps: STEPS.map((code) => stepOf(code, version, template, language)),
    problems: version.problems,
    template: template
      ? {
          name: template.name,
          language: template.language,
          state: template.state,
          reason: template.state_reason,
          body: template.body,
        }
      : null,
    metaFlowId: flow.metaFlowId,
    publishedAt: version.publishedAt?.toISOString() ?? null,
  };
}

function reasonOf(flow: FlowRow, version: VersionRow, template: TemplateRow | null, language: Language): string | null {
  const { failure } = version.progress;
  if (failure) return explainReason(failure.code, failure.details, language);
  if (flow.stateReason) return explainReason(flow.stateReason, null, language);
  if (isRejected(template) && version.progress.done.includes('publish'))
    return explainReason('template_rejected', template?.state_reason ?? null, language);
  if (!flow.liveVersionId) return null;
  if (version.state === 'draft') return explainReason('draft_beside_live', null, language);
  const isWaiting = version.state === 'published' && version.versionId !== flow.liveVersionId;
  return isWaiting ? explainReason('waiting_for_template', null, language) : null;
}

function isRejected(template: TemplateRow | null): boolean {
  return template !== null && ['REJECTED', 'DISABLED', 'PAUSED', 'DELETED'].includes(template.state);
}

function stepOf(
  code: StepCode,
  version: VersionRow,
  template: TemplateRow | null,
  language: Language,
): Publication['steps'][number] {
  const { done, failure } = version.progress;
  if (failure?.step === code)
    return { code, state: 'failed', message: explainReason(failure.code, failure.details, language) };
  if (code === 'template' && done.includes('template')) return templateStep(template, language);
  if (done.includes(code)) return { code, state: 'done', message: stepText(code, 'done', language) };
  const isNext = STEPS.find((step) => !done.includes(step)) === code;
  const isRunning = isNext && !failure && (version.state === 'uploading' || done.length > 0);
  const state = isRunning ? 'running' : 'waiting';
  return { code, state, message: stepText(code, state, language) };
}

/** Handing the template in is our step; its approval is Meta's. */
function templateStep(template: TemplateRow | null, language: Language): Publication['steps'][number] {
  const code = 'template' as const;
  if (template?.state === 'APPROVED') return { code, state: 'done', message: stepText(code, 'done', language) };
  if (isRejected(template))
    return {
      code,
      state: 'failed',
      message: explainReason('template_rejected', template?.state_reason ?? null, language),
    };
  return { code, state: 'running', message: stepText(code, 'running', language) };
}
