import { useCallback, type ReactElement } from 'react';
import {
  Accordion,
  DescriptionList,
  DescriptionListItem,
  Flex,
  Heading,
  Link,
  StatusTag,
  Text,
  Tile,
} from '@hubspot/ui-extensions';
import type { SubmissionView } from '@flowella/shared/contract/api.ts';
import { useAction } from '@flowella/shared/ui/use-action.ts';
import type { CardActions, CardKit } from '../parts/card-kit.ts';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';
import { SendAgainButton } from '../parts/SendAgainButton.tsx';
import { DeliveryList } from './DeliveryList.tsx';
import { IdentityCheck } from './IdentityCheck.tsx';

/** One submission: what was asked and answered, where it went, what can be done about it. */
export function SubmissionPart(props: {
  kit: CardKit;
  actions: CardActions;
  submission: SubmissionView;
  onChange: () => Promise<void>;
}): ReactElement {
  const { kit, submission } = props;
  return (
    <Tile>
      <Flex direction="column" gap="sm">
        <Heading>{submission.flowName}</Heading>
        <Text variant="microcopy">{timesText(kit, submission)}</Text>
        <DeliveryList kit={kit} actions={props.actions} deliveries={submission.deliveries} onChange={props.onChange} />
        <Answers kit={kit} submission={submission} />
        {submission.kyc ? <KycRecord kit={kit} kyc={submission.kyc} /> : null}
        {submission.identityCheck ? (
          <IdentityCheck
            kit={kit}
            actions={props.actions}
            submissionId={submission.submissionId}
            check={submission.identityCheck}
            onChange={props.onChange}
          />
        ) : null}
        <SubmissionActions {...props} />
      </Flex>
    </Tile>
  );
}

function timesText(kit: CardKit, { acceptedAt, openedAt, sentAt, sentBy }: SubmissionView): string {
  const texts = kit.texts.submissions;
  const sent = kit.time(sentAt);
  return [
    texts.accepted(kit.time(acceptedAt)),
    ...(openedAt ? [texts.opened(kit.time(openedAt))] : []),
    sentBy ? texts.sentBy(sentBy, sent) : texts.sentAt(sent),
  ].join(' · ');
}

function Answers(props: { kit: CardKit; submission: SubmissionView }): ReactElement {
  const { kit } = props;
  const { answers, answersNote, sentAgain } = props.submission;
  const texts = kit.texts.submissions;
  if (!answers) {
    return (
      <Accordion title={texts.answersGone} size="sm">
        <Text>{answersNote ?? ''}</Text>
      </Accordion>
    );
  }
  return (
    <Accordion title={texts.answers(answers.length)} size="sm">
      <Flex direction="column" gap="sm">
        {answersNote ? <Text variant="microcopy">{answersNote}</Text> : null}
        <AnswerList kit={kit} answers={answers} />
        {sentAgain.length > 0 ? <Text>{texts.sentAgainNote}</Text> : null}
        {sentAgain.map((repeat) => (
          <Flex key={repeat.at} direction="column" gap="xs">
            <Text format={{ fontWeight: 'demibold' }}>{texts.sentAgainAt(kit.time(repeat.at))}</Text>
            <AnswerList kit={kit} answers={repeat.answers} />
          </Flex>
        ))}
      </Flex>
    </Accordion>
  );
}

function AnswerList(props: { kit: CardKit; answers: NonNullable<SubmissionView['answers']> }): ReactElement {
  const { kit, answers } = props;
  return (
    <DescriptionList direction={kit.narrow ? 'column' : 'row'}>
      {answers.map((answer) => (
        <DescriptionListItem key={answer.question} label={answer.label}>
          <Text>{answer.value === '' ? kit.texts.submissions.noAnswer : answer.value}</Text>
        </DescriptionListItem>
      ))}
    </DescriptionList>
  );
}

function KycRecord(props: { kit: CardKit; kyc: NonNullable<SubmissionView['kyc']> }): ReactElement {
  const { kyc, kit } = props;
  const texts = kit.texts.submissions;
  return (
    <Accordion title={texts.kyc} size="sm">
      <Flex direction="column" gap="sm">
        <StatusTag variant="info">{`${texts.kycStatus}: ${kyc.status}`}</StatusTag>
        <DescriptionList direction={kit.narrow ? 'column' : 'row'}>
          {kyc.fields.map((field) => (
            <DescriptionListItem key={field.label} label={field.label}>
              <Text>{field.value}</Text>
            </DescriptionListItem>
          ))}
        </DescriptionList>
      </Flex>
    </Accordion>
  );
}

function SubmissionActions(props: {
  kit: CardKit;
  actions: CardActions;
  submission: SubmissionView;
  onChange: () => Promise<void>;
}): ReactElement {
  const { kit, actions, submission, onChange } = props;
  const { api, contactId, texts } = kit;
  const send = useCallback(
    (flowId: string, key: string) => api.send(contactId, { flowId, replace: true }, key),
    [api, contactId],
  );
  const action = useAction(send);
  const sendAgain = async () => {
    const sent = await action.run(submission.flowId);
    if (sent) actions.addAlert({ type: 'success', message: texts.submissions.sentAgain(sent.flowName) });
    await onChange();
  };
  return (
    <Flex direction="column" gap="sm">
      {action.problem ? (
        <ProblemAlert problem={action.problem} texts={texts.common} title={texts.flows.problem} />
      ) : null}
      <Flex direction="row" align="center" gap="sm" wrap>
        <SendAgainButton
          kit={kit}
          actions={actions}
          id={`flowella-again-${submission.submissionId}`}
          text={texts.submissions.replaceText(submission.flowName)}
          working={action.working}
          size="xs"
          onConfirm={sendAgain}
        />
        {submission.formLink ? (
          <Link href={{ url: submission.formLink, external: true }}>{texts.submissions.formLink}</Link>
        ) : null}
      </Flex>
    </Flex>
  );
}
