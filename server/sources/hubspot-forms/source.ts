import { z } from 'zod';
import { AppError } from '../../app-error.ts';
import type { PortalId } from '../../db/db.ts';
import { PATHS } from '../../hubspot/api-version.ts';
import type { HubSpotClient } from '../../hubspot/client.ts';
import type { FormSummary, Source } from '../source.ts';
import { toForm } from './to-form.ts';
import { writeBack } from './write-back.ts';

/** Definitions are heavy: a page of more takes HubSpot seconds. */
const PAGE_SIZE = 50;
/** HubSpot can neither sort nor search forms, so a call reads a few pages and does both itself; the cursor goes on from there. */
const PAGES_PER_CALL = 4;

const listAnswer = z.object({
  results: z.array(z.unknown()),
  paging: z.object({ next: z.object({ after: z.string() }).optional() }).nullish(),
});
const facts = z.object({ id: z.string(), name: z.string().catch(''), updatedAt: z.string().nullable().catch(null) });

/** HubSpot's own forms, among them captured ones, which are shown with the reason why nothing can be written back. */
export function createHubSpotFormsSource(hubspot: HubSpotClient): Source {
  return {
    kind: 'hubspot-forms',
    toForm,
    writeBack,

    async listForms(portalId, { after, search }) {
      const forms: FormSummary[] = [];
      let cursor = after;
      for (let page = 0; page < PAGES_PER_CALL; page += 1) {
        const answer = await readPage(hubspot, portalId, cursor);
        forms.push(...answer.results.flatMap(summarise).filter((form) => matches(form, search)));
        cursor = answer.paging?.next?.after;
        if (cursor === undefined) break;
      }
      return { forms: forms.toSorted(newestFirst), after: cursor ?? null };
    },

    async readForm(portalId, sourceFormId) {
      const raw = await readOne(hubspot, portalId, sourceFormId, { archived: false });
      if (raw !== null) return raw;
      const isArchived = (await readOne(hubspot, portalId, sourceFormId, { archived: true })) !== null;
      throw isArchived ? formArchived() : formNotFound();
    },
  };
}

/** HubSpot answers for an archived form only when it is asked for archived ones. Null when it does not know the form so. */
async function readOne(
  hubspot: HubSpotClient,
  portalId: PortalId,
  sourceFormId: string,
  { archived }: { archived: boolean },
): Promise<unknown> {
  try {
    return await hubspot.call(portalId, {
      method: 'GET',
      path: PATHS.form(sourceFormId),
      query: archived ? { archived } : {},
      schema: z.unknown(),
      priority: 'card',
      idempotent: true,
    });
  } catch (err) {
    if (err instanceof AppError && err.code === 'hubspot_not_found') return null;
    throw err;
  }
}

async function readPage(hubspot: HubSpotClient, portalId: PortalId, after: string | undefined) {
  try {
    return await hubspot.call(portalId, {
      method: 'GET',
      path: PATHS.forms,
      query: { limit: PAGE_SIZE, after, formTypes: ['hubspot', 'captured'] },
      schema: listAnswer,
      priority: 'card',
      idempotent: true,
    });
  } catch (err) {
    // Of all that is asked for here, only the place in the list comes from the caller.
    if (after !== undefined && err instanceof AppError && err.code === 'hubspot_rejected') throw badCursor(err);
    throw err;
  }
}

function badCursor(cause: unknown): AppError {
  return new AppError('bad_cursor', {
    status: 400,
    userMessage: {
      en: 'The place in the list of forms ("after") is not one that HubSpot has given. Leave it out to begin with the first.',
      de: 'Die Stelle in der Liste der Formulare („after“) hat HubSpot nie genannt. Lassen Sie sie weg, um mit dem ersten zu beginnen.',
    },
    cause,
  });
}

/** One line of the list, or none when a member of HubSpot's answer is no form. */
function summarise(raw: unknown): FormSummary[] {
  const parsed = facts.safeParse(raw);
  if (!parsed.success) return [];
  try {
    const form = toForm(raw);
    return [
      {
        source: 'hubspot-forms',
        sourceFormId: parsed.data.id,
        name: form.name,
        updatedAt: parsed.data.updatedAt,
        questionCount: form.pages.flatMap((page) => page.items).filter((item) => item.kind !== 'statement').length,
        writeBack: writeBack(raw),
      },
    ];
  } catch (err) {
    if (err instanceof AppError && err.code === 'not_a_form') return [];
    throw err;
  }
}

function matches(form: FormSummary, search: string | undefined): boolean {
  const words = (search ?? '').trim().toLocaleLowerCase();
  return words === '' || form.name.toLocaleLowerCase().includes(words);
}

function newestFirst(a: FormSummary, b: FormSummary): number {
  return (b.updatedAt ?? '').localeCompare(a.updatedAt ?? '') || a.name.localeCompare(b.name);
}

function formArchived(): AppError {
  return new AppError('form_archived', {
    status: 409,
    userMessage: {
      en: 'This form is archived in HubSpot. Restore it there, or choose another one.',
      de: 'Dieses Formular ist in HubSpot archiviert. Stellen Sie es dort wieder her, oder wählen Sie ein anderes.',
    },
  });
}

function formNotFound(): AppError {
  return new AppError('form_not_found', {
    status: 404,
    userMessage: {
      en: 'HubSpot does not know this form. Check whether it was deleted, or choose another one.',
      de: 'HubSpot kennt dieses Formular nicht. Prüfen Sie, ob es gelöscht wurde, oder wählen Sie ein anderes.',
    },
  });
}
