import { ownMember } from '@flowella/shared/form/own-member.ts';

/** Plain text of a piece of HTML; `title` is its first heading when it starts with one. */
export type PlainText = { title?: string; text: string };

const NAMED_ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  copy: '©',
  reg: '®',
  trade: '™',
  hellip: '…',
  ndash: '–',
  mdash: '—',
  lsquo: '‘',
  rsquo: '’',
  sbquo: '‚',
  ldquo: '“',
  rdquo: '”',
  bdquo: '„',
  laquo: '«',
  raquo: '»',
  bull: '•',
  middot: '·',
  euro: '€',
  pound: '£',
  yen: '¥',
  cent: '¢',
  sect: '§',
  deg: '°',
  plusmn: '±',
  times: '×',
  divide: '÷',
  frac12: '½',
  auml: 'ä',
  ouml: 'ö',
  uuml: 'ü',
  Auml: 'Ä',
  Ouml: 'Ö',
  Uuml: 'Ü',
  szlig: 'ß',
  eacute: 'é',
  egrave: 'è',
  ecirc: 'ê',
  agrave: 'à',
  aacute: 'á',
  acirc: 'â',
  ccedil: 'ç',
  ntilde: 'ñ',
  oacute: 'ó',
  iacute: 'í',
  uacute: 'ú',
  iexcl: '¡',
  iquest: '¿',
  zwj: '\u200d',
  zwnj: '\u200c',
  lrm: '\u200e',
  rlm: '\u200f',
  shy: '',
  ensp: ' ',
  emsp: ' ',
  thinsp: ' ',
  larr: '←',
  rarr: '→',
  check: '✓',
  hearts: '♥',
};
/** Attributes are bounded, so that a text of nothing but openings is read soon; pictures in them are taken out before. */
const TAG = /<(\/?)([a-zA-Z][a-zA-Z0-9-]{0,20})((?:"[^"]{0,2000}"|'[^']{0,2000}'|[^'"<>]){0,2000})>/g;
const INLINE_DATA = /\bdata:[^"'\s<>]{100,}/gi;
const BLOCKS = new Set([
  'p',
  'div',
  'section',
  'article',
  'header',
  'footer',
  'table',
  'tr',
  'ul',
  'ol',
  'blockquote',
  'pre',
  'hr',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'form',
  'figure',
  'figcaption',
  'dl',
  'dt',
  'dd',
  'address',
]);
const INLINE = new Set([
  'a',
  'abbr',
  'b',
  'bdi',
  'bdo',
  'big',
  'br',
  'center',
  'cite',
  'code',
  'del',
  'em',
  'font',
  'i',
  'img',
  'ins',
  'kbd',
  'label',
  'li',
  'mark',
  'q',
  's',
  'small',
  'span',
  'strike',
  'strong',
  'sub',
  'sup',
  'td',
  'th',
  'tbody',
  'thead',
  'tt',
  'u',
  'video',
  'iframe',
  'audio',
  'source',
  'embed',
  'object',
  'button',
  'input',
  'svg',
  'path',
  'wbr',
  'nobr',
  'o',
]);

/**
 * Turns the HTML that HubSpot keeps in labels and rich text into plain text: entities decoded, paragraphs and list items
 * on lines of their own, links as "text (address)". Text that is no HTML comes back as it is: a `<` that opens no known
 * tag stays. Bounded by the length of its input; scripts, styles and comments are left out.
 */
export function htmlToText(html: string): PlainText {
  const clean = html
    .replace(INLINE_DATA, '')
    .replace(/<!--[\s\S]*?(?:-->|$)/g, '')
    .replace(/<(script|style|template)\b[\s\S]*?(?:<\/\1\s*>|$)/gi, '');
  const writer = new TextWriter();
  let position = 0;
  for (const match of clean.matchAll(TAG)) {
    const [whole, closing, name, attributes] = match;
    const tag = (name ?? '').toLowerCase();
    if (!BLOCKS.has(tag) && !INLINE.has(tag)) continue;
    writer.text(decodeEntities(clean.slice(position, match.index)));
    writer.tag(tag, closing === '/', attributes ?? '');
    position = match.index + whole.length;
  }
  writer.text(decodeEntities(clean.slice(position)));
  return writer.result();
}

/** One line of plain text, for labels and options. */
export function htmlToLine(html: string): string {
  return htmlToText(html)
    .text.replace(/\s*\n\s*/g, ' ')
    .trim();
}

/** Collects text in pieces, each of words or of line ends, so that a long text is not copied at every tag. */
class TextWriter {
  #pieces: string[] = [];
  #lists: { ordered: boolean; count: number }[] = [];
  #link: { href: string; start: number } | null = null;
  #title: { start: number; end: number | null } | null = null;

  text(text: string): void {
    const collapsed = text.replace(/[\t\n\r\f ]+/g, ' ');
    const last = this.#pieces.at(-1) ?? '';
    this.#push(/^\s?$/.test(last.slice(-1)) ? collapsed.replace(/^ /, '') : collapsed);
  }

  tag(name: string, closing: boolean, attributes: string): void {
    if (name === 'br' || name === 'hr') this.#break(1);
    else if (name === 'a') this.#anchor(closing, attributes);
    else if (name === 'ul' || name === 'ol') this.#list(name === 'ol', closing);
    else if (name === 'li') this.#item(closing);
    else if (/^h[1-6]$/.test(name)) this.#heading(closing);
    else if (name === 'p' || name === 'table' || name === 'blockquote') this.#break(2);
    else if (BLOCKS.has(name)) this.#break(1);
    else if ((name === 'td' || name === 'th') && closing) this.#push(' ');
  }

  result(): PlainText {
    this.#closeLink();
    const all = tidy(this.#pieces.join(''));
    const title = this.#title;
    if (!title || this.#pieces.slice(0, title.start).join('').trim() !== '') return { text: all };
    const heading = tidy(this.#pieces.slice(title.start, title.end ?? title.start).join('')).replace(/\n+/g, ' ');
    return heading === '' ? { text: all } : { title: heading, text: all };
  }

  #push(piece: string): void {
    if (piece !== '') this.#pieces.push(piece);
  }

  /** Takes away what `pattern` finds at the end, over several pieces. */
  #trim(pattern: RegExp): void {
    for (let last = this.#pieces.pop(); last !== undefined; last = this.#pieces.pop()) {
      const trimmed = last.replace(pattern, '');
      this.#push(trimmed);
      if (trimmed !== '') return;
    }
  }

  #break(lines: number): void {
    this.#trim(/ +$/);
    if (this.#pieces.length === 0) return;
    let present = 0;
    while (present < lines && this.#pieces.at(-1 - present) === '\n') present += 1;
    for (; present < lines; present += 1) this.#pieces.push('\n');
  }

  #anchor(closing: boolean, attributes: string): void {
    this.#closeLink();
    if (closing) return;
    const href = /\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i.exec(attributes);
    const address = decodeEntities(href?.[1] ?? href?.[2] ?? href?.[3] ?? '').trim();
    if (/^(?:https?:|mailto:|tel:)/i.test(address)) this.#link = { href: address, start: this.#pieces.length };
  }

  #closeLink(): void {
    const link = this.#link;
    this.#link = null;
    if (!link) return;
    const shown = this.#pieces.slice(link.start).join('').trim();
    const address = link.href.replace(/^(?:mailto|tel):/i, '');
    if (shown === '') this.#push(address);
    else if (withoutScheme(shown) !== withoutScheme(address)) {
      this.#trim(/\s+$/);
      this.#push(` (${address})`);
    }
  }

  #list(ordered: boolean, closing: boolean): void {
    this.#break(1);
    if (closing) this.#lists.pop();
    else this.#lists.push({ ordered, count: 0 });
  }

  #item(closing: boolean): void {
    this.#break(1);
    if (closing) return;
    const list = this.#lists.at(-1);
    if (list) list.count += 1;
    this.#push(list?.ordered ? `${list.count}. ` : '• ');
  }

  #heading(closing: boolean): void {
    this.#break(closing ? 1 : 2);
    if (!closing && !this.#title) this.#title = { start: this.#pieces.length, end: null };
    else if (closing && this.#title) this.#title.end ??= this.#pieces.length;
  }
}

function withoutScheme(address: string): string {
  return address
    .replace(/^https?:\/\/(?:www\.)?/i, '')
    .replace(/\/$/, '')
    .toLowerCase();
}

/** Marks without a width of their own: text of nothing else shows nothing. */
const INVISIBLE = /^[\s\p{Cf}\p{Cc}\u115f\u1160\u2800\u3164]*$/u;

function tidy(text: string): string {
  if (INVISIBLE.test(text)) return '';
  return text
    .replace(/\u00a0/g, ' ')
    .replace(/ {2,}/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

function decodeEntities(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-zA-Z][a-zA-Z0-9]{1,8}));/g,
    (whole, decimal, hex, name) => {
      if (typeof name === 'string') return ownMember(NAMED_ENTITIES, name) ?? whole;
      const code = typeof decimal === 'string' ? parseInt(decimal, 10) : parseInt(String(hex), 16);
      const isCharacter = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
      return isCharacter ? String.fromCodePoint(code) : whole;
    },
  );
}
