import { useState, type ReactElement } from 'react';
import { Alert, Flex, Heading, LoadingButton, Select, Text, Tile, Toggle } from '@hubspot/ui-extensions';
import type { AlertsResponse } from '@flowella/shared/contract/api.ts';
import { useAction } from '@flowella/shared/ui/use-action.ts';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';
import type { SettingsKit } from '../parts/settings-kit.ts';

type Ways = AlertsResponse['ways'];
/** A select has no empty value: this one stands for none. */
const NONE = 'none';

/** The ways beside this page: a webhook, a task in HubSpot, both or none. */
export function AlertWays(props: {
  kit: SettingsKit;
  ways: Ways;
  onChange: (alerts: AlertsResponse) => void;
}): ReactElement {
  const { kit, ways } = props;
  const texts = kit.texts.alerts;
  const [webhookId, setWebhookId] = useState(ways.webhookId ?? NONE);
  const [task, setTask] = useState(ways.task);
  const save = useAction(kit.api.chooseAlertWays);
  const submit = async () => {
    const answer = await save.run({ webhookId: webhookId === NONE ? null : webhookId, task });
    if (answer) props.onChange(answer);
  };
  const isChanged = webhookId !== (ways.webhookId ?? NONE) || task !== ways.task;
  return (
    <Tile>
      <Flex direction="column" gap="sm">
        <Heading>{texts.ways}</Heading>
        <Text>{texts.waysText}</Text>
        {ways.problem ? (
          <Alert title={texts.waysProblem} variant="warning">
            {ways.problem}
          </Alert>
        ) : null}
        <WebhookChoice kit={kit} ways={ways} chosen={webhookId} onChoose={setWebhookId} />
        <Toggle
          label={texts.task}
          labelDisplay="inline"
          textChecked={kit.texts.check.yes}
          textUnchecked={kit.texts.check.no}
          checked={task}
          onChange={setTask}
        />
        {ways.task && !ways.taskHasOwner ? <Text variant="microcopy">{texts.taskNoOwner}</Text> : null}
        {save.problem ? (
          <ProblemAlert problem={save.problem} texts={kit.texts.common} title={texts.saveFailed} />
        ) : null}
        <Flex direction="row" justify="start">
          <LoadingButton variant="primary" loading={save.working} disabled={!isChanged} onClick={() => void submit()}>
            {texts.save}
          </LoadingButton>
        </Flex>
      </Flex>
    </Tile>
  );
}

function WebhookChoice(props: {
  kit: SettingsKit;
  ways: Ways;
  chosen: string;
  onChoose: (webhookId: string) => void;
}): ReactElement {
  const texts = props.kit.texts.alerts;
  if (props.ways.webhooks.length === 0) return <Text variant="microcopy">{texts.addWebhook}</Text>;
  return (
    <Select
      name="alert-webhook"
      label={texts.webhook}
      description={texts.webhookHelp}
      value={props.chosen}
      options={[
        { value: NONE, label: texts.noWebhook },
        ...props.ways.webhooks.map((one) => ({
          value: one.webhookId,
          label: one.state === 'on' ? one.name : texts.webhookOff(one.name),
        })),
      ]}
      onChange={(value) => props.onChoose(String(value))}
    />
  );
}
