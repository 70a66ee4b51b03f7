/**
 * Recall: a place in a text that shows an earlier answer, a hidden field or a variable. Inside our texts it stands between
 * two characters of Unicode's private use area, which readers take out of everything that comes from a tool.
 */
export type Recall = { kind: 'answer' | 'hidden' | 'variable'; id: string };
export type TextPart = string | Recall;

const OPEN = '\uE000';
const CLOSE = '\uE001';
const PLACE = /\uE000(answer|hidden|variable):([^\uE000\uE001]*)\uE001/g;

/** The place as it stands in a text of the form model. */
export function recallToken({ kind, id }: Recall): string {
  return `${OPEN}${kind}:${id}${CLOSE}`;
}

/** Foreign text without the characters that have a meaning for us. Call it before any token is put in. */
export function withoutRecallMarks(text: string): string {
  return text.replace(/[\uE000\uE001]/g, '');
}

/** The text in its parts; a text without recall is one part. */
export function splitRecall(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(PLACE)) {
    if (match.index > end) parts.push(text.slice(end, match.index));
    // The pattern has exactly these two groups.
    parts.push({ kind: match[1] as Recall['kind'], id: match[2] ?? '' });
    end = match.index + match[0].length;
  }
  if (end < text.length || parts.length === 0) parts.push(text.slice(end));
  return parts;
}

export function hasRecall(text: string): boolean {
  return text.includes(OPEN);
}

/** A text that was cut, without the beginning of a place whose end was cut off. */
export function beforeOpenRecall(text: string): string {
  const open = text.lastIndexOf(OPEN);
  return open > text.lastIndexOf(CLOSE) ? text.slice(0, open) : text;
}

/** What stands where an answer cannot be shown. Never blank: an empty text closes a flow on the phone. */
export const NO_ANSWER = '…';

/** The text with a neutral mark in place of every answer. */
export function withoutRecall(text: string): string {
  return splitRecall(text)
    .map((part) => (typeof part === 'string' ? part : NO_ANSWER))
    .join('');
}
