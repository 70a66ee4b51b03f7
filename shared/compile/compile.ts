import type { FlowJson } from '../flow-json/flow-json.ts';
import { PROCESSING_CONSENT_ID } from '../form/consent-questions.ts';
import { withAppointment } from '../form/appointment.ts';
import type { Design } from '../form/design.ts';
import type { Consent, Form, HiddenField, Question, QuestionGroup, Statement } from '../form/form.ts';
import { hasRecall, splitRecall, withoutRecall } from '../form/recall.ts';
import { buildFlowJson, NOTICE_SCREEN } from './build-flow-json.ts';
import { confirmFirst, toConfirmation } from './confirm-screen.ts';
import { desugarRules, type Desugared } from './desugar-rules.ts';
import { chooseMode } from './choose-mode.ts';
import { formLanguage } from '../flow-words/form-language.ts';
import { nearestLanguage, statesLanguage } from '../flow-words/nearest-language.ts';
import { flowText, type FlowLanguage } from './flow-texts.ts';
import { literalDesign, literalForm } from './literal-texts.ts';
import { LIMITS } from './limits.ts';
import { isCertain, limitBranches, packScreens, takesPieces, type PackedScreen } from './pack-screens.ts';
import {
  mayPrefill,
  placeScreens,
  type Mode,
  type PlacedQuestion,
  type PlacedScreen,
  type Visibility,
} from './place-screens.ts';
import {
  optional,
  prepareQuestions,
  type Asked,
  type Assets,
  type TextPiece,
  type Prepared,
  type Refused,
  type Surroundings,
} from './prepare-questions.ts';
import type { Program, ProgramField, ProgramNote, ProgramText } from './program.ts';
import { canSayOnPhone, sayRecall } from './say-recall.ts';
import { withinTextBudget } from './text-budget.ts';
import { utf8Length } from './utf8-length.ts';
import { languageNames } from './language-names.ts';
import { fitLine, isReportCode, WHOLE_FORM, type ReportLocale } from './report-texts.ts';
import type { FitLine } from './report.ts';
import { repeatHeadings } from './repeat-headings.ts';

export type CompileInput = {
  form: Form;
  design: Design;
  /** Otherwise the design's, otherwise the rule of flow-rules.md section 4. */
  mode?: Mode;
  /** Language of the report. Texts in the flow are in the form's language. */
  locale: ReportLocale;
  /** Pictures of the form as base64, by their address; a missing one becomes a link. */
  assets?: Assets;
  /** Id of the flow version: the literal `v` of every payload. */
  version?: string;
};

export type Compiled = {
  flowJson: FlowJson;
  program: Program;
  report: FitLine[];
  mode: Mode;
  /** False when nothing can be asked: the flow is valid, but it must not be published. */
  hasQuestions: boolean;
};

/** Leaves room for the closing screen, the notice and the breaks between long rows of conditional screens, whatever they are. */
const SAFE_QUESTION_SCREENS = 75;
/** Of a form that is too long for one flow: 200 boxes, or the words of the law at great length. */
const MAX_LEGAL_SCREENS = 40;
/** Tried before a question is dropped: the first with which all of that stays within the limit is taken. */
const MAX_QUESTION_SCREENS = [96, 90, 84, 78];
/** Ten branches less the notice screen and the certain screen at the end of a row (flow-rules.md section 1.3). */
const MAX_CONDITIONAL_RUN = 8;

/**
 * Turns a form into Flow JSON, the program the endpoint runs, and the fit report with one line per question. Pure and
 * deterministic; the Flow JSON is valid for any form.
 */
export function compile(input: CompileInput): Compiled {
  const fixedMode = input.mode ?? input.design.mode;
  const desugared = desugarRules(withAppointment(input.form, input.design, fixedMode));
  const known: Known = { ...withinTextBudget(literalForm(desugared.form)), desugared };
  for (const room of ROOMS) {
    const compiled = compileWithin(input, known, room);
    // Three bytes a character are the most, so most flows need not be counted.
    const text = JSON.stringify(compiled.flowJson);
    if (text.length * 3 <= LIMITS.flowBytes || utf8Length(text) <= LIMITS.flowBytes) return compiled;
  }
  return compileWithin(input, known, { questions: 0, pictures: 0 });
}

