import { useState, type ReactElement } from 'react';
import {
  Button,
  Flex,
  Input,
  LoadingButton,
  Modal,
  ModalBody,
  ModalFooter,
  Text,
  TextArea,
  Toggle,
} from '@hubspot/ui-extensions';
import type { FlowDetail } from '@flowella/shared/contract/api.ts';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';
import type { SettingsActions, SettingsKit } from '../parts/settings-kit.ts';
import { withQuestion } from './edit-design.ts';
import { earlierQuestions, isComplete, ruleOf, withRule, type RuleChoice } from './edit-rule.ts';
import type { AskedQuestion } from './question-labels.ts';
import { useFlowChange } from './use-flow-change.ts';
import { WhenAsked } from './WhenAsked.tsx';

type Draft = { label: string; help: string; required: boolean; rule: RuleChoice };

/** A button that opens one question's texts, whether it must be answered, and when it is asked. */
export function QuestionEditor(props: {
  kit: SettingsKit;
  actions: SettingsActions;
  flow: FlowDetail;
  question: AskedQuestion;
  onFlow: (flow: FlowDetail) => void;
}): ReactElement {
  const { kit, actions, flow, question } = props;
  const { check: texts, common } = kit.texts;
  const id = `flowella-question-${question.question}`;
  const earlier = earlierQuestions(flow, question.question);
  const saved: Draft = {
    label: question.label,
    help: flow.design.help?.[question.question] ?? '',
    required: question.required,
    rule: ruleOf(flow, question.question),
  };
  const [draft, setDraft] = useState(saved);
  const { change, working, problem } = useFlowChange(kit, flow, props.onFlow);
  const save = async () => {
    const design = withRule(withQuestion(flow.design, question.question, saved, draft), question.question, draft.rule);
    if (!(await change({ design }))) return;
    actions.closeOverlay(id);
    actions.addAlert({ type: 'success', message: texts.saved });
  };
  return (
    <Button
      variant="secondary"
      size="xs"
      overlay={
        <Modal id={id} title={texts.editName(question.label)} width="md" onOpen={() => setDraft(saved)}>
          <ModalBody>
            <Flex direction="column" gap="md">
              <TextArea
                name="label"
                label={texts.label}
                required
                rows={2}
                value={draft.label}
                onInput={(label) => setDraft((before) => ({ ...before, label }))}
              />
              <Input
                name="help"
                label={texts.help}
                description={texts.helpDescription}
                value={draft.help}
                onInput={(help) => setDraft((before) => ({ ...before, help }))}
              />
              <Toggle
                label={texts.required}
                labelDisplay="inline"
                textChecked={texts.yes}
                textUnchecked={texts.no}
                checked={draft.required}
                onChange={(required) => setDraft((before) => ({ ...before, required }))}
              />
              <WhenAsked
                kit={kit}
                earlier={earlier}
                rule={draft.rule}
                onRule={(rule) => setDraft((before) => ({ ...before, rule }))}
              />
              {isComplete(draft.rule, earlier) ? null : <Text variant="microcopy">{texts.when.incomplete}</Text>}
              {problem ? <ProblemAlert problem={problem} texts={common} title={texts.saveFailed} /> : null}
            </Flex>
          </ModalBody>
          <ModalFooter>
            <LoadingButton
              variant="primary"
              loading={working}
              disabled={!isComplete(draft.rule, earlier)}
              onClick={() => void save()}
            >
              {common.save}
            </LoadingButton>
            <Button variant="secondary" onClick={() => actions.closeOverlay(id)}>
              {common.cancel}
            </Button>
          </ModalFooter>
        </Modal>
      }
    >
      {texts.edit}
    </Button>
  );
}
