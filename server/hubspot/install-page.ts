import { createHash } from 'node:crypto';
import type { Language, Texts } from './language.ts';

const STYLE = `:root{color-scheme:light dark}body{margin:0;font:16px/1.5 system-ui,sans-serif;background:#f5f8fa;color:#33475b}
main{max-width:34rem;margin:10vh auto;padding:2rem;background:#fff;border:1px solid #dfe3eb;border-radius:8px}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 1rem}a.button{display:inline-block;margin-top:1rem;padding:.65rem 1.25rem;border-radius:4px;
background:#33475b;color:#fff;text-decoration:none;font-weight:600}a.button:focus-visible{outline:3px solid #0091ae;outline-offset:2px}
@media (prefers-color-scheme:dark){body{background:#1b2733;color:#eaf0f6}main{background:#22303f;border-color:#3a4a5c}a.button{background:#eaf0f6;color:#22303f}}
@media (max-width:40rem){main{margin:0;min-height:100vh;border:0;border-radius:0;box-sizing:border-box}}`;

/** Nothing may run or load on these pages but this one style. */
export const INSTALL_PAGE_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const FAILURES = {
  cancelled: {
    title: { en: 'Flowella was not connected', de: 'Flowella wurde nicht verbunden' },
    text: {
      en: 'The permissions were not accepted in HubSpot, so nothing was connected and nothing was stored. You can start again at any time.',
      de: 'Die Berechtigungen wurden in HubSpot nicht bestätigt. Es wurde nichts verbunden und nichts gespeichert. Sie können jederzeit neu beginnen.',
    },
  },
  expired: {
    title: {
      en: 'This link has already been used or has expired',
      de: 'Dieser Link wurde schon benutzt oder ist abgelaufen',
    },
    text: {
      en: 'For your safety an install must be finished in the same browser within fifteen minutes, and only once. Please start again.',
      de: 'Zu Ihrer Sicherheit muss eine Installation im selben Browser innerhalb von fünfzehn Minuten und nur einmal abgeschlossen werden. Bitte beginnen Sie neu.',
    },
  },
  scopes: {
    title: { en: 'A permission is missing', de: 'Eine Berechtigung fehlt' },
    text: {
      en: 'HubSpot did not grant everything Flowella needs. Ask a super admin of your HubSpot account to install the app.',
      de: 'HubSpot hat nicht alles gewährt, was Flowella braucht. Bitten Sie einen Super-Admin Ihres HubSpot-Kontos, die App zu installieren.',
    },
  },
  hubspot: {
    title: { en: 'HubSpot did not finish the install', de: 'HubSpot hat die Installation nicht abgeschlossen' },
    text: {
      en: 'HubSpot did not answer as expected. Nothing was changed. Please start again in a few minutes.',
      de: 'HubSpot hat nicht wie erwartet geantwortet. Es wurde nichts geändert. Bitte beginnen Sie in ein paar Minuten neu.',
    },
  },
} satisfies Record<string, { title: Texts; text: Texts }>;
export type InstallFailure = keyof typeof FAILURES;

const AGAIN: Texts = { en: 'Start again', de: 'Neu beginnen' };
const SETTINGS: Texts = { en: 'Open the settings in HubSpot', de: 'Einstellungen in HubSpot öffnen' };

/** What the person sees who has just connected their account. */
export function connectedPage(options: {
  language: Language;
  hubDomain: string | null;
  portalId: number;
  again: boolean;
  settingsUrl: string;
}): string {
  const { language, hubDomain, portalId, again } = options;
  const account = `${hubDomain ? `${escapeHtml(hubDomain)} ` : ''}(${portalId})`;
  const german = language === 'de';
  const title = german ? 'Flowella ist verbunden' : 'Flowella is connected';
  const what = german
    ? `Ihr HubSpot-Konto <strong>${account}</strong> ist ${again ? 'wieder ' : ''}mit Flowella verbunden.${again ? ' Was schon eingerichtet war, ist noch da.' : ''}`
    : `Your HubSpot account <strong>${account}</strong> is connected to Flowella${again ? ' again. Everything that was set up is still there' : ''}.`;
  const next = german
    ? 'Als Nächstes verbinden Sie WhatsApp und wählen ein Formular: in HubSpot unter Einstellungen › Integrationen › Verbundene Apps › Flowella › Einstellungen.'
    : 'Next, connect WhatsApp and choose a form: in HubSpot under Settings › Integrations › Connected apps › Flowella › Settings.';
  return page(language, title, `<p>${what}</p><p>${next}</p>${button(options.settingsUrl, SETTINGS[language])}`);
}

export function failedPage(language: Language, failure: InstallFailure): string {
  const { title, text } = FAILURES[failure];
  return page(language, title[language], `<p>${text[language]}</p>${button('/oauth/start', AGAIN[language])}`);
}

function page(language: Language, title: string, body: string): string {
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${title}</title><style>${STYLE}</style></head><body><main><h1>${title}</h1>${body}</main></body></html>`;
}

function button(href: string, label: string): string {
  return `<p><a class="button" href="${escapeHtml(href)}">${label}</a></p>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
