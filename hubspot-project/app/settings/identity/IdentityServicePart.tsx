import { useCallback, useState, type ReactElement } from 'react';
import { Alert, Button, Flex, Heading, Input, LoadingButton, Text, Tag, Tile } from '@hubspot/ui-extensions';
import type {
  ChangeIdentityService,
  IdentityServiceView,
  IdentityTestResponse,
} from '@flowella/shared/contract/identity.ts';
import { useAction } from '@flowella/shared/ui/use-action.ts';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';
import type { SettingsKit } from '../parts/settings-kit.ts';
import { IdentityForm } from './IdentityForm.tsx';
import { toServiceChange } from './to-request.ts';

type Props = { kit: SettingsKit; service: IdentityServiceView; onChange: () => Promise<void> };
type Asked = 'edit' | 'remove' | null;

/** One account at a vendor: the address to enter there, what is missing, and everything that can be done with it. */
export function IdentityServicePart(props: Props): ReactElement {
  const { kit, service } = props;
  const texts = kit.texts.identity;
  const { asked, setAsked, test, problem, working, ...act } = useService(props);
  return (
    <Tile>
      <Flex direction="column" gap="sm">
        <ServiceFacts kit={kit} service={service} />
        {test ? (
          <Alert title={test.works ? texts.testWorked : texts.testFailed} variant={test.works ? 'success' : 'warning'}>
            {test.message}
          </Alert>
        ) : null}
        {asked === 'edit' ? (
          <IdentityForm
            kit={kit}
            service={service}
            submitLabel={kit.texts.common.save}
            working={working}
            problem={problem}
            problemTitle={texts.actionFailed}
            onSubmit={(input) => act.onSave(toServiceChange(input))}
            onCancel={() => setAsked(null)}
          />
        ) : (
          <>
            {problem ? <ProblemAlert problem={problem} texts={kit.texts.common} title={texts.actionFailed} /> : null}
            <ServiceButtons kit={kit} asked={asked} working={working} onAsk={setAsked} {...act} />
          </>
        )}
      </Flex>
    </Tile>
  );
}

function ServiceFacts(props: { kit: SettingsKit; service: IdentityServiceView }): ReactElement {
  const { kit, service } = props;
  const texts = kit.texts.identity;
  const flows = service.flows.map((name) => `“${name}”`).join(', ');
  return (
    <>
      <Flex direction="row" align="center" gap="sm" wrap>
        <Heading inline>{service.name}</Heading>
        <Tag>{texts.vendors[service.vendor]}</Tag>
      </Flex>
      <Input
        name={`identity-callback-${service.serviceId}`}
        label={texts.callback}
        description={texts.callbackHelp[service.vendor]}
        value={service.callbackUrl}
        readOnly
      />
      {service.hasWebhookSecret ? null : (
        <Alert title={texts.noSecret} variant="warning">
          {texts.noSecretText}
        </Alert>
      )}
      <Text variant="microcopy">{flows === '' ? texts.noFlows : texts.flows(flows)}</Text>
    </>
  );
}

function ServiceButtons(props: {
  kit: SettingsKit;
  asked: Asked;
  working: boolean;
  onAsk: (asked: Asked) => void;
  onTest: () => void;
  onRemove: () => void;
}): ReactElement {
  const { kit, working, onAsk } = props;
  const texts = kit.texts.identity;
  if (props.asked === 'remove') {
    return (
      <Alert title={texts.removeSure} variant="warning">
        <Flex direction="column" gap="sm">
          <Text>{texts.removeText}</Text>
          <Flex direction="row" justify="start" gap="sm">
            <LoadingButton variant="destructive" size="sm" loading={working} onClick={props.onRemove}>
              {texts.remove}
            </LoadingButton>
            <Button variant="secondary" size="sm" onClick={() => onAsk(null)}>
              {kit.texts.common.cancel}
            </Button>
          </Flex>
        </Flex>
      </Alert>
    );
  }
  return (
    <Flex direction="row" justify="start" gap="sm" wrap>
      <LoadingButton variant="secondary" size="sm" loading={working} onClick={props.onTest}>
        {texts.test}
      </LoadingButton>
      <Button variant="secondary" size="sm" onClick={() => onAsk('edit')}>
        {texts.edit}
      </Button>
      <Button variant="secondary" size="sm" onClick={() => onAsk('remove')}>
        {texts.remove}
      </Button>
    </Flex>
  );
}

/** The acts on one service, one at a time; what the last test said stays until the next act. */
function useService({ kit, service, onChange: reload }: Props) {
  const { api } = kit;
  const { serviceId } = service;
  const [asked, setAsked] = useState<Asked>(null);
  const [test, setTest] = useState<IdentityTestResponse | null>(null);
  type Change = Omit<ChangeIdentityService, 'idempotencyKey'>;
  const change = useAction(
    useCallback((input: Change, key: string) => api.changeIdentityService(serviceId, input, key), [api, serviceId]),
  );
  const remove = useAction(
    useCallback((_: 'delete', key: string) => api.deleteIdentityService(serviceId, key), [api, serviceId]),
  );
  const tryOut = useAction(
    useCallback((_: 'test', key: string) => api.testIdentityService(serviceId, key), [api, serviceId]),
  );
  const actions = [change, remove, tryOut];
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
    problem: actions.find((action) => action.problem)?.problem ?? null,
    working: actions.some((action) => action.working),
    onSave: (input: Change) => {
      start();
      void change.run(input).then((saved) => done(saved !== null));
    },
    onTest: () => {
      start();
      void tryOut.run('test').then(setTest);
    },
    onRemove: () => {
      start();
      void remove.run('delete').then((removed) => done(removed !== null));
    },
  };
}
