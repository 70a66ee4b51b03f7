import { ownMember } from '@flowella/shared/form/own-member.ts';
import { recallToken, withoutRecallMarks, type Recall } from '@flowella/shared/form/recall.ts';
import { htmlToText } from '../hubspot-forms/html-to-text.ts';

/** What a recall of Typeform points at, by its kind and name; null when the form has no such thing. */
export type RecallResolver = (kind: Recall['kind'], name: string) => Recall | null;
/** `isLost`: a place for an earlier answer could not be kept. */
export type PlainText = { text: string; isLost: boolean };

const RECALL = /\{\{\s*([a-z_]+)\s*:\s*([^{}]*?)\s*\}\}/gi;
const KINDS: Readonly<Record<string, Recall['kind']>> = {
  field: 'answer',
  hidden: 'hidden',
  var: 'variable',
  variable: 'variable',
  variables: 'variable',
};
const OPEN = '\uE000';
const CLOSE = '\uE001';
const HTML = /<\/?[a-zA-Z][^<>]*>|&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,8});/;
const LINK = /\[([^[\]\n]+)\]\(((?:https?:\/\/|mailto:|tel:|www\.)[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)\)/gi;
/** An address keeps its underscores; a mark or a full stop behind it is not part of it. */
const ADDRESS = /\b(?:https?:\/\/|www\.)[^\s<>()[\]*"]*[^\s<>()[\]*"_.,;:!?]/gi;
const ESCAPED = /\\([*_[\](){}~`])/g;
/** Marks count only around words, and a paragraph of them at most, so that text of nothing but openings is read soon: `snake_case`, `5*3*2`, `* item` and a line to write on stay as they are. */
const MARKS = [
  /(?<![\p{L}\p{N}*])\*\*(?=[^\s*])((?:[^*\n]|\n(?!\n)){0,2000}?[^\s*])\*\*(?![\p{L}\p{N}*])/gu,
  /(?<![\p{L}\p{N}*])\*(?=[^\s*])((?:[^*\n]|\n(?!\n)){0,2000}?[^\s*])\*(?![\p{L}\p{N}*])/gu,
  /(?<![\p{L}\p{N}_])_(?=[^\s_])((?:[^_\n]|\n(?!\n)){0,2000}?[^\s_])_(?![\p{L}\p{N}_])/gu,
];

/**
 * A title, description or choice of Typeform as plain text (form-tools.md 3.2): `*bold*` and `_italic_` without their marks,
 * `[text](address)` as "text (address)", HTML as text, and `{{field:ref}}`, `{{hidden:name}}`, `{{var:name}}` as recall.
 */
export function toText(raw: string | undefined, resolve: RecallResolver): PlainText {
  if (raw === undefined || raw === '') return { text: '', isLost: false };
  // Everything that is no text of its own is taken out first, so that no later step can break it.
  const kept: string[] = [];
  const keep = (piece: string) => `${OPEN}${kept.push(piece) - 1}${CLOSE}`;
  let isLost = false;
  let text = withoutRecallMarks(raw).replace(RECALL, (_whole, kind: string, name: string) => {
    const known = ownMember(KINDS, kind.toLowerCase());
    const recall = known ? resolve(known, name.replace(/\\(?=[^\w\s])|\\(?=_)/g, '')) : null;
    if (!recall) isLost = true;
    return keep(recall ? recallToken(recall) : '…');
  });
  if (HTML.test(text)) text = htmlToText(text.replace(/\r\n?|\n/g, '<br>')).text;
  text = text
    .replace(ESCAPED, (_whole, mark: string) => keep(mark))
    .replace(LINK, (_whole, words: string, address: string) => linkText(words, address, keep))
    .replace(ADDRESS, (address) => keep(address));
  // Marks may stand inside each other; each round takes one layer off.
  for (let round = 0; round < 3; round += 1) text = MARKS.reduce((rest, mark) => rest.replace(mark, '$1'), text);
  // A kept piece may hold the number of another one (an address with recall in it).
  for (let round = 0; round < 3 && /\uE000\d+\uE001/.test(text); round += 1)
    text = text.replace(/\uE000(\d+)\uE001/g, (_whole, index: string) => kept[Number(index)] ?? '');
  return { text: tidy(text), isLost };
}

/** The same on one line, for labels of choices and scales. */
export function toLine(raw: string | undefined, resolve: RecallResolver): PlainText {
  const { text, isLost } = toText(raw, resolve);
  return { text: text.replace(/\s*\n\s*/g, ' '), isLost };
}

function linkText(words: string, address: string, keep: (piece: string) => string): string {
  const shown = address.replace(/^(?:mailto|tel):/i, '');
  return words.trim() === shown ? keep(shown) : `${words} (${keep(shown)})`;
}

function tidy(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/[ \t\u00a0]*\n[ \t\u00a0]*/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
