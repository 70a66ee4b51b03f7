import type { ReactElement } from 'react';
import { Button, Flex, Input, MultiSelect, Select, Tile } from '@hubspot/ui-extensions';
import type { SettingsKit } from '../parts/settings-kit.ts';
import { isPartKind, newPart, withPartKind, type Part, type Rule, type RuleChoice } from './edit-rule.ts';
import type { AskedQuestion } from './question-labels.ts';

const MOST_PARTS = 5;

type Props = {
  kit: SettingsKit;
  /** Questions that come earlier and that a rule can look at. */
  earlier: AskedQuestion[];
  rule: RuleChoice;
  onRule: (rule: RuleChoice) => void;
};

/** When a question is asked: as the form says, always, or by a rule of the customer's own over earlier answers. */
export function WhenAsked(props: Props): ReactElement {
  const { earlier, rule, onRule } = props;
  const texts = props.kit.texts.check.when;
  const own = typeof rule === 'string' ? null : rule;
  const nearest = earlier.at(-1);
  return (
    <Flex direction="column" gap="sm">
      <Select
        name="when"
        label={texts.label}
        {...(nearest ? {} : { description: texts.nothingEarlier })}
        value={own ? 'own' : String(rule)}
        options={[
          { label: texts.form, value: 'form' },
          { label: texts.always, value: 'always' },
          ...(nearest ? [{ label: texts.own, value: 'own' }] : []),
        ]}
        onChange={(chosen) => {
          if (chosen === 'own' && nearest) onRule(own ?? { match: 'all', parts: [newPart(nearest)] });
          else if (chosen === 'form' || chosen === 'always') onRule(chosen);
        }}
      />
      {own ? <OwnRule {...props} own={own} /> : null}
    </Flex>
  );
}

function OwnRule(props: Props & { own: Rule }): ReactElement {
  const { kit, earlier, own, onRule } = props;
  const texts = kit.texts.check.when;
  const nearest = earlier.at(-1);
  return (
    <>
      {own.parts.map((part, index) => (
        <RulePart
          key={index}
          kit={kit}
          earlier={earlier}
          part={part}
          place={index + 1}
          onPart={(changed) => onRule({ ...own, parts: own.parts.map((one, at) => (at === index ? changed : one)) })}
          onRemove={
            own.parts.length > 1
              ? () => onRule({ ...own, parts: own.parts.filter((_, at) => at !== index) })
              : undefined
          }
        />
      ))}
      {own.parts.length > 1 ? (
        <Select
          name="when-match"
          label={texts.match}
          value={own.match}
          options={[
            { label: texts.all, value: 'all' },
            { label: texts.any, value: 'any' },
          ]}
          onChange={(match) => onRule({ ...own, match: match === 'any' ? 'any' : 'all' })}
        />
      ) : null}
      {own.parts.length < MOST_PARTS && nearest ? (
        <Flex direction="row" justify="start">
          <Button
            variant="secondary"
            size="xs"
            onClick={() => onRule({ ...own, parts: [...own.parts, newPart(nearest)] })}
          >
            {texts.addPart}
          </Button>
        </Flex>
      ) : null}
    </>
  );
}

function RulePart(props: {
  kit: SettingsKit;
  earlier: AskedQuestion[];
  part: Part;
  place: number;
  onPart: (part: Part) => void;
  onRemove: (() => void) | undefined;
}): ReactElement {
  const { kit, earlier, part, place, onPart } = props;
  const texts = kit.texts.check.when;
  const asked = earlier.find((one) => one.question === part.question);
  return (
    <Tile compact>
      <Flex direction="column" gap="xs">
        <Select
          name={`when-question-${place}`}
          label={texts.question}
          value={part.question}
          options={earlier.map((one) => ({ label: one.label, value: one.question }))}
          error={!asked}
          {...(asked ? {} : { validationMessage: texts.questionGone })}
          onChange={(chosen) => {
            const found = earlier.find((one) => one.question === chosen);
            if (found) onPart(newPart(found));
          }}
        />
        {asked ? (
          <>
            <Select
              name={`when-is-${place}`}
              label={texts.is}
              value={part.is}
              options={asked.comparisons.map((kind) => ({ label: nameOf(kind, asked, texts), value: kind }))}
              onChange={(kind) => {
                if (isPartKind(kind)) onPart(withPartKind(part, kind, asked));
              }}
            />
            <PartValue kit={kit} asked={asked} part={part} place={place} onPart={onPart} />
          </>
        ) : null}
        {props.onRemove ? (
          <Flex direction="row" justify="start">
            <Button variant="secondary" size="xs" onClick={props.onRemove}>
              {texts.removePart}
            </Button>
          </Flex>
        ) : null}
      </Flex>
    </Tile>
  );
}

/** What is typed is one answer, what is chosen may be several. */
function nameOf(kind: Part['is'], asked: AskedQuestion, texts: SettingsKit['texts']['check']['when']): string {
  const isTyped = asked.choices.length === 0;
  if (isTyped && kind === 'one-of') return texts.exactly;
  if (isTyped && kind === 'none-of') return texts.anythingElse;
  return texts.kinds[kind];
}

function PartValue(props: {
  kit: SettingsKit;
  asked: AskedQuestion;
  part: Part;
  place: number;
  onPart: (part: Part) => void;
}): ReactElement | null {
  const { kit, asked, part, place, onPart } = props;
  const texts = kit.texts.check.when;
  switch (part.is) {
    case 'answered':
    case 'unanswered':
      return null;
    case 'at-least':
    case 'at-most':
      return (
        <Input
          name={`when-value-${place}`}
          label={asked.kind === 'date' ? texts.date : texts.number}
          value={part.value}
          onInput={(value) => onPart({ ...part, value: value.trim() })}
        />
      );
    case 'one-of':
    case 'none-of': {
      if (asked.kind === 'yes-no' || asked.kind === 'checkbox') {
        return (
          <Select
            name={`when-value-${place}`}
            label={texts.answer}
            value={part.values[0]}
            options={[
              { label: kit.texts.check.yes, value: 'true' },
              { label: kit.texts.check.no, value: 'false' },
            ]}
            onChange={(value) => onPart({ ...part, values: [String(value)] })}
          />
        );
      }
      if (asked.choices.length > 0) {
        return (
          <MultiSelect
            name={`when-value-${place}`}
            label={texts.answers}
            value={part.values}
            options={asked.choices.map(({ id, label }) => ({ label, value: id }))}
            onChange={(chosen) => onPart({ ...part, values: chosen.map(String) })}
          />
        );
      }
      return (
        <Input
          name={`when-value-${place}`}
          label={texts.answer}
          value={part.values[0] ?? ''}
          onInput={(value) => onPart({ ...part, values: value.trim() ? [value.trim()] : [] })}
        />
      );
    }
  }
  return null;
}
