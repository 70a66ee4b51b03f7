import type { FileAnswer } from '@flowella/shared/form/answers.ts';
import { AppError, toAppError } from '../../app-error.ts';
import { withPortal } from '../../db/db.ts';
import { eraseFile, uploadFile } from '../../hubspot/files.ts';
import { portalLanguage, type Language } from '../../hubspot/language.ts';
import type { DeliveryItem, DeliveryOutcome, Destination, DestinationContext } from '../destination.ts';
import { dead, held, outcomeOf, retry } from '../outcomes.ts';
import { textOf } from '../texts.ts';
import type { FetchFile } from './fetch-file.ts';
import { fileKindOf, FOLDER, storedName } from './file-name.ts';
import { noteFiles, noteLeftFiles } from './note-files.ts';
import { filesDetailOf, type FilesDetail, type StoredFile } from './stored-files.ts';

/** Files are big: few at once, so that a batch ends within the worker's deadline and its memory stays small. */
const BATCH = 4;

type Wanted = { question: string; index: number; file: FileAnswer };
/** Files that are lost for good do not keep the others back; anything else stops this attempt. */
type Step =
  | { kind: 'stored'; detail: FilesDetail }
  | { kind: 'lost' }
  | { kind: 'stop'; outcome: DeliveryOutcome; detail: FilesDetail };

const NOTHING: FilesDetail = { files: [], underWay: [] };

/**
 * Puts the files a person sent into the customer's HubSpot files, private, before the form submission that names their
 * addresses: WhatsApp keeps them for twenty days only (whatsapp-flows.md section 6.10). Each file is fetched, checked and
 * handed on; nothing of it stays here. Idempotent: a file has the same name at every repeat and replaces itself.
 */
export function createFilesDestination(fetchFile: FetchFile): Destination {
  return {
    kind: 'files',
    dependsOn: null,
    batchSize: BATCH,
    wanted: (_mapping, { files }) => files,

    async check(context) {
      if (await hasScope(context)) return [];
      const language = await portalLanguage(context.db, context.portalId);
      return [{ code: 'files_not_permitted', message: textOf('files_not_permitted', language) }];
    },

    async deliver(context, items) {
      const language = await portalLanguage(context.db, context.portalId);
      const outcomes: DeliveryOutcome[] = [];
      for (const item of items) outcomes.push(await deliverOne(context, item, { fetchFile, language }));
      return outcomes;
    },
  };
}

/** Optional, so that accounts whose forms ask for no files need not grant it. */
async function hasScope({ db, portalId }: DestinationContext): Promise<boolean> {
  const row = await withPortal(db, portalId, (tx) =>
    tx.selectFrom('hubspot_tokens').select('scopes').where('portal_id', '=', String(portalId)).executeTakeFirst(),
  );
  return row?.scopes.includes('files') ?? false;
}

async function deliverOne(
  context: DestinationContext,
  item: DeliveryItem,
  tools: { fetchFile: FetchFile; language: Language },
): Promise<DeliveryOutcome> {
  let detail = filesDetailOf(item.detail);
  const isStored = (one: Wanted): boolean =>
    detail.files.some((file) => file.question === one.question && file.index === one.index);
  let lost = 0;
  for (const wanted of filesOf(item).filter((one) => !isStored(one))) {
    const step = await storeOne(context, item, wanted, { ...tools, before: detail });
    // What is already there need not be fetched again, and what may be there is deleted with the person.
    if (step.kind === 'stop') return { ...step.outcome, detail: step.detail };
    if (step.kind === 'lost') lost += 1;
    else ({ detail } = step);
  }
  if (lost > 0) return { ...dead('files_lost', tools.language, { count: lost }), detail };
  return { kind: 'delivered', remoteId: detail.files[0]?.fileId ?? null, detail };
}

function filesOf(item: DeliveryItem): Wanted[] {
  return Object.entries(item.answers).flatMap(([question, answer]) =>
    answer.kind === 'files' ? answer.files.map((file, index) => ({ question, index, file })) : [],
  );
}

/** `before`: what lies there, or may; a file's name is added before it is put away. */
async function storeOne(
  context: DestinationContext,
  item: DeliveryItem,
  wanted: Wanted,
  { before, fetchFile, language }: { fetchFile: FetchFile; language: Language; before: FilesDetail },
): Promise<Step> {
  if (context.signal.aborted) return { kind: 'stop', outcome: retry('no_time_left', language), detail: before };
  const { portalId, signal } = context;
  const { submissionId } = item;
  const fetched = await fetchOne(() => fetchFile({ portalId, submissionId, file: wanted.file, signal }), language);
  if (fetched.kind === 'stop') return { ...fetched, detail: before };
  if (fetched.kind === 'lost') return fetched;
  const { bytes } = fetched;
  const { extension, mimeType } = await fileKindOf(bytes, wanted.file.fileName);
  const { question, index } = wanted;
  const name = storedName({ submissionId, question, index, extension });
  const others = before.underWay.filter((one) => one !== name);
  const during = { files: before.files, underWay: [...others, name] };
  if (!(await noteFiles(context, item, during))) return erased(language);
  try {
    const file = await uploadFile(whereOf(context), { name, folderPath: FOLDER, bytes, mimeType });
    const stored = { question, index, fileId: file.id, url: file.url };
    const detail = { files: [...before.files, stored], underWay: others };
    if (await noteFiles(context, item, detail)) return { kind: 'stored', detail };
    await eraseLate(context, item, stored);
    return erased(language);
  } catch (err) {
    return { kind: 'stop', outcome: refusal(err, language), detail: during };
  }
}

/** The erasure looked before the file was there. */
async function eraseLate(context: DestinationContext, item: DeliveryItem, file: StoredFile): Promise<void> {
  try {
    await eraseFile(whereOf(context), file.fileId);
  } catch (err) {
    await noteLeftFiles(context, item, [file]);
    throw err;
  }
}

/** Cancelled by then: whatever is answered is written nowhere. */
function erased(language: Language): Step {
  return { kind: 'stop', outcome: dead('contact_gone', language), detail: NOTHING };
}

function whereOf({ hubspot, portalId }: DestinationContext) {
  return { hubspot, portalId, priority: 'delivery' as const };
}

type Fetched = { kind: 'bytes'; bytes: Buffer } | { kind: 'lost' } | { kind: 'stop'; outcome: DeliveryOutcome };

async function fetchOne(fetchBytes: () => Promise<Buffer>, language: Language): Promise<Fetched> {
  try {
    return { kind: 'bytes', bytes: await fetchBytes() };
  } catch (err) {
    const error = toAppError(err);
    if (LOST_FOR_GOOD.has(error.code)) return { kind: 'lost' };
    if (error.retryable || error.code === 'fetch_lost')
      return { kind: 'stop', outcome: retry('file_not_fetched', language) };
    if (error.code === 'internal') throw err;
    // The account's token or permission: an admin mends it, and the files wait at WhatsApp meanwhile.
    return { kind: 'stop', outcome: held('files_account', language) };
  }
}

const LOST_FOR_GOOD = new Set(['file_gone', 'file_broken', 'fetch_too_large', 'address_refused']);

/** Without the permission the files wait: a form submission without them could not be mended afterwards. */
function refusal(err: unknown, language: Language): DeliveryOutcome {
  if (err instanceof AppError && err.code === 'hubspot_missing_scope') return held('files_permission', language);
  const outcome = outcomeOf(err, language);
  // An upload replaces itself: to repeat one whose answer was lost does no harm.
  return outcome.kind === 'unknown' ? { ...outcome, kind: 'retry' } : outcome;
}
