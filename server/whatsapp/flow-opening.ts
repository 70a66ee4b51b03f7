import { z } from 'zod';
import type { Program, ProgramField } from '@flowella/shared/compile/program.ts';
import type { Answer, Answers } from '@flowella/shared/form/answers.ts';
import type { FlowOpening } from './messages.ts';

const jsonValue: z.ZodType<unknown> = z.unknown();
const declarationSchema = z.object({
  type: z.enum(['string', 'number', 'boolean', 'object', 'array']),
  properties: z.record(z.string(), jsonValue).optional(),
  __example__: jsonValue,
});
const flowSchema = z.object({
  screens: z.array(z.object({ id: z.string(), data: z.record(z.string(), declarationSchema).optional() })),
});

/**
 * How the message's button opens a version (flow-rules.md section 3). Connected: the endpoint answers INIT with the prefilled
 * values, none stand in the message. Light: the message carries the entry screen's whole data model, exactly.
 */
export function flowOpening(version: { program: Program; flowJson: string }, prefill: Answers): FlowOpening {
  const { program } = version;
  if (program.mode === 'connected') return { kind: 'data_exchange' };
  const flow = flowSchema.parse(JSON.parse(version.flowJson));
  const model = flow.screens.find((screen) => screen.id === program.entry)?.data ?? {};
  const values = initialValues(program, prefill);
  const data: Record<string, unknown> = {};
  for (const [key, declaration] of Object.entries(model)) data[key] = valueFor(key, declaration, values);
  return { kind: 'navigate', screen: program.entry, data: Object.keys(data).length > 0 ? data : null };
}

/** A key named after an input holds that input's value; `init` holds those it declares; anything else keeps what the compiler wrote. */
function valueFor(
  key: string,
  declaration: z.infer<typeof declarationSchema>,
  values: ReadonlyMap<string, unknown>,
): unknown {
  if (declaration.type === 'object') {
    const declared = Object.keys(declaration.properties ?? {});
    return Object.fromEntries(declared.flatMap((name) => (values.has(name) ? [[name, values.get(name)]] : [])));
  }
  const input = key.replace(/^init_/, '');
  if (values.has(input)) return values.get(input);
  return key.startsWith('init_') ? emptyOf(declaration.type) : declaration.__example__;
}

function emptyOf(type: 'string' | 'number' | 'boolean' | 'array'): unknown {
  switch (type) {
    case 'string':
      return '';
    case 'number':
      return 0;
    case 'boolean':
      return false;
    case 'array':
      return [];
  }
}

/** Input name → what the phone puts into it. Inputs that a question is spread over start empty. */
function initialValues(program: Program, prefill: Answers): Map<string, unknown> {
  const values = new Map<string, unknown>();
  for (const field of program.fields) {
    const answer = prefill[field.question.id];
    const input = field.inputs.length === 1 ? field.inputs[0] : undefined;
    const value = answer && input ? toInput(field, answer) : undefined;
    if (input && value !== undefined) values.set(input.name, value);
  }
  return values;
}

function toInput(field: ProgramField, answer: Answer): unknown {
  const options = field.inputs[0]?.options ?? [];
  const optionOf = (choice: string): string | undefined => options.find((option) => option.choice === choice)?.id;
  switch (answer.kind) {
    case 'choice':
      return optionOf(answer.choiceId);
    case 'choices': {
      const ids = answer.choiceIds.map(optionOf).filter((id) => id !== undefined);
      return ids.length > 0 ? ids : undefined;
    }
    case 'boolean':
      // A yes-no question is a list of two; a box is a boolean.
      return field.inputs[0]?.type === 'boolean' ? answer.value : optionOf(String(answer.value));
    case 'number':
      return options.length > 0 ? optionOf(answer.value) : answer.value;
    case 'text':
    case 'email':
    case 'phone':
    case 'url':
    case 'date':
      return answer.value;
    case 'ranking':
    case 'time':
    case 'date-time':
    case 'duration':
    case 'appointment':
    case 'files':
      return undefined;
  }
}
