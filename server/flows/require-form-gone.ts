import { AppError } from '../app-error.ts';
import { withPortal, type PortalId } from '../db/db.ts';
import type { Language, Texts } from '../hubspot/language.ts';
import { readFlow } from './flow-rows.ts';
import { checkForm } from './form-checks.ts';
import type { FlowServices } from './services.ts';
import { readFormCheck } from './stored-forms.ts';

/**
 * Looks at a flow's form now, for a decision that cannot be taken back, and returns where the tool says that there is none any more.
 * Throws `flow_not_found`, `form_not_gone` (409) where it is there, or archived and can be restored, and `form_not_looked_at` (503)
 * where the tool did not answer.
 */
export async function requireFormGone(
  services: Pick<FlowServices, 'db' | 'clock' | 'log' | 'sources' | 'safeFetch'>,
  portalId: PortalId,
  flowId: string,
  language: Language,
): Promise<void> {
  const flow = await withPortal(services.db, portalId, (tx) => readFlow(tx, portalId, flowId, { language }));
  const asked = services.clock.now();
  await checkForm(services, portalId, flow);
  const check = await withPortal(services.db, portalId, (tx) => readFormCheck(tx, portalId, flow.formId));
  // A look that failed leaves what was known before.
  if (!check?.checkedAt || check.checkedAt < asked) throw refused('form_not_looked_at', language);
  if (check.state !== 'gone') throw refused('form_not_gone', language);
}

const REFUSALS: Record<'form_not_gone' | 'form_not_looked_at', Texts> = {
  form_not_gone: {
    en: 'The form is still there, or archived and can be restored, so nothing was given up. Load the page again: it says what else can be done.',
    de: 'Das Formular gibt es noch, oder es ist archiviert und lässt sich wiederherstellen; es wurde nichts aufgegeben. Laden Sie die Seite neu: Sie sagt, was sich sonst tun lässt.',
  },
  form_not_looked_at: {
    en: 'Whether the form is really gone could not be seen just now, so nothing was given up. Try again in a minute.',
    de: 'Ob es das Formular wirklich nicht mehr gibt, ließ sich gerade nicht feststellen; es wurde nichts aufgegeben. Versuchen Sie es in einer Minute erneut.',
  },
};

function refused(code: keyof typeof REFUSALS, language: Language): AppError {
  return new AppError(code, {
    status: code === 'form_not_gone' ? 409 : 503,
    retryable: code === 'form_not_looked_at',
    userMessage: REFUSALS[code][language],
  });
}
