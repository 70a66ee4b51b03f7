import { z } from 'zod';
import type { CheckState } from '@flowella/shared/contract/identity.ts';
import { unreadable, type VendorCall } from './call-vendor.ts';
import { headerOf, isTimeSigned } from './signatures.ts';
import { linkSchema, type Vendor, type VendorAccount, type VendorEvent, type VendorResult } from './vendor.ts';

const VERSION = '2024-06-20';
const SESSIONS = '/v1/identity/verification_sessions';
const PREFIX = 'identity.verification_session.';

const text = z.string().nullish().catch(null);
const sessionSchema = z.object({
  id: z.string(),
  status: z.string(),
  url: linkSchema.nullish().catch(null),
  client_reference_id: text,
  last_error: z.object({ code: text, reason: text }).nullish().catch(null),
  verified_outputs: z
    .object({
      first_name: text,
      last_name: text,
      dob: z.object({ day: z.number(), month: z.number(), year: z.number() }).nullish().catch(null),
    })
    .nullish()
    .catch(null),
});
type Session = z.infer<typeof sessionSchema>;
const eventSchema = z.object({
  id: z.string(),
  type: z.string(),
  data: z.object({ object: z.looseObject({ id: z.string(), client_reference_id: text }) }),
});

/** Stripe Identity: one session with its address; form-encoded, with Stripe's idempotency key. */
export const stripe: Vendor = {
  vendor: 'stripe',
  // Stripe, *The VerificationSession object*, `url`: "expires after 48 hours and can only be used once"; its status stays `requires_input`.
  linkLivesMs: 48 * 3_600_000,

  async start(call, account, { reference, template, subject }) {
    const form = new URLSearchParams();
    if (template) form.set('verification_flow', template);
    else {
      form.set('type', 'document');
      form.set('options[document][require_matching_selfie]', 'true');
    }
    form.set('client_reference_id', reference);
    form.set('metadata[submission_id]', reference);
    if (subject.email) form.set('provided_details[email]', subject.email);
    if (subject.phone?.startsWith('+')) form.set('provided_details[phone]', subject.phone);
    const answer = await call({
      method: 'POST',
      url: `${account.baseUrl}${SESSIONS}`,
      headers: {
        ...headersOf(account),
        'content-type': 'application/x-www-form-urlencoded',
        'idempotency-key': `flowella-${reference}`,
      },
      body: form.toString(),
      // Stripe forgets the key after a day: a lost answer is looked up by our reference all the same.
      idempotent: false,
    });
    if (answer.kind !== 'ok') return answer;
    const session = sessionSchema.safeParse(answer.value).data;
    return session?.url ? { kind: 'ok', value: { reference: session.id, link: session.url } } : unreadable(false);
  },

  async find(call, account, { reference }) {
    const answer = await call(
      get(account, `${SESSIONS}?limit=10&client_reference_id=${encodeURIComponent(reference)}`),
    );
    if (answer.kind !== 'ok') return answer;
    const list = z.object({ data: z.array(sessionSchema) }).safeParse(answer.value).data;
    if (!list) return unreadable(true);
    const own = list.data.find((session) => session.client_reference_id === reference && session.url);
    return { kind: 'ok', value: own?.url ? { reference: own.id, link: own.url } : null };
  },

  /** Stripe, *Cancel a VerificationSession*: possible while it is in `requires_input`; nobody can go on with it then. */
  async close(call, account, reference) {
    const answer = await call({
      method: 'POST',
      url: `${account.baseUrl}${SESSIONS}/${encodeURIComponent(reference)}/cancel`,
      headers: { ...headersOf(account), 'content-type': 'application/x-www-form-urlencoded' },
      body: '',
      idempotent: true,
    });
    return answer.kind === 'ok' ? { kind: 'ok', value: true } : answer;
  },

  /** What was read on the document is shown to keys with that permission only: without it the status still counts. */
  async read(call, account, reference) {
    const path = `${SESSIONS}/${encodeURIComponent(reference)}`;
    const whole = await call(get(account, `${path}?expand[]=verified_outputs&expand[]=verified_outputs.dob`));
    const refused = whole.kind === 'held' || (whole.kind === 'dead' && whole.code === 'identity_refused');
    const answer = refused ? await call(get(account, path)) : whole;
    if (answer.kind !== 'ok') return answer;
    const session = sessionSchema.safeParse(answer.value).data;
    return session ? { kind: 'ok', value: toResult(session) } : unreadable(true);
  },

  async probe(call, account) {
    const answer = await call(get(account, `${SESSIONS}?limit=1`));
    return answer.kind === 'ok' ? { kind: 'ok', value: true } : answer;
  },

  isSigned: ({ headers, body, secret, now }) =>
    isTimeSigned({ header: headerOf(headers, 'stripe-signature'), body, secret, now }),

  toEvent(body): VendorEvent | null {
    const event = eventSchema.safeParse(body).data;
    if (!event) return null;
    const isSession = event.type.startsWith(PREFIX);
    return {
      id: event.id,
      kind: event.type,
      reference: isSession ? event.data.object.id : null,
      ourReference: isSession ? (event.data.object.client_reference_id ?? null) : null,
      hint: event.type === `${PREFIX}processing` ? 'in_progress' : null,
    };
  },
};

/** Stripe never declines: a failed attempt goes back to `requires_input` with an error, and the person may try again. */
function stateOf(session: Session): CheckState | null {
  switch (session.status) {
    case 'requires_input':
      return session.last_error ? 'needs_review' : null;
    case 'processing':
      return 'in_progress';
    case 'verified':
      return 'approved';
    case 'canceled':
      return 'cancelled';
    default:
      return null;
  }
}

function toResult(session: Session): VendorResult {
  const { verified_outputs: found, last_error: error } = session;
  const { dob } = found ?? {};
  const two = (number: number): string => String(number).padStart(2, '0');
  return {
    status: session.status,
    state: stateOf(session),
    reasons: session.status === 'requires_input' && error?.code ? [error.code] : [],
    found: {
      firstName: found?.first_name ?? undefined,
      lastName: found?.last_name ?? undefined,
      birthDate: dob ? `${dob.year}-${two(dob.month)}-${two(dob.day)}` : undefined,
    },
  };
}

function headersOf({ apiKey }: VendorAccount): Record<string, string> {
  return { authorization: `Bearer ${apiKey}`, 'stripe-version': VERSION };
}

function get(account: VendorAccount, path: string): VendorCall {
  return { method: 'GET', url: `${account.baseUrl}${path}`, headers: headersOf(account), idempotent: true };
}
