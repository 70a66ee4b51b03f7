import { OTHER_CHOICE } from '@flowella/shared/compile/plan-question.ts';
import type { ProgramField, ProgramInput } from '@flowella/shared/compile/program.ts';
import { shareOf } from '@flowella/shared/compile/question-shares.ts';
import type { Answer } from '@flowella/shared/form/answers.ts';
import { checkAnswer } from './check-answer.ts';
import type { RawValues } from './session-state.ts';

/**
 * An answer as the inputs of its question would have sent it; null when it does not fit any more: its choice is gone, it is
 * too long or out of range (flow-rules.md section 3).
 */
export function toInputs(field: ProgramField, answer: Answer): RawValues | null {
  const { question, share } = field;
  if (share && 'choices' in question && answer.kind === 'choices') {
    const known = new Set([...question.choices.map(({ id }) => id), OTHER_CHOICE]);
    if (!answer.choiceIds.every((id) => known.has(id))) return null;
  }
  const own = shareOf(field, answer);
  if (!own) return {};
  const raw = spread(field, own);
  if (!raw) return null;
  return checkAnswer({ ...field, question: { ...field.question, required: false } }, raw).kind === 'answer'
    ? raw
    : null;
}

function spread(field: ProgramField, answer: Answer): RawValues | null {
  const { inputs } = field;
  const [first] = inputs;
  if (!first) return null;
  switch (answer.kind) {
    case 'boolean':
      if (first.type === 'boolean') return { [first.name]: answer.value };
      return optionFor(first, String(answer.value));
    case 'choice':
      return spreadChoice(inputs, answer.choiceId, answer.otherText);
    case 'choices':
      return spreadChoices(inputs, answer.choiceIds, answer.otherText);
    case 'ranking':
      return Object.assign({}, ...inputs.map((input, index) => optionFor(input, answer.choiceIds[index] ?? '') ?? {}));
    case 'date-time': {
      const [date, time] = answer.value.split('T');
      const [dateInput, timeInput] = inputs;
      return dateInput && timeInput && date && time
        ? { [dateInput.name]: date, [timeInput.name]: time.slice(0, 5) }
        : null;
    }
    case 'duration': {
      const [hours, minutes] = inputs;
      if (!hours || !minutes) return null;
      const whole = Math.floor(answer.seconds / 3_600);
      return { [hours.name]: String(whole), [minutes.name]: String(Math.floor((answer.seconds % 3_600) / 60)) };
    }
    case 'files':
      return null;
    default:
      return first.options ? optionFor(first, answer.value) : { [first.name]: answer.value };
  }
}

function optionFor(input: ProgramInput, choice: string): RawValues | null {
  const option = input.options?.find((entry) => entry.choice === choice);
  return option ? { [input.name]: option.id } : null;
}

function spreadChoice(
  inputs: readonly ProgramInput[],
  choiceId: string,
  otherText: string | undefined,
): RawValues | null {
  const holder = inputs.find(
    (input) => input.role !== 'group' && input.options?.some((option) => option.choice === choiceId),
  );
  const value = holder && optionFor(holder, choiceId);
  if (!holder || !value) return null;
  const group = inputs.find((input) => input.role === 'group');
  const other = inputs.find((input) => input.role === 'other');
  return {
    ...(group ? optionFor(group, holder.name) : {}),
    ...value,
    ...(other && otherText ? { [other.name]: otherText } : {}),
  };
}

function spreadChoices(
  inputs: readonly ProgramInput[],
  choiceIds: readonly string[],
  otherText: string | undefined,
): RawValues | null {
  const raw: RawValues = {};
  let found = 0;
  for (const input of inputs) {
    const ids = (input.options ?? []).filter((option) => choiceIds.includes(option.choice)).map((option) => option.id);
    found += ids.length;
    if (input.type === 'boolean') raw[input.name] = ids.length > 0;
    else if (input.role === 'other') {
      if (otherText) raw[input.name] = otherText;
    } else if (ids.length > 0) raw[input.name] = input.type === 'string' ? (ids[0] ?? '') : ids;
  }
  // Some of its choices are gone: showing the rest as the person's answer would be wrong.
  return found === choiceIds.length && found > 0 ? raw : null;
}
