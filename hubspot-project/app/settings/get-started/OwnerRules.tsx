import type { ReactElement } from 'react';
import {
  Alert,
  AutoGrid,
  Button,
  Flex,
  Heading,
  Input,
  MultiSelect,
  Select,
  Text,
  Toggle,
} from '@hubspot/ui-extensions';
import type { OwnerRule, OwnersResponse } from '@flowella/shared/contract/api.ts';
import { useLoaded } from '@flowella/shared/ui/use-loaded.ts';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';
import {
  fromChoiceValue,
  fromSimple,
  IN_TURN,
  KEEP,
  TESTS,
  toChoiceValue,
  toSimple,
  withoutRule,
  withRule,
  withRuleUp,
  type SimpleCondition,
} from './edit-owner-rules.ts';
import type { MappingPartProps } from './MapAnswers.tsx';
import { askedQuestions } from './question-labels.ts';

type Owners = OwnersResponse['owners'];

/** Who becomes the contact's owner: the customer's rules in their order. */
export function OwnerRules(props: MappingPartProps): ReactElement {
  const { kit, mapping, onMapping } = props;
  const texts = kit.texts.places.owner;
  const { loaded } = useLoaded(kit.api.owners);
  const owners = loaded.kind === 'ready' ? loaded.data.owners : [];
  const owner = mapping.owner ?? { enabled: false, rules: [] };
  const put = (change: Partial<typeof owner>) => onMapping((before) => ({ ...before, owner: { ...owner, ...change } }));
  const add = () => put({ rules: [...owner.rules, { choose: { kind: 'keep' } }] });
  return (
    <Flex direction="column" gap="sm">
      <Heading>{texts.title}</Heading>
      <Toggle
        label={texts.toggle}
        labelDisplay="inline"
        textChecked={kit.texts.check.yes}
        textUnchecked={kit.texts.check.no}
        checked={owner.enabled}
        onChange={(enabled) => put({ enabled })}
      />
      {loaded.kind === 'failed' ? (
        <ProblemAlert problem={loaded.problem} texts={kit.texts.common} title={texts.failed} />
      ) : null}
      {loaded.kind === 'ready' && !loaded.data.permitted && owner.enabled ? (
        <Alert title={texts.notPermitted} variant="warning" />
      ) : null}
      {owner.enabled ? <Text variant="microcopy">{texts.intro}</Text> : null}
      {owner.enabled
        ? owner.rules.map((rule, index) => (
            // A rule has no id of its own: its place is what the admin sees.
            <RuleRow
              key={index}
              {...props}
              owners={owners}
              rule={rule}
              index={index}
              onRule={(changed) => put({ rules: withRule(owner.rules, index, changed) })}
              onUp={() => put({ rules: withRuleUp(owner.rules, index) })}
              onRemove={() => put({ rules: withoutRule(owner.rules, index) })}
            />
          ))
        : null}
      {owner.enabled ? (
        <Flex direction="row" justify="start">
          <Button variant="secondary" size="sm" onClick={add}>
            {texts.add}
          </Button>
        </Flex>
      ) : null}
    </Flex>
  );
}

type RuleProps = MappingPartProps & {
  owners: Owners;
  rule: OwnerRule;
  index: number;
  onRule: (rule: OwnerRule) => void;
  onUp: () => void;
  onRemove: () => void;
};

function RuleRow(props: RuleProps): ReactElement {
  const { kit, index } = props;
  const texts = kit.texts.places.owner;
  return (
    <Flex direction="column" gap="xs">
      <Text format={{ fontWeight: 'bold' }}>{texts.rule(index + 1)}</Text>
      <AutoGrid columnWidth={220} gap="sm" flexible>
        <ConditionFields {...props} />
        <ChoiceFields {...props} />
      </AutoGrid>
      <Flex direction="row" justify="start" gap="sm">
        {index > 0 ? (
          <Button variant="transparent" size="xs" onClick={props.onUp}>
            {texts.up(index + 1)}
          </Button>
        ) : null}
        <Button variant="transparent" size="xs" onClick={props.onRemove}>
          {texts.remove(index + 1)}
        </Button>
      </Flex>
    </Flex>
  );
}

