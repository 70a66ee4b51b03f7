import { DOCUMENT_MIME_TYPES } from '../flow-json/component-rules.ts';
import type { FlowComponent, JsonValue } from '../flow-json/flow-json.ts';
import { cutText } from '../form/cut-text.ts';
import { hasRecall, withoutRecall } from '../form/recall.ts';
import { isConsentId } from '../form/consent-questions.ts';
import { linkIn } from '../form/link-in.ts';
import type { Choice, Question } from '../form/form.ts';
import { isolatedIn } from '../flow-words/direction.ts';
import { looksLikeDocumentNumber } from '../form/looks-like-document-number.ts';
import { ownMember } from '../form/own-member.ts';
import { flowText, type FlowLanguage, type FlowTextKey } from './flow-texts.ts';
import type { InputNamer } from './input-namer.ts';
import { COMFORT, LIMITS } from './limits.ts';
import { toOptions, type OptionItem, type Options } from './option-items.ts';
import type { Assets, TextPiece } from './prepare-questions.ts';
import type { FileShares } from './share-files.ts';
import { MAX_TEXTS } from './spread-texts.ts';
import type { ProgramInput } from './program.ts';
import { losesRecall } from './say-recall.ts';
import { bodyTexts, pieceComponents, textComponents } from './text-pieces.ts';
import { timePattern } from './time-pattern.ts';

/** A component before its place is known: visibility and `required` are added when the screens are. */
export type PlannedComponent = {
  component: FlowComponent;
  isInput: boolean;
  isRequired: boolean;
  when?: string;
  /** Shown too where the server has nothing to choose from: it says so. */
  staysWithoutOptions?: boolean;
};

/** How a question will be asked. */
export type Plan = {
  kind: 'asked';
  question: Question;
  inputs: ProgramInput[];
  components: PlannedComponent[];
  /** How much of a screen it takes, in ordinary questions. */
  weight: number;
  optIns: number;
  sensitive: string[];
  /** Codes of the fit report, the most important first; empty when it is asked as it is. */
  changes: string[];
  /** Which of several screens' share of one question's boxes it is; absent where all of them stand together. */
  share?: { number: number; count: number };
};
export type Refusal = { kind: 'refused'; question: Question; code: string };

/** A text that hangs on a condition, as a plan without inputs: it is placed and shown like a question. */
export function planNote(question: Question, pieces: readonly TextPiece[], language: FlowLanguage): Plan {
  return planTexts(question, pieces.flatMap((piece) => pieceComponents(piece, language)).map(asText));
}

/** Most components of its own texts that a question keeps beside its fields. */
const MAX_OWN_TEXTS = 8;

/** A question whose words alone would fill a screen: all but the end of them are plans of their own, which stand above it. */
export function splitWords(plan: Plan): { plan: Plan; above: Plan[] } {
  const firstInput = plan.components.findIndex((one) => one.isInput);
  const excess = firstInput - MAX_OWN_TEXTS;
  if (excess <= 0) return { plan, above: [] };
  const parts = Array.from({ length: Math.ceil(excess / MAX_TEXTS) }, (_, index) =>
    plan.components.slice(index * MAX_TEXTS, Math.min(excess, (index + 1) * MAX_TEXTS)),
  );
  const above = parts.map((part) => planTexts(plan.question, part));
  return { plan: { ...plan, components: plan.components.slice(excess) }, above };
}

function planTexts(question: Question, components: PlannedComponent[]): Plan {
  const length = components.reduce((sum, { component }) => sum + lengthOf(component.text), 0);
  return {
    kind: 'asked',
    question,
    inputs: [],
    components,
    weight: 0.25 + Math.min(2, length / 500),
    optIns: 0,
    sensitive: [],
    changes: [],
  };
}

function lengthOf(text: JsonValue | undefined): number {
  return typeof text === 'string' ? text.length : 0;
}

type Context = {
  question: Question;
  language: FlowLanguage;
  namer: InputNamer;
  changes: string[];
  files: FileShares;
};

/** What may be an address on the web, with or without its scheme; the endpoint looks closer, where there is one. */
const WEB_ADDRESS = '^([hH][tT][tT][pP][sS]?:[/][/])?[^/?# ]+[.][^/?# ]+([/?#][^ ]*)?$';
const LONG_TEXT = 3_000;
const SHORT_TEXT = 255;
const MAX_GROUPS = 20;

/** A plan, and for more boxes than stand well on one screen those of the screens after it. */
export type PlannedQuestion = Plan & { continued: Plan[] };

