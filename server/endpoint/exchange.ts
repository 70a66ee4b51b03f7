import { setTimeout as sleep } from 'node:timers/promises';
import type { OverCode } from '@flowella/shared/flow-words/flow-words.ts';
import { flowWords } from '@flowella/shared/flow-words/languages.ts';
import type { Clock } from '../clock.ts';
import { withPortal, type Db } from '../db/db.ts';
import { outlive } from '../db/passing-fault.ts';
import type { WakeUps } from '../delivery/wake-ups.ts';
import type { FreeTimes } from '../destinations/calendar/free-times.ts';
import type { ReadFreeTimes } from '../destinations/calendar/read-free-times.ts';
import type { Destination } from '../destinations/destination.ts';
import type { MasterKey } from '../keys/vault.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import { isId } from '../ids.ts';
import type { Log } from '../observe/log.ts';
import { acceptSubmission, type RunAcceptance } from '../submissions/accept.ts';
import { acceptedAnswers, keepRepeat } from '../submissions/repeats.ts';
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
import type { Seat } from './admission.ts';
import { clientErrorOf } from './client-error.ts';
import type { FlowRequest } from './decrypt-request.ts';
import type { EndpointMeter } from './endpoint-meter.ts';
import { decideWithFreeTimes, freeTimesFor } from './free-times-for.ts';
import { readFlowToken, type FlowToken } from './flow-token.ts';
import { isTokenSigned } from './token-signature.ts';
import { holdRun } from './hold-run.ts';
import { repeatedAnswers } from './repeated-answers.ts';
import type { Run, Runs, Version } from './runs.ts';

export type EndpointServices = {
  db: Db;
  keys: PortalKeys;
  keyring: readonly MasterKey[];
  runs: Runs;
  wakeUps: WakeUps;
  destinations: readonly Destination[];
  codeSender: CodeSender;
  /** Free times of a meeting link, within what an exchange may take; absent where no flow offers any. */
  readFreeTimes?: ReadFreeTimes;
  clock: Clock;
  log: Log;
  meter: EndpointMeter;
  /** Left out outside of the simulation. */
  wait?: (ms: number) => Promise<unknown>;
};

