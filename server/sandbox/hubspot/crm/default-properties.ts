import type { PropertyDefinition, PropertyOption } from './property.ts';

type Brief = [
  name: string,
  label: string,
  type: PropertyDefinition['type'],
  fieldType: PropertyDefinition['fieldType'],
  more?: { options?: string[]; readOnly?: boolean; calculated?: boolean; unique?: boolean; group?: string },
];

const EPOCH = '2020-01-01T00:00:00.000Z';

/** Lifecycle stages in their order: a contact only moves forward (hubspot-platform.md section 5.1). */
export const LIFECYCLE_STAGES = [
  'subscriber',
  'lead',
  'marketingqualifiedlead',
  'salesqualifiedlead',
  'opportunity',
  'customer',
  'evangelist',
  'other',
];

const CONTACT: Brief[] = [
  ['email', 'Email', 'string', 'text', { unique: true }],
  ['hs_additional_emails', 'Additional email addresses', 'enumeration', 'checkbox', { readOnly: true }],
  ['firstname', 'First Name', 'string', 'text'],
  ['lastname', 'Last Name', 'string', 'text'],
  ['salutation', 'Salutation', 'string', 'text'],
  ['phone', 'Phone Number', 'string', 'phonenumber'],
  ['mobilephone', 'Mobile Phone Number', 'string', 'phonenumber'],
  ['fax', 'Fax Number', 'string', 'text'],
  ['hs_whatsapp_phone_number', 'WhatsApp Phone Number', 'string', 'phonenumber'],
  [
    'hs_searchable_calculated_phone_number',
    'Calculated Phone Number',
    'string',
    'text',
    { readOnly: true, calculated: true },
  ],
  [
    'hs_searchable_calculated_mobile_number',
    'Calculated Mobile Number',
    'string',
    'text',
    { readOnly: true, calculated: true },
  ],
  ['company', 'Company Name', 'string', 'text'],
  ['jobtitle', 'Job Title', 'string', 'text'],
  ['website', 'Website URL', 'string', 'text'],
  ['address', 'Street Address', 'string', 'text'],
  ['city', 'City', 'string', 'text'],
  ['state', 'State/Region', 'string', 'text'],
  ['zip', 'Postal Code', 'string', 'text'],
  ['country', 'Country/Region', 'string', 'text'],
  ['date_of_birth', 'Date of birth', 'string', 'text'],
  ['message', 'Message', 'string', 'textarea'],
  [
    'hs_language',
    'Preferred language',
    'enumeration',
    'select',
    { options: ['ar', 'de', 'en', 'es', 'fr', 'hi', 'it', 'ja', 'pl', 'pt', 'zh-cn'] },
  ],
  ['annualrevenue', 'Annual Revenue', 'string', 'text'],
  [
    'numemployees',
    'Number of Employees',
    'enumeration',
    'select',
    { options: ['1-5', '5-25', '25-50', '50-100', '100-500', '500-1000', '1000+'] },
  ],
  ['lifecyclestage', 'Lifecycle Stage', 'enumeration', 'radio', { options: LIFECYCLE_STAGES }],
  [
    'hs_lead_status',
    'Lead Status',
    'enumeration',
    'radio',
    {
      options: [
        'NEW',
        'OPEN',
        'IN_PROGRESS',
        'OPEN_DEAL',
        'UNQUALIFIED',
        'ATTEMPTED_TO_CONTACT',
        'CONNECTED',
        'BAD_TIMING',
      ],
    },
  ],
  ['hubspot_owner_id', 'Contact owner', 'enumeration', 'select'],
  [
    'hs_legal_basis',
    "Legal basis for processing contact's data",
    'enumeration',
    'checkbox',
    {
      options: [
        'Legitimate interest – prospect/lead',
        'Legitimate interest – existing customer',
        'Performance of a contract',
        'Freely given consent from contact',
        'Not applicable',
      ],
    },
  ],
  ['hs_email_optout', 'Unsubscribed from all email', 'bool', 'booleancheckbox', { readOnly: true }],
  ['num_conversion_events', 'Number of Form Submissions', 'number', 'number', { readOnly: true }],
  ['recent_conversion_event_name', 'Recent Conversion', 'string', 'text', { readOnly: true }],
  ['recent_conversion_date', 'Recent Conversion Date', 'datetime', 'date', { readOnly: true }],
  ['hs_merged_object_ids', 'Merged record IDs', 'enumeration', 'checkbox', { readOnly: true }],
  ['createdate', 'Create Date', 'datetime', 'date', { readOnly: true }],
  ['lastmodifieddate', 'Last Modified Date', 'datetime', 'date', { readOnly: true }],
];

