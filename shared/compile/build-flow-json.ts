import type { DataDeclaration, FlowComponent, FlowJson, FlowScreen, JsonValue } from '../flow-json/flow-json.ts';
import { flowText, type FlowLanguage } from './flow-texts.ts';
import { LIMITS } from './limits.ts';
import { mayPrefill, type Mode, type PlacedQuestion, type PlacedScreen, type Visibility } from './place-screens.ts';
import { liveKeys, type PlannedComponent } from './plan-question.ts';
import type { ProgramInput } from './program.ts';
import { pieceComponents } from './text-pieces.ts';

export const NOTICE_SCREEN = 'NOTICE';
const FORM_NAME = 'screen_form';

export type FlowFacts = {
  screens: readonly PlacedScreen[];
  mode: Mode;
  language: FlowLanguage;
  version: string;
  submitLabel: string | undefined;
};

/** Flow JSON 7.3 of the placed screens (flow-rules.md sections 1 and 2). The same input gives the same bytes. */
export function buildFlowJson(facts: FlowFacts): FlowJson {
  const screens = facts.screens.map((screen, index) => buildScreen(facts, screen, index));
  if (facts.mode === 'light') return { version: '7.3', screens };
  return {
    version: '7.3',
    data_api_version: '3.0',
    routing_model: routingModel(facts.screens),
    screens: [...screens, noticeScreen(facts)],
  };
}

function routingModel(screens: readonly PlacedScreen[]): Record<string, string[]> {
  const routes = screens.map((screen) => {
    const next = screen.next.flatMap((index) => screens[index]?.id ?? []);
    return [screen.id, [...next, NOTICE_SCREEN]] as const;
  });
  return Object.fromEntries([...routes, [NOTICE_SCREEN, []]]);
}

function buildScreen(facts: FlowFacts, screen: PlacedScreen, index: number): FlowScreen {
  const inputs = screen.questions.flatMap((one) => one.asked.plan.inputs);
  const sensitive = screen.questions.flatMap((one) => one.asked.plan.sensitive);
  const content = [
    ...screen.questions.flatMap((one) => questionComponents(one, facts)),
    ...screen.closing.flatMap((piece) => pieceComponents(piece, facts.language)),
    button(facts, screen, index),
  ];
  const data = facts.mode === 'connected' ? connectedData(screen, inputs) : lightData(facts.screens, index);
  return {
    id: screen.id,
    title: screen.title,
    ...(Object.keys(data).length > 0 ? { data } : {}),
    ...(screen.isTerminal ? { terminal: true } : {}),
    // Free times go stale while a person looks at the next screen (flow-rules.md section 1.7).
    ...(inputs.some(({ isLive }) => isLive) ? { refresh_on_back: true } : {}),
    ...(sensitive.length > 0 ? { sensitive } : {}),
    layout: {
      type: 'SingleColumnLayout',
      // A picker stands outside a Form: its messages cannot come by the Form (flow-rules.md section 2).
      children: inputs.some((input) => input.type !== 'files') ? [form(facts, screen, index, content)] : content,
    },
  };
}

function form(facts: FlowFacts, screen: PlacedScreen, index: number, children: FlowComponent[]): FlowComponent {
  const entry = facts.screens[0]?.id ?? '';
  const source = index === 0 ? 'data' : `screen.${entry}.data`;
  const values: Record<string, JsonValue> =
    facts.mode === 'connected'
      ? { 'init-values': '${data.init}', 'error-messages': '${data.errors}' }
      : screen.initKey
        ? { 'init-values': `\${${source}.${screen.initKey}}` }
        : {};
  return { type: 'Form', name: FORM_NAME, ...values, children };
}

// --- content ----------------------------------------------------------------------------------------------------------------

function questionComponents({ asked, visibility }: PlacedQuestion, { language, mode }: FlowFacts): FlowComponent[] {
  return [
    ...asked.before.flatMap((piece) => pieceComponents(piece, language)),
    ...asked.plan.components.flatMap((planned) =>
      planned.isInput && isPicker(planned)
        ? picker(planned, visibility, { language, mode })
        : [component(planned, visibility)],
    ),
    ...asked.after.flatMap((piece) => pieceComponents(piece, language)),
  ];
}

