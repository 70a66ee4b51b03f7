import { sql } from 'kysely';
import { z } from 'zod';
import type { PortalId, PortalTx } from '../db/db.ts';

/** How a customer is told beside the settings page, which always shows everything. */
export const WAYS = ['webhook', 'task'] as const;
export type Way = (typeof WAYS)[number];

/** The part of `portals.settings` that alerts obey. */
const settingsSchema = z.object({
  alerts: z
    .object({
      webhookId: z.string().nullable().catch(null),
      task: z.boolean().catch(false),
      /** Whose task it is: an owner's id at HubSpot, which is not a user's. */
      taskOwnerId: z.string().nullable().catch(null),
    })
    .catch({ webhookId: null, task: false, taskOwnerId: null }),
});
export type AlertSettings = z.infer<typeof settingsSchema>['alerts'];

export async function readAlertSettings(tx: PortalTx, portalId: PortalId): Promise<AlertSettings> {
  const row = await tx
    .selectFrom('portals')
    .select('settings')
    .where('portal_id', '=', String(portalId))
    .executeTakeFirst();
  return settingsSchema.parse(row?.settings ?? {}).alerts;
}

/** Other rooms' settings stay as they are. */
export async function writeAlertSettings(
  tx: PortalTx,
  portalId: PortalId,
  settings: AlertSettings,
  now: Date,
): Promise<void> {
  await sql`update portals set settings = jsonb_set(settings, '{alerts}', ${JSON.stringify(settings)}::jsonb), updated_at = ${now}
            where portal_id = ${String(portalId)}`.execute(tx);
}

export function chosenWays(settings: AlertSettings): Way[] {
  return WAYS.filter((way) => (way === 'webhook' ? settings.webhookId !== null : settings.task));
}
