import { splitText } from '../form/cut-text.ts';
import type { Question } from '../form/form.ts';
import { LIMITS } from './limits.ts';
import type { Plan } from './plan-question.ts';
import type { TextPiece } from './prepare-questions.ts';

/** So many texts at once are a screen of their own; the room left is for the question that follows. */
const MAX_COMPONENTS = 24;
/** A longer text becomes several. */
const MAX_TEXT = LIMITS.body * 4;

type Room = { links: number; images: number };
const NOTHING: Room = { links: 0, images: 0 };

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
  const taken = { links: own('EmbeddedLink'), images: own('Image') };
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
    pieces.reduce((sum, piece) => sum + componentCount(piece), 0) <= MAX_COMPONENTS
  );
}

/** At most what becomes of it: a link has its text above it where that is long. */
function componentCount({ text, style }: TextPiece): number {
  return Math.ceil(text.length / (LIMITS.body / 2)) + (style === 'link' || text === '' ? 1 : 0);
}

function splitPiece(piece: TextPiece): TextPiece[] {
  if (piece.text.length <= MAX_TEXT) return [piece];
  const texts = splitText(piece.text, MAX_TEXT);
  const source = piece.source === undefined ? {} : { source: piece.source };
  return texts.map((text, index) =>
    index === texts.length - 1 ? { ...piece, text } : { style: 'body', text, ...source },
  );
}

/** A question whose words alone would fill a screen: all but the end of them stands above it. */
export function withShortWords(question: Question): { question: Question; above: TextPiece[] } {
  const { label, help = '' } = question;
  if (label.length + help.length <= MAX_TEXT) return { question, above: [] };
  const [labels, helps] = [splitText(label, MAX_TEXT / 2), splitText(help, MAX_TEXT / 2)];
  const [lastLabel = '', lastHelp = ''] = [labels.pop(), helps.pop()];
  const above = [...helps, ...labels].map((text): TextPiece => ({ style: 'body', text }));
  return { question: { ...question, label: lastLabel, help: lastHelp }, above };
}
