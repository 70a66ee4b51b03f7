import type { StoredPortal } from '../seed.ts';
import type { AuthorizeProblem, AuthorizeRequest } from './authorize-request.ts';

export type Language = 'en' | 'de';
export type Choice = { portal: StoredPortal; userId: number; userEmail: string };

const TEXTS = {
  en: {
    title: (app: string) => `Connect ${app} to HubSpot`,
    choose: 'Choose an account',
    asks: (app: string) => `${app} would like to`,
    optional: 'Where the account allows it, it would also like to',
    connect: 'Connect app',
    cancel: 'Cancel',
    as: (email: string) => `as ${email}`,
    none: 'None of your accounts can connect this app. A super admin of the account must do it.',
    sandbox: 'This is a local stand-in of HubSpot. Nothing leaves this machine.',
    failed: 'The app cannot be connected',
    problems: {
      'unknown-app': 'The client id of the authorize address belongs to no app. Check client_id.',
      'redirect-mismatch':
        "The redirect address is not among the app's redirect URLs. Check redirect_uri and the app's configuration.",
      'scope-mismatch':
        "The scopes of the authorize address do not match the app's configuration: scope must hold every required scope and nothing that is not configured.",
      'bad-challenge':
        'The PKCE challenge is not valid: code_challenge_method must be S256 and code_challenge its base64url value of 43 characters.',
      'unknown-account': 'The account of the address does not exist, or you may not connect apps to it.',
    },
  },
  de: {
    title: (app: string) => `${app} mit HubSpot verbinden`,
    choose: 'Konto auswählen',
    asks: (app: string) => `${app} möchte`,
    optional: 'Wo das Konto es erlaubt, außerdem',
    connect: 'App verbinden',
    cancel: 'Abbrechen',
    as: (email: string) => `als ${email}`,
    none: 'Keines Ihrer Konten kann diese App verbinden. Ein Super-Admin des Kontos muss es tun.',
    sandbox: 'Dies ist ein lokaler Stellvertreter von HubSpot. Nichts verlässt diesen Rechner.',
    failed: 'Die App kann nicht verbunden werden',
    problems: {
      'unknown-app': 'Die Client-ID der Adresse gehört zu keiner App. Prüfen Sie client_id.',
      'redirect-mismatch':
        'Die Rücksprungadresse steht nicht unter den Redirect-URLs der App. Prüfen Sie redirect_uri und die Konfiguration der App.',
      'scope-mismatch':
        'Die Scopes der Adresse passen nicht zur Konfiguration der App: scope muss jeden erforderlichen Scope enthalten und keinen, der nicht konfiguriert ist.',
      'bad-challenge':
        'Die PKCE-Prüfung ist ungültig: code_challenge_method muss S256 sein und code_challenge dessen base64url-Wert mit 43 Zeichen.',
      'unknown-account': 'Das Konto der Adresse gibt es nicht, oder Sie dürfen dort keine Apps verbinden.',
    },
  },
} as const;

const SCOPE_TEXTS: Readonly<Record<string, { en: string; de: string }>> = {
  oauth: { en: 'know which account it is connected to', de: 'wissen, mit welchem Konto sie verbunden ist' },
  'crm.objects.contacts.read': {
    en: 'view contacts and their activities',
    de: 'Kontakte und ihre Aktivitäten ansehen',
  },
  'crm.objects.contacts.write': {
    en: 'create and change contacts and their activities',
    de: 'Kontakte und ihre Aktivitäten anlegen und ändern',
  },
  'crm.schemas.contacts.read': { en: 'view contact properties', de: 'Kontakteigenschaften ansehen' },
  'crm.schemas.contacts.write': {
    en: 'create and change contact properties',
    de: 'Kontakteigenschaften anlegen und ändern',
  },
  'crm.objects.owners.read': { en: 'view owners', de: 'Zuständige ansehen' },
  forms: {
    en: 'view forms, submit them and view submissions',
    de: 'Formulare ansehen, absenden und Einsendungen ansehen',
  },
  'crm.schemas.custom.read': {
    en: 'view custom object definitions',
    de: 'Definitionen benutzerdefinierter Objekte ansehen',
  },
  'crm.schemas.custom.write': {
    en: 'create and change custom object definitions',
    de: 'Definitionen benutzerdefinierter Objekte anlegen und ändern',
  },
  'crm.objects.custom.read': { en: 'view custom objects', de: 'Benutzerdefinierte Objekte ansehen' },
  'crm.objects.custom.write': {
    en: 'create and change custom objects',
    de: 'Benutzerdefinierte Objekte anlegen und ändern',
  },
};

export function toLanguage(acceptLanguage: string | undefined): Language {
  return /^\s*de\b/i.test(acceptLanguage ?? '') ? 'de' : 'en';
}