const COMPANY: Brief[] = [
  ['name', 'Company name', 'string', 'text'],
  ['domain', 'Company Domain Name', 'string', 'text'],
  ['phone', 'Phone Number', 'string', 'phonenumber'],
  ['website', 'Website URL', 'string', 'text'],
  ['address', 'Street Address', 'string', 'text'],
  ['city', 'City', 'string', 'text'],
  ['zip', 'Postal Code', 'string', 'text'],
  ['country', 'Country/Region', 'string', 'text'],
  [
    'industry',
    'Industry',
    'enumeration',
    'select',
    { options: ['ACCOUNTING', 'BANKING', 'COMPUTER_SOFTWARE', 'EVENTS_SERVICES', 'INSURANCE', 'RETAIL'] },
  ],
  ['numberofemployees', 'Number of Employees', 'number', 'number'],
  ['hubspot_owner_id', 'Company owner', 'enumeration', 'select'],
  ['createdate', 'Create Date', 'datetime', 'date', { readOnly: true }],
  ['hs_lastmodifieddate', 'Last Modified Date', 'datetime', 'date', { readOnly: true }],
];

const ENGAGEMENT: Brief[] = [
  ['hs_timestamp', 'Activity date', 'datetime', 'date'],
  ['hubspot_owner_id', 'Activity assigned to', 'enumeration', 'select'],
  ['hs_attachment_ids', 'Attached file IDs', 'enumeration', 'checkbox'],
  ['hs_createdate', 'Create date', 'datetime', 'date', { readOnly: true }],
  ['hs_lastmodifieddate', 'Last modified date', 'datetime', 'date', { readOnly: true }],
];

const NOTE: Brief[] = [['hs_note_body', 'Note body', 'string', 'html'], ...ENGAGEMENT];
const COMMUNICATION: Brief[] = [
  [
    'hs_communication_channel_type',
    'Channel Type',
    'enumeration',
    'select',
    { options: ['WHATS_APP', 'LINKEDIN_MESSAGE', 'SMS'] },
  ],
  ['hs_communication_logged_from', 'Logged from', 'enumeration', 'select', { options: ['CRM'] }],
  ['hs_communication_body', 'Communication body', 'string', 'html'],
  ...ENGAGEMENT,
];
const TASK: Brief[] = [
  ['hs_task_subject', 'Task Title', 'string', 'text'],
  ['hs_task_body', 'Task notes', 'string', 'html'],
  [
    'hs_task_status',
    'Task Status',
    'enumeration',
    'radio',
    { options: ['COMPLETED', 'DEFERRED', 'IN_PROGRESS', 'NOT_STARTED', 'WAITING'] },
  ],
  ['hs_task_priority', 'Priority', 'enumeration', 'select', { options: ['NONE', 'LOW', 'MEDIUM', 'HIGH'] }],
  ['hs_task_type', 'Task Type', 'enumeration', 'select', { options: ['CALL', 'EMAIL', 'LINKEDIN', 'MEETING', 'TODO'] }],
  ...ENGAGEMENT,
];
const MEETING: Brief[] = [
  ['hs_meeting_title', 'Meeting name', 'string', 'text'],
  ['hs_meeting_body', 'Meeting description', 'string', 'html'],
  ['hs_meeting_start_time', 'Meeting start time', 'datetime', 'date'],
  ['hs_meeting_end_time', 'Meeting end time', 'datetime', 'date'],
  [
    'hs_meeting_outcome',
    'Meeting outcome',
    'enumeration',
    'select',
    { options: ['SCHEDULED', 'COMPLETED', 'RESCHEDULED', 'NO_SHOW', 'CANCELED'] },
  ],
  ['hs_meeting_location', 'Location', 'string', 'text'],
  ['hs_internal_meeting_notes', 'Internal meeting notes', 'string', 'html'],
  ...ENGAGEMENT,
];
const CUSTOM: Brief[] = [
  ['hubspot_owner_id', 'Owner', 'enumeration', 'select'],
  ['hs_createdate', 'Object create date/time', 'datetime', 'date', { readOnly: true }],
  ['hs_lastmodifieddate', 'Object last modified date/time', 'datetime', 'date', { readOnly: true }],
];

const RECORD_ID: Brief = ['hs_object_id', 'Record ID', 'number', 'number', { readOnly: true, unique: true }];

/** HubSpot's own properties of each standard type that this product or its customers can meet; not the whole catalogue. */
export const DEFAULT_PROPERTIES: Readonly<Record<string, readonly PropertyDefinition[]>> = {
  '0-1': define(CONTACT, 'contactinformation'),
  '0-2': define(COMPANY, 'companyinformation'),
  '0-46': define(NOTE, 'note'),
  '0-18': define(COMMUNICATION, 'communication'),
  '0-27': define(TASK, 'task'),
  '0-47': define(MEETING, 'meeting'),
};

export function customObjectProperties(groupName: string): PropertyDefinition[] {
  return define(CUSTOM, groupName);
}

function define(briefs: readonly Brief[], groupName: string): PropertyDefinition[] {
  return [...briefs, RECORD_ID].map(([name, label, type, fieldType, more = {}]) => ({
    name,
    label,
    type,
    fieldType,
    groupName: more.group ?? groupName,
    description: '',
    options: (more.options ?? []).map(toOption),
    displayOrder: -1,
    hasUniqueValue: more.unique ?? false,
    hidden: false,
    formField: more.readOnly !== true,
    hubspotDefined: true,
    calculated: more.calculated ?? false,
    readOnlyValue: more.readOnly ?? false,
    createdAt: EPOCH,
    updatedAt: EPOCH,
  }));
}

function toOption(value: string, displayOrder: number): PropertyOption {
  return { label: value, value, displayOrder, hidden: false };
}
