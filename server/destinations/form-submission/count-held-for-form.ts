import { sql } from 'kysely';
import type { PortalId, PortalTx } from '../../db/db.ts';
import { HELD_FOR_FORM } from './form-submission-destination.ts';

/** Submissions of one flow that wait because of their form. */
export type HeldForForm = {
  flowId: string;
  flowName: string;
  /** What the last look at the form found. */
  formState: 'present' | 'archived' | 'gone';
  count: number;
  /** Of these, how many answers no place but the form was to have, or has by now. */
  nowhereElse: number;
};

/**
 * What waits for a decision because its form was changed, archived or deleted, by flow; of one flow where it is named, or of those
 * whose form is gone. The contact's delivery has answers only where properties are mapped, and the timeline none: they count as places by what they hold.
 */
export async function countHeldForForm(
  tx: PortalTx,
  portalId: PortalId,
  { flowId, onlyGone }: { flowId?: string; onlyGone?: boolean },
): Promise<HeldForForm[]> {
  const { rows } = await sql<{
    flow_id: string;
    name: string;
    state: HeldForForm['formState'] | null;
    count: string;
    nowhere_else: string;
  }>`
    select f.flow_id, f.name, c.state, count(*) as count,
           count(*) filter (where not exists (
             select 1 from deliveries o where o.portal_id = d.portal_id and o.submission_id = d.submission_id
               and o.state = 'delivered'
               and (o.destination in ('kyc-record', 'webhook')
                    or (o.destination = 'contact' and v.mapping #>> '{contact,enabled}' = 'true'
                        and jsonb_array_length(v.mapping #> '{contact,properties}') > 0)))) as nowhere_else
    from deliveries d
    join submissions s on s.portal_id = d.portal_id and s.submission_id = d.submission_id
    join flow_versions v on v.portal_id = s.portal_id and v.version_id = s.version_id
    join flows f on f.portal_id = s.portal_id and f.flow_id = s.flow_id
    left join form_checks c on c.portal_id = f.portal_id and c.form_id = f.form_id
    where d.portal_id = ${portalId} and d.destination = 'form-submission' and d.state = 'held'
      and d.reason_code in (${sql.join(HELD_FOR_FORM)})
      and (${flowId ?? null}::text is null or f.flow_id = ${flowId ?? null})
      and (c.state = 'gone' or not ${onlyGone === true}::boolean)
    group by 1, 2, 3 order by 4 desc, 2, 1`.execute(tx);
  return rows.map((row) => ({
    flowId: row.flow_id,
    flowName: row.name,
    formState: row.state ?? 'present',
    count: Number(row.count),
    nowhereElse: Number(row.nowhere_else),
  }));
}
