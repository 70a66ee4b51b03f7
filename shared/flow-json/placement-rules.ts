import { COMPONENTS } from './component-rules.ts';
import { nameOf } from './expression-rules.ts';
import type { Component, Screen, ScreenContext } from './flow-model.ts';
import { branchesOf } from './flow-model.ts';
import { FORMS_PER_SCREEN, LIMITS, PER_SCREEN } from './limits.ts';
import { textOf } from './parse-with-positions.ts';
import type { JsonNode, ObjectNode } from './parse-with-positions.ts';

const CASE_NAME = /^[a-zA-Z][a-zA-Z0-9-_]*$/;

/** Which components a screen has, how many, and where: all but the Footer and the Form, which have files of their own. */
export function checkPlacement(context: ScreenContext): void {
  const { screen, findings } = context;
  checkNonObjects(context);
  for (const component of screen.components) checkComponent(context, component);
  checkComponentCount(context);
  checkCountPerType(context);
  checkPickers(context);
  checkLoneComponents(context);
  for (const component of screen.byType.get('If') ?? []) checkIf(context, component);
  for (const component of screen.byType.get('Switch') ?? []) checkSwitch(context, component);
  if (!screen.terminal) return;
  for (const list of screen.byType.get('NavigationList') ?? []) {
    findings.error('INVALID_PROPERTY_KEY', 'A NavigationList cannot stand on a terminal screen.', typeNode(list));
  }
}

function checkNonObjects(context: ScreenContext): void {
  const lists = [context.screen.children, ...context.screen.components.flatMap(({ node }) => branchesOf(node))];
  for (const list of lists) {
    for (const node of list) {
      if (node.kind === 'object') continue;
      context.findings.error(
        'INVALID_PROPERTY_TYPE',
        `A component must be an object, but is ${nameOf(node.kind)}.`,
        node,
      );
    }
  }
}

function checkComponent(context: ScreenContext, component: Component): void {
  const { findings, flow } = context;
  const type = component.node.members.get('type');
  if (type === undefined) {
    findings.error('MISSING_REQUIRED_TYPE_PROPERTY', "The property 'type' is missing in a component.", component.node);
    return;
  }
  if (type.kind !== 'string') {
    findings.error('INVALID_PROPERTY_TYPE', `'type' must be a text, but is ${nameOf(type.kind)}.`, type);
    return;
  }
  const rule = COMPONENTS.get(type.value);
  if (rule === undefined) {
    findings.error('INVALID_PROPERTY_VALUE', `There is no component of type '${type.value}'.`, type);
    return;
  }
  if (rule.since > flow.version) {
    const message = `${type.value} exists only since version ${Math.floor(rule.since / 100)}.${rule.since % 100}.`;
    findings.error('ONE_OF_SCHEMA_VALIDATION_FAILED', message, type);
    return;
  }
  checkContainer(context, component, rule.inside[component.container], rule.undocumentedInBranches === true);
}

function checkContainer(
  context: ScreenContext,
  component: Component,
  since: number | undefined,
  undocumented: boolean,
): void {
  const { findings, flow } = context;
  const { type, container } = component;
  const at = typeNode(component);
  if (type === 'If' && container === 'If' && component.ifDepth >= LIMITS.ifNesting) {
    findings.error('MAXIMUM_IF_NESTING', `If can be nested at most ${LIMITS.ifNesting} levels deep.`, at);
  } else if (since === undefined || since > flow.version) {
    findings.error('ONE_OF_SCHEMA_VALIDATION_FAILED', `${type} cannot stand inside ${container}.`, at);
  } else if (type === 'Footer' && component.branchDepth > 1) {
    const message = 'A Footer can stand in an If or Switch of the first level only.';
    findings.error('ONE_OF_SCHEMA_VALIDATION_FAILED', message, at);
  } else if (undocumented && component.branchDepth > 0) {
    findings.warning(
      'COMPONENT_NOT_DOCUMENTED_HERE',
      `Meta does not name ${type} among the components of If and Switch.`,
      at,
    );
  }
}

