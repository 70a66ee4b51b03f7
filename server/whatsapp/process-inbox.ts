import type { z } from 'zod';
import { toAppError } from '../app-error.ts';
import { withPortal, type PortalId } from '../db/db.ts';
import { goLiveAfterApproval } from '../flows/go-live.ts';
import { isId } from '../ids.ts';
import { getAccountSecrets } from './accounts.ts';
import { applyFlowEvent } from './apply-flow-event.ts';
import {
  applyIdentityChange,
  applyMessage,
  applyPreference,
  type Applied,
  type InboundContext,
} from './apply-message.ts';
import { applyFileStatuses } from './apply-file-statuses.ts';
import { applyLinkStatuses } from './apply-link-statuses.ts';
import { applyOfferStatuses } from './apply-offer-statuses.ts';
import { applyStatuses, learnFromStatus } from './apply-statuses.ts';
import { numberOfWaId } from './recipient.ts';
import { retryOnConflict } from './retry-on-conflict.ts';
import type { InboxServices } from './services.ts';
import { applyTemplateStatus, templateEventState } from './templates.ts';
import {
  changeSchema,
  flowEventSchema,
  messagesValueSchema,
  preferencesValueSchema,
  templateStatusSchema,
  userIdUpdateSchema,
  type MessagesValue,
  type WebhookStatus,
} from './webhook-body.ts';
import { inboxPurpose } from './webhook-routes.ts';

/** While a process works on a row nobody else takes it; a process that dies gives it back after this. */
const LEASE_MS = 60_000;
/** Meta itself gives up after seven days; what cannot be done by then is for a person. */
const GIVE_UP_MS = 7 * 24 * 3_600_000;
/** A reply whose message we do not know is another tool's, unless a send of ours has no id yet: a few minutes decide. */
const FOREIGN_ATTEMPTS = 6;
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 6 * 3_600_000;

type Item = {
  inboxId: string;
  accountId: string;
  attempt: number;
  receivedAt: Date;
  change: z.infer<typeof changeSchema>;
};

/**
 * Works off stored webhooks of one portal, oldest first, and answers how many were taken. Each is finished, tried again with
 * back-off, or kept with its problem for a person; the body of a finished one is forgotten. Safe in several processes at once.
 */
export async function processInbox(
  services: InboxServices,
  portalId: PortalId,
  options: { limit: number; random?: () => number } = { limit: 100 },
): Promise<number> {
  const items = await claimItems(services, portalId, options.limit);
  if (items.length === 0) return 0;
  const outcomes = new Map<Item, Applied>();
  await applyAllStatuses(services, portalId, items, outcomes);
  for (const item of items) {
    // One at a time and in order: a person's second message may undo the first.
    if (!outcomes.has(item)) outcomes.set(item, await applyItem(services, portalId, item));
  }
  for (const [item, outcome] of outcomes) await settle(services, portalId, { item, outcome, random: options.random });
  return items.length;
}

async function claimItems(services: InboxServices, portalId: PortalId, limit: number): Promise<Item[]> {
  const now = services.clock.now();
  const rows = await withPortal(services.db, portalId, async (tx) => {
    const due = await tx
      .selectFrom('inbox')
      .select(['inbox_id', 'account_id', 'attempt', 'received_at', 'body_sealed'])
      .where('portal_id', '=', String(portalId))
      .where('processed_at', 'is', null)
      .where('due_at', '<=', now)
      .orderBy('received_at')
      .orderBy('inbox_id')
      .limit(limit)
      .forUpdate()
      .skipLocked()
      .execute();
    if (due.length === 0) return [];
    await tx
      .updateTable('inbox')
      .set((set) => ({ attempt: set('attempt', '+', 1), due_at: new Date(now.getTime() + LEASE_MS) }))
      .where('portal_id', '=', String(portalId))
      .where(
        'inbox_id',
        'in',
        due.map((row) => row.inbox_id),
      )
      .execute();
    return due;
  });
  return Promise.all(
    rows.map(async (row) => ({
      inboxId: row.inbox_id,
      accountId: row.account_id,
      attempt: row.attempt + 1,
      receivedAt: row.received_at,
      change: changeSchema.parse(await services.keys.openJson(portalId, inboxPurpose(row.inbox_id), row.body_sealed)),
    })),
  );
}