type Known = { form: Form; isCut: boolean; desugared: Desugared };

/** Bytes for questions and for pictures, tried one after the other until the flow is within Meta's limit. */
const ROOMS = [
  { questions: 6_000_000, pictures: 5_000_000 },
  { questions: 6_000_000, pictures: 1_000_000 },
  { questions: 3_000_000, pictures: 0 },
  { questions: 800_000, pictures: 0 },
];

function compileWithin(
  { mode, locale, version = 'draft', assets = {}, ...input }: CompileInput,
  { form, isCut, desugared }: Known,
  room: Surroundings['room'],
): Compiled {
  const design = literalDesign(input.design);
  const language = formLanguage(form);
  const { definitions, unreachable } = desugared;
  const decided = mode ?? design.mode ?? (design.confirmIdentity ? 'connected' : undefined);
  const prepared = prepareQuestions(form, design, {
    language,
    definitions,
    unreachable,
    assets,
    mode: decided,
    room: { ...room },
  });
  const { packed: bare, dropped } = pack(prepared, language, design.confirmIdentity ? 2 : 1);
  const packed = repeatHeadings(bare, form);
  const chosen = decided ?? chooseMode(packed);
  const confirmation =
    design.confirmIdentity && chosen === 'connected' ? toConfirmation(design.confirmIdentity) : undefined;
  const screens = placeScreens(
    chosen === 'connected' ? explained(limitBranches(packed, MAX_CONDITIONAL_RUN), language) : packed,
    chosen,
    language,
    design.screens?.map((screen) => screen.title) ?? [],
  );
  const submitLabel = withoutRecall(design.submitLabel ?? form.submitLabel ?? '');
  const built = sayRecall(
    buildFlowJson({ screens, mode: chosen, language, version, submitLabel }),
    screens,
    chosen,
    language,
  );
  return {
    flowJson: confirmation ? confirmFirst(built.flowJson, { confirmation, language, version }) : built.flowJson,
    program: {
      ...toProgram(screens, chosen, language, version, desugared, built.texts),
      ...(confirmation ? { confirmation, entry: confirmation.screen } : {}),
    },
    report: toReport({
      form,
      design,
      screens,
      refused: [...prepared.refused, ...dropped],
      unseen: prepared.unseen,
      locale,
      desugared,
      mode: chosen,
      isCut,
    }),
    mode: chosen,
    hasQuestions: screens.some((screen) => screen.questions.length > 0),
  };
}

/**
 * Screens with all texts in place: the last one is certain, so that answers are sent from there whatever the path was.
 * `ownScreens`: how many more there will be, the notice and the confirmation.
 */
function pack(
  prepared: Prepared,
  language: FlowLanguage,
  ownScreens: number,
): { packed: PackedScreen[]; dropped: Refused[] } {
  const safe = packWithin(prepared, language, SAFE_QUESTION_SCREENS);
  if (safe.dropped.length === 0) return safe;
  for (const maxScreens of MAX_QUESTION_SCREENS) {
    const tried = packWithin(prepared, language, maxScreens);
    if (limitBranches(tried.packed, MAX_CONDITIONAL_RUN).length + ownScreens <= LIMITS.screens) return tried;
  }
  return safe;
}

function packWithin(prepared: Prepared, language: FlowLanguage, maxScreens: number): ReturnType<typeof pack> {
  const { packed, dropped } = withinScreens(prepared.asked, maxScreens);
  // Nothing has been answered yet, so nothing can decide whether the first screen is shown.
  if (packed[0] && !packed[0].isCertain)
    packed.unshift({ asked: [], closing: [{ style: 'body', text: flowText(language, 'start') }], isCertain: true });
  const closing = [...prepared.closing];
  const last = packed.at(-1);
  if (last?.isCertain && canClose(last, closing)) last.closing.push(...closing);
  else {
    const text = flowText(language, packed.length === 0 ? 'nothingToAsk' : 'closing');
    packed.push({ asked: [], closing: [...closing, { style: 'body', text }], isCertain: true });
  }
  return { packed, dropped };
}

