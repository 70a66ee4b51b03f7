import type { ReactElement } from 'react';
import { Button, Flex, LoadingButton } from '@hubspot/ui-extensions';
import type { SettingsKit } from './settings-kit.ts';

/** Back and forth between steps; in a multi-step path HubSpot wants these at the right. */
export function StepButtons(props: {
  kit: SettingsKit;
  onBack?: () => void;
  onNext?: () => void;
  nextLabel?: string;
  working?: boolean;
  disabled?: boolean;
}): ReactElement {
  const { common } = props.kit.texts;
  return (
    <Flex direction="row" justify="end" gap="sm">
      {props.onBack ? (
        <Button variant="secondary" onClick={props.onBack}>
          {common.back}
        </Button>
      ) : null}
      {props.onNext ? (
        <LoadingButton
          variant="primary"
          loading={props.working ?? false}
          disabled={props.disabled ?? false}
          onClick={props.onNext}
        >
          {props.nextLabel ?? common.next}
        </LoadingButton>
      ) : null}
    </Flex>
  );
}
