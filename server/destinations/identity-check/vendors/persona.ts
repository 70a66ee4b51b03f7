import { z } from 'zod';
import type { CheckState } from '@flowella/shared/contract/identity.ts';
import { unreadable, type CallVendor, type VendorCall } from './call-vendor.ts';
import { headerOf, isTimeSigned } from './signatures.ts';
import type { Subject } from '../subject.ts';
import {
  linkSchema,
  type Started,
  type Vendor,
  type VendorAccount,
  type VendorAnswer,
  type VendorEvent,
  type VendorResult,
} from './vendor.ts';

/** Dated by Persona; kebab-case keys and these states belong to it. */
const VERSION = '2023-01-05';

/** Every status of an inquiry (Persona API, *Inquiries*). `completed` has passed but is decided by nobody yet. */
const STATES: Record<string, CheckState | null> = {
  created: null,
  pending: 'in_progress',
  completed: 'needs_review',
  needs_review: 'needs_review',
  approved: 'approved',
  declined: 'declined',
  // The person has used up every attempt.
  failed: 'declined',
  expired: 'expired',
};

const value = z
  .union([z.string(), z.looseObject({ value: z.string().nullish() })])
  .nullish()
  .catch(null);
const inquirySchema = z.object({
  id: z.string(),
  attributes: z.looseObject({
    status: z.string(),
    'reference-id': z.string().nullish().catch(null),
    'name-first': value,
    'name-last': value,
    birthdate: value,
    fields: z.looseObject({ 'name-first': value, 'name-last': value, birthdate: value }).nullish().catch(null),
  }),
});
type Inquiry = z.infer<typeof inquirySchema>;
const oneSchema = z.object({ data: inquirySchema });
const linkAnswer = z.object({ meta: z.object({ 'one-time-link': linkSchema }) });
const eventSchema = z.object({
  data: z.object({
    id: z.string(),
    attributes: z.object({
      name: z.string(),
      payload: z.object({
        data: z.object({
          type: z.string().optional(),
          id: z.string(),
          attributes: z.looseObject({ 'reference-id': z.string().nullish().catch(null) }).optional(),
        }),
      }),
    }),
  }),
});
/** That the person is at it; everything else is read from Persona. */
const BEGUN = new Set(['inquiry.started', 'inquiry.transitioned']);

/** Persona: an inquiry of a template, then a link that opens it once. */
export const persona: Vendor = {
  vendor: 'persona',

  async start(call, account, request) {
    const answer = await call({
      ...post(account, '/inquiries', {
        data: {
          attributes: {
            'inquiry-template-id': request.template,
            'reference-id': request.reference,
            fields: toFields(request.subject),
          },
        },
      }),
      // Persona forgets the key after a while: a lost answer is looked up by our reference before this is sent again.
      headers: { ...headersOf(account), 'content-type': 'application/json', 'idempotency-key': request.reference },
    });
    if (answer.kind !== 'ok') return answer;
    const inquiry = oneSchema.safeParse(answer.value).data?.data;
    return inquiry ? withLink(call, account, inquiry.id) : unreadable(false);
  },

  async find(call, account, { reference }) {
    const query = `filter[reference-id]=${encodeURIComponent(reference)}&page[size]=1`;
    const answer = await call(get(account, `/inquiries?${query}`));
    if (answer.kind !== 'ok') return answer;
    const list = z.object({ data: z.array(inquirySchema) }).safeParse(answer.value).data;
    if (!list) return unreadable(true);
    const own = list.data.find((inquiry) => inquiry.attributes['reference-id'] === reference);
    return own ? withLink(call, account, own.id) : { kind: 'ok', value: null };
  },

  /** Persona, *Expire an Inquiry*: ends it and all of its links. */
  async close(call, account, reference) {
    const answer = await call({
      ...post(account, `/inquiries/${encodeURIComponent(reference)}/expire`, {}),
      idempotent: true,
    });
    return answer.kind === 'ok' ? { kind: 'ok', value: true } : answer;
  },

  async read(call, account, reference) {
    const answer = await call(get(account, `/inquiries/${encodeURIComponent(reference)}`));
    if (answer.kind !== 'ok') return answer;
    const inquiry = oneSchema.safeParse(answer.value).data?.data;
    return inquiry ? { kind: 'ok', value: toResult(inquiry) } : unreadable(true);
  },

  async probe(call, account) {
    const answer = await call(get(account, '/inquiries?page[size]=1'));
    return answer.kind === 'ok' ? { kind: 'ok', value: true } : answer;
  },

  isSigned: ({ headers, body, secret, now }) =>
    isTimeSigned({ header: headerOf(headers, 'persona-signature'), body, secret, now }),

  toEvent(body): VendorEvent | null {
    const event = eventSchema.safeParse(body).data?.data;
    if (!event) return null;
    const { name, payload } = event.attributes;
    const isInquiry = name.startsWith('inquiry.');
    return {
      id: event.id,
      kind: name,
      reference: isInquiry ? payload.data.id : null,
      ourReference: isInquiry ? (payload.data.attributes?.['reference-id'] ?? null) : null,
      hint: BEGUN.has(name) ? 'in_progress' : null,
    };
  },
};

