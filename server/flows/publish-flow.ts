import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import type { Publication } from '@flowella/shared/contract/api.ts';
import { AppError } from '../app-error.ts';
import { withPortal, type PortalId } from '../db/db.ts';
import { prepareContactProperties } from '../destinations/contact/prepare-contact-properties.ts';
import { withAppointment } from '@flowella/shared/form/appointment.ts';
import type { Language, Texts } from '../hubspot/language.ts';
import { portalLanguage } from '../hubspot/language.ts';
import { problemText } from '../hubspot/problem-text.ts';
import { MetaError } from '../whatsapp/meta-errors.ts';
import { templateLanguage } from '../whatsapp/template-language.ts';
import { ensureTemplate, slugOf, type TemplateContent } from '../whatsapp/templates.ts';
import { checkConfirmation } from './check-confirmation.ts';
import { checkMapping } from './check-mapping.ts';
import { explainValidationErrors } from './explain-validation-errors.ts';
import {
  readFlow,
  readLatestVersion,
  readStoredForm,
  readVersion,
  type FlowRow,
  type Progress,
  type PublicationProblem,
  type StepCode,
  type StoredForm,
  type VersionRow,
} from './flow-rows.ts';
import { closeOldVersions, goLiveAfterApproval, makeLive } from './go-live.ts';
import { MetaFlows } from './meta-flow.ts';
import { sameEntry } from './same-entry.ts';
import type { FlowServices } from './services.ts';
import { viewPublication } from './view-flow.ts';

/** Longer than one step takes; another process takes over when the one that held it died. */
const LEASE_MS = 90_000;
/** Waits after Meta was out of reach; then the admin is told. */
const RETRY_WAITS_MS = [5_000, 20_000, 60_000, 180_000];

type Job = {
  portalId: PortalId;
  flow: FlowRow;
  version: VersionRow;
  stored: StoredForm;
  live: VersionRow | null;
  language: Language;
};

/** A step could not be done and trying again will not help: the admin reads why. */
class StepFailure extends Error {
  readonly code: string;
  readonly details: string | null;
  readonly problems: PublicationProblem[];

  constructor(code: string, o: { details?: string | null; problems?: PublicationProblem[] } = {}) {
    super(code);
    this.code = code;
    this.details = o.details ?? null;
    this.problems = o.problems ?? [];
  }
}

/**
 * Publishes the newest version of a flow in the background: answers at once with what will happen, and `finished` for whoever
 * wants to wait. A flow that is being published is not started twice. Throws `flow_not_found`, `nothing_to_publish` (409).
 */
export async function startPublication(
  services: FlowServices,
  portalId: PortalId,
  flowId: string,
  language: Language,
): Promise<{ publication: Publication; finished: Promise<void> }> {
  await withPortal(services.db, portalId, async (tx) => {
    const flow = await readFlow(tx, portalId, flowId, { language, lock: true });
    const version = await readLatestVersion(tx, portalId, flowId);
    if (version.state === 'uploading') return;
    const isRetryOfTemplate = version.state === 'published' && version.progress.failure?.step === 'template';
    if (version.state !== 'draft' && version.state !== 'failed' && !isRetryOfTemplate) throw nothingToPublish(language);
    const progress: Progress = isRetryOfTemplate
      ? { ...version.progress, failure: undefined, attempts: 0 }
      : { done: [], attempts: 0, cloneOf: version.progress.cloneOf, uploadedHash: version.progress.uploadedHash };
    await tx
      .updateTable('flow_versions')
      .set({ state: 'uploading', problems: '[]', progress: JSON.stringify(progress) })
      .where('portal_id', '=', String(portalId))
      .where('version_id', '=', version.versionId)
      .execute();
    await tx
      .updateTable('flows')
      // Sends are held while the flow at Meta may be in between two versions.
      .set({
        state: isRetryOfTemplate ? flow.state : 'publishing',
        state_reason: null,
        updated_at: services.clock.now(),
      })
      .where('portal_id', '=', String(portalId))
      .where('flow_id', '=', flowId)
      .execute();
  });
  const publication = await viewPublication(services, portalId, flowId, language);
  const finished = runPublication(services, portalId, flowId).catch((err: unknown) => {
    services.log.error({ err, portalId, flowId }, 'a publication stopped; it is taken up again');
  });
  return { publication, finished };
}

