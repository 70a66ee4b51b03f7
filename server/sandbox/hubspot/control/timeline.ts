import { z } from 'zod';
import { listAssociated } from '../crm/associations.ts';
import { findObject, type CrmObject } from '../crm/objects.ts';
import { listCustomObjects, resolveObjectType, toObjectType, type ObjectType } from '../crm/object-types.ts';
import { submittedValues } from '../forms/process-submissions.ts';
import { findForm } from '../forms/form-definition.ts';
import type { StandIn } from '../stand-in.ts';
import { jsonColumn } from '../store.ts';

/** One thing on a contact's timeline, newest first; `properties` as HubSpot keeps them, `body` may hold HTML. */
export type TimelineEntry = {
  kind: 'note' | 'communication' | 'task' | 'meeting' | 'form-submission' | 'custom-object';
  id: string;
  at: string;
  title: string;
  body: string;
  properties: Record<string, string>;
};

export function readTimeline(standIn: StandIn, portalId: number, contact: CrmObject): TimelineEntry[] {
  const { store } = standIn;
  const contacts = resolveObjectType(store, portalId, 'contacts');
  const of = (name: string, toEntry: (object: CrmObject) => TimelineEntry): TimelineEntry[] =>
    associated(standIn, portalId, contacts, contact, resolveObjectType(store, portalId, name)).map(toEntry);
  const custom = listCustomObjects(store, portalId).flatMap((definition) =>
    associated(standIn, portalId, contacts, contact, toObjectType(definition)).map((object) =>
      customEntry(object, definition.labels.singular ?? definition.name, definition.primaryDisplayProperty),
    ),
  );
  const entries = [
    ...of('notes', (object) => activity(object, 'note', 'Note', object.properties.hs_note_body)),
    ...of('communications', (object) =>
      activity(object, 'communication', channelTitle(object), object.properties.hs_communication_body),
    ),
    ...of('tasks', (object) =>
      activity(object, 'task', object.properties.hs_task_subject ?? 'Task', object.properties.hs_task_body),
    ),
    ...of('meetings', (object) =>
      activity(object, 'meeting', object.properties.hs_meeting_title ?? 'Meeting', object.properties.hs_meeting_body),
    ),
    ...custom,
    ...submissions(standIn, portalId, contact),
  ];
  return entries.toSorted((a, b) => b.at.localeCompare(a.at));
}

function associated(
  standIn: StandIn,
  portalId: number,
  from: ObjectType,
  contact: CrmObject,
  to: ObjectType,
): CrmObject[] {
  return listAssociated(standIn, portalId, { type: from, id: contact.id }, to).flatMap(
    (one) => findObject(standIn, portalId, to, one.toId) ?? [],
  );
}

function activity(
  object: CrmObject,
  kind: 'note' | 'communication' | 'task' | 'meeting',
  title: string,
  body: string | undefined,
): TimelineEntry {
  return {
    kind,
    id: object.id,
    at: object.properties.hs_timestamp ?? new Date(object.createdAtMs).toISOString(),
    title,
    body: body ?? '',
    properties: object.properties,
  };
}

function channelTitle(object: CrmObject): string {
  return object.properties.hs_communication_channel_type === 'WHATS_APP' ? 'WhatsApp message' : 'Message';
}

function customEntry(object: CrmObject, label: string, primary: string | undefined): TimelineEntry {
  return {
    kind: 'custom-object',
    id: object.id,
    at: new Date(object.createdAtMs).toISOString(),
    title: label,
    body: (primary && object.properties[primary]) ?? '',
    properties: object.properties,
  };
}

function submissions(standIn: StandIn, portalId: number, contact: CrmObject): TimelineEntry[] {
  const row = z.object({
    form_id: z.string(),
    conversion_id: z.string(),
    submitted_at: z.number(),
    field_values: jsonColumn(submittedValues),
    page_name: z.string().nullable(),
    page_url: z.string().nullable(),
  });
  return standIn.store
    .all(
      row,
      'select form_id, conversion_id, submitted_at, field_values, page_name, page_url from submissions where portal_id = ? and contact_id = ? order by n desc',
      portalId,
      Number(contact.id),
    )
    .map((one) => ({
      kind: 'form-submission' as const,
      id: one.conversion_id,
      at: new Date(one.submitted_at).toISOString(),
      title: findForm(standIn.store, portalId, one.form_id)?.definition.name ?? one.form_id,
      body: one.page_name ?? '',
      properties: {
        ...Object.fromEntries(one.field_values.map(({ name, value }) => [name, value])),
        ...(one.page_url === null ? {} : { hs_page_url: one.page_url }),
      },
    }));
}
