import type { ReactElement } from 'react';
import { Flex, Heading, Select, Text, Toggle } from '@hubspot/ui-extensions';
import type { Mapping } from '@flowella/shared/contract/api.ts';
import { useLoaded } from '@flowella/shared/ui/use-loaded.ts';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';
import type { MappingPartProps } from './MapAnswers.tsx';

/** Which of the account's webhooks takes the submissions of this flow. */
export function WebhookMapping(props: MappingPartProps): ReactElement {
  const { kit, mapping, onMapping } = props;
  const texts = kit.texts.webhooks;
  const { loaded } = useLoaded(kit.api.webhooks);
  const webhooks = loaded.kind === 'ready' ? loaded.data.webhooks : [];
  const first = mapping.webhook?.webhookId ?? webhooks[0]?.webhookId;
  const put = (webhook: NonNullable<Mapping['webhook']>) => onMapping((before) => ({ ...before, webhook }));
  const enabled = mapping.webhook?.enabled === true;
  return (
    <Flex direction="column" gap="sm">
      <Heading>{kit.texts.map.destination.webhook}</Heading>
      {loaded.kind === 'failed' ? <ProblemAlert problem={loaded.problem} texts={kit.texts.common} /> : null}
      <Toggle
        label={texts.mapToggle}
        labelDisplay="inline"
        textChecked={kit.texts.check.yes}
        textUnchecked={kit.texts.check.no}
        readOnly={first === undefined}
        checked={enabled}
        onChange={(checked) => {
          if (first !== undefined) put({ enabled: checked, webhookId: first });
        }}
      />
      {loaded.kind === 'ready' && webhooks.length === 0 ? <Text variant="microcopy">{texts.mapNone}</Text> : null}
      {enabled && webhooks.length > 0 ? (
        <Select
          name="webhook"
          label={texts.mapWhich}
          value={mapping.webhook?.webhookId}
          options={webhooks.map((one) => ({ label: one.name, value: one.webhookId }))}
          onChange={(chosen) => put({ enabled: true, webhookId: String(chosen) })}
        />
      ) : null}
    </Flex>
  );
}
