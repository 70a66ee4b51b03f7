import { useCallback, type ReactElement } from 'react';
import { AutoGrid, Button, Flex, Heading, Select, Text, Toggle } from '@hubspot/ui-extensions';
import type { ContactPropertiesResponse } from '@flowella/shared/contract/api.ts';
import { useLoaded } from '@flowella/shared/ui/use-loaded.ts';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';
import { newPropertyName, withProperty, withSuggestions, type PropertyLine } from './edit-mapping.ts';
import type { MappingPartProps } from './MapAnswers.tsx';
import { askedQuestions } from './question-labels.ts';

type Properties = ContactPropertiesResponse['properties'];
/** An answer, or what the form works out; the latter comes with the name that a new property would get. */
type Source = { question: string; label: string; suggestedProperty?: string };

/** A property to be made is told apart from one that exists by a letter that no property name may begin with. */
const CREATE = '+';

/** Which answer goes to which contact property, with our suggestions and new properties on request. */
export function PropertyMapping(props: MappingPartProps): ReactElement {
  const { kit, flow, mapping, onMapping } = props;
  const texts = kit.texts.map;
  const { api } = kit;
  const load = useCallback(() => api.contactProperties(), [api]);
  const { loaded, reload } = useLoaded(load);
  const properties = loaded.kind === 'ready' ? loaded.data.properties : [];
  return (
    <Flex direction="column" gap="sm">
      <Heading>{texts.contact}</Heading>
      <Toggle
        label={texts.contactToggle}
        labelDisplay="inline"
        textChecked={kit.texts.check.yes}
        textUnchecked={kit.texts.check.no}
        checked={mapping.contact.enabled}
        onChange={(enabled) => onMapping((before) => ({ ...before, contact: { ...before.contact, enabled } }))}
      />
      {loaded.kind === 'failed' ? (
        <Flex direction="column" gap="sm">
          <ProblemAlert problem={loaded.problem} texts={kit.texts.common} title={texts.propertiesFailed} />
          <Flex direction="row" justify="start">
            <Button variant="secondary" size="sm" onClick={() => void reload()}>
              {kit.texts.common.tryAgain}
            </Button>
          </Flex>
        </Flex>
      ) : null}
      {mapping.contact.enabled ? (
        <PropertyChoices {...props} sources={askedQuestions(flow)} properties={properties} />
      ) : null}
      {mapping.contact.enabled && flow.suggestions.length > 0 ? (
        <Flex direction="row" justify="start">
          <Button
            variant="secondary"
            size="sm"
            onClick={() => onMapping((before) => withSuggestions(before, flow.suggestions))}
          >
            {texts.useSuggestions}
          </Button>
        </Flex>
      ) : null}
      {mapping.contact.enabled && flow.computed.length > 0 ? (
        <>
          <Text format={{ fontWeight: 'demibold' }}>{texts.computed}</Text>
          <Text variant="microcopy">{texts.computedText}</Text>
          <PropertyChoices {...props} sources={flow.computed} properties={properties} />
        </>
      ) : null}
    </Flex>
  );
}

/** One choice per question or computed value, named after it. */
function PropertyChoices(props: MappingPartProps & { properties: Properties; sources: Source[] }): ReactElement {
  return (
    <AutoGrid columnWidth={320} gap="md" flexible>
      {props.sources.map((source) => (
        <PropertySelect key={source.question} {...props} source={source} />
      ))}
    </AutoGrid>
  );
}

function PropertySelect(props: MappingPartProps & { properties: Properties; source: Source }): ReactElement {
  const { kit, flow, mapping, source } = props;
  const texts = kit.texts.map;
  const line = mapping.contact.properties.find((one) => one.question === source.question);
  const suggestion = flow.suggestions.find((one) => one.question === source.question);
  const suggested = line !== undefined && line.property === suggestion?.property;
  return (
    <Flex direction="column" gap="flush">
      <Select
        name={`property-${source.question}`}
        label={source.label}
        description={texts.property}
        value={line ? toValue(line) : ''}
        options={[
          { label: texts.notWritten, value: '' },
          ...createOptions(line, suggestion, source).map((name) => ({
            label: texts.create(name),
            value: `${CREATE}${name}`,
          })),
          ...existingOptions(props.properties, line),
        ]}
        onChange={(value) =>
          props.onMapping((before) => withProperty(before, source.question, fromValue(String(value))))
        }
      />
      {suggested && suggestion ? <Text variant="microcopy">{texts.suggested(suggestion.reason)}</Text> : null}
    </Flex>
  );
}

function toValue(line: PropertyLine): string {
  return line.create ? `${CREATE}${line.property}` : line.property;
}

function fromValue(value: string): Omit<PropertyLine, 'question'> | null {
  if (value === '') return null;
  const create = value.startsWith(CREATE);
  return { property: create ? value.slice(CREATE.length) : value, create };
}

function createOptions(
  line: PropertyLine | undefined,
  suggestion: { property: string; create: boolean } | undefined,
  source: Source,
): string[] {
  const names = [
    source.suggestedProperty ?? (suggestion?.create ? suggestion.property : newPropertyName(source.label)),
    ...(line?.create ? [line.property] : []),
  ];
  return [...new Set(names)];
}

/** The saved property stays choosable while the list is loading or when it has been taken out of the account. */
function existingOptions(properties: Properties, line: PropertyLine | undefined): { label: string; value: string }[] {
  const options = properties.map((property) => ({ label: property.label, value: property.name }));
  const known = !line || line.create || options.some((option) => option.value === line.property);
  return known ? options : [{ label: line.property, value: line.property }, ...options];
}
