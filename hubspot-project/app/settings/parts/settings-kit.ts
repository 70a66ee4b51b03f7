import { hubspot } from '@hubspot/ui-extensions';
import { createCallServer, type Fetch } from '@flowella/shared/ui/call-server.ts';
import { formatTime } from '@flowella/shared/ui/format-time.ts';
import { toLanguage, toLocale } from '@flowella/shared/ui/language.ts';
import { createSettingsApi, type SettingsApi } from '@flowella/shared/ui/settings-api.ts';
import { alertTexts, type AlertTexts } from '@flowella/shared/ui/texts/alert-texts.ts';
import { commonTexts, type CommonTexts } from '@flowella/shared/ui/texts/common-texts.ts';
import { identityTexts, type IdentityTexts } from '@flowella/shared/ui/texts/identity-texts.ts';
import { placeTexts, type PlaceTexts } from '@flowella/shared/ui/texts/place-texts.ts';
import { settingsTexts, type SettingsTexts } from '@flowella/shared/ui/texts/settings-texts.ts';
import { webhookTexts, type WebhookTexts } from '@flowella/shared/ui/texts/webhook-texts.ts';

/** What the settings page is told by HubSpot, as far as it is used. */
export type SettingsContext = {
  user: { locale?: string; language?: string };
  portal: { timezone: string };
  variables?: Record<string, string | number | bigint | boolean>;
};

/** What the settings page does through HubSpot, as far as it is used. */
export type SettingsActions = {
  addAlert: (alert: {
    type?: 'info' | 'warning' | 'success' | 'danger' | 'tip';
    message: string;
    title?: string;
  }) => void;
  closeOverlay: (id: string) => void;
  openIframeModal: (
    frame: { uri: string; height: number; width: number; title?: string; flush?: boolean },
    onClose?: () => void,
  ) => void;
};

/** Everything a part of the page needs, made once. */
export type SettingsKit = {
  api: SettingsApi;
  texts: SettingsTexts & {
    common: CommonTexts;
    webhooks: WebhookTexts;
    alerts: AlertTexts;
    identity: IdentityTexts;
    places: PlaceTexts;
  };
  time: (iso: string) => string;
};

/** The kit for this context; null when the project's profile names no server. */
export function createSettingsKit(context: SettingsContext): SettingsKit | null {
  const origin = context.variables?.['API_ORIGIN'];
  if (typeof origin !== 'string' || origin === '') return null;
  const language = toLanguage(context.user.language, context.user.locale);
  const locale = toLocale(context.user.locale, language);
  const fetch: Fetch = (url, options) => hubspot.fetch(url, options);
  return {
    api: createSettingsApi(createCallServer({ fetch, origin, language })),
    texts: {
      ...settingsTexts[language],
      common: commonTexts[language],
      webhooks: webhookTexts[language],
      alerts: alertTexts[language],
      identity: identityTexts[language],
      places: placeTexts[language],
    },
    time: (iso) => formatTime(iso, { locale, timeZone: context.portal.timezone, now: new Date() }),
  };
}
