import { z } from 'zod';
import { AppError } from '../app-error.ts';
import type { PortalId } from '../db/db.ts';
import { PATHS } from '../hubspot/api-version.ts';
import type { HubSpotClient } from '../hubspot/client.ts';
import { objectSchema, updateObject } from '../hubspot/objects.ts';
import type { DescribedAlert } from './describe-alert.ts';

const TASKS = 'tasks';
/** Clocks of two companies differ by less. */
const CLOCK_SLACK_MS = 120_000;
const PAGE = 100;
const MAX_PAGES = 10;

type Where = { hubspot: HubSpotClient; portalId: PortalId };

/** The task's own text names the alert: by it we find a task whose answer was lost. */
function bodyOf(alert: DescribedAlert): string {
  return `<p>${escapeHtml(alert.happened)}</p><p>${escapeHtml(alert.todo)}</p><p>Flowella ${alert.alertId}</p>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function propertiesOf(alert: DescribedAlert, now: Date): Record<string, string> {
  return {
    hs_timestamp: now.toISOString(),
    hs_task_subject: `Flowella: ${alert.title} (${alert.subject.name})`.slice(0, 250),
    hs_task_body: bodyOf(alert),
  };
}

/**
 * Makes the alert's task at HubSpot and answers its id. Not idempotent there: throws `hubspot_outcome_unknown` when the answer is
 * lost, and then `findAlertTask` says whether it was made.
 */
export async function createAlertTask(
  { hubspot, portalId }: Where,
  alert: DescribedAlert,
  o: { ownerId: string | null; now: Date },
): Promise<string> {
  const created = await hubspot.call(portalId, {
    method: 'POST',
    path: PATHS.objects(TASKS),
    body: {
      properties: {
        ...propertiesOf(alert, o.now),
        hs_task_status: 'NOT_STARTED',
        hs_task_priority: alert.severity === 'now' ? 'HIGH' : 'MEDIUM',
        hs_task_type: 'TODO',
        ...(o.ownerId ? { hubspot_owner_id: o.ownerId } : {}),
      },
      associations: [],
    },
    schema: objectSchema,
    priority: 'background',
    idempotent: false,
  });
  return created.id;
}

const searchSchema = z.object({
  results: z.array(objectSchema),
  paging: z.object({ next: z.object({ after: z.string() }).optional() }).nullish(),
});

/**
 * The task that an earlier attempt made after all, or null. By the time of its making and the alert's id in its text: the search
 * index lags some seconds behind (hubspot-platform.md section 5.1), so ask when a minute has passed.
 */
export async function findAlertTask({ hubspot, portalId }: Where, alert: DescribedAlert): Promise<string | null> {
  let after: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await hubspot.call(portalId, {
      method: 'POST',
      path: PATHS.objectSearch(TASKS),
      body: {
        filterGroups: [
          {
            filters: [
              {
                propertyName: 'hs_createdate',
                operator: 'GTE',
                value: String(alert.row.opened_at.getTime() - CLOCK_SLACK_MS),
              },
            ],
          },
        ],
        sorts: [{ propertyName: 'hs_createdate', direction: 'ASCENDING' }],
        properties: ['hs_task_body'],
        limit: PAGE,
        ...(after === undefined ? {} : { after }),
      },
      schema: searchSchema,
      priority: 'background',
      idempotent: true,
    });
    const found = answer.results.find((task) => task.properties.hs_task_body?.includes(alert.alertId));
    if (found) return found.id;
    after = answer.paging?.next?.after;
    if (after === undefined) return null;
  }
  return null;
}

/** Says in the task what it is like today, or that it is done. A task that somebody deleted is done too. */
export async function updateAlertTask(
  { hubspot, portalId }: Where,
  taskId: string,
  alert: DescribedAlert,
  o: { event: 'reminded' | 'mended'; now: Date },
): Promise<void> {
  const change = o.event === 'mended' ? { hs_task_status: 'COMPLETED' } : propertiesOf(alert, o.now);
  try {
    await updateObject({ hubspot, portalId, priority: 'background' }, TASKS, taskId, change);
  } catch (err) {
    if (err instanceof AppError && err.code === 'hubspot_not_found') return;
    throw err;
  }
}

const ownerSchema = z.object({ id: z.union([z.string(), z.number()]).transform(String) });

/** The owner that a HubSpot user is, or null: not every user is one, and the scope is optional. */
export async function ownerOfUser({ hubspot, portalId }: Where, userId: number): Promise<string | null> {
  try {
    const owner = await hubspot.call(portalId, {
      method: 'GET',
      path: PATHS.owner(String(userId)),
      query: { idProperty: 'userId' },
      schema: ownerSchema,
      priority: 'card',
      idempotent: true,
    });
    return owner.id;
  } catch (err) {
    if (err instanceof AppError && ['hubspot_not_found', 'hubspot_missing_scope'].includes(err.code)) return null;
    throw err;
  }
}