/** Plans one question after the table of form-tools.md section 6, or says why it cannot be asked. */
export function planQuestion(
  question: Question,
  language: FlowLanguage,
  namer: InputNamer,
  { assets = {}, files = new Map(), room }: { assets?: Assets; files?: FileShares; room?: PictureRoom } = {},
): PlannedQuestion | Refusal {
  const code = refusalOf(question, files);
  if (code) return { kind: 'refused', question, code };
  const isNameless = hasNoName(question);
  const named = isNameless ? { ...question, label: '' } : question;
  const context: Context = { question: named, language, namer, changes: [], files };
  const bodies = withPictures(context, planBody(context), assets, room ?? { pictures: Infinity });
  const remarks = question.remarks ?? [];
  context.changes.unshift(...(isNameless ? ['name_missing', ...remarks.filter(notOfLabel)] : remarks));
  if (question.label.trim() === '' && isConsentId(question.id)) context.changes.unshift('consent_text_missing');
  if (
    recallsInChoices(question) ||
    bodies.some(({ components }) => components.some(({ component }) => losesRecall(component)))
  )
    context.changes.push('recall_lost');
  if (looksLikeDocumentNumber(question)) context.changes.unshift('document_number');
  const toPlan = (body: Body, index: number): Plan => ({
    kind: 'asked',
    question: question.kind === 'file' ? { ...question, maxFiles: files.get(question.id) } : question,
    inputs: body.inputs,
    components: body.components,
    weight: body.weight ?? 1,
    optIns: body.components.filter(({ component }) => component.type === 'OptIn').length,
    sensitive: looksLikeDocumentNumber(question) ? body.inputs.map((input) => input.name) : [],
    changes: context.changes,
    ...(bodies.length > 1 ? { share: { number: index + 1, count: bodies.length } } : {}),
  });
  const [first, ...continued] = bodies;
  return { ...toPlan(first, 0), continued: continued.map((body, index) => toPlan(body, index + 1)) };
}

/**
 * A question without a label stands under its internal name where that reads like words ("company_size"); a number or a row
 * of hexadecimal digits says nothing to anybody, and the field then says by itself what it wants.
 */
function hasNoName({ label, remarks = [] }: Question): boolean {
  if (!remarks.includes('label_missing')) return false;
  if (/^(?:field|item|question|q)[-_ ]?\d*$/i.test(label)) return true;
  const words = label.split(/[^\p{L}\p{N}]+/u);
  return !words.some((word) => /^\p{L}{3,}$/u.test(word) && !/^[a-f]+$/i.test(word));
}

function notOfLabel(code: string): boolean {
  return code !== 'label_missing';
}

/** The names of choices and the ends of a scale are fixed: no answer can stand in them. */
function recallsInChoices(question: Question): boolean {
  if (question.kind === 'scale') return hasRecall(`${question.minLabel ?? ''}${question.maxLabel ?? ''}`);
  return 'choices' in question && question.choices.some((one) => hasRecall(`${one.label}${one.description ?? ''}`));
}

function refusalOf(question: Question, files: FileShares): string | null {
  switch (question.kind) {
    case 'unsupported':
      if (/payment/i.test(question.rawType)) return 'payment_not_possible';
      if (/calendly|schedul|booking/i.test(question.rawType)) return 'calendar_not_possible';
      if (/signature/i.test(question.rawType)) return 'signature_not_possible';
      if (/video|audio/i.test(question.rawType)) return 'recording_not_possible';
      return question.rawType === '' ? 'type_missing' : 'type_not_known';
    case 'file':
      if (!files.has(question.id)) return files.size === 0 ? 'file_not_possible' : 'too_many_files';
      return question.mimeTypes && pickableTypes(question.mimeTypes).length === 0 ? 'file_type_not_possible' : null;
    case 'ranking':
      return question.choices.length > COMFORT.rankedChoices ? 'ranking_too_long' : emptyCode(question.choices);
    case 'single-choice':
      return question.choices.length > MAX_GROUPS * LIMITS.dropdownOptions
        ? 'too_many_choices'
        : emptyCode(question.choices);
    case 'multi-choice':
      return question.choices.length > MAX_GROUPS * LIMITS.radioOptions
        ? 'too_many_choices'
        : emptyCode(question.choices);
    case 'scale': {
      const steps = (question.max - question.min) / (question.step ?? 1) + 1;
      return Number.isInteger(steps) && steps >= 1 && steps <= LIMITS.dropdownOptions ? null : 'scale_not_possible';
    }
    default:
      return null;
  }
}

function emptyCode(choices: readonly Choice[]): string | null {
  return choices.length === 0 ? 'no_choices' : null;
}

/** Bytes left for pictures in the whole flow. */
type PictureRoom = { pictures: number };

/** A menu takes fewer items when any of them has a picture (whatsapp-flows.md 4.2). */
const MAX_MENU_WITH_PICTURES = 100;

