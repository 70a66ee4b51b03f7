import { AppError } from '../../app-error.ts';
import { BoundedCache } from '../../bounded-cache.ts';
import type { Mapping } from '@flowella/shared/contract/mapping.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import type { PortalId } from '../../db/db.ts';
import { portalLanguage, type Language } from '../../hubspot/language.ts';
import { MAX_BATCH, readObjects, updateObject, updateObjects } from '../../hubspot/objects.ts';
import { listOwners } from '../../hubspot/owners.ts';
import { listProperties, type Property } from '../../hubspot/properties.ts';
import type { DeliveryItem, DeliveryOutcome, Destination, DestinationContext } from '../destination.ts';
import { eachLimited } from '../../each-limited.ts';
import { dead, held, isTaken, outcomeOf, retry } from '../outcomes.ts';
import { textOf } from '../texts.ts';
import { checkContactMapping, type MappingProblem } from './check-contact-mapping.ts';
import { checkOwnerRules } from './check-owner-rules.ts';
import { OWNER, routesOwner, type ChosenOwner } from './choose-owner.ts';
import { findOrCreateContact } from './find-or-create-contact.ts';
import { createRouteOwners, type RouteOwners } from './route-owners.ts';
import { changesLifecycle, LIFECYCLE, toContactUpdate, type ContactUpdate } from './to-contact-update.ts';

/** Calls at once for what cannot be batched: the budget of the portal is spent in seconds either way. */
const AT_ONCE = 4;
/** Definitions change rarely; one that is missing is looked up anew at once. */
const CATALOG_TTL_MS = 30_000;

type Catalog = ReadonlyMap<string, Property>;
type Target = { item: DeliveryItem; contactId: string };
type Write = { contactId: string; properties: Record<string, string> };
type Written = { kind: 'written'; contactId: string } | { kind: 'failed'; outcome: DeliveryOutcome };

/**
 * Answers to properties of the person's contact. The contact that the send knew is patched; without one it is found or made.
 * Sets the contact's owner by the customer's rules. Also finds the contact alone when only KYC record or timeline need one. Idempotent: the same values written twice are the same.
 */
export function createContactDestination(): Destination {
  const catalogs = new BoundedCache<PortalId, Catalog>({ max: 500, ttlMs: CATALOG_TTL_MS });

  const routeOwners = createRouteOwners();

  async function catalogFor(context: DestinationContext, items: readonly DeliveryItem[]): Promise<Catalog> {
    const names = items.flatMap(({ mapping }) =>
      mapping.contact.enabled ? mapping.contact.properties.map((line) => line.property) : [],
    );
    if (names.length === 0) return new Map();
    let isFresh = false;
    const load = (): Promise<Catalog> => {
      isFresh = true;
      return listProperties(context.hubspot, context.portalId, 'contacts', 'delivery');
    };
    const catalog = await catalogs.get(context.portalId, load);
    // Nothing is held by what a property was a while ago: the customer may just have corrected it and asked to try again.
    const fits = items.every((item) => toContactUpdate(item, catalog, '').affected.length === 0);
    if (isFresh || fits) return catalog;
    catalogs.forget(context.portalId);
    return catalogs.get(context.portalId, load);
  }

  return {
    kind: 'contact',
    dependsOn: null,
    batchSize: MAX_BATCH,
    wanted: (mapping, { appointment }) =>
      appointment === true ||
      [mapping.contact, mapping.kycRecord, mapping.timeline, mapping.task, mapping.owner].some((part) => part?.enabled),

    async check(context, form, mapping, design) {
      const language = await portalLanguage(context.db, context.portalId);
      const ownerProblems = await checkOwners(context, form, mapping, language);
      if (!mapping.contact.enabled || mapping.contact.properties.length === 0) return ownerProblems;
      const catalog = await listProperties(context.hubspot, context.portalId, 'contacts', 'card');
      return [...checkContactMapping(form, mapping, catalog, { language, design }), ...ownerProblems];
    },

    async deliver(context, items) {
      const language = await portalLanguage(context.db, context.portalId);
      try {
        const catalog = await catalogFor(context, items);
        return await deliverAll(context, items, { catalog, routeOwners, language });
      } catch (err) {
        const outcome = outcomeOf(err, language);
        return items.map(() => outcome);
      }
    },
  };
}

async function checkOwners(
  context: DestinationContext,
  form: Form,
  mapping: Mapping,
  language: Language,
): Promise<MappingProblem[]> {
  if (!mapping.owner?.enabled) return [];
  try {
    const where = { hubspot: context.hubspot, portalId: context.portalId, priority: 'card' as const };
    return checkOwnerRules(form, mapping, await listOwners(where), language);
  } catch (err) {
    if (!(err instanceof AppError) || err.code !== 'hubspot_missing_scope') throw err;
    return [{ code: 'owners_not_permitted', message: textOf('owners_not_permitted', language) }];
  }
}

