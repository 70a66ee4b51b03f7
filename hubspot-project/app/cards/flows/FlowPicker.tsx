import { useState, type ReactElement } from 'react';
import { Flex, SearchInput, Text, ToggleGroup } from '@hubspot/ui-extensions';
import type { CardKit } from '../parts/card-kit.ts';
import { findFlows, SHOWN_WITHOUT_SEARCH, type FlowOffer } from './find-flows.ts';

/** The flows that may be sent, with a search when there are many. */
export function FlowPicker(props: {
  kit: CardKit;
  flows: FlowOffer[];
  chosen: FlowOffer;
  onChoose: (flowId: string) => void;
}): ReactElement {
  const { kit, flows, chosen } = props;
  const texts = kit.texts.flows;
  const [search, setSearch] = useState('');
  const { shown, more } = findFlows(flows, search);
  return (
    <Flex direction="column" gap="sm">
      {flows.length > SHOWN_WITHOUT_SEARCH ? (
        <SearchInput
          name="search"
          label={texts.search}
          placeholder={texts.searchPlaceholder}
          clearable
          value={search}
          onInput={setSearch}
        />
      ) : null}
      {shown.length === 0 ? (
        <Text>{texts.noMatch(search.trim())}</Text>
      ) : (
        <ToggleGroup
          toggleType="radioButtonList"
          name="flow"
          label={texts.choose}
          value={chosen.flowId}
          options={shown.map((flow) => ({
            value: flow.flowId,
            label: flow.name,
            // Of the chosen one it stands below, with its title.
            description: flow.blocked && flow !== chosen ? flow.blocked : texts.questions(flow.questions),
          }))}
          onChange={(flowId: string) => props.onChoose(flowId)}
        />
      )}
      {more > 0 ? <Text variant="microcopy">{texts.more(more)}</Text> : null}
    </Flex>
  );
}
