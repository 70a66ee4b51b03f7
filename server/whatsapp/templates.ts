import { sql } from 'kysely';
import { z } from 'zod';
import { AppError } from '../app-error.ts';
import { withPortal, type PortalId, type PortalTx } from '../db/db.ts';
import { newId } from '../ids.ts';
import { getAccountSecrets, type AccountSecrets } from './accounts.ts';
import { MetaError } from './meta-errors.ts';
import type { WhatsappServices } from './services.ts';

/** Everything Meta reviews; a difference in any of it needs another template. */
export const templateContentSchema = z.object({
  category: z.enum(['UTILITY', 'MARKETING']),
  body: z.string(),
  header: z.string().nullable(),
  footer: z.string().nullable(),
  button: z.string(),
  opening: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('data_exchange') }),
    z.object({ kind: z.literal('navigate'), screen: z.string() }),
  ]),
});
export type TemplateContent = z.infer<typeof templateContentSchema>;

export type Template = {
  templateId: string;
  flowId: string;
  accountId: string;
  name: string;
  language: string;
  metaTemplateId: string | null;
  metaFlowId: string;
  /** Meta's status; `CREATING` until Meta has taken it. */
  state: string;
  content: TemplateContent;
};

const createdSchema = z.object({ id: z.string(), status: z.string().catch('PENDING') });
const foundSchema = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      language: z.string(),
      status: z.string(),
      rejected_reason: z.string().nullish(),
      components: z
        .array(
          z.looseObject({
            type: z.string(),
            buttons: z.array(z.looseObject({ type: z.string(), flow_id: z.coerce.string().optional() })).optional(),
          }),
        )
        .catch([]),
    }),
  ),
});

/** A template that Meta will not let be used again: another one is made. */
const DEAD = ['REJECTED', 'DISABLED', 'DELETED', 'PENDING_DELETION', 'PAUSED', 'ARCHIVED'];
/** Names tried when Meta already has one of ours that we do not know, from an earlier installation. */
const MAX_NAMES = 20;

/** Lower case letters, digits and underscores: all that Meta allows in a name. */
export function slugOf(text: string): string {
  const slug = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/ß/g, 'ss')
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 40)
    .replace(/_+$/, '');
  return slug || 'flow';
}

/**
 * Makes sure that a published flow has a template with this content, and answers it: an existing one is taken, one whose
 * creation was cut off is looked up at Meta first. Repeatable. Throws what the Graph client throws.
 */
export async function ensureTemplate(
  services: WhatsappServices,
  portalId: PortalId,
  o: {
    flowId: string;
    flowName: string;
    accountId: string;
    metaFlowId: string;
    language: string;
    content: TemplateContent;
  },
): Promise<Template> {
  const existing = (await listTemplates(services, portalId, o.flowId)).find(
    (template) =>
      template.metaFlowId === o.metaFlowId &&
      template.language === o.language &&
      !DEAD.includes(template.state) &&
      JSON.stringify(template.content) === JSON.stringify(templateContentSchema.parse(o.content)),
  );
  if (existing && existing.state !== 'CREATING') return existing;
  const secrets = await getAccountSecrets(services, portalId, o.accountId);
  let template = existing ?? (await reserveTemplate(services, portalId, o, 1));
  for (let attempt = 0; attempt < MAX_NAMES; attempt += 1) {
    const created = await createAtMeta(services, secrets, template);
    if (created) {
      const state = await recordCreated(services, portalId, template.templateId, created);
      return { ...template, metaTemplateId: created.id, state };
    }
    await dropReservation(services, portalId, template.templateId);
    template = await reserveTemplate(services, portalId, o, numberOf(template.name) + 1);
  }
  throw new AppError('template_names_used_up', { status: 500, message: 'No free template name was found' });
}

function numberOf(name: string): number {
  return Number(/_(\d+)$/.exec(name)?.[1] ?? 0);
}

