import { z } from 'zod';
import type { PortalId, PortalTx } from '../db/db.ts';

/** The part of `portals.settings` that sending obeys; unknown keys belong to other rooms. */
const settingsSchema = z.looseObject({
  /** ISO 3166 alpha-2, for numbers that were written without a country. */
  defaultCountry: z.string().length(2).nullable().catch(null),
  /** Meta's policy: no business-initiated message without an opt-in (whatsapp-flows.md section 9.3). */
  requireOptIn: z.boolean().catch(true),
  /** Fill known values in before the person opens the flow. */
  prefill: z.boolean().catch(true),
});
export type SendSettings = { defaultCountry: string | null; requireOptIn: boolean; prefill: boolean };

export async function readSendSettings(tx: PortalTx, portalId: PortalId): Promise<SendSettings> {
  const row = await tx
    .selectFrom('portals')
    .select('settings')
    .where('portal_id', '=', String(portalId))
    .executeTakeFirst();
  return settingsSchema.parse(row?.settings ?? {});
}
