import type { PortalId, PortalTx } from '../db/db.ts';
import { newId } from '../ids.ts';
import { picturesSchema, type Pictures } from '../sources/fetch-pictures.ts';
import type { FormReading } from './read-form.ts';

/** Forms change a few times a year, and no tool tells: an hour is soon enough for whoever does not look. */
export const CHECK_EVERY_MS = 3_600_000;

export type FormState = 'present' | 'archived' | 'gone';
export type FormCheck = { state: FormState; revision: string | null; checkedAt: Date | null };

/** Keeps a form at its revision; the same form keeps its id over all revisions. */
export async function storeForm(tx: PortalTx, portalId: PortalId, o: FormReading & { now: Date }): Promise<string> {
  const existing = await tx
    .selectFrom('forms')
    .select('form_id')
    .where('portal_id', '=', String(portalId))
    .where('source', '=', o.form.source)
    .where('source_form_id', '=', o.form.sourceFormId)
    .orderBy('read_at')
    .limit(1)
    .executeTakeFirst();
  const formId = existing?.form_id ?? newId('form');
  const before = await tx
    .selectFrom('forms')
    .select('pictures')
    .where('portal_id', '=', String(portalId))
    .where('form_id', '=', formId)
    .where('revision', '=', o.form.revision)
    .forUpdate()
    .executeTakeFirst();
  const values = {
    name: o.form.name,
    write_back: JSON.stringify(o.writeBack),
    pictures: JSON.stringify(before ? bothOf(picturesSchema.parse(before.pictures), o.pictures) : o.pictures),
    read_at: o.now,
  };
  await tx
    .insertInto('forms')
    .values({
      portal_id: portalId,
      form_id: formId,
      source: o.form.source,
      source_form_id: o.form.sourceFormId,
      revision: o.form.revision,
      raw: JSON.stringify(o.raw),
      model: JSON.stringify(o.form),
      ...values,
    })
    .onConflict((conflict) => conflict.columns(['portal_id', 'form_id', 'revision']).doUpdateSet(values))
    .execute();
  await recordFormCheck(tx, portalId, { formId, state: 'present', revision: o.form.revision, now: o.now });
  return formId;
}

/** Of two looks at once one may have reached a picture that the other did not: what is there stays. */
function bothOf(stored: Pictures, found: Pictures): Pictures {
  const assets = { ...stored.assets, ...found.assets };
  return {
    ...found,
    assets,
    missing: Object.fromEntries(Object.entries(found.missing).filter(([url]) => !(url in assets))),
  };
}

/** Writes what a look found; a form that is archived or gone keeps the revision that was read last. */
export async function recordFormCheck(
  tx: PortalTx,
  portalId: PortalId,
  o: { formId: string; state: FormState; revision: string | null; now: Date },
): Promise<void> {
  const facts = { state: o.state, checked_at: o.now, due_at: new Date(o.now.getTime() + CHECK_EVERY_MS) };
  await tx
    .insertInto('form_checks')
    .values({ portal_id: portalId, form_id: o.formId, revision: o.revision, ...facts })
    .onConflict((conflict) =>
      conflict
        .columns(['portal_id', 'form_id'])
        .doUpdateSet({ ...facts, ...(o.revision === null ? {} : { revision: o.revision }) }),
    )
    .execute();
}

/** What is known of the source form; null when it was never looked at again. */
export async function readFormCheck(tx: PortalTx, portalId: PortalId, formId: string): Promise<FormCheck | null> {
  const row = await tx
    .selectFrom('form_checks')
    .select(['state', 'revision', 'checked_at'])
    .where('portal_id', '=', String(portalId))
    .where('form_id', '=', formId)
    .executeTakeFirst();
  return row ? { state: row.state, revision: row.revision, checkedAt: row.checked_at } : null;
}
