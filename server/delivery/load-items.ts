import { programSchema } from '@flowella/shared/compile/program.ts';
import type { Answers } from '@flowella/shared/form/answers.ts';
import { computedAnswers, computedQuestions } from '@flowella/shared/form/computed-values.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import { z } from 'zod';
import { AppError } from '../app-error.ts';
import { withPortal, type Db, type PortalTx } from '../db/db.ts';
import { isPassingFault } from '../db/passing-fault.ts';
import type { DeliveryItem } from '../destinations/destination.ts';
import { storedFilesOf, withStoredFiles } from '../destinations/files/stored-files.ts';
import { identityPurpose, identitySchema, type Identity } from '../keys/identity.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import { openAnswers, openScreens } from '../keys/answer-keys.ts';
import type { Log } from '../observe/log.ts';
import type { ClaimedDelivery } from './deliveries.ts';
import { readContents, type Content } from './read-contents.ts';

const decisionSchema = z.object({ leaveOutRemoved: z.boolean().catch(false) });

type ItemRow = Awaited<ReturnType<typeof readRows>>[number];

/**
 * Everything a destination needs about claimed deliveries, in two queries and decrypted in memory only; by delivery id.
 * A delivery whose answers are gone (erased, retention) is absent, but for destinations that need none; one that cannot be read, whatever
 * is wrong with it, is named beside the others and takes none of them along.
 */
export async function loadItems(
  services: { db: Db; keys: PortalKeys; log: Log },
  portalId: number,
  claimed: readonly ClaimedDelivery[],
  options: { needsNoAnswers?: boolean } = {},
): Promise<{ items: Map<string, DeliveryItem>; unreadable: Set<string> }> {
  const ids = claimed.map(({ delivery }) => delivery.delivery_id);
  const { rows, contents } = await withPortal(services.db, portalId, async (tx) => {
    const found = await readRows(tx, portalId, ids);
    return { rows: found, contents: await readContents(tx, portalId, found, { withProgram: true }) };
  });
  const dataKey = await keyOf(services.keys, portalId);
  const items = new Map<string, DeliveryItem>();
  const unreadable = new Set<string>();
  if (dataKey === null) return { items, unreadable };
  for (const row of rows) {
    const isReadable = row.answers_sealed !== null && row.answers_key_wrapped !== null;
    if (!isReadable && options.needsNoAnswers !== true) continue;
    try {
      const content = contents(row);
      const identity =
        row.identity_sealed && row.person_id
          ? identitySchema.parse(
              await services.keys.openJson(portalId, identityPurpose(row.person_id), row.identity_sealed),
            )
          : {};
      items.set(row.delivery_id, toItem(row, content, { dataKey, identity }));
    } catch (err) {
      if (isPassingFault(err)) throw err;
      services.log.error({ err, portalId, deliveryId: row.delivery_id }, 'a delivery cannot be read');
      unreadable.add(row.delivery_id);
    }
  }
  return { items, unreadable };
}

/** What each delivery has of its own. Of few tables: planning a join of ten took longer than everything else together. */
async function readRows(tx: PortalTx, portalId: number, ids: readonly string[]) {
  return tx
    .selectFrom('deliveries as d')
    .innerJoin('submissions as s', (join) =>
      join.onRef('s.portal_id', '=', 'd.portal_id').onRef('s.submission_id', '=', 'd.submission_id'),
    )
    .leftJoin('sends as n', (join) =>
      join.onRef('n.portal_id', '=', 's.portal_id').onRef('n.send_id', '=', 's.send_id'),
    )
    .leftJoin('persons as p', (join) =>
      join.onRef('p.portal_id', '=', 's.portal_id').onRef('p.person_id', '=', 's.person_id'),
    )
    .leftJoin('deliveries as first', (join) =>
      join.onRef('first.portal_id', '=', 'd.portal_id').onRef('first.delivery_id', '=', 'd.depends_on'),
    )
    .leftJoin('deliveries as files', (join) =>
      join
        .onRef('files.portal_id', '=', 'd.portal_id')
        .onRef('files.submission_id', '=', 'd.submission_id')
        .on('files.destination', '=', 'files'),
    )
    .select([
      'd.delivery_id',
      'd.attempt',
      'd.tried_since',
      'd.remote_id',
      'd.detail',
      'files.detail as files_detail',
      'first.remote_id as first_remote_id',
      's.submission_id',
      's.flow_id',
      's.version_id',
      's.form_id',
      's.form_revision',
      's.contact_id',
      's.answers_sealed',
      's.answers_key_wrapped',
      's.accepted_at',
      's.finished_at',
      's.opened_at',
      's.screens_sealed',
      's.locale',
      'n.channel',
      'n.created_at as sent_at',
      'p.person_id',
      'p.identity_sealed',
    ])
    .where('d.portal_id', '=', String(portalId))
    .where('d.delivery_id', 'in', ids)
    .execute();
}

function toItem(row: ItemRow, content: Content, opened: { dataKey: Buffer; identity: Identity }): DeliveryItem {
  const { form } = content;
  const answers = openAnswers(opened.dataKey, row) ?? {};
  return {
    deliveryId: row.delivery_id,
    submissionId: row.submission_id,
    attempt: row.attempt,
    flowId: row.flow_id,
    flowName: content.flowName,
    versionId: row.version_id,
    form,
    answers: {
      ...withStoredFiles(answers, storedFilesOf(row.files_detail)),
      ...workedOut(form, content.program, answers, row.finished_at),
    },
    mapping: content.mapping,
    allowDocumentNumber: content.allowDocumentNumber,
    leaveOutRemoved: decisionSchema.parse(row.detail).leaveOutRemoved,
    contactId: row.contact_id,
    person: {
      personId: row.person_id ?? '',
      phone: opened.identity.phone ?? null,
      bsuid: opened.identity.bsuid ?? null,
    },
    acceptedAt: row.accepted_at,
    finishedAt: row.finished_at,
    origin: {
      channel: row.channel ?? 'unknown',
      sentAt: row.sent_at,
      locale: row.locale,
      openedAt: row.opened_at,
      screens: openScreens(opened.dataKey, row),
      versionNumber: content.versionNumber,
    },
    remoteId: row.remote_id ?? row.first_remote_id,
    detail: row.detail,
    triedSince: row.tried_since,
  };
}

/** Variables and ending as the version's own program works them out; the day is that of the answers, whenever they arrive. */
function workedOut(form: Form, program: unknown, answers: Answers, finishedAt: Date): Answers {
  if (computedQuestions(form).length === 0) return {};
  return computedAnswers(form, programSchema.parse(program), answers, finishedAt.toISOString().slice(0, 10));
}

/** Null for a portal that was erased: nothing of it can be read again. */
async function keyOf(keys: PortalKeys, portalId: number): Promise<Buffer | null> {
  try {
    return await keys.dataKey(portalId);
  } catch (err) {
    if (err instanceof AppError && err.code === 'portal_erased') return null;
    throw err;
  }
}
