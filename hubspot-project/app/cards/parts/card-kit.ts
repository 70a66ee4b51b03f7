import { hubspot } from '@hubspot/ui-extensions';
import { createCallServer, type Fetch } from '@flowella/shared/ui/call-server.ts';
import { createContactApi, type ContactApi } from '@flowella/shared/ui/contact-api.ts';
import { formatTime } from '@flowella/shared/ui/format-time.ts';
import { toLanguage, toLocale } from '@flowella/shared/ui/language.ts';
import { cardTexts, type CardTexts } from '@flowella/shared/ui/texts/card-texts.ts';
import { commonTexts, type CommonTexts } from '@flowella/shared/ui/texts/common-texts.ts';

/** What a card is told by HubSpot, as far as it is used. */
export type CardContext = {
  location: string;
  crm: { objectId: number };
  user: { locale?: string; language?: string };
  portal: { timezone: string };
  variables?: Record<string, string | number | bigint | boolean>;
};

/** What a card does through HubSpot, as far as it is used. */
export type CardActions = {
  addAlert: (alert: {
    type?: 'info' | 'warning' | 'success' | 'danger' | 'tip';
    message: string;
    title?: string;
  }) => void;
  closeOverlay: (id: string) => void;
};

/** Everything a part of a card needs, made once per card. */
export type CardKit = {
  api: ContactApi;
  contactId: string;
  /** The card stands in a sidebar, 300 to 400 pixels wide. */
  narrow: boolean;
  texts: CardTexts & { common: CommonTexts };
  time: (iso: string) => string;
};

/** The kit for this context; null when the project's profile names no server. */
export function createCardKit(context: CardContext): CardKit | null {
  const origin = context.variables?.['API_ORIGIN'];
  if (typeof origin !== 'string' || origin === '') return null;
  const language = toLanguage(context.user.language, context.user.locale);
  const locale = toLocale(context.user.locale, language);
  const fetch: Fetch = (url, options) => hubspot.fetch(url, options);
  return {
    api: createContactApi(createCallServer({ fetch, origin, language })),
    contactId: String(context.crm.objectId),
    narrow: context.location !== 'crm.record.tab',
    texts: { ...cardTexts[language], common: commonTexts[language] },
    time: (iso) => formatTime(iso, { locale, timeZone: context.portal.timezone, now: new Date() }),
  };
}
