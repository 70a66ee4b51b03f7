import { withLanguage } from '@flowella/shared/flow-words/form-language.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import { AppError } from '../app-error.ts';
import { withPortal, type PortalId } from '../db/db.ts';
import { portalLanguage } from '../hubspot/language.ts';
import { fetchPictures, NO_PICTURES, picturesSchema, retryPictures, type Pictures } from '../sources/fetch-pictures.ts';
import type { WriteBack } from '../sources/source.ts';
import type { FlowServices } from './services.ts';

/** A form as it is at its tool now, with everything that is kept of it. */
export type FormReading = {
  raw: unknown;
  form: Form;
  writeBack: WriteBack;
  pictures: Pictures;
  /** A picture is there that this reading had not before. */
  hasNewPictures: boolean;
};

/**
 * Reads a form from its tool, with its pictures. Those that a reading has already are not fetched again: a change in the form makes a new
 * reading. One that was not reached is tried again with growing pauses. Throws `source_unknown` and what the source throws, nothing for a picture.
 */
export async function readForm(
  services: Pick<FlowServices, 'db' | 'clock' | 'sources' | 'safeFetch'>,
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
  const before = known && picturesSchema.parse(known.pictures);
  const pictures = await picturesOf(form, before, services);
  const hasNewPictures = before !== undefined && Object.keys(pictures.assets).some((url) => !(url in before.assets));
  return { raw, form, writeBack: source.writeBack(raw), pictures, hasNewPictures };
}

async function picturesOf(
  form: Form,
  known: Pictures | undefined,
  { safeFetch, clock }: Pick<FlowServices, 'clock' | 'safeFetch'>,
): Promise<Pictures> {
  if (!safeFetch) return known ?? NO_PICTURES;
  return known ? retryPictures(form, known, safeFetch, clock.now()) : fetchPictures(form, safeFetch, clock.now());
}
