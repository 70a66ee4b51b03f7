import { z } from 'zod';
import type { CheckState } from '@flowella/shared/contract/identity.ts';
import { unreadable, type CallVendor, type VendorCall } from './call-vendor.ts';
import { headerOf, hmacHex, isSameHex } from './signatures.ts';
import {
  linkSchema,
  type Vendor,
  type VendorAccount,
  type VendorAnswer,
  type VendorEvent,
  type VendorResult,
} from './vendor.ts';

/** Every state of a workflow run (Onfido API v3.6, *Workflow runs*). `awaiting_input`: the person has not begun, or must go on. */
const STATES: Record<string, CheckState | null> = {
  awaiting_input: null,
  processing: 'in_progress',
  approved: 'approved',
  declined: 'declined',
  review: 'needs_review',
  abandoned: 'expired',
  // The workflow itself failed: nobody was refused, and somebody must look.
  error: 'needs_review',
};
/** Newest first, twenty a page: a run whose answer was lost is minutes old. */
const MAX_PAGES = 3;

const text = z.string().optional().catch(undefined);
const runSchema = z.object({
  id: z.string(),
  status: z.string(),
  applicant_id: text,
  customer_user_id: text,
  reasons: z.array(z.string()).nullish().catch(null),
  link: z.object({ url: linkSchema }).nullish().catch(null),
  // What a workflow puts out is the customer's own choice; these names are the usual ones (UNCONFIRMED).
  output: z.looseObject({ first_name: text, last_name: text, date_of_birth: text, dob: text }).nullish().catch(null),
});
type Run = z.infer<typeof runSchema>;

const eventSchema = z.object({
  payload: z.object({
    resource_type: z.string(),
    action: z.string(),
    object: z.object({ id: z.string(), status: z.string().optional() }),
  }),
});

/** Onfido Studio: an applicant, then a workflow run with its link. It has no idempotency key: a run is found again by our id. */
export const onfido: Vendor = {
  vendor: 'onfido',

  async start(call, account, request, keep) {
    const applicant = await ensureApplicant(call, account, request, keep);
    if (applicant.kind !== 'ok') return applicant;
    const answer = await call(
      post(account, '/workflow_runs', {
        workflow_id: request.template,
        applicant_id: applicant.value,
        customer_user_id: request.reference,
        tags: [request.reference],
      }),
    );
    if (answer.kind !== 'ok') return answer;
    const run = runSchema.safeParse(answer.value).data;
    return run?.link ? { kind: 'ok', value: { reference: run.id, link: run.link.url } } : unreadable(false);
  },

  async find(call, account, { reference, parts, since }) {
    if (parts.applicantId === undefined) return { kind: 'ok', value: null };
    const from = encodeURIComponent(new Date(since.getTime() - 3_600_000).toISOString());
    for (let page = 1; page <= MAX_PAGES; page += 1) {
      const answer = await call(get(account, `/workflow_runs?page=${page}&sort=desc&created_at_gt=${from}`));
      if (answer.kind !== 'ok') return answer;
      const runs = z.array(runSchema).safeParse(answer.value).data;
      if (!runs) return unreadable(true);
      const own = runs.find((run) => run.customer_user_id === reference || run.applicant_id === parts.applicantId);
      if (own) return readLink(call, account, own);
      if (runs.length === 0) break;
    }
    return { kind: 'ok', value: null };
  },

  async read(call, account, reference) {
    const answer = await call(get(account, `/workflow_runs/${encodeURIComponent(reference)}`));
    if (answer.kind !== 'ok') return answer;
    const run = runSchema.safeParse(answer.value).data;
    return run ? { kind: 'ok', value: toResult(run) } : unreadable(true);
  },

  async probe(call, account) {
    const answer = await call(get(account, '/workflow_runs?page=1'));
    return answer.kind === 'ok' ? { kind: 'ok', value: true } : answer;
  },

  /** `X-SHA2-Signature`: hex HMAC-SHA-256 of the body with the webhook's token. It signs no time. */
  isSigned: ({ headers, body, secret }) =>
    isSameHex(headerOf(headers, 'x-sha2-signature') ?? '', hmacHex(secret, body)),

  toEvent(body): VendorEvent | null {
    const event = eventSchema.safeParse(body).data?.payload;
    if (!event) return null;
    const isRun = event.resource_type === 'workflow_run';
    return {
      id: null,
      kind: event.action,
      reference: isRun ? event.object.id : null,
      ourReference: null,
      hint: isRun && event.object.status === 'processing' ? 'in_progress' : null,
    };
  },
};

async function ensureApplicant(
  call: CallVendor,
  account: VendorAccount,
  { subject, parts }: Parameters<Vendor['start']>[2],
  keep: (parts: Record<string, string>) => Promise<void>,
): Promise<VendorAnswer<string>> {
  if (parts.applicantId !== undefined) return { kind: 'ok', value: parts.applicantId };
  const answer = await call({
    ...post(account, '/applicants', {
      first_name: subject.firstName,
      last_name: subject.lastName,
      dob: subject.birthDate,
      email: subject.email,
      phone_number: subject.phone,
    }),
    // An applicant whose answer was lost has no run and is never looked at: another one is no second check.
    idempotent: true,
  });
  if (answer.kind !== 'ok') return answer;
  const applicant = z.object({ id: z.string() }).safeParse(answer.value).data;
  if (!applicant) return unreadable(true);
  await keep({ applicantId: applicant.id });
  return { kind: 'ok', value: applicant.id };
}

async function readLink(
  call: CallVendor,
  account: VendorAccount,
  run: Run,
): Promise<VendorAnswer<{ reference: string; link: string }>> {
  if (run.link) return { kind: 'ok', value: { reference: run.id, link: run.link.url } };
  const answer = await call(get(account, `/workflow_runs/${encodeURIComponent(run.id)}`));
  if (answer.kind !== 'ok') return answer;
  const whole = runSchema.safeParse(answer.value).data;
  return whole?.link ? { kind: 'ok', value: { reference: run.id, link: whole.link.url } } : unreadable(true);
}

function toResult(run: Run): VendorResult {
  const { output } = run;
  return {
    status: run.status,
    state: STATES[run.status] ?? null,
    reasons: run.reasons ?? [],
    found: {
      firstName: output?.first_name,
      lastName: output?.last_name,
      birthDate: output?.date_of_birth ?? output?.dob,
    },
  };
}

function get(account: VendorAccount, path: string): VendorCall {
  return { method: 'GET', url: `${account.baseUrl}${path}`, headers: authorization(account), idempotent: true };
}

function post(account: VendorAccount, path: string, body: object): VendorCall {
  return {
    method: 'POST',
    url: `${account.baseUrl}${path}`,
    headers: { ...authorization(account), 'content-type': 'application/json' },
    body: JSON.stringify(body),
    idempotent: false,
  };
}

function authorization({ apiKey }: VendorAccount): Record<string, string> {
  return { authorization: `Token token=${apiKey}` };
}