/** Whether the last screen takes these texts too: none with an answer of its own screen, and no link or picture too many. */
function canClose(last: PackedScreen, closing: readonly TextPiece[]): boolean {
  return (
    closing.length <= MAX_CLOSING &&
    takesPieces(last.asked, closing) &&
    !closing.some(({ text }) => recalledIn(text).some((id) => has(last, id)))
  );
}

/** More texts than this after the last question get a screen of their own: a screen takes 50 components. */
const MAX_CLOSING = 8;

function recalledIn(text: string): string[] {
  return splitRecall(text).flatMap((part) => (typeof part === 'string' ? [] : [part.id]));
}

function has(screen: PackedScreen, id: string): boolean {
  return id.includes('#') || screen.asked.some((one) => one.plan.question.id === id);
}

/** The first questions that `maxScreens` take. Without its consent a form cannot be sent, so that is what is dropped last. */
function withinScreens(asked: readonly Asked[], maxScreens: number): { packed: PackedScreen[]; dropped: Refused[] } {
  const all = packScreens(asked, maxScreens);
  if (all.length <= maxScreens) return { packed: all, dropped: [] };
  const legal = legalScreens(asked.filter((one) => one.isConsent));
  const room = maxScreens - legal.length;
  const questions = packScreens(
    asked.filter((one) => !one.isConsent),
    room,
  ).slice(0, room);
  const packed = [...questions, ...legal];
  const kept = new Set(packed.flatMap((screen) => screen.asked));
  const dropped = asked.filter((one) => !one.isNote && !kept.has(one));
  const lost = new Map(dropped.map((one) => [one.plan.question.id, tooLong(one)]));
  return { packed: packed.flatMap((screen) => withoutHalves(screen, lost)), dropped: [...lost.values()] };
}

/** Half of a question's boxes are no question: what is dropped on one screen is asked on none. */
function withoutHalves(screen: PackedScreen, lost: ReadonlyMap<string, Refused>): PackedScreen[] {
  const asked = screen.asked.filter((one) => one.isNote || !lost.has(one.plan.question.id));
  if (asked.length === screen.asked.length) return [screen];
  return asked.length > 0 ? [{ ...screen, asked, isCertain: isCertain(asked) }] : [];
}

/** Screens for the consent of a form that is too long; what nobody has to agree to gives way first. */
function legalScreens(legal: readonly Asked[]): PackedScreen[] {
  const all = packScreens(legal, MAX_LEGAL_SCREENS);
  if (all.length <= MAX_LEGAL_SCREENS) return all;
  const required = new Set(legal.flatMap((one) => (one.plan.question.required ? [one.owner] : [])));
  return packScreens(
    legal.filter((one) => required.has(one.owner)),
    MAX_LEGAL_SCREENS,
  ).slice(0, MAX_LEGAL_SCREENS);
}

function tooLong({ plan: { question }, isConsent }: Asked): Refused {
  return { question, code: isConsent ? 'too_many_consents' : 'too_many_questions' };
}

/** A screen that only breaks a row of conditional ones says so. */
function explained(screens: readonly PackedScreen[], language: FlowLanguage): PackedScreen[] {
  return screens.map((screen) =>
    screen.asked.length === 0 && screen.closing.length === 0
      ? { ...screen, closing: [{ style: 'body', text: flowText(language, 'interlude') }] }
      : screen,
  );
}

// --- program ----------------------------------------------------------------------------------------------------------------

function toProgram(
  screens: readonly PlacedScreen[],
  mode: Mode,
  language: FlowLanguage,
  version: string,
  { definitions, computed, endings }: Desugared,
  texts: ProgramText[],
): Program {
  return {
    format: 1,
    version,
    mode,
    language,
    entry: screens[0]?.id ?? '',
    notice: mode === 'connected' ? NOTICE_SCREEN : null,
    screens: screens.map((screen) => ({
      id: screen.id,
      title: screen.title,
      terminal: screen.isTerminal,
      certain: screen.isCertain,
      questions: screen.questions.flatMap(({ asked }) => (asked.isNote ? [] : [asked.plan.question.id])),
      next: screen.next.flatMap((index) => screens[index]?.id ?? []),
      initKey: screen.initKey,
    })),
    fields: screens.flatMap((screen) =>
      screen.questions.flatMap((one) => (one.asked.isNote ? [] : [toField(one, screen.id)])),
    ),
    notes: screens.flatMap((screen) =>
      screen.questions.flatMap((one) => (one.asked.isNote ? [toNote(one, screen.id)] : [])),
    ),
    texts,
    definitions,
    computed,
    endings,
  };
}

