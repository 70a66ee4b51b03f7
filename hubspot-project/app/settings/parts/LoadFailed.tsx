import type { ReactElement } from 'react';
import { Button, ErrorState, Text } from '@hubspot/ui-extensions';
import { problemText } from '@flowella/shared/ui/problem-text.ts';
import type { ServerProblem } from '@flowella/shared/ui/server-problem.ts';
import type { CommonTexts } from '@flowella/shared/ui/texts/common-texts.ts';

/** Nothing could be loaded: why, and the one thing to do. */
export function LoadFailed(props: { problem: ServerProblem; texts: CommonTexts; onRetry: () => void }): ReactElement {
  const { problem, texts } = props;
  return (
    <ErrorState title={texts.problem.title} type="error">
      <Text>{problemText(problem, texts)}</Text>
      {problem.requestId ? <Text variant="microcopy">{texts.requestId(problem.requestId)}</Text> : null}
      <Button variant="secondary" onClick={props.onRetry}>
        {texts.tryAgain}
      </Button>
    </ErrorState>
  );
}
