import { randomBytes, randomUUID } from 'node:crypto';

export const VENDORS = ['onfido', 'persona', 'veriff', 'stripe'] as const;
export type Vendor = (typeof VENDORS)[number];

/** What the sandbox's user can make of a check on its hosted page, in words of none of the vendors. */
export const OUTCOMES = ['start', 'approve', 'decline', 'review', 'retry', 'expire', 'cancel'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** One check at a vendor of ours. `status` is the vendor's own word. */
export type Session = {
  vendor: Vendor;
  id: string;
  /** The secret part of the hosted page's address. */
  token: string;
  /** The customer's reference, under whatever name the vendor keeps it. */
  reference: string;
  status: string;
  /** What the document says; the subject's own words until somebody writes other ones on the hosted page. */
  person: { firstName: string | null; lastName: string | null; birthDate: string | null };
  reasons: string[];
  createdAt: string;
  /** What else the vendor answers with. */
  more: Record<string, unknown>;
};

/** A customer's account at a vendor: key, and where events go with which secret. */
export type Account = { apiKey: string; webhookSecret: string; webhookUrl: string | null; templates: string[] };

const PREFIX: Record<Vendor, () => string> = {
  onfido: () => randomUUID(),
  persona: () => `inq_${random(24)}`,
  veriff: () => randomUUID(),
  stripe: () => `vs_${random(24)}`,
};

export function newSessionId(vendor: Vendor): string {
  return PREFIX[vendor]();
}

export function random(length: number): string {
  return randomBytes(length).toString('hex').slice(0, length);
}

/** What each outcome is called at each vendor; null where it has no such thing. */
export const STATUS_OF: Record<Vendor, Record<Outcome, string | null>> = {
  onfido: {
    start: 'processing',
    approve: 'approved',
    decline: 'declined',
    review: 'review',
    retry: 'awaiting_input',
    expire: 'abandoned',
    cancel: null,
  },
  persona: {
    start: 'pending',
    approve: 'approved',
    decline: 'declined',
    review: 'needs_review',
    retry: null,
    expire: 'expired',
    cancel: null,
  },
  veriff: {
    start: 'started',
    approve: 'approved',
    decline: 'declined',
    review: 'review',
    retry: 'resubmission_requested',
    expire: 'expired',
    cancel: null,
  },
  stripe: {
    start: 'processing',
    approve: 'verified',
    decline: null,
    review: null,
    retry: 'requires_input',
    expire: null,
    cancel: 'canceled',
  },
};
