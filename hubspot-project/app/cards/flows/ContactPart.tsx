import type { ReactElement } from 'react';
import { Alert, DescriptionList, DescriptionListItem, Flex, StatusTag, Text } from '@hubspot/ui-extensions';
import type { ContactFlowsResponse } from '@flowella/shared/contract/api.ts';
import type { CardActions, CardKit } from '../parts/card-kit.ts';
import { ConsentButton } from './ConsentButton.tsx';

type Contact = ContactFlowsResponse['contact'];

const CONSENT_VARIANT = { opted_in: 'success', opted_out: 'danger', unknown: 'warning' } as const;

/** Whether and how this contact can be reached: number, consent, 24-hour window. */
export function ContactPart(props: {
  kit: CardKit;
  actions: CardActions;
  contact: Contact;
  onChange: () => Promise<void>;
}): ReactElement {
  const { kit, contact } = props;
  const texts = kit.texts.contact;
  return (
    <Flex direction="column" gap="sm">
      <DescriptionList direction={kit.narrow ? 'column' : 'row'}>
        <DescriptionListItem label={texts.number}>
          <Text>{contact.number ?? texts.noNumber}</Text>
        </DescriptionListItem>
        <DescriptionListItem label={texts.consent}>
          <ConsentState kit={kit} consent={contact.consent} />
        </DescriptionListItem>
        {contact.numberProblem === null ? (
          <DescriptionListItem label={texts.window}>
            <Text>{windowText(kit, contact.window)}</Text>
          </DescriptionListItem>
        ) : null}
      </DescriptionList>
      {contact.numberProblem ? (
        <Alert title={texts.noNumber} variant="warning">
          {contact.numberProblem}
        </Alert>
      ) : null}
      <ConsentButton kit={kit} actions={props.actions} onChange={props.onChange} />
    </Flex>
  );
}

function ConsentState(props: { kit: CardKit; consent: Contact['consent'] }): ReactElement {
  const { kit, consent } = props;
  const texts = kit.texts.contact;
  return (
    <Flex direction="column" gap="xs">
      <StatusTag variant={CONSENT_VARIANT[consent.state]}>{texts.consentState[consent.state]}</StatusTag>
      {consent.recordedAt ? (
        <Text variant="microcopy">{texts.consentSince(kit.time(consent.recordedAt), consent.source ?? '')}</Text>
      ) : null}
      {consent.note ? <Text variant="microcopy">{texts.consentNote(consent.note)}</Text> : null}
    </Flex>
  );
}

function windowText(kit: CardKit, window: Contact['window']): string {
  const texts = kit.texts.contact;
  if (!window.open) return texts.windowClosed;
  return window.until ? texts.windowOpen(kit.time(window.until)) : texts.windowOpenNoEnd;
}
