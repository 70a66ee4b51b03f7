import { sql } from 'kysely';
import { repeat } from '../observe/repeat.ts';
import type { WhatsappServices } from '../whatsapp/services.ts';
import { tendTokens } from '../whatsapp/tend-tokens.ts';
import { ALERT_KINDS } from './alert-kinds.ts';
import { lookAtBalance, lookAtConditions, type Look } from './read-conditions.ts';
import { settleAlerts } from './settle-alerts.ts';
import { workNotices, type NoticeServices } from './work-notices.ts';

export type AlertServices = NoticeServices & WhatsappServices;

/** Meta's shortest window is ten minutes and ours five: a minute is early enough, and the look is two statements. */
const LOOK_EVERY_MS = 60_000;
/** Two whole tables are counted. */
const BALANCE_EVERY_MS = 10 * 60_000;
const NOTICES_EVERY_MS = 3_000;
const TOKENS_EVERY_MS = 60_000;

/** Looks for what is wrong, tells of it, and asks Meta about tokens, in every process: each step is safe to be done by several. */
export function startAlerts(services: AlertServices): { stop(): Promise<void> } {
  const { log } = services;
  const rounds = [
    repeat('alerts', LOOK_EVERY_MS, log, async () => {
      await settleAll(services, await lookAtConditions(services.db, services.clock.now()));
      await countOpen(services);
    }),
    repeat('alerts on the balance', BALANCE_EVERY_MS, log, async () =>
      settleAll(services, await lookAtBalance(services.db)),
    ),
    repeat('notices', NOTICES_EVERY_MS, log, () => workAllNotices(services)),
    repeat('tokens', TOKENS_EVERY_MS, log, () => tendTokens(services)),
  ];
  return {
    async stop() {
      await Promise.all(rounds.map((round) => round.stop()));
    },
  };
}

/** Settles every portal that something was found in, or that has open alerts. One portal's fault is logged and stops no other. */
export async function settleAll(services: AlertServices, look: Look): Promise<void> {
  const { rows } = await sql<{ portal: string }>`select portals_with_open_alerts() as portal`.execute(services.db);
  const portals = new Set([...look.byPortal.keys(), ...rows.map((row) => Number(row.portal))]);
  for (const portalId of portals) {
    const conditions = look.byPortal.get(portalId) ?? [];
    await settleAlerts(services, portalId, { kinds: look.kinds, conditions }).catch((err: unknown) =>
      services.log.error({ err, portalId }, 'the alerts of a portal could not be settled'),
    );
  }
}

/** Every portal's due notices, once; answers how many were settled. */
export async function workAllNotices(services: AlertServices): Promise<number> {
  const { rows } = await sql<{
    portal: string;
  }>`select portals_with_due_notices(${services.clock.now()}) as portal`.execute(services.db);
  let settled = 0;
  for (const { portal } of rows) settled += await workNotices(services, Number(portal));
  return settled;
}

async function countOpen(services: AlertServices): Promise<void> {
  if (!services.metrics) return;
  const { rows } = await sql<{ kind: string; amount: string }>`select * from open_alerts()`.execute(services.db);
  const amounts = new Map(rows.map((row) => [row.kind, Number(row.amount)]));
  for (const kind of ALERT_KINDS) services.metrics.alertsOpen.set({ kind }, amounts.get(kind) ?? 0);
}
