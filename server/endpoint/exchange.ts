import type { OverCode } from '@flowella/shared/flow-words/flow-words.ts';
import { flowWords } from '@flowella/shared/flow-words/languages.ts';
import type { Clock } from '../clock.ts';
import { withPortal, type Db } from '../db/db.ts';
import type { WakeUps } from '../delivery/wake-ups.ts';
import type { Destination } from '../destinations/destination.ts';
import type { MasterKey } from '../keys/vault.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import type { Log } from '../observe/log.ts';
import { acceptSubmission } from '../submissions/accept.ts';
import {
  answerConfirmation,
  answerRequest,
  noticeScreen,
  type AnswerRequestInput,
  type Decision,
  type NoticeCode,
  type Settled,
} from './answer-request.ts';
import { carryOutWish } from './confirmation/carry-out-wish.ts';
import type { CodeSender } from './confirmation/code-sender.ts';
import type { ConfirmOutcome } from './confirmation/wish.ts';
import type { EndpointAccount } from './accounts.ts';
import type { FlowRequest } from './decrypt-request.ts';
import { readFlowToken, type FlowToken } from './flow-token.ts';
import type { Run, Runs, Version } from './runs.ts';

export type EndpointServices = {
  db: Db;
  keys: PortalKeys;
  keyring: readonly MasterKey[];
  runs: Runs;
  wakeUps: WakeUps;
  destinations: readonly Destination[];
  codeSender: CodeSender;
  clock: Clock;
  log: Log;
};

/** `token-over` is for a 427, which kills the button; `nothing` for a 500 with an empty body. */
export type ExchangeAnswer =
  { kind: 'reply'; body: object } | { kind: 'token-over'; body: object } | { kind: 'nothing' };

/** Meta gives ten seconds and counts slow ones; ours is the design's. */
const DEADLINE_MS = 3_000;
/** Two requests of one run at once: the slower one answers again from what the faster one saved. */
const MAX_TRIES = 4;

/** Decides and carries out one decrypted request. Never throws: our own fault is told to the person on a safe screen. */
export async function exchange(
  services: EndpointServices,
  account: EndpointAccount,
  request: FlowRequest,
): Promise<ExchangeAnswer> {
  if (request.action === 'ping') return { kind: 'reply', body: { data: { status: 'active' } } };
  if (isErrorNotice(request)) {
    services.log.warn(
      {
        accountId: account.accountId,
        portalId: account.portalId,
        clientError: clientErrorOf(request),
        screen: request.screen,
      },
      'a phone reported an error',
    );
    return { kind: 'reply', body: { data: { acknowledged: true } } };
  }
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), DEADLINE_MS);
  try {
    return await Promise.race([
      answer(services, account, request),
      new Promise<never>((_, reject) =>
        deadline.signal.addEventListener('abort', () => reject(new Error('the exchange took too long'))),
      ),
    ]);
  } catch (err) {
    services.log.error(
      { err, accountId: account.accountId, portalId: account.portalId, screen: request.screen },
      'an exchange failed',
    );
    return safeAnswer(services, account, request).catch(() => ({ kind: 'nothing' }));
  } finally {
    clearTimeout(timer);
  }
}

async function answer(
  services: EndpointServices,
  account: EndpointAccount,
  request: FlowRequest,
): Promise<ExchangeAnswer> {
  const token = readFlowToken(services.keyring, request.flow_token);
  // Foreign, builder-made, "unused" or missing: the person is told, nothing is written (flow-rules.md section 6).
  if (!token || token.portalId !== account.portalId) return notice(services, account, request, 'foreign-token');
  const confirmed: Confirmed = {};
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const run = await services.runs.load(token.portalId, token.sendId);
    const over = run ? whyOver(run, token, request, services.clock.now()) : 'erased';
    if (over) return tokenOver(run ? await services.runs.version(run.portalId, run.versionId) : null, over);
    if (!run) break;
    if (run.submissionId) return success(request.flow_token, run.submissionId);
    const done = await step(services, account, run, request, token, confirmed);
    if (done) return done;
  }
  throw new Error('the session was changed by others four times in a row');
}

/** Why a genuine token may not be used any more, or null. A finished one may still repeat its last submit. */
function whyOver(run: Run, token: FlowToken, request: FlowRequest, now: Date): OverCode | null {
  if (run.closedReason === 'erased') return 'erased';
  if (run.submissionId) return request.action === 'INIT' ? 'finished' : null;
  if (token.expiresAt <= now) return 'expired';
  return run.open ? null : 'revoked';
}

function tokenOver(version: Version | null, over: OverCode): ExchangeAnswer {
  return { kind: 'token-over', body: { error_msg: flowWords(version?.program.language ?? 'en').over[over] } };
}

/** What a wish of this request came to: it is carried out once, however often the session has to be read again. */
type Confirmed = { outcome?: ConfirmOutcome };

/** One try: decide, then save or accept. Null when another request of the same run was faster. */
async function step(
  services: EndpointServices,
  account: EndpointAccount,
  run: Run,
  request: FlowRequest,
  token: FlowToken,
  confirmed: Confirmed,
): Promise<ExchangeAnswer | null> {
  const version = await versionOf(services, run, request);
  if (!version) return notice(services, account, request, 'unknown-version');
  const now = services.clock.now();
  const decision = await decide(services, run, version, request, now, confirmed);
  if (decision.kind === 'notice') return { kind: 'reply', body: { screen: decision.screen, data: decision.data } };
  if (decision.kind === 'finish') return accept(services, run, version, decision, request.flow_token, now);
  const saved = await services.runs.save(run, {
    versionId: version.versionId,
    session: decision.session,
    screen: decision.screen,
    number: decision.progress.number,
    count: decision.progress.count,
    now,
    expiresAt: token.expiresAt,
  });
  return saved ? { kind: 'reply', body: { screen: decision.screen, data: decision.data } } : null;
}

