import { useCallback, useState, type ReactElement } from 'react';
import { Alert, Button, EmptyState, Flex, Heading, LoadingButton, LoadingSpinner, Text } from '@hubspot/ui-extensions';
import type { ReplayStoppedResponse, StoppedGroupsResponse, StoppedKind } from '@flowella/shared/contract/stopped.ts';
import { useAction } from '@flowella/shared/ui/use-action.ts';
import { useLoaded } from '@flowella/shared/ui/use-loaded.ts';
import { LoadFailed } from '../parts/LoadFailed.tsx';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';
import type { SettingsActions, SettingsKit } from '../parts/settings-kit.ts';
import { StoppedGroupPart } from '../stopped/StoppedGroupPart.tsx';

/** What stopped on its way, why, what to do about it, and trying it again: one, all of a kind, or everything. */
export function StoppedTab(props: { kit: SettingsKit; actions: SettingsActions }): ReactElement {
  const { kit, actions } = props;
  const { api, texts } = kit;
  const { loaded, reload } = useLoaded(api.stoppedDeliveries);
  const [answer, setAnswer] = useState<ReplayStoppedResponse | null>(null);
  const replay = useAction(useCallback((kind: StoppedKind | null, key: string) => api.replayStopped(kind, key), [api]));
  const tryAgain = async (kind: StoppedKind | null) => {
    setAnswer(null);
    setAnswer(await replay.run(kind));
    await reload();
  };
  if (loaded.kind === 'loading') return <LoadingSpinner label={texts.common.loading} layout="centered" showLabel />;
  if (loaded.kind === 'failed')
    return <LoadFailed problem={loaded.problem} texts={texts.common} onRetry={() => void reload()} />;
  const { groups, underWay } = loaded.data;
  return (
    <Flex direction="column" gap="md">
      <Text>{texts.stopped.intro}</Text>
      {answer ? <ReplayAnswer kit={kit} answer={answer} /> : null}
      {replay.problem ? (
        <ProblemAlert problem={replay.problem} texts={texts.common} title={texts.stopped.failed} />
      ) : null}
      {loaded.stale ? (
        <ProblemAlert problem={loaded.stale} texts={texts.common} title={texts.common.staleTitle} variant="warning" />
      ) : null}
      <Overview
        kit={kit}
        groups={groups}
        working={replay.working}
        onTryEverything={() => void tryAgain(null)}
        onRefresh={() => void reload()}
      />
      {groups.map((group) => (
        <StoppedGroupPart
          key={`${group.destination} ${group.state} ${group.code}`}
          kit={kit}
          actions={actions}
          group={group}
          working={replay.working}
          onTryAll={() => void tryAgain({ destination: group.destination, code: group.code })}
          onChange={reload}
        />
      ))}
      <UnderWay kit={kit} underWay={underWay} />
    </Flex>
  );
}

function ReplayAnswer(props: { kit: SettingsKit; answer: ReplayStoppedResponse }): ReactElement {
  const { answer } = props;
  const texts = props.kit.texts.stopped;
  return (
    <Alert title={texts.tried(answer.replayed)} variant={answer.remaining > 0 ? 'warning' : 'success'}>
      <Text>{answer.remaining > 0 ? texts.more(answer.remaining) : texts.triedText}</Text>
    </Alert>
  );
}

function Overview(props: {
  kit: SettingsKit;
  groups: StoppedGroupsResponse['groups'];
  working: boolean;
  onTryEverything: () => void;
  onRefresh: () => void;
}): ReactElement {
  const { kit, groups } = props;
  const texts = kit.texts.stopped;
  const refresh = (
    <Button variant="secondary" size="sm" onClick={props.onRefresh}>
      {kit.texts.common.refresh}
    </Button>
  );
  if (groups.length === 0) {
    return (
      <EmptyState title={texts.nothing} layout="horizontal" imageWidth={150}>
        <Text>{texts.nothingText}</Text>
        {refresh}
      </EmptyState>
    );
  }
  return (
    <Flex direction="column" gap="xs">
      <Heading>{texts.found(groups.reduce((sum, group) => sum + group.count, 0))}</Heading>
      <Text variant="microcopy">{texts.older}</Text>
      <Flex direction="row" justify="start" gap="sm" wrap>
        {groups.length > 1 ? (
          <LoadingButton variant="secondary" size="sm" loading={props.working} onClick={props.onTryEverything}>
            {texts.tryEverything}
          </LoadingButton>
        ) : null}
        {refresh}
      </Flex>
    </Flex>
  );
}

function UnderWay(props: { kit: SettingsKit; underWay: StoppedGroupsResponse['underWay'] }): ReactElement | null {
  const { kit, underWay } = props;
  const texts = kit.texts.stopped;
  if (underWay.length === 0) return null;
  return (
    <Flex direction="column" gap="xs">
      <Heading>{texts.underWay}</Heading>
      {underWay.map((line) => (
        <Text key={line.destination}>
          {[
            texts.underWayLine(
              texts.place[line.destination],
              line.atLeast ? texts.atLeast(line.count) : String(line.count),
            ),
            line.nextTryAt ? texts.nextTry(kit.time(line.nextTryAt)) : '',
          ]
            .filter((part) => part !== '')
            .join(' · ')}
        </Text>
      ))}
    </Flex>
  );
}