function nothingToPublish(language: Language): AppError {
  const texts: Texts = {
    en: 'This flow is published, and nothing has changed since.',
    de: 'Dieser Flow ist veröffentlicht, und seither hat sich nichts geändert.',
  };
  return new AppError('nothing_to_publish', { status: 409, userMessage: texts[language] });
}

/**
 * Goes on with every publication that nobody works on: after a crash, and when a wait for Meta is over. To be called at start
 * and every few seconds. Answers how many were taken up.
 */
export async function resumePublications(services: FlowServices, portalIds: readonly PortalId[]): Promise<number> {
  let taken = 0;
  for (const portalId of portalIds) {
    const rows = await withPortal(services.db, portalId, (tx) =>
      tx
        .selectFrom('flow_versions')
        .select('flow_id')
        .where('portal_id', '=', String(portalId))
        .where('state', '=', 'uploading')
        .where(isUnclaimed(services.clock.now()))
        .execute(),
    );
    for (const { flow_id } of rows) {
      await runPublication(services, portalId, flow_id).catch((err: unknown) => {
        services.log.error({ err, portalId, flowId: flow_id }, 'a publication stopped; it is taken up again');
      });
      taken += 1;
    }
  }
  return taken;
}

function isUnclaimed(now: Date) {
  return sql<boolean>`coalesce((progress ->> 'leaseUntil')::timestamptz <= ${now}, true)`;
}

/** Runs the steps that are left, one after the other, each recorded when it is done. */
async function runPublication(services: FlowServices, portalId: PortalId, flowId: string): Promise<void> {
  const isOurs = await claim(services, portalId, flowId);
  if (!isOurs) return;
  const job = await loadJob(services, portalId, flowId);
  for (const step of ['compile', 'create', 'upload', 'publish', 'template'] as const) {
    if (job.version.progress.done.includes(step)) continue;
    try {
      await RUN[step](services, job);
      await save(services, job, { done: [...job.version.progress.done, step], attempts: 0 });
    } catch (err) {
      await giveUpOrWait(services, job, step, err);
      return;
    }
  }
  await finish(services, job);
}

/** One process at a time: whoever moves the lease works. */
async function claim(services: FlowServices, portalId: PortalId, flowId: string): Promise<boolean> {
  const now = services.clock.now();
  const lease = new Date(now.getTime() + LEASE_MS).toISOString();
  const done = await withPortal(services.db, portalId, (tx) =>
    tx
      .updateTable('flow_versions')
      .set({ progress: sql`progress || jsonb_build_object('leaseUntil', ${lease}::text)` })
      .where('portal_id', '=', String(portalId))
      .where('flow_id', '=', flowId)
      .where('state', '=', 'uploading')
      .where(isUnclaimed(now))
      .executeTakeFirst(),
  );
  return done.numUpdatedRows > 0n;
}

async function loadJob(services: FlowServices, portalId: PortalId, flowId: string): Promise<Job> {
  const language = await portalLanguage(services.db, portalId);
  return withPortal(services.db, portalId, async (tx) => {
    const flow = await readFlow(tx, portalId, flowId);
    const version = await readLatestVersion(tx, portalId, flowId);
    const stored = await readStoredForm(tx, portalId, version.formId, version.formRevision);
    const live = flow.liveVersionId ? await readVersion(tx, portalId, flow.liveVersionId) : null;
    return { portalId, flow, version, stored, live, language };
  });
}

