import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parseBody, Query, sendAnswer, type Answer } from '../api-route.ts';
import { HubSpotError, missingScopes, notFound, rateLimited } from '../hubspot-error.ts';
import { readAccessToken } from '../install/tokens.ts';
import { FORMS_LIMIT_BY_TIER, UNAUTHENTICATED_FORMS_LIMIT } from '../rate-limits.ts';
import { findPortal, type StandIn } from '../stand-in.ts';
import { checkSubmission, submissionBody, type SubmissionBody, type SubmissionProblem } from './check-submission.ts';
import { findForm, type FormDefinition } from './form-definition.ts';

const params = z.object({ portalId: z.string().regex(/^\d{1,15}$/), formId: z.string() });

/** The submission host (https://api.hsforms.com): secure and open variant (hubspot-platform.md section 5.8). */
export function addSubmissionRoutes(app: FastifyInstance, standIn: StandIn): void {
  const base = '/submissions/v3/integration';
  app.post(`${base}/secure/submit/:portalId/:formId`, (request, reply) =>
    sendAnswer(reply, guarded(standIn, request, true)),
  );
  app.post(`${base}/submit/:portalId/:formId`, (request, reply) => sendAnswer(reply, guarded(standIn, request, false)));
}

/** Counts every 429 against the caller's address: ten within a second close the door to it for a minute. */
function guarded(standIn: StandIn, request: FastifyRequest, secure: boolean): Answer {
  const address = request.ip;
  if (standIn.limits.isBlocked(address)) throw rateLimited('TEN_SECONDLY_ROLLING');
  try {
    return standIn.store.transaction(() => submit(standIn, request, secure));
  } catch (thrown) {
    if (thrown instanceof HubSpotError && thrown.status === 429) standIn.limits.countRefusal(address);
    throw thrown;
  }
}

function submit(standIn: StandIn, request: FastifyRequest, secure: boolean): Answer {
  const { portalId: portalText, formId } = params.parse(request.params);
  const portalId = Number(portalText);
  const portal = findPortal(standIn.store, portalId);
  if (secure) authorize(standIn, request, portalId);
  if (!portal) throw notFound('The account was not found');
  const limit = secure ? FORMS_LIMIT_BY_TIER[portal.tier] : UNAUTHENTICATED_FORMS_LIMIT;
  if (!standIn.limits.spend(`forms ${secure ? 'secure' : 'open'} ${portalId}`, limit).allowed)
    throw rateLimited('TEN_SECONDLY_ROLLING');
  const form = findForm(standIn.store, portalId, formId);
  // Captured forms are not HubSpot's own: this host does not know them.
  if (!form || form.archived || form.definition.formType !== 'hubspot')
    throw notFound(`No form with the id ${formId} was found`);
  if (new Query(request.url).names().length > 0)
    throw invalid([{ message: 'Unknown query parameter', errorType: 'INVALID_METADATA' }]);
  const body = parseBody(submissionBody, request.body);
  const problems = checkSubmission(form.definition, body, standIn.clock.now().getTime());
  if (problems.length > 0) throw invalid(problems);
  store(standIn, portalId, formId, body);
  return { status: 200, body: thanks(form.definition) };
}

function authorize(standIn: StandIn, request: FastifyRequest, portalId: number): void {
  const token = readAccessToken(standIn, request.headers.authorization);
  if (!token.scopes.includes('forms')) throw missingScopes(['forms']);
  if (token.portalId !== portalId)
    throw new HubSpotError(403, { message: 'The access token does not belong to this account.', category: 'BAD_HUB' });
}

function store(standIn: StandIn, portalId: number, formId: string, body: SubmissionBody): void {
  const now = standIn.clock.now().getTime();
  const processAt = now + standIn.lags.submissionProcessingMs;
  const email = body.fields
    .find((field) => field.objectTypeId === '0-1' && field.name === 'email')
    ?.value.trim()
    .toLowerCase();
  // HubSpot takes test addresses and throws them away without a word.
  const dropped = email?.endsWith('@example.com') === true;
  standIn.store.run(
    `insert into submissions (n, portal_id, form_id, conversion_id, submitted_at, readable_at, process_at, field_values, page_url, page_name, consent, outcome)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    standIn.store.nextNumber('submission'),
    portalId,
    formId,
    randomUUID(),
    body.submittedAt ?? now,
    now + standIn.lags.submissionReadingMs,
    dropped ? null : processAt,
    JSON.stringify(body.fields),
    body.context?.pageUri ?? null,
    body.context?.pageName ?? null,
    body.legalConsentOptions === undefined ? null : JSON.stringify(body.legalConsentOptions),
    dropped ? 'dropped' : 'accepted',
  );
  standIn.wakeAt(processAt);
}

function thanks(form: FormDefinition): Record<string, string> {
  const action = form.configuration.postSubmitAction;
  return action?.type === 'redirect_url'
    ? { redirectUri: action.value }
    : { inlineMessage: action?.value || '<p>Thanks for submitting the form.</p>' };
}

/** This host names its problems differently from the API: no category, `errorType` per error. */
function invalid(problems: readonly SubmissionProblem[]): HubSpotError {
  return new HubSpotError(400, { message: 'The request is not valid', extra: { errors: problems } });
}