/** All templates of a flow, newest first. */
export async function listTemplates(
  services: Pick<WhatsappServices, 'db'>,
  portalId: PortalId,
  flowId: string,
): Promise<Template[]> {
  const rows = await withPortal(services.db, portalId, (tx) =>
    tx
      .selectFrom('templates')
      .selectAll()
      .where('portal_id', '=', String(portalId))
      .where('flow_id', '=', flowId)
      .orderBy('created_at', 'desc')
      .execute(),
  );
  return rows.map((row) => ({
    templateId: row.template_id,
    flowId: row.flow_id,
    accountId: row.account_id,
    name: row.name,
    language: row.language,
    metaTemplateId: row.meta_template_id,
    metaFlowId: row.meta_flow_id,
    state: row.state,
    content: templateContentSchema.parse(row.content),
  }));
}

/** The row with its name stands before Meta is called, so that a template made in a crash is found by its name. */
async function reserveTemplate(
  services: WhatsappServices,
  portalId: PortalId,
  o: {
    flowId: string;
    flowName: string;
    accountId: string;
    metaFlowId: string;
    language: string;
    content: TemplateContent;
  },
  from: number,
): Promise<Template> {
  const prefix = `flowella_${slugOf(o.flowName)}_`;
  const now = services.clock.now();
  const templateId = newId('template');
  for (let number = from; ; number += 1) {
    const name = `${prefix}${number}`;
    const done = await withPortal(services.db, portalId, (tx) =>
      tx
        .insertInto('templates')
        .values({
          portal_id: portalId,
          template_id: templateId,
          flow_id: o.flowId,
          account_id: o.accountId,
          name,
          language: o.language,
          body: o.content.body,
          meta_flow_id: o.metaFlowId,
          state: 'CREATING',
          content: JSON.stringify(o.content),
          created_at: now,
          updated_at: now,
        })
        .onConflict((conflict) => conflict.columns(['portal_id', 'account_id', 'name', 'language']).doNothing())
        .executeTakeFirst(),
    );
    if ((done.numInsertedOrUpdatedRows ?? 0n) > 0n) {
      return { ...o, templateId, name, metaTemplateId: null, state: 'CREATING' };
    }
  }
}

async function dropReservation(services: WhatsappServices, portalId: PortalId, templateId: string): Promise<void> {
  await withPortal(services.db, portalId, (tx) =>
    tx
      .deleteFrom('templates')
      .where('portal_id', '=', String(portalId))
      .where('template_id', '=', templateId)
      .where('state', '=', 'CREATING')
      .execute(),
  );
}

/** Null when Meta has a template of this name that is not this one. */
async function createAtMeta(
  services: WhatsappServices,
  secrets: AccountSecrets,
  template: Template,
): Promise<{ id: string; status: string } | null> {
  const found = await findAtMeta(services, secrets, template);
  if (found) return found.isOurs ? found : null;
  try {
    return await services.graph.call({
      method: 'POST',
      path: `/${secrets.wabaId}/message_templates`,
      accessToken: secrets.accessToken,
      body: { kind: 'json', value: templateBody(template) },
      schema: createdSchema,
      idempotent: false,
      deadlineMs: 20_000,
    });
  } catch (err) {
    const mayExist =
      (err instanceof MetaError && err.metaCode === 100) ||
      (err instanceof AppError && err.code === 'meta_outcome_unknown');
    const after = mayExist ? await findAtMeta(services, secrets, template) : null;
    if (after) return after.isOurs ? after : null;
    throw err;
  }
}

async function findAtMeta(
  services: WhatsappServices,
  secrets: AccountSecrets,
  template: Pick<Template, 'name' | 'language' | 'metaFlowId'>,
): Promise<{ id: string; status: string; reason: string | null; isOurs: boolean } | null> {
  const answer = await services.graph.call({
    method: 'GET',
    path: `/${secrets.wabaId}/message_templates`,
    accessToken: secrets.accessToken,
    query: { name: template.name },
    schema: foundSchema,
    idempotent: true,
  });
  // Meta's filter also finds names that only contain ours.
  const found = answer.data.find((entry) => entry.name === template.name && entry.language === template.language);
  if (!found) return null;
  const buttons = found.components.flatMap((component) => component.buttons ?? []);
  const flowIds = buttons.flatMap((button) => button.flow_id ?? []);
  return {
    id: found.id,
    status: found.status,
    reason: found.rejected_reason ?? null,
    isOurs: flowIds.length === 0 || flowIds.includes(template.metaFlowId),
  };
}

