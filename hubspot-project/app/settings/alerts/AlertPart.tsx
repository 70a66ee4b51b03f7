import { useCallback, type ReactElement } from 'react';
import { Alert, Flex, LoadingButton, Text } from '@hubspot/ui-extensions';
import type { AlertsResponse, AlertView } from '@flowella/shared/contract/api.ts';
import { useAction } from '@flowella/shared/ui/use-action.ts';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';
import type { SettingsKit } from '../parts/settings-kit.ts';

/** One alert: what happened, what to do, since when, and a way to say that it has been seen. */
export function AlertPart(props: {
  kit: SettingsKit;
  alert: AlertView;
  onChange: (alerts: AlertsResponse) => void;
}): ReactElement {
  const { kit, alert, onChange } = props;
  const { api, texts } = kit;
  const { alertId } = alert;
  const quiet = useAction(useCallback((_: 'quiet', key: string) => api.quietAlert(alertId, key), [api, alertId]));
  const press = async () => {
    const answer = await quiet.run('quiet');
    if (answer) onChange(answer);
  };
  return (
    <Alert title={alert.title} variant={alert.severity === 'now' ? 'danger' : 'warning'}>
      <Flex direction="column" gap="xs">
        <Text>{alert.happened}</Text>
        <Text format={{ fontWeight: 'demibold' }}>{alert.todo}</Text>
        <Text variant="microcopy">
          {[texts.alerts.since(kit.time(alert.openedAt)), alert.quiet ? texts.alerts.isSeen : '']
            .filter((part) => part !== '')
            .join(' · ')}
        </Text>
        {quiet.problem ? (
          <ProblemAlert problem={quiet.problem} texts={texts.common} title={texts.alerts.seenFailed} />
        ) : null}
        {alert.quiet ? null : (
          <Flex direction="row" justify="start">
            <LoadingButton variant="secondary" size="xs" loading={quiet.working} onClick={() => void press()}>
              {texts.alerts.seen}
            </LoadingButton>
          </Flex>
        )}
      </Flex>
    </Alert>
  );
}
