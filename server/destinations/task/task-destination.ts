import { looksLikeDocumentNumber } from '@flowella/shared/form/looks-like-document-number.ts';
import type { Mapping } from '@flowella/shared/contract/mapping.ts';
import type { Design } from '@flowella/shared/form/design.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import { portalLanguage, type Language } from '../../hubspot/language.ts';
import { ASSOCIATION, MAX_BATCH, readObjects } from '../../hubspot/objects.ts';
import { readBackActivity, writeActivities, type ActivityItem, type ActivityKind } from '../activities.ts';
import { answeredQuestions } from '../answered-questions.ts';
import type { DeliveryItem, DeliveryOutcome, Destination, DestinationContext } from '../destination.ts';
import { placesIn } from '../fill-template.ts';
import { dead, outcomeOf } from '../outcomes.ts';
import { textOf } from '../texts.ts';
import { taskMarker, toTask, type TaskMapping } from './to-task.ts';

const KINDS: Record<TaskMapping['kind'], ActivityKind> = {
  task: {
    type: 'tasks',
    bodyProperty: 'hs_task_body',
    associationTypeId: ASSOCIATION.taskToContact,
    marker: taskMarker,
  },
  note: {
    type: 'notes',
    bodyProperty: 'hs_note_body',
    associationTypeId: ASSOCIATION.noteToContact,
    marker: taskMarker,
  },
};
const OWNER = 'hubspot_owner_id';

/** A task for the contact's owner, or a note, after each submission: once, found again by our id where an answer was lost. */
export function createTaskDestination(): Destination {
  return {
    kind: 'task',
    dependsOn: 'contact',
    batchSize: MAX_BATCH,
    wanted: (mapping) => mapping.task?.enabled === true,

    async check(context, form, mapping, design) {
      return checkTask(form, mapping, design, await portalLanguage(context.db, context.portalId));
    },

    async deliver(context, items) {
      const language = await portalLanguage(context.db, context.portalId);
      const outcomes = new Map<string, DeliveryOutcome>();
      for (const kind of ['task', 'note'] as const) {
        const own = items.filter((item) => item.mapping.task?.kind === kind);
        for (const [id, outcome] of await deliverKind(context, kind, own, language)) outcomes.set(id, outcome);
      }
      return items.map((item) => outcomes.get(item.deliveryId) ?? dead('no_contact', language));
    },

    async readBack(context, item) {
      const { task } = item.mapping;
      const language = await portalLanguage(context.db, context.portalId);
      return task ? readBackActivity(context, KINDS[task.kind], item, language) : null;
    },
  };
}

async function deliverKind(
  context: DestinationContext,
  kind: TaskMapping['kind'],
  items: readonly DeliveryItem[],
  language: Language,
): Promise<Map<string, DeliveryOutcome>> {
  if (items.length === 0) return new Map();
  let owners: ReadonlyMap<string, string>;
  try {
    owners = await ownersOf(context, items);
  } catch (err) {
    // Nothing has been written yet.
    const outcome = outcomeOf(err, language);
    return new Map(items.map((item) => [item.deliveryId, outcome]));
  }
  const writable = items.flatMap((item): ActivityItem[] => {
    const { contactId, mapping } = item;
    if (contactId === null || !mapping.task) return [];
    const properties = toTask(item, mapping.task, { ownerId: owners.get(contactId) ?? '', language });
    return [{ item, contactId, properties }];
  });
  return writeActivities(context, KINDS[kind], writable, language);
}

/** The owner of each contact as the contact's delivery left it; absent where nobody owns it. */
async function ownersOf(context: DestinationContext, items: readonly DeliveryItem[]): Promise<Map<string, string>> {
  const ids = [...new Set(items.flatMap(({ contactId }) => contactId ?? []))];
  const where = { hubspot: context.hubspot, portalId: context.portalId, priority: 'delivery' as const };
  const contacts = await readObjects(where, 'contacts', ids, [OWNER]);
  return new Map([...contacts.values()].map((contact) => [contact.id, contact.properties[OWNER] ?? '']));
}

/** What cannot work: no title, or a place for the answer of a question that is not there or must not be repeated. Pure. */
export function checkTask(
  form: Form,
  mapping: Mapping,
  design: Design | undefined,
  language: Language,
): { question?: string; code: string; message: string }[] {
  const { task } = mapping;
  if (!task?.enabled) return [];
  if (task.title === '') return [{ code: 'task_without_title', message: textOf('task_without_title', language) }];
  const questions = answeredQuestions(form);
  return [...new Set(placesIn(`${task.title}\n${task.text}`))].flatMap((id) => {
    const question = questions.get(id);
    if (!question)
      return [{ question: id, code: 'unknown_place', message: textOf('unknown_place', language, { question: id }) }];
    if (!looksLikeDocumentNumber(question) || design?.allowDocumentNumber?.includes(id)) return [];
    return [{ question: id, code: 'document_number', message: textOf('document_number', language) }];
  });
}
