import { z } from 'zod';
import { programSchema, type Program } from '@flowella/shared/compile/program.ts';
import { messageSchema, type FlowMessage } from '@flowella/shared/contract/api.ts';
import { mappingSchema, type Mapping } from '@flowella/shared/contract/mapping.ts';
import type { PortalId, PortalTx } from '../db/db.ts';
import { portfolioOf } from './accounts.ts';

/** The live version of a flow with all that sending it needs. */
export type LiveVersion = {
  versionId: string;
  metaFlowId: string;
  program: Program;
  flowJson: string;
  mapping: Mapping;
  message: FlowMessage;
};

export type SendableFlow = {
  flowId: string;
  name: string;
  state: 'draft' | 'publishing' | 'published' | 'failed' | 'paused' | 'retired';
  stateReason: string | null;
  live: LiveVersion | null;
  account: {
    accountId: string;
    portfolioId: string;
    state: 'connecting' | 'connected' | 'broken' | 'disconnected';
    /** Numbers that can send, the one with a valid key first. */
    numbers: { phoneNumberId: string; displayNumber: string }[];
  };
  /** The newest approved template of the live version, else the newest of any state. */
  template: { name: string; language: string; body: string; state: string } | null;
};

const rowSchema = z.object({
  flow_id: z.string(),
  name: z.string(),
  state: z.enum(['draft', 'publishing', 'published', 'failed', 'paused', 'retired']),
  state_reason: z.string().nullable(),
  account_id: z.string(),
  waba_id: z.string(),
  portfolio_id: z.string().nullable(),
  account_state: z.enum(['connecting', 'connected', 'broken', 'disconnected']),
  flow_message: z.unknown(),
});

/** Flows of the portal that may be sent at all, or one of them; drafts that were never published have `live: null`. */
export async function readSendableFlows(tx: PortalTx, portalId: PortalId, flowId?: string): Promise<SendableFlow[]> {
  const query = tx
    .selectFrom('flows')
    .innerJoin('wa_accounts', (join) =>
      join
        .onRef('wa_accounts.portal_id', '=', 'flows.portal_id')
        .onRef('wa_accounts.account_id', '=', 'flows.account_id'),
    )
    .select([
      'flows.flow_id',
      'flows.name',
      'flows.state',
      'flows.state_reason',
      'flows.message as flow_message',
      'flows.live_version_id',
      'wa_accounts.account_id',
      'wa_accounts.waba_id',
      'wa_accounts.portfolio_id',
      'wa_accounts.state as account_state',
    ])
    .where('flows.portal_id', '=', String(portalId))
    .orderBy('flows.name');
  const rows = await (
    flowId === undefined
      ? query.where('flows.live_version_id', 'is not', null).where('flows.state', '<>', 'retired').limit(200)
      : query.where('flows.flow_id', '=', flowId)
  ).execute();
  return Promise.all(
    rows.map(async (row) => {
      const flow = rowSchema.parse(row);
      const live = row.live_version_id
        ? await readLive(tx, portalId, row.live_version_id, messageSchema.parse(flow.flow_message))
        : null;
      return {
        flowId: flow.flow_id,
        name: flow.name,
        state: flow.state,
        stateReason: flow.state_reason,
        live,
        account: {
          accountId: flow.account_id,
          portfolioId: flow.portfolio_id ?? portfolioOf(flow.waba_id),
          state: flow.account_state,
          numbers: await readNumbers(tx, portalId, flow.account_id),
        },
        template: live ? await readTemplate(tx, portalId, flow.flow_id, live.metaFlowId) : null,
      };
    }),
  );
}

async function readLive(
  tx: PortalTx,
  portalId: PortalId,
  versionId: string,
  fallback: FlowMessage,
): Promise<LiveVersion | null> {
  const row = await tx
    .selectFrom('flow_versions')
    .select(['version_id', 'meta_flow_id', 'program', 'flow_json', 'mapping', 'message'])
    .where('portal_id', '=', String(portalId))
    .where('version_id', '=', versionId)
    .executeTakeFirst();
  if (!row?.meta_flow_id) return null;
  return {
    versionId: row.version_id,
    metaFlowId: row.meta_flow_id,
    program: programSchema.parse(row.program),
    flowJson: row.flow_json,
    mapping: mappingSchema.parse(row.mapping),
    message: row.message === null ? fallback : messageSchema.parse(row.message),
  };
}

async function readNumbers(
  tx: PortalTx,
  portalId: PortalId,
  accountId: string,
): Promise<SendableFlow['account']['numbers']> {
  const rows = await tx
    .selectFrom('wa_numbers')
    .select(['phone_number_id', 'display_number', 'key_status'])
    .where('portal_id', '=', String(portalId))
    .where('account_id', '=', accountId)
    .orderBy('phone_number_id')
    .execute();
  const valid = rows.filter((row) => row.key_status === 'VALID');
  return valid.map((row) => ({ phoneNumberId: row.phone_number_id, displayNumber: row.display_number }));
}

async function readTemplate(
  tx: PortalTx,
  portalId: PortalId,
  flowId: string,
  metaFlowId: string,
): Promise<SendableFlow['template']> {
  const rows = await tx
    .selectFrom('templates')
    .select(['name', 'language', 'body', 'state'])
    .where('portal_id', '=', String(portalId))
    .where('flow_id', '=', flowId)
    .where('meta_flow_id', '=', metaFlowId)
    .orderBy('created_at', 'desc')
    .limit(20)
    .execute();
  return rows.find((row) => row.state === 'APPROVED') ?? rows[0] ?? null;
}
