import { useCallback, type ReactElement } from 'react';
import {
  Accordion,
  DescriptionList,
  DescriptionListItem,
  Flex,
  Input,
  LoadingButton,
  StatusTag,
  Text,
} from '@hubspot/ui-extensions';
import type { SubmissionView } from '@flowella/shared/contract/api.ts';
import { useAction } from '@flowella/shared/ui/use-action.ts';
import type { CardActions, CardKit } from '../parts/card-kit.ts';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';

type Check = NonNullable<SubmissionView['identityCheck']>;

const VARIANT: Record<Check['state'], 'info' | 'warning' | 'success' | 'danger' | 'default'> = {
  requested: 'info',
  link_sent: 'info',
  in_progress: 'info',
  needs_review: 'warning',
  approved: 'success',
  declined: 'danger',
  expired: 'warning',
  cancelled: 'default',
};

/** Where the identity check stands, why, the link while the rep is the one who must hand it on, and a new one when it expired. */
export function IdentityCheck(props: {
  kit: CardKit;
  actions: CardActions;
  submissionId: string;
  check: Check;
  onChange: () => Promise<void>;
}): ReactElement {
  const { kit, check } = props;
  const texts = kit.texts.submissions;
  return (
    <Accordion title={texts.identity} size="sm" defaultOpen={check.link !== null || check.canRenew}>
      <Flex direction="column" gap="sm">
        <StatusTag variant={VARIANT[check.state]}>{check.status}</StatusTag>
        {check.note ? <Text>{check.note}</Text> : null}
        {check.canRenew ? <RenewButton {...props} /> : null}
        {check.link ? <Input name="identity-link" label={texts.identityLink} value={check.link} readOnly /> : null}
        {check.reasons.map((reason) => (
          <Text key={reason}>{reason}</Text>
        ))}
        <DescriptionList direction={kit.narrow ? 'column' : 'row'}>
          <DescriptionListItem label={texts.identityAt}>
            <Text>{kit.time(check.at)}</Text>
          </DescriptionListItem>
          {check.reference ? (
            <DescriptionListItem label={texts.identityReference}>
              <Text>{check.reference}</Text>
            </DescriptionListItem>
          ) : null}
        </DescriptionList>
      </Flex>
    </Accordion>
  );
}

function RenewButton(props: {
  kit: CardKit;
  actions: CardActions;
  submissionId: string;
  onChange: () => Promise<void>;
}): ReactElement {
  const { kit, actions, submissionId, onChange } = props;
  const { api, contactId, texts } = kit;
  const renew = useCallback((id: string, key: string) => api.renewCheck(contactId, id, key), [api, contactId]);
  const action = useAction(renew);
  const send = async () => {
    if (await action.run(submissionId)) actions.addAlert({ type: 'info', message: texts.submissions.identityRenewed });
    await onChange();
  };
  return (
    <Flex direction="column" gap="xs">
      {action.problem ? <ProblemAlert problem={action.problem} texts={texts.common} /> : null}
      <Flex direction="row" justify="start">
        <LoadingButton variant="secondary" size="xs" loading={action.working} onClick={() => void send()}>
          {texts.submissions.identityRenew}
        </LoadingButton>
      </Flex>
    </Flex>
  );
}