function toNote({ visibility }: PlacedQuestion, screen: string): ProgramNote {
  const { earlier, showKey, looksAtNeighbours } = visibility;
  return { screen, earlier, showKey, decidedOnPhone: looksAtNeighbours };
}

/** What is shown to everyone counts for everyone: an answer that was given is not thrown away. */
function askedOfAll(question: Question): Question {
  const { visibleWhen: _when, ...shown } = optional(question);
  return shown;
}

function toField({ asked, visibility }: PlacedQuestion, screen: string): ProgramField {
  const { question, inputs, share } = asked.plan;
  return {
    question: { ...(visibility.isUnsayable ? askedOfAll(question) : question), origin: {} },
    screen,
    ...(share ? { share } : {}),
    inputs,
    earlier: visibility.earlier,
    showKey: visibility.showKey,
    decidedOnPhone: visibility.looksAtNeighbours,
    isConsent: asked.isConsent,
    mayPrefill: mayPrefill(asked),
  };
}

// --- report -----------------------------------------------------------------------------------------------------------------

type ReportFacts = {
  form: Form;
  design: Design;
  screens: readonly PlacedScreen[];
  refused: readonly Refused[];
  unseen: ReadonlySet<string>;
  locale: ReportLocale;
  desugared: Desugared;
  mode: Mode;
  /** Texts had to be cut, because all of them together are longer than a flow can be. */
  isCut: boolean;
};

/**
 * One line per question in the form's order, with the fields of the tool that are asked as several questions and the texts
 * that the tool counts as fields; then consent, hidden fields, variables and what is true of the whole form.
 */
function toReport(facts: ReportFacts): FitLine[] {
  const { form, design, screens, refused, unseen, locale, desugared, mode, isCut } = facts;
  const lines = new Map<string, FitLine>();
  const languages = languageNames(form, locale);
  for (const screen of screens) {
    for (const { asked, visibility } of screen.questions) {
      if (asked.isNote) continue;
      const { question, changes } = asked.plan;
      const codes = [
        ...(visibility.isUnsayable ? ['shown_to_everyone'] : []),
        ...(desugared.loops.has(question.id) ? ['jump_back_removed'] : []),
        ...(desugared.lost.has(question.id) ? [desugared.lost.get(question.id) ?? ''] : []),
        ...(mode === 'light' && losesOnPhone(asked, screens, screen.id) ? ['recall_lost'] : []),
        ...(isFileNotRequired(mode, question, visibility) ? ['file_not_required'] : []),
        ...(question.image ? [isShown(asked, 'image') ? 'picture_shown' : 'picture_as_link'] : []),
        ...changes,
      ];
      const told = codes.map((code) => (isAllowed(code, question, design) ? 'document_number_allowed' : code));
      const on = [...new Set([...(lines.get(question.id)?.screens ?? []), screen.id])];
      lines.set(question.id, fitLine(question.id, told.length > 0 ? told : ['kept'], on, locale, languages));
    }
  }
  for (const { question, code } of refused) {
    const rawType = question.kind === 'unsupported' ? question.rawType : question.kind;
    lines.set(question.id, fitLine(question.id, [code], [], locale, { rawType }));
  }
  for (const item of form.pages.flatMap((page) => page.items)) {
    if (item.kind !== 'statement' || !item.isListed || lines.has(item.id)) continue;
    const line = unseen.has(item.id)
      ? fitLine(item.id, ['never_shown'], [], locale)
      : statementLine(item, screens, desugared, locale);
    lines.set(item.id, line);
  }
  const groups = (form.groups ?? []).flatMap((group) => (lines.has(group.id) ? [] : [groupLine(group, lines, locale)]));
  const inOrder = form.pages.flatMap((page) => page.items).flatMap((item) => lines.get(item.id) ?? []);
  const rest = [...lines.values()].filter((line) => !inOrder.includes(line));
  return [
    ...withGroups(inOrder, form.groups ?? [], groups),
    ...rest,
    ...consentTextLines(form, screens, locale),
    ...valueLines(form, locale),
    ...confirmationLines(design, mode, locale),
    ...(isCut ? [fitLine(WHOLE_FORM, ['texts_cut'], [], locale)] : []),
    ...formLines(form, screens, locale, languages),
  ];
}

