import type { Selectable } from 'kysely';
import type { PortalId, PortalTx } from '../db/db.ts';
import type { Database } from '../db/schema.ts';
import type { Language } from '../hubspot/language.ts';
import { isAlertKind, severityOf, subjectType, type AlertKind, type SubjectType } from './alert-kinds.ts';
import { alertWords, subjectName, type AlertWords } from './alert-texts.ts';

export type AlertRow = Selectable<Database['alerts']>;
/** An alert as it is told: with the name of its subject and its sentences. */
export type DescribedAlert = AlertWords & {
  alertId: string;
  kind: AlertKind;
  severity: 'now' | 'soon';
  subject: { type: SubjectType; id: string; name: string };
  amount: number;
  row: AlertRow;
};

/** Puts names and words to alerts; one of a kind that this version does not know (a newer one wrote it) is left out. */
export async function describeAlerts(
  tx: PortalTx,
  portalId: PortalId,
  rows: readonly AlertRow[],
  language: Language,
): Promise<DescribedAlert[]> {
  const known = rows.flatMap((row) => (isAlertKind(row.kind) ? [{ row, kind: row.kind }] : []));
  const names = await namesOf(tx, portalId, known);
  return known.map(({ row, kind }) => {
    const type = subjectType(kind, row.subject);
    const name = subjectName(type, row.subject, names.get(row.subject) ?? null, language);
    const amount = Number(row.amount);
    return {
      ...alertWords(kind, { amount, figure: row.figure, name }, language),
      alertId: row.alert_id,
      kind,
      severity: severityOf(kind),
      subject: { type, id: row.subject, name },
      amount,
      row,
    };
  });
}

async function namesOf(
  tx: PortalTx,
  portalId: PortalId,
  known: readonly { row: AlertRow; kind: AlertKind }[],
): Promise<Map<string, string>> {
  const ids = (type: SubjectType): string[] =>
    known.flatMap(({ row, kind }) => (subjectType(kind, row.subject) === type ? [row.subject] : []));
  const of = String(portalId);
  const found: { id: string; name: string }[] = [];
  const [flows, accounts, webhooks] = [ids('flow'), ids('account'), ids('webhook')];
  if (flows.length > 0)
    found.push(
      ...(await tx
        .selectFrom('flows')
        .select(['flow_id as id', 'name'])
        .where('portal_id', '=', of)
        .where('flow_id', 'in', flows)
        .execute()),
    );
  if (accounts.length > 0)
    found.push(
      ...(await tx
        .selectFrom('wa_accounts')
        .select(['account_id as id', 'name'])
        .where('portal_id', '=', of)
        .where('account_id', 'in', accounts)
        .execute()),
    );
  if (webhooks.length > 0)
    found.push(
      ...(await tx
        .selectFrom('webhooks')
        .select(['webhook_id as id', 'name'])
        .where('portal_id', '=', of)
        .where('webhook_id', 'in', webhooks)
        .execute()),
    );
  return new Map(found.map(({ id, name }) => [id, name]));
}
