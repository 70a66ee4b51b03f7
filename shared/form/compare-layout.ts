import { canonical } from './canonical.ts';
import type { FormChange } from './compare-forms.ts';
import type { Form, Item, Statement } from './form.ts';

/**
 * The fewest questions that were moved between two orders, each with the one it stands behind now (null: it is the first).
 * What was added or removed moves nothing. Pure.
 */
export function movedQuestions(before: readonly string[], after: readonly string[]): Map<string, string | null> {
  const place = new Map(before.map((id, index) => [id, index]));
  const common = after.filter((id) => place.has(id));
  const stays = longestRise(common.map((id) => place.get(id) ?? 0));
  const moved = new Map<string, string | null>();
  common.forEach((id, index) => {
    if (!stays.has(index)) moved.set(id, after[after.indexOf(id) - 1] ?? null);
  });
  return moved;
}

/** Indices of a longest strictly rising part: what need not be called moved. */
function longestRise(values: readonly number[]): Set<number> {
  const ends: number[] = [];
  const previous: number[] = [];
  values.forEach((value, index) => {
    let at = ends.findIndex((end) => (values[end] ?? 0) >= value);
    if (at < 0) at = ends.length;
    previous[index] = ends[at - 1] ?? -1;
    ends[at] = index;
  });
  const rise = new Set<number>();
  for (let index = ends.at(-1) ?? -1; index >= 0; index = previous[index] ?? -1) rise.add(index);
  return rise;
}

/**
 * Texts that stand between questions, by what they say: some tools number them by their place, so that an id tells nothing.
 * Of those that say something new, one with an id that was there before counts as changed.
 */
export function compareTexts(before: Form, after: Form): FormChange[] {
  const kept = countTexts(statementsOf(before));
  const added = statementsOf(after).filter((one) => !take(kept, contentOf(one)));
  const left = countTexts(statementsOf(after));
  const removed = statementsOf(before).filter((one) => !take(left, contentOf(one)));
  const gone = new Map(removed.map((one) => [one.id, one]));
  return [
    ...added.map((one): FormChange => ({
      code: gone.delete(one.id) ? 'text-changed' : 'text-added',
      text: wordsOf(one),
    })),
    ...[...gone.values()].map((one): FormChange => ({ code: 'text-removed', text: wordsOf(one) })),
  ];
}

function statementsOf(form: Form): Statement[] {
  const own = form.pages.flatMap((page) => page.items).filter((item) => item.kind === 'statement');
  return form.welcome ? [{ ...form.welcome, id: 'welcome' }, ...own] : own;
}

function contentOf({ id: _id, ...content }: Statement): string {
  return canonical(content);
}

function wordsOf({ title, text, linkUrl, image }: Statement): string {
  return title ?? text ?? image?.alt ?? linkUrl ?? '';
}

function countTexts(statements: readonly Statement[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const one of statements) counts.set(contentOf(one), (counts.get(contentOf(one)) ?? 0) + 1);
  return counts;
}

/** True when one of these was left. */
function take(counts: Map<string, number>, content: string): boolean {
  const count = counts.get(content) ?? 0;
  if (count > 0) counts.set(content, count - 1);
  return count > 0;
}

/**
 * True when pages begin, are called or hold things otherwise, texts stand elsewhere, or questions stand together otherwise.
 * Looks only at questions that `stays` says are where they were, and at texts both forms have: the rest is said already.
 */
export function compareLayout(before: Form, after: Form, stays: (id: string) => boolean): boolean {
  const texts = new Set(statementsOf(before).map(contentOf));
  const both = new Set(
    statementsOf(after)
      .map(contentOf)
      .filter((content) => texts.has(content)),
  );
  const layout = (form: Form): string => canonical([pagesOf(form, stays, both), groupsOf(form, stays)]);
  return layout(before) !== layout(after);
}

function pagesOf(form: Form, stays: (id: string) => boolean, texts: ReadonlySet<string>): unknown[] {
  return form.pages.flatMap((page) => {
    const kept = page.items.filter((item) => (item.kind === 'statement' ? texts.has(contentOf(item)) : stays(item.id)));
    if (kept.length === 0 && page.items.length > 0) return [];
    return [[page.title ?? '', kept.map((item, index) => [nameOf(item), isJoined(kept[index - 1], item)])]];
  });
}

function nameOf(item: Item): string {
  return item.kind === 'statement' ? contentOf(item) : item.id;
}

/** Questions in one row or grid of the tool: its group's id is a number that shifts, its neighbours are what counts. */
function isJoined(left: Item | undefined, right: Item): boolean {
  if (!left || left.kind === 'statement' || right.kind === 'statement') return false;
  return left.group !== undefined && left.group === right.group;
}

function groupsOf(form: Form, stays: (id: string) => boolean): unknown[] {
  return (form.groups ?? []).flatMap(({ members, id: _id, ...facts }) => {
    const kept = members.filter(stays);
    return kept.length === 0 && members.length > 0 ? [] : [{ ...facts, members: kept }];
  });
}
