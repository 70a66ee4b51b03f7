import { withPortal, type Db } from '../../db/db.ts';
import type { Clock } from '../../clock.ts';
import { callWebhook, type WebhookAnswer } from '../../destinations/webhook/call-webhook.ts';
import { findWebhook, switchOffGone, type Webhook } from '../../destinations/webhook/webhooks.ts';
import type { PortalKeys } from '../../keys/portal-keys.ts';
import type { Log } from '../../observe/log.ts';
import type { SafeFetch } from '../../safe-fetch/safe-fetch.ts';
import type { IssuedCode } from './confirmations.ts';
import { toCodeEvent } from './to-code-event.ts';

/** A person waits: shorter than a submission's call may take. */
const DEADLINE_MS = 10_000;
/** Before the second, third and fourth try. All of them lie far within the life of a code. */
const WAITS_MS = [2_000, 10_000, 30_000];

export type CodeOrder = IssuedCode & {
  portalId: number;
  webhookId: string;
  sendId: string;
  contactId: string | null;
  flowId: string;
  versionId: string;
  locale: string;
  issuedAt: Date;
};

export type CodeSender = {
  /** Begins at once and answers at once: how long the customer's system takes tells nobody whether there was an address. */
  send(order: CodeOrder): void;
  /** When nothing is under way any more. */
  settled(): Promise<void>;
  stop(): Promise<void>;
};

type Tools = { db: Db; keys: PortalKeys; clock: Clock; log: Log; safeFetch: SafeFetch; wait?: Wait };
type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

/**
 * Sends codes to the customer's webhook, from memory alone: there is no delivery, no dead letter and no job that a code could stand
 * in. A process that dies loses it, and the person asks for another one. Retry rule: three repeats under the same webhook-id while
 * the code is the newest and has not run out.
 */
export function createCodeSender(tools: Tools): CodeSender {
  const stopped = new AbortController();
  const underWay = new Set<Promise<void>>();
  return {
    send(order) {
      const work = carryOut({ wait: pause, ...tools }, order, stopped.signal)
        .catch((err: unknown) => {
          tools.log.error({ err, portalId: order.portalId, sendId: order.sendId }, 'a code could not be sent');
        })
        .finally(() => underWay.delete(work));
      underWay.add(work);
    },
    settled: async () => void (await Promise.all(underWay)),
    async stop() {
      stopped.abort();
      await Promise.all(underWay);
    },
  };
}

async function carryOut(tools: Required<Tools>, order: CodeOrder, stopped: AbortSignal): Promise<void> {
  const { portalId, sendId, codeId } = order;
  if (order.email === null) return record(tools, order, 'no-address', null);
  const event = toCodeEvent({ ...order, email: order.email, flow: await describeFlow(tools, order) });
  let last: string | null = null;
  for (const waitMs of [0, ...WAITS_MS]) {
    await tools.wait(waitMs, stopped);
    if (stopped.aborted || !(await isWanted(tools, order))) break;
    const webhook = await findWebhook(tools, portalId, order.webhookId);
    if (!webhook || webhook.state === 'off') {
      last = webhook ? 'webhook_off' : 'webhook_deleted';
      break;
    }
    const answer = await callWebhook(tools.safeFetch, {
      webhook,
      id: codeId,
      event,
      at: tools.clock.now(),
      signal: AbortSignal.any([stopped, AbortSignal.timeout(DEADLINE_MS)]),
    });
    last = answer.code;
    if (answer.kind === 'delivered') return record(tools, order, 'sent', null);
    if (!(await mayRepeat(tools, portalId, webhook, answer))) break;
  }
  tools.log.warn({ portalId, sendId, webhookId: order.webhookId, code: last }, 'a code was not taken by the webhook');
  await record(tools, order, 'failed', last);
}

async function mayRepeat(tools: Tools, portalId: number, webhook: Webhook, answer: WebhookAnswer): Promise<boolean> {
  if (answer.kind === 'gone') await switchOffGone(tools, portalId, webhook);
  return answer.kind === 'retry' || answer.kind === 'unknown';
}

/** Not after a newer code, not after its time, not when the person is through. */
async function isWanted({ db, clock }: Tools, { portalId, sendId, codeId, expiresAt }: CodeOrder): Promise<boolean> {
  if (clock.now() >= expiresAt) return false;
  const row = await withPortal(db, portalId, (tx) =>
    tx
      .selectFrom('confirmations')
      .select(['code_id', 'confirmed_at'])
      .where('portal_id', '=', String(portalId))
      .where('send_id', '=', sendId)
      .executeTakeFirst(),
  );
  return row?.code_id === codeId && row.confirmed_at === null;
}

async function describeFlow({ db }: Tools, o: CodeOrder): Promise<Parameters<typeof toCodeEvent>[0]['flow']> {
  const row = await withPortal(db, o.portalId, (tx) =>
    tx
      .selectFrom('flow_versions as v')
      .innerJoin('flows as f', (join) =>
        join.onRef('f.portal_id', '=', 'v.portal_id').onRef('f.flow_id', '=', 'v.flow_id'),
      )
      .select(['f.name', 'v.number'])
      .where('v.portal_id', '=', String(o.portalId))
      .where('v.version_id', '=', o.versionId)
      .executeTakeFirst(),
  );
  return { id: o.flowId, name: row?.name ?? '', version: row?.number ?? 0, versionId: o.versionId };
}

async function record(
  { db }: Tools,
  { portalId, codeId }: CodeOrder,
  outcome: 'sent' | 'failed' | 'no-address',
  reason: string | null,
): Promise<void> {
  await withPortal(db, portalId, (tx) =>
    tx
      .updateTable('confirmation_codes')
      .set({ outcome, reason_code: reason })
      .where('portal_id', '=', String(portalId))
      .where('code_id', '=', codeId)
      .execute(),
  );
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms === 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
