import { withLanguage } from '@flowella/shared/flow-words/form-language.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import { AppError } from '../app-error.ts';
import { withPortal, type PortalId } from '../db/db.ts';
import { portalLanguage } from '../hubspot/language.ts';
import type { SafeFetch } from '../safe-fetch/safe-fetch.ts';
import { fetchPictures, NO_PICTURES, picturesSchema, type Pictures } from '../sources/fetch-pictures.ts';
import type { WriteBack } from '../sources/source.ts';
import type { FlowServices } from './services.ts';

/** A form as it is at its tool now, with everything that is kept of it. */
export type FormReading = { raw: unknown; form: Form; writeBack: WriteBack; pictures: Pictures };

/**
 * Reads a form from its tool, with its pictures. Those of a reading that is there already are not fetched again, so that a version says
 * the same whenever it is looked at: a change in the form makes a new reading. Throws `source_unknown` and what the source throws, nothing for a picture.
 */
export async function readForm(
  services: Pick<FlowServices, 'db' | 'sources' | 'safeFetch'>,
  portalId: PortalId,
  wanted: { source: string; sourceFormId: string },
): Promise<FormReading> {
  const source = services.sources.find((entry) => entry.kind === wanted.source);
  if (!source) throw new AppError('source_unknown', { message: `There is no source ${wanted.source}` });
  const raw = await source.readForm(portalId, wanted.sourceFormId);
  const form = withLanguage(source.toForm(raw), await portalLanguage(services.db, portalId));
  const known = await withPortal(services.db, portalId, (tx) =>
    tx
      .selectFrom('forms')
      .select('pictures')
      .where('portal_id', '=', String(portalId))
      .where('source', '=', form.source)
      .where('source_form_id', '=', form.sourceFormId)
      .where('revision', '=', form.revision)
      .executeTakeFirst(),
  );
  return { raw, form, writeBack: source.writeBack(raw), pictures: await picturesOf(form, known, services.safeFetch) };
}

async function picturesOf(
  form: Form,
  known: { pictures: unknown } | undefined,
  safeFetch: SafeFetch | undefined,
): Promise<Pictures> {
  if (known) return picturesSchema.parse(known.pictures);
  return safeFetch ? fetchPictures(form, safeFetch) : NO_PICTURES;
}