/** `required` follows visibility: a hidden input that is required would block the button (flow-rules.md section 2). */
function component(planned: PlannedComponent, visibility: Visibility): FlowComponent {
  const hangsOnOptions = visibility.earlier === undefined && visibility.onPhone.length === 0;
  const stays = planned.staysWithoutOptions === true && hangsOnOptions;
  const condition = stays ? null : expression(visibility, planned.when);
  const built: FlowComponent = { ...planned.component };
  const isRequired = planned.isRequired && !visibility.isUnsayable;
  if (planned.isInput) built.required = isRequired && condition !== null ? condition : isRequired;
  if (condition !== null) built.visible = condition;
  return built;
}

function isPicker({ component: { type } }: PlannedComponent): boolean {
  return type === 'PhotoPicker' || type === 'DocumentPicker';
}

/**
 * A picker has no `required`: the least number of files says it. In a connected flow its screen, which holds nothing else, is
 * only opened where it is asked for; a light flow cannot want files of those who do not see it.
 */
function picker(
  planned: PlannedComponent,
  visibility: Visibility,
  { language, mode }: Pick<FlowFacts, 'language' | 'mode'>,
): FlowComponent[] {
  const condition = mode === 'connected' ? null : expression(visibility, planned.when);
  const isRequired = planned.isRequired && condition === null && !visibility.isUnsayable;
  const least = planned.component.type === 'PhotoPicker' ? 'min-uploaded-photos' : 'min-uploaded-documents';
  const built: FlowComponent = { ...planned.component, [least]: isRequired ? 1 : 0 };
  if (mode === 'light') return [condition === null ? built : { ...built, visible: condition }];
  const name = String(planned.component.name);
  const kept: FlowComponent = {
    type: 'TextCaption',
    text: flowText(language, 'filesKept'),
    visible: `\${data.${hasFilesKey(name)}}`,
  };
  return [{ ...built, 'error-message': `\${data.errors.${name}}` }, kept];
}

/** Data key that says whether files picked before are kept: a picker shows none of them when its screen is drawn again. */
export function hasFilesKey(inputName: string): string {
  return `has_${inputName}`;
}

function expression(visibility: Visibility, when: string | undefined): string | null {
  const parts = [...(visibility.showKey ? [`\${data.${visibility.showKey}}`] : []), ...visibility.onPhone];
  if (when) parts.push(when);
  const [only] = parts;
  if (only === undefined) return null;
  if (parts.length === 1) return visibility.showKey ? only : `\`${only}\``;
  return `\`${parts.map((part) => `(${part})`).join(' && ')}\``;
}

/** The button, or one for each way to go on. */
function button(facts: FlowFacts, screen: PlacedScreen, index: number): FlowComponent {
  const { branch } = screen;
  if (!branch || facts.mode === 'connected') return footer(facts, screen, index);
  const to = (target: number) => [footer(facts, screen, index, target)];
  if (branch.kind === 'if')
    return { type: 'If', condition: branch.condition, then: to(branch.then), else: to(branch.otherwise) };
  const cases = branch.cases.map(({ key, to: target }) => [key, to(target)] as const);
  return { type: 'Switch', value: '${' + branch.reference + '}', cases: Object.fromEntries(cases) };
}

function footer(facts: FlowFacts, screen: PlacedScreen, index: number, target = index + 1): FlowComponent {
  const { language, mode } = facts;
  // A button with half of its words says less than our own.
  const own = facts.submitLabel?.trim() ?? '';
  const send = own !== '' && own.length <= LIMITS.footer ? own : flowText(language, 'send');
  const label = screen.isTerminal ? send : flowText(language, 'continue');
  return {
    type: 'Footer',
    label,
    'on-click-action': mode === 'connected' ? exchange(facts, screen) : onPhone(facts, index, target),
  };
}

function exchange(facts: FlowFacts, screen: PlacedScreen): JsonValue {
  const fields = screen.questions.flatMap((one) => one.asked.plan.inputs).map(({ name }) => [name, `\${form.${name}}`]);
  return {
    name: 'data_exchange',
    payload: { v: facts.version, s: screen.id, ...Object.fromEntries(fields) },
  };
}