/** whatsapp-flows.md section 9.2. */
function templateBody(template: Template): Record<string, unknown> {
  const { content } = template;
  const opening =
    content.opening.kind === 'navigate'
      ? { flow_action: 'navigate', navigate_screen: content.opening.screen }
      : { flow_action: 'data_exchange' };
  return {
    name: template.name,
    language: template.language,
    category: content.category,
    components: [
      ...(content.header ? [{ type: 'HEADER', format: 'TEXT', text: content.header }] : []),
      { type: 'BODY', text: content.body },
      ...(content.footer ? [{ type: 'FOOTER', text: content.footer }] : []),
      {
        type: 'BUTTONS',
        buttons: [{ type: 'FLOW', text: content.button, flow_id: template.metaFlowId, ...opening }],
      },
    ],
  };
}

/** A webhook may already have brought a later state than the answer of the creation: that one stays. */
async function recordCreated(
  services: Pick<WhatsappServices, 'db' | 'clock'>,
  portalId: PortalId,
  templateId: string,
  created: { id: string; status: string },
): Promise<string> {
  const row = await withPortal(services.db, portalId, (tx) =>
    tx
      .updateTable('templates')
      .set({
        meta_template_id: created.id,
        state: sql<string>`case when state = 'CREATING' then ${created.status} else state end`,
        updated_at: services.clock.now(),
      })
      .where('portal_id', '=', String(portalId))
      .where('template_id', '=', templateId)
      .returning('state')
      .executeTakeFirst(),
  );
  return row?.state ?? created.status;
}

async function recordTemplate(
  services: Pick<WhatsappServices, 'db' | 'clock'>,
  portalId: PortalId,
  templateId: string,
  change: { metaTemplateId?: string; state: string; reason?: string | null },
): Promise<void> {
  const now = services.clock.now();
  await withPortal(services.db, portalId, (tx) =>
    tx
      .updateTable('templates')
      .set({
        state: change.state,
        updated_at: now,
        ...(change.metaTemplateId === undefined ? {} : { meta_template_id: change.metaTemplateId }),
        ...(change.reason === undefined ? {} : { state_reason: change.reason }),
      })
      .where('portal_id', '=', String(portalId))
      .where('template_id', '=', templateId)
      .execute(),
  );
}

/** Asks Meta how a template stands: for those whose webhook never came. Answers the state. */
export async function refreshTemplate(
  services: WhatsappServices,
  portalId: PortalId,
  template: Template,
): Promise<string> {
  const secrets = await getAccountSecrets(services, portalId, template.accountId);
  const found = await findAtMeta(services, secrets, template);
  if (!found || found.status === template.state) {
    // Looked at now: the next look comes later.
    await recordTemplate(services, portalId, template.templateId, { state: template.state });
    return template.state;
  }
  await recordTemplate(services, portalId, template.templateId, {
    metaTemplateId: found.id,
    state: found.status,
    reason: rejection(found.reason),
  });
  return found.status;
}

function rejection(reason: string | null | undefined): string | null {
  return reason && reason !== 'NONE' ? reason : null;
}

/** A `message_template_status_update` webhook; answers the flow whose template changed, or null when it is not one of ours. */
export async function applyTemplateStatus(
  tx: PortalTx,
  portalId: PortalId,
  o: {
    accountId: string;
    metaTemplateId: string;
    name: string;
    language: string;
    event: string;
    reason: string | null;
    now: Date;
  },
): Promise<{ flowId: string; metaFlowId: string } | null> {
  const row = await tx
    .updateTable('templates')
    .set({
      state: o.event,
      state_reason: rejection(o.reason),
      meta_template_id: o.metaTemplateId,
      updated_at: o.now,
    })
    .where('portal_id', '=', String(portalId))
    .where('account_id', '=', o.accountId)
    .where((where) =>
      where.or([
        where('meta_template_id', '=', o.metaTemplateId),
        where.and([
          where('meta_template_id', 'is', null),
          where('name', '=', o.name),
          where('language', '=', o.language),
        ]),
      ]),
    )
    .returning(['flow_id', 'meta_flow_id'])
    .executeTakeFirst();
  return row ? { flowId: row.flow_id, metaFlowId: row.meta_flow_id } : null;
}

/** A template that was reinstated may be used like an approved one. */
export function templateEventState(event: string): string {
  return event === 'REINSTATED' || event === 'UNARCHIVED' ? 'APPROVED' : event;
}