/** Puts the pictures of choices beside their names, where their bytes are at hand and small enough. */
function withPictures(context: Context, bodies: Bodies, assets: Assets, room: PictureRoom): Bodies {
  const { question } = context;
  const choices = 'choices' in question ? question.choices.filter((choice) => choice.image) : [];
  if (choices.length === 0) return bodies;
  const pictures = new Map(
    choices.flatMap((choice) => {
      const src = ownMember(assets, choice.image?.url ?? '');
      return src !== undefined && src.length <= LIMITS.optionImageBase64 ? [[choice.id, src] as const] : [];
    }),
  );
  let shown = 0;
  const shownIn =
    (body: Body) =>
    (planned: PlannedComponent): PlannedComponent => {
      const items = planned.component['data-source'];
      const input = body.inputs.find(({ name }) => name === planned.component.name);
      if (!Array.isArray(items) || !input?.options) return planned;
      if (planned.component.type === 'Dropdown' && items.length > MAX_MENU_WITH_PICTURES) return planned;
      const source = items.map((item, index) => {
        const image = pictures.get(input.options?.[index]?.choice ?? '');
        if (image === undefined || typeof item !== 'object' || item === null || Array.isArray(item)) return item;
        if (image.length > room.pictures) return item;
        room.pictures -= image.length;
        shown += 1;
        return { ...item, image };
      });
      return { ...planned, component: { ...planned.component, 'data-source': source } };
    };
  const [first, ...rest] = bodies;
  const pictured = (body: Body): Body => ({ ...body, components: body.components.map(shownIn(body)) });
  const drawn: Bodies = [pictured(first), ...rest.map(pictured)];
  if (shown < choices.length) context.changes.push('choice_pictures_left_out');
  return drawn;
}

type Body = { inputs: ProgramInput[]; components: PlannedComponent[]; weight?: number };
/** What stands on a screen together: one, or one for each share of a question that is spread over screens. */
type Bodies = [Body, ...Body[]];

function planBody(context: Context): Bodies {
  const { question } = context;
  return question.kind === 'multi-choice' ? planMulti(context, question) : [planOne(context, question)];
}

function planOne(context: Context, question: Exclude<Question, { kind: 'multi-choice' }>): Body {
  switch (question.kind) {
    case 'short-text':
      return planShortText(context, question);
    case 'long-text':
      return planLongText(context, question);
    case 'email':
      return textInput(context, { label: 'email', type: 'email', maxLength: 254 });
    case 'phone':
      return textInput(context, { label: 'phone', type: 'phone', maxLength: 30, help: say(context, 'phoneHelp') });
    case 'url':
      return textInput(context, {
        label: 'website',
        type: 'text',
        maxLength: 2_000,
        help: say(context, 'urlHelp'),
        pattern: WEB_ADDRESS,
      });
    case 'number':
      return planNumber(context, question);
    case 'yes-no':
      return planYesNo(context);
    case 'checkbox':
      return planCheckbox(context, question);
    case 'single-choice':
      return planSingle(context, question);
    case 'scale':
      return planScale(context, question);
    case 'ranking':
      return planRanking(context, question);
    case 'date':
      if (question.withoutYear) context.changes.push('date_with_year');
      return planDate(context, question);
    case 'time':
      return planTime(context);
    case 'date-time':
      if (question.withoutYear) context.changes.push('date_with_year');
      return planDateTime(context);
    case 'duration':
      return planDuration(context);
    case 'appointment-day':
      context.changes.push('appointment_day');
      return planLive(context, 'date');
    case 'appointment':
      context.changes.push('appointment_time');
      return planLive(context, 'time');
    case 'file':
      return planFile(context, question);
    case 'unsupported':
      return { inputs: [], components: [] };
  }
}

// --- texts --------------------------------------------------------------------------------------------------------

function say(context: Context, key: FlowTextKey, values?: Record<string, string | number>): string {
  return flowText(context.language, key, values);
}

function asText(component: FlowComponent): PlannedComponent {
  return { component, isInput: false, isRequired: false };
}

/** The full question above its field, and the short label that goes onto the field then. */
function labelled(context: Context, max: number, short: FlowTextKey): { label: string; above: PlannedComponent[] } {
  const label = context.question.label.trim();
  // A field's label is one line.
  const line = label
    .split('\n')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join(' ');
  if (line !== '' && line.length <= max && !hasRecall(line)) return { label: line, above: [] };
  return { label: cutText(say(context, short), max), above: label === '' ? [] : above(label) };
}

/** A question, or what several are about, above their fields. */
export function above(text: string): PlannedComponent[] {
  if (text.trim() === '') return [];
  // A text with an answer in it can become longer than a heading may be.
  if (text.length <= LIMITS.heading && !hasRecall(text)) return [asText({ type: 'TextSubheading', text })];
  return bodyTexts(text).map((piece) => asText({ type: 'TextBody', text: piece, 'font-weight': 'bold' }));
}

/** Help that fits the field goes onto it; longer help stands above it. */
function helped(context: Context, max: number, fallback = ''): { help: string; above: PlannedComponent[] } {
  const help = (context.question.help ?? '').replace(/\s*\n\s*/g, ' ').trim();
  const placeholder = (context.question.placeholder ?? '').trim();
  if (help === '') {
    const own = joined([placeholder, fallback]);
    return { help: own.length <= max ? own : fallback || (placeholder.length <= max ? placeholder : ''), above: [] };
  }
  // What the field takes has to be said beside what the form says.
  const both = joined([help, fallback]);
  if (both.length <= max && !hasRecall(help)) return { help: both, above: [] };
  return { help: fallback, above: textComponents(context.question.help ?? help, 'caption').map(asText) };
}

