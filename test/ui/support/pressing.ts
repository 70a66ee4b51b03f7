import { vi } from 'vitest';
import { Button, LoadingButton } from '@hubspot/ui-extensions';
import type { createRenderer } from '@hubspot/ui-extensions/testing';

type Renderer = Pick<ReturnType<typeof createRenderer>, 'findAll' | 'getRootNode'>;

/** A button by what it says, as a person finds it; the error lists what there is. */
export function button(renderer: Renderer, text: string) {
  const all = [...renderer.findAll(Button), ...renderer.findAll(LoadingButton)];
  const found = all.find((one) => one.text === text);
  if (!found) throw new Error(`no button "${text}" among ${all.map((one) => `"${one.text ?? ''}"`).join(', ')}`);
  return found;
}

/** A button with a spinner takes no press. */
export function isWorking(renderer: Renderer, text: string): boolean {
  return renderer.findAll(LoadingButton).some((one) => one.text === text && one.props.loading === true);
}

export function press(renderer: Renderer, text: string): void {
  button(renderer, text).trigger('onClick');
}

type Overlay = Pick<ReturnType<typeof createRenderer>, 'findAll' | 'find'>;

/** What opens over the page at the press of a button; `nth` of those that say the same. */
export function overlayOf(renderer: Renderer, opener: string, nth = 0): Overlay {
  const all = [...renderer.findAll(Button), ...renderer.findAll(LoadingButton)].filter((one) => one.text === opener);
  const found = all[nth]?.props as unknown as { overlay?: Overlay } | undefined;
  if (!found?.overlay) throw new Error(`no button "${opener}" with an overlay, ${all.length} that say so`);
  return found.overlay;
}

/** A button inside the overlay of the button that opens it. */
export function pressInOverlay(renderer: Renderer, opener: string, text: string, nth = 0): void {
  const overlay = overlayOf(renderer, opener, nth);
  const all = [...overlay.findAll(Button), ...overlay.findAll(LoadingButton)];
  const found = all.find((one) => one.text === text);
  if (!found) throw new Error(`no button "${text}" in the overlay of "${opener}"`);
  found.trigger('onClick');
}

/** Everything that can be read, in one string. */
export function allText(renderer: Renderer): string {
  return renderer.getRootNode().toString();
}

/** Waits until the check holds, whether or not the card is drawn anew meanwhile. */
export async function eventually(check: () => unknown): Promise<void> {
  await vi.waitFor(check, { timeout: 3_000, interval: 5 });
}

export async function seeText(renderer: Renderer, text: string): Promise<void> {
  try {
    await eventually(() => {
      if (!allText(renderer).includes(text)) throw new Error('not yet');
    });
  } catch {
    throw new Error(`"${text}" was not shown:\n${allText(renderer)}`);
  }
}
