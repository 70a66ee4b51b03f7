/** The first https address that stands in these texts and can be opened from a flow, without the punctuation behind it. */
export function linkIn(texts: readonly string[]): string | undefined {
  for (const text of texts)
    for (const [address] of text.matchAll(/https:\/\/[^\s()<>"]+/g)) {
      const url = address.replace(/[.,;:!?'’”]+$/, '');
      if (isLinkable(url)) return url;
    }
  return undefined;
}

/** `open_url` takes https only, and what stands in it must not be taken for a reference. */
export function isLinkable(url: string): boolean {
  return URL.parse(url)?.protocol === 'https:' && !/[`${}\s]/.test(url);
}
