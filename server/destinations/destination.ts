import type { Answers } from '@flowella/shared/form/answers.ts';
import type { Design } from '@flowella/shared/form/design.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import type { Mapping } from '@flowella/shared/contract/mapping.ts';
import type { Clock } from '../clock.ts';
import type { Db, PortalId } from '../db/db.ts';
import type { HubSpotClient } from '../hubspot/client.ts';

/** Where submissions go. A delivery row names one of these; the name is stored and can never change. */
export const DESTINATION_KINDS = ['contact', 'form-submission', 'kyc-record', 'timeline'] as const;
export type DestinationKind = (typeof DESTINATION_KINDS)[number];

/** One submission on its way to one destination; answers are in memory only. */
export type DeliveryItem = {
  deliveryId: string;
  submissionId: string;
  attempt: number;
  flowId: string;
  flowName: string;
  versionId: string;
  form: Form;
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
  /** The remote id of an earlier attempt whose outcome was unknown, or of the delivery this one depends on. */
  remoteId: string | null;
};

export type DeliveryOutcome =
  | { kind: 'delivered'; remoteId: string | null; detail?: Record<string, unknown>; contactId?: string }
  /** Try again: by the schedule, or after `retryAfterMs` when the vendor said so. */
  | { kind: 'retry'; code: string; reason: string; retryAfterMs?: number }
  /** A person must act; `reason` says what happened and who should do what. */
  | { kind: 'dead'; code: string; reason: string }
  /**
   * The customer must decide before it goes on. With a `contactId` only a part of it is held: the contact is known and the rest
   * was written, so what depends on it goes on (flow-rules.md section 7).
   */
  | { kind: 'held'; code: string; reason: string; contactId?: string }
  /** Sent, answer lost: read back before trying again. */
  | { kind: 'unknown'; code: string; reason: string };

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
  /** Most items of one portal in one call of `deliver`. */
  batchSize: number;
  /** Problems of this mapping, found before publishing; empty when it can work. */
  check(
    context: DestinationContext,
    form: Form,
    mapping: Mapping,
    design?: Design,
  ): Promise<{ question?: string; code: string; message: string }[]>;
  /** True when the mapping asks for this destination. */
  wanted(mapping: Mapping): boolean;
  /** Delivers each item once; answers one outcome per item, in order. Never throws for one item's fault. */
  deliver(context: DestinationContext, items: DeliveryItem[]): Promise<DeliveryOutcome[]>;
  /** Looks whether an attempt with unknown outcome took effect: `delivered`, or null when it certainly did not. */
  readBack?(context: DestinationContext, item: DeliveryItem): Promise<DeliveryOutcome | null>;
}
