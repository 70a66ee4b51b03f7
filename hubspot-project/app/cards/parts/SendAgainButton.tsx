import type { ReactElement } from 'react';
import { Button, LoadingButton, Modal, ModalBody, ModalFooter, Text } from '@hubspot/ui-extensions';
import type { CardActions, CardKit } from './card-kit.ts';

/** *Send again* with a dialog that says what it does to the message the person has. */
export function SendAgainButton(props: {
  kit: CardKit;
  actions: CardActions;
  /** Of the dialog; unique in the card. */
  id: string;
  text: string;
  working: boolean;
  disabled?: boolean;
  size?: 'xs' | 'md';
  onConfirm: () => Promise<void>;
}): ReactElement {
  const { kit, actions, id } = props;
  const { texts } = kit;
  const confirm = async () => {
    await props.onConfirm();
    actions.closeOverlay(id);
  };
  return (
    <Button
      variant="secondary"
      size={props.size ?? 'md'}
      disabled={props.disabled || props.working}
      overlay={
        <Modal id={id} title={texts.replace.title} variant="danger" width="sm">
          <ModalBody>
            <Text>{props.text}</Text>
          </ModalBody>
          <ModalFooter>
            <LoadingButton variant="destructive" loading={props.working} onClick={() => void confirm()}>
              {texts.replace.confirm}
            </LoadingButton>
            <Button variant="secondary" onClick={() => actions.closeOverlay(id)}>
              {texts.common.cancel}
            </Button>
          </ModalFooter>
        </Modal>
      }
    >
      {texts.flows.sendAgain}
    </Button>
  );
}