function joined(texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join(' · ');
}

// --- files ------------------------------------------------------------------------------------------------------------

/**
 * One picker on a screen of its own (flow-rules.md section 2). Its limits are always set: without them a picker counts as 30
 * files of 25 MB, and the flow is refused (whatsapp-flows.md 3.4).
 */
function planFile(context: Context, question: Extract<Question, { kind: 'file' }>): Body {
  const name = context.namer.name(question.id);
  const count = context.files.get(question.id) ?? 1;
  const types = question.mimeTypes && pickableTypes(question.mimeTypes);
  const isPhoto = types !== undefined && types.every((type) => type.startsWith('image/'));
  const limits = { count, megabytes: COMFORT.fileKilobytes / 1_024 };
  const { label, above } = labelled(context, LIMITS.pickerLabel, 'addFile');
  const help = helped(context, LIMITS.pickerDescription - LIMITS.helper);
  const description = joined([help.help, say(context, count === 1 ? 'fileHelp' : 'filesHelp', limits)]);
  context.changes.push('file_limits');
  const component: FlowComponent = {
    type: isPhoto ? 'PhotoPicker' : 'DocumentPicker',
    name,
    label,
    description,
    'max-file-size-kb': COMFORT.fileKilobytes,
    [isPhoto ? 'max-uploaded-photos' : 'max-uploaded-documents']: count,
    ...(types && !isPhoto ? { 'allowed-mime-types': types } : {}),
  };
  return {
    inputs: [{ name, role: 'value', type: 'files', errorMaxLength: LIMITS.dateError }],
    components: [...above, ...help.above, { component, isInput: true, isRequired: question.required }],
  };
}

/** Of what the form takes, what a picker can offer (whatsapp-flows.md 4.2). */
function pickableTypes(mimeTypes: readonly string[]): string[] {
  const wanted = mimeTypes.flatMap((type) =>
    type.endsWith('/*') ? DOCUMENT_MIME_TYPES.filter((known) => known.startsWith(type.slice(0, -1))) : [type],
  );
  return DOCUMENT_MIME_TYPES.filter((type) => wanted.includes(type));
}

// --- text inputs ----------------------------------------------------------------------------------------------------

type TextInputPlan = {
  label: FlowTextKey;
  type: 'text' | 'email' | 'phone' | 'number';
  maxLength: number;
  minLength?: number;
  help?: string;
  pattern?: string;
  role?: ProgramInput['role'];
  suffix?: string;
};

function textInput(context: Context, plan: TextInputPlan): Body {
  const { question } = context;
  const { label, above: question_above } = labelled(context, LIMITS.textInputLabel, plan.label);
  const help = helped(context, LIMITS.helper, plan.help);
  const name = context.namer.name(question.id);
  const component: FlowComponent = {
    type: 'TextInput',
    name,
    label,
    'input-type': plan.type,
    ...(plan.minLength ? { 'min-chars': plan.minLength } : {}),
    'max-chars': plan.maxLength,
    ...(plan.pattern ? { pattern: plan.pattern } : {}),
    ...(help.help ? { 'helper-text': help.help } : {}),
  };
  return {
    inputs: [{ ...stringInput(name, LIMITS.textInputError), maxLength: plan.maxLength }],
    components: [...question_above, ...help.above, { component, isInput: true, isRequired: question.required }],
  };
}

function stringInput(name: string, errorMaxLength: number, role: ProgramInput['role'] = 'value'): ProgramInput {
  return { name, role, type: 'string', errorMaxLength };
}

function planShortText(context: Context, question: Extract<Question, { kind: 'short-text' }>): Body {
  return textInput(context, {
    label: 'yourAnswer',
    type: 'text',
    maxLength: question.maxLength ?? SHORT_TEXT,
    minLength: question.minLength,
    // A pattern makes a helper text mandatory (whatsapp-flows.md 4.2).
    ...(question.pattern
      ? // The phone is content when it finds the pattern somewhere; the endpoint wants the whole answer to fit.
        {
          pattern: `^(?:${question.pattern})$`,
          help: cutText(question.patternHelp ?? say(context, 'pleaseCheck'), LIMITS.helper),
        }
      : {}),
  });
}

function planLongText(context: Context, question: Extract<Question, { kind: 'long-text' }>): Body {
  const { label, above: question_above } = labelled(context, LIMITS.textInputLabel, 'yourAnswer');
  const help = helped(context, LIMITS.helper);
  const name = context.namer.name(question.id);
  const maxLength = question.maxLength ?? LONG_TEXT;
  const component: FlowComponent = {
    type: 'TextArea',
    name,
    label,
    'max-length': maxLength,
    ...(help.help ? { 'helper-text': help.help } : {}),
  };
  return {
    inputs: [{ ...stringInput(name, LIMITS.textInputError), maxLength }],
    components: [...question_above, ...help.above, { component, isInput: true, isRequired: question.required }],
  };
}

