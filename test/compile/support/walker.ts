import type { Program, ProgramField } from '@flowella/shared/compile/program.ts';
import { toDay } from '@flowella/shared/form/evaluate-condition.ts';
import type { Condition } from '@flowella/shared/form/form.ts';
import type { FieldValue, InputView } from '@flowella/shared/phone/screen-view.ts';
import { plausible } from './fill-in.ts';

/** Numbers that look random and are the same in every run. */
export function picker(seed: number): (count: number) => number {
  let state = Math.imul(seed, 0x9e3779b1) + 1;
  return (count) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) % Math.max(1, count);
  };
}

/**
 * Somebody who knows the conditions of the flow: mostly answers with what one of them looks for, or just beside it, so that
 * every branch is taken sooner or later.
 */
export function seeker(
  program: Program,
  pick: (count: number) => number,
): (input: InputView) => FieldValue | undefined {
  const operands = new Map<string, string[]>();
  for (const { question } of program.fields) if (question.visibleWhen) collect(question.visibleWhen, operands);
  for (const { earlier } of program.notes) if (earlier) collect(earlier, operands);
  Object.values(program.definitions.conditions).forEach((condition) => collect(condition, operands));
  Object.values(program.definitions.values).forEach((value) => {
    if (value.op === 'if') collect(value.condition, operands);
  });
  const homes = new Map(program.fields.flatMap((field) => field.inputs.map(({ name }) => [name, field] as const)));
  return (input) => {
    const field = homes.get(input.name);
    const wanted = field ? (operands.get(field.question.id) ?? []) : [];
    const sought = field && wanted.length > 0 && pick(5) > 0 ? seek(field, input, wanted, pick) : undefined;
    return sought ?? plausible(input, pick);
  };
}

function collect(condition: Condition, operands: Map<string, string[]>): void {
  if (condition.op === 'and' || condition.op === 'or') condition.conditions.forEach((part) => collect(part, operands));
  else if (condition.op === 'not') collect(condition.condition, operands);
  else if ('question' in condition) {
    const values = 'values' in condition ? condition.values : 'value' in condition ? [condition.value] : [];
    operands.set(condition.question, [...(operands.get(condition.question) ?? []), ...values]);
  }
}

function seek(
  field: ProgramField,
  input: InputView,
  wanted: string[],
  pick: (count: number) => number,
): FieldValue | undefined {
  const value = wanted[pick(wanted.length)] ?? '';
  const options = field.inputs.find(({ name }) => name === input.name)?.options ?? [];
  const idOf = (choice: string) => options.find((option) => option.choice === choice)?.id;
  switch (input.kind) {
    case 'radio':
    case 'dropdown':
      return idOf(value);
    case 'checkboxes': {
      const ids = [...new Set(pick(2) === 0 ? wanted : [value])].flatMap((choice) => idOf(choice) ?? []);
      return ids.length > 0 ? ids : undefined;
    }
    case 'text-input':
      if (input.inputType === 'number') return nearby(Number(value), input, pick);
      if (input.inputType === 'email') return /^[a-z]+@[a-z]+\.test$/.test(value) ? value : undefined;
      if (input.inputType === 'phone') return /^\+49\d{9,}$/.test(value) ? value : undefined;
      return within([value, `${value} and more`, `less and ${value}`, `not ${value} here`][pick(4)] ?? value, input);
    case 'text-area':
      return [value, `${value} and more`, `less and ${value}`][pick(3)];
    case 'date': {
      const day = toDay(value);
      if (!day) return undefined;
      return new Date(Date.parse(`${day}T00:00:00Z`) + (pick(3) - 1) * 86_400_000).toISOString().slice(0, 10);
    }
    default:
      return undefined;
  }
}

type TextField = Extract<InputView, { kind: 'text-input' }>;

/** The number itself or its neighbour; nothing where the field would not take it. */
function nearby(value: number, input: TextField, pick: (count: number) => number): FieldValue | undefined {
  return Number.isFinite(value) && value >= 1 ? within(String(value + pick(3) - 1), input) : undefined;
}

function within(text: string, { minChars, maxChars }: TextField): FieldValue | undefined {
  return text.trim() !== '' && text.length >= (minChars ?? 0) && text.length <= (maxChars ?? 80) ? text : undefined;
}
