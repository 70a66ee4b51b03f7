import { designSchema } from '@flowella/shared/contract/api.ts';
import { mappingSchema } from '@flowella/shared/contract/mapping.ts';
import { withAppointment } from '@flowella/shared/form/appointment.ts';
import { programSchema } from '@flowella/shared/compile/program.ts';
import type { Answers } from '@flowella/shared/form/answers.ts';
import { computedAnswers, computedQuestions } from '@flowella/shared/form/computed-values.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import { screenTimesSchema } from '@flowella/shared/form/screen-times.ts';
import { z } from 'zod';
import { AppError } from '../app-error.ts';
import { withPortal, type Db } from '../db/db.ts';
import type { DeliveryItem } from '../destinations/destination.ts';
import { storedFilesOf, withStoredFiles } from '../destinations/files/stored-files.ts';
import { identityPurpose, identitySchema } from '../keys/identity.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import { openAnswers } from '../keys/answer-keys.ts';
import type { ClaimedDelivery } from './deliveries.ts';

const decisionSchema = z.object({ leaveOutRemoved: z.boolean().catch(false) });

/**
 * Everything a destination needs about claimed deliveries, in one query and decrypted in memory only; by delivery id.
 * A delivery whose answers are gone (erased, retention) is absent, but for destinations that need none.
 */
export async function loadItems(
  services: { db: Db; keys: PortalKeys },
  portalId: number,
  claimed: ClaimedDelivery[],
  options: { needsNoAnswers?: boolean } = {},
): Promise<Map<string, DeliveryItem>> {
  const ids = claimed.map(({ delivery }) => delivery.delivery_id);
  const rows = await withPortal(services.db, portalId, (tx) =>
    tx
      .selectFrom('deliveries as d')
      .innerJoin('submissions as s', (join) =>
        join.onRef('s.portal_id', '=', 'd.portal_id').onRef('s.submission_id', '=', 'd.submission_id'),
      )
      .innerJoin('flows as f', (join) =>
        join.onRef('f.portal_id', '=', 's.portal_id').onRef('f.flow_id', '=', 's.flow_id'),
      )
      .innerJoin('flow_versions as v', (join) =>
        join.onRef('v.portal_id', '=', 's.portal_id').onRef('v.version_id', '=', 's.version_id'),
      )
      .innerJoin('forms as m', (join) =>
        join
          .onRef('m.portal_id', '=', 's.portal_id')
          .onRef('m.form_id', '=', 's.form_id')
          .onRef('m.revision', '=', 's.form_revision'),
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
        'd.remote_id',
        'd.detail',
        'files.detail as files_detail',
        'first.remote_id as first_remote_id',
        's.submission_id',
        's.flow_id',
        's.version_id',
        's.contact_id',
        's.answers_sealed',
        's.answers_key_wrapped',
        's.accepted_at',
        's.finished_at',
        's.opened_at',
        's.screen_times',
        's.locale',
        'n.channel',
        'n.created_at as sent_at',
        'v.number as version_number',
        'f.name as flow_name',
        'f.design',
        'v.design as version_design',
        'v.mapping',
        'v.program',
        'm.model',
        'p.person_id',
        'p.identity_sealed',
      ])
      .where('d.portal_id', '=', String(portalId))
      .where('d.delivery_id', 'in', ids)
      .execute(),
  );
  const dataKey = await keyOf(services.keys, portalId);
  if (dataKey === null) return new Map();
  const items = new Map<string, DeliveryItem>();
  for (const row of rows) {
    const isReadable = row.answers_sealed !== null && row.answers_key_wrapped !== null;
    if (!isReadable && options.needsNoAnswers !== true) continue;
    const identity =
      row.identity_sealed && row.person_id
        ? identitySchema.parse(
            await services.keys.openJson(portalId, identityPurpose(row.person_id), row.identity_sealed),
          )
        : {};
    // Written by our own reader only, at the revision the version was compiled from.
    const form = withAppointment(row.model as Form, designSchema.parse(row.version_design ?? {}));
    const answers =
      row.answers_sealed && row.answers_key_wrapped
        ? openAnswers(dataKey, row.submission_id, row.answers_sealed, row.answers_key_wrapped)
        : {};
    items.set(row.delivery_id, {
      deliveryId: row.delivery_id,
      submissionId: row.submission_id,
      attempt: row.attempt,
      flowId: row.flow_id,
      flowName: row.flow_name,
      versionId: row.version_id,
      form,
      answers: {
        ...withStoredFiles(answers, storedFilesOf(row.files_detail)),
        ...workedOut(form, row.program, answers, row.finished_at),
      },
      mapping: mappingSchema.parse(row.mapping),
      allowDocumentNumber: allowedIn(row.version_design, row.design),
      leaveOutRemoved: decisionSchema.parse(row.detail).leaveOutRemoved,
      contactId: row.contact_id,
      person: { personId: row.person_id ?? '', phone: identity.phone ?? null, bsuid: identity.bsuid ?? null },
      acceptedAt: row.accepted_at,
      finishedAt: row.finished_at,
      origin: {
        channel: row.channel ?? 'unknown',
        sentAt: row.sent_at,
        locale: row.locale,
        openedAt: row.opened_at,
        screens: screenTimesSchema.parse(row.screen_times),
        versionNumber: row.version_number,
      },
      remoteId: row.remote_id ?? row.first_remote_id,
      detail: row.detail,
    });
  }
  return items;
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

/** What was allowed when the version was made, or is by now: a question that is gone is in no design of today. */
function allowedIn(...designs: unknown[]): string[] {
  const known = designs.map((design) => designSchema.parse(design ?? {}).allowDocumentNumber ?? []);
  return [...new Set(known.flat())];
}
