import { useMemo, type ReactElement } from 'react';
import { ErrorState, Text } from '@hubspot/ui-extensions';
import { toLanguage } from '@flowella/shared/ui/language.ts';
import { commonTexts } from '@flowella/shared/ui/texts/common-texts.ts';
import { createSettingsKit, type SettingsContext, type SettingsKit } from './settings-kit.ts';

/** Gives the page its kit, or says that the app was deployed without the server's address. */
export function SettingsRoot(props: {
  context: SettingsContext;
  children: (kit: SettingsKit) => ReactElement;
}): ReactElement {
  const { context } = props;
  const kit = useMemo(() => createSettingsKit(context), [context]);
  if (kit) return props.children(kit);
  const texts = commonTexts[toLanguage(context.user.language, context.user.locale)];
  return (
    <ErrorState title={texts.noOrigin.title} type="support">
      <Text>{texts.noOrigin.text}</Text>
    </ErrorState>
  );
}
