import type { WebhookEvent } from '../destinations/webhook/to-event.ts';
import type { DescribedAlert } from './describe-alert.ts';

export type NoticeEvent = 'opened' | 'reminded' | 'mended';

/**
 * The event of one notice, in the shape of the webhook's other events. Ids of ours, names that the customer gave, figures and
 * sentences; nothing of any person. Names are part of the contract: never changed. Pure.
 */
export function toAlertEvent(alert: DescribedAlert, event: NoticeEvent, at: Date): WebhookEvent {
  const { row } = alert;
  return {
    type: `alert.${event}`,
    timestamp: at.toISOString(),
    data: {
      alert_id: alert.alertId,
      kind: alert.kind,
      severity: alert.severity,
      subject: alert.subject,
      count: alert.amount,
      figure: row.figure,
      opened_at: row.opened_at.toISOString(),
      last_seen_at: row.last_seen_at.toISOString(),
      mended_at: row.mended_at?.toISOString() ?? null,
      title: alert.title,
      message: alert.happened,
      what_to_do: event === 'mended' ? null : alert.todo,
    },
  };
}
