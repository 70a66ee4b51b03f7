import type { Form } from '../form/form.ts';
import { hasRecall } from '../form/recall.ts';
import { LIMITS } from './limits.ts';
import { componentsOf, type PackedScreen } from './pack-screens.ts';
import { above } from './plan-question.ts';

/**
 * The rows of a grid or the parts of an address that go on on another screen say there again what they are about: "Price" alone asks
 * nothing. Shown with the first of them; a text of many lines, or with an answer in it, stands on the first screen only.
 */
export function repeatHeadings(packed: readonly PackedScreen[], { groups = [], pages }: Form): PackedScreen[] {
  if (groups.length === 0) return [...packed];
  const titles = new Map(
    pages.flatMap(({ items }) =>
      items.flatMap((item) => (item.kind === 'statement' ? [[item.id, item.title] as const] : [])),
    ),
  );
  const headings = new Map(groups.map(({ id, heading }) => [id, titles.get(heading ?? '')?.trim() ?? '']));
  return packed.map((screen, index) => {
    const [first, ...rest] = screen.asked;
    const group = first?.plan.question.group;
    const goesOn = packed[index - 1]?.asked.some((one) => group !== undefined && one.plan.question.group === group);
    const text = headings.get(group ?? '') ?? '';
    if (!first || !goesOn || text === '' || text.length > LIMITS.groupDescription || hasRecall(text)) return screen;
    const texts = above(text);
    if (componentsOf(screen.asked) + texts.length > LIMITS.componentsPerScreen) return screen;
    return {
      ...screen,
      asked: [{ ...first, plan: { ...first.plan, components: [...texts, ...first.plan.components] } }, ...rest],
    };
  });
}
