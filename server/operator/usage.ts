/** Apart from the commands, so that printing the help loads none of them. */
export const KEYS_USAGE =
  'keys list | check | rewrap | new-master | rotate --account ID [--retire-now] | rotate --drill | app-secret --app ID < FILE';
export const AUDIT_USAGE = 'audit verify [--against EARLIER.json]';
export const PERSON_USAGE = 'person export | erase --portal ID --contact ID';
export const PORTAL_USAGE = 'portal erase --portal ID [--yes]';
