import type { ReactElement } from 'react';
import { Flex, Table, TableBody, TableCell, TableHead, TableHeader, TableRow, Text } from '@hubspot/ui-extensions';
import type { AlertsResponse } from '@flowella/shared/contract/api.ts';
import type { SettingsKit } from '../parts/settings-kit.ts';

/** What our endpoint measured per flow, beside what WhatsApp warns at. */
export function Measures(props: { kit: SettingsKit; measures: AlertsResponse['measures'] }): ReactElement {
  const texts = props.kit.texts.alerts;
  if (props.measures.length === 0) return <Text>{texts.noMeasures}</Text>;
  return (
    <Flex direction="column" gap="sm">
      <Text variant="microcopy">{texts.measuresText}</Text>
      <Table density="condensed">
        <TableHead>
          <TableRow>
            <TableHeader>{texts.flow}</TableHeader>
            <TableHeader align="right">{texts.calls}</TableHeader>
            <TableHeader align="right">{texts.p90}</TableHeader>
            <TableHeader align="right">{texts.errors}</TableHeader>
            <TableHeader align="right">{texts.unanswered}</TableHeader>
          </TableRow>
        </TableHead>
        <TableBody>
          {props.measures.map((one) => (
            <TableRow key={one.flowName}>
              <TableCell>{one.flowName}</TableCell>
              <TableCell align="right">{one.requests}</TableCell>
              <TableCell align="right">{texts.upTo(String(one.p90Ms))}</TableCell>
              <TableCell align="right">{texts.percent(String(one.errorPercent))}</TableCell>
              <TableCell align="right">{texts.percent(String(one.unansweredPercent))}</TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Flex>
  );
}
