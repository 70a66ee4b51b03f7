import { cutText } from '../form/cut-text.ts';
import type { Form } from '../form/form.ts';

/** Characters of all texts of a form together: some 150 screens full of nothing but words. */
const ALL_TEXTS = 600_000;
/** What is left of a text that comes after so many. */
const CUT_TEXT = 1_000;
/** Labels of choices are not among them: they are cut to the length of a menu anyway. */
const TEXTS: ReadonlySet<string> = new Set([
  'label',
  'help',
  'title',
  'text',
  'processingText',
  'processingCheckboxLabel',
  'processingFooter',
  'communicationText',
  'privacyText',
]);
const SKIPPED: ReadonlySet<string> = new Set(['choices', 'origin']);

/**
 * The form with texts that a flow can hold: a screen takes 50 components and a flow 10 MB, so beyond more words than anybody
 * reads, texts end with "…". Consent comes first, since what is agreed to must stand in full. `isCut` is for the report.
 */
export function withinTextBudget(form: Form): { form: Form; isCut: boolean } {
  let left = ALL_TEXTS;
  let isCut = false;
  const take = (text: string): string => {
    const room = Math.max(left, CUT_TEXT);
    left -= Math.min(text.length, room);
    if (text.length <= room) return text;
    isCut = true;
    return cutText(text, room);
  };
  const inside = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return TEXTS.has(key) ? take(value) : value;
    if (typeof value !== 'object' || value === null || SKIPPED.has(key)) return value;
    if (Array.isArray(value)) return value.map((member: unknown) => inside(member, key));
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, inside(member, name)]));
  };
  // Only characters of strings change: the shapes stay the same.
  const part = <K extends keyof Form>(key: K) => ({ [key]: inside(form[key], '') }) as Pick<Form, K>;
  const cut = { ...part('consent'), ...part('welcome'), ...part('pages'), ...part('thankYou'), ...part('endings') };
  return isCut ? { form: { ...form, ...cut }, isCut } : { form, isCut };
}
