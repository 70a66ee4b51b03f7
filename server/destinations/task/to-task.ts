import type { Mapping } from '@flowella/shared/contract/mapping.ts';
import type { Language } from '../../hubspot/language.ts';
import { escapeHtml } from '../activities.ts';
import type { DeliveryItem } from '../destination.ts';
import { fillTemplate } from '../fill-template.ts';

export type TaskMapping = NonNullable<Mapping['task']>;

const DAY_MS = 86_400_000;
/** HubSpot shows a title in one line. */
const MAX_TITLE = 250;

/** The line by which a task or note of ours is found again. Another one than the KYC note's, which may stand on the same contact. */
export function taskMarker(submissionId: string): string {
  return `Flowella follow-up: ${submissionId}`;
}

/**
 * The properties of the task (hubspot-platform.md section 5.5: `hs_timestamp` is when it is due) or of the note. `ownerId` is the
 * contact's owner, for whom the task is. Pure: a repeat writes the same.
 */
export function toTask(
  item: Pick<DeliveryItem, 'form' | 'answers' | 'submissionId' | 'finishedAt' | 'allowDocumentNumber'>,
  task: TaskMapping,
  options: { ownerId: string; language: Language },
): Record<string, string> {
  const { ownerId, language } = options;
  const title = fillTemplate(task.title, item, language).replace(/\s+/g, ' ').slice(0, MAX_TITLE);
  const lines = fillTemplate(task.text, item, language)
    .split('\n')
    .filter((line) => line.trim() !== '');
  const body = (texts: readonly string[]): string => texts.map((line) => `<p>${escapeHtml(line)}</p>`).join('');
  const marker = taskMarker(item.submissionId);
  const owner: Record<string, string> = ownerId === '' ? {} : { hubspot_owner_id: ownerId };
  if (task.kind === 'note') {
    return { hs_note_body: body([title, ...lines, marker]), hs_timestamp: item.finishedAt.toISOString(), ...owner };
  }
  return {
    hs_task_subject: title,
    hs_task_body: body([...lines, marker]),
    hs_task_status: 'NOT_STARTED',
    hs_task_priority: task.priority,
    hs_task_type: 'TODO',
    hs_timestamp: new Date(item.finishedAt.getTime() + task.dueInDays * DAY_MS).toISOString(),
    ...owner,
  };
}