/** Three statuses come per message: all of a batch are written in one statement, before anything that refers to them. */
async function applyAllStatuses(
  services: InboxServices,
  portalId: PortalId,
  items: readonly Item[],
  outcomes: Map<Item, Applied>,
): Promise<void> {
  const carriers = items.flatMap((item) => {
    const value = item.change.field === 'messages' ? messagesValueSchema.safeParse(item.change.value) : null;
    return value?.success && value.data.statuses.length > 0 ? [{ item, value: value.data }] : [];
  });
  if (carriers.length === 0) return;
  const statuses = carriers.flatMap(({ item, value }) => value.statuses.map((status) => ({ item, status })));
  try {
    const { isWaiting, isEarly } = await retryOnConflict(() =>
      withPortal(services.db, portalId, async (tx) => {
        await services.keys.dataKey(portalId, tx);
        const all = statuses.map(({ status }) => status);
        const { unmatched } = await applyStatuses(tx, portalId, all);
        await applyLinkStatuses(tx, portalId, all);
        const now = services.clock.now();
        await applyOfferStatuses(tx, { wakeUps: services.wakeUps, now }, portalId, all);
        const early = await applyFileStatuses(tx, now, portalId, all);
        for (const { status } of statuses) await learnFromStatus(tx, services, portalId, status);
        const waiting = unmatched.flatMap((index) => statuses[index] ?? []);
        return {
          isWaiting: new Set(waiting.filter(({ status }) => !isOfNoSend(status)).map(({ item }) => item)),
          isEarly: new Set(statuses.filter(({ status }) => early.has(status)).map(({ item }) => item)),
        };
      }),
    );
    for (const { item, value } of carriers) {
      const hasMore = value.messages.length > 0;
      if (isEarly.has(item)) outcomes.set(item, { kind: 'later', problem: 'status_before_outcome' });
      else if (isWaiting.has(item)) outcomes.set(item, await foreignOrEarly(services, portalId, item));
      else if (!hasMore) outcomes.set(item, { kind: 'done' });
    }
  } catch (err) {
    for (const { item } of carriers) outcomes.set(item, failed(services, portalId, item, err));
  }
}

/** Links of identity checks, lists of times and calendar files are messages of ours and no sends. */
function isOfNoSend({ biz_opaque_callback_data: id }: WebhookStatus): boolean {
  return isId('identityCheck', id) || isId('timeOffer', id) || isId('delivery', id);
}

/** Numbers are shared with other tools, whose messages we never sent: waiting makes sense only while a send has no id yet. */
async function foreignOrEarly(services: InboxServices, portalId: PortalId, item: Item): Promise<Applied> {
  if (item.attempt >= FOREIGN_ATTEMPTS) return { kind: 'done' };
  const isEarly = await hasSendWithoutId(services, portalId);
  return isEarly ? { kind: 'later', problem: 'status_without_send' } : { kind: 'done' };
}

async function hasSendWithoutId(services: InboxServices, portalId: PortalId): Promise<boolean> {
  const open = await withPortal(services.db, portalId, (tx) =>
    tx
      .selectFrom('sends')
      .select('send_id')
      .where('portal_id', '=', String(portalId))
      .where('wamid', 'is', null)
      .where('state', 'in', ['queued', 'sending', 'unknown'])
      .where('open', '=', true)
      .limit(1)
      .executeTakeFirst(),
  );
  return open !== undefined;
}

function failed(services: InboxServices, portalId: PortalId, item: Item, err: unknown): Applied {
  services.log.warn({ err, portalId, inboxId: item.inboxId }, 'a webhook could not be worked off; it is tried again');
  return { kind: 'later', problem: toAppError(err).code };
}

async function applyItem(services: InboxServices, portalId: PortalId, item: Item): Promise<Applied> {
  try {
    return await retryOnConflict(() => applyChange(services, portalId, item));
  } catch (err) {
    return failed(services, portalId, item, err);
  }
}

async function applyChange(services: InboxServices, portalId: PortalId, item: Item): Promise<Applied> {
  const { field, value } = item.change;
  switch (field) {
    case 'messages':
      return applyMessagesField(services, portalId, item, value);
    case 'user_preferences':
      return applyPreferences(services, portalId, value);
    case 'message_template_status_update':
      return applyTemplate(services, portalId, item, value);
    case 'flows': {
      const event = flowEventSchema.safeParse(value);
      if (!event.success) return unreadable;
      await applyFlowEvent(services, { portalId, ...item, event: event.data, raw: value });
      return { kind: 'done' };
    }
    case 'user_id_update':
      return applyUserIdUpdate(services, portalId, item, value);
    default:
      services.log.info({ portalId, field }, 'a webhook field that nothing depends on');
      return { kind: 'done' };
  }
}

const unreadable: Applied = { kind: 'review', problem: 'webhook_unreadable' };

