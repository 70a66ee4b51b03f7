import type { ReactElement } from 'react';
import { Alert, Text } from '@hubspot/ui-extensions';
import { problemText } from '@flowella/shared/ui/problem-text.ts';
import type { ServerProblem } from '@flowella/shared/ui/server-problem.ts';
import type { CommonTexts } from '@flowella/shared/ui/texts/common-texts.ts';

/** What did not work and what to do, with the number under which support finds it. */
export function ProblemAlert(props: {
  problem: ServerProblem;
  texts: CommonTexts;
  title?: string;
  variant?: 'danger' | 'warning';
}): ReactElement {
  const { problem, texts } = props;
  return (
    <Alert title={props.title ?? texts.problem.title} variant={props.variant ?? 'danger'}>
      <Text>{problemText(problem, texts)}</Text>
      {problem.requestId ? <Text variant="microcopy">{texts.requestId(problem.requestId)}</Text> : null}
    </Alert>
  );
}
