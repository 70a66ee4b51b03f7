import { z } from 'zod';
import { PATHS } from '../../hubspot/api-version.ts';
import { portalLanguage } from '../../hubspot/language.ts';
import type { DeliveryItem, DeliveryOutcome, DestinationContext } from '../destination.ts';
import { isSettled } from '../last-sent-at.ts';
import { outcomeOf } from '../outcomes.ts';
import { textOf } from '../texts.ts';

const PAGE_SIZE = 50;
/** A thousand submissions since ours finished; a busier form is looked at again, never submitted to twice. */
const MAX_PAGES = 20;
/** HubSpot's clock and ours, and the time it puts on a submission that came without one. */
const CLOCK_SLACK_MS = 3_600_000;

const page = z.object({
  results: z.array(
    z.object({
      conversionId: z.string().nullable().catch(null),
      submittedAt: z.number().catch(Number.POSITIVE_INFINITY),
      pageUrl: z.string().catch(''),
    }),
  ),
  paging: z.object({ next: z.object({ after: z.string() }).optional() }).nullish(),
});

/**
 * Looks for the submission by our id in `pageUrl`, newest first, back to before it was finished (form-tools.md section 1.4).
 * Null, it certainly did not arrive, only when HubSpot has had the time to list it; `unknown` until then.
 */
export async function readBackSubmission(
  context: DestinationContext,
  item: DeliveryItem,
): Promise<DeliveryOutcome | null> {
  const language = await portalLanguage(context.db, context.portalId);
  try {
    // Asked before looking: what takes effect while we look must not be missed by it.
    const settled = await isSettled(context, item);
    const found = await findSubmission(context, item);
    if (found.kind === 'found') return { kind: 'delivered', remoteId: found.conversionId, detail: { readBack: true } };
    if (found.kind === 'absent' && settled) return null;
    return { kind: 'unknown', code: 'not_listed_yet', reason: textOf('not_listed_yet', language) };
  } catch (err) {
    const outcome = outcomeOf(err, language);
    // The look failed, not the submission: whether it arrived is as unknown as before.
    if (outcome.kind === 'retry') return { kind: 'unknown', code: outcome.code, reason: outcome.reason };
    return outcome;
  }
}

async function findSubmission(
  context: DestinationContext,
  item: DeliveryItem,
): Promise<{ kind: 'found'; conversionId: string | null } | { kind: 'absent' } | { kind: 'too-many' }> {
  const marker = `sid=${item.submissionId}`;
  const oldest = item.finishedAt.getTime() - CLOCK_SLACK_MS;
  let after: string | undefined;
  for (let n = 0; n < MAX_PAGES; n += 1) {
    const answer = await context.hubspot.call(context.portalId, {
      method: 'GET',
      path: PATHS.formSubmissions(item.form.sourceFormId),
      query: { limit: PAGE_SIZE, after },
      schema: page,
      priority: 'delivery',
      idempotent: true,
    });
    const own = answer.results.find(({ pageUrl }) => pageUrl.includes(marker));
    if (own) return { kind: 'found', conversionId: own.conversionId };
    after = answer.paging?.next?.after;
    if (after === undefined || answer.results.every(({ submittedAt }) => submittedAt < oldest))
      return { kind: 'absent' };
  }
  return { kind: 'too-many' };
}
