import type { ReactElement } from 'react';
import { Accordion, DescriptionList, DescriptionListItem, Flex, Input, StatusTag, Text } from '@hubspot/ui-extensions';
import type { SubmissionView } from '@flowella/shared/contract/api.ts';
import type { CardKit } from '../parts/card-kit.ts';

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

/** Where the identity check stands, why, and the link while the rep is the one who must hand it on. */
export function IdentityCheck(props: { kit: CardKit; check: Check }): ReactElement {
  const { kit, check } = props;
  const texts = kit.texts.submissions;
  return (
    <Accordion title={texts.identity} size="sm" defaultOpen={check.link !== null}>
      <Flex direction="column" gap="sm">
        <StatusTag variant={VARIANT[check.state]}>{check.status}</StatusTag>
        {check.note ? <Text>{check.note}</Text> : null}
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
