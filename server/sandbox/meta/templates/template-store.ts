import { z } from 'zod';
import { canSee, type Caller } from '../graph/access.ts';
import { unknownObject } from '../graph-error.ts';
import { jsonColumn, type Store } from '../store.ts';
import type { World } from '../world.ts';
import { componentsSchema, flowButtonOf } from './template-components.ts';
import { findFlow } from '../flow-management/flow-store.ts';

/** Whatsapp-flows.md section 9.2. */
export const TEMPLATE_STATUSES = [
  'APPROVED',
  'PENDING',
  'REJECTED',
  'PAUSED',
  'DISABLED',
  'IN_APPEAL',
  'REINSTATED',
  'DELETED',
  'PENDING_DELETION',
  'FLAGGED',
  'LIMIT_EXCEEDED',
  'ARCHIVED',
  'UNARCHIVED',
  'LOCKED',
] as const;
export type TemplateStatus = (typeof TEMPLATE_STATUSES)[number];

const templateRow = z.object({
  n: z.number(),
  id: z.string(),
  waba_id: z.string(),
  name: z.string(),
  language: z.string(),
  category: z.enum(['MARKETING', 'UTILITY', 'AUTHENTICATION']),
  components: jsonColumn(componentsSchema),
  parameter_format: z.enum(['POSITIONAL', 'NAMED']),
  status: z.enum(TEMPLATE_STATUSES),
  reason: z.string(),
  review_at: z.number().nullable(),
});
const COLUMNS = 'n, id, waba_id, name, language, category, components, parameter_format, status, reason, review_at';

export type Template = z.infer<typeof templateRow>;

export function findTemplate(store: Store, id: string): Template | undefined {
  return store.first(templateRow, `select ${COLUMNS} from templates where id = ? and deleted_at is null`, id);
}

export function templatesOf(store: Store, wabaId: string): Template[] {
  return store.all(
    templateRow,
    `select ${COLUMNS} from templates where waba_id = ? and deleted_at is null order by n desc`,
    wabaId,
  );
}

export function findTranslation(store: Store, wabaId: string, name: string, language: string): Template | undefined {
  return store.first(
    templateRow,
    `select ${COLUMNS} from templates where waba_id = ? and name = ? and language = ? and deleted_at is null`,
    wabaId,
    name,
    language,
  );
}

export function templateFor(store: Store, caller: Caller, method: string, id: string): Template {
  const template = findTemplate(store, id);
  if (!template || !canSee(caller, template.waba_id)) throw unknownObject(method, id);
  return template;
}

/** Ends a review or changes a status later, and tells the app's own callback address (never an account's override). */
export function setTemplateStatus(world: World, template: Template, status: TemplateStatus, reason: string): void {
  world.store.transaction(() => {
    world.store.run(
      `update templates set status = ?, reason = ?, review_at = null, was_approved = max(was_approved, ?) where id = ?`,
      status,
      reason,
      status === 'APPROVED' ? 1 : 0,
      template.id,
    );
    world.webhooks.enqueue({
      wabaId: template.waba_id,
      field: 'message_template_status_update',
      lane: `template:${template.id}`,
      value: {
        event: status,
        message_template_id: Number(template.id),
        message_template_name: template.name,
        message_template_language: template.language,
        message_template_category: template.category,
        reason,
      },
    });
  });
}

/** Approves what has waited long enough; a template whose flow is no longer published is rejected. */
export function reviewDueTemplates(world: World): void {
  const due = world.store.all(
    templateRow,
    `select ${COLUMNS} from templates where review_at <= ? and deleted_at is null order by n`,
    world.clock.nowMs(),
  );
  for (const template of due) {
    const flowId = flowButtonOf(template.components)?.button.flow_id;
    const isSound = flowId === undefined || (findFlow(world.store, flowId)?.versions ?? 0) > 0;
    setTemplateStatus(world, template, isSound ? 'APPROVED' : 'REJECTED', isSound ? 'NONE' : 'INVALID_FORMAT');
  }
}

export function nextReviewAt(store: Store): number | null {
  return (
    store.first(
      z.object({ at: z.number().nullable() }),
      'select min(review_at) as at from templates where deleted_at is null',
    )?.at ?? null
  );
}