function planNumber(context: Context, question: Extract<Question, { kind: 'number' }>): Body {
  const { minDigits: min, maxDigits: max } = question;
  const digits =
    min && max
      ? say(context, 'digitsBetween', { min, max })
      : min
        ? say(context, 'digitsAtLeast', { min })
        : max
          ? say(context, 'digitsAtMost', { max })
          : '';
  const help = joined([digits, isolatedIn(say(context, 'number'), rangeOf(question))]);
  // A sign and a decimal point may come on top of the digits.
  return textInput(context, { label: 'number', type: 'number', maxLength: max ? max + 2 : 40, minLength: min, help });
}

/** "18 – 99", "≥ 18", "≤ 99": signs that every language reads. */
function rangeOf({ min, max }: { min?: number; max?: number }): string {
  if (min !== undefined && max !== undefined) return `${min} – ${max}`;
  if (min !== undefined) return `≥ ${min}`;
  return max === undefined ? '' : `≤ ${max}`;
}

// --- choices --------------------------------------------------------------------------------------------------------

type ListPlan = {
  type: 'RadioButtonsGroup' | 'Dropdown' | 'CheckboxGroup';
  options: Options;
  name: string;
  label: string;
  description?: string;
  role?: ProgramInput['role'];
  isRequired: boolean;
  when?: string;
  extra?: Record<string, JsonValue>;
};

function list(plan: ListPlan): { input: ProgramInput; component: PlannedComponent } {
  return {
    input: {
      name: plan.name,
      role: plan.role ?? 'value',
      type: plan.type === 'CheckboxGroup' ? 'strings' : 'string',
      errorMaxLength: LIMITS.textInputError,
      options: plan.options.map,
    },
    component: {
      component: {
        type: plan.type,
        name: plan.name,
        label: plan.label,
        ...(plan.description ? { description: plan.description } : {}),
        'data-source': plan.options.items.map((item): { [key: string]: JsonValue } => ({ ...item })),
        ...plan.extra,
      },
      isInput: true,
      isRequired: plan.isRequired,
      when: plan.when,
    },
  };
}

function planList(context: Context, type: ListPlan['type'], options: Options, extra?: ListPlan['extra']): Body {
  const { question } = context;
  const isMenu = type === 'Dropdown';
  const short: FlowTextKey = type === 'CheckboxGroup' ? 'chooseSome' : 'chooseOne';
  const { label, above: question_above } = labelled(
    context,
    isMenu ? LIMITS.dropdownLabel : LIMITS.choiceGroupLabel,
    short,
  );
  const help = helped(context, isMenu ? 0 : LIMITS.groupDescription);
  sayOptionChanges(context, options);
  const name = context.namer.name(question.id);
  const { input, component } = list({
    type,
    options,
    name,
    label,
    description: help.help,
    isRequired: question.required,
    extra,
  });
  return {
    inputs: [input],
    components: [...question_above, ...help.above, component],
    weight: isMenu ? 1 : listWeight(options.items.length),
  };
}

function sayOptionChanges(context: Context, { isShortened, isNumbered }: Options): void {
  if (isShortened) context.changes.push('choice_titles_shortened');
  if (isNumbered) context.changes.push('choices_alike');
}

/** Long lists fill a phone's screen. */
function listWeight(count: number): number {
  return 1 + Math.min(2, Math.max(0, (count - 6) / 6));
}

function withOther(context: Context, choices: readonly Choice[], allowOther: boolean | undefined): Choice[] {
  if (!allowOther) return [...choices];
  // A form may have a choice "Other" of its own beside the one that asks for words.
  const other = say(context, 'other');
  const isTaken = choices.some(({ label }) => label.trim().toLowerCase() === other.toLowerCase());
  return [...choices, { id: OTHER_CHOICE, label: isTaken ? say(context, 'otherAnswer') : other }];
}

/** Id of the choice "Other" in the program; the answer carries the text beside it. */
export const OTHER_CHOICE = '__other__';

function planSingle(context: Context, question: Extract<Question, { kind: 'single-choice' }>): Body {
  const choices = withOther(context, question.choices, question.allowOther);
  if (choices.length > LIMITS.dropdownOptions) return planGrouped(context, choices, question.allowOther ?? false);
  const isMenu = question.style === 'menu' || choices.length > LIMITS.radioOptions;
  if (isMenu && question.style !== 'menu') context.changes.push('choices_as_menu');
  const options = toOptions(choices);
  const body = planList(context, isMenu ? 'Dropdown' : 'RadioButtonsGroup', options);
  return question.allowOther ? addOther(context, body, options) : body;
}

/** "Other" needs a field for the text: shown on the phone when it is chosen from a single list, always under a multiple one. */
function addOther(context: Context, body: Body, options: Options): Body {
  const [first] = body.inputs;
  const other = options.map.find((entry) => entry.choice === OTHER_CHOICE);
  const when = first?.type === 'string' && other ? `\${form.${first.name}} == '${other.id}'` : undefined;
  return withOtherField(context, body, when);
}

