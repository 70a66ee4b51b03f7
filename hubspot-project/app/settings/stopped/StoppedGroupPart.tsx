import type { ReactElement } from 'react';
import { Divider, Flex, Heading, LoadingButton, StatusTag, Text, Tile } from '@hubspot/ui-extensions';
import type { StoppedGroup } from '@flowella/shared/contract/stopped.ts';
import { GiveUpPart } from '../parts/GiveUpPart.tsx';
import type { SettingsActions, SettingsKit } from '../parts/settings-kit.ts';
import { StoppedList } from './StoppedList.tsx';

/** Deliveries that stopped for one reason at one place: how many, why, what to do, until when, and trying them again. */
export function StoppedGroupPart(props: {
  kit: SettingsKit;
  actions: SettingsActions;
  group: StoppedGroup;
  working: boolean;
  onTryAll: () => void;
  onChange: () => Promise<void>;
}): ReactElement {
  const { kit, group } = props;
  const texts = kit.texts.stopped;
  return (
    <Tile>
      <Flex direction="column" gap="sm">
        <Flex direction="row" align="center" gap="sm" wrap>
          <Heading inline>{`${texts.place[group.destination]}: ${group.count}`}</Heading>
          <StatusTag variant={group.state === 'dead' ? 'danger' : 'warning'}>{texts.state[group.state]}</StatusTag>
        </Flex>
        {group.reasons.map((reason) => (
          <Text key={reason.text}>
            {group.reasons.length === 1 ? reason.text : texts.reasonOf(reason.text, reason.count)}
          </Text>
        ))}
        <Flex direction="column" gap="flush">
          <Text format={{ fontWeight: 'demibold' }}>{texts.mend}</Text>
          <Text>{group.mend}</Text>
        </Flex>
        <Text variant="microcopy">
          {`${texts.oldest(kit.time(group.oldestAt))} ${group.answersUntil ? texts.until(kit.time(group.answersUntil)) : texts.kept}`}
        </Text>
        <Flex direction="row" justify="start">
          <LoadingButton variant="primary" size="sm" loading={props.working} onClick={props.onTryAll}>
            {texts.tryAll}
          </LoadingButton>
        </Flex>
        {group.formGone.map((flow) => (
          <Flex key={flow.flowId} direction="column" gap="xs">
            <Divider />
            <Text format={{ fontWeight: 'demibold' }}>{texts.ofFlow(flow.flowName, flow.count)}</Text>
            <GiveUpPart
              kit={kit}
              actions={props.actions}
              flowId={flow.flowId}
              count={flow.count}
              nowhereElse={flow.nowhereElse}
              onDecided={() => void props.onChange()}
            />
          </Flex>
        ))}
        <StoppedList kit={kit} actions={props.actions} group={group} onChange={props.onChange} />
      </Flex>
    </Tile>
  );
}
