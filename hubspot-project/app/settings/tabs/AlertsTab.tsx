import type { ReactElement } from 'react';
import { Accordion, Flex, Heading, LoadingSpinner, Text } from '@hubspot/ui-extensions';
import type { AlertsResponse } from '@flowella/shared/contract/api.ts';
import { useLoaded } from '@flowella/shared/ui/use-loaded.ts';
import { AlertPart } from '../alerts/AlertPart.tsx';
import { AlertWays } from '../alerts/AlertWays.tsx';
import { Measures } from '../alerts/Measures.tsx';
import { LoadFailed } from '../parts/LoadFailed.tsx';
import type { SettingsKit } from '../parts/settings-kit.ts';

/** What needs somebody, how else they are told of it, and the figures behind it. */
export function AlertsTab(props: { kit: SettingsKit }): ReactElement {
  const { kit } = props;
  const { loaded, reload, show } = useLoaded(kit.api.alerts);
  if (loaded.kind === 'loading') {
    return <LoadingSpinner label={kit.texts.common.loading} layout="centered" showLabel />;
  }
  if (loaded.kind === 'failed') {
    return <LoadFailed problem={loaded.problem} texts={kit.texts.common} onRetry={() => void reload()} />;
  }
  const { data } = loaded;
  return (
    <Flex direction="column" gap="md">
      <OpenAlerts kit={kit} alerts={data} onChange={show} />
      <AlertWays key={JSON.stringify(data.ways)} kit={kit} ways={data.ways} onChange={show} />
      <Background kit={kit} alerts={data} />
    </Flex>
  );
}

type PartProps = { kit: SettingsKit; alerts: AlertsResponse; onChange: (alerts: AlertsResponse) => void };

function OpenAlerts({ kit, alerts, onChange }: PartProps): ReactElement {
  const texts = kit.texts.alerts;
  if (alerts.open.length === 0) {
    return (
      <Flex direction="column" gap="xs">
        <Heading>{texts.nothing}</Heading>
        <Text>{texts.nothingText}</Text>
      </Flex>
    );
  }
  return (
    <Flex direction="column" gap="sm">
      <Text>{texts.intro}</Text>
      {alerts.open.map((alert) => (
        <AlertPart key={alert.alertId} kit={kit} alert={alert} onChange={onChange} />
      ))}
    </Flex>
  );
}

function Background({ kit, alerts }: Omit<PartProps, 'onChange'>): ReactElement {
  const texts = kit.texts.alerts;
  return (
    <Flex direction="column" gap="sm">
      {alerts.mended.length > 0 ? (
        <Accordion title={texts.mended(alerts.mended.length)} size="small">
          <Flex direction="column" gap="sm">
            {alerts.mended.map((alert) => (
              <Flex key={alert.alertId} direction="column" gap="flush">
                <Heading>{alert.title}</Heading>
                <Text variant="microcopy">{texts.mendedAt(kit.time(alert.mendedAt ?? alert.openedAt))}</Text>
              </Flex>
            ))}
          </Flex>
        </Accordion>
      ) : null}
      <Accordion title={texts.measures} size="small">
        <Measures kit={kit} measures={alerts.measures} />
      </Accordion>
      <Accordion title={texts.reports(alerts.reports.length)} size="small">
        <Flex direction="column" gap="sm">
          {alerts.reports.length === 0 ? <Text>{texts.noReports}</Text> : null}
          {alerts.reports.map((report, index) => (
            <Flex key={`${report.at}-${index}`} direction="column" gap="flush">
              <Text>{`${report.flowName}: ${report.text}`}</Text>
              <Text variant="microcopy">{kit.time(report.at)}</Text>
            </Flex>
          ))}
        </Flex>
      </Accordion>
    </Flex>
  );
}
