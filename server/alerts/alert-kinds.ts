/** What an alert can be about. Stored, and told to customers' systems: a name never changes. */
export const ALERT_KINDS = [
  'deliveries_dead',
  'deliveries_held',
  'deliveries_late',
  'destination_paused',
  'webhook_gone',
  'hubspot_disconnected',
  'account_broken',
  'meta_token_invalid',
  'meta_token_expiring',
  'number_key_mismatch',
  'key_mismatch',
  'signature_mismatch',
  'endpoint_slow',
  'endpoint_failing',
  'endpoint_unavailable',
  'phone_errors',
  'flow_throttled',
  'flow_blocked',
  'flow_version_expiring',
  'meta_client_error_rate',
  'meta_endpoint_error_rate',
  'meta_endpoint_latency',
  'meta_endpoint_availability',
  'balance_broken',
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

/** What the subject of an alert is an id of. */
export type SubjectType = 'destination' | 'flow' | 'account' | 'webhook' | 'hubspot';

const SUBJECT: Partial<Record<AlertKind, SubjectType>> = {
  deliveries_dead: 'destination',
  deliveries_held: 'destination',
  deliveries_late: 'destination',
  destination_paused: 'destination',
  balance_broken: 'destination',
  webhook_gone: 'webhook',
  hubspot_disconnected: 'hubspot',
  account_broken: 'account',
  meta_token_invalid: 'account',
  meta_token_expiring: 'account',
  number_key_mismatch: 'account',
  key_mismatch: 'account',
  signature_mismatch: 'account',
};

/** Measures of the endpoint are of a flow, or of a whole account where no single flow shows it. */
export function subjectType(kind: AlertKind, subject: string): SubjectType {
  return SUBJECT[kind] ?? (subject.startsWith('wac_') ? 'account' : 'flow');
}

/** `now`: something is not working. `soon`: it works, and will not for long. */
export function severityOf(kind: AlertKind): 'now' | 'soon' {
  return SOON.has(kind) ? 'soon' : 'now';
}
const SOON: ReadonlySet<AlertKind> = new Set<AlertKind>([
  'deliveries_late',
  'meta_token_expiring',
  'flow_version_expiring',
  'endpoint_slow',
  'phone_errors',
]);

export function isAlertKind(kind: string): kind is AlertKind {
  return ALERT_KINDS.some((known) => known === kind);
}

/** One thing that is wrong now. `amount`: how many of it; `figure`: milliseconds, percent or days, as the kind says. */
export type Condition = {
  kind: AlertKind;
  subject: string;
  amount: number;
  figure: number | null;
  /** When the newest of them happened; null where that says nothing. */
  latest: Date | null;
};
