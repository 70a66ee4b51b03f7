import { z } from 'zod';
import { associate, defaultSpec } from '../crm/associations.ts';
import {
  createObject,
  findObject,
  findObjectBy,
  listObjects,
  updateObject,
  writeProperties,
  type CrmObject,
  type Properties,
  type WriteSource,
} from '../crm/objects.ts';
import { resolveObjectType, type ObjectType } from '../crm/object-types.ts';
import { propertyMap } from '../crm/properties.ts';
import { checkValue } from '../crm/property-values.ts';
import { HubSpotError } from '../hubspot-error.ts';
import type { StandIn } from '../stand-in.ts';
import { jsonColumn } from '../store.ts';
import { findForm } from './form-definition.ts';

export const submittedValues = z.array(z.object({ objectTypeId: z.string(), name: z.string(), value: z.string() }));
type Values = z.output<typeof submittedValues>;

const dueRow = z.object({
  n: z.number(),
  portal_id: z.number(),
  form_id: z.string(),
  field_values: jsonColumn(submittedValues),
  submitted_at: z.number(),
  page_name: z.string().nullable(),
});
type Due = z.output<typeof dueRow>;

/**
 * What HubSpot does with a submission some time after it was accepted: finds or makes the contact by e-mail and writes the values.
 * Without an e-mail nothing can be tied to a contact. Runs on a timer and before every request, so that nothing is lost by a crash.
 */
export function processDueSubmissions(standIn: StandIn): void {
  const now = standIn.clock.now().getTime();
  const due = standIn.store.all(
    dueRow,
    'select n, portal_id, form_id, field_values, submitted_at, page_name from submissions where process_at is not null and process_at <= ? order by process_at, n limit 500',
    now,
  );
  for (const one of due) {
    try {
      standIn.store.transaction(() => process(standIn, one));
    } catch (thrown) {
      // A value that another record holds already: HubSpot keeps the submission and leaves the contact alone.
      if (!(thrown instanceof HubSpotError)) throw thrown;
      standIn.store.run("update submissions set process_at = null, outcome = 'not-applied' where n = ?", one.n);
    }
  }
}

/** When the next piece of put-off work is due, for a timer after a restart. */
export function nextDueTimes(standIn: StandIn): number[] {
  const row = z.object({ due_at: z.number().nullable() });
  const times = standIn.store.all(
    row,
    'select min(process_at) as due_at from submissions union all select due_at from webhooks where due_at is not null',
  );
  return times.flatMap((one) => one.due_at ?? []);
}

function process(standIn: StandIn, due: Due): void {
  const contact = writeContact(standIn, due);
  if (contact) writeCompany(standIn, due, contact);
  standIn.store.run(
    'update submissions set process_at = null, contact_id = ?, outcome = ? where n = ?',
    contact ? Number(contact.id) : null,
    contact ? 'processed' : 'anonymous',
    due.n,
  );
}

function writeContact(standIn: StandIn, due: Due): CrmObject | null {
  const type = resolveObjectType(standIn.store, due.portal_id, 'contacts');
  const values = usableValues(standIn, due.portal_id, type, due.field_values, '0-1');
  if (!values.email) return null;
  const form = findForm(standIn.store, due.portal_id, due.form_id);
  const source: WriteSource = { type: 'FORM', id: due.form_id, label: form?.definition.name ?? null, userId: null };
  const stage = form?.definition.configuration.lifecycleStages?.find((one) => one.objectTypeId === '0-1')?.value;
  const known = findObjectBy(standIn, due.portal_id, type, values.email, 'email');
  const properties: Properties = { ...(stage === undefined ? {} : { lifecyclestage: stage }), ...values };
  const written = known
    ? updateObject(standIn, due.portal_id, type, known, properties, source)
    : createObject(standIn, due.portal_id, type, properties, source);
  return writeProperties(
    standIn,
    due.portal_id,
    type,
    written,
    {
      ...written.properties,
      num_conversion_events: String(Number(written.properties.num_conversion_events ?? '0') + 1),
      recent_conversion_event_name: [due.page_name, form?.definition.name].filter(Boolean).join(': '),
      recent_conversion_date: new Date(due.submitted_at).toISOString(),
    },
    source,
  );
}

/** Company fields of a form go to the contact's company, found by domain or name. */
function writeCompany(standIn: StandIn, due: Due, contact: CrmObject): void {
  const type = resolveObjectType(standIn.store, due.portal_id, 'companies');
  const values = usableValues(standIn, due.portal_id, type, due.field_values, '0-2');
  if (Object.keys(values).length === 0) return;
  const source: WriteSource = { type: 'FORM', id: due.form_id, label: null, userId: null };
  const known = listObjects(standIn, due.portal_id, type, { afterId: 0, limit: 10_000 }).find(
    ({ properties }) =>
      (values.domain !== undefined && properties.domain === values.domain) ||
      (values.name !== undefined && properties.name === values.name),
  );
  const company = known
    ? updateObject(standIn, due.portal_id, type, known, values, source)
    : createObject(standIn, due.portal_id, type, values, source);
  const contacts = resolveObjectType(standIn.store, due.portal_id, 'contacts');
  const current = findObject(standIn, due.portal_id, contacts, contact.id);
  if (!current) return;
  associate(
    standIn,
    due.portal_id,
    { type: contacts, id: current.id },
    { type, id: company.id },
    defaultSpec(standIn.store, due.portal_id, contacts, type),
  );
}

/** Values whose property exists and takes them; the rest stays in the submission only, as it does at HubSpot. */
function usableValues(
  standIn: StandIn,
  portalId: number,
  type: ObjectType,
  values: Values,
  objectTypeId: string,
): Properties {
  const definitions = propertyMap(standIn.store, portalId, type);
  const usable: Properties = {};
  for (const { name, value } of values.filter((one) => one.objectTypeId === objectTypeId && one.value !== '')) {
    const definition = definitions.get(name);
    const checked = definition && checkValue(definition, value);
    if (checked && 'value' in checked) usable[name] = checked.value;
  }
  return usable;
}