/** Writes progress and a fresh lease, with whatever else the step learnt. */
async function save(
  services: FlowServices,
  job: Job,
  change: Partial<Progress>,
  columns: { meta_flow_id?: string; problems?: string } = {},
): Promise<void> {
  const leaseUntil = new Date(services.clock.now().getTime() + LEASE_MS).toISOString();
  const progress: Progress = { ...job.version.progress, leaseUntil, ...change };
  await withPortal(services.db, job.portalId, (tx) =>
    tx
      .updateTable('flow_versions')
      .set({ progress: JSON.stringify(progress), ...columns })
      .where('portal_id', '=', String(job.portalId))
      .where('version_id', '=', job.version.versionId)
      .execute(),
  );
  job.version = { ...job.version, progress, metaFlowId: columns.meta_flow_id ?? job.version.metaFlowId };
}

const RUN: Record<StepCode, (services: FlowServices, job: Job) => Promise<void>> = {
  compile: checkVersion,
  create: createAtMeta,
  upload: uploadVersion,
  publish: publishVersion,
  template: makeTemplate,
};

/** Everything that can be known to fail is found before Meta or HubSpot is changed. */
async function checkVersion(services: FlowServices, job: Job): Promise<void> {
  const { version, stored } = job;
  if (version.program.fields.length === 0) throw new StepFailure('nothing_to_ask');
  const { validationErrors } = validateFlowJson(version.flowJson);
  if (validationErrors.length > 0) {
    const problems = explainValidationErrors(validationErrors, version.flowJson, version.program, job.language);
    throw new StepFailure('invalid_flow', { problems });
  }
  // Nobody may be sent without a question what the customer wanted to be confirmed first.
  if (job.flow.design.confirmIdentity && !version.program.confirmation)
    throw new StepFailure('confirmation_not_possible');
  const found = [
    ...(await checkConfirmation(services, job.portalId, version.program)),
    ...(await checkMapping(services, job.portalId, stored.form, version.mapping, job.flow.design)),
  ];
  if (found.length > 0) {
    const problems = found.map(({ question, code, message }) => ({ question, screen: null, code, message }));
    throw new StepFailure('mapping_problems', { problems });
  }
  const form = withAppointment(stored.form, job.flow.design);
  const context = { portalId: job.portalId, db: services.db, hubspot: services.hubspot };
  await prepareContactProperties(context, form, version.mapping);
}

/** Into the flow that is live when the change allows it, else into one of its own (flow-rules.md section 5). */
async function createAtMeta(services: FlowServices, job: Job): Promise<void> {
  const { version, live } = job;
  const isCompatible = live !== null && !version.progress.cloneOf && sameEntry(live, version);
  // A failed try may have chosen the live flow for screens that were changed since.
  const isMisplaced = !isCompatible && version.metaFlowId === live?.metaFlowId;
  if (version.metaFlowId && !isMisplaced) return;
  if (isCompatible && live?.metaFlowId) {
    await save(services, job, {}, { meta_flow_id: live.metaFlowId });
    return;
  }
  const meta = await MetaFlows.open(services, job.portalId, job.flow.accountId);
  const id = await meta.ensure(metaFlowName(job), {
    isConnected: version.program.mode === 'connected',
    cloneOf: version.progress.cloneOf,
  });
  await save(services, job, { uploadedHash: undefined }, { meta_flow_id: id });
}

/** Unique per account and the same for every try of one version. */
function metaFlowName(job: Job): string {
  const clone = job.version.progress.cloneOf ? '_c' : '';
  return `flowella_${slugOf(job.flow.name)}_${job.version.versionId.slice(-8)}${clone}`;
}

