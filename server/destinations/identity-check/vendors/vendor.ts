import { z } from 'zod';
import type { CheckState, IdentityVendor } from '@flowella/shared/contract/identity.ts';
import type { IdentityTextCode } from '../identity-texts.ts';
import type { Findings } from '../expected.ts';
import type { Subject } from '../subject.ts';
import type { CallVendor } from './call-vendor.ts';

/** A customer's account at a vendor, opened. `region` picks the vendor's own address, `baseUrl` is it. */
export type VendorAccount = { vendor: IdentityVendor; baseUrl: string; apiKey: string; webhookSecret: string | null };

/** What a call came to. `unknown`: it may have taken effect. */
export type VendorAnswer<T> =
  | { kind: 'ok'; value: T }
  | { kind: 'retry' | 'unknown' | 'dead' | 'held'; code: IdentityTextCode; status: number; retryAfterMs?: number };

export type StartRequest = {
  /** Our own (`referenceOf`): the vendor keeps it, and by it a check is found again. */
  reference: string;
  template: string;
  subject: Subject;
  /** What an earlier attempt made at the vendor, such as Onfido's applicant. */
  parts: Readonly<Record<string, string>>;
};
/** A hosted page's address: nothing but a web page is handed on to a person. Plain http is the sandbox's. */
export const linkSchema = z.url({ protocol: /^https?$/ }).max(2_000);
/** `link`: the hosted page for the person. */
export type Started = { reference: string; link: string };

/** `state` is null while there is nothing to say, such as before the person has begun. */
export type VendorResult = { status: string; state: CheckState | null; reasons: string[]; found: Findings };

/** One event, as far as it is used: which check, and at most that the person has begun. A result is always read from the vendor. */
export type VendorEvent = {
  /** The vendor's own id of it; null where it has none. */
  id: string | null;
  kind: string;
  reference: string | null;
  /** Our own reference, where the event carries it. */
  ourReference: string | null;
  hint: 'in_progress' | null;
};

export type SignedCall = {
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Buffer;
  secret: string;
  now: Date;
};

export interface Vendor {
  vendor: IdentityVendor;
  /** How long a link can be opened, where the vendor ends it without saying so in a state. */
  linkLivesMs?: number;
  /** Makes the check and its link. `keep` stores what was made on the way, so that it is not made twice. */
  start(
    call: CallVendor,
    account: VendorAccount,
    request: StartRequest,
    keep: (parts: Record<string, string>) => Promise<void>,
  ): Promise<VendorAnswer<Started>>;
  /**
   * Looks for a check whose start was not answered, by our reference; null when there certainly is none. Absent where the vendor has
   * no such call and a second one does no harm.
   */
  find?(
    call: CallVendor,
    account: VendorAccount,
    o: { reference: string; parts: Readonly<Record<string, string>>; since: Date },
  ): Promise<VendorAnswer<Started | null>>;
  /**
   * Ends a check that nobody has begun, so that another one can take its place. Absent where the vendor has no such call: a check that
   * is open there stays so.
   */
  close?(call: CallVendor, account: VendorAccount, reference: string): Promise<VendorAnswer<true>>;
  read(call: CallVendor, account: VendorAccount, reference: string): Promise<VendorAnswer<VendorResult>>;
  /** Whether the key works; reads, and makes nothing. */
  probe(call: CallVendor, account: VendorAccount): Promise<VendorAnswer<true>>;
  /** Checks the vendor's signature over the raw bytes, and its time where it signs one. */
  isSigned(call: SignedCall): boolean;
  /** Null for what is no event of a check. */
  toEvent(body: unknown): VendorEvent | null;
}
