import { useCallback, useState, type ReactElement } from 'react';
import { Accordion, Button, Divider, Flex, Link, LoadingButton, Text } from '@hubspot/ui-extensions';
import type { StoppedGroup, StoppedListResponse } from '@flowella/shared/contract/stopped.ts';
import { useAction } from '@flowella/shared/ui/use-action.ts';
import { useLoaded } from '@flowella/shared/ui/use-loaded.ts';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';
import type { SettingsActions, SettingsKit } from '../parts/settings-kit.ts';

type Props = { kit: SettingsKit; actions: SettingsActions; group: StoppedGroup; onChange: () => Promise<void> };
type Line = StoppedListResponse['deliveries'][number];

/** Each delivery of a group, a page at a time, the oldest first. They are asked for when somebody opens the list. */
export function StoppedList(props: Props): ReactElement {
  const [open, setOpen] = useState(false);
  return (
    <Accordion title={props.kit.texts.stopped.show} size="small" onClick={() => setOpen(true)}>
      {open ? <Pages {...props} /> : null}
    </Accordion>
  );
}

function Pages(props: Props): ReactElement {
  const { kit, group } = props;
  const { api, texts } = kit;
  const { destination, code } = group;
  const [after, setAfter] = useState<string | null>(null);
  const { loaded, reload } = useLoaded(
    useCallback(() => api.stoppedList({ destination, code }, after), [api, destination, code, after]),
  );
  if (loaded.kind === 'loading') return <Text>{texts.common.loading}</Text>;
  if (loaded.kind === 'failed') return <ProblemAlert problem={loaded.problem} texts={texts.common} />;
  const next = loaded.data.after;
  const changed = async () => {
    await reload();
    await props.onChange();
  };
  return (
    <Flex direction="column" gap="sm">
      <Lines kit={kit} actions={props.actions} lines={loaded.data.deliveries} onChange={changed} />
      <Flex direction="row" justify="start" gap="sm">
        {after === null ? null : (
          <Button variant="secondary" size="xs" onClick={() => setAfter(null)}>
            {texts.stopped.first}
          </Button>
        )}
        {next === null ? null : (
          <Button variant="secondary" size="xs" onClick={() => setAfter(next)}>
            {texts.stopped.next}
          </Button>
        )}
      </Flex>
    </Flex>
  );
}

function Lines(props: {
  kit: SettingsKit;
  actions: SettingsActions;
  lines: Line[];
  onChange: () => Promise<void>;
}): ReactElement {
  return (
    <Flex direction="column" gap="sm">
      {props.lines.map((line) => (
        <LinePart key={line.deliveryId} kit={props.kit} actions={props.actions} line={line} onChange={props.onChange} />
      ))}
    </Flex>
  );
}

/** Stacked and not a table: the sentence needs the whole width on a narrow screen. */
function LinePart(props: {
  kit: SettingsKit;
  actions: SettingsActions;
  line: Line;
  onChange: () => Promise<void>;
}): ReactElement {
  const { kit, line } = props;
  const { api, time } = kit;
  const texts = kit.texts.stopped;
  const replay = useAction(useCallback((id: string, key: string) => api.replayDelivery(id, key), [api]));
  const tryAgain = async () => {
    if (await replay.run(line.deliveryId)) props.actions.addAlert({ type: 'success', message: texts.triedOne });
    await props.onChange();
  };
  return (
    <Flex direction="column" gap="xs">
      <Divider />
      <Text format={{ fontWeight: 'demibold' }}>{`${texts.submitted(time(line.acceptedAt))} · ${line.flowName}`}</Text>
      <Text>{line.reason ?? ''}</Text>
      <Text variant="microcopy">{`${texts.attempts(line.attempts)} · ${texts.stopped(time(line.stoppedAt))}`}</Text>
      {replay.problem ? <ProblemAlert problem={replay.problem} texts={kit.texts.common} /> : null}
      <Flex direction="row" align="center" justify="start" gap="sm" wrap>
        <LoadingButton variant="secondary" size="xs" loading={replay.working} onClick={() => void tryAgain()}>
          {texts.tryOne}
        </LoadingButton>
        {line.contactLink ? (
          <Link href={{ url: line.contactLink, external: true }}>{texts.openContact}</Link>
        ) : (
          <Text variant="microcopy">{texts.noContact}</Text>
        )}
      </Flex>
    </Flex>
  );
}
