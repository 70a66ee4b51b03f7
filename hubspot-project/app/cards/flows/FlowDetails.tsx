import type { ReactElement } from 'react';
import { Accordion, Alert, DescriptionList, DescriptionListItem, Flex, Text, Tile } from '@hubspot/ui-extensions';
import type { CardKit } from '../parts/card-kit.ts';
import type { FlowOffer } from './find-flows.ts';

/** What the person will get: why not, how, and what is filled in already. */
export function FlowDetails(props: { kit: CardKit; flow: FlowOffer }): ReactElement {
  const { kit, flow } = props;
  const texts = kit.texts.flows;
  if (flow.blocked) {
    return (
      <Alert title={texts.blocked} variant="warning">
        {flow.blocked}
      </Alert>
    );
  }
  return (
    <Flex direction="column" gap="sm">
      {flow.way === 'template' ? <TemplateText kit={kit} body={flow.templateBody} /> : <Text>{texts.interactive}</Text>}
      <Prefill kit={kit} prefill={flow.prefill} />
    </Flex>
  );
}

function TemplateText(props: { kit: CardKit; body: string | null }): ReactElement {
  const texts = props.kit.texts.flows;
  return (
    <Tile compact>
      <Flex direction="column" gap="xs">
        <Text format={{ fontWeight: 'demibold' }}>{texts.template}</Text>
        <Text>{props.body ?? ''}</Text>
        <Text variant="microcopy">{texts.templateWhy}</Text>
      </Flex>
    </Tile>
  );
}

function Prefill(props: { kit: CardKit; prefill: FlowOffer['prefill'] }): ReactElement {
  const texts = props.kit.texts.flows;
  if (props.prefill.length === 0) return <Text variant="microcopy">{texts.noPrefill}</Text>;
  return (
    <Accordion title={`${texts.prefill} (${props.prefill.length})`} size="sm">
      <DescriptionList direction="column">
        {props.prefill.map((line) => (
          <DescriptionListItem key={line.label} label={line.label}>
            <Text>{line.value}</Text>
          </DescriptionListItem>
        ))}
      </DescriptionList>
    </Accordion>
  );
}