function checkComponentCount(context: ScreenContext): void {
  const { screen, findings } = context;
  const counted = screen.components.filter((component) => component.type !== 'Form');
  const over = counted[LIMITS.components];
  if (over === undefined) return;
  const message = (max: number): string =>
    `Screen '${screen.id}' has ${counted.length} components; at most ${max} are allowed.`;
  const rejected = counted[LIMITS.componentsRejected];
  if (rejected === undefined) {
    findings.warning('MAX_ALLOWED_COMPONENTS_PER_SCREEN', message(LIMITS.components), typeNode(over));
  } else {
    findings.error('MAX_ALLOWED_COMPONENTS_PER_SCREEN', message(LIMITS.componentsRejected), typeNode(rejected));
  }
}

function checkCountPerType(context: ScreenContext): void {
  const { screen, findings, flow } = context;
  const counts = countFullestBranch(screen.children);
  const conditional = screen.byType.has('If') || screen.byType.has('Switch');
  for (const [type, max] of PER_SCREEN) {
    const count = counts.get(type) ?? 0;
    if (count <= max) continue;
    const code = type === 'Footer' && conditional ? 'MORE_THAN_ONE_FOOTER' : 'COMPONENT_TYPE_MAX_NUMBER_PER_SCREEN';
    const surplus = (screen.byType.get(type) ?? []).slice(max).map(typeNode);
    findings.error(code, `Screen '${screen.id}' has ${count} ${type}; at most ${max} are allowed.`, ...surplus);
  }
  const forms = screen.byType.get('Form') ?? [];
  if (flow.version < FORMS_PER_SCREEN.since || forms.length <= FORMS_PER_SCREEN.max) return;
  const message = `Screen '${screen.id}' has ${forms.length} Forms; at most ${FORMS_PER_SCREEN.max} is allowed.`;
  findings.error('COMPONENT_TYPE_MAX_NUMBER_PER_SCREEN', message, ...forms.slice(FORMS_PER_SCREEN.max).map(typeNode));
}

/** Counts per type as a person can see them at once: of an If or Switch only the branch with the most counts. */
function countFullestBranch(children: JsonNode[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const node of children) {
    if (node.kind !== 'object') continue;
    const type = textOf(node.members.get('type')) ?? '';
    counts.set(type, (counts.get(type) ?? 0) + 1);
    const fullest = new Map<string, number>();
    for (const branch of branchesOf(node)) {
      for (const [inner, count] of countFullestBranch(branch)) {
        fullest.set(inner, Math.max(count, fullest.get(inner) ?? 0));
      }
    }
    for (const [inner, count] of fullest) counts.set(inner, (counts.get(inner) ?? 0) + count);
  }
  return counts;
}

function checkPickers(context: ScreenContext): void {
  const photos = context.screen.byType.get('PhotoPicker') ?? [];
  const documents = context.screen.byType.get('DocumentPicker') ?? [];
  if (photos.length === 0 || documents.length === 0) return;
  const message = `Screen '${context.screen.id}' has both a PhotoPicker and a DocumentPicker; only one of them is allowed.`;
  const targets = [...photos, ...documents].map(typeNode);
  context.findings.error('COMPONENT_TYPE_MAX_NUMBER_PER_SCREEN', message, ...targets);
}

function checkLoneComponents(context: ScreenContext): void {
  const { screen, findings, flow } = context;
  const rich = (screen.byType.get('RichText') ?? []).filter(({ container }) => container === 'layout');
  if (rich.length > 0) {
    const companion = flow.version >= 603 ? 'Footer' : null;
    const others = screen.components.filter(({ type }) => type !== 'RichText' && type !== companion);
    if (others.length > 0 || rich.length > 1) {
      const code = flow.version >= 600 ? 'INVALID_COMPONENT_PLACEMENT' : 'INVALID_RICHTEXT_PLACEMENT';
      const allowed = flow.version >= 603 ? 'alone on its screen, or with a Footer' : 'alone on its screen';
      findings.error(code, `RichText must stand ${allowed}.`, ...rich.map(typeNode));
    }
  }
  const lists = screen.byType.get('NavigationList') ?? [];
  const beside = screen.components.some(({ type }) => type !== 'NavigationList' && type !== 'Form');
  if (lists.length === 0 || !beside) return;
  const message = 'A NavigationList allows no other component on its screen.';
  findings.error('INVALID_COMPONENT_PLACEMENT', message, ...lists.map(typeNode));
}

