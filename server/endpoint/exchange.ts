import type { OverCode } from '@flowella/shared/flow-words/flow-words.ts';
import { flowWords } from '@flowella/shared/flow-words/languages.ts';
import type { Clock } from '../clock.ts';
import { withPortal, type Db } from '../db/db.ts';
import { isPassingFault } from '../db/passing-fault.ts';
import type { WakeUps } from '../delivery/wake-ups.ts';
import type { Destination } from '../destinations/destination.ts';
import type { MasterKey } from '../keys/vault.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { acceptSubmission } from '../submissions/accept.ts';
import { answerRequest, noticeScreen, type Decision, type NoticeCode } from './answer-request.ts';
import type { EndpointAccount } from './accounts.ts';
import type { Seat } from './admission.ts';
import { clientErrorOf } from './client-error.ts';
import type { FlowRequest } from './decrypt-request.ts';
import { readFlowToken, type FlowToken } from './flow-token.ts';
import { holdRun } from './hold-run.ts';
import type { Run, Runs, Version } from './runs.ts';

export type EndpointServices = {
  db: Db;
  keys: PortalKeys;
  keyring: readonly MasterKey[];
  runs: Runs;
  wakeUps: WakeUps;
  destinations: readonly Destination[];
  clock: Clock;
  log: Log;
  metrics: Pick<Metrics, 'flowAnswers' | 'flowClientErrors'>;
};

/** `token-over` is for a 427, which kills the button; `nothing` for a 500 with an empty body. */
export type ExchangeAnswer =
  { kind: 'reply'; body: object } | { kind: 'token-over'; body: object } | { kind: 'nothing' };

/** Meta gives ten seconds and counts slow ones; ours is the design's. */
const DEADLINE_MS = 3_000;
/** Two requests of one run at once: the slower one answers again from what the faster one saved. */
const MAX_TRIES = 4;
/** A restart of the database is waited for within the deadline: so long after a first, a second … fault. */
const PAUSES_MS = [50, 100, 200, 400];

/** Decides and carries out one decrypted request. Never throws: our own fault is told to the person on a safe screen. */
export async function exchange(
  services: EndpointServices,
  account: EndpointAccount,
  request: FlowRequest,
  seat: Seat,
): Promise<ExchangeAnswer> {
  if (request.action === 'ping') return { kind: 'reply', body: { data: { status: 'active' } } };
  const clientError = clientErrorOf(request);
  if (clientError) {
    const { accountId, portalId } = account;
    services.metrics.flowClientErrors.inc({ type: clientError });
    services.log.warn({ accountId, portalId, clientError, screen: request.screen }, 'a phone reported an error');
    return { kind: 'reply', body: { data: { acknowledged: true } } };
  }
  try {
    return await inTime((deadline) => outlive({ deadline, seat }, () => answer(services, account, request)));
  } catch (err) {
    services.log.error(
      { err, accountId: account.accountId, portalId: account.portalId, screen: request.screen },
      'an exchange failed',
    );
    return safeAnswer(services, account, request).catch(() => ({ kind: 'nothing' }));
  }
}

type Deadline = { isOver: boolean };

/** The work's answer, or an error once the deadline is over: the work then ends without being heard. */
function inTime<T>(work: (deadline: Deadline) => Promise<T>): Promise<T> {
  const deadline: Deadline = { isOver: false };
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      deadline.isOver = true;
      reject(new Error('the exchange took too long'));
    }, DEADLINE_MS);
    work(deadline)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}

/**
 * Tries again while the database is away for a moment. Nothing is done twice by it: a session that was saved after all is another than
 * the one the next try builds on, and an acceptance finds itself.
 */
async function outlive<T>(o: { deadline: Deadline; seat: Seat }, work: () => Promise<T>): Promise<T> {
  for (let faults = 0; ; faults += 1) {
    try {
      return await work();
    } catch (err) {
      if (!isPassingFault(err) || o.deadline.isOver) throw err;
      const pauseMs = PAUSES_MS[Math.min(faults, PAUSES_MS.length - 1)];
      await o.seat.away(() => new Promise((resolve) => setTimeout(resolve, pauseMs)));
      if (o.deadline.isOver) throw err;
    }
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
  const remembered = services.runs.recall(token.portalId, token.sendId);
  if (remembered && !whyOver(remembered, token, request, services.clock.now())) {
    const done = await step(services, account, { run: remembered, isCurrent: false }, request, token);
    if (done) return done;
  }
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const run = await services.runs.load(token.portalId, token.sendId);
    const over = run ? whyOver(run, token, request, services.clock.now()) : 'erased';
    if (over) return tokenOver(run ? await services.runs.version(run.portalId, run.versionId) : null, over);
    if (!run) break;
    if (run.submissionId) return success(request.flow_token, run.submissionId);
    const done = await step(services, account, { run, isCurrent: true }, request, token);
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

/** `isCurrent`: just read. What is only remembered tells nothing that no statement has confirmed. */
type Basis = { run: Run; isCurrent: boolean };

/** One try: decide, then save or accept. Null when the run must be read (again): another request was faster, or it is over. */
async function step(
  services: EndpointServices,
  account: EndpointAccount,
  { run, isCurrent }: Basis,
  request: FlowRequest,
  token: FlowToken,
): Promise<ExchangeAnswer | null> {
  const version = await versionOf(services, run, request);
  if (!version) return notice(services, account, request, 'unknown-version');
  const now = services.clock.now();
  const decision = answerRequest({
    program: version.program,
    session: run.session,
    prefill: run.prefill,
    request,
    now,
    ...(run.country ? { country: run.country } : {}),
  });
  if (decision.kind === 'notice')
    return isCurrent ? { kind: 'reply', body: { screen: decision.screen, data: decision.data } } : null;
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

/** The version in the payload wins over the one the send was pinned to, if it is one of the same flow (flow-rules.md section 5). */
async function versionOf(services: EndpointServices, run: Run, request: FlowRequest): Promise<Version | null> {
  const wanted = typeof request.data.v === 'string' ? request.data.v : run.versionId;
  const version = await services.runs.version(run.portalId, wanted);
  return version?.flowId === run.flowId ? version : null;
}

/** Null when the answers no longer rest on what the database has, or nobody may answer any more. */
async function accept(
  services: EndpointServices,
  run: Run,
  version: Version,
  decision: Extract<Decision, { kind: 'finish' }>,
  flowToken: string,
  now: Date,
): Promise<ExchangeAnswer | null> {
  const dataKey = await services.keys.dataKey(run.portalId);
  const accepted = await withPortal(services.db, run.portalId, async (tx) => {
    const owner = await holdRun(tx, run);
    if (!owner) return null;
    return acceptSubmission(
      tx,
      { wakeUps: services.wakeUps, destinations: services.destinations, dataKey, now },
      {
        portalId: run.portalId,
        sendId: run.sendId,
        flowId: run.flowId,
        versionId: version.versionId,
        formId: version.formId,
        formRevision: version.formRevision,
        contactId: owner.contactId,
        personId: owner.personId,
        mapping: version.mapping,
        answers: decision.answers,
        acceptedFrom: 'endpoint',
        locale: version.program.language,
        openedAt: run.openedAt ?? now,
        finishedAt: now,
      },
    );
  });
  services.runs.forget(run);
  return accepted && success(flowToken, accepted.submissionId);
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
  return decision.kind === 'finish'
    ? { kind: 'nothing' }
    : { kind: 'reply', body: { screen: decision.screen, data: decision.data } };
}
