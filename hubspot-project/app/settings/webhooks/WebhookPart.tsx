import { useCallback, useState, type ReactElement } from 'react';
import { Alert, Flex, Heading, StatusTag, Text, Tile } from '@hubspot/ui-extensions';
import type { WebhookSecretResponse, WebhookTestResponse, WebhookView } from '@flowella/shared/contract/api.ts';
import type { WebhookChange } from '@flowella/shared/ui/settings-api.ts';
import { useAction } from '@flowella/shared/ui/use-action.ts';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';
import type { SettingsKit } from '../parts/settings-kit.ts';
import { LastDeliveries } from './LastDeliveries.tsx';
import { SecretAlert } from './SecretAlert.tsx';
import { WebhookButtons, type Asked } from './WebhookButtons.tsx';
import { WebhookForm } from './WebhookForm.tsx';

export type WebhookPartProps = { kit: SettingsKit; webhook: WebhookView; onChange: () => Promise<void> };

/** One webhook: its state with what to do, its flows, and everything that can be done with it. */
export function WebhookPart(props: WebhookPartProps): ReactElement {
  const { kit, webhook } = props;
  const { problem, working, asked, setAsked, test, secret, forgetSecret, ...act } = useWebhook(props);
  const texts = kit.texts.webhooks;
  return (
    <Tile>
      <Flex direction="column" gap="sm">
        <WebhookFacts kit={kit} webhook={webhook} />
        {secret ? <SecretAlert kit={kit} secret={secret.secret} onDone={forgetSecret} /> : null}
        {test ? (
          <Alert
            title={test.delivered ? texts.testWorked : texts.testFailed}
            variant={test.delivered ? 'success' : 'warning'}
          >
            {test.message}
          </Alert>
        ) : null}
        {asked === 'edit' ? (
          <WebhookForm
            kit={kit}
            start={{ name: webhook.name, url: webhook.url }}
            submitLabel={kit.texts.common.save}
            working={working}
            problem={problem}
            problemTitle={texts.actionFailed}
            onSubmit={(input) => act.onChange(input)}
            onCancel={() => setAsked(null)}
          />
        ) : (
          <>
            {problem ? <ProblemAlert problem={problem} texts={kit.texts.common} title={texts.actionFailed} /> : null}
            <WebhookButtons kit={kit} webhook={webhook} working={working} asked={asked} onAsk={setAsked} {...act} />
          </>
        )}
        <LastDeliveries kit={kit} webhookId={webhook.webhookId} />
      </Flex>
    </Tile>
  );
}

function WebhookFacts(props: { kit: SettingsKit; webhook: WebhookView }): ReactElement {
  const { kit, webhook } = props;
  const texts = kit.texts.webhooks;
  const flows = webhook.flows.map((name) => `“${name}”`).join(', ');
  return (
    <>
      <Flex direction="row" align="center" gap="sm" wrap>
        <Heading inline>{webhook.name}</Heading>
        <StatusTag variant={webhook.state === 'on' ? 'success' : 'danger'}>{texts.state[webhook.state]}</StatusTag>
      </Flex>
      <Text>{webhook.url}</Text>
      <Text variant="microcopy">{flows === '' ? texts.noFlows : texts.flows(flows)}</Text>
      {webhook.oldSecretUntil ? (
        <Text variant="microcopy">{texts.oldSecret(kit.time(webhook.oldSecretUntil))}</Text>
      ) : null}
      {webhook.notice ? (
        <Alert title={texts.offTitle} variant="danger">
          {webhook.notice}
        </Alert>
      ) : null}
      {webhook.held > 0 ? <Text>{texts.held(webhook.held)}</Text> : null}
    </>
  );
}

/** The acts on one webhook, one at a time; what the last one answered stays until the next. */
function useWebhook({ kit, webhook, onChange: reload }: WebhookPartProps) {
  const { api } = kit;
  const { webhookId } = webhook;
  const [asked, setAsked] = useState<Asked>(null);
  const [test, setTest] = useState<WebhookTestResponse | null>(null);
  const [secret, setSecret] = useState<WebhookSecretResponse | null>(null);
  const change = useAction(
    useCallback((input: WebhookChange, key: string) => api.changeWebhook(webhookId, input, key), [api, webhookId]),
  );
  const rotate = useAction(
    useCallback((_: 'rotate', key: string) => api.rotateWebhook(webhookId, key), [api, webhookId]),
  );
  const remove = useAction(
    useCallback((_: 'delete', key: string) => api.deleteWebhook(webhookId, key), [api, webhookId]),
  );
  const tryOut = useAction(useCallback((_: 'test', key: string) => api.testWebhook(webhookId, key), [api, webhookId]));
  const actions = [change, rotate, remove, tryOut];
  const start = () => {
    setTest(null);
    for (const action of actions) action.forget();
  };
  const done = async (worked: boolean) => {
    if (worked) setAsked(null);
    await reload();
  };
  return {
    asked,
    setAsked,
    test,
    secret,
    forgetSecret: () => setSecret(null),
    working: actions.some((action) => action.working),
    problem: actions.find((action) => action.problem)?.problem ?? null,
    onChange: (input: WebhookChange) => {
      start();
      void change.run(input).then((answer) => done(answer !== null));
    },
    onTest: () => {
      start();
      void tryOut.run('test').then(setTest);
    },
    onRotate: () => {
      start();
      void rotate.run('rotate').then((answer) => {
        if (answer) setSecret(answer);
        return done(answer !== null);
      });
    },
    onRemove: () => {
      start();
      void remove.run('delete').then((answer) => done(answer !== null));
    },
  };
}