async function deliverAll(
  context: DestinationContext,
  items: readonly DeliveryItem[],
  { catalog, routeOwners, language }: { catalog: Catalog; routeOwners: RouteOwners; language: Language },
): Promise<DeliveryOutcome[]> {
  const outcomes = new Map<string, DeliveryOutcome>();
  const targets = await findTargets(context, items, language, outcomes);
  const present = await readPresent(context, targets);
  const owners = await routeOwners(context, targets, (id) => present.get(id)?.[OWNER] ?? '');
  const updates = new Map<string, ContactUpdate>();
  const writes = new Map<string, Write>();
  // In the order of finishing, so that of two submissions of one person the later one stands.
  for (const { item, contactId } of targets.toSorted((a, b) => Number(a.item.finishedAt) - Number(b.item.finishedAt))) {
    const update = toContactUpdate(item, catalog, present.get(contactId)?.[LIFECYCLE] ?? '');
    const ownerId = owners.get(item.submissionId)?.ownerId;
    if (ownerId) update.properties[OWNER] = ownerId;
    updates.set(item.deliveryId, update);
    if (Object.keys(update.properties).length === 0) continue;
    const properties = { ...writes.get(contactId)?.properties, ...update.properties };
    writes.set(contactId, { contactId, properties });
  }
  const written = await writeAll(context, [...writes.values()], language);
  for (const { item, contactId } of targets) {
    outcomes.set(
      item.deliveryId,
      outcomeFor(contactId, written.get(contactId), {
        update: updates.get(item.deliveryId),
        owner: owners.get(item.submissionId),
        language,
      }),
    );
  }
  return items.map((item) => outcomes.get(item.deliveryId) ?? dead('no_contact', language));
}

/** The contact of every item; items without one get their outcome at once. */
async function findTargets(
  context: DestinationContext,
  items: readonly DeliveryItem[],
  language: Language,
  outcomes: Map<string, DeliveryOutcome>,
): Promise<Target[]> {
  // One person's submissions are looked up once: two lookups at the same time could make two contacts.
  const byPerson = Map.groupBy(
    items,
    (item) => item.contactId ?? `person ${item.person.personId || item.submissionId}`,
  );
  const groups = await eachLimited([...byPerson.values()], AT_ONCE, async (group): Promise<Target[]> => {
    const [first] = group;
    if (!first) return [];
    const result = await contactOf(context, first, language);
    if (result.kind === 'found') return group.map((item) => ({ item, contactId: result.contactId }));
    for (const item of group) outcomes.set(item.deliveryId, result.outcome);
    return [];
  });
  return groups.flat();
}

async function contactOf(context: DestinationContext, item: DeliveryItem, language: Language) {
  if (item.contactId !== null) return { kind: 'found' as const, contactId: item.contactId };
  if (context.signal.aborted) return { kind: 'outcome' as const, outcome: retry('no_time_left', language) };
  try {
    return await findOrCreateContact(context, item, language);
  } catch (err) {
    return { kind: 'outcome' as const, outcome: outcomeOf(err, language) };
  }
}

/** Present lifecycle stages and owners, read only where a mapping reaches for them. */
async function readPresent(
  context: DestinationContext,
  targets: readonly Target[],
): Promise<Map<string, Record<string, string | null>>> {
  const wanted = targets.filter(({ item }) => changesLifecycle(item) || routesOwner(item));
  const ids = [...new Set(wanted.map(({ contactId }) => contactId))];
  const contacts = await readObjects(whereOf(context), 'contacts', ids, [LIFECYCLE, OWNER]);
  return new Map([...contacts.values()].map((contact) => [contact.id, contact.properties]));
}

/** One batch call; what it did not confirm is written one by one, so that each refusal has its own reason. */
async function writeAll(
  context: DestinationContext,
  writes: readonly Write[],
  language: Language,
): Promise<Map<string, Written>> {
  const written = new Map<string, Written>();
  if (writes.length > 1) {
    const inputs = writes.map(({ contactId, properties }) => ({ id: contactId, properties }));
    for (const id of await tryBatch(context, inputs)) written.set(id, { kind: 'written', contactId: id });
  }
  const rest = writes.filter(({ contactId }) => !written.has(contactId));
  const results = await eachLimited(rest, AT_ONCE, (write) => writeOne(context, write, language));
  rest.forEach((write, index) => {
    const result = results[index];
    if (result) written.set(write.contactId, result);
  });
  return written;
}

/** Ids that were confirmed; none when HubSpot refused the batch as a whole because of one of its members. */
async function tryBatch(
  context: DestinationContext,
  inputs: { id: string; properties: Record<string, string> }[],
): Promise<Set<string>> {
  try {
    return await updateObjects(whereOf(context), 'contacts', inputs);
  } catch (err) {
    const refused =
      err instanceof AppError && ['hubspot_rejected', 'hubspot_conflict', 'hubspot_not_found'].includes(err.code);
    if (refused) return new Set();
    throw err;
  }
}

async function writeOne(context: DestinationContext, write: Write, language: Language): Promise<Written> {
  if (context.signal.aborted) return { kind: 'failed', outcome: retry('no_time_left', language) };
  try {
    // A merged contact answers with the id it was merged into: that one is the contact from now on.
    const contact = await updateObject(whereOf(context), 'contacts', write.contactId, write.properties);
    return { kind: 'written', contactId: contact.id };
  } catch (err) {
    if (isTaken(err)) return { kind: 'failed', outcome: dead('email_of_other_contact', language) };
    const gone = err instanceof AppError && err.code === 'hubspot_not_found';
    return { kind: 'failed', outcome: gone ? dead('contact_gone', language) : outcomeOf(err, language) };
  }
}

function outcomeFor(
  contactId: string,
  written: Written | undefined,
  o: { update: ContactUpdate | undefined; owner: ChosenOwner | undefined; language: Language },
): DeliveryOutcome {
  if (written?.kind === 'failed') return written.outcome;
  const id = written?.contactId ?? contactId;
  const [affected] = o.update?.affected ?? [];
  if (affected !== undefined) return { ...held('property_changed', o.language, { property: affected }), contactId: id };
  const properties = Object.keys(o.update?.properties ?? {}).length;
  const note = o.owner?.note ? textOf(o.owner.note, o.language) : undefined;
  return { kind: 'delivered', remoteId: id, contactId: id, detail: { properties }, ...(note ? { note } : {}) };
}

function whereOf(context: DestinationContext) {
  return { hubspot: context.hubspot, portalId: context.portalId, priority: 'delivery' as const };
}
