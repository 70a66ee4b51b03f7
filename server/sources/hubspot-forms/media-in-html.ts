import type { Image } from '@flowella/shared/form/form.ts';
import { htmlToText } from './html-to-text.ts';

/** A screen shows three (whatsapp-flows.md section 4.2): more in one text would only push its questions apart. */
const MAX_PICTURES = 3;
/** Bounded like the tags of texts, so that a text of nothing but openings is read soon. */
const tagOf = (names: string): RegExp =>
  new RegExp(String.raw`<(?:${names})\b((?:"[^"]{0,2000}"|'[^']{0,2000}'|[^'"<>]){0,2000})>`, 'gi');
const IMG = tagOf('img');
const EMBED = tagOf('iframe|video|audio|source|embed|object');
const INLINE_DATA = /\bdata:[^"'\s<>]{100,}/gi;

/** The pictures of a piece of HTML by their addresses, and how many there are that have none that can be fetched. Pure. */
export function picturesInHtml(html: string): { images: Image[]; unusable: number } {
  const images: Image[] = [];
  let unusable = 0;
  for (const [, attributes = ''] of html.replace(INLINE_DATA, '').matchAll(IMG)) {
    const url = addressOf(attribute(attributes, 'src'));
    if (url === null || images.length === MAX_PICTURES) unusable += 1;
    else if (!images.some((one) => one.url === url)) {
      const alt = attribute(attributes, 'alt');
      images.push(alt === '' ? { url } : { url, alt });
    }
  }
  return { images, unusable };
}

/** Addresses of the films, sounds and pages that a piece of HTML puts into itself: on WhatsApp they can only be linked to. Pure. */
export function embedsInHtml(html: string): string[] {
  const found = [...html.replace(INLINE_DATA, '').matchAll(EMBED)].flatMap(([, attributes = '']) => {
    const url = addressOf(attribute(attributes, 'src') || attribute(attributes, 'data'));
    return url === null ? [] : [url];
  });
  return [...new Set(found)];
}

function attribute(attributes: string, name: 'src' | 'alt' | 'data'): string {
  const found = ATTRIBUTES[name].exec(attributes);
  // Entities in an attribute are those of the text.
  return htmlToText((found?.[1] ?? found?.[2] ?? found?.[3] ?? '').replace(/[<>]/g, ' ')).text.trim();
}
const valueOf = (name: string): RegExp =>
  new RegExp(String.raw`(?:^|\s)${name}\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))`, 'i');
const ATTRIBUTES = { src: valueOf('src'), alt: valueOf('alt'), data: valueOf('data') };

/** HubSpot writes addresses without their scheme; anything but https is not fetched. */
function addressOf(src: string): string | null {
  const url = URL.parse(src.startsWith('//') ? `https:${src}` : src);
  return url?.protocol === 'https:' && url.username === '' && url.password === '' ? url.href : null;
}
