import { z } from 'zod';
import { programSchema, type Program } from '@flowella/shared/compile/program.ts';
import { designSchema, fitLineSchema, messageSchema, writeBackSchema } from '@flowella/shared/contract/api.ts';
import { mappingSchema, type Mapping } from '@flowella/shared/contract/mapping.ts';
import { retentionSchema, type Retention } from '@flowella/shared/contract/retention.ts';
import { formSchema } from '@flowella/shared/form/form-schema.ts';
import type { Design } from '@flowella/shared/form/design.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import { AppError } from '../app-error.ts';
import type { PortalId, PortalTx } from '../db/db.ts';
import type { Language } from '../hubspot/language.ts';
import { picturesSchema, type Pictures } from '../sources/fetch-pictures.ts';
import type { WriteBack } from '../sources/source.ts';

export type Message = z.infer<typeof messageSchema>;

export const STEPS = ['compile', 'create', 'upload', 'publish', 'template'] as const;
export type StepCode = (typeof STEPS)[number];

/** What a publication has done: enough to go on after a crash at any point. */
export const progressSchema = z.object({
  done: z.array(z.enum(STEPS)).default([]),
  /** Until then one process works on it; after that any may take over. */
  leaseUntil: z.iso.datetime().optional(),
  /** Tries after Meta was out of reach. */
  attempts: z.number().default(0),
  /** SHA-256 of the Flow JSON that Meta holds for the flow. */
  uploadedHash: z.string().optional(),
  /** Set when Meta refused to change the published flow (139001): this version goes into a clone of it. */
  cloneOf: z.string().optional(),
  failure: z
    .object({
      step: z.enum(STEPS),
      code: z.string(),
      /** Meta's own words, for the admin. */
      details: z.string().nullable().default(null),
    })
    .optional(),
});
export type Progress = z.infer<typeof progressSchema>;

export const problemsSchema = z.array(
  z.object({
    question: z.string().nullable(),
    screen: z.string().nullable(),
    code: z.string(),
    message: z.string(),
  }),
);
export type PublicationProblem = z.infer<typeof problemsSchema>[number];

export type FlowRow = {
  flowId: string;
  formId: string;
  source: string;
  sourceFormId: string;
  accountId: string;
  name: string;
  state: 'draft' | 'publishing' | 'published' | 'failed' | 'paused' | 'retired';
  stateReason: string | null;
  design: Design;
  mapping: Mapping;
  message: Message;
  retention: Retention;
  metaFlowId: string | null;
  liveVersionId: string | null;
  updatedAt: Date;
};

export type VersionRow = {
  versionId: string;
  flowId: string;
  number: number;
  formId: string;
  formRevision: string;
  flowJson: string;
  program: Program;
  report: z.infer<typeof fitLineSchema>[];
  mapping: Mapping;
  message: Message | null;
  metaFlowId: string | null;
  state: 'draft' | 'uploading' | 'published' | 'superseded' | 'closed' | 'failed';
  problems: PublicationProblem[];
  progress: Progress;
  publishedAt: Date | null;
};

export function flowNotFound(language: Language): AppError {
  const texts = { en: 'This flow does not exist (any more).', de: 'Diesen Flow gibt es nicht (mehr).' };
  return new AppError('flow_not_found', { status: 404, userMessage: texts[language] });
}

/** One flow; throws `flow_not_found`. `lock` holds its row for the transaction. */
export async function readFlow(
  tx: PortalTx,
  portalId: PortalId,
  flowId: string,
  o: { language?: Language; lock?: boolean } = {},
): Promise<FlowRow> {
  const query = tx
    .selectFrom('flows')
    .selectAll()
    .where('portal_id', '=', String(portalId))
    .where('flow_id', '=', flowId);
  const row = await (o.lock ? query.forUpdate() : query).executeTakeFirst();
  if (!row) throw flowNotFound(o.language ?? 'en');
  return {
    flowId: row.flow_id,
    formId: row.form_id,
    source: row.source,
    sourceFormId: row.source_form_id,
    accountId: row.account_id,
    name: row.name,
    state: row.state,
    stateReason: row.state_reason,
    design: designSchema.parse(row.design),
    mapping: mappingSchema.parse(row.mapping),
    message: messageSchema.parse(row.message),
    retention: retentionSchema.parse(row.retention),
    metaFlowId: row.meta_flow_id,
    liveVersionId: row.live_version_id,
    updatedAt: row.updated_at,
  };
}

/** The newest version of a flow: the draft where there is one. Every flow has at least one. */
export async function readLatestVersion(tx: PortalTx, portalId: PortalId, flowId: string): Promise<VersionRow> {
  const row = await tx
    .selectFrom('flow_versions')
    .selectAll()
    .where('portal_id', '=', String(portalId))
    .where('flow_id', '=', flowId)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!row) throw flowNotFound('en');
  return toVersion(row);
}

export async function readVersion(tx: PortalTx, portalId: PortalId, versionId: string): Promise<VersionRow | null> {
  const row = await tx
    .selectFrom('flow_versions')
    .selectAll()
    .where('portal_id', '=', String(portalId))
    .where('version_id', '=', versionId)
    .executeTakeFirst();
  return row ? toVersion(row) : null;
}

type RawVersion = {
  version_id: string;
  flow_id: string;
  number: number;
  form_id: string;
  form_revision: string;
  flow_json: string;
  program: unknown;
  report: unknown;
  mapping: unknown;
  message: unknown;
  meta_flow_id: string | null;
  state: VersionRow['state'];
  problems: unknown;
  progress: unknown;
  published_at: Date | null;
};

function toVersion(row: RawVersion): VersionRow {
  return {
    versionId: row.version_id,
    flowId: row.flow_id,
    number: row.number,
    formId: row.form_id,
    formRevision: row.form_revision,
    flowJson: row.flow_json,
    program: programSchema.parse(row.program),
    report: z.array(fitLineSchema).parse(row.report),
    mapping: mappingSchema.parse(row.mapping),
    message: row.message === null ? null : messageSchema.parse(row.message),
    metaFlowId: row.meta_flow_id,
    state: row.state,
    problems: problemsSchema.parse(row.problems),
    progress: progressSchema.parse(row.progress),
    publishedAt: row.published_at,
  };
}

const text = z.object({ en: z.string(), de: z.string() });
/** Read in the language of whoever looks; readings from before there were two have one sentence for both. */
const storedWriteBack = writeBackSchema.extend({
  reasons: z.array(z.union([text, z.string().transform((one) => ({ en: one, de: one }))])),
});

export type StoredForm = { formId: string; form: Form; writeBack: WriteBack; pictures: Pictures };

/** The form as it was read at one revision. */
export async function readStoredForm(
  tx: PortalTx,
  portalId: PortalId,
  formId: string,
  revision: string,
): Promise<StoredForm> {
  const row = await tx
    .selectFrom('forms')
    .select(['form_id', 'model', 'write_back', 'pictures'])
    .where('portal_id', '=', String(portalId))
    .where('form_id', '=', formId)
    .where('revision', '=', revision)
    .executeTakeFirst();
  if (!row) throw new AppError('form_not_found', { status: 404, message: 'The stored form is gone' });
  return {
    formId: row.form_id,
    form: formSchema.parse(row.model),
    writeBack: storedWriteBack.parse(row.write_back),
    pictures: picturesSchema.parse(row.pictures),
  };
}