async function uploadVersion(services: FlowServices, job: Job): Promise<void> {
  const { version } = job;
  const id = requireMetaFlow(version);
  const hash = createHash('sha256').update(version.flowJson).digest('hex');
  if (version.progress.uploadedHash === hash) return;
  const meta = await MetaFlows.open(services, job.portalId, job.flow.accountId);
  try {
    const errors = await meta.upload(id, version.flowJson);
    if (errors.length > 0) {
      const problems = explainValidationErrors(errors, version.flowJson, version.program, job.language);
      throw new StepFailure('meta_validation', { problems });
    }
    await save(services, job, { uploadedHash: hash });
  } catch (err) {
    const mustClone = err instanceof MetaError && err.metaCode === 139001 && isLiveFlow(job, id);
    if (!mustClone) throw err;
    await cloneLive(services, job, id);
    await uploadVersion(services, job);
  }
}

function requireMetaFlow(version: VersionRow): string {
  if (version.metaFlowId) return version.metaFlowId;
  throw new AppError('publication_out_of_order', { status: 500, message: 'The flow was not created at Meta yet' });
}

function isLiveFlow(job: Job, metaFlowId: string): boolean {
  return job.live?.metaFlowId === metaFlowId;
}

/** Meta does not let the published flow be changed: this version becomes a clone, with a template of its own. */
async function cloneLive(services: FlowServices, job: Job, liveMetaFlowId: string): Promise<void> {
  await save(services, job, { cloneOf: liveMetaFlowId });
  job.version = { ...job.version, metaFlowId: null };
  await createAtMeta(services, job);
}

async function publishVersion(services: FlowServices, job: Job): Promise<void> {
  const id = requireMetaFlow(job.version);
  const meta = await MetaFlows.open(services, job.portalId, job.flow.accountId);
  await withPortal(services.db, job.portalId, (tx) =>
    closeOldVersions(tx, job.portalId, { flowId: job.flow.flowId, metaFlowId: id }),
  );
  await meta.publish(id);
  const now = services.clock.now();
  await withPortal(services.db, job.portalId, async (tx) => {
    await tx
      .updateTable('flow_versions')
      .set({ published_at: now })
      .where('portal_id', '=', String(job.portalId))
      .where('version_id', '=', job.version.versionId)
      .execute();
    // Another flow at Meta waits for its template; until then the pair before it goes on.
    const isAtOnce = job.live === null || job.live.metaFlowId === id;
    if (isAtOnce) {
      const { flowId } = job.flow;
      await makeLive(tx, job.portalId, { flowId, versionId: job.version.versionId, metaFlowId: id, now });
    }
    await tx
      .updateTable('flows')
      .set({ state: 'published', state_reason: null, updated_at: now })
      .where('portal_id', '=', String(job.portalId))
      .where('flow_id', '=', job.flow.flowId)
      .execute();
  });
}

/** Meta takes templates for published flows only, so this comes last; its approval is followed by webhook and by asking. */
async function makeTemplate(services: FlowServices, job: Job): Promise<void> {
  const { version, flow } = job;
  const message = version.message ?? flow.message;
  const content: TemplateContent = {
    category: message.category ?? 'UTILITY',
    body: message.body,
    header: message.header ?? null,
    footer: message.footer ?? null,
    button: message.button,
    opening:
      version.program.mode === 'connected'
        ? { kind: 'data_exchange' }
        : { kind: 'navigate', screen: version.program.entry },
  };
  const metaFlowId = requireMetaFlow(version);
  const template = await ensureTemplate(services, job.portalId, {
    flowId: flow.flowId,
    flowName: flow.name,
    accountId: flow.accountId,
    metaFlowId,
    language: templateLanguage(job.stored.form.language),
    content,
  });
  if (template.state !== 'APPROVED') return;
  const now = services.clock.now();
  await withPortal(services.db, job.portalId, (tx) =>
    goLiveAfterApproval(tx, job.portalId, { flowId: flow.flowId, metaFlowId, now }),
  );
}

async function finish(services: FlowServices, job: Job): Promise<void> {
  await withPortal(services.db, job.portalId, (tx) =>
    tx
      .updateTable('flow_versions')
      .set({ state: 'published' })
      .where('portal_id', '=', String(job.portalId))
      .where('version_id', '=', job.version.versionId)
      .execute(),
  );
}

