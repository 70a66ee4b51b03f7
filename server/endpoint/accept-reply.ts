import { z } from 'zod';
import { withPortal, type Db } from '../db/db.ts';
import type { Clock } from '../clock.ts';
import type { WakeUps } from '../delivery/wake-ups.ts';
import type { Destination } from '../destinations/destination.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import type { Log } from '../observe/log.ts';
import { acceptSubmission } from '../submissions/accept.ts';
import { answersFromComplete } from './answer-request.ts';
import { isSendErased } from './hold-run.ts';
import type { Runs } from './runs.ts';

export type AcceptReplyServices = {
  db: Db;
  keys: PortalKeys;
  runs: Runs;
  wakeUps: WakeUps;
  destinations: readonly Destination[];
  clock: Clock;
  log: Log;
};

/**
 * Accepts the answers that came in the chat (`nfm_reply`): of a light flow they are the submission; of a connected one the
 * endpoint accepted them already, and the reply carries no answers. The same function as the endpoint's accepts, once.
 * A light flow cannot refuse a bad answer: it is accepted and flagged (flow-rules.md section 4). Of somebody who was erased
 * meanwhile nothing is kept.
 */
export async function acceptReply(
  services: AcceptReplyServices,
  portalId: number,
  reply: { sendId: string; responseJson: unknown; receivedAt: Date },
): Promise<void> {
  const run = await services.runs.load(portalId, reply.sendId);
  if (!run) {
    services.log.warn({ portalId, sendId: reply.sendId }, 'a flow reply for a send that is not known (any more)');
    return;
  }
  const version = await services.runs.version(portalId, run.versionId);
  if (!version) return;
  if (version.program.mode === 'connected') {
    if (!run.submissionId && !isNotice(reply.responseJson))
      services.log.error(
        { portalId, sendId: reply.sendId },
        'a connected flow says it is finished but nothing was accepted',
      );
    return;
  }
  const { answers, flags } = answersFromComplete(version.program, reply.responseJson, reply.receivedAt, {
    ...(run.country ? { country: run.country } : {}),
  });
  if (flags.length > 0)
    services.log.info(
      { portalId, sendId: reply.sendId, flags: flags.map((flag) => flag.code) },
      'a light flow sent answers that the checks would have refused',
    );
  const dataKey = await services.keys.dataKey(portalId);
  const now = services.clock.now();
  const accepted = await withPortal(services.db, portalId, async (tx) => {
    if (await isSendErased(tx, portalId, run.sendId)) return null;
    return acceptSubmission(
      tx,
      { wakeUps: services.wakeUps, destinations: services.destinations, dataKey, now },
      {
        portalId,
        sendId: run.sendId,
        flowId: run.flowId,
        versionId: version.versionId,
        formId: version.formId,
        formRevision: version.formRevision,
        contactId: run.contactId,
        personId: run.personId,
        mapping: version.mapping,
        answers,
        acceptedFrom: 'nfm_reply',
        locale: version.program.language,
        openedAt: null,
        screens: null,
        finishedAt: reply.receivedAt,
      },
    );
  });
  if (!accepted)
    services.log.info(
      { portalId, sendId: reply.sendId },
      'a flow reply came after its person was erased: nothing is kept',
    );
}

/** Closing the notice screen ends a flow without answers. */
function isNotice(responseJson: unknown): boolean {
  return noticeReply.safeParse(responseJson).success;
}

const noticeReply = z.looseObject({ notice: z.literal(true) });