async function applyMessagesField(
  services: InboxServices,
  portalId: PortalId,
  item: Item,
  value: unknown,
): Promise<Applied> {
  const parsed = messagesValueSchema.safeParse(value);
  if (!parsed.success) return unreadable;
  const context = await contextOf(services, portalId, item, parsed.data);
  const outcomes: Applied[] = [];
  for (const message of parsed.data.messages) outcomes.push(await applyMessage(services, context, message));
  for (const preference of parsed.data.user_preferences)
    outcomes.push(await applyPreference(services, context, preference));
  return worst(outcomes);
}

function worst(outcomes: readonly Applied[]): Applied {
  return (
    outcomes.find((outcome) => outcome.kind === 'later') ??
    outcomes.find((outcome) => outcome.kind === 'review') ?? { kind: 'done' }
  );
}

async function contextOf(
  services: InboxServices,
  portalId: PortalId,
  item: Item,
  value: MessagesValue,
): Promise<InboundContext> {
  const { portfolioId } = await getAccountSecrets(services, portalId, item.accountId);
  return {
    portalId,
    portfolioId,
    phoneNumberId: value.metadata.phone_number_id,
    contacts: value.contacts,
    receivedAt: item.receivedAt,
  };
}

async function applyPreferences(services: InboxServices, portalId: PortalId, value: unknown): Promise<Applied> {
  const parsed = preferencesValueSchema.safeParse(value);
  if (!parsed.success) return unreadable;
  const outcomes: Applied[] = [];
  for (const preference of parsed.data.user_preferences)
    outcomes.push(await applyPreference(services, { portalId }, preference));
  return worst(outcomes);
}

async function applyTemplate(
  services: InboxServices,
  portalId: PortalId,
  item: Item,
  value: unknown,
): Promise<Applied> {
  const parsed = templateStatusSchema.safeParse(value);
  if (!parsed.success) return unreadable;
  const update = parsed.data;
  const event = templateEventState(update.event);
  const now = services.clock.now();
  await withPortal(services.db, portalId, async (tx) => {
    const template = await applyTemplateStatus(tx, portalId, {
      accountId: item.accountId,
      metaTemplateId: update.message_template_id,
      name: update.message_template_name,
      language: update.message_template_language,
      event,
      reason: update.reason ?? null,
      now,
    });
    if (template && event === 'APPROVED') await goLiveAfterApproval(tx, portalId, { ...template, now });
  });
  return { kind: 'done' };
}

async function applyUserIdUpdate(
  services: InboxServices,
  portalId: PortalId,
  item: Item,
  value: unknown,
): Promise<Applied> {
  const parsed = userIdUpdateSchema.safeParse(value);
  if (!parsed.success) return unreadable;
  const { portfolioId } = await getAccountSecrets(services, portalId, item.accountId);
  for (const update of parsed.data.user_id_update) {
    const phone = (update.wa_id && numberOfWaId(update.wa_id)) ?? undefined;
    await applyIdentityChange(
      services,
      { portalId, portfolioId },
      {
        previous: { bsuid: update.user_id.previous },
        next: { phone, bsuid: update.user_id.current, parentBsuid: update.parent_user_id?.current },
        at: update.timestamp,
      },
    );
  }
  return { kind: 'done' };
}

/** Finished rows keep their key, so that a repeat is known, and lose their body, which holds personal data. */
async function settle(
  services: InboxServices,
  portalId: PortalId,
  o: { item: Item; outcome: Applied; random?: () => number },
): Promise<void> {
  const now = services.clock.now();
  const { item, outcome } = o;
  const isTooOld = now.getTime() - item.receivedAt.getTime() > GIVE_UP_MS;
  // Answers are not given up while any message of ours could still turn out to be the one they belong to.
  const isForeign =
    outcome.kind === 'later' &&
    outcome.problem === 'reply_without_send' &&
    item.attempt >= FOREIGN_ATTEMPTS &&
    !(await hasSendWithoutId(services, portalId));
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(item.attempt, 20));
  const jittered = Math.round(wait * (0.5 + (o.random ?? Math.random)() / 2));
  const isFinished = outcome.kind === 'done' || isForeign;
  const isForPerson = outcome.kind === 'review' || (outcome.kind === 'later' && isTooOld);
  await withPortal(services.db, portalId, (tx) =>
    tx
      .updateTable('inbox')
      .set({
        problem: outcome.kind === 'done' ? null : outcome.problem,
        ...(isFinished ? { processed_at: now, body_sealed: Buffer.alloc(0) } : {}),
        // Kept with its body, so that a person can still put it right.
        ...(isForPerson && !isFinished ? { processed_at: now } : {}),
        due_at: new Date(now.getTime() + jittered),
      })
      .where('portal_id', '=', String(portalId))
      .where('inbox_id', '=', item.inboxId)
      .execute(),
  );
}
