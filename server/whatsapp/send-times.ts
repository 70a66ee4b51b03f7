import type { Clock } from '../clock.ts';
import { withPortal, type Db } from '../db/db.ts';
import type { SendTimes } from '../destinations/calendar/send-times.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import { getAccountSecrets } from './accounts.ts';
import { findChat } from './find-chat.ts';
import type { GraphClient } from './graph-client.ts';
import { listMessage } from './messages.ts';
import { postMessage } from './post-message.ts';

/** Sends other times to the person of a submission (`SendTimes`); reads who may be written to at that moment, and calls Meta once. */
export function createSendTimes(services: { db: Db; keys: PortalKeys; clock: Clock; graph: GraphClient }): SendTimes {
  return async (o) => {
    const found = await withPortal(services.db, o.portalId, (tx) => findChat(services, tx, o.portalId, o.submissionId));
    if (found.kind !== 'open') return found;
    const { accountId, phoneNumberId, recipient } = found.chat;
    const { accessToken } = await getAccountSecrets(services, o.portalId, accountId);
    if (!(await o.claim())) return { kind: 'not-claimed' };
    const message = listMessage({ recipient, sendId: o.offerId, ...o.message });
    await postMessage(services.graph, { phoneNumberId, accessToken, message });
    return { kind: 'sent' };
  };
}
