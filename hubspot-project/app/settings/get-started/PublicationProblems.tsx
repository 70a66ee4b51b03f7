import type { ReactElement } from 'react';
import { Alert, Button, Flex, Text } from '@hubspot/ui-extensions';
import type { FlowDetail, Publication } from '@flowella/shared/contract/api.ts';
import type { SettingsKit } from '../parts/settings-kit.ts';
import { labelOf } from './question-labels.ts';

/** Meta's objections, by the admin's own questions. */
export function PublicationProblems(props: {
  kit: SettingsKit;
  flow: FlowDetail;
  publication: Publication;
  onQuestion: () => void;
}): ReactElement | null {
  const { flow, publication } = props;
  const texts = props.kit.texts.publish;
  if (publication.problems.length === 0) return null;
  return (
    <Alert title={texts.problems} variant="danger">
      <Flex direction="column" gap="sm">
        {publication.problems.map((problem) => (
          <Flex
            key={`${problem.question ?? ''} ${problem.screen ?? ''} ${problem.code}`}
            direction="column"
            gap="flush"
          >
            <Text format={{ fontWeight: 'demibold' }}>{placeOf(props.kit, flow, problem)}</Text>
            <Text>{problem.message}</Text>
          </Flex>
        ))}
        <Flex direction="row" justify="start">
          <Button variant="secondary" size="xs" onClick={props.onQuestion}>
            {texts.toQuestion}
          </Button>
        </Flex>
      </Flex>
    </Alert>
  );
}

function placeOf(kit: SettingsKit, flow: FlowDetail, problem: Publication['problems'][number]): string {
  if (problem.question) return labelOf(flow, problem.question);
  const index = flow.screens.findIndex((screen) => screen.id === problem.screen);
  return index < 0 ? flow.name : kit.texts.check.screen(index + 1, flow.screens[index]?.title ?? '');
}
