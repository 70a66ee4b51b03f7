import { useState, type ReactElement } from 'react';
import { Flex, Heading, LoadingSpinner, Text } from '@hubspot/ui-extensions';
import type { WebhookSecretResponse } from '@flowella/shared/contract/api.ts';
import { useAction } from '@flowella/shared/ui/use-action.ts';
import { useLoaded } from '@flowella/shared/ui/use-loaded.ts';
import { LoadFailed } from '../parts/LoadFailed.tsx';
import type { SettingsKit } from '../parts/settings-kit.ts';
import { SecretAlert } from '../webhooks/SecretAlert.tsx';
import { WebhookForm, type WebhookInput } from '../webhooks/WebhookForm.tsx';
import { WebhookPart } from '../webhooks/WebhookPart.tsx';

/** The customer's own systems that submissions are sent to. */
export function WebhooksTab(props: { kit: SettingsKit }): ReactElement {
  const { kit } = props;
  const texts = kit.texts.webhooks;
  const { loaded, reload } = useLoaded(kit.api.webhooks);
  const add = useAction(kit.api.addWebhook);
  const [added, setAdded] = useState<WebhookSecretResponse | null>(null);
  const submit = async (input: WebhookInput) => {
    const answer = await add.run(input);
    if (!answer) return;
    setAdded(answer);
    await reload();
  };
  if (loaded.kind === 'loading') {
    return <LoadingSpinner label={kit.texts.common.loading} layout="centered" showLabel />;
  }
  if (loaded.kind === 'failed') {
    return <LoadFailed problem={loaded.problem} texts={kit.texts.common} onRetry={() => void reload()} />;
  }
  const { webhooks } = loaded.data;
  return (
    <Flex direction="column" gap="md">
      <Text>{texts.intro}</Text>
      {added ? <SecretAlert kit={kit} secret={added.secret} onDone={() => setAdded(null)} /> : null}
      {webhooks.length === 0 ? <Text>{texts.empty}</Text> : null}
      {webhooks.map((webhook) => (
        <WebhookPart key={webhook.webhookId} kit={kit} webhook={webhook} onChange={reload} />
      ))}
      <Heading>{texts.add}</Heading>
      <WebhookForm
        key={added?.webhook.webhookId ?? 'first'}
        kit={kit}
        start={{ name: '', url: '' }}
        submitLabel={texts.add}
        working={add.working}
        problem={add.problem}
        problemTitle={texts.addFailed}
        onSubmit={(input) => void submit(input)}
      />
    </Flex>
  );
}