/** Decides; where who answers has to be confirmed first, does what was asked for and decides on what came of it. */
async function decide(
  services: EndpointServices,
  run: Run,
  version: Version,
  request: FlowRequest,
  now: Date,
  confirmed: Confirmed,
): Promise<Settled> {
  const { program } = version;
  const input: AnswerRequestInput = {
    program,
    session: run.session,
    prefill: run.prefill,
    request,
    now,
    ...(run.country ? { country: run.country } : {}),
  };
  const decision = answerRequest(input);
  if (decision.kind !== 'confirm') return decision;
  const { confirmation } = program;
  if (!confirmation) throw new Error('a flow without a confirmation asked for one');
  confirmed.outcome ??= await carryOutWish(services, { run, version, confirmation, now }, decision.wish);
  return answerConfirmation(input, decision.wish, confirmed.outcome);
}

/**
 * The version in the payload wins over the one the send was pinned to, if it is one of the same flow (flow-rules.md section 5). But
 * what a phone claims does not decide whether and how it has to confirm: a version that differs in that is not taken.
 */
async function versionOf(services: EndpointServices, run: Run, request: FlowRequest): Promise<Version | null> {
  const wanted = typeof request.data.v === 'string' ? request.data.v : run.versionId;
  const version = await services.runs.version(run.portalId, wanted);
  if (version?.flowId !== run.flowId) return null;
  if (version.versionId === run.versionId) return version;
  const pinned = await services.runs.version(run.portalId, run.versionId);
  const channelOf = (one: Version | null): string | undefined => one?.program.confirmation?.channel;
  return channelOf(pinned) === channelOf(version) ? version : null;
}

async function accept(
  services: EndpointServices,
  run: Run,
  version: Version,
  decision: Extract<Decision, { kind: 'finish' }>,
  flowToken: string,
  now: Date,
): Promise<ExchangeAnswer> {
  const dataKey = await services.keys.dataKey(run.portalId);
  const { submissionId } = await withPortal(services.db, run.portalId, (tx) =>
    acceptSubmission(
      tx,
      { wakeUps: services.wakeUps, destinations: services.destinations, dataKey, now },
      {
        portalId: run.portalId,
        sendId: run.sendId,
        flowId: run.flowId,
        versionId: version.versionId,
        formId: version.formId,
        formRevision: version.formRevision,
        contactId: run.contactId,
        personId: run.personId,
        mapping: version.mapping,
        answers: decision.answers,
        acceptedFrom: 'endpoint',
        locale: version.program.language,
        openedAt: run.openedAt ?? now,
        finishedAt: now,
      },
    ),
  );
  return success(flowToken, submissionId);
}

/** SUCCESS carries token and submission id, never answers (flow-rules.md section 6). */
function success(flowToken: string, submissionId: string): ExchangeAnswer {
  return {
    kind: 'reply',
    body: {
      screen: 'SUCCESS',
      data: { extension_message_response: { params: { flow_token: flowToken, submission_id: submissionId } } },
    },
  };
}

/** The notice screen of the flow that the payload or the token names; nothing where even the flow cannot be known. */
async function notice(
  services: EndpointServices,
  account: EndpointAccount,
  request: FlowRequest,
  code: NoticeCode,
): Promise<ExchangeAnswer> {
  const versionId = typeof request.data.v === 'string' ? request.data.v : null;
  const version = versionId ? await services.runs.version(account.portalId, versionId) : null;
  const shown = noticeScreen(version?.program ?? null, code);
  return shown ? { kind: 'reply', body: shown } : { kind: 'nothing' };
}

/**
 * When our own machinery fails: the same screen again with a word to the person, from what is in memory. On the last screen
 * too: SUCCESS is said only when the answers are committed.
 */
async function safeAnswer(
  services: EndpointServices,
  account: EndpointAccount,
  request: FlowRequest,
): Promise<ExchangeAnswer> {
  const versionId = typeof request.data.v === 'string' ? request.data.v : null;
  const version = versionId ? await services.runs.version(account.portalId, versionId) : null;
  if (!version) return notice(services, account, request, 'our-fault');
  const decision = answerRequest({
    program: version.program,
    session: null,
    prefill: {},
    request,
    now: services.clock.now(),
    redrawWith: 'our-fault',
  });
  return decision.kind === 'finish' || decision.kind === 'confirm'
    ? { kind: 'nothing' }
    : { kind: 'reply', body: { screen: decision.screen, data: decision.data } };
}

/** "Implementing Endpoint for Flows", error notification: `error` or `error_key`, with `error_message`. */
function isErrorNotice(request: FlowRequest): boolean {
  return clientErrorOf(request) !== null && 'error_message' in request.data;
}

function clientErrorOf(request: FlowRequest): string | null {
  const error = request.data.error ?? request.data.error_key;
  return typeof error === 'string' ? error.slice(0, 80) : null;
}
