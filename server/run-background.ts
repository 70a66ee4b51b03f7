import { sql } from 'kysely';
import { repeat } from './observe/repeat.ts';
import { tendIdentityChecks } from './identity/tend-checks.ts';
import type { Services } from './services.ts';
import { forgetOldKeys } from './api/idempotency.ts';
import { forgetOldReadings } from './flows/forget-old-readings.ts';
import { refreshTemplates } from './flows/refresh-templates.ts';
import { eraseLeftPortals } from './operator/erase-portal.ts';
import { resumePublications } from './flows/publish-flow.ts';
import { forgetOldConfirmations } from './endpoint/confirmation/confirmations.ts';
import { endUnstartedChecks } from './identity/end-unstarted.ts';
import { deleteExpiredAnswers } from './submissions/delete-expired-answers.ts';
import { processInbox } from './whatsapp/process-inbox.ts';
import { writeConsents } from './whatsapp/write-consents.ts';
import { pollFlowStatuses } from './whatsapp/flow-status.ts';
import { recoverSends } from './whatsapp/recover-sends.ts';
import { resumeSends } from './whatsapp/resume-sends.ts';

const INBOX_EVERY_MS = 500;
const CONSENTS_EVERY_MS = 3_000;
const RECOVER_EVERY_MS = 5_000;
/** Due flows only: each is asked about every few minutes at most. */
const FLOW_STATUS_EVERY_MS = 10_000;
const WAITING_SENDS_EVERY_MS = 5_000;
/** Meta tells only an app's own address of an approval, so we look. */
const TEMPLATES_EVERY_MS = 5_000;
const IDENTITY_EVERY_MS = 60_000;
/** *Pass through* promises that answers go soon after the last delivery; days are counted in days. */
const RETENTION_EVERY_MS = 60_000;
/** Codes live for ten minutes. */
const CONFIRMATIONS_EVERY_MS = 60_000;
/** A form changes a few times a year. */
const SUPERSEDED_EVERY_MS = 3_600_000;
/** What the endpoint counted meets in the database this often; a process that dies loses no more. */
const MEASURES_EVERY_MS = 5_000;
/** Webhooks of one portal worked off in one round, so that a flood of one does not keep the others waiting. */
const INBOX_BATCH = 100;

/** Everything that goes on beside requests and deliveries: webhooks worked off, publications resumed, sends recovered. */
export function startBackground(services: Services): { stop(): Promise<void> } {
  const { log } = services;
  const rounds = [
    repeat('measures', MEASURES_EVERY_MS, log, () => services.meter.flush(services.db)),
    repeat('inbox', INBOX_EVERY_MS, log, async () => {
      const { rows } = await sql<{
        portal: string;
      }>`select portals_with_open_inbox(${services.clock.now()}) as portal`.execute(services.db);
      for (const { portal } of rows) await processInbox(services, Number(portal), { limit: INBOX_BATCH });
    }),
    repeat('recovery', RECOVER_EVERY_MS, log, async () => {
      await resumePublications(services, await portalsWith(services, 'publications'));
      for (const portalId of await portalsWith(services, 'sends')) await recoverSends(services, portalId);
    }),
    repeat('flow statuses', FLOW_STATUS_EVERY_MS, log, async () => {
      const { rows } = await sql<{
        portal: string;
      }>`select portals_with_flows_to_check(${services.clock.now()}) as portal`.execute(services.db);
      for (const { portal } of rows) await pollFlowStatuses(services, Number(portal));
    }),
    repeat('waiting sends', WAITING_SENDS_EVERY_MS, log, async () => {
      const { rows } = await sql<{ portal: string }>`select portals_with_waiting_sends() as portal`.execute(
        services.db,
      );
      for (const { portal } of rows) await resumeSends(services, Number(portal));
    }),
    repeat('consents', CONSENTS_EVERY_MS, log, async () => {
      for (const portalId of await portalsWith(services, 'consents')) await writeConsents(services, portalId);
    }),
    repeat('templates', TEMPLATES_EVERY_MS, log, async () => {
      for (const portalId of await portalsWith(services, 'templates')) await refreshTemplates(services, portalId);
    }),
    repeat('confirmations', CONFIRMATIONS_EVERY_MS, log, async () => {
      for (const portalId of await portalsWith(services, 'confirmations'))
        await forgetOldConfirmations(services, portalId, services.clock.now());
    }),
    repeat('what is superseded', SUPERSEDED_EVERY_MS, log, async () => {
      // Every account, once an hour: it shows only in a look at each.
      const { rows } = await sql<{ portal: string }>`select connected_portals() as portal`.execute(services.db);
      for (const { portal } of rows) {
        await forgetOldReadings(services, Number(portal));
        await forgetOldKeys(services, Number(portal));
      }
    }),
    repeat('identity checks', IDENTITY_EVERY_MS, log, () => tendIdentityChecks(services)),
    repeat('retention', RETENTION_EVERY_MS, log, async () => {
      const { rows } = await sql<{ portal: string }>`select portals_with_retention() as portal`.execute(services.db);
      for (const { portal } of rows) {
        await deleteExpiredAnswers(services, Number(portal));
        await endUnstartedChecks(services, Number(portal));
      }
      await eraseLeftPortals(services);
    }),
  ];
  return {
    async stop() {
      await Promise.all(rounds.map((round) => round.stop()));
      await services.meter.flush(services.db).catch((err: unknown) => log.warn({ err }, 'the last measures were lost'));
    },
  };
}

type Round = 'publications' | 'sends' | 'consents' | 'templates' | 'confirmations';

/** Connected portals where a round would find something: an account in which nothing happens costs nothing. */
async function portalsWith(services: Services, round: Round): Promise<number[]> {
  const { rows } = await sql<{
    portal: string;
  }>`select connected_portals_with(${round}, ${services.clock.now()}) as portal`.execute(services.db);
  return rows.map((row) => Number(row.portal));
}
