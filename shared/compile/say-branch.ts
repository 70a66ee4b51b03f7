import { evaluateCondition } from '../form/evaluate-condition.ts';
import type { Answer } from '../form/answers.ts';
import { sayAcross } from './place-screens.ts';
import { LIMITS } from './limits.ts';
import { countPieces, componentsOf, type PackedScreen } from './pack-screens.ts';
import type { Asked } from './prepare-questions.ts';

/** Which screen follows, decided on the phone by a Footer in each branch (whatsapp-flows.md 3.3, flow-rules.md 1.5). */
export type Branch =
  | { kind: 'if'; condition: string; then: number; otherwise: number }
  | { kind: 'switch'; reference: string; cases: { key: string; to: number }[] };

type SwitchBranch = Extract<Branch, { kind: 'switch' }>;

/** Keys of a Switch's cases (whatsapp-flows.md 3.3). */
const CASE_KEY = /^[a-zA-Z][a-zA-Z0-9_-]*$/;

export function targetsOf(branch: Branch): number[] {
  const all = branch.kind === 'if' ? [branch.then, branch.otherwise] : branch.cases.map(({ to }) => to);
  return [...new Set(all)].toSorted((a, b) => a - b);
}

/**
 * How the phone gets from screen `index` past those after it that are shown only sometimes; null where the next screen is
 * for everybody, or where the phone cannot say it: a Footer may stand only at the first level, so there are two targets, or
 * one for each answer of a question that everybody has answered.
 */
export function branchAfter(
  index: number,
  packed: readonly PackedScreen[],
  homes: ReadonlyMap<string, number>,
  ids: readonly string[],
): Branch | null {
  let certain = index + 1;
  while (packed[certain] && !packed[certain]?.isCertain) certain += 1;
  if (certain === index + 1 || !packed[certain]) return null;
  if (certain === index + 2) {
    const condition = sayShown(packed[index + 1], index, packed, homes, ids);
    return condition === null ? null : { kind: 'if', condition, then: index + 1, otherwise: certain };
  }
  const branch = switchAfter(index, certain, packed, homes, ids);
  return branch && canHold(packed[index], branch) ? branch : null;
}

/** Each case has a button of its own, and each button is a component of the screen. */
function canHold(screen: PackedScreen | undefined, branch: SwitchBranch): boolean {
  const components = componentsOf(screen?.asked ?? []) + countPieces(screen?.closing ?? []);
  return components + branch.cases.length <= LIMITS.componentsPerScreen && targetsOf(branch).length <= LIMITS.branches;
}

/** When one of the screen's questions is shown that does not hang on its neighbours, in the words of screen `index`. */
function sayShown(
  screen: PackedScreen | undefined,
  index: number,
  packed: readonly PackedScreen[],
  homes: ReadonlyMap<string, number>,
  ids: readonly string[],
): string | null {
  const ways = waysTo(screen, homes, index).map((one) => {
    const said = one.parts.map((part) => sayAcross(part.condition, index, packed, homes, ids, one));
    return said.some((one) => one === null) ? null : said.map((one) => `(${one})`).join(' && ');
  });
  if (ways.length === 0 || ways.some((way) => way === null)) return null;
  const distinct = [...new Set(ways)];
  return distinct.length === 1 ? (distinct[0] ?? null) : distinct.map((way) => `(${way})`).join(' || ');
}

/** The questions that decide whether the screen is shown. */
function waysTo(screen: PackedScreen | undefined, homes: ReadonlyMap<string, number>, index: number): Asked[] {
  const isEarlier = (id: string) => (homes.get(id) ?? Infinity) <= index;
  return (screen?.asked ?? []).filter((one) => one.parts.every((part) => part.questions.every(isEarlier)));
}

function switchAfter(
  index: number,
  certain: number,
  packed: readonly PackedScreen[],
  homes: ReadonlyMap<string, number>,
  ids: readonly string[],
): SwitchBranch | null {
  const run = packed.slice(index + 1, certain);
  const parts = run.flatMap((screen) => screen.asked.flatMap((one) => one.parts));
  const looked = new Set(parts.flatMap((part) => part.questions));
  const [id] = looked;
  if (looked.size !== 1 || id === undefined) return null;
  const home = homes.get(id);
  const one = home === undefined ? undefined : packed[home]?.asked.find(({ plan }) => plan.question.id === id);
  const options = one && answeredByAll(one);
  const [input] = one?.plan.inputs ?? [];
  if (home === undefined || home > index || !one || !options || !input) return null;
  const cases = options.map(({ key, answer }) => {
    const given = { [id]: answer };
    const next = run.findIndex((screen) =>
      screen.asked.some(({ parts: own }) => own.every(({ condition }) => evaluateCondition(condition, given, ''))),
    );
    return { key, to: next < 0 ? certain : index + 1 + next };
  });
  const reference = home === index ? `form.${input.name}` : `screen.${ids[home] ?? ''}.form.${input.name}`;
  return { kind: 'switch', reference, cases };
}

/** The answers of a question that everybody has to choose from, by what the phone sends for each; null where it is not one. */
function answeredByAll({ plan }: Asked): { key: string; answer: Answer }[] | null {
  const { question, inputs } = plan;
  const [input] = inputs;
  if (inputs.length !== 1 || !input?.options || input.type !== 'string') return null;
  if (!question.required || question.visibleWhen) return null;
  if (question.kind !== 'single-choice' && question.kind !== 'yes-no') return null;
  if (!input.options.every(({ id }) => CASE_KEY.test(id))) return null;
  return input.options.map(({ id, choice }) => ({
    key: id,
    answer:
      question.kind === 'yes-no' ? { kind: 'boolean', value: choice === 'true' } : { kind: 'choice', choiceId: choice },
  }));
}