/** The install page: scopes in words, the accounts to choose from, *Connect app*. Works without a script. */
export function authorizePage(request: AuthorizeRequest, choices: readonly Choice[], language: Language): string {
  const t = TEXTS[language];
  const hidden = {
    client_id: request.app.clientId,
    redirect_uri: request.redirectUri,
    scope: request.scopes.join(' '),
    optional_scope: request.optionalScopes.join(' '),
    ...(request.state === null ? {} : { state: request.state }),
    ...(request.codeChallenge === null ? {} : { code_challenge: request.codeChallenge, code_challenge_method: 'S256' }),
  };
  const inputs = Object.entries(hidden).map(
    ([name, value]) => `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`,
  );
  const accounts = choices.map((choice, index) => accountRow(choice, index === 0, t));
  const optional =
    request.optionalScopes.length === 0 ? '' : `<h2>${t.optional}</h2>${scopeList(request.optionalScopes, language)}`;
  const form =
    choices.length === 0
      ? `<p role="alert" class="problem">${t.none}</p>`
      : `<form method="post" action="/oauth/grant">${inputs.join('')}
         <fieldset><legend>${t.choose}</legend>${accounts.join('')}</fieldset>
         <div class="actions"><button type="submit" class="primary">${t.connect}</button>
         <a href="${escapeHtml(cancelAddress(request))}">${t.cancel}</a></div></form>`;
  const title = t.title(escapeHtml(request.app.name));
  return page(
    language,
    title,
    `<h1>${title}</h1><h2>${t.asks(escapeHtml(request.app.name))}</h2>${scopeList(request.scopes, language)}${optional}${form}`,
  );
}

export function authorizeErrorPage(problem: AuthorizeProblem, language: Language): string {
  const t = TEXTS[language];
  return page(language, t.failed, `<h1>${t.failed}</h1><p role="alert" class="problem">${t.problems[problem]}</p>`);
}

function accountRow(choice: Choice, checked: boolean, t: (typeof TEXTS)[Language]): string {
  const id = `account-${choice.portal.portalId}`;
  const detail = `${escapeHtml(choice.portal.domain)} · ${choice.portal.portalId} · ${t.as(escapeHtml(choice.userEmail))}`;
  return `<div class="account"><input type="radio" name="account" id="${id}" value="${choice.portal.portalId}:${choice.userId}"${checked ? ' checked' : ''}>
    <label for="${id}">${escapeHtml(choice.portal.accountName)}<small>${detail}</small></label></div>`;
}

function scopeList(scopes: readonly string[], language: Language): string {
  const items = scopes.map(
    (scope) => `<li>${escapeHtml(SCOPE_TEXTS[scope]?.[language] ?? scope)} <code>${escapeHtml(scope)}</code></li>`,
  );
  return `<ul>${items.join('')}</ul>`;
}

function cancelAddress(request: AuthorizeRequest): string {
  const address = new URL(request.redirectUri);
  address.searchParams.set('error', 'access_denied');
  address.searchParams.set('error_description', 'The user cancelled the install');
  if (request.state !== null) address.searchParams.set('state', request.state);
  return address.href;
}

function page(language: Language, title: string, content: string): string {
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>
*{box-sizing:border-box}body{margin:0;background:#f5f8fa;color:#33475b;font:16px/1.5 "Lexend Deca Variable","Lexend Deca",system-ui,sans-serif}
main{max-width:34rem;margin:4rem auto;padding:2rem;background:#fff;border:1px solid #dfe3eb;border-radius:8px}
h1{font-size:1.5rem;font-weight:600;margin:0 0 1rem}h2{font-size:1rem;font-weight:600;margin:1.25rem 0 .25rem}
ul{margin:0;padding-left:1.25rem}li{margin:.25rem 0}code{color:#516f90;font-size:.8rem;overflow-wrap:anywhere}
fieldset{margin:1.5rem 0;padding:0;border:0}legend{font-weight:600;padding:0;margin-bottom:.25rem}
.account{display:flex;gap:.75rem;align-items:flex-start;padding:.75rem;border:1px solid #dfe3eb;border-radius:4px;margin-top:.5rem}
.account input{margin-top:.35rem}.account label{flex:1}small{display:block;color:#516f90;overflow-wrap:anywhere}
.actions{display:flex;gap:1.25rem;align-items:center}button.primary{background:#33475b;color:#fff;border:0;border-radius:4px;padding:.75rem 1.5rem;font:inherit;font-weight:600;cursor:pointer}
button.primary:hover{background:#253342}:focus-visible{outline:3px solid #0091ae;outline-offset:2px}a{color:#006a80}
.problem{border-left:4px solid #f2545b;background:#fdedee;padding:.75rem 1rem;margin:1rem 0}footer{max-width:34rem;margin:0 auto 2rem;color:#516f90;font-size:.85rem;text-align:center}
@media (max-width:480px){main{margin:0;border:0;border-radius:0;padding:1.25rem}}
</style></head><body><main>${content}</main><footer>${TEXTS[language].sandbox}</footer></body></html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
