import { z } from 'zod';
import { newMessageId } from '../new-id.ts';
import { jsonColumn, type Store } from '../store.ts';
import type { World } from '../world.ts';

/** What the phone needs to open the flow of a message. */
export const flowPartSchema = z.object({
  flowId: z.string(),
  flowToken: z.string(),
  action: z.enum(['navigate', 'data_exchange']),
  screen: z.string().nullable(),
  data: z.record(z.string(), z.unknown()).nullable(),
  cta: z.string(),
  header: z.string().nullable(),
  body: z.string(),
  footer: z.string().nullable(),
  mode: z.enum(['draft', 'published']),
});
export type FlowPart = z.infer<typeof flowPartSchema>;

const pricingSchema = z.object({
  billable: z.boolean(),
  pricing_model: z.literal('PMP'),
  category: z.string(),
  type: z.enum(['regular', 'free_customer_service']),
});
export type Pricing = z.infer<typeof pricingSchema>;

const messageRow = z.object({
  n: z.number(),
  id: z.string(),
  number_id: z.string(),
  person_id: z.number().nullable(),
  addressed: z.enum(['phone', 'bsuid']),
  direction: z.enum(['in', 'out']),
  outcome: z.enum(['delivered', 'failed', 'lost']),
  type: z.string(),
  content: jsonColumn(z.record(z.string(), z.unknown())),
  context_id: z.string().nullable(),
  at: z.number(),
  callback_data: z.string().nullable(),
  pricing: jsonColumn(pricingSchema).nullable(),
  flow: jsonColumn(flowPartSchema).nullable(),
  flow_version: z.number().nullable(),
  draft_json: z.string().nullable(),
});
const COLUMNS =
  'n, id, number_id, person_id, addressed, direction, outcome, type, content, context_id, at, callback_data, pricing, flow, flow_version, draft_json';

/** `content` holds the message's own keys as sent, such as `{ text: { body } }`. */
export type StoredMessage = z.infer<typeof messageRow>;

const statusRow = z.object({ status: z.string(), at: z.number(), error: jsonColumn(z.unknown()).nullable() });
export type StoredStatus = z.infer<typeof statusRow>;

export function insertMessage(world: World, message: Omit<StoredMessage, 'n' | 'id' | 'at'>): StoredMessage {
  const id = newMessageId();
  world.store.run(
    `insert into messages (id, number_id, person_id, addressed, direction, outcome, type, content, context_id, at, callback_data,
       pricing, flow, flow_id, flow_version, draft_json) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    message.number_id,
    message.person_id,
    message.addressed,
    message.direction,
    message.outcome,
    message.type,
    JSON.stringify(message.content),
    message.context_id,
    world.clock.nowMs(),
    message.callback_data,
    message.pricing && JSON.stringify(message.pricing),
    message.flow && JSON.stringify(message.flow),
    message.flow?.flowId ?? null,
    message.flow_version,
    message.draft_json,
  );
  const stored = findMessage(world.store, id);
  if (!stored) throw new Error('The message just written cannot be read');
  return stored;
}

export function findMessage(store: Store, id: string): StoredMessage | undefined {
  return store.first(messageRow, `select ${COLUMNS} from messages where id = ?`, id);
}

/** What a person has on their phone, oldest first: received messages and, if asked for, their own. */
export function chatOf(store: Store, personId: number, o: { since: number; withOwn: boolean }): StoredMessage[] {
  return store.all(
    messageRow,
    `select ${COLUMNS} from messages where person_id = ? and n > ? and outcome = 'delivered' and (direction = 'out' or ? = 1) order by n`,
    personId,
    o.since,
    o.withOwn ? 1 : 0,
  );
}

export function statusesOf(store: Store, messageId: string): StoredStatus[] {
  return store.all(statusRow, 'select status, at, error from statuses where message_id = ? order by n', messageId);
}

export function addStatus(world: World, messageId: string, status: string, error: unknown): void {
  world.store.run(
    'insert into statuses (message_id, status, at, error) values (?, ?, ?, ?)',
    messageId,
    status,
    world.clock.nowMs(),
    error === null || error === undefined ? null : JSON.stringify(error),
  );
}

const countRow = z.object({ count: z.number() });

/** Whether the person wrote to this number in the last 24 hours (whatsapp-flows.md section 9.3). */
export function isWindowOpen(world: World, numberId: string, personId: number): boolean {
  const found = world.store.first(
    countRow,
    `select count(*) as count from messages where number_id = ? and person_id = ? and direction = 'in' and at > ?`,
    numberId,
    personId,
    world.clock.nowMs() - 86_400_000,
  );
  return (found?.count ?? 0) > 0;
}

export function countFlowMessages(world: World, flowId: string, sinceMs: number): number {
  const found = world.store.first(
    countRow,
    `select count(*) as count from messages where flow_id = ? and at > ? and direction = 'out'`,
    flowId,
    sinceMs,
  );
  return found?.count ?? 0;
}

export function countSent(world: World, numberId: string, sinceMs: number): number {
  const found = world.store.first(
    countRow,
    `select count(*) as count from (select 1 from messages where number_id = ? and at > ? and direction = 'out' order by n desc limit 100)`,
    numberId,
    sinceMs,
  );
  return found?.count ?? 0;
}
