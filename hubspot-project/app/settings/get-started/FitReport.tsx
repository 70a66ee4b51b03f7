import type { ReactElement } from 'react';
import { Accordion, Flex, Text } from '@hubspot/ui-extensions';
import type { FlowDetail } from '@flowella/shared/contract/api.ts';
import type { SettingsKit } from '../parts/settings-kit.ts';
import { labelOf } from './question-labels.ts';

/** The worst first, and open: what needs a decision should not have to be looked for. */
const OUTCOMES = ['refused', 'changed', 'kept'] as const;

/** The question of lines that are about the form as a whole, as the compiler names it. */
const WHOLE_FORM = 'form';

/** What the compiler kept, changed or refused, per question, in its own words. */
export function FitReport(props: { kit: SettingsKit; flow: FlowDetail }): ReactElement {
  const { kit, flow } = props;
  const texts = kit.texts.check;
  const titleOf = (question: string) => (question === WHOLE_FORM ? texts.wholeForm : labelOf(flow, question));
  return (
    <Flex direction="column" gap="sm">
      {OUTCOMES.map((outcome) => {
        const lines = flow.report.filter((line) => line.outcome === outcome);
        if (lines.length === 0) return null;
        return (
          <Accordion key={outcome} title={texts[outcome](lines.length)} defaultOpen={outcome !== 'kept'} size="sm">
            <Flex direction="column" gap="sm">
              {lines.map((line) => (
                <Flex key={`${line.question} ${line.code}`} direction="column" gap="flush">
                  <Text format={{ fontWeight: 'demibold' }}>{titleOf(line.question)}</Text>
                  <Text>{line.message}</Text>
                  {line.advice !== '' ? <Text variant="microcopy">{texts.advice(line.advice)}</Text> : null}
                </Flex>
              ))}
            </Flex>
          </Accordion>
        );
      })}
    </Flex>
  );
}
