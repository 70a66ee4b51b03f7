import { getCountries, type CountryCode } from 'libphonenumber-js';

/** Languages in which CRMs of our customers name countries; HubSpot's own list is English. */
const LANGUAGES = ['en', 'de', 'fr', 'es', 'pt', 'it', 'nl', 'pl', 'sv', 'da', 'ja', 'tr', 'ar', 'zh'];
/** How people write some countries that lists call otherwise. */
const OTHER_NAMES: readonly (readonly [string, CountryCode])[] = [
  ['usa', 'US'],
  ['united states of america', 'US'],
  ['uk', 'GB'],
  ['great britain', 'GB'],
  ['england', 'GB'],
  ['scotland', 'GB'],
  ['wales', 'GB'],
  ['czech republic', 'CZ'],
  ['turkey', 'TR'],
  ['holland', 'NL'],
  ['brd', 'DE'],
];
let names: ReadonlyMap<string, CountryCode> | null = null;

/** ISO 3166-1 alpha-2 of a country as a contact's `country` property says it, by code or by name; null when it is none. */
export function countryOfName(text: string): CountryCode | null {
  names ??= readNames();
  return names.get(plain(text)) ?? null;
}

function readNames(): ReadonlyMap<string, CountryCode> {
  const known = new Map<string, CountryCode>();
  for (const language of LANGUAGES) {
    const displayed = new Intl.DisplayNames([language], { type: 'region', fallback: 'none' });
    for (const code of getCountries()) {
      const name = displayed.of(code);
      if (name && !known.has(plain(name))) known.set(plain(name), code);
    }
  }
  for (const code of getCountries()) known.set(plain(code), code);
  for (const [name, code] of OTHER_NAMES) known.set(name, code);
  return known;
}

/** Without accents, case, dots and an article, so that small differences of writing do not matter. */
function plain(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[\p{M}.'’]/gu, '')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase()
    .replace(/^the /, '');
}
