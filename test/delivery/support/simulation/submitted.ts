import type { DestinationKind } from '../../../../server/destinations/destination.ts';
import type { Account } from './simulated-hubspot.ts';
import type { Receiver } from './simulated-outside.ts';

/** Where every submission of the simulation goes in HubSpot. */
const ALWAYS: readonly DestinationKind[] = ['contact', 'form-submission', 'kyc-record', 'timeline', 'task'];
export const PERSONS = [1, 2, 3] as const;
export const emailOf = (person: number): string => `person${person}@lima.test`;

export type Portal = {
  portalId: number;
  account: Account;
  isInstalled: boolean;
  erasedAt: Map<number, number>;
  /** Where its webhook leads, for portals that have one. */
  receiver: (Receiver & { webhookId: string }) | null;
  /** Whether its flow offers an appointment. */
  hasCalendar: boolean;
};
/** What a person types, as the world outside knows it: the city names it, so that what arrives can be told apart. `start`: of the appointment. */
export type Typed = {
  portal: Portal;
  person: number;
  sendId: string;
  city: string;
  fileId: string | null;
  n: number;
  start: string | null;
};
/** `tapped`: the times that were tapped in lists, when the one submitted was gone. */
export type Submitted = Typed & { submissionId: string; tapped: string[] };

/** Where it has to arrive. */
export function wantedOf({ portal, fileId }: Typed): DestinationKind[] {
  return [
    ...ALWAYS,
    ...(fileId === null ? [] : (['files'] as const)),
    ...(portal.receiver ? (['webhook'] as const) : []),
    ...(portal.hasCalendar ? (['calendar', 'invitation'] as const) : []),
  ];
}
