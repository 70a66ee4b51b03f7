import type { PgBoss } from 'pg-boss';
import { sql } from 'kysely';
import { z } from 'zod';
import { AppError, toAppError } from '../app-error.ts';
import { withPortal, type PortalId, type PortalTx } from '../db/db.ts';
import { FORM_CHECK_QUEUE } from '../db/job-schema.ts';
import { repeat } from '../observe/repeat.ts';
import { portalLanguage } from '../hubspot/language.ts';
import type { FlowRow } from './flow-rows.ts';
import { readForm } from './read-form.ts';
import { redrawDrafts } from './redraw-drafts.ts';
import type { FlowServices } from './services.ts';
import { CHECK_EVERY_MS, readFormCheck, recordFormCheck, storeForm, type FormState } from './stored-forms.ts';

/** Whoever opens a flow sees the form as it is now; clicking through its steps does not ask the tool each time. */
const FRESH_FOR_MS = 30_000;
const SWEEP_EVERY_MS = 60_000;
/** HubSpot cuts a page's call off after 15 s, and the flow has more to ask after this. */
const OPEN_DEADLINE_MS = 4_000;

type CheckServices = Pick<FlowServices, 'db' | 'clock' | 'log' | 'sources' | 'safeFetch'>;
type WatchedForm = Pick<FlowRow, 'formId' | 'source' | 'sourceFormId'>;

/**
 * Reads the source form again for somebody who opens its flow, unless that was done a moment ago. Never throws for the tool; one
 * that takes longer than `deadlineMs` is not waited for, and what it answers is there the next time.
 */
export async function refreshForm(
  services: CheckServices,
  portalId: PortalId,
  flow: WatchedForm,
  deadlineMs = OPEN_DEADLINE_MS,
): Promise<void> {
  const known = await withPortal(services.db, portalId, (tx) => readFormCheck(tx, portalId, flow.formId));
  const age = services.clock.now().getTime() - (known?.checkedAt?.getTime() ?? 0);
  if (age < FRESH_FOR_MS) return;
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<void>((resolve) => (timer = setTimeout(resolve, deadlineMs)));
  await Promise.race([checkForm(services, portalId, flow), tooLong]).finally(() => clearTimeout(timer));
}

/**
 * One look at a source form: its definition is stored at its revision beside the others, and nothing that is published
 * changes; a draft of this reading gets a picture that could not be had before. A tool that is out of reach leaves what is known; the next look comes by the schedule.
 */
export async function checkForm(services: CheckServices, portalId: PortalId, watched: WatchedForm): Promise<void> {
  if (!services.sources.some((entry) => entry.kind === watched.source)) return;
  try {
    const found = await lookAt(services, portalId, watched);
    const now = services.clock.now();
    const language = await portalLanguage(services.db, portalId);
    await withPortal(services.db, portalId, async (tx) => {
      if (typeof found !== 'string') {
        const formId = await storeForm(tx, portalId, { ...found, now });
        if (found.hasNewPictures) await redrawDrafts(tx, portalId, { ...found, formId, language, now });
      } else await recordFormCheck(tx, portalId, { formId: watched.formId, state: found, revision: null, now });
    });
  } catch (err) {
    services.log.warn({ err: toAppError(err), portalId, formId: watched.formId }, 'a form could not be looked at');
  }
}

async function lookAt(services: CheckServices, portalId: PortalId, watched: WatchedForm) {
  try {
    return await readForm(services, portalId, watched);
  } catch (err) {
    const state = stateOf(err);
    if (state) return state;
    throw err;
  }
}

function stateOf(thrown: unknown): Exclude<FormState, 'present'> | null {
  if (!(thrown instanceof AppError)) return null;
  if (thrown.code === 'form_archived') return 'archived';
  return thrown.code === 'form_not_found' ? 'gone' : null;
}

/** Looks at every form of a portal whose time has come; two processes never look at the same one. Answers how many it was. */
export async function checkDueForms(services: CheckServices, portalId: PortalId): Promise<number> {
  const due = await withPortal(services.db, portalId, (tx) => claimDueForms(tx, portalId, services.clock.now()));
  for (const form of due) await checkForm(services, portalId, form);
  return due.length;
}

/** Whoever moves the time looks. A look that dies is made up for by the next one. */
async function claimDueForms(tx: PortalTx, portalId: PortalId, now: Date): Promise<WatchedForm[]> {
  const dueAt = new Date(now.getTime() + CHECK_EVERY_MS);
  const { rows } = await sql<{ form_id: string; source: string; source_form_id: string }>`
    with claimed as (
      insert into form_checks (portal_id, form_id, state, due_at)
      select distinct portal_id, form_id, 'present', ${dueAt}::timestamptz from flows
      where portal_id = ${portalId} and state <> 'retired'
      on conflict (portal_id, form_id) do update set due_at = excluded.due_at where form_checks.due_at <= ${now}
      returning form_id
    )
    select distinct f.form_id, f.source, f.source_form_id from flows f join claimed c using (form_id)
    where f.portal_id = ${portalId}`.execute(tx);
  return rows.map((row) => ({ formId: row.form_id, source: row.source, sourceFormId: row.source_form_id }));
}

const jobSchema = z.object({ portalId: z.number().int() });

/** Starts the schedule: a sweep makes a job per portal with something due, any process works it. The answer stops both. */
export async function startFormChecks(services: CheckServices, boss: PgBoss): Promise<{ stop(): Promise<void> }> {
  await boss.work(FORM_CHECK_QUEUE, { batchSize: 1, pollingIntervalSeconds: 5 }, async (jobs) => {
    for (const job of jobs) {
      const { data } = jobSchema.safeParse(job.data);
      if (data) await checkDueForms(services, data.portalId);
    }
  });
  const sweeper = repeat('form checks', SWEEP_EVERY_MS, services.log, () => sweepFormChecks(services, boss));
  return {
    async stop() {
      await sweeper.stop();
      await boss.offWork(FORM_CHECK_QUEUE);
    },
  };
}

/** Makes a job for every portal that has a form to look at; answers the portals. */
export async function sweepFormChecks(
  services: Pick<CheckServices, 'db' | 'clock'>,
  boss: Pick<PgBoss, 'send'>,
): Promise<PortalId[]> {
  const now = services.clock.now();
  const { rows } = await sql<{
    portal: string;
  }>`select portals_with_due_form_checks(${now}) as portal`.execute(services.db);
  const portals = rows.map((row) => Number(row.portal));
  for (const portalId of portals) await boss.send(FORM_CHECK_QUEUE, { portalId });
  return portals;
}
