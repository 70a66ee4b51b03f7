import type { ReactElement } from 'react';
import {
  Button,
  EmptyState,
  Flex,
  StatusTag,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  Text,
} from '@hubspot/ui-extensions';
import type { FlowSummary } from '@flowella/shared/contract/api.ts';
import type { SettingsKit } from '../parts/settings-kit.ts';

const VARIANT = {
  draft: 'default',
  publishing: 'info',
  published: 'success',
  failed: 'danger',
  paused: 'warning',
  retired: 'default',
} as const;

/** Every flow of the account, newest change first. */
export function FlowsTab(props: {
  kit: SettingsKit;
  flows: FlowSummary[];
  onOpen: (flowId: string) => void;
  onNew: () => void;
}): ReactElement {
  const { kit } = props;
  const texts = kit.texts.flows;
  if (props.flows.length === 0) {
    return (
      <EmptyState title={texts.empty} layout="horizontal" imageWidth={150}>
        <Text>{texts.emptyText}</Text>
        <Button variant="primary" onClick={props.onNew}>
          {texts.newFlow}
        </Button>
      </EmptyState>
    );
  }
  const flows = [...props.flows].sort((a, b) => b.updatedAt.localeCompare(a.updatedAt));
  return (
    <Flex direction="column" gap="md">
      <Flex direction="row" justify="start">
        <Button variant="primary" onClick={props.onNew}>
          {texts.newFlow}
        </Button>
      </Flex>
      <Table>
        <TableHead>
          <TableRow>
            <TableHeader>{texts.name}</TableHeader>
            <TableHeader>{texts.state}</TableHeader>
            <TableHeader>{texts.fit}</TableHeader>
            <TableHeader align="right">{texts.submissions}</TableHeader>
            <TableHeader>{texts.updated}</TableHeader>
            <TableHeader>{''}</TableHeader>
          </TableRow>
        </TableHead>
        <TableBody>
          {flows.map((flow) => (
            <FlowRow key={flow.flowId} kit={kit} flow={flow} onOpen={() => props.onOpen(flow.flowId)} />
          ))}
        </TableBody>
      </Table>
    </Flex>
  );
}

function FlowRow(props: { kit: SettingsKit; flow: FlowSummary; onOpen: () => void }): ReactElement {
  const { kit, flow } = props;
  const texts = kit.texts.flows;
  return (
    <TableRow>
      <TableCell>
        <Text format={{ fontWeight: 'demibold' }}>{flow.name}</Text>
      </TableCell>
      <TableCell>
        <Flex direction="row" gap="xs" wrap>
          <StatusTag variant={VARIANT[flow.state]}>{kit.texts.publish.state[flow.state]}</StatusTag>
          {flow.formState === 'current' ? null : (
            <StatusTag variant={flow.formState === 'changed' ? 'warning' : 'danger'}>
              {kit.texts.drift.tag[flow.formState]}
            </StatusTag>
          )}
        </Flex>
      </TableCell>
      <TableCell>{texts.fitText(flow.kept, flow.changed, flow.refused)}</TableCell>
      <TableCell align="right">{flow.submissions}</TableCell>
      <TableCell>{kit.time(flow.updatedAt)}</TableCell>
      <TableCell>
        <Button variant="secondary" size="xs" onClick={props.onOpen}>
          {texts.open}
        </Button>
      </TableCell>
    </TableRow>
  );
}
