import { z } from 'zod';
import { findApp, type StandIn } from '../stand-in.ts';
import { jsonColumn } from '../store.ts';
import { signRequest } from './sign-request.ts';

const webhookEvent = z.object({
  eventId: z.number(),
  subscriptionId: z.number(),
  portalId: z.number(),
  appId: z.number(),
  occurredAt: z.number(),
  subscriptionType: z.string(),
  attemptNumber: z.number(),
  objectId: z.number(),
  changeSource: z.string(),
  changeFlag: z.string(),
});
type WebhookEvent = z.output<typeof webhookEvent>;

/** HubSpot waits five seconds and tries ten more times within 24 hours (hubspot-platform.md section 5.9). */
const DEADLINE_MS = 5_000;
const MAX_ATTEMPTS = 11;
const RETRY_AFTER_MS = [1, 5, 15, 30, 60, 120, 180, 240, 300, 360].map((minutes) => minutes * 60_000);
const SUBSCRIPTION_ID = 9_001;

/** Puts an event into the outbox of every app installed in this portal; sent by `sendDueWebhooks`. */
export function queueWebhook(
  standIn: StandIn,
  portalId: number,
  event: Pick<WebhookEvent, 'subscriptionType' | 'objectId' | 'changeSource' | 'changeFlag'>,
): void {
  const apps = standIn.store.all(
    z.object({ app_id: z.number() }),
    'select app_id from installs where portal_id = ?',
    portalId,
  );
  const now = standIn.clock.now().getTime();
  for (const { app_id } of apps) {
    if (findApp(standIn.store, { appId: app_id })?.webhookUrl === undefined) continue;
    const n = standIn.store.nextNumber('webhook');
    const full: WebhookEvent = {
      ...event,
      eventId: n,
      subscriptionId: SUBSCRIPTION_ID,
      portalId,
      appId: app_id,
      occurredAt: now,
      attemptNumber: 0,
    };
    standIn.store.run(
      'insert into webhooks (n, app_id, event, attempt, due_at) values (?, ?, ?, 0, ?)',
      n,
      app_id,
      JSON.stringify(full),
      now,
    );
  }
  standIn.wakeAt(now);
}

/** Sends what is due, each event in an array of its own, signed (version 3). A failed one waits longer each time, then is given up. */
export async function sendDueWebhooks(standIn: StandIn): Promise<void> {
  const row = z.object({ n: z.number(), app_id: z.number(), event: jsonColumn(webhookEvent), attempt: z.number() });
  const due = standIn.store.all(
    row,
    'select n, app_id, event, attempt from webhooks where due_at is not null and due_at <= ? order by n limit 100',
    standIn.clock.now().getTime(),
  );
  for (const one of due) {
    const app = findApp(standIn.store, { appId: one.app_id });
    const delivered =
      app?.webhookUrl !== undefined &&
      (await post(standIn, app.webhookUrl, app.clientSecret, { ...one.event, attemptNumber: one.attempt }));
    if (delivered || one.attempt + 1 >= MAX_ATTEMPTS) {
      standIn.store.run('delete from webhooks where n = ?', one.n);
      continue;
    }
    const dueAt = standIn.clock.now().getTime() + (RETRY_AFTER_MS[one.attempt] ?? 0);
    standIn.store.run('update webhooks set attempt = attempt + 1, due_at = ? where n = ?', dueAt, one.n);
    standIn.wakeAt(dueAt);
  }
}

async function post(standIn: StandIn, url: string, clientSecret: string, event: WebhookEvent): Promise<boolean> {
  const body = JSON.stringify([event]);
  const headers = {
    'content-type': 'application/json',
    ...signRequest(clientSecret, { method: 'POST', url, body, timestamp: standIn.baseClock.now().getTime() }),
  };
  try {
    const answer = await fetch(url, {
      method: 'POST',
      body,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    await answer.body?.cancel();
    return answer.status >= 200 && answer.status < 300;
  } catch {
    return false;
  }
}
