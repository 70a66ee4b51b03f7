const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * The text within `maxLength` UTF-16 units (Meta's limits count no more than that), cut between words where one ends near
 * the limit and never inside a grapheme: family emoji, combining marks and Thai or Hindi clusters stay whole.
 */
export function cutText(text: string, maxLength: number, ellipsis = '…'): string {
  if (text.length <= maxLength) return text;
  const room = maxLength - ellipsis.length;
  let end = 0;
  let lastSpace = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    if (index + segment.length > room) break;
    end = index + segment.length;
    if (/^\s$/u.test(segment)) lastSpace = index;
  }
  if (end === 0) return text.slice(0, 0) + ellipsis;
  // A word boundary is preferred as long as more than half of the room is used.
  const at = /^\s/u.test(text.slice(end)) || lastSpace <= room / 2 ? end : lastSpace;
  return text.slice(0, at).trimEnd() + ellipsis;
}

/** The text in pieces of at most `maxLength`, cut at paragraphs, then words, then graphemes: nothing is lost. */
export function splitText(text: string, maxLength: number): string[] {
  const pieces: string[] = [];
  let rest = text.trim();
  while (rest.length > maxLength) {
    const paragraph = rest.lastIndexOf('\n', maxLength);
    const head = paragraph > maxLength / 2 ? rest.slice(0, paragraph) : cutText(rest, maxLength, '');
    if (head.length === 0) break;
    pieces.push(head.trimEnd());
    rest = rest.slice(head.length).trimStart();
  }
  if (rest.length > 0 && rest.length <= maxLength) pieces.push(rest);
  return pieces;
}
