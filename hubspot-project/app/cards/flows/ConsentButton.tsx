import { useCallback, useState, type ReactElement } from 'react';
import {
  Button,
  Flex,
  LoadingButton,
  Modal,
  ModalBody,
  ModalFooter,
  TextArea,
  ToggleGroup,
} from '@hubspot/ui-extensions';
import { useAction } from '@flowella/shared/ui/use-action.ts';
import type { CardActions, CardKit } from '../parts/card-kit.ts';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';

const MODAL_ID = 'flowella-consent';
type Consent = { state: 'opted_in' | 'opted_out'; note: string };

/** Opens a dialog in which the rep records what the person said about messages on WhatsApp. */
export function ConsentButton(props: {
  kit: CardKit;
  actions: CardActions;
  onChange: () => Promise<void>;
}): ReactElement {
  const { kit, actions, onChange } = props;
  const { api, contactId, texts } = kit;
  const [consent, setConsent] = useState<Consent>({ state: 'opted_in', note: '' });
  const record = useCallback(
    (input: Consent, key: string) => api.recordConsent(contactId, input, key),
    [api, contactId],
  );
  const action = useAction(record);
  const save = async () => {
    if ((await action.run(consent)) === null) return;
    actions.closeOverlay(MODAL_ID);
    actions.addAlert({ type: 'success', message: texts.consent.done });
    await onChange();
  };
  return (
    <Flex direction="row" justify="start">
      <Button
        variant="secondary"
        size="sm"
        overlay={
          <Modal id={MODAL_ID} title={texts.consent.title} width="md" onClose={action.forget}>
            <ModalBody>
              <Flex direction="column" gap="md">
                <ConsentForm kit={kit} consent={consent} onChange={setConsent} />
                {action.problem ? <ProblemAlert problem={action.problem} texts={texts.common} /> : null}
              </Flex>
            </ModalBody>
            <ModalFooter>
              <LoadingButton variant="primary" loading={action.working} onClick={() => void save()}>
                {texts.common.save}
              </LoadingButton>
              <Button variant="secondary" onClick={() => actions.closeOverlay(MODAL_ID)}>
                {texts.common.cancel}
              </Button>
            </ModalFooter>
          </Modal>
        }
      >
        {texts.consent.record}
      </Button>
    </Flex>
  );
}

function ConsentForm(props: { kit: CardKit; consent: Consent; onChange: (consent: Consent) => void }): ReactElement {
  const texts = props.kit.texts.consent;
  const { consent, onChange } = props;
  return (
    <Flex direction="column" gap="md">
      <ToggleGroup
        toggleType="radioButtonList"
        name="consent"
        label={texts.question}
        required
        value={consent.state}
        options={[
          { label: texts.yes, value: 'opted_in' },
          { label: texts.no, value: 'opted_out' },
        ]}
        onChange={(state: string) => onChange({ ...consent, state: state === 'opted_out' ? 'opted_out' : 'opted_in' })}
      />
      <TextArea
        name="note"
        label={texts.note}
        placeholder={texts.notePlaceholder}
        maxLength={300}
        rows={3}
        value={consent.note}
        onInput={(note) => onChange({ ...consent, note: note.slice(0, 300) })}
      />
    </Flex>
  );
}
