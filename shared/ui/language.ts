/** The languages every text of ours exists in. */
export type Language = 'en' | 'de';

/** The first of ours among the wishes (`de`, `de-AT`, `en_US`, …); English where there is none. */
export function toLanguage(...wishes: (string | undefined)[]): Language {
  for (const wish of wishes) {
    const tag = (wish ?? '').slice(0, 2).toLowerCase();
    if (tag === 'de' || tag === 'en') return tag;
  }
  return 'en';
}

/** A tag that `Intl` takes: HubSpot also gives `en_US` and empty strings. */
export function toLocale(wish: string | undefined, language: Language): string {
  const tag = (wish ?? '').replace('_', '-');
  try {
    return Intl.DateTimeFormat.supportedLocalesOf([tag])[0] ?? language;
  } catch {
    return language;
  }
}
