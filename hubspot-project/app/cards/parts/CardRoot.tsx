import { useMemo, type ReactElement } from 'react';
import { ErrorState, Text } from '@hubspot/ui-extensions';
import { toLanguage } from '@flowella/shared/ui/language.ts';
import { commonTexts } from '@flowella/shared/ui/texts/common-texts.ts';
import { createCardKit, type CardContext, type CardKit } from './card-kit.ts';

/** Gives a card its kit, or says that the app was deployed without the server's address. */
export function CardRoot(props: { context: CardContext; children: (kit: CardKit) => ReactElement }): ReactElement {
  const { context } = props;
  const kit = useMemo(() => createCardKit(context), [context]);
  if (kit) return props.children(kit);
  const texts = commonTexts[toLanguage(context.user.language, context.user.locale)];
  return (
    <ErrorState title={texts.noOrigin.title} type="support">
      <Text>{texts.noOrigin.text}</Text>
    </ErrorState>
  );
}
