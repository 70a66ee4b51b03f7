import { AppError } from '../app-error.ts';
import type { Language } from '../hubspot/language.ts';
import { createActivities, createActivity, readActivities, type NewActivity } from '../hubspot/objects.ts';
import { hubSpotError } from '../hubspot/to-hubspot-error.ts';
import type { DeliveryItem, DeliveryOutcome, DestinationContext } from './destination.ts';
import { eachLimited } from '../each-limited.ts';
import { isSettled } from './last-sent-at.ts';
import { dead, outcomeOf, retry } from './outcomes.ts';
import { textOf } from './texts.ts';

const AT_ONCE = 4;

/** A kind of activity we write on a contact: where its text stands and how it hangs on the contact. */
export type ActivityKind = {
  type: 'notes' | 'communications' | 'tasks';
  bodyProperty: string;
  associationTypeId: number;
  /** The line by which it is found again; `referenceLine` where left out. */
  marker?: (submissionId: string) => string;
};
export type ActivityItem = { item: DeliveryItem; contactId: string; properties: Record<string, string> };

/** Every activity of ours ends in this line; by it a lost answer is found again. */
export function referenceLine(submissionId: string): string {
  return `Flowella reference: ${submissionId}`;
}

/** Text for HubSpot's rich text properties. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}

/**
 * Writes one activity per item, in one call where there are several; outcomes in the order of the items. What the batch did not
 * confirm is written one by one, so that each refusal has its own reason.
 */
export async function writeActivities(
  context: DestinationContext,
  kind: ActivityKind,
  items: readonly ActivityItem[],
  language: Language,
): Promise<Map<string, DeliveryOutcome>> {
  const outcomes = new Map<string, DeliveryOutcome>();
  if (items.length > 1) {
    for (const [id, outcome] of await writeBatch(context, kind, items, language)) outcomes.set(id, outcome);
  }
  const rest = items.filter(({ item }) => !outcomes.has(item.deliveryId));
  const results = await eachLimited(rest, AT_ONCE, (one) => writeOne(context, kind, one, language));
  rest.forEach(({ item }, index) => {
    const outcome = results[index];
    if (outcome) outcomes.set(item.deliveryId, outcome);
  });
  return outcomes;
}

/** Finds the activity of an attempt whose answer was lost; null when it is certainly not there. */
export async function readBackActivity(
  context: DestinationContext,
  kind: ActivityKind,
  item: DeliveryItem,
  language: Language,
): Promise<DeliveryOutcome | null> {
  if (item.contactId === null) return null;
  try {
    const marker = (kind.marker ?? referenceLine)(item.submissionId);
    // Asked before looking: what takes effect while we look must not be missed by it.
    const settled = await isSettled(context, item);
    const activities = await readActivities(whereOf(context), kind.type, item.contactId, kind.bodyProperty);
    const own = activities.find(({ value }) => value.includes(marker));
    if (own) return { kind: 'delivered', remoteId: own.id, detail: { readBack: true } };
    return settled ? null : { kind: 'unknown', code: 'not_listed_yet', reason: textOf('not_listed_yet', language) };
  } catch (err) {
    if (err instanceof AppError && err.code === 'hubspot_not_found') return dead('contact_gone', language);
    const outcome = outcomeOf(err, language);
    return outcome.kind === 'retry' ? { kind: 'unknown', code: outcome.code, reason: outcome.reason } : outcome;
  }
}

async function writeBatch(
  context: DestinationContext,
  kind: ActivityKind,
  items: readonly ActivityItem[],
  language: Language,
): Promise<Map<string, DeliveryOutcome>> {
  try {
    const activities = items.map((one) => toActivity(kind, one));
    const { ids, complete } = await createActivities(whereOf(context), kind.type, activities);
    return new Map(
      items.flatMap(({ item }): [string, DeliveryOutcome][] => {
        const id = ids.get(item.submissionId);
        if (id !== undefined) return [[item.deliveryId, { kind: 'delivered', remoteId: id }]];
        // Never made again while one of HubSpot's new records may be this one.
        return complete ? [] : [[item.deliveryId, outcomeOf(hubSpotError('hubspot_outcome_unknown'), language)]];
      }),
    );
  } catch (err) {
    // One bad member refuses a batch as a whole, with no effect: each is then tried alone.
    if (err instanceof AppError && (err.code === 'hubspot_rejected' || err.code === 'hubspot_not_found'))
      return new Map();
    const outcome = outcomeOf(err, language);
    return new Map(items.map(({ item }) => [item.deliveryId, outcome]));
  }
}

async function writeOne(
  context: DestinationContext,
  kind: ActivityKind,
  one: ActivityItem,
  language: Language,
): Promise<DeliveryOutcome> {
  if (context.signal.aborted) return retry('no_time_left', language);
  try {
    return { kind: 'delivered', remoteId: await createActivity(whereOf(context), kind.type, toActivity(kind, one)) };
  } catch (err) {
    if (err instanceof AppError && err.code === 'hubspot_not_found') return dead('contact_gone', language);
    return outcomeOf(err, language);
  }
}

function toActivity(kind: ActivityKind, { item, contactId, properties }: ActivityItem): NewActivity {
  return { traceId: item.submissionId, properties, contactId, associationTypeId: kind.associationTypeId };
}

function whereOf(context: DestinationContext) {
  return { hubspot: context.hubspot, portalId: context.portalId, priority: 'delivery' as const };
}
