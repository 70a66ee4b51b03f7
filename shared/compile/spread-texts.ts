import { splitText } from '../form/cut-text.ts';
import { LIMITS } from './limits.ts';
import { literal } from './literal-texts.ts';
import type { Plan } from './plan-question.ts';
import type { TextPiece } from './prepare-questions.ts';

/** So many texts at once are a screen of their own; the room left is for the question that follows. */
export const MAX_TEXTS = 24;
/** A longer text becomes several. */
const MAX_TEXT = LIMITS.body * 4;

type Room = { links: number; images: number; components: number };
const NOTHING: Room = { links: 0, images: 0, components: 0 };

/**
 * Texts, pictures and links in parts that a screen can take, in their order: a form may show five videos in a row, a screen
 * takes two links. `taken`: what the question at the end of the last part brings along itself.
 */
export function spreadTexts(pieces: readonly TextPiece[], taken: Room = NOTHING): TextPiece[][] {
  const parts: TextPiece[][] = [[]];
  // From the end, so that what stands right above a question stays with it.
  for (const piece of pieces.flatMap(splitPiece).toReversed()) {
    const part = parts[0] ?? [];
    if (fits([piece, ...part], parts.length === 1 ? taken : NOTHING)) part.unshift(piece);
    else parts.unshift([piece]);
  }
  return parts;
}

/** What stands before and after a question: `earlier` and `later` are what its screen cannot take. */
export type AroundQuestion = { earlier: TextPiece[][]; before: TextPiece[]; after: TextPiece[]; later: TextPiece[] };

export function aroundQuestion(
  before: readonly TextPiece[],
  after: readonly TextPiece[],
  { components }: Plan,
): AroundQuestion {
  const own = (type: string) => components.filter(({ component }) => component.type === type).length;
  const taken = { links: own('EmbeddedLink'), images: own('Image'), components: components.length };
  const earlier = spreadTexts(before, taken);
  const last = earlier.pop() ?? [];
  return fits([...last, ...after], taken)
    ? { earlier, before: last, after: [...after], later: [] }
    : { earlier, before: last, after: [], later: [...after] };
}

export function fits(pieces: readonly TextPiece[], taken: Room = NOTHING): boolean {
  const count = (style: TextPiece['style']) => pieces.filter((piece) => piece.style === style).length;
  return (
    count('link') + taken.links <= LIMITS.linksPerScreen &&
    count('image') + taken.images <= LIMITS.imagesPerScreen &&
    pieces.reduce((sum, piece) => sum + componentCount(piece), 0) <= roomForTexts(taken)
  );
}

/** The button is one more component of the screen. */
function roomForTexts({ components }: Room): number {
  return Math.min(MAX_TEXTS, LIMITS.componentsPerScreen - 1 - components);
}

/** At most what becomes of it: a link has its text above it where that is long. */
function componentCount({ text, style }: TextPiece): number {
  return Math.ceil(text.length / (LIMITS.body / 2)) + (style === 'link' || text === '' ? 1 : 0);
}

function splitPiece(piece: TextPiece): TextPiece[] {
  if (piece.text.length <= MAX_TEXT) return [piece];
  const texts = splitText(piece.text, MAX_TEXT).map(literal);
  const source = piece.source === undefined ? {} : { source: piece.source };
  return texts.map((text, index) =>
    index === texts.length - 1 ? { ...piece, text } : { style: 'body', text, ...source },
  );
}
