import { beforeOpenRecall } from './recall.ts';

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Characters that are graphemes by themselves (Latin, Greek, Cyrillic, kana, Han, Hangul): no segmenter is asked. */
const PLAIN = /^[\n\u0020-\u02ff\u0370-\u0482\u048a-\u052f\u3040-\u3098\u30a0-\u9fff\uac00-\ud7a3]*$/;

/**
 * The text within `maxLength` UTF-16 units (Meta's limits count no more than that), cut between words where one ends near
 * the limit and never inside a grapheme (family emoji, combining marks and Thai or Hindi clusters stay whole) or a recall.
 */
export function cutText(text: string, maxLength: number, ellipsis = '…'): string {
  if (text.length <= maxLength) return text;
  const room = maxLength - ellipsis.length;
  const { end, lastSpace } = PLAIN.test(text.slice(0, room + 1)) ? lastPlain(text, room) : lastWhole(text, room);
  if (end === 0) return text.slice(0, 0) + ellipsis;
  // A word boundary is preferred as long as more than half of the room is used.
  const at = /^\s/u.test(text.slice(end)) || lastSpace <= room / 2 ? end : lastSpace;
  return beforeOpenRecall(text.slice(0, at)).trimEnd() + ellipsis;
}

type Cut = { end: number; lastSpace: number };

function lastPlain(text: string, room: number): Cut {
  let lastSpace = room - 1;
  while (lastSpace > 0 && !/\s/.test(text.charAt(lastSpace))) lastSpace -= 1;
  return { end: room, lastSpace };
}

function lastWhole(text: string, room: number): Cut {
  const cut: Cut = { end: 0, lastSpace: 0 };
  // One character more than there is room for is enough to see where the last one ends.
  for (const { segment, index } of graphemes.segment(text.slice(0, room + 2))) {
    if (index + segment.length > room) break;
    cut.end = index + segment.length;
    if (/^\s$/u.test(segment)) cut.lastSpace = index;
  }
  return cut;
}

/**
 * The text in pieces of at most `maxLength`, cut at paragraphs, then words, then graphemes, and where one of these alone is
 * longer (marks piled up without end) between its code points: nothing is lost.
 */
export function splitText(text: string, maxLength: number): string[] {
  const pieces: string[] = [];
  let rest = text.trim();
  while (rest.length > maxLength) {
    const paragraph = rest.lastIndexOf('\n', maxLength);
    const wanted =
      paragraph > maxLength / 2 ? beforeOpenRecall(rest.slice(0, paragraph)) : cutText(rest, maxLength, '');
    const head = wanted === '' ? wholeCodePoints(rest, maxLength) : wanted;
    pieces.push(head.trimEnd());
    rest = rest.slice(head.length).trimStart();
  }
  if (rest.length > 0 && rest.length <= maxLength) pieces.push(rest);
  return pieces;
}

function wholeCodePoints(text: string, maxLength: number): string {
  const isInsidePair = (text.codePointAt(maxLength - 1) ?? 0) > 0xffff;
  return text.slice(0, isInsidePair && maxLength > 1 ? maxLength - 1 : maxLength);
}