function ConditionFields({ kit, flow, rule, index, onRule }: RuleProps): ReactElement {
  const texts = kit.texts.places.owner;
  const simple = toSimple(rule.when);
  if (!simple) return <Text variant="microcopy">{texts.elsewhere}</Text>;
  const questions = askedQuestions(flow);
  const choices = questions.find((one) => one.question === simple.question)?.choices ?? [];
  const put = (change: Partial<SimpleCondition>) => {
    const { when: _when, ...rest } = rule;
    const when = fromSimple({ ...simple, ...change });
    onRule(when ? { ...rest, when } : rest);
  };
  return (
    <>
      <Select
        name={`owner-${index}-question`}
        label={texts.question}
        value={simple.question}
        options={[
          { label: texts.always, value: '' },
          ...questions.map((one) => ({ label: one.label, value: one.question })),
        ]}
        onChange={(question) => put({ question: String(question), value: '' })}
      />
      {simple.question === '' ? null : (
        <Select
          name={`owner-${index}-test`}
          label={texts.test}
          value={simple.test}
          options={TESTS.map((test) => ({ label: texts.tests[test], value: test }))}
          onChange={(chosen) => put({ test: TESTS.find((test) => test === chosen) ?? 'is' })}
        />
      )}
      {simple.question === '' || simple.test === 'answered' ? null : choices.length > 0 && simple.test === 'is' ? (
        <Select
          name={`owner-${index}-value`}
          label={texts.value}
          value={simple.value}
          options={choices.map((choice) => ({ label: choice.label, value: choice.id }))}
          onChange={(value) => put({ value: String(value) })}
        />
      ) : (
        <Input
          name={`owner-${index}-value`}
          label={texts.value}
          value={simple.value}
          onInput={(value) => put({ value })}
        />
      )}
    </>
  );
}

function ChoiceFields({ kit, owners, rule, index, onRule }: RuleProps): ReactElement {
  const texts = kit.texts.places.owner;
  const { choose } = rule;
  const active = owners.filter((owner) => !owner.archived).map((owner) => owner.ownerId);
  const people = optionsOf(owners, choose.kind === 'round-robin' ? choose.ownerIds : [toChoiceValue(choose)], texts);
  return (
    <>
      <Select
        name={`owner-${index}-choose`}
        label={texts.choose}
        value={toChoiceValue(choose)}
        options={[{ label: texts.keep, value: KEEP }, { label: texts.inTurn, value: IN_TURN }, ...people]}
        onChange={(value) => onRule({ ...rule, choose: fromChoiceValue(String(value), choose, active) })}
      />
      {choose.kind === 'round-robin' ? (
        <MultiSelect
          name={`owner-${index}-people`}
          label={texts.people}
          value={choose.ownerIds}
          options={people}
          onChange={(chosen) => {
            if (chosen.length > 0) onRule({ ...rule, choose: { kind: 'round-robin', ownerIds: chosen.map(String) } });
          }}
        />
      ) : null}
    </>
  );
}

/** Who is there, and who is still named though archived or gone. */
function optionsOf(
  owners: Owners,
  named: readonly string[],
  texts: { archived: (name: string) => string },
): { label: string; value: string }[] {
  const shown = owners.filter((owner) => !owner.archived || named.includes(owner.ownerId));
  const known = new Set([...owners.map((owner) => owner.ownerId), KEEP, IN_TURN]);
  return [
    ...shown.map((owner) => ({
      label: owner.archived ? texts.archived(owner.name) : owner.name,
      value: owner.ownerId,
    })),
    ...named.filter((id) => !known.has(id)).map((id) => ({ label: texts.archived(id), value: id })),
  ];
}