/** A light flow has nobody who could check a code before the next screen is shown. */
function confirmationLines({ confirmIdentity }: Design, mode: Mode, locale: ReportLocale): FitLine[] {
  if (!confirmIdentity) return [];
  if (mode === 'light') return [fitLine(WHOLE_FORM, ['confirmation_needs_connected'], [], locale)];
  const { screen, channel } = toConfirmation(confirmIdentity);
  return [fitLine(WHOLE_FORM, [`confirmed_by_${channel}`], [screen], locale)];
}

/** A hidden picker that wants a file would block the button, and it cannot be told to want one only when it is shown. */
function isFileNotRequired(mode: Mode, question: Question, visibility: Visibility): boolean {
  return mode === 'light' && question.kind === 'file' && question.required && visibility.onPhone.length > 0;
}

function losesOnPhone({ before, after, plan }: Asked, screens: readonly PlacedScreen[], screenId: string): boolean {
  const own = plan.components.flatMap(({ component }) => (typeof component.text === 'string' ? [component.text] : []));
  const texts = [...[...before, ...after].map((piece) => piece.text), ...own];
  return texts.some((text) => hasRecall(text) && !canSayOnPhone(text, screens, screenId));
}

function isShown({ before }: Asked, style: 'image'): boolean {
  return before.some((piece) => piece.style === style);
}

/** Each group's line stands before the first of its members. */
function withGroups(lines: FitLine[], groups: readonly QuestionGroup[], groupLines: readonly FitLine[]): FitLine[] {
  const left = new Map(groupLines.map((line) => [line.question, line]));
  const result: FitLine[] = [];
  for (const line of lines) {
    for (const group of groups) {
      const own = group.members.includes(line.question) ? left.get(group.id) : undefined;
      if (!own) continue;
      result.push(own);
      left.delete(group.id);
    }
    result.push(line);
  }
  return [...result, ...left.values()];
}

const GROUP_CODES: Record<QuestionGroup['kind'], string> = {
  matrix: 'asked_row_by_row',
  address: 'asked_field_by_field',
  'contact-info': 'asked_field_by_field',
  group: 'asked_as_group',
};

function groupLine(group: QuestionGroup, lines: ReadonlyMap<string, FitLine>, locale: ReportLocale): FitLine {
  const members = group.members.flatMap((id) => lines.get(id) ?? []);
  const shown = members.filter((line) => line.screens.length > 0);
  const screens = [...new Set(shown.flatMap((line) => line.screens))];
  if (shown.length === 0) return fitLine(group.id, [...(group.remarks ?? []), 'group_not_asked'], [], locale);
  return fitLine(group.id, [...(group.remarks ?? []), GROUP_CODES[group.kind]], screens, locale);
}

function statementLine(
  { id, image, linkUrl }: Statement,
  screens: readonly PlacedScreen[],
  desugared: Desugared,
  locale: ReportLocale,
): FitLine {
  if (desugared.unreachable.has(id)) return fitLine(id, ['unreachable'], [], locale);
  const standsOn = (screen: PlacedScreen) =>
    screen.sources.has(id) || screen.questions.some((one) => one.asked.isNote && one.asked.plan.question.id === id);
  const on = screens.filter(standsOn);
  const [lost] = desugared.lost.has(id) ? [desugared.lost.get(id) ?? ''] : [];
  const hasLink = linkUrl !== undefined || (image !== undefined && !on.some((screen) => showsPicture(screen, id)));
  const code = on.length === 0 ? 'text_empty' : hasLink ? 'text_with_link' : 'text_shown';
  return fitLine(
    id,
    lost && on.length > 0 ? [lost, code] : [code],
    on.map((screen) => screen.id),
    locale,
  );
}

