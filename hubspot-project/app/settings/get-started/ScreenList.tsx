import type { ReactElement } from 'react';
import {
  Accordion,
  Button,
  Dropdown,
  Flex,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  Text,
  Tile,
} from '@hubspot/ui-extensions';
import type { FlowDetail } from '@flowella/shared/contract/api.ts';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';
import type { SettingsActions, SettingsKit } from '../parts/settings-kit.ts';
import { movesOf, withMove, withoutQuestion, withQuestionAgain, type Design, type Move } from './edit-design.ts';
import { labelOf, type AskedQuestion } from './question-labels.ts';
import { QuestionEditor } from './QuestionEditor.tsx';
import { useFlowChange } from './use-flow-change.ts';

type Props = {
  kit: SettingsKit;
  actions: SettingsActions;
  flow: FlowDetail;
  onFlow: (flow: FlowDetail) => void;
};

/** The screens as they will be, each question editable in place. */
export function ScreenList(props: Props): ReactElement {
  const { kit, actions, flow } = props;
  const texts = kit.texts.check;
  const { change, working, problem } = useFlowChange(kit, flow, props.onFlow);
  const redesign = async (design: Design) => {
    if (await change({ design })) actions.addAlert({ type: 'success', message: texts.saved });
  };
  return (
    <Flex direction="column" gap="sm">
      {problem ? <ProblemAlert problem={problem} texts={kit.texts.common} title={texts.saveFailed} /> : null}
      {flow.screens.map((screen, index) => (
        <Tile key={screen.id} compact>
          <Flex direction="column" gap="sm">
            <Text format={{ fontWeight: 'demibold' }}>{texts.screen(index + 1, screen.title)}</Text>
            {screen.questions.length > 0 ? (
              <QuestionTable {...props} questions={screen.questions} working={working} onDesign={redesign} />
            ) : null}
          </Flex>
        </Tile>
      ))}
      <LeftOut {...props} working={working} onDesign={redesign} />
    </Flex>
  );
}

type DesignProps = Props & { working: boolean; onDesign: (design: Design) => Promise<void> };

function QuestionTable(props: DesignProps & { questions: AskedQuestion[] }): ReactElement {
  const { kit, actions, flow } = props;
  const texts = kit.texts.check;
  return (
    <Table density="condensed" bordered={false}>
      <TableHead>
        <TableRow>
          <TableHeader width="max">{texts.question}</TableHeader>
          <TableHeader>{texts.required}</TableHeader>
          <TableHeader>{''}</TableHeader>
        </TableRow>
      </TableHead>
      <TableBody>
        {props.questions.map((question) => (
          <TableRow key={question.question}>
            <TableCell>
              {question.label}
              {question.isConditional ? <Text variant="microcopy">{texts.when.sometimes}</Text> : null}
            </TableCell>
            <TableCell>{question.required ? texts.yes : texts.no}</TableCell>
            <TableCell>
              <Flex direction="row" gap="xs" justify="end" wrap>
                <QuestionEditor kit={kit} actions={actions} flow={flow} question={question} onFlow={props.onFlow} />
                <QuestionMenu {...props} question={question.question} />
              </Flex>
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

function QuestionMenu(props: DesignProps & { question: string }): ReactElement {
  const { flow, question, onDesign } = props;
  const texts = props.kit.texts.check;
  const names: Record<Move, string> = {
    up: texts.moveUp,
    down: texts.moveDown,
    'new-screen': texts.newScreen,
    'join-screen': texts.joinScreen,
  };
  return (
    <Dropdown variant="secondary" buttonSize="xs" buttonText={texts.more} disabled={props.working}>
      {movesOf(flow.screens, question).map((move) => (
        <Dropdown.ButtonItem
          key={move}
          onClick={() => void onDesign(withMove(flow.design, flow.screens, question, move))}
        >
          {names[move]}
        </Dropdown.ButtonItem>
      ))}
      <Dropdown.ButtonItem onClick={() => void onDesign(withoutQuestion(flow.design, question))}>
        {texts.leaveOut}
      </Dropdown.ButtonItem>
    </Dropdown>
  );
}

function LeftOut(props: DesignProps): ReactElement | null {
  const { flow, onDesign } = props;
  const texts = props.kit.texts.check;
  const omitted = flow.design.omitted ?? [];
  if (omitted.length === 0) return null;
  return (
    <Accordion title={texts.leftOut(omitted.length)} size="sm" defaultOpen>
      <Flex direction="column" gap="xs">
        {omitted.map((question) => (
          <Flex key={question} direction="row" align="center" justify="between" gap="sm">
            <Text>{labelOf(flow, question)}</Text>
            <Button
              variant="secondary"
              size="xs"
              disabled={props.working}
              onClick={() => void onDesign(withQuestionAgain(flow.design, question))}
            >
              {texts.askAgain}
            </Button>
          </Flex>
        ))}
      </Flex>
    </Accordion>
  );
}
