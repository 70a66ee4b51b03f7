import { z } from 'zod';
import { deliverySchema, idempotencyKey, isoTime } from './api.ts';

/** Deliveries that stopped on their way: dead ones, and held ones that wait for somebody. Nothing of them is tried by itself. */
const destination = deliverySchema.shape.destination;
const state = z.enum(['dead', 'held']);

export const stoppedGroupSchema = z.object({
  destination,
  state,
  /** Why, as a code: groups are told apart by it, and replayed by it. */
  code: z.string(),
  count: z.number(),
  /** The sentences of these deliveries with how many have each, the most frequent first; three at most. */
  reasons: z.array(z.object({ text: z.string(), count: z.number() })),
  /** What to do, in plain words. */
  mend: z.string(),
  /** Those whose form no longer exists, by flow: the customer may decide that they will not go there. */
  formGone: z.array(z.object({ flowId: z.string(), flowName: z.string(), count: z.number(), nowhereElse: z.number() })),
  /** When the oldest of them was submitted. */
  oldestAt: isoTime,
  /** When the first of their answers are deleted by the flow's privacy settings; null where nobody set a time. */
  answersUntil: isoTime.nullable(),
});
/** GET /api/stopped-deliveries */
export const stoppedGroupsResponse = z.object({
  groups: z.array(stoppedGroupSchema),
  /** What is still under way by itself, per destination. */
  underWay: z.array(
    z.object({
      destination,
      count: z.number(),
      /** True when there are more than were counted. */
      atLeast: z.boolean(),
      nextTryAt: isoTime.nullable(),
    }),
  ),
});
const code = z.string().min(1).max(80);
/** GET /api/stopped-deliveries/:destination/:code?after=: oldest first, page by page */
export const stoppedKind = z.object({ destination, code });
export const stoppedListQuery = z.looseObject({
  after: z
    .string()
    .regex(/^\d{1,18}$/)
    .optional(),
});
export const stoppedListResponse = z.object({
  deliveries: z.array(
    deliverySchema.omit({ link: true, waitsFor: true, dueAt: true, deliveredAt: true }).extend({
      state,
      submissionId: z.string(),
      flowName: z.string(),
      acceptedAt: isoTime,
      stoppedAt: isoTime,
      /** The contact's page in HubSpot; null where there is no contact yet. */
      contactLink: z.string().nullable(),
    }),
  ),
  /** For the next page; null on the last one. */
  after: z.string().nullable(),
});
/** POST /api/stopped-deliveries/replay → replayStoppedResponse. Without `kind` all of the account. */
export const replayStoppedRequest = z.object({ idempotencyKey, kind: stoppedKind.optional() });
export const replayStoppedResponse = z.object({
  /** Put back by this call. */
  replayed: z.number(),
  /** Still stopped when this call ended, because it was too many for one call. */
  remaining: z.number(),
});

export type StoppedGroup = z.infer<typeof stoppedGroupSchema>;
export type StoppedGroupsResponse = z.infer<typeof stoppedGroupsResponse>;
export type StoppedListResponse = z.infer<typeof stoppedListResponse>;
export type StoppedKind = z.infer<typeof stoppedKind>;
export type ReplayStoppedResponse = z.infer<typeof replayStoppedResponse>;