function showsPicture(screen: PlacedScreen, source: string): boolean {
  const pieces = [...screen.questions.flatMap(({ asked }) => [...asked.before, ...asked.after]), ...screen.closing];
  const notes = screen.questions.filter(({ asked }) => asked.isNote && asked.plan.question.id === source);
  return (
    pieces.some((piece) => piece.style === 'image' && piece.source === source) ||
    notes.some(({ asked }) => asked.plan.components.some(({ component }) => component.type === 'Image'))
  );
}

/** A hidden field and a variable may have one name: what becomes of both stands in one line. */
function valueLines({ hidden, variables = [] }: Form, locale: ReportLocale): FitLine[] {
  const computed = new Set(variables.map(({ id }) => id));
  const fields = new Set(hidden.map(({ id }) => id));
  return [
    ...hidden.map((field) => {
      const codes = [hiddenCode(field), ...(computed.has(field.id) ? ['variable_computed'] : [])];
      return fitLine(field.id, codes, [], locale);
    }),
    ...variables.flatMap(({ id }) => (fields.has(id) ? [] : [fitLine(id, ['variable_computed'], [], locale)])),
  ];
}

function hiddenCode(field: HiddenField): string {
  if (field.value !== undefined) return 'hidden_value';
  return field.required ? 'hidden_required_without_value' : 'hidden_without_value';
}

function isAllowed(code: string, question: Question, design: Design): boolean {
  return code === 'document_number' && (design.allowDocumentNumber?.includes(question.id) ?? false);
}

/** Consent that is given by sending has no box, but it has its line. */
function consentTextLines(form: Form, screens: readonly PlacedScreen[], locale: ReportLocale): FitLine[] {
  if (!form.consent || form.consent.kind === 'explicit') return [];
  const last = screens.at(-1);
  return [fitLine(PROCESSING_CONSENT_ID, [consentTextCode(form.consent)], last ? [last.id] : [], locale)];
}

function consentTextCode({ kind, processingText, privacyText }: Consent): string {
  const text = kind === 'implicit' ? processingText : privacyText;
  if (text === undefined) return 'consent_text_missing';
  return kind === 'implicit' ? 'consent_as_text' : 'legitimate_interest_text';
}

function formLines(
  form: Form,
  screens: readonly PlacedScreen[],
  locale: ReportLocale,
  languages: Record<string, string>,
): FitLine[] {
  const notices = form.notices.map((notice): FitLine => {
    if (isReportCode(notice.code)) return fitLine(WHOLE_FORM, [notice.code], [], locale, languages);
    return { question: WHOLE_FORM, outcome: 'changed', ...notice, screens: [] };
  });
  if ((form.endings?.length ?? 0) > 1) notices.push(fitLine(WHOLE_FORM, ['several_endings'], [], locale));
  if (hasNoWords(form.language)) notices.push(fitLine(WHOLE_FORM, ['words_in_english'], [], locale));
  const isEmpty = screens.every((screen) => screen.questions.length === 0);
  const codes = isEmpty ? ['nothing_to_ask'] : afterwards(form);
  return [...notices, ...codes.map((code) => fitLine(WHOLE_FORM, [code], [], locale))];
}

/** What the form shows when it has been sent: WhatsApp closes a flow with SUCCESS, and nothing can be shown in it then. */
function afterwards({ thankYou, endings = [] }: Form): string[] {
  const all = [thankYou, ...endings];
  const hasText = all.some((one) => one?.text?.trim());
  const hasPage = all.some((one) => one?.redirectUrl);
  return [...(hasText ? ['thank_you_not_shown'] : []), ...(hasPage ? ['redirect_not_followed'] : [])];
}

/** A form in a language that is near none of those that flows speak. */
function hasNoWords(tag: string): boolean {
  return statesLanguage(tag) && nearestLanguage(tag) === null;
}