function withOtherField(context: Context, body: Body, when: string | undefined): Body {
  const name = context.namer.name(context.question.id, 'other');
  const component: FlowComponent = {
    type: 'TextInput',
    name,
    label: cutText(say(context, 'otherAnswer'), LIMITS.textInputLabel),
    'input-type': 'text',
    'max-chars': SHORT_TEXT,
  };
  context.changes.push('other_in_own_field');
  const planned: PlannedComponent = { component, isInput: true, isRequired: when !== undefined, when };
  const input: ProgramInput = { ...stringInput(name, LIMITS.textInputError, 'other'), maxLength: SHORT_TEXT };
  return {
    inputs: [...body.inputs, input],
    components: [...body.components, planned],
    weight: (body.weight ?? 1) + 0.5,
  };
}

/**
 * More than 200 choices: first the section of the list, then the choice in it. Said on the phone alone, so it works in both
 * modes and without a search at the server.
 */
function planGrouped(context: Context, choices: readonly Choice[], hasOther: boolean): Body {
  const { question } = context;
  const count = Math.min(MAX_GROUPS, Math.ceil(choices.length / COMFORT.choicesPerPart));
  const size = Math.ceil(choices.length / count);
  const parts = Array.from({ length: Math.ceil(choices.length / size) }, (_, index) =>
    choices.slice(index * size, (index + 1) * size),
  );
  const { label, above: question_above } = labelled(context, LIMITS.choiceGroupLabel, 'range');
  const help = helped(context, LIMITS.groupDescription);
  const groupName = context.namer.name(question.id, 'section');
  const partNames = parts.map((_, index) => context.namer.name(question.id, `part_${index + 1}`));
  const sections = toOptions(parts.map((part, index) => ({ id: `section_${index + 1}`, ...rangeOfPart(part) })));
  const chooser = list({
    type: 'RadioButtonsGroup',
    options: {
      ...sections,
      map: sections.items.map((item, index) => ({ id: item.id, choice: partNames[index] ?? '' })),
    },
    name: groupName,
    label: question_above.length > 0 ? cutText(say(context, 'range'), LIMITS.choiceGroupLabel) : label,
    description: help.help,
    role: 'group',
    isRequired: question.required,
  });
  const options = parts.map(toOptions);
  const lists = options.map((part, index) =>
    list({
      type: 'Dropdown',
      options: part,
      name: partNames[index] ?? '',
      label: cutText(say(context, 'chooseOne'), LIMITS.dropdownLabel),
      role: 'part',
      isRequired: true,
      when: `\${form.${groupName}} == '${sections.items[index]?.id ?? ''}'`,
    }),
  );
  context.changes.push('choices_in_sections');
  const [isShortened, isNumbered] = [options.some((one) => one.isShortened), options.some((one) => one.isNumbered)];
  sayOptionChanges(context, { items: [], map: [], isShortened, isNumbered });
  const body: Body = {
    inputs: [chooser.input, ...lists.map(({ input }) => input)],
    components: [...question_above, ...help.above, chooser.component, ...lists.map(({ component }) => component)],
    weight: 2,
  };
  if (!hasOther) return body;
  // "Other" is the last choice of the last section.
  const [last, item] = [lists.at(-1), options.at(-1)?.items.at(-1)];
  const isChosen = `\${form.${last?.input.name ?? ''}} == '${item?.id ?? ''}'`;
  return withOtherField(context, body, `(${last?.component.when ?? ''}) && (${isChosen})`);
}

/** "Afghanistan – Cyprus" within the 30 characters of a title, and below it in full what had to be cut there. */
function rangeOfPart(part: readonly Choice[]): { label: string; description?: string } {
  const half = Math.floor((LIMITS.optionTitle - 3) / 2);
  const ends = [part[0]?.label ?? '', part.at(-1)?.label ?? ''];
  const label = ends.map((end) => cutText(end, half)).join(' – ');
  const description = ends.join(' – ');
  return label === description ? { label } : { label, description };
}

function planMulti(context: Context, question: Extract<Question, { kind: 'multi-choice' }>): Bodies {
  const choices = withOther(context, question.choices, question.allowOther);
  const [only] = choices;
  if (choices.length === 1 && only) return [planOnlyBox(context, only)];
  // Boxes of which one may be ticked are a list: a group of boxes takes no limit below two (whatsapp-flows.md 4.2).
  if (question.maxSelected === 1 && choices.length <= LIMITS.dropdownOptions)
    return [planSingle(context, { ...question, kind: 'single-choice' })];
  if (choices.length > LIMITS.radioOptions) return planSplit(context, choices, question.allowOther ?? false);
  const options = toOptions(choices);
  const min = question.minSelected && question.minSelected <= choices.length ? question.minSelected : undefined;
  const max =
    question.maxSelected && question.maxSelected >= 2 ? Math.min(question.maxSelected, choices.length) : undefined;
  const body = planList(context, 'CheckboxGroup', options, {
    ...(min && question.required ? { 'min-selected-items': min } : {}),
    ...(max && max >= (min ?? 0) ? { 'max-selected-items': max } : {}),
  });
  return [question.allowOther ? addOther(context, body, options) : body];
}

