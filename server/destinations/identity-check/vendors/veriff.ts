import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { CheckState } from '@flowella/shared/contract/identity.ts';
import { unreadable, type VendorCall } from './call-vendor.ts';
import { headerOf, hmacHex, isSameHex } from './signatures.ts';
import { linkSchema, type Vendor, type VendorAccount, type VendorEvent } from './vendor.ts';

/** Every status of a session (Veriff, *Verification session status codes*). With `resubmission_requested` the link opens again. */
const STATES: Record<string, CheckState | null> = {
  created: null,
  started: 'in_progress',
  submitted: 'in_progress',
  resubmission_requested: 'in_progress',
  review: 'needs_review',
  approved: 'approved',
  declined: 'declined',
  expired: 'expired',
  abandoned: 'expired',
};

const text = z.string().nullish().catch(null);
const startSchema = z.object({ verification: z.object({ id: z.string(), url: linkSchema }) });
const decisionSchema = z.object({
  // Null until there is a decision.
  verification: z
    .object({
      id: z.string(),
      status: z.string(),
      reason: text,
      reasonCode: z.union([z.string(), z.number()]).nullish().catch(null),
      person: z.looseObject({ firstName: text, lastName: text, dateOfBirth: text }).nullish().catch(null),
    })
    .nullish(),
});
/** The event webhook (7001 started, 7002 submitted) and the decision webhook. */
const eventSchema = z.union([
  z.object({ id: z.string(), action: z.string(), attemptId: text, vendorData: text }),
  z.object({
    verification: z.object({ id: z.string(), status: z.string(), attemptId: text, vendorData: text }),
  }),
]);

/**
 * Veriff: one session with its address. It has neither an idempotency key nor a search by our id; a session whose answer was lost has
 * an address that nobody knows, so that another one is no second check of the person.
 */
export const veriff: Vendor = {
  vendor: 'veriff',

  async start(call, account, { reference, subject }) {
    const { firstName, lastName, birthDate: dateOfBirth, country, street, postalCode, city } = subject;
    const person = { firstName, lastName, dateOfBirth };
    const address = [street, [postalCode, city].filter(Boolean).join(' '), country].filter(Boolean).join(', ');
    const answer = await call(
      post(account, '/v1/sessions', {
        verification: {
          ...(Object.values(person).some(Boolean) ? { person } : {}),
          ...(country ? { document: { country } } : {}),
          ...(street ? { address: { fullAddress: address } } : {}),
          vendorData: reference,
        },
      }),
    );
    if (answer.kind !== 'ok') return answer;
    const session = startSchema.safeParse(answer.value).data?.verification;
    return session ? { kind: 'ok', value: { reference: session.id, link: session.url } } : unreadable(false);
  },

  async read(call, account, reference) {
    const answer = await call(get(account, `/v1/sessions/${encodeURIComponent(reference)}/decision`, reference));
    if (answer.kind !== 'ok') return answer;
    const decision = decisionSchema.safeParse(answer.value).data;
    if (!decision) return unreadable(true);
    const { verification } = decision;
    if (!verification) return { kind: 'ok', value: { status: 'created', state: null, reasons: [], found: {} } };
    const { person, reason, reasonCode } = verification;
    return {
      kind: 'ok',
      value: {
        status: verification.status,
        state: STATES[verification.status] ?? null,
        reasons: [[reason, reasonCode ? `(${reasonCode})` : null].filter(Boolean).join(' ')].filter(Boolean),
        found: {
          firstName: person?.firstName ?? undefined,
          lastName: person?.lastName ?? undefined,
          birthDate: person?.dateOfBirth ?? undefined,
        },
      },
    };
  },

  /** There is no call that only looks: the decision of a session that is none says 404 to a key that works. */
  async probe(call, account) {
    const nobody = randomUUID();
    const answer = await call(get(account, `/v1/sessions/${nobody}/decision`, nobody));
    if (answer.kind === 'ok' || answer.code === 'identity_not_found') return { kind: 'ok', value: true };
    return answer;
  },

  /** `X-HMAC-SIGNATURE`: hex HMAC-SHA-256 of the body with the shared secret. It signs no time. */
  isSigned: ({ headers, body, secret }) =>
    isSameHex(headerOf(headers, 'x-hmac-signature') ?? '', hmacHex(secret, body)),

  toEvent(body): VendorEvent | null {
    const event = eventSchema.safeParse(body).data;
    if (!event) return null;
    const one = 'verification' in event ? event.verification : event;
    const kind = 'verification' in event ? event.verification.status : event.action;
    return {
      id: null,
      kind,
      reference: one.id,
      ourReference: one.vendorData ?? null,
      hint: STATES[kind] === 'in_progress' ? 'in_progress' : null,
    };
  },
};

/** A read signs the session's id, a write its body (Veriff, *HMAC authentication*). */
function headersOf(account: VendorAccount, signed: string): Record<string, string> {
  return {
    'x-auth-client': account.apiKey,
    'x-hmac-signature': hmacHex(account.webhookSecret ?? '', signed),
    'content-type': 'application/json',
  };
}

function get(account: VendorAccount, path: string, id: string): VendorCall {
  return { method: 'GET', url: `${account.baseUrl}${path}`, headers: headersOf(account, id), idempotent: true };
}

function post(account: VendorAccount, path: string, value: object): VendorCall {
  const body = JSON.stringify(value);
  return {
    method: 'POST',
    url: `${account.baseUrl}${path}`,
    headers: headersOf(account, body),
    body,
    idempotent: false,
  };
}
