import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { withPortal, type Db } from '../db/db.ts';
import type { SendTimes } from '../destinations/calendar/send-times.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import { getAccountSecrets } from './accounts.ts';
import { findChat } from './find-chat.ts';
import type { GraphClient } from './graph-client.ts';
import { listMessage } from './messages.ts';

const sentSchema = z.object({ messages: z.array(z.object({ id: z.string() })).min(1) });

/** Sends other times to the person of a submission (`SendTimes`); reads who may be written to at that moment, and calls Meta once. */
export function createSendTimes(services: { db: Db; keys: PortalKeys; clock: Clock; graph: GraphClient }): SendTimes {
  return async (o) => {
    const found = await withPortal(services.db, o.portalId, (tx) => findChat(services, tx, o.portalId, o.submissionId));
    if (found.kind !== 'open') return found;
    const { accountId, phoneNumberId, recipient } = found.chat;
    const { accessToken } = await getAccountSecrets(services, o.portalId, accountId);
    if (!(await o.claim())) return { kind: 'not-claimed' };
    await services.graph.call({
      method: 'POST',
      path: `/${phoneNumberId}/messages`,
      accessToken,
      body: { kind: 'json', value: listMessage({ recipient, sendId: o.offerId, ...o.message }) },
      schema: sentSchema,
      idempotent: false,
    });
    return { kind: 'sent' };
  };
}
