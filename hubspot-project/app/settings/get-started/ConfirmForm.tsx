import { useState, type ReactElement } from 'react';
import { Flex, Form, LoadingButton, Select, Text } from '@hubspot/ui-extensions';
import type { FlowDetail, WebhookView } from '@flowella/shared/contract/api.ts';
import { useLoaded } from '@flowella/shared/ui/use-loaded.ts';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';
import type { SettingsActions, SettingsKit } from '../parts/settings-kit.ts';
import type { Design } from './edit-design.ts';
import { useFlowChange } from './use-flow-change.ts';

const WAYS = ['nobody', 'email', 'agent'] as const;
type Way = (typeof WAYS)[number];

/** Whether, and by what, people confirm who they are before the flow shows anything. */
export function ConfirmForm(props: {
  kit: SettingsKit;
  actions: SettingsActions;
  flow: FlowDetail;
  onFlow: (flow: FlowDetail) => void;
}): ReactElement {
  const { kit, flow } = props;
  const texts = kit.texts.check;
  const wanted = flow.design.confirmIdentity;
  const [way, setWay] = useState<Way>(wanted?.channel ?? 'nobody');
  const [chosen, setChosen] = useState(wanted?.channel === 'email' ? wanted.webhookId : undefined);
  const { loaded } = useLoaded(kit.api.webhooks);
  const webhooks = loaded.kind === 'ready' ? loaded.data.webhooks : [];
  const webhookId = chosen ?? webhooks[0]?.webhookId;
  const { change, working, problem } = useFlowChange(kit, flow, props.onFlow);
  const save = async () => {
    if (await change({ design: withConfirmation(flow.design, way, webhookId) }))
      props.actions.addAlert({ type: 'success', message: texts.saved });
  };
  return (
    <Form onSubmit={() => void save()}>
      <Flex direction="column" gap="md">
        <Text variant="microcopy">{texts.confirmHelp}</Text>
        <Select
          name="confirm"
          label={texts.confirmChoice}
          description={texts.confirmWayHelp[way]}
          value={way}
          options={WAYS.map((value) => ({ value, label: texts.confirmWays[value] }))}
          onChange={(value) => setWay(WAYS.find((one) => one === value) ?? 'nobody')}
        />
        {way === 'email' && loaded.kind === 'failed' ? (
          <ProblemAlert problem={loaded.problem} texts={kit.texts.common} />
        ) : null}
        {way === 'email' && loaded.kind === 'ready' ? (
          <WebhookChoice kit={kit} webhooks={webhooks} webhookId={webhookId} onWebhook={setChosen} />
        ) : null}
        {problem ? <ProblemAlert problem={problem} texts={kit.texts.common} title={texts.saveFailed} /> : null}
        <Flex direction="row" justify="start">
          <LoadingButton
            type="submit"
            variant="secondary"
            loading={working}
            disabled={way === 'email' && webhookId === undefined}
          >
            {kit.texts.common.save}
          </LoadingButton>
        </Flex>
      </Flex>
    </Form>
  );
}

function WebhookChoice(props: {
  kit: SettingsKit;
  webhooks: WebhookView[];
  webhookId: string | undefined;
  onWebhook: (webhookId: string) => void;
}): ReactElement {
  const { webhooks, webhookId } = props;
  const texts = props.kit.texts.check;
  if (webhooks.length === 0) return <Text>{texts.confirmNoWebhook}</Text>;
  return (
    <Select
      name="confirm-webhook"
      label={texts.confirmWebhook}
      value={webhookId}
      options={webhooks.map((one) => ({ label: one.name, value: one.webhookId }))}
      onChange={(chosen) => props.onWebhook(String(chosen))}
    />
  );
}

function withConfirmation(design: Design, way: Way, webhookId: string | undefined): Design {
  const { confirmIdentity: _before, ...rest } = design;
  if (way === 'agent') return { ...rest, confirmIdentity: { channel: 'agent' } };
  if (way === 'email' && webhookId !== undefined) return { ...rest, confirmIdentity: { channel: 'email', webhookId } };
  return rest;
}
