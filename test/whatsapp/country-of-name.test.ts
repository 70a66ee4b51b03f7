import { expect, test } from 'vitest';
import { countryOfName } from '../../server/whatsapp/country-of-name.ts';

test.each([
  ['Brazil', 'BR'],
  ['brasil', 'BR'],
  ['DE', 'DE'],
  ['Deutschland', 'DE'],
  [' The Netherlands ', 'NL'],
  ['Türkei', 'TR'],
  ['U.S.A.', 'US'],
  ['日本', 'JP'],
  ["Côte d'Ivoire", 'CI'],
  ['Cote d’Ivoire', 'CI'],
  ['Atlantis', null],
  ['', null],
])('the country "%s" of a contact is read as %s', (text, code) => {
  expect(countryOfName(text)).toBe(code);
});