/** A new link each time: an older one may have been opened, or lost on the way to us. */
async function withLink(call: CallVendor, account: VendorAccount, id: string): Promise<VendorAnswer<Started>> {
  const answer = await call({
    ...post(account, `/inquiries/${encodeURIComponent(id)}/generate-one-time-link`, {}),
    idempotent: true,
  });
  // The inquiry stands: it is found by our reference, and gets another link.
  if (answer.kind !== 'ok') return answer.kind === 'retry' ? { ...answer, kind: 'unknown' } : answer;
  const link = linkAnswer.safeParse(answer.value).data?.meta['one-time-link'];
  return link ? { kind: 'ok', value: { reference: id, link } } : unreadable(false);
}

function toFields(subject: Subject): Record<string, string> {
  const fields: Record<string, string | undefined> = {
    'name-first': subject.firstName,
    'name-last': subject.lastName,
    birthdate: subject.birthDate,
    'email-address': subject.email,
    'phone-number': subject.phone,
    'address-street-1': subject.street,
    'address-city': subject.city,
    'address-postal-code': subject.postalCode,
    'address-country-code': subject.country,
  };
  return Object.fromEntries(Object.entries(fields).flatMap(([key, one]) => (one === undefined ? [] : [[key, one]])));
}

function toResult({ attributes }: Inquiry): VendorResult {
  const read = (name: 'name-first' | 'name-last' | 'birthdate'): string | undefined => {
    for (const one of [attributes.fields?.[name], attributes[name]]) {
      const plain = typeof one === 'string' ? one : one?.value;
      if (plain) return plain;
    }
    return undefined;
  };
  return {
    status: attributes.status,
    state: STATES[attributes.status] ?? null,
    reasons: attributes.status === 'failed' ? ['no attempts left'] : [],
    found: { firstName: read('name-first'), lastName: read('name-last'), birthDate: read('birthdate') },
  };
}

function headersOf({ apiKey }: VendorAccount): Record<string, string> {
  return { authorization: `Bearer ${apiKey}`, 'persona-version': VERSION, 'key-inflection': 'kebab' };
}

function get(account: VendorAccount, path: string): VendorCall {
  return { method: 'GET', url: `${account.baseUrl}${path}`, headers: headersOf(account), idempotent: true };
}

function post(account: VendorAccount, path: string, body: object): VendorCall {
  return {
    method: 'POST',
    url: `${account.baseUrl}${path}`,
    headers: { ...headersOf(account), 'content-type': 'application/json' },
    body: JSON.stringify(body),
    idempotent: false,
  };
}
