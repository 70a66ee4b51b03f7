import { cutText } from '../form/cut-text.ts';
import type { Choice } from '../form/form.ts';
import { withoutRecall } from '../form/recall.ts';
import { LIMITS } from './limits.ts';

/** An item of a data source, and the choice it stands for. */
export type OptionItem = { id: string; title: string; description?: string };
export type Options = {
  items: OptionItem[];
  map: { id: string; choice: string }[];
  isShortened: boolean;
  isNumbered: boolean;
};

/** Ids that may stand in an expression between single quotes as they are. */
const SAFE_ID = /^[A-Za-z0-9](?:[A-Za-z0-9 _.,+-]{0,78}[A-Za-z0-9_.+-])?$/;

/**
 * False for what is a number, but none that is written in whole digits: WhatsApp's reader of If conditions compares numbers by
 * their whole part, so 1.5 would be 1.2, and 05 would be 5 (WhatsApp's own client, `WAFlowsConditionalRenderingParser`).
 */
function isItself(id: string): boolean {
  return Number.isNaN(Number(id)) || (String(Number(id)) === id && Number.isSafeInteger(Number(id)));
}

/**
 * Choices as items of a data source. The id is the tool's own where an expression can hold it, else a numbered one; titles
 * over 30 characters are cut between words, made distinct, and stand in full in the description (whatsapp-flows.md 14.3). No
 * answer can be shown in either.
 */
export function toOptions(choices: readonly Choice[]): Options {
  const ids = new Set<string>();
  const titles = new Set<string>();
  const items: OptionItem[] = [];
  const map: Options['map'] = [];
  let isShortened = false;
  let isNumbered = false;
  choices.forEach((choice, index) => {
    const isKept = SAFE_ID.test(choice.id) && isItself(choice.id) && !ids.has(choice.id);
    const id = isKept ? choice.id : freeId(`choice_${index + 1}`, ids, choices);
    ids.add(id);
    const label = withoutRecall(choice.label.trim() || choice.id.trim() || String(index + 1));
    const isCut = label.length > LIMITS.optionTitle;
    const cut = cutText(label, LIMITS.optionTitle);
    const title = distinct(cut, titles);
    isNumbered ||= title !== cut && !isCut;
    const texts = [isCut ? label : '', withoutRecall(choice.description?.trim() ?? '')].filter((text) => text !== '');
    const description = cutText(texts.join(' – '), LIMITS.optionDescription);
    isShortened ||= isCut;
    items.push(description ? { id, title, description } : { id, title });
    map.push({ id, choice: choice.id });
  });
  return { items, map, isShortened, isNumbered };
}

function freeId(wanted: string, used: ReadonlySet<string>, choices: readonly Choice[]): string {
  let id = wanted;
  for (let round = 2; used.has(id) || choices.some((choice) => choice.id === id); round += 1) id = `${wanted}_${round}`;
  return id;
}

/** Two choices that read the same after cutting get a number, so that a person can tell them apart. */
function distinct(title: string, used: Set<string>): string {
  let result = title;
  for (let number = 2; used.has(result); number += 1) {
    const suffix = ` (${number})`;
    result = cutText(title, LIMITS.optionTitle - suffix.length) + suffix;
  }
  used.add(result);
  return result;
}
