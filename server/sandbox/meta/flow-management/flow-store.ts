import { randomBytes } from 'node:crypto';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import { z } from 'zod';
import { canSee, type Caller } from '../graph/access.ts';
import { unknownObject } from '../graph-error.ts';
import { newGraphId } from '../new-id.ts';
import { jsonColumn, type Store } from '../store.ts';
import type { World } from '../world.ts';

export const CATEGORIES = [
  'SIGN_UP',
  'SIGN_IN',
  'APPOINTMENT_BOOKING',
  'LEAD_GENERATION',
  'CONTACT_US',
  'CUSTOMER_SUPPORT',
  'SURVEY',
  'OTHER',
] as const;
export const FLOW_STATUSES = ['DRAFT', 'PUBLISHED', 'DEPRECATED', 'BLOCKED', 'THROTTLED'] as const;
export type FlowStatus = (typeof FLOW_STATUSES)[number];

const flowRow = z.object({
  n: z.number(),
  id: z.string(),
  waba_id: z.string(),
  name: z.string(),
  categories: jsonColumn(z.array(z.string())),
  status: z.enum(FLOW_STATUSES),
  endpoint_uri: z.string().nullable(),
  app_id: z.string().nullable(),
  draft: z.string(),
  validation_errors: jsonColumn(z.array(z.unknown())),
  versions: z.number(),
  preview_token: z.string(),
  preview_expires_at: z.number(),
});
const COLUMNS =
  'n, id, waba_id, name, categories, status, endpoint_uri, app_id, draft, validation_errors, versions, preview_token, preview_expires_at';

export type Flow = z.infer<typeof flowRow>;

/** A flow as created in the builder: one screen that says hello. */
const BLANK_FLOW = JSON.stringify({
  version: '7.3',
  screens: [
    {
      id: 'WELCOME_SCREEN',
      title: 'Welcome',
      terminal: true,
      layout: {
        type: 'SingleColumnLayout',
        children: [
          { type: 'TextHeading', text: 'Hello World' },
          { type: 'Footer', label: 'Complete', 'on-click-action': { name: 'complete', payload: {} } },
        ],
      },
    },
  ],
});
const PREVIEW_LIFE_MS = 30 * 86_400_000;

export function findFlow(store: Store, id: string): Flow | undefined {
  return store.first(flowRow, `select ${COLUMNS} from flows where id = ? and deleted = 0`, id);
}

export function flowByName(store: Store, wabaId: string, name: string): Flow | undefined {
  return store.first(
    flowRow,
    `select ${COLUMNS} from flows where waba_id = ? and name = ? and deleted = 0`,
    wabaId,
    name,
  );
}

/** Newest first, as Meta lists them. */
export function flowsOf(store: Store, wabaId: string): Flow[] {
  return store.all(flowRow, `select ${COLUMNS} from flows where waba_id = ? and deleted = 0 order by n desc`, wabaId);
}

/** The flow, or 100/33 when it is unknown to the caller. */
export function flowFor(store: Store, caller: Caller, method: string, id: string): Flow {
  const flow = findFlow(store, id);
  if (!flow || !canSee(caller, flow.waba_id)) throw unknownObject(method, id);
  return flow;
}

export function insertFlow(
  world: World,
  o: { wabaId: string; name: string; categories: string[]; endpointUri: string | null; flowJson: string | null },
): Flow {
  const id = newGraphId();
  const draft = o.flowJson ?? BLANK_FLOW;
  const now = world.clock.nowMs();
  world.store.run(
    `insert into flows (id, waba_id, name, categories, status, endpoint_uri, draft, validation_errors, preview_token, preview_expires_at, updated_at)
     values (?, ?, ?, ?, 'DRAFT', ?, ?, ?, ?, ?, ?)`,
    id,
    o.wabaId,
    o.name,
    JSON.stringify(o.categories),
    o.endpointUri,
    draft,
    JSON.stringify(validateFlowJson(draft).validationErrors),
    randomBytes(16).toString('hex'),
    now + PREVIEW_LIFE_MS,
    now,
  );
  const flow = findFlow(world.store, id);
  if (!flow) throw new Error('The flow just written cannot be read');
  return flow;
}

/** Saves a draft whatever its errors; a published flow becomes a draft again, sent messages keep their version (section 8). */
export function saveDraft(world: World, flow: Flow, flowJson: string): unknown[] {
  const errors = validateFlowJson(flowJson).validationErrors;
  world.store.run(
    `update flows set draft = ?, validation_errors = ?, status = 'DRAFT', updated_at = ? where id = ?`,
    flowJson,
    JSON.stringify(errors),
    world.clock.nowMs(),
    flow.id,
  );
  return errors;
}

export function setFlowStatus(world: World, flow: Flow, status: FlowStatus, o: { silent?: boolean } = {}): void {
  if (flow.status === status) return;
  world.store.run('update flows set status = ?, updated_at = ? where id = ?', status, world.clock.nowMs(), flow.id);
  if (o.silent) return;
  world.webhooks.enqueue({
    wabaId: flow.waba_id,
    field: 'flows',
    lane: `flow:${flow.id}`,
    value: {
      event: 'FLOW_STATUS_CHANGE',
      message: `Flow ${flow.name} changed status from ${flow.status} to ${status}`,
      flow_id: flow.id,
      old_status: flow.status,
      new_status: status,
    },
  });
}

export function renewPreview(world: World, flow: Flow): Flow {
  world.store.run(
    'update flows set preview_token = ?, preview_expires_at = ? where id = ?',
    randomBytes(16).toString('hex'),
    world.clock.nowMs() + PREVIEW_LIFE_MS,
    flow.id,
  );
  return findFlow(world.store, flow.id) ?? flow;
}

/** Keeps the draft as the next published version and answers its number, from 1. */
export function addVersion(world: World, flow: Flow): number {
  const version = flow.versions + 1;
  world.store.run(
    'insert into flow_versions (flow_id, version, flow_json, at) values (?, ?, ?, ?)',
    flow.id,
    version,
    flow.draft,
    world.clock.nowMs(),
  );
  world.store.run('update flows set versions = ? where id = ?', version, flow.id);
  return version;
}

export function versionJson(store: Store, flowId: string, version: number): string | undefined {
  return store.first(
    z.object({ flow_json: z.string() }),
    'select flow_json from flow_versions where flow_id = ? and version = ?',
    flowId,
    version,
  )?.flow_json;
}
