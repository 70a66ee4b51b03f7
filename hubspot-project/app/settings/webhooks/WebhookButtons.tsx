import type { ReactElement } from 'react';
import { Alert, Button, Flex, LoadingButton, Text } from '@hubspot/ui-extensions';
import type { WebhookView } from '@flowella/shared/contract/api.ts';
import type { WebhookChange } from '@flowella/shared/ui/settings-api.ts';
import type { SettingsKit } from '../parts/settings-kit.ts';

/** What the person wants to do and is asked about first. */
export type Asked = 'edit' | 'rotate' | 'remove' | null;

type Props = {
  kit: SettingsKit;
  webhook: WebhookView;
  working: boolean;
  asked: Asked;
  onAsk: (asked: Asked) => void;
  onChange: (change: WebhookChange) => void;
  onTest: () => void;
  onRotate: () => void;
  onRemove: () => void;
};

/** What can be done with a webhook; a new secret and deleting it are asked about once more. */
export function WebhookButtons(props: Props): ReactElement {
  const { kit, webhook, working, asked, onAsk } = props;
  const texts = kit.texts.webhooks;
  if (asked === 'rotate' || asked === 'remove') return <Question {...props} asked={asked} />;
  const on = webhook.state === 'on';
  return (
    <Flex direction="row" justify="start" gap="sm" wrap>
      <LoadingButton variant="secondary" size="sm" loading={working} onClick={props.onTest}>
        {texts.test}
      </LoadingButton>
      {on && webhook.held > 0 ? (
        <Button variant="secondary" size="sm" onClick={() => props.onChange({ state: 'on' })}>
          {texts.sendHeld}
        </Button>
      ) : null}
      <Button variant="secondary" size="sm" onClick={() => props.onChange({ state: on ? 'off' : 'on' })}>
        {on ? texts.switchOff : texts.switchOn}
      </Button>
      <Button variant="secondary" size="sm" onClick={() => onAsk('edit')}>
        {texts.edit}
      </Button>
      <Button variant="secondary" size="sm" onClick={() => onAsk('rotate')}>
        {texts.rotate}
      </Button>
      <Button variant="secondary" size="sm" onClick={() => onAsk('remove')}>
        {texts.remove}
      </Button>
    </Flex>
  );
}

function Question(props: Props & { asked: 'rotate' | 'remove' }): ReactElement {
  const { kit, asked } = props;
  const texts = kit.texts.webhooks;
  const isRemoval = asked === 'remove';
  return (
    <Alert title={isRemoval ? texts.removeSure : texts.rotateSure} variant="warning">
      <Flex direction="column" gap="sm">
        <Text>{isRemoval ? texts.removeText : texts.rotateText}</Text>
        <Flex direction="row" justify="start" gap="sm">
          <LoadingButton
            variant={isRemoval ? 'destructive' : 'primary'}
            size="sm"
            loading={props.working}
            onClick={isRemoval ? props.onRemove : props.onRotate}
          >
            {isRemoval ? texts.remove : texts.rotate}
          </LoadingButton>
          <Button variant="secondary" size="sm" onClick={() => props.onAsk(null)}>
            {kit.texts.common.cancel}
          </Button>
        </Flex>
      </Flex>
    </Alert>
  );
}
