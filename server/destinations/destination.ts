import { DESTINATION_KINDS, type DestinationKind } from '@flowella/shared/contract/destination-kinds.ts';
import type { Answers } from '@flowella/shared/form/answers.ts';
import type { Design } from '@flowella/shared/form/design.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import type { ScreenTime } from '@flowella/shared/form/screen-times.ts';
import type { Mapping } from '@flowella/shared/contract/mapping.ts';
import type { Clock } from '../clock.ts';
import type { Db, PortalId } from '../db/db.ts';
import type { HubSpotClient } from '../hubspot/client.ts';

export { DESTINATION_KINDS, type DestinationKind };

/** Whose end of the same submission a destination awaits, whichever way it ends: delivered, dead or cancelled. */
export const AWAITS: Partial<Record<DestinationKind, DestinationKind>> = {
  // The addresses of files stand in what is sent, which cannot be changed afterwards.
  'form-submission': 'files',
  webhook: 'files',
};

/**
 * The code of a `retry` that waits for an answer of the person's, not for us: it holds up nothing later, is not late, has no next try of
 * ours and is given up by its own time. Stored, so the name stays.
 */
export const PERSON_ASKED = 'slot_asked';

/** Destinations that await the end of this one. */
export function followersOf(destination: string): DestinationKind[] {
  return DESTINATION_KINDS.filter((kind) => AWAITS[kind] === destination);
}

/** One submission on its way to one destination; answers are in memory only. */
export type DeliveryItem = {
  deliveryId: string;
  submissionId: string;
  attempt: number;
  flowId: string;
  flowName: string;
  versionId: string;
  form: Form;
  /** With what the form works out from them, under ids of its own (`computed-values.ts`). */
  answers: Answers;
  mapping: Mapping;
  /** Questions whose full document number may be written to HubSpot, knowingly (`Design.allowDocumentNumber`); none where absent. */
  allowDocumentNumber?: readonly string[];
  /** The customer decided to submit without what the form has no place for any more (flow-rules.md section 7). */
  leaveOutRemoved?: boolean;
  /** HubSpot contact, known before the send or found by the contact delivery. */
  contactId: string | null;
  person: { personId: string; phone: string | null; bsuid: string | null };
  acceptedAt: Date;
  finishedAt: Date;
  origin: {
    channel: string;
    /** When the send was asked for; null where it is not there any more. */
    sentAt: Date | null;
    locale: string | null;
    /** When the person opened it, and when they sent each of its screens. */
    openedAt: Date | null;
    screens: readonly ScreenTime[];
    versionNumber: number;
  };
  /** The remote id of an earlier attempt whose outcome was unknown, or of the delivery this one depends on. */
  remoteId: string | null;
  /** What an earlier attempt of this delivery left for the next one. */
  detail?: unknown;
  /** When the first attempt began since it was last asked for; absent where nobody needs it. */
  triedSince?: Date | null;
};

export type DeliveryOutcome =
  /** `note`: what a person should know all the same. */
  | {
      kind: 'delivered';
      remoteId: string | null;
      detail?: Record<string, unknown>;
      contactId?: string;
      note?: string;
    }
  /** Try again: by the schedule, or after `retryAfterMs` when the vendor said so. */
  | { kind: 'retry'; code: string; reason: string; retryAfterMs?: number; detail?: Record<string, unknown> }
  /**
   * A person must act; `reason` says what happened and who should do what. `isUnknowable`: nobody can ever look whether it arrived,
   * so whoever has it delivered again takes the risk of a second one, and it is sent.
   */
  | { kind: 'dead'; code: string; reason: string; detail?: Record<string, unknown>; isUnknowable?: true }
  /**
   * The customer must decide before it goes on. With a `contactId` only a part of it is held: the contact is known and the rest
   * was written, so what depends on it goes on (flow-rules.md section 7).
   */
  | { kind: 'held'; code: string; reason: string; contactId?: string; detail?: Record<string, unknown> }
  /** Sent, answer lost: read back before trying again. */
  | { kind: 'unknown'; code: string; reason: string; detail?: Record<string, unknown> };

export type DestinationContext = {
  portalId: PortalId;
  db: Db;
  hubspot: HubSpotClient;
  clock: Clock;
  /** Our own public address, for links that carry the submission id. */
  publicUrl: string;
  signal: AbortSignal;
};

export interface Destination {
  kind: DestinationKind;
  /** Destinations of the same submission that must be delivered first. */
  dependsOn: DestinationKind | null;
  /** Calls systems of customers, of which any may be slow: worked beside the others, so that it holds nobody up. */
  isOutside?: boolean;
  /** What it writes stands elsewhere, so that it also goes on when the answers were deleted by then; they are empty in that case. */
  needsNoAnswers?: boolean;
  /** Most items of one portal in one call of `deliver`. */
  batchSize: number;
  /** Problems of this mapping, found before publishing; empty when it can work. */
  check(
    context: DestinationContext,
    form: Form,
    mapping: Mapping,
    design?: Design,
  ): Promise<{ question?: string; code: string; message: string }[]>;
  /** True when the mapping asks for this destination, or what is answered does. */
  wanted(mapping: Mapping, asked: { files: boolean; appointment?: boolean }): boolean;
  /** Delivers each item once; answers one outcome per item, in order. Never throws for one item's fault. */
  deliver(context: DestinationContext, items: DeliveryItem[]): Promise<DeliveryOutcome[]>;
  /** Looks whether an attempt with unknown outcome took effect: `delivered`, or null when it certainly did not. */
  readBack?(context: DestinationContext, item: DeliveryItem): Promise<DeliveryOutcome | null>;
}
