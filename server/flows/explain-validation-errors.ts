import { z } from 'zod';
import type { Program } from '@flowella/shared/compile/program.ts';
import type { PublicationProblem } from './flow-rows.ts';
import type { Language } from '../hubspot/language.ts';

/** One of Meta's validation errors as the Flows API returns them (whatsapp-flows.md section 8). */
export const metaValidationErrorSchema = z.object({
  error: z.string(),
  message: z.string().catch(''),
  pointers: z.array(z.object({ path: z.string().catch('') })).catch([]),
});
export type MetaValidationError = z.infer<typeof metaValidationErrorSchema>;

type Json = { [key: string]: unknown } | unknown[];

function isContainer(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}

/**
 * Meta's errors by question: the pointer's path (`screens[0].layout.children[1]…`), or the one in the message, is walked
 * through the Flow JSON to the screen and the nearest named component, and the program says whose input that is. Pure.
 */
export function explainValidationErrors(
  errors: readonly MetaValidationError[],
  flowJson: string,
  program: Program,
  language: Language,
): PublicationProblem[] {
  const root: unknown = JSON.parse(flowJson);
  const questionOf = new Map(
    program.fields.flatMap((field) => field.inputs.map((input) => [input.name, field.question] as const)),
  );
  return errors.slice(0, 50).map((error) => {
    const { screen, inputName } = walk(root, stepsOf(error));
    const question = inputName === null ? undefined : questionOf.get(inputName);
    const title = program.screens.find((entry) => entry.id === screen)?.title ?? screen;
    return {
      question: question?.id ?? null,
      screen,
      code: error.error,
      message: sentence(language, { label: question?.label ?? null, title, words: error.message || error.error }),
    };
  });
}

function sentence(language: Language, o: { label: string | null; title: string | null; words: string }): string {
  const words = o.words.trim();
  if (language === 'de') {
    const where = o.label ? `Die Frage „${o.label}“` : o.title ? `Der Bildschirm „${o.title}“` : 'Der Flow';
    return `${where} wird von WhatsApp nicht angenommen: ${words}`;
  }
  const where = o.label ? `the question "${o.label}"` : o.title ? `the screen "${o.title}"` : 'the flow';
  return `WhatsApp does not accept ${where}: ${words}`;
}

/** `screens[0].layout.children[2].label` and `$root/screens/0/layout/children/2` alike. */
function stepsOf(error: MetaValidationError): string[] {
  const path = error.pointers.find((pointer) => pointer.path !== '')?.path ?? '';
  const inMessage = /\$root\/([\w/-]+)/.exec(error.message)?.[1] ?? '';
  return (path || inMessage)
    .replace(/^\$?root[/.]?/, '')
    .split(/[.[\]/]+/)
    .map((step) => step.replace(/^['"]|['"]$/g, ''))
    .filter((step) => step !== '');
}

function walk(root: unknown, steps: string[]): { screen: string | null; inputName: string | null } {
  let node: unknown = root;
  let screen: string | null = null;
  let inputName: string | null = null;
  for (const [index, step] of steps.entries()) {
    if (!isContainer(node)) break;
    node = Array.isArray(node) ? node[Number(step)] : node[step];
    if (!isContainer(node) || Array.isArray(node)) continue;
    if (index === 1 && steps[0] === 'screens' && typeof node.id === 'string') screen = node.id;
    if (typeof node.type === 'string' && node.type !== 'Form' && typeof node.name === 'string') inputName = node.name;
  }
  return { screen, inputName };
}