/** A list of one is a box to tick. */
function planOnlyBox(context: Context, only: Choice): Body {
  const { question } = context;
  context.changes.push('single_box');
  const name = context.namer.name(question.id);
  const label = withoutRecall(only.label.trim() || only.id);
  const fits = label.length <= LIMITS.optInLabel;
  const texts = [...above(question.label), ...(fits ? [] : textComponents(label).map(asText))];
  return {
    inputs: [
      {
        name,
        role: 'value',
        type: 'boolean',
        errorMaxLength: LIMITS.textInputError,
        options: [{ id: 'true', choice: only.id }],
      },
    ],
    components: [...texts, optIn(name, fits ? label : say(context, 'yes'), question.required)],
    weight: 0.75,
  };
}

/** More than 20 boxes: several groups, as even as they come; below each other while that is a screenful, else a screen for each. */
function planSplit(context: Context, choices: readonly Choice[], hasOther: boolean): Bodies {
  const { question } = context;
  const count = Math.ceil(choices.length / LIMITS.radioOptions);
  const size = Math.ceil(choices.length / count);
  const all = toOptions(choices);
  const groups = Array.from({ length: Math.ceil(choices.length / size) }, (_, index): Body => {
    const range = [index * size, (index + 1) * size] as const;
    const { input, component } = list({
      type: 'CheckboxGroup',
      options: { ...all, items: all.items.slice(...range), map: all.map.slice(...range) },
      name: context.namer.name(question.id, `part_${index + 1}`),
      label: cutText(`${say(context, 'chooseSome')} (${index + 1}/${count})`, LIMITS.choiceGroupLabel),
      role: 'part',
      // At least one over all groups: only the server can see that.
      isRequired: false,
    });
    const body = { inputs: [input], components: [component], weight: listWeight(size) };
    return hasOther && index === count - 1 ? withOtherField(context, body, undefined) : body;
  });
  const isScreenful = choices.length <= COMFORT.boxesPerScreen;
  context.changes.unshift(isScreenful ? 'choices_in_groups' : 'choices_on_screens');
  sayOptionChanges(context, all);
  const texts = [...above(question.label), ...helped(context, 0).above];
  if (isScreenful)
    return [
      {
        inputs: groups.flatMap((group) => group.inputs),
        components: [...texts, ...groups.flatMap((group) => group.components)],
        weight: 4,
      },
    ];
  // The question stands on each of its screens, but one of many lines on the first alone.
  const again = question.label.length <= LIMITS.groupDescription ? above(question.label) : [];
  const [first = { inputs: [], components: [] }, ...rest] = groups;
  return [
    { ...first, components: [...texts, ...first.components] },
    ...rest.map((group) => ({ ...group, components: [...again, ...group.components] })),
  ];
}

function planYesNo(context: Context): Body {
  const items: OptionItem[] = [
    { id: 'yes', title: say(context, 'yes') },
    { id: 'no', title: say(context, 'no') },
  ];
  const map = [
    { id: 'yes', choice: 'true' },
    { id: 'no', choice: 'false' },
  ];
  return planList(context, 'RadioButtonsGroup', { items, map, isShortened: false, isNumbered: false });
}

function planCheckbox(context: Context, question: Extract<Question, { kind: 'checkbox' }>): Body {
  const label = question.label.trim();
  const fits = label !== '' && label.length <= LIMITS.optInLabel && !hasRecall(label);
  const name = context.namer.name(question.id);
  const help = helped(context, 0);
  const texts = fits || label === '' ? [] : textComponents(label).map(asText);
  return {
    inputs: [{ name, role: 'value', type: 'boolean', errorMaxLength: LIMITS.textInputError }],
    components: [
      ...texts,
      ...help.above,
      optIn(
        name,
        fits ? label : say(context, question.required || isConsentId(question.id) ? 'agree' : 'yes'),
        question.required,
        question.linkUrl ?? linkIn([label, question.help ?? '']),
      ),
    ],
    weight: 0.75,
  };
}

/** What is agreed to can be read in full: *Read more* opens the page that the text names. */
function optIn(name: string, label: string, isRequired: boolean, url?: string): PlannedComponent {
  const component: FlowComponent = { type: 'OptIn', name, label };
  if (url !== undefined) component['on-click-action'] = { name: 'open_url', url };
  return { component, isInput: true, isRequired };
}

