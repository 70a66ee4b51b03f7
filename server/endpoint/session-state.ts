import { z } from 'zod';
import type { JsonValue } from '@flowella/shared/flow-json/flow-json.ts';

/** What the phone sent from one screen, by input name, as it was sent. */
export type RawValues = Record<string, JsonValue>;

/**
 * One person's run through one send: kept sealed with the session. Answers are derived from it, never stored twice
 * (flow-rules.md section 1.6).
 */
export type SessionState = {
  format: 1;
  /** ISO 8601: when the flow was first opened. */
  openedAt: string;
  /** Last values of each screen that passed the checks. */
  accepted: Record<string, RawValues>;
  /** Last values of each screen, also when a check failed: what a redraw and a resume show again. */
  sent: Record<string, RawValues>;
  /** Screens shown so far, in the order of their first showing. */
  shown: string[];
  /** Screen the person is on, as far as the server knows: Back on the phone is silent. */
  current: string;
  /** ISO 8601, by screen: when the values in `accepted` came. Absent in sessions that began before it was kept. */
  acceptedAt?: Record<string, string>;
  /** ISO 8601: when who answers was confirmed; absent before, and in flows that ask nobody. */
  confirmedAt?: string;
};

export const sessionStateSchema: z.ZodType<SessionState> = z.object({
  format: z.literal(1),
  openedAt: z.string(),
  accepted: z.record(z.string(), z.record(z.string(), z.json())),
  sent: z.record(z.string(), z.record(z.string(), z.json())),
  shown: z.array(z.string()),
  current: z.string(),
  acceptedAt: z.record(z.string(), z.string()).optional(),
  confirmedAt: z.string().optional(),
});