/** What is learnt of a call on its way, for measuring it: its flow, and whether our own machinery failed. */
export type Trace = { flowId: string | null; isFault: boolean };

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
  trace: Trace,
): Promise<ExchangeAnswer> {
  if (request.action === 'ping') return { kind: 'reply', body: { data: { status: 'active' } } };
  const clientError = clientErrorOf(request);
  if (clientError) {
    noteNotice(services, account, request, { type: clientError, trace });
    const { accountId, portalId } = account;
    services.log.warn(
      { accountId, portalId, clientError, screen: nameOnly(request.screen) },
      'a phone reported an error',
    );
    return { kind: 'reply', body: { data: { acknowledged: true } } };
  }
  const confirmed: Confirmed = {};
  try {
    return await inTime((deadline) =>
      outlive(() => answer(services, account, request, trace, confirmed), {
        pausesMs: PAUSES_MS,
        pause: whileInTime({ deadline, seat, wait: services.wait ?? sleep }),
      }),
    );
  } catch (err) {
    trace.isFault = true;
    services.log.error(
      { err, accountId: account.accountId, portalId: account.portalId, screen: nameOnly(request.screen) },
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
 * A database that is away for a moment is waited for within the deadline, and the exchange gives up its place meanwhile. Nothing is
 * done twice by it: a session that was saved after all is another than the one the next try builds on, and an acceptance finds itself.
 */
function whileInTime(o: { deadline: Deadline; seat: Seat; wait: (ms: number) => Promise<unknown> }) {
  return async (ms: number): Promise<boolean> => {
    if (!o.deadline.isOver) await o.seat.away(() => o.wait(ms));
    return !o.deadline.isOver;
  };
}

/** The flow by what this process remembers: a notice must not cost a look at a database that may be the reason for it. */
function noteNotice(
  services: EndpointServices,
  account: EndpointAccount,
  request: FlowRequest,
  { type, trace }: { type: string; trace: Trace },
): void {
  const token = readFlowToken(services.keyring, request.flow_token);
  trace.flowId = token?.portalId === account.portalId ? services.meter.flowOf(token.sendId) : null;
  services.meter.noteClientError(account, { flowId: trace.flowId, type, at: services.clock.now() });
}

async function answer(
  services: EndpointServices,
  account: EndpointAccount,
  request: FlowRequest,
  trace: Trace,
  confirmed: Confirmed,
): Promise<ExchangeAnswer> {
  const token = readFlowToken(services.keyring, request.flow_token);
  // Foreign, builder-made, "unused" or missing: the person is told, nothing is written (flow-rules.md section 6).
  const { flow_token_signature: signature } = request;
  const isForeign = !token || token.portalId !== account.portalId;
  if (isForeign || (signature && !isTokenSigned(signature, request.flow_token, account.appSecrets)))
    return notice(services, account, request, 'foreign-token');
  const remembered = services.runs.recall(token.portalId, token.sendId);
  if (remembered && !whyOver(remembered, token, request, services.clock.now())) {
    note(services, remembered, trace);
    const done = await step(services, account, { run: remembered, isCurrent: false }, request, token, confirmed);
    if (done) return done;
  }
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const run = await services.runs.load(token.portalId, token.sendId);
    if (run) note(services, run, trace);
    const over = run ? whyOver(run, token, request, services.clock.now()) : 'erased';
    if (over) return tokenOver(run ? await services.runs.version(run.portalId, run.versionId) : null, over);
    if (!run) break;
    if (run.submissionId) {
      await keepAnswersOf(services, run, request);
      return success(request.flow_token, run.submissionId);
    }
    const done = await step(services, account, { run, isCurrent: true }, request, token, confirmed);
    if (done) return done;
  }
  throw new Error('the session was changed by others four times in a row');
}

/** Whose flow a call is about, for what is measured of it. */
function note({ meter }: EndpointServices, run: Run, trace: Trace): void {
  trace.flowId = run.flowId;
  meter.noteSend(run.sendId, run.flowId);
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

/** What a wish of this request came to: it is carried out once, however often the session is read or the database is away. */
type Confirmed = { outcome?: ConfirmOutcome };

/** `isCurrent`: just read. What is only remembered tells nothing that no statement has confirmed. */
type Basis = { run: Run; isCurrent: boolean };

/** One try: decide, then save or accept. Null when the run must be read (again): another request was faster, or it is over. */
async function step(
  services: EndpointServices,
  account: EndpointAccount,
  { run, isCurrent }: Basis,
  request: FlowRequest,
  token: FlowToken,
  confirmed: Confirmed,
): Promise<ExchangeAnswer | null> {
  const version = await versionOf(services, run, request);
  if (!version) return notice(services, account, request, 'unknown-version', run.versionId);
  const now = services.clock.now();
  const decision = await decide(services, { run, isCurrent }, version, request, now, confirmed);
  if (!decision) return null;
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

/**
 * Decides; where who answers has to be confirmed first, does what was asked for and decides on what came of it. Null when that
 * would rest on a run that is only remembered: a code is sent and a try is counted for a session that is there.
 */
async function decide(
  services: EndpointServices,
  { run, isCurrent }: Basis,
  version: Version,
  request: FlowRequest,
  now: Date,
  confirmed: Confirmed,
): Promise<Settled | null> {
  const { program } = version;
  const read = (anew: boolean) => freeTimesFor(services.readFreeTimes, program, { ...run, anew });
  const inputWith = (freeTimes: FreeTimes | null): AnswerRequestInput => ({
    program,
    session: run.session,
    prefill: run.prefill,
    request,
    now,
    ...(run.country ? { country: run.country } : {}),
    ...(freeTimes ? { freeTimes } : {}),
  });
  const decision = await decideWithFreeTimes(read, (freeTimes) => answerRequest(inputWith(freeTimes)));
  if (decision.kind !== 'confirm') return decision;
  if (!isCurrent) return null;
  const { confirmation } = program;
  if (!confirmation) throw new Error('a flow without a confirmation asked for one');
  confirmed.outcome ??= await carryOutWish(services, { run, version, confirmation, now }, decision.wish);
  return answerConfirmation(inputWith(await read(false)), decision.wish, confirmed.outcome);
}

/**
 * The version in the payload wins over the one the send was pinned to, if it is one of the same flow (flow-rules.md section 5). But
 * what a phone claims does not decide whether and how it has to confirm: a version that differs in that is not taken.
 */
async function versionOf(services: EndpointServices, run: Run, request: FlowRequest): Promise<Version | null> {
  const wanted = typeof request.data.v === 'string' ? namedVersion(request) : run.versionId;
  const version = wanted === null ? null : await services.runs.version(run.portalId, wanted);
  if (version?.flowId !== run.flowId) return null;
  if (version.versionId === run.versionId) return version;
  const pinned = await services.runs.version(run.portalId, run.versionId);
  const channelOf = (one: Version | null): string | undefined => one?.program.confirmation?.channel;
  return channelOf(pinned) === channelOf(version) ? version : null;
}

/** The version that the payload names, or null when what stands there cannot be one: it is asked for nowhere. */
function namedVersion(request: FlowRequest): string | null {
  const { v } = request.data;
  return typeof v === 'string' && isId('version', v) ? v : null;
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
  const tools = { destinations: services.destinations, dataKey: await services.keys.dataKey(run.portalId), now };
  const acceptance: RunAcceptance = {
    portalId: run.portalId,
    sendId: run.sendId,
    flowId: run.flowId,
    versionId: version.versionId,
    formId: version.formId,
    formRevision: version.formRevision,
    mapping: version.mapping,
    answers: decision.answers,
    acceptedFrom: 'endpoint',
    locale: version.program.language,
    openedAt: run.openedAt ?? now,
    screens: decision.screens,
    finishedAt: now,
  };
  const first = await services.runs.accept(run, tools, acceptance);
  if (first.kind === 'accepted') return success(flowToken, first.submissionId);
  if (first.kind === 'refused') return null;
  const repeated = await withPortal(services.db, run.portalId, async (tx) => {
    const owner = await holdRun(tx, run);
    return owner && acceptSubmission(tx, { ...tools, wakeUps: services.wakeUps }, { ...acceptance, ...owner });
  });
  return repeated && success(flowToken, repeated.submissionId);
}

/** SUCCESS was lost on the way, and the person changed an answer before sending again: what is different is kept, never dropped. */
async function keepAnswersOf(services: EndpointServices, run: Run, request: FlowRequest): Promise<void> {
  const version = await versionOf(services, run, request);
  if (!version || request.action !== 'data_exchange') return;
  const dataKey = await services.keys.dataKey(run.portalId);
  const now = services.clock.now();
  await withPortal(services.db, run.portalId, async (tx) => {
    if (!(await holdRun(tx, run))) return;
    const accepted = await acceptedAnswers(tx, dataKey, run);
    const answers = accepted && repeatedAnswers(version.program, request, { accepted, now, country: run.country });
    if (answers) await keepRepeat(tx, { dataKey, now }, { ...run, answers, acceptedFrom: 'endpoint' });
  });
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
  ofSend: string | null = null,
): Promise<ExchangeAnswer> {
  const named = namedVersion(request);
  const version =
    (named && (await services.runs.version(account.portalId, named))) ||
    (ofSend && (await services.runs.version(account.portalId, ofSend))) ||
    null;
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
  const versionId = namedVersion(request);
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

/** What a phone sent is free text: only what looks like a name of Meta's or ours is logged. */
function nameOnly(text: string): string {
  return /^[\w-]{0,80}$/.test(text) ? text : '[not a name]';
}
