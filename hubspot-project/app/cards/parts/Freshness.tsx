import type { ReactElement } from 'react';
import { Button, Flex, Text } from '@hubspot/ui-extensions';
import type { ServerProblem } from '@flowella/shared/ui/server-problem.ts';
import type { CardKit } from './card-kit.ts';
import { ProblemAlert } from './ProblemAlert.tsx';

/** When the card last looked, a button to look again, and a warning when the last look did not work. */
export function Freshness(props: {
  kit: CardKit;
  at: Date;
  stale: ServerProblem | null;
  onRefresh: () => void;
}): ReactElement {
  const { common } = props.kit.texts;
  return (
    <Flex direction="column" gap="small">
      {props.stale ? (
        <ProblemAlert problem={props.stale} texts={common} title={common.staleTitle} variant="warning" />
      ) : null}
      <Flex direction="row" justify="between" align="center" gap="small">
        <Text variant="microcopy">{common.updatedAt(props.kit.time(props.at.toISOString()))}</Text>
        <Button variant="transparent" size="xs" onClick={props.onRefresh}>
          {common.refresh}
        </Button>
      </Flex>
    </Flex>
  );
}
