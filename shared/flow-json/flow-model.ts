import { itemsOf, member, textOf } from './parse-with-positions.ts';
import type { JsonNode, ObjectNode } from './parse-with-positions.ts';
import type { VersionNumber } from './flow-version.ts';
import type { Findings } from './findings.ts';

/** What encloses a component directly. */
export type Container = 'layout' | 'Form' | 'If' | 'Switch';

/** A component and where it stands on its screen. */
export type Component = {
  node: ObjectNode;
  type: string;
  container: Container;
  /** The Form around it, at any level. */
  form: Component | null;
  /** How many If and Switch components stand around it. */
  branchDepth: number;
  /** How many of them are If. */
  ifDepth: number;
};

export type ActionProperty = 'on-click-action' | 'on-select-action' | 'on-unselect-action';

/** An action of a component or of one of its list items. */
export type Action = {
  node: ObjectNode;
  name: string;
  property: ActionProperty;
  component: Component;
  screen: Screen;
  fromItem: boolean;
};

export type Screen = {
  node: ObjectNode;
  /** Empty where the id is missing or not a text. */
  id: string;
  data: ObjectNode | null;
  terminal: boolean;
  children: JsonNode[];
  /** All components of the screen, however deep, in the order of the text; parents before children. */
  components: Component[];
  byType: Map<string, Component[]>;
  byName: Map<string, Component[]>;
  actions: Action[];
};

/** What the rules read: a tolerant view of the tree in which every wrong shape is simply absent. */
export type Flow = {
  root: ObjectNode;
  version: VersionNumber;
  screens: Screen[];
  /** The first screen of each id. */
  byId: Map<string, Screen>;
  actions: Action[];
  dataApiVersion: JsonNode | undefined;
  routingModel: JsonNode | undefined;
};

/** What a rule about a screen needs. */
export type ScreenContext = { flow: Flow; screen: Screen; findings: Findings };

const ACTION_PROPERTIES: readonly ActionProperty[] = ['on-click-action', 'on-select-action', 'on-unselect-action'];

/** Reads the tree of a Flow JSON of a known version. Never fails: what has a wrong shape is left to the schema rules. */
export function readFlow(root: ObjectNode, version: VersionNumber): Flow {
  const screens = itemsOf(root.members.get('screens')).flatMap((node) =>
    node.kind === 'object' ? [readScreen(node)] : [],
  );
  const byId = new Map<string, Screen>();
  for (const screen of screens) if (!byId.has(screen.id)) byId.set(screen.id, screen);
  return {
    root,
    version,
    screens,
    byId,
    actions: screens.flatMap((screen) => screen.actions),
    dataApiVersion: root.members.get('data_api_version'),
    routingModel: root.members.get('routing_model'),
  };
}

function readScreen(node: ObjectNode): Screen {
  const data = node.members.get('data');
  const terminal = node.members.get('terminal');
  const screen: Screen = {
    node,
    id: textOf(node.members.get('id')) ?? '',
    data: data?.kind === 'object' ? data : null,
    terminal: terminal?.kind === 'boolean' && terminal.value,
    children: itemsOf(member(node.members.get('layout'), 'children')),
    components: [],
    byType: new Map(),
    byName: new Map(),
    actions: [],
  };
  collect(screen, screen.children, { container: 'layout', form: null, branchDepth: 0, ifDepth: 0 });
  return screen;
}

type Surroundings = Pick<Component, 'container' | 'form' | 'branchDepth' | 'ifDepth'>;

function collect(screen: Screen, children: JsonNode[], around: Surroundings): void {
  for (const node of children) {
    if (node.kind !== 'object') continue;
    const component: Component = { node, type: textOf(node.members.get('type')) ?? '', ...around };
    screen.components.push(component);
    pushTo(screen.byType, component.type, component);
    const name = textOf(node.members.get('name'));
    if (name !== undefined) pushTo(screen.byName, name, component);
    collectActions(screen, component);
    for (const branch of branchesOf(node)) collect(screen, branch, insideOf(component));
  }
}

function insideOf(component: Component): Surroundings {
  const { form, branchDepth, ifDepth } = component;
  if (component.type === 'Form') return { container: 'Form', form: form ?? component, branchDepth, ifDepth };
  if (component.type === 'If') return { container: 'If', form, branchDepth: branchDepth + 1, ifDepth: ifDepth + 1 };
  return { container: 'Switch', form, branchDepth: branchDepth + 1, ifDepth };
}

/** The lists of components inside a Form (one), If (then, else) or Switch (its cases); empty for all others. */
export function branchesOf(node: ObjectNode): JsonNode[][] {
  switch (textOf(node.members.get('type'))) {
    case 'Form':
      return [itemsOf(node.members.get('children'))];
    case 'If':
      return [itemsOf(node.members.get('then')), itemsOf(node.members.get('else'))];
    case 'Switch': {
      const cases = node.members.get('cases');
      return cases?.kind === 'object' ? [...cases.members.values()].map(itemsOf) : [];
    }
    default:
      return [];
  }
}

function collectActions(screen: Screen, component: Component): void {
  addActions(screen, component, component.node, false);
  for (const list of ['data-source', 'list-items']) {
    for (const item of itemsOf(component.node.members.get(list))) {
      if (item.kind === 'object') addActions(screen, component, item, true);
    }
  }
}

function addActions(screen: Screen, component: Component, holder: ObjectNode, fromItem: boolean): void {
  for (const property of ACTION_PROPERTIES) {
    const node = holder.members.get(property);
    if (node?.kind !== 'object') continue;
    const name = textOf(node.members.get('name')) ?? '';
    screen.actions.push({ node, name, property, component, screen, fromItem });
  }
}

/** Adds to a list in a map, making the list when it is the first. */
export function pushTo<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
