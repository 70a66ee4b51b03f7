import type { Design } from '../form/design.ts';
import type { Form } from '../form/form.ts';

const WORD_JOINER = '\u2060';
const TEXT_KEYS = new Set([
  'label',
  'help',
  'placeholder',
  'patternHelp',
  'title',
  'text',
  'alt',
  'description',
  'minLabel',
  'maxLabel',
  'submitLabel',
  'processingText',
  'processingCheckboxLabel',
  'processingFooter',
  'communicationText',
  'privacyText',
]);

/**
 * Words of a form that the phone would take for a reference (`${…}`) or an expression (in backticks) get an invisible
 * character, so that they are shown as they stand: what people write must never be run. Halves of characters, which no JSON
 * reader has to take, are replaced. Ids and values stay untouched.
 */
export function literalForm(form: Form): Form {
  return withLiteralTexts(form, false);
}

export function literalDesign(design: Design): Design {
  return {
    ...withLiteralTexts(design, false),
    ...(design.labels ? { labels: withLiteralTexts(design.labels, true) } : {}),
    ...(design.help ? { help: withLiteralTexts(design.help, true) } : {}),
    ...(design.shownWhen ? { shownWhen: design.shownWhen } : {}),
  };
}

const NOT_SURELY_LITERAL = /[$`\ud800-\udfff]/;

/** One text of the kind; a text that is literal stays as it is. */
export function literal(text: string): string {
  // Nearly all texts are: a grid has thousands of choices.
  if (!NOT_SURELY_LITERAL.test(text)) return text;
  return text
    .toWellFormed()
    .replaceAll('${', `$${WORD_JOINER}{`)
    .replace(/^(\s*)`/, `$1${WORD_JOINER}\``);
}

function withLiteralTexts<T>(value: T, isText: boolean, lists = new Map<unknown, unknown>()): T {
  // The rows of a grid share their choices.
  const known = lists.get(value);
  if (known !== undefined) return known as T;
  const mapped: unknown =
    typeof value === 'string' && isText
      ? literal(value)
      : Array.isArray(value)
        ? value.map((member: unknown) => withLiteralTexts(member, isText, lists))
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(
              Object.entries(value).map(([key, member]) => [
                key,
                key === 'origin' ? member : withLiteralTexts<unknown>(member, isText || TEXT_KEYS.has(key), lists),
              ]),
            )
          : value;
  if (Array.isArray(value) && !isText) lists.set(value, mapped);
  // Only characters inside strings change: the shape stays the same.
  return mapped as T;
}
