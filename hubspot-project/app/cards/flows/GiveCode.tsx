import { useCallback, useState, type ReactElement } from 'react';
import { Alert, Button, Flex, Heading, LoadingButton, Text } from '@hubspot/ui-extensions';
import type { GiveCodeResponse } from '@flowella/shared/contract/api.ts';
import { useAction } from '@flowella/shared/ui/use-action.ts';
import type { CardKit } from '../parts/card-kit.ts';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';

/** Makes a code for a person whom the rep has checked and shows it once, to be read out. */
export function GiveCode(props: { kit: CardKit; sendId: string }): ReactElement {
  const { kit, sendId } = props;
  const { api, contactId } = kit;
  const texts = kit.texts.confirmation;
  const [given, setGiven] = useState<GiveCodeResponse | null>(null);
  const [count, setCount] = useState(0);
  const call = useCallback(
    (_press: number, key: string) => api.giveCode(contactId, sendId, key),
    [api, contactId, sendId],
  );
  const action = useAction(call);
  const give = async () => {
    setGiven(null);
    const answer = await action.run(count);
    if (!answer) return;
    setGiven(answer);
    setCount(count + 1);
  };
  return (
    <Flex direction="column" gap="sm">
      {given ? <CodeAlert kit={kit} given={given} onDone={() => setGiven(null)} /> : null}
      {action.problem ? <ProblemAlert problem={action.problem} texts={kit.texts.common} title={texts.failed} /> : null}
      <Flex direction="row" justify="start">
        <LoadingButton variant="secondary" size="sm" loading={action.working} onClick={() => void give()}>
          {count === 0 ? texts.give : texts.giveNew}
        </LoadingButton>
      </Flex>
    </Flex>
  );
}

function CodeAlert(props: { kit: CardKit; given: GiveCodeResponse; onDone: () => void }): ReactElement {
  const { kit, given } = props;
  const texts = kit.texts.confirmation;
  const { code, expiresAt } = given;
  if (code === null || expiresAt === null) return <Alert title={texts.lost} variant="warning" />;
  return (
    <Alert title={texts.title} variant="info">
      <Flex direction="column" gap="sm">
        <Heading>{spaced(code)}</Heading>
        <Text>{texts.text(kit.time(expiresAt))}</Text>
        <Text variant="microcopy">{texts.once}</Text>
        <Flex direction="row" justify="start">
          <Button variant="secondary" size="sm" onClick={props.onDone}>
            {texts.done}
          </Button>
        </Flex>
      </Flex>
    </Alert>
  );
}

/** In two groups of three, as it is read out. */
function spaced(code: string): string {
  return code.replace(/(\d{3})(?=\d)/g, '$1 ');
}
