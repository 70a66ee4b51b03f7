import type { FlowDetail } from '@flowella/shared/contract/api.ts';
import type { Mapping } from '@flowella/shared/contract/mapping.ts';
import { withAppointment } from '@flowella/shared/form/appointment.ts';
import type { Design } from '@flowella/shared/form/design.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import type { PortalId } from '../db/db.ts';
import type { FlowServices } from './services.ts';

/** Checks run while a person waits, and again before publishing. */
const DEADLINE_MS = 15_000;

/** What every wanted destination has against this mapping; empty when all answers have a place to go. */
export async function checkMapping(
  services: Pick<FlowServices, 'db' | 'hubspot' | 'clock' | 'destinations' | 'config'>,
  portalId: PortalId,
  form: Form,
  mapping: Mapping,
  design: Design,
): Promise<FlowDetail['mappingProblems']> {
  const context = {
    portalId,
    db: services.db,
    hubspot: services.hubspot,
    clock: services.clock,
    publicUrl: services.config.publicUrl,
    signal: AbortSignal.timeout(DEADLINE_MS),
  };
  const kinds = new Set(form.pages.flatMap((page) => page.items.map(({ kind }) => kind)));
  const asked = { files: kinds.has('file'), appointment: design.appointment !== undefined };
  const found = await Promise.all(
    services.destinations
      .filter((destination) => destination.wanted(mapping, asked))
      .map(async (destination) =>
        (await destination.check(context, withAppointment(form, design), mapping, design)).map(
          ({ question, code, message }) => ({
            destination: destination.kind,
            question: question ?? null,
            code,
            message,
          }),
        ),
      ),
  );
  return found.flat();
}
