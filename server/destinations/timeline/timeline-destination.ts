import { ENDING_ID, isComputedId } from '@flowella/shared/form/computed-values.ts';
import { portalLanguage, type Language, type Texts } from '../../hubspot/language.ts';
import { ASSOCIATION, MAX_BATCH } from '../../hubspot/objects.ts';
import {
  escapeHtml,
  readBackActivity,
  referenceLine,
  writeActivities,
  type ActivityItem,
  type ActivityKind,
} from '../activities.ts';
import type { DeliveryItem, Destination } from '../destination.ts';
import { dead } from '../outcomes.ts';

const COMMUNICATION: ActivityKind = {
  type: 'communications',
  bodyProperty: 'hs_communication_body',
  associationTypeId: ASSOCIATION.communicationToContact,
};

/**
 * A WhatsApp communication on the contact's timeline: that a flow was answered, when, and how many answers there were. Which of several
 * endings was reached is said, but no answer stands in it: the timeline is read by more people than the properties (hubspot-platform.md section 5.5).
 */
export function createTimelineDestination(): Destination {
  return {
    kind: 'timeline',
    dependsOn: 'contact',
    batchSize: MAX_BATCH,
    wanted: (mapping) => mapping.timeline.enabled,
    check: () => Promise.resolve([]),

    async deliver(context, items) {
      const language = await portalLanguage(context.db, context.portalId);
      const writable = items.flatMap((item): ActivityItem[] =>
        item.contactId === null
          ? []
          : [{ item, contactId: item.contactId, properties: toCommunication(item, language) }],
      );
      const outcomes = await writeActivities(context, COMMUNICATION, writable, language);
      return items.map((item) => outcomes.get(item.deliveryId) ?? dead('no_contact', language));
    },

    async readBack(context, item) {
      return readBackActivity(context, COMMUNICATION, item, await portalLanguage(context.db, context.portalId));
    },
  };
}

const ENDING_LABEL: Texts = { en: 'Ending of the form', de: 'Ende des Formulars' };

/** The communication's properties. Pure. */
export function toCommunication(item: DeliveryItem, language: Language): Record<string, string> {
  const count = Object.keys(item.answers).filter((id) => !isComputedId(id)).length;
  const ending = item.answers[ENDING_ID];
  const reached = ending?.kind === 'text' ? `<p>${ENDING_LABEL[language]}: ${escapeHtml(ending.value)}</p>` : '';
  const sentence: Texts = {
    en: `Answered the WhatsApp flow “${item.flowName}”: ${count} ${count === 1 ? 'answer' : 'answers'}.`,
    de: `Hat den WhatsApp-Flow „${item.flowName}“ beantwortet: ${count} ${count === 1 ? 'Antwort' : 'Antworten'}.`,
  };
  return {
    hs_communication_channel_type: 'WHATS_APP',
    hs_communication_logged_from: 'CRM',
    hs_communication_body: `<p>${escapeHtml(sentence[language])}</p>${reached}<p>${referenceLine(item.submissionId)}</p>`,
    hs_timestamp: item.finishedAt.toISOString(),
  };
}