/** Out of reach: wait and try again. Refused: tell the admin, and put the live version back where this one had taken its place. */
async function giveUpOrWait(services: FlowServices, job: Job, step: StepCode, thrown: unknown): Promise<void> {
  const wait = RETRY_WAITS_MS[job.version.progress.attempts];
  const mayPass = thrown instanceof AppError && (thrown.retryable || thrown.code === 'meta_outcome_unknown');
  services.log.warn(
    { err: thrown, portalId: job.portalId, flowId: job.flow.flowId, step },
    'a publication step failed',
  );
  if (mayPass && wait !== undefined) {
    const leaseUntil = new Date(services.clock.now().getTime() + wait).toISOString();
    await save(services, job, { attempts: job.version.progress.attempts + 1, leaseUntil });
    return;
  }
  const failure = toFailure(step, thrown, job.language);
  if (step === 'upload' || step === 'publish') await restoreLive(services, job);
  await recordFailure(services, job, failure, thrown instanceof StepFailure ? thrown.problems : []);
}

/** HubSpot answered, and will take calls again: it is not said to be out of reach. */
const BUSY = ['hubspot_rate_limited', 'hubspot_locked'];

function toFailure(step: StepCode, thrown: unknown, language: Language): NonNullable<Progress['failure']> {
  if (thrown instanceof StepFailure) return { step, code: thrown.code, details: thrown.details };
  if (thrown instanceof MetaError) return { step, code: `meta:${thrown.metaCode}`, details: thrown.details };
  if (thrown instanceof AppError) {
    if (thrown.code.startsWith('meta_')) return { step, code: 'meta_unavailable', details: null };
    if (BUSY.includes(thrown.code)) return { step, code: thrown.code, details: null };
    if (problemText(thrown.code) && (thrown.retryable || thrown.code === 'hubspot_outcome_unknown'))
      return { step, code: 'hubspot_unavailable', details: null };
    if (thrown.code === 'whatsapp_account_not_found') return { step, code: 'account_not_connected', details: null };
    return { step, code: thrown.code, details: thrown.messageIn(language) ?? null };
  }
  return { step, code: 'internal', details: null };
}

/** An edit turned the published flow into a draft at Meta: its old screens are put back and published again. */
async function restoreLive(services: FlowServices, job: Job): Promise<void> {
  const { live } = job;
  if (!live?.metaFlowId || live.metaFlowId !== job.version.metaFlowId) return;
  try {
    const meta = await MetaFlows.open(services, job.portalId, job.flow.accountId);
    if ((await meta.status(live.metaFlowId)) === 'PUBLISHED' && !job.version.progress.uploadedHash) return;
    await meta.upload(live.metaFlowId, live.flowJson);
    await meta.publish(live.metaFlowId);
    await save(services, job, { uploadedHash: undefined });
  } catch (err) {
    services.log.error({ err, portalId: job.portalId, flowId: job.flow.flowId }, 'the live version was not put back');
  }
}

async function recordFailure(
  services: FlowServices,
  job: Job,
  failure: NonNullable<Progress['failure']>,
  problems: PublicationProblem[],
): Promise<void> {
  const now = services.clock.now();
  // Published at Meta, but without a template: the version stands and only the template is tried again.
  const isPublished = failure.step === 'template';
  await save(services, job, { failure, leaseUntil: undefined }, { problems: JSON.stringify(problems) });
  await withPortal(services.db, job.portalId, async (tx) => {
    await tx
      .updateTable('flow_versions')
      .set({ state: isPublished ? 'published' : 'failed' })
      .where('portal_id', '=', String(job.portalId))
      .where('version_id', '=', job.version.versionId)
      .execute();
    if (isPublished) return;
    await tx
      .updateTable('flows')
      .set({ state: job.live ? 'published' : 'failed', updated_at: now })
      .where('portal_id', '=', String(job.portalId))
      .where('flow_id', '=', job.flow.flowId)
      .execute();
  });
}
