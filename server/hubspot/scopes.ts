/**
 * What the app asks for at install (hubspot-platform.md section 4). The app's own configuration names the same list, and a
 * test compares the two: a difference blocks every install with HubSpot's error page.
 */
export const REQUIRED_SCOPES = [
  'oauth',
  'crm.objects.contacts.read',
  'crm.objects.contacts.write',
  'crm.schemas.contacts.read',
  'crm.schemas.contacts.write',
  'forms',
] as const;

/**
 * Custom objects exist in Enterprise accounts only: required scopes would keep everyone else from installing. Files are needed
 * by forms that ask for files only, owners by rules that name some and by alerts that become somebody's task, meeting links by flows that
 * offer appointments.
 */
export const OPTIONAL_SCOPES = [
  'crm.schemas.custom.read',
  'crm.schemas.custom.write',
  'crm.objects.custom.read',
  'crm.objects.custom.write',
  'files',
  'crm.objects.owners.read',
  'scheduler.meetings.meeting-link.read',
] as const;

/** What a custom object of our own needs, all of them together. */
export const CUSTOM_OBJECT_SCOPES = OPTIONAL_SCOPES.filter((scope) => scope.includes('.custom.'));