function planScale(context: Context, question: Extract<Question, { kind: 'scale' }>): Body {
  const step = question.step ?? 1;
  const count = Math.round((question.max - question.min) / step) + 1;
  // Twelve digits at most: steps of 0.1 must not become 0.30000000000000004.
  const steps = Array.from({ length: count }, (_, index) =>
    String(Number((question.min + index * step).toPrecision(12))),
  );
  const labelOf = (step: string, index: number) => {
    const end = index === 0 ? question.minLabel : index === steps.length - 1 ? question.maxLabel : undefined;
    return end ? `${step} – ${end}` : step;
  };
  const options = toOptions(steps.map((step, index) => ({ id: step, label: labelOf(step, index) })));
  const isMenu = steps.length > COMFORT.radioSteps;
  if (isMenu) context.changes.push('scale_as_menu');
  return planList(context, isMenu ? 'Dropdown' : 'RadioButtonsGroup', options);
}

function planRanking(context: Context, question: Extract<Question, { kind: 'ranking' }>): Body {
  const options = toOptions(question.choices);
  const help = helped(context, 0);
  const ranks = question.choices.map((_, index) =>
    list({
      type: 'Dropdown',
      options,
      name: context.namer.name(question.id, `place_${index + 1}`),
      label: cutText(say(context, 'place', { number: index + 1 }), LIMITS.dropdownLabel),
      role: 'rank',
      isRequired: question.required,
    }),
  );
  context.changes.push('ranking_as_menus');
  return {
    inputs: ranks.map(({ input }) => input),
    components: [...above(question.label), ...help.above, ...ranks.map(({ component }) => component)],
    weight: 3,
  };
}

// --- dates and times --------------------------------------------------------------------------------------------------

function planDate(context: Context, question: Extract<Question, { kind: 'date' }>): Body {
  const { label, above: question_above } = labelled(context, LIMITS.dateLabel, 'date');
  const help = helped(context, LIMITS.helper);
  const name = context.namer.name(question.id);
  const isRange = question.min === undefined || question.max === undefined || question.min <= question.max;
  const component: FlowComponent = {
    type: 'DatePicker',
    name,
    label,
    ...(isRange && question.min ? { 'min-date': question.min } : {}),
    ...(isRange && question.max ? { 'max-date': question.max } : {}),
    ...(help.help ? { 'helper-text': help.help } : {}),
  };
  return {
    inputs: [stringInput(name, LIMITS.dateError)],
    components: [...question_above, ...help.above, { component, isInput: true, isRequired: question.required }],
  };
}

/** A menu whose options the server fills in when the screen is drawn, with a sentence of its own above: why there are none, which time zone. */
function planLive(context: Context, short: 'date' | 'time'): Body {
  const { question } = context;
  const name = context.namer.name(question.id);
  const component: FlowComponent = {
    type: 'Dropdown',
    name,
    label: cutText(say(context, short), LIMITS.dropdownLabel),
    'data-source': `\${data.${liveKeys(name).options}}`,
  };
  return {
    inputs: [{ ...stringInput(name, LIMITS.textInputError), isLive: true }],
    components: [
      ...above(question.label),
      { ...asText({ type: 'TextCaption', text: `\${data.${liveKeys(name).note}}` }), staysWithoutOptions: true },
      { component, isInput: true, isRequired: question.required },
    ],
  };
}

/** Data keys of a live menu: its options, and the sentence about them. */
export function liveKeys(inputName: string): { options: string; note: string } {
  return { options: `options_${inputName}`, note: `note_${inputName}` };
}

function planTime(context: Context): Body {
  context.changes.push('time_as_text');
  const help = say(context, 'timeHelp');
  return textInput(context, {
    label: 'time',
    type: 'text',
    maxLength: 5,
    pattern: timePattern(context.language),
    help,
  });
}

/** Several inputs of one question, under the question as a text. */
function planParts(context: Context, parts: { component: FlowComponent; input: ProgramInput }[]): Body {
  const { question } = context;
  const help = helped(context, 0);
  context.changes.push('asked_in_parts');
  return {
    inputs: parts.map(({ input }) => input),
    components: [
      ...above(question.label),
      ...help.above,
      ...parts.map(({ component }) => ({ component, isInput: true, isRequired: question.required })),
    ],
    weight: 1.5,
  };
}

function planDateTime(context: Context): Body {
  const { id } = context.question;
  const date = context.namer.name(id, 'date');
  const time = context.namer.name(id, 'time');
  return planParts(context, [
    {
      component: { type: 'DatePicker', name: date, label: say(context, 'date') },
      input: stringInput(date, LIMITS.dateError, 'date'),
    },
    {
      component: {
        type: 'TextInput',
        name: time,
        label: say(context, 'time'),
        'input-type': 'text',
        'max-chars': 5,
        pattern: timePattern(context.language),
        'helper-text': say(context, 'timeHelp'),
      },
      input: { ...stringInput(time, LIMITS.textInputError, 'time'), maxLength: 5 },
    },
  ]);
}

function planDuration(context: Context): Body {
  const part = (key: 'hours' | 'minutes') => {
    const name = context.namer.name(context.question.id, key);
    return {
      component: { type: 'TextInput', name, label: say(context, key), 'input-type': 'number', 'max-chars': 4 },
      input: { ...stringInput(name, LIMITS.textInputError, key), maxLength: 4 },
    };
  };
  return planParts(context, [part('hours'), part('minutes')]);
}
