import { END_ISOLATE, hasRightToLeft, ISOLATE } from '../flow-words/direction.ts';
import type { FlowComponent, FlowJson, JsonValue } from '../flow-json/flow-json.ts';
import { hasRecall, NO_ANSWER, splitRecall, withoutRecall, type TextPart } from '../form/recall.ts';
import { flowText, type FlowLanguage } from './flow-texts.ts';
import { LIMITS } from './limits.ts';
import type { Mode, PlacedScreen } from './place-screens.ts';
import type { ProgramInput, ProgramText } from './program.ts';

/** Text properties that may hold a reference as their whole value (whatsapp-flows.md section 4). */
const DYNAMIC_TEXTS: Record<string, readonly string[]> = { TextHeading: ['text'], TextBody: ['text'] };

export type SaidRecall = { flowJson: FlowJson; texts: ProgramText[] };

/**
 * Puts earlier answers into texts: in a connected flow the endpoint sends the finished text under a data key, in a light
 * flow a nested expression joins it on the phone, as far as the answer is what the person typed (flow-rules.md section 2).
 */
export function sayRecall(
  flowJson: FlowJson,
  screens: readonly PlacedScreen[],
  mode: Mode,
  language: FlowLanguage,
): SaidRecall {
  if (!hasRecall(JSON.stringify(flowJson))) return { flowJson, texts: [] };
  const texts: ProgramText[] = [];
  const said = flowJson.screens.map((screen) => {
    const own = new Map<string, string>();
    const say = (text: string): string => {
      const parts = splitRecall(text);
      if (mode === 'light') return sayOnPhone(parts, screen.id, screens) ?? withoutRecall(text);
      const known = own.get(text);
      const key = known ?? `text_${own.size + 1}`;
      if (known === undefined) {
        own.set(text, key);
        texts.push({ screen: screen.id, key, parts });
      }
      return '${data.' + key + '}';
    };
    const layout = inLayout(screen.layout, say);
    const example = flowText(language, 'yourAnswer');
    const declared = [...own.values()].map((key) => [key, { type: 'string', __example__: example }] as const);
    const data = { ...screen.data, ...Object.fromEntries(declared) };
    return { ...screen, ...(Object.keys(data).length > 0 ? { data } : {}), layout };
  });
  return { flowJson: { ...flowJson, screens: said }, texts };
}

/** Whether a light flow can show the answers that stand in these texts. */
export function canSayOnPhone(text: string, screens: readonly PlacedScreen[], screenId: string): boolean {
  return sayOnPhone(splitRecall(text), screenId, screens) !== null;
}

function inLayout(layout: FlowJson['screens'][number]['layout'], say: (text: string) => string) {
  // Only texts change: components stay what they are.
  return { ...layout, children: layout.children.map((child) => inComponent(child, say) as FlowComponent) };
}

function inComponent(value: JsonValue, say: (text: string) => string, type = '', key = ''): JsonValue {
  if (typeof value === 'string') {
    if (!hasRecall(value)) return value;
    return DYNAMIC_TEXTS[type]?.includes(key) ? say(value) : withoutRecall(value);
  }
  if (Array.isArray(value)) return value.map((member) => inComponent(member, say, type, key));
  if (typeof value !== 'object' || value === null) return value;
  const own = typeof value.type === 'string' ? value.type : type;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, inComponent(member, say, own, name)]));
}

/** True when an answer stands in a text that the phone cannot fill: the name of a choice, a description. */
export function losesRecall(component: FlowComponent): boolean {
  return JSON.stringify(inComponent(component, () => '')).includes(NO_ANSWER) && hasRecall(JSON.stringify(component));
}

function sayOnPhone(parts: readonly TextPart[], screenId: string, screens: readonly PlacedScreen[]): string | null {
  const said = setApart(parts).map((part) => {
    if (typeof part === 'string') return quoted(part);
    const found = part.kind === 'answer' ? typedInput(part.id, screens) : null;
    return found && found.screen !== screenId ? '${screen.' + found.screen + '.form.' + found.input.name + '}' : null;
  });
  if (said.some((one) => one === null)) return null;
  const text = `\`${said.join(' ')}\``;
  return text.length <= LIMITS.body ? text : null;
}

/** In a text from right to left an answer may be a number or Latin letters: it is set apart, as the endpoint does it. */
function setApart(parts: readonly TextPart[]): TextPart[] {
  if (!parts.some((part) => typeof part === 'string' && hasRightToLeft(part))) return [...parts];
  const apart = parts.flatMap((part) => (typeof part === 'string' ? [part] : [ISOLATE, part, END_ISOLATE]));
  return apart.reduce<TextPart[]>((joined, part) => {
    const last = joined.at(-1);
    if (typeof last !== 'string' || typeof part !== 'string') return [...joined, part];
    return [...joined.slice(0, -1), last + part];
  }, []);
}

/** An answer that stands in its field as a person reads it: typed text, not the id of a choice. */
function typedInput(
  question: string,
  screens: readonly PlacedScreen[],
): { screen: string; input: ProgramInput } | null {
  for (const screen of screens) {
    const plan = screen.questions.find((one) => one.asked.plan.question.id === question)?.asked.plan;
    if (!plan) continue;
    const [input] = plan.inputs;
    const isTyped = ['short-text', 'long-text', 'email', 'url', 'number'].includes(plan.question.kind);
    return isTyped && input && plan.question.required ? { screen: screen.id, input } : null;
  }
  return null;
}

/**
 * A text inside a nested expression (whatsapp-flows.md 3.2); null where one of its characters would end the expression, or would be
 * lost: WhatsApp takes every closing brace for the end of a reference.
 */
function quoted(text: string): string | null {
  if (/[`\\}]/.test(text)) return null;
  return `'${text.replaceAll("'", "\\'")}'`;
}
