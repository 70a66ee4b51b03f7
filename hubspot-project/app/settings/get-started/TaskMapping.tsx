import type { ReactElement } from 'react';
import { AutoGrid, Flex, Heading, Input, NumberInput, Select, TextArea, Toggle } from '@hubspot/ui-extensions';
import type { Mapping } from '@flowella/shared/contract/api.ts';
import type { MappingPartProps } from './MapAnswers.tsx';
import { askedQuestions } from './question-labels.ts';

type Task = NonNullable<Mapping['task']>;
const KINDS = ['task', 'note'] as const;
const PRIORITIES = ['NONE', 'LOW', 'MEDIUM', 'HIGH'] as const;
const MAX = { title: 200, text: 2_000, days: 365 } as const;

/** A task for the contact's owner, or a note, after each submission; answers can stand in both texts. */
export function TaskMapping(props: MappingPartProps): ReactElement {
  const { kit, mapping, onMapping } = props;
  const texts = kit.texts.places.task;
  const task: Task = mapping.task ?? {
    enabled: false,
    kind: 'task',
    title: texts.start,
    text: '',
    dueInDays: 1,
    priority: 'NONE',
  };
  const put = (change: Partial<Task>) => onMapping((before) => ({ ...before, task: { ...task, ...change } }));
  return (
    <Flex direction="column" gap="sm">
      <Heading>{texts.title}</Heading>
      <Toggle
        label={texts.toggle}
        labelDisplay="inline"
        textChecked={kit.texts.check.yes}
        textUnchecked={kit.texts.check.no}
        checked={task.enabled}
        onChange={(enabled) => put({ enabled })}
      />
      {task.enabled ? <TaskFields {...props} task={task} onTask={put} /> : null}
    </Flex>
  );
}

function TaskFields(props: MappingPartProps & { task: Task; onTask: (change: Partial<Task>) => void }): ReactElement {
  const { kit, flow, task, onTask } = props;
  const texts = kit.texts.places.task;
  const questions = [
    { label: '–', value: '' },
    ...[...askedQuestions(flow), ...flow.computed].map((one) => ({ label: one.label, value: one.question })),
  ];
  const place = (question: unknown): string => (question === '' ? '' : ` {{${String(question)}}}`);
  return (
    <AutoGrid columnWidth={260} gap="sm" flexible>
      <Select
        name="task-kind"
        label={texts.kind}
        value={task.kind}
        options={KINDS.map((kind) => ({ label: texts.kinds[kind], value: kind }))}
        onChange={(kind) => onTask({ kind: kind === 'note' ? 'note' : 'task' })}
      />
      <Input
        name="task-title"
        label={texts.subject}
        description={texts.subjectHelp}
        required
        value={task.title}
        onInput={(title) => onTask({ title: title.slice(0, MAX.title) })}
      />
      <Select
        name="task-insert"
        label={texts.insert}
        value=""
        options={questions}
        onChange={(question) => onTask({ title: `${task.title}${place(question)}`.trim().slice(0, MAX.title) })}
      />
      <TextArea
        name="task-text"
        label={texts.text}
        rows={3}
        value={task.text}
        onInput={(text) => onTask({ text: text.slice(0, MAX.text) })}
      />
      <Select
        name="task-insert-text"
        label={texts.insertText}
        value=""
        options={questions}
        onChange={(question) => onTask({ text: `${task.text}${place(question)}`.trim().slice(0, MAX.text) })}
      />
      {task.kind === 'task' ? (
        <>
          <NumberInput
            name="task-due"
            label={texts.dueInDays}
            min={0}
            max={MAX.days}
            precision={0}
            value={task.dueInDays}
            onChange={(days) => onTask({ dueInDays: Math.min(MAX.days, Math.max(0, Math.round(days) || 0)) })}
          />
          <Select
            name="task-priority"
            label={texts.priority}
            value={task.priority}
            options={PRIORITIES.map((priority) => ({ label: texts.priorities[priority], value: priority }))}
            onChange={(chosen) => onTask({ priority: PRIORITIES.find((one) => one === chosen) ?? 'NONE' })}
          />
        </>
      ) : null}
    </AutoGrid>
  );
}
