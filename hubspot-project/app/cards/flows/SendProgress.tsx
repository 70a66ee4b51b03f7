import type { ReactElement } from 'react';
import { Alert, Flex, ProgressBar, StatusTag, StepIndicator, Text, Tile } from '@hubspot/ui-extensions';
import type { SendView } from '@flowella/shared/contract/api.ts';
import type { CardKit } from '../parts/card-kit.ts';
import { ConfirmationPart } from './ConfirmationPart.tsx';
import { describeSend } from './describe-send.ts';

/** One send: how far it has come, and why it went no further. */
export function SendProgress(props: { kit: CardKit; send: SendView }): ReactElement {
  const { kit, send } = props;
  const texts = kit.texts.send;
  const summary = describeSend(send, texts, kit.time);
  return (
    <Tile compact>
      <Flex direction="column" gap="sm">
        <Flex direction="row" justify="between" align="center" gap="sm" wrap>
          <Text format={{ fontWeight: 'demibold' }}>{send.flowName}</Text>
          <StatusTag variant={summary.variant}>{summary.label}</StatusTag>
        </Flex>
        <Text variant="microcopy">{originText(kit, send)}</Text>
        {summary.reached >= 0 ? (
          <StepIndicator
            stepNames={summary.steps}
            currentStep={summary.reached}
            circleSize="xs"
            direction={kit.narrow ? 'vertical' : 'horizontal'}
            variant="flush"
          />
        ) : null}
        <ScreenProgress kit={kit} send={send} />
        <ConfirmationPart kit={kit} send={send} />
        {send.reason ? (
          <Alert title={summary.label} variant={send.state === 'failed' ? 'danger' : 'warning'}>
            {send.reason}
          </Alert>
        ) : null}
      </Flex>
    </Tile>
  );
}

function ScreenProgress(props: { kit: CardKit; send: SendView }): ReactElement | null {
  const { progress, open } = props.send;
  const texts = props.kit.texts.send;
  if (progress.state === 'finished') return <Text variant="microcopy">{texts.finished}</Text>;
  if (!open) return null;
  if (progress.mode === 'light') return <Text variant="microcopy">{texts.light}</Text>;
  if (progress.state !== 'opened' || progress.screen === null || progress.screens === null) return null;
  return (
    <ProgressBar
      title={texts.screenTitle}
      value={progress.screen}
      maxValue={progress.screens}
      showPercentage={false}
      valueDescription={texts.screen(progress.screen, progress.screens)}
    />
  );
}

function originText(kit: CardKit, send: SendView): string {
  const texts = kit.texts.send;
  const channel = channelText(texts.channel, send.channel);
  return [
    kit.time(send.createdAt),
    channel,
    send.sentBy ? texts.by(send.sentBy) : '',
    send.way === 'template' ? texts.viaTemplate : '',
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

/** Channels are added over time; an unknown one is left out rather than shown as a code. */
function channelText(channels: Record<string, string>, channel: string): string {
  return channels[channel] ?? '';
}
