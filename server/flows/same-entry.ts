import { z } from 'zod';
import type { Program } from '@flowella/shared/compile/program.ts';

const flowSchema = z.object({
  screens: z.array(z.object({ id: z.string(), data: z.record(z.string(), z.unknown()).optional() })),
});

/**
 * True when messages and templates of one version also open the other: same mode, same entry screen, same keys of its data
 * (flow-rules.md section 5, *Compatible change*). Pure.
 */
export function sameEntry(
  a: { program: Program; flowJson: string },
  b: { program: Program; flowJson: string },
): boolean {
  return entryOf(a) === entryOf(b);
}

function entryOf(version: { program: Program; flowJson: string }): string {
  const { program } = version;
  const screens = flowSchema.parse(JSON.parse(version.flowJson)).screens;
  const data = screens.find((screen) => screen.id === program.entry)?.data ?? {};
  const keys = Object.entries(data).map(([key, declaration]) => [key, shapeOf(declaration)] as const);
  // Who was sent a message confirms as that message says.
  const confirmation = program.confirmation?.channel ?? null;
  return JSON.stringify([program.mode, program.entry, confirmation, keys.sort(([x], [y]) => (x < y ? -1 : 1))]);
}

/** A connected flow gets its data from the endpoint, which knows the version; only what a message carries counts to its types. */
function shapeOf(declaration: unknown): unknown {
  const parsed = z.object({ type: z.string(), properties: z.unknown() }).safeParse(declaration);
  return parsed.success ? [parsed.data.type, parsed.data.properties ?? null] : null;
}
