import { useState, type ReactElement } from 'react';
import { Button, Flex, LoadingSpinner, Text } from '@hubspot/ui-extensions';
import { useAction } from '@flowella/shared/ui/use-action.ts';
import { useLoaded } from '@flowella/shared/ui/use-loaded.ts';
import { IdentityForm, type IdentityInput } from '../identity/IdentityForm.tsx';
import { IdentityServicePart } from '../identity/IdentityServicePart.tsx';
import { toNewService } from '../identity/to-request.ts';
import { LoadFailed } from '../parts/LoadFailed.tsx';
import type { SettingsKit } from '../parts/settings-kit.ts';

/** The customer's accounts at vendors of identity checks. */
export function IdentityTab(props: { kit: SettingsKit }): ReactElement {
  const { kit } = props;
  const texts = kit.texts.identity;
  const { loaded, reload } = useLoaded(kit.api.identityServices);
  const add = useAction(kit.api.addIdentityService);
  const [isAdding, setAdding] = useState(false);
  const submit = async (input: IdentityInput) => {
    if (!(await add.run(toNewService(input)))) return;
    setAdding(false);
    await reload();
  };
  if (loaded.kind === 'loading') {
    return <LoadingSpinner label={kit.texts.common.loading} layout="centered" showLabel />;
  }
  if (loaded.kind === 'failed') {
    return <LoadFailed problem={loaded.problem} texts={kit.texts.common} onRetry={() => void reload()} />;
  }
  const { services } = loaded.data;
  return (
    <Flex direction="column" gap="md">
      <Text>{texts.intro}</Text>
      {services.length === 0 ? <Text>{texts.empty}</Text> : null}
      {services.map((service) => (
        <IdentityServicePart key={service.serviceId} kit={kit} service={service} onChange={reload} />
      ))}
      {isAdding ? (
        <IdentityForm
          kit={kit}
          service={null}
          submitLabel={texts.add}
          working={add.working}
          problem={add.problem}
          problemTitle={texts.addFailed}
          onSubmit={(input) => void submit(input)}
          onCancel={() => setAdding(false)}
        />
      ) : (
        <Flex direction="row" justify="start">
          <Button variant="primary" onClick={() => setAdding(true)}>
            {texts.add}
          </Button>
        </Flex>
      )}
    </Flex>
  );
}
