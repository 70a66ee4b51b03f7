import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { alertWords } from '../../server/alerts/alert-texts.ts';
import { ALERT_KINDS } from '../../server/alerts/alert-kinds.ts';
import { WAYS } from '../../server/delivery/mend-texts.ts';
import { identityText } from '../../server/destinations/identity-check/identity-texts.ts';
import { textOf } from '../../server/destinations/texts.ts';
import { webhookText } from '../../server/destinations/webhook/webhook-texts.ts';
import { alertTexts } from '../../shared/ui/texts/alert-texts.ts';
import { cardTexts } from '../../shared/ui/texts/card-texts.ts';
import { commonTexts } from '../../shared/ui/texts/common-texts.ts';
import { identityTexts } from '../../shared/ui/texts/identity-texts.ts';
import { placeTexts } from '../../shared/ui/texts/place-texts.ts';
import { settingsTexts } from '../../shared/ui/texts/settings-texts.ts';
import { stoppedTexts } from '../../shared/ui/texts/stopped-texts.ts';
import { webhookTexts } from '../../shared/ui/texts/webhook-texts.ts';

/** Names that HubSpot or a vendor shows, which no text of ours holds. */
const VENDORS = [
  'WhatsApp Business Account ID',
  'Phone number ID',
  'Shared secret key',
  'webhook decisions URL',
  'webhook events URL',
];
const THEIRS = {
  en: ['Connected apps', 'Show', 'about something the person asked for', ...VENDORS],
  de: ['Verbundene Apps', 'Anzeigen', 'zu etwas, worum die Person gebeten hat', ...VENDORS],
};
const PAGES = [
  alertTexts,
  cardTexts,
  commonTexts,
  identityTexts,
  placeTexts,
  settingsTexts,
  stoppedTexts,
  webhookTexts,
];

const strings = (texts: unknown): string[] =>
  typeof texts === 'string' ? [texts] : typeof texts === 'object' && texts ? Object.values(texts).flatMap(strings) : [];

async function cardNames(): Promise<string[]> {
  const folder = path.resolve(import.meta.dirname, '../../hubspot-project/app/cards');
  const files = (await readdir(folder)).filter((name) => name.endsWith('-hsmeta.json'));
  const read = await Promise.all(files.map((name) => readFile(path.join(folder, name), 'utf8')));
  return read.map((text) => (JSON.parse(text) as { config: { name: string } }).config.name);
}

/** Sentences of the server that send somebody to a button, a tab or a card. */
const sentences = (language: 'en' | 'de'): string[] => [
  ...Object.values(WAYS).map((way) => way[language]),
  ...ALERT_KINDS.map((kind) => alertWords(kind, { amount: 2, figure: 1, name: '' }, language).todo),
  ...(['webhook_gone', 'webhook_off', 'webhook_redirect', 'webhook_no_address', 'webhook_url_refused'] as const).map(
    (code) => webhookText(code, language),
  ),
  ...(['identity_key_refused', 'identity_no_webhook_secret'] as const).map((code) => identityText(code, language)),
  ...(['form_gone', 'meeting_link_gone', 'task_without_title'] as const).map((code) => textOf(code, language)),
  ...PAGES.flatMap((texts) => strings(texts[language])),
];

const QUOTED = { en: /“([^”]+)”/g, de: /„([^“]+)“/g };

test.each(['en', 'de'] as const)(
  'a button, tab or card that a sentence names is called so on the page, in %s',
  async (language) => {
    const labels = new Set([
      ...PAGES.flatMap((texts) => strings(texts[language])),
      ...(await cardNames()),
      ...THEIRS[language],
    ]);
    const named = sentences(language).flatMap((text) =>
      [...text.matchAll(QUOTED[language])].map(([, name = '']) => name),
    );
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter((name) => !labels.has(name))).toEqual([]);
  },
);