function checkIf(context: ScreenContext, component: Component): void {
  const then = component.node.members.get('then');
  if (then?.kind === 'array' && then.items.length === 0) {
    context.findings.error('INVALID_PROPERTY_VALUE', "'then' of If needs at least one component.", then);
  }
  const [thenBranch = [], elseBranch = []] = branchesOf(component.node);
  const inThen = hasFooter(thenBranch);
  const inElse = hasFooter(elseBranch);
  if (inThen === inElse) return;
  const message = component.node.members.has('else')
    ? 'When one branch of If has a Footer, the other needs one too.'
    : "When 'then' of If has a Footer, 'else' must exist and have one too.";
  context.findings.error('MISSING_FOOTER_IN_IF_ELSE_BRANCHES', message, component.node);
}

function checkSwitch(context: ScreenContext, component: Component): void {
  const { findings } = context;
  const cases = component.node.members.get('cases');
  if (cases?.kind !== 'object') return;
  if (cases.members.size === 0) {
    findings.error('EMPTY_SWITCH_CASES', "'cases' of Switch needs at least one case.", cases);
  }
  for (const [name, branch] of cases.members) {
    if (!CASE_NAME.test(name)) {
      const message = `The case '${name}' of Switch must start with a letter and have only letters, digits, '-' and '_'.`;
      findings.error('PATTERN_MISMATCH', message, { keyOf: branch });
    }
    if (branch.kind !== 'array') {
      findings.error(
        'INVALID_PROPERTY_TYPE',
        `The case '${name}' must be a list, but is ${nameOf(branch.kind)}.`,
        branch,
      );
    }
  }
  const footers = branchesOf(component.node).map(hasFooter);
  if (!footers.includes(true) || !footers.includes(false)) return;
  const message = 'When one case of Switch has a Footer, every case needs one.';
  findings.error('MISSING_FOOTER_IN_SWITCH_BRANCHES', message, component.node);
}

function hasFooter(branch: JsonNode[]): boolean {
  return branch.some((node) => node.kind === 'object' && textOf(node.members.get('type')) === 'Footer');
}

/** The `type` of a component, or the component where that is missing. */
export function typeNode(component: Component): JsonNode {
  return component.node.members.get('type') ?? component.node;
}

/** ImageCarousels of the whole flow: at most three. Meta, "Components", ImageCarousel. */
export function checkCarousels(screens: Screen[], findings: ScreenContext['findings']): void {
  const carousels = screens.flatMap((screen) => screen.byType.get('ImageCarousel') ?? []);
  const surplus = carousels.slice(LIMITS.carouselsPerFlow);
  if (surplus.length === 0) return;
  const message = `The flow has ${carousels.length} ImageCarousels; at most ${LIMITS.carouselsPerFlow} are allowed.`;
  findings.error('INVALID_PROPERTY_VALUE', message, ...surplus.map(typeNode));
}

/** Terminal screens need a Footer that ends the flow. Meta, "Error Codes", terminal screen errors. */
export function checkTerminalFooter(context: ScreenContext): void {
  const { screen, findings, flow } = context;
  if (!screen.terminal) return;
  const footer = screen.byType.get('Footer')?.[0];
  if (footer === undefined) {
    const message = `The terminal screen '${screen.id}' has no Footer.`;
    findings.error('MISSING_FOOTER_ON_TERMINAL_SCREEN', message, screen.node);
    return;
  }
  const name = actionName(footer.node);
  if (name?.kind !== 'string' || name.value === 'complete' || name.value === 'data_exchange') return;
  const allowed = flow.dataApiVersion === undefined ? 'complete' : 'complete or data_exchange';
  const message = `The Footer of the terminal screen '${screen.id}' must use the action ${allowed}.`;
  // Checked since 7.3; before, the flow was published and could not end here.
  const report = flow.version >= 703 ? findings.error : findings.warning;
  report('INVALID_PROPERTY_VALUE', message, name);
}

function actionName(footer: ObjectNode): JsonNode | undefined {
  const action = footer.members.get('on-click-action');
  return action?.kind === 'object' ? action.members.get('name') : undefined;
}