/** Light flows: on to the next screen with nothing in hand; the last one collects from all (flow-rules.md section 1.5). */
function onPhone(facts: FlowFacts, index: number, target: number): JsonValue {
  const screen = facts.screens[index];
  const next = facts.screens[target];
  if (next) return { name: 'navigate', next: { type: 'screen', name: next.id }, payload: {} };
  const fields = facts.screens.flatMap((other) =>
    other.questions
      .flatMap((one) => one.asked.plan.inputs)
      .map(({ name }) => [name, other === screen ? `\${form.${name}}` : `\${screen.${other.id}.form.${name}}`]),
  );
  return {
    name: 'complete',
    payload: { v: facts.version, s: screen?.id ?? '', ...Object.fromEntries(fields) },
  };
}

// --- data models ------------------------------------------------------------------------------------------------------------

function connectedData(screen: PlacedScreen, inputs: readonly ProgramInput[]): Record<string, DataDeclaration> {
  const shows = screen.questions.flatMap(({ visibility }) =>
    visibility.showKey ? [[visibility.showKey, { type: 'boolean', __example__: true }] as const] : [],
  );
  if (inputs.length === 0) return Object.fromEntries(shows);
  const typed = inputs.filter(isTyped);
  const kept = inputs
    .filter((input) => !isTyped(input))
    .map(({ name }) => [hasFilesKey(name), { type: 'boolean', __example__: false }] as const);
  return {
    ...(typed.length > 0 ? { init: { type: 'object', properties: propertiesOf(typed), __example__: {} } } : {}),
    errors: {
      type: 'object',
      properties: Object.fromEntries(inputs.map((input) => [input.name, { type: 'string' }])),
      __example__: {},
    },
    ...Object.fromEntries(shows),
    ...Object.fromEntries(kept),
    ...Object.fromEntries(inputs.filter(({ isLive }) => isLive).flatMap(({ name }) => liveData(name))),
  };
}

function liveData(inputName: string): [string, DataDeclaration][] {
  const { options, note } = liveKeys(inputName);
  const item = { type: 'object', properties: { id: { type: 'string' }, title: { type: 'string' } } };
  return [
    [options, { type: 'array', items: item, __example__: [{ id: '1', title: '1' }] }],
    [note, { type: 'string', __example__: '–' }],
  ];
}

/** The entry screen of a light flow carries the first values of all screens: only it can be given any by the message. */
function lightData(screens: readonly PlacedScreen[], index: number): Record<string, DataDeclaration> {
  if (index > 0) return {};
  const declarations = screens.flatMap((screen): [string, DataDeclaration][] => {
    if (!screen.initKey) return [];
    const inputs = screen.questions
      .filter((one) => mayPrefill(one.asked))
      .flatMap((one) => one.asked.plan.inputs)
      .filter(isTyped);
    return [[screen.initKey, { type: 'object', properties: propertiesOf(inputs), __example__: {} }]];
  });
  return Object.fromEntries(declarations);
}

/** Everything but a picker, which takes no first value. */
function isTyped(input: ProgramInput): input is TypedInput {
  return input.type !== 'files';
}

type TypedInput = ProgramInput & { type: Exclude<ProgramInput['type'], 'files'> };

const TYPES: Record<TypedInput['type'], JsonValue> = {
  string: { type: 'string' },
  strings: { type: 'array', items: { type: 'string' } },
  boolean: { type: 'boolean' },
};

function propertiesOf(inputs: readonly TypedInput[]): Record<string, JsonValue> {
  return Object.fromEntries(inputs.map((input) => [input.name, TYPES[input.type]]));
}

/** What must be said when nothing else can be answered (flow-rules.md section 6). */
function noticeScreen(facts: FlowFacts): FlowScreen {
  return {
    id: NOTICE_SCREEN,
    title: flowText(facts.language, 'noticeTitle'),
    data: { text: { type: 'string', __example__: flowText(facts.language, 'nothingToAsk') } },
    terminal: true,
    success: false,
    layout: {
      type: 'SingleColumnLayout',
      children: [
        { type: 'TextBody', text: '${data.text}' },
        {
          type: 'Footer',
          label: flowText(facts.language, 'close'),
          'on-click-action': { name: 'data_exchange', payload: { v: facts.version, s: NOTICE_SCREEN } },
        },
      ],
    },
  };
}
