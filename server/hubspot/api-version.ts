/**
 * HubSpot dates its APIs; each date stands here and nowhere else, so that moving to a newer one is one line per API.
 * Dates are those of HubSpot's own OpenAPI descriptions; where prose and description disagree on a path, the description wins
 * (design, section 5).
 */
export const API_VERSION = {
  oauth: '2026-09',
  accountInfo: '2026-09',
  objects: '2026-09',
  properties: '2026-09',
  associations: '2026-09',
  schemas: '2026-09',
  limits: '2026-09',
  owners: '2026-09',
  forms: '2026-09-beta',
  appInstalls: '2026-03',
  formIntegrations: 'v1',
  formSubmit: 'v3',
  files: 'v3',
  scheduler: '2026-09',
} as const;

const segment = encodeURIComponent;

/** Every path this server calls at HubSpot. Arguments are escaped here. */
export const PATHS = {
  token: `/oauth/${API_VERSION.oauth}/token`,
  introspect: `/oauth/${API_VERSION.oauth}/token/introspect`,
  accountDetails: `/account-info/${API_VERSION.accountInfo}/details`,
  uninstall: `/appinstalls/${API_VERSION.appInstalls}/external-install`,
  objects: (type: string) => `/crm/objects/${API_VERSION.objects}/${segment(type)}`,
  object: (type: string, id: string) => `/crm/objects/${API_VERSION.objects}/${segment(type)}/${segment(id)}`,
  objectBatch: (type: string, verb: 'read' | 'create' | 'update' | 'upsert') =>
    `/crm/objects/${API_VERSION.objects}/${segment(type)}/batch/${verb}`,
  objectSearch: (type: string) => `/crm/objects/${API_VERSION.objects}/${segment(type)}/search`,
  defaultAssociation: (from: string, fromId: string, to: string, toId: string) =>
    `/crm/objects/${API_VERSION.associations}/${segment(from)}/${segment(fromId)}/associations/default/${segment(to)}/${segment(toId)}`,
  associationRead: (from: string, to: string) =>
    `/crm/associations/${API_VERSION.associations}/${segment(from)}/${segment(to)}/batch/read`,
  properties: (type: string) => `/crm/properties/${API_VERSION.properties}/${segment(type)}`,
  property: (type: string, name: string) =>
    `/crm/properties/${API_VERSION.properties}/${segment(type)}/${segment(name)}`,
  propertyGroups: (type: string) => `/crm/properties/${API_VERSION.properties}/${segment(type)}/groups`,
  schemas: `/crm-object-schemas/${API_VERSION.schemas}/schemas`,
  schema: (type: string) => `/crm-object-schemas/${API_VERSION.schemas}/schemas/${segment(type)}`,
  customObjectLimits: `/crm/limits/${API_VERSION.limits}/custom-object-types`,
  owner: (ownerId: string) => `/crm/owners/${API_VERSION.owners}/${segment(ownerId)}`,
  forms: `/marketing/forms/${API_VERSION.forms}`,
  form: (formId: string) => `/marketing/forms/${API_VERSION.forms}/${segment(formId)}`,
  formSubmissions: (formId: string) =>
    `/form-integrations/${API_VERSION.formIntegrations}/submissions/forms/${segment(formId)}`,
  meetingLinks: `/scheduler/${API_VERSION.scheduler}/meetings/meeting-links`,
  meetingLink: (slug: string) => `/scheduler/${API_VERSION.scheduler}/meetings/meeting-links/book/${segment(slug)}`,
  meetingAvailability: (slug: string) =>
    `/scheduler/${API_VERSION.scheduler}/meetings/meeting-links/book/availability-page/${segment(slug)}`,
  meetingBooking: `/scheduler/${API_VERSION.scheduler}/meetings/meeting-links/book`,
  owners: `/crm/owners/${API_VERSION.owners}`,
  files: `/files/${API_VERSION.files}/files`,
  fileErase: (fileId: string) => `/files/${API_VERSION.files}/files/${segment(fileId)}/gdpr-delete`,
  secureSubmit: (portalId: number, formId: string) =>
    `/submissions/${API_VERSION.formSubmit}/integration/secure/submit/${portalId}/${segment(formId)}`,
} as const;
