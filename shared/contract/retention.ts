import { z } from 'zod';

/** How long answers are kept here, per flow; HubSpot keeps its own copies as the customer decides there. */
export const retentionSchema = z.discriminatedUnion('kind', [
  /** Until somebody erases them. */
  z.strictObject({ kind: z.literal('keep') }),
  z.strictObject({ kind: z.literal('days'), days: z.int().min(1).max(3_650) }),
  /** Gone once every delivery is done; what cannot be delivered is kept thirty days at most. */
  z.strictObject({ kind: z.literal('pass-through') }),
]);
export type Retention = z.infer<typeof retentionSchema>;

/** What a flow does that says nothing else. */
export const DEFAULT_RETENTION: Retention = { kind: 'keep' };
/** For how long *pass through* keeps what could not be delivered (design, *Retention*). */
export const STUCK_DAYS = 30;
