import { z } from 'zod';
import { AppError } from '../app-error.ts';
import { verifyChain } from '../audit/audit.ts';
import { withPortal } from '../db/db.ts';
import { portalsWithAudit, type OperatorServices } from './operator-services.ts';

const logSchema = z.object({
  portalId: z.number().int(),
  entries: z.number().int().min(0),
  head: z.string().regex(/^[0-9a-f]{64}$/),
});
const outputSchema = z.object({ portals: z.array(logSchema) });

type Log = z.infer<typeof logSchema>;
export type AuditVerification = { portals: (Log & { brokenAt: number | null })[]; broken: number };

/** An earlier output of this command, kept where nobody who can write the database can write. Throws `not_an_audit_output`. */
export function parseEarlier(json: unknown): Log[] {
  const parsed = outputSchema.safeParse(json);
  if (parsed.success) return parsed.data.portals;
  throw new AppError('not_an_audit_output', {
    message: '--against needs what an earlier "flowella audit verify" printed',
  });
}

/** Verifies every portal's log, the erased portals' too; with `earlier`, also that nothing was cut off since. */
export async function verifyAudit(
  services: Pick<OperatorServices, 'db'>,
  earlier: readonly Log[],
): Promise<AuditVerification> {
  const portals: AuditVerification['portals'] = [];
  const before = new Map(earlier.map((log) => [log.portalId, log]));
  for (const portalId of await portalsWithAudit(services)) {
    const chain = await withPortal(services.db, portalId, (tx) => verifyChain(tx, portalId, before.get(portalId)));
    portals.push({ portalId, ...chain });
    before.delete(portalId);
  }
  // A portal is never removed, only erased: its log stays.
  for (const { portalId, head } of before.values()) portals.push({ portalId, entries: 0, head, brokenAt: 1 });
  return { portals, broken: portals.filter((log) => log.brokenAt !== null).length };
}
