const FIRST_STRONG = /[\p{L}]/u;
const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** The direction in which a phone would lay out these texts: that of the first letter found. */
export function textDirection(texts: string[]): 'ltr' | 'rtl' {
  for (const text of texts) {
    const letter = FIRST_STRONG.exec(text)?.[0];
    if (letter !== undefined) return RIGHT_TO_LEFT.test(letter) ? 'rtl' : 'ltr';
  }
  return 'ltr';
}
