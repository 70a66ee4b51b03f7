import { z } from 'zod';
import { conditionSchema, definitionsSchema, expressionSchema, questionSchema } from '../form/form-schema.ts';
import type { Condition, Definitions, Expression, Question } from '../form/form.ts';
import { FLOW_LANGUAGES, type FlowLanguage } from '../flow-words/languages.ts';
import type { TextPart } from '../form/recall.ts';

/**
 * What the endpoint needs to run one flow version: fields, checks, branches, screens. Made by the compiler beside the Flow
 * JSON, stored with the version, read again by `programSchema`. `format` changes when an old program can no longer be read.
 */
export type Program = {
  format: 1;
  /** The literal `v` in every payload: the id of the flow version (flow-rules.md section 2). */
  version: string;
  mode: 'connected' | 'light';
  /** Language of our own words in the flow. */
  language: FlowLanguage;
  /** Id of the screen a flow starts with: that of the confirmation where there is one. */
  entry: string;
  /** How who answers is confirmed before anything else; its screen is not among `screens`, and nothing on it is an answer. */
  confirmation?: ProgramConfirmation;
  /** Id of the notice screen; null in light flows, which have none. */
  notice: string | null;
  /** Topological order: edges only go forward. The notice screen is not among them. */
  screens: ProgramScreen[];
  /** In the order in which they are asked. */
  fields: ProgramField[];
  /** Texts that hang on a condition. */
  notes: ProgramNote[];
  /** Texts in which an answer or a computed value is shown: the endpoint puts them together. */
  texts: ProgramText[];
  definitions: Definitions;
  /** The form's variables, computed over the answers that count. */
  computed: { id: string; value: Expression }[];
  /** Which of the form's endings is reached; the first whose condition holds. */
  endings: { id: string | null; when: Condition }[];
};

/** `webhookId`: of the customer's system that mails the codes. */
export type ProgramConfirmation = { screen: string } & ({ channel: 'email'; webhookId: string } | { channel: 'agent' });

export type ProgramNote = {
  screen: string;
  earlier?: Condition;
  showKey?: string;
  decidedOnPhone: boolean;
};

export type ProgramText = { screen: string; key: string; parts: TextPart[] };

export type ProgramScreen = {
  id: string;
  title: string;
  /** Answers are sent from here: `SUCCESS` is answered from terminal screens only. */
  terminal: boolean;
  /** False when all of its questions depend on earlier screens: the path decides whether it is shown. */
  certain: boolean;
  /** Question ids, in order. */
  questions: string[];
  /** Screens that may follow, from the routing model, without the notice screen. */
  next: string[];
  /** Data key of the values shown when the screen opens; null where it has no inputs. In light flows all stand on the entry screen. */
  initKey: string | null;
};

export type ProgramField = {
  /** The question as it is asked: labels and `required` already carry the design. `origin` is empty. */
  question: Question;
  screen: string;
  /**
   * Where the boxes of one question are spread over screens, each of them has a field of that question with its share of the
   * choices; the answer is what is ticked on all of them, and how many may be is known on the last.
   */
  share?: { number: number; count: number };
  /** One input for most kinds; several where a question is spread (split lists, date and time). */
  inputs: ProgramInput[];
  /** The part of `visibleWhen` that earlier screens decide; `show_<field>` in the screen's data model when `showKey` is set. */
  earlier?: Condition;
  showKey?: string;
  /** True when the phone decides the rest of `visibleWhen` from inputs of the same screen. */
  decidedOnPhone: boolean;
  /** A tick of the legal consent. Never prefilled. */
  isConsent: boolean;
  /** False for consent, document numbers and whatever else is never filled in beforehand (flow-rules.md section 3). */
  mayPrefill: boolean;
};

export type ProgramInput = {
  /** Name of the input on the screen and key in the payload. Unique in the flow. */
  name: string;
  role: 'value' | 'other' | 'group' | 'part' | 'date' | 'time' | 'hours' | 'minutes' | 'rank';
  /** What the phone sends. */
  type: 'string' | 'strings' | 'boolean' | 'files';
  /** How long an error under the input may be: 30 characters at a text input, 80 at a date (whatsapp-flows.md 4.2). */
  errorMaxLength: number;
  maxLength?: number;
  /** `id` on the phone → id of the choice. For the role `group`: → name of the `part` input. */
  options?: { id: string; choice: string }[];
  /** Its options stand in `options_<name>` of the screen's data, and a sentence about them in `note_<name>`. */
  isLive?: boolean;
};

const programInputSchema: z.ZodType<ProgramInput> = z.object({
  name: z.string(),
  role: z.enum(['value', 'other', 'group', 'part', 'date', 'time', 'hours', 'minutes', 'rank']),
  type: z.enum(['string', 'strings', 'boolean', 'files']),
  errorMaxLength: z.number(),
  maxLength: z.number().optional(),
  options: z.array(z.object({ id: z.string(), choice: z.string() })).optional(),
  isLive: z.boolean().optional(),
});

export const programSchema: z.ZodType<Program> = z.object({
  format: z.literal(1),
  version: z.string(),
  mode: z.enum(['connected', 'light']),
  language: z.enum(FLOW_LANGUAGES),
  entry: z.string(),
  notice: z.string().nullable(),
  confirmation: z
    .discriminatedUnion('channel', [
      z.object({ screen: z.string(), channel: z.literal('email'), webhookId: z.string() }),
      z.object({ screen: z.string(), channel: z.literal('agent') }),
    ])
    .optional(),
  screens: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      terminal: z.boolean(),
      certain: z.boolean(),
      questions: z.array(z.string()),
      next: z.array(z.string()),
      initKey: z.string().nullable(),
    }),
  ),
  fields: z.array(
    z.object({
      question: questionSchema,
      screen: z.string(),
      share: z.object({ number: z.number(), count: z.number() }).optional(),
      inputs: z.array(programInputSchema),
      earlier: conditionSchema.optional(),
      showKey: z.string().optional(),
      decidedOnPhone: z.boolean(),
      isConsent: z.boolean(),
      mayPrefill: z.boolean(),
    }),
  ),
  // Programs made before there were rules have none of these.
  notes: z
    .array(
      z.object({
        screen: z.string(),
        earlier: conditionSchema.optional(),
        showKey: z.string().optional(),
        decidedOnPhone: z.boolean(),
      }),
    )
    .default([]),
  texts: z
    .array(
      z.object({
        screen: z.string(),
        key: z.string(),
        parts: z.array(
          z.union([z.string(), z.object({ kind: z.enum(['answer', 'hidden', 'variable']), id: z.string() })]),
        ),
      }),
    )
    .default([]),
  definitions: definitionsSchema.default({ conditions: {}, values: {} }),
  computed: z.array(z.object({ id: z.string(), value: expressionSchema })).default([]),
  endings: z.array(z.object({ id: z.string().nullable(), when: conditionSchema })).default([]),
});
