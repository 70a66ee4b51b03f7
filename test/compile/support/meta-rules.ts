/**
 * Meta's rules for Flow JSON 7.3, read a second time straight from its documents and apart from `shared/flow-json`, so that a
 * rule which our validator forgot still stops a flow of ours. Where sources differ, the smaller figure counts. Returns a
 * sentence per broken rule; only what the compiler may use is known here, everything else is a finding.
 */
type Node = Record<string, unknown>;
type Kind = 'string' | 'number' | 'boolean' | 'object' | 'array';

type Shape = { required: string[]; optional: string[]; texts?: Record<string, number> };
const INPUT = ['name', 'label'];
const STATE = ['required', 'enabled', 'visible'];
const SHAPES: Record<string, Shape> = {
  TextHeading: { required: ['text'], optional: ['visible'], texts: { text: 80 } },
  TextSubheading: { required: ['text'], optional: ['visible'], texts: { text: 80 } },
  TextBody: { required: ['text'], optional: ['visible', 'font-weight', 'strikethrough'], texts: { text: 4_096 } },
  TextCaption: { required: ['text'], optional: ['visible', 'font-weight', 'strikethrough'], texts: { text: 409 } },
  TextInput: {
    required: INPUT,
    optional: [...STATE, 'input-type', 'pattern', 'min-chars', 'max-chars', 'helper-text'],
    texts: { label: 20, 'helper-text': 80 },
  },
  TextArea: {
    required: INPUT,
    optional: [...STATE, 'max-length', 'helper-text'],
    texts: { label: 20, 'helper-text': 80 },
  },
  CheckboxGroup: {
    required: [...INPUT, 'data-source'],
    optional: [...STATE, 'description', 'min-selected-items', 'max-selected-items'],
    texts: { label: 30, description: 300 },
  },
  RadioButtonsGroup: {
    required: [...INPUT, 'data-source'],
    optional: [...STATE, 'description'],
    texts: { label: 30, description: 300 },
  },
  Dropdown: { required: [...INPUT, 'data-source'], optional: STATE, texts: { label: 20 } },
  DatePicker: {
    required: INPUT,
    optional: [...STATE, 'min-date', 'max-date', 'helper-text'],
    texts: { label: 40, 'helper-text': 80 },
  },
  PhotoPicker: picker('photos', []),
  DocumentPicker: picker('documents', ['allowed-mime-types']),
  OptIn: { required: INPUT, optional: ['required', 'visible', 'on-click-action'], texts: { label: 30 } },
  EmbeddedLink: { required: ['text', 'on-click-action'], optional: ['visible'], texts: { text: 25 } },
  Footer: { required: ['label', 'on-click-action'], optional: ['enabled'], texts: { label: 35 } },
};
/** Both limits must be set: a picker without them counts as 30 files of 25 MB. */
function picker(files: string, more: string[]): Shape {
  return {
    required: [...INPUT, 'description', 'max-file-size-kb', `min-uploaded-${files}`, `max-uploaded-${files}`],
    optional: ['enabled', 'visible', 'error-message', ...more],
    texts: { label: 80, description: 300 },
  };
}

const PICKERS = ['PhotoPicker', 'DocumentPicker'];
const OPTION_COUNTS: Record<string, [min: number, max: number]> = {
  CheckboxGroup: [1, 20],
  RadioButtonsGroup: [1, 20],
  Dropdown: [1, 200],
};
const VALUE_KINDS: Record<string, Kind> = {
  PhotoPicker: 'array',
  DocumentPicker: 'array',
  CheckboxGroup: 'array',
  OptIn: 'boolean',
};
const MAX_OF: Record<string, number> = { EmbeddedLink: 2, Footer: 1, Image: 3, OptIn: 5, Form: 1 };

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const nodesOf = (value: unknown): Node[] => listOf(value).filter(isNode);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Every broken rule of a flow, as sentences that name the place; empty when Meta would take it. */
export function brokenRules(flow: unknown): string[] {
  const found: string[] = [];
  if (!isNode(flow)) return ['the flow is no object'];
  const screens = nodesOf(flow.screens);
  checkTop(flow, screens, found);
  const models = new Map(screens.map((screen) => [textOf(screen.id), readScreen(screen)]));
  for (const screen of screens)
    checkScreen(flow, screen, models, (text) => found.push(`${textOf(screen.id)}: ${text}`));
  checkRoutes(flow, screens, (text) => found.push(text));
  if (!isNode(flow.routing_model)) checkFiles([...models.values()], found);
  if (JSON.stringify(flow).length > 10_000_000) found.push('the file is larger than 10 MB');
  walkStrings(flow, '$', (text, path) => {
    if (text.trim() === '' && !path.endsWith('__example__')) found.push(`${path} is blank`);
    if (/^[\s\u200b-\u200f\u2060\ufeff\u00ad]*$/.test(text)) found.push(`${path} shows nothing`);
    if (!text.isWellFormed()) found.push(`${path} is cut within a character`);
  });
  return found;
}

function checkTop(flow: Node, screens: Node[], found: string[]): void {
  const known = new Set(['version', 'screens', 'data_api_version', 'routing_model']);
  for (const key of Object.keys(flow)) if (!known.has(key)) found.push(`unknown key ${key}`);
  if (flow.version !== '7.3') found.push('version is not "7.3"');
  if (screens.length < 1 || screens.length > 100) found.push(`${screens.length} screens`);
  if (screens.length !== listOf(flow.screens).length) found.push('a screen is no object');
  const ids = screens.map((screen) => textOf(screen.id));
  if (new Set(ids).size !== ids.length) found.push('screen ids are not unique');
  for (const id of ids) {
    if (!/^(?!_+$)[a-zA-Z_]+$/.test(id) || id.toLowerCase() === 'success') found.push(`screen id ${id}`);
  }
  if (!screens.some((screen) => screen.terminal === true && screen.success !== false))
    found.push('no terminal screen is a success');
  const exchanges = JSON.stringify(flow).includes('"name":"data_exchange"');
  if (exchanges !== (flow.data_api_version === '3.0')) found.push('data_api_version does not fit the actions');
  if (exchanges !== isNode(flow.routing_model)) found.push('routing_model does not fit data_api_version');
}

type Model = { data: Map<string, Node>; inputs: Map<string, Kind>; components: Node[] };

/** Components flat, with the inputs of every branch. */
function readScreen(screen: Node): Model {
  const components: Node[] = [];
  const add = (node: Node) => {
    components.push(node);
    nodesOf(node.children).forEach(add);
    nodesOf(node.then).forEach(add);
    nodesOf(node.else).forEach(add);
    if (isNode(node.cases)) Object.values(node.cases).forEach((branch) => nodesOf(branch).forEach(add));
  };
  if (isNode(screen.layout)) nodesOf(screen.layout.children).forEach(add);
  const inputs = components.filter((node) => typeof node.name === 'string' && node.type !== 'Form');
  return {
    data: new Map(
      isNode(screen.data) ? Object.entries(screen.data).map(([key, value]) => [key, isNode(value) ? value : {}]) : [],
    ),
    inputs: new Map(inputs.map((node) => [textOf(node.name), VALUE_KINDS[textOf(node.type)] ?? 'string'])),
    components,
  };
}

function checkScreen(flow: Node, screen: Node, models: Map<string, Model>, say: (text: string) => void): void {
  const known = new Set(['id', 'title', 'data', 'terminal', 'success', 'sensitive', 'layout', 'refresh_on_back']);
  for (const key of Object.keys(screen)) if (!known.has(key)) say(`unknown key ${key}`);
  const model = models.get(textOf(screen.id));
  if (!model) return;
  if (textOf(screen.title).trim() === '' || textOf(screen.title).length > 30) say('title is blank or too long');
  if ('success' in screen && screen.terminal !== true) say('success on a screen that is not terminal');
  if (isNode(screen.layout) && screen.layout.type !== 'SingleColumnLayout') say('layout');
  for (const [key, declaration] of model.data) checkDeclaration(key, declaration, say);
  for (const name of listOf(screen.sensitive)) if (!model.inputs.has(textOf(name))) say(`sensitive ${String(name)}`);
  const inputs = model.components.filter((node) => typeof node.name === 'string' && node.type !== 'Form');
  const names = inputs.map((node) => textOf(node.name));
  if (new Set(names).size !== names.length) say('names of inputs are not unique');
  for (const name of names) if (!/^[a-zA-Z][\w]*$/.test(name)) say(`name ${name}`);
  const drawn = model.components.filter((node) => node.type !== 'Form');
  if (drawn.length > 50) say(`${drawn.length} components`);
  for (const [type, max] of Object.entries(MAX_OF)) {
    if (model.components.filter((node) => node.type === type).length > max) say(`more than ${max} ${type}`);
  }
  if (!drawn.some((node) => node.type === 'Footer')) say('no Footer');
  if (drawn.length < 2) say('nothing but a button');
  const pickers = model.components.filter((node) => PICKERS.includes(textOf(node.type)));
  if (pickers.length > 1) say('more than one picker');
  if (pickers.length > 0 && inputs.length > 1) say('a picker beside other inputs, which a redraw would empty');
  const form = model.components.find((node) => node.type === 'Form');
  if (form) checkForm(form, screen, inputs, say);
  for (const node of drawn) checkComponent(node, (text) => say(`${textOf(node.type)} ${textOf(node.name)}: ${text}`));
  for (const node of model.components) checkBindings(node, textOf(screen.id), models, say);
  for (const node of drawn)
    if ('on-click-action' in node) checkAction(flow, screen, node['on-click-action'], models, say);
}

/** What one message carries at most: ten files and 100 MiB. */
function checkFiles(models: Model[], found: string[]): void {
  const pickers = models.flatMap((model) => model.components.filter((node) => PICKERS.includes(textOf(node.type))));
  const most = (node: Node) => Number(node['max-uploaded-photos'] ?? node['max-uploaded-documents']);
  const files = pickers.reduce((sum, node) => sum + most(node), 0);
  const kilobytes = pickers.reduce((sum, node) => sum + most(node) * Number(node['max-file-size-kb']), 0);
  if (!(files <= 10) || !(kilobytes <= 102_400)) found.push(`${files} files of ${kilobytes} KB in one message`);
}

function kindOf(value: unknown): Kind | 'null' {
  if (Array.isArray(value)) return 'array';
  if (value === null) return 'null';
  const type = typeof value;
  return type === 'string' || type === 'number' || type === 'boolean' ? type : 'object';
}

function checkDeclaration(key: string, declaration: Node, say: (text: string) => void): void {
  if (!/^[\w-]+$/.test(key)) say(`data key ${key}`);
  if (!('__example__' in declaration)) say(`data.${key} has no __example__`);
  else if (kindOf(declaration.__example__) !== declaration.type)
    say(`example of data.${key} is not a ${String(declaration.type)}`);
  checkSchema(key, declaration, say);
}

function checkSchema(path: string, schema: Node, say: (text: string) => void): void {
  if (!['string', 'number', 'boolean', 'object', 'array'].includes(textOf(schema.type)))
    say(`data.${path} has no type`);
  if (schema.type === 'array' && !isNode(schema.items)) say(`data.${path} has no items`);
  if (schema.type === 'object' && !isNode(schema.properties)) say(`data.${path} has no properties`);
  if (isNode(schema.items)) checkSchema(`${path}[]`, schema.items, say);
  if (!isNode(schema.properties)) return;
  for (const [key, inner] of Object.entries(schema.properties)) {
    if (!isNode(inner)) say(`data.${path}.${key}`);
    else {
      if ('__example__' in inner) say(`data.${path}.${key} has an example of its own`);
      checkSchema(`${path}.${key}`, inner, say);
    }
  }
}

function checkForm(form: Node, screen: Node, inputs: Node[], say: (text: string) => void): void {
  if (textOf(form.name) === '') say('the Form has no name');
  const inside = new Set(nodesOf(form.children));
  if (inputs.some((input) => !inside.has(input))) say('an input stands outside the Form');
  for (const key of Object.keys(form)) {
    if (!['type', 'name', 'children', 'init-values', 'error-messages'].includes(key)) say(`Form has ${key}`);
  }
  const layout = isNode(screen.layout) ? listOf(screen.layout.children) : [];
  if (!layout.includes(form)) say('the Form is not at the top of the layout');
}

function checkComponent(node: Node, say: (text: string) => void): void {
  const shape = SHAPES[textOf(node.type)];
  if (!shape) return say('is not a component that we write');
  const known = new Set(['type', ...shape.required, ...shape.optional]);
  for (const key of Object.keys(node)) if (!known.has(key)) say(`has ${key}`);
  for (const key of shape.required) if (!(key in node)) say(`lacks ${key}`);
  for (const [key, max] of Object.entries(shape.texts ?? {})) {
    const text = node[key];
    if (text === undefined) continue;
    if (typeof text !== 'string') say(`${key} is no text`);
    else if (text.length > max) say(`${key} has ${text.length} characters`);
    else if (/^\s*`/.test(text)) say(`${key} would be run as an expression`);
    else if (text.includes('${') && !/^\$\{data\.[\w.-]+\}$/.test(text)) say(`${key} holds a reference within text`);
  }
  if (/^(?:DatePicker|TextInput|TextArea)$/.test(textOf(node.type)) && 'data-source' in node) say('has options');
  checkOptions(node, say);
  checkNumbers(node, say);
}

function checkOptions(node: Node, say: (text: string) => void): void {
  const range = OPTION_COUNTS[textOf(node.type)];
  if (!range) return;
  const items = nodesOf(node['data-source']);
  if (items.length < range[0] || items.length > range[1]) say(`${items.length} options`);
  const ids = items.map((item) => textOf(item.id));
  if (new Set(ids).size !== ids.length) say('ids of options are not unique');
  const titles = items.map((item) => textOf(item.title));
  if (new Set(titles).size !== titles.length) say('options that read the same');
  for (const item of items) {
    for (const key of Object.keys(item)) if (!['id', 'title', 'description'].includes(key)) say(`option has ${key}`);
    if (textOf(item.id).trim() === '') say('option without id');
    if (/[`$]/.test(textOf(item.id))) say(`option id ${textOf(item.id)}`);
    if (textOf(item.title).trim() === '' || textOf(item.title).length > 30) say(`option title "${textOf(item.title)}"`);
    if (textOf(item.description).length > 300) say('option description');
    for (const text of [textOf(item.title), textOf(item.description)])
      if (text.includes('${') || text.startsWith('`')) say(`option would be run: ${text}`);
  }
}

function checkNumbers(node: Node, say: (text: string) => void): void {
  const number = (key: string) => (typeof node[key] === 'number' ? node[key] : undefined);
  const pairs: [string, string][] = [
    ['min-chars', 'max-chars'],
    ['min-selected-items', 'max-selected-items'],
    ['min-uploaded-photos', 'max-uploaded-photos'],
    ['min-uploaded-documents', 'max-uploaded-documents'],
  ];
  for (const [low, high] of pairs) {
    const [min, max] = [number(low), number(high)];
    if (min !== undefined && max !== undefined && min > max) say(`${low} is over ${high}`);
  }
  const most = number('max-selected-items');
  if (most !== undefined && most < 2) say('max-selected-items is below 2');
  const dates = ['min-date', 'max-date'].flatMap((key) => (key in node ? [textOf(node[key])] : []));
  if (dates.some((date) => !/^\d{4}-\d{2}-\d{2}$/.test(date)) || (dates[0] ?? '') > (dates[1] ?? '9')) say('dates');
  if ('pattern' in node && !('helper-text' in node)) say('a pattern needs a helper text');
}

// --- bindings -----------------------------------------------------------------------------------------------------------

function checkBindings(node: Node, screenId: string, models: Map<string, Model>, say: (text: string) => void): void {
  for (const [key, value] of Object.entries(node)) {
    if (['children', 'then', 'else', 'cases', 'data-source', 'on-click-action'].includes(key)) continue;
    if (typeof value !== 'string' || !value.includes('${')) continue;
    const where = `${textOf(node.type)} ${textOf(node.name)}.${key}`;
    const isExpression = value.startsWith('`') && value.endsWith('`');
    if (['name', 'type'].includes(key)) say(`${where} is dynamic`);
    if (!isExpression && !/^\$\{[\w.-]+\}$/.test(value)) say(`${where} is neither one reference nor an expression`);
    if (isExpression) checkExpression(value.slice(1, -1), where, say);
    for (const path of referencesIn(value)) {
      const kind = resolve(path, screenId, models);
      if (kind === null) say(`${where} refers to ${path}, which is nowhere`);
      else if (!isExpression && ['visible', 'required', 'enabled'].includes(key) && kind !== 'boolean')
        say(`${where} is a ${kind}`);
      if (path === `form.${textOf(node.name)}`) say(`${where} looks at itself`);
    }
  }
}

function referencesIn(text: string): string[] {
  return [...text.matchAll(/\$\{([^}]*)\}/g)].map((match) => match[1] ?? '');
}

/** Balanced, literals in single quotes, and nothing left over but the operators that Meta lists. */
function checkExpression(text: string, where: string, say: (text: string) => void): void {
  let depth = 0;
  const bare = text.replace(/\$\{[\w.-]+\}/g, ' 1 ').replace(/'[^'\\]*'/g, ' 1 ');
  for (const character of bare) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (depth < 0) break;
  }
  if (depth !== 0) say(`${where}: parentheses`);
  const rest = bare.replace(/\(|\)|==|!=|<=|>=|<|>|&&|\|\||\btrue\b|\bfalse\b|-?\d+(?:\.\d+)?|\s/g, '');
  if (rest !== '') say(`${where}: "${rest}" in an expression`);
  if (/\(\s*\)/.test(bare)) say(`${where}: empty parentheses`);
}

/** The type of what a reference points to; null when there is nothing. */
function resolve(path: string, screenId: string, models: Map<string, Model>): Kind | null {
  const parts = path.split('.');
  const isGlobal = parts[0] === 'screen';
  if (isGlobal && parts[1] === screenId) return null;
  const model = models.get(isGlobal ? (parts[1] ?? '') : screenId);
  const [kind, key, ...rest] = isGlobal ? parts.slice(2) : parts;
  if (!model || !key) return null;
  if (kind === 'form') return rest.length === 0 ? (model.inputs.get(key) ?? null) : null;
  if (kind !== 'data') return null;
  let schema: unknown = model.data.get(key);
  for (const part of rest) schema = isNode(schema) && isNode(schema.properties) ? schema.properties[part] : undefined;
  // What a schema calls its type is one of the five, which `checkSchema` looks at.
  return isNode(schema) ? (textOf(schema.type) as Kind) : null;
}

function checkAction(
  flow: Node,
  screen: Node,
  action: unknown,
  models: Map<string, Model>,
  say: (text: string) => void,
): void {
  if (!isNode(action)) return say('a button without an action');
  if (action.name === 'open_url') {
    if (!textOf(action.url).startsWith('https://')) say('a link without an address');
    return;
  }
  const payload = isNode(action.payload) ? action.payload : null;
  if (!payload) return say('an action without a payload');
  for (const [key, value] of Object.entries(payload)) {
    if (typeof value !== 'string') say(`payload ${key} is no text`);
    else if (value.includes('${')) {
      const [path] = referencesIn(value);
      if (`\${${path ?? ''}}` !== value || resolve(path ?? '', textOf(screen.id), models) === null)
        say(`payload ${key} refers to ${value}, which is nowhere`);
    }
  }
  switch (action.name) {
    case 'data_exchange':
      if (flow.data_api_version === undefined) say('data_exchange without an endpoint');
      return;
    case 'complete':
      if (screen.terminal !== true) say('complete on a screen that is not terminal');
      return;
    case 'navigate': {
      const next = isNode(action.next) ? models.get(textOf(action.next.name)) : undefined;
      if (!next || (isNode(action.next) && action.next.name === screen.id)) return say('navigates nowhere');
      const [wanted, given] = [[...next.data.keys()].sort(), Object.keys(payload).sort()];
      if (wanted.join() !== given.join()) say('navigate does not hand over the data model of the next screen');
      return;
    }
    default:
      say(`action ${String(action.name)}`);
  }
}

// --- routes -------------------------------------------------------------------------------------------------------------

function routesOf(flow: Node, screens: Node[]): Map<string, string[]> {
  if (isNode(flow.routing_model))
    return new Map(Object.entries(flow.routing_model).map(([id, next]) => [id, listOf(next).map(textOf)]));
  return new Map(
    screens.map((screen) => {
      const next = [...JSON.stringify(screen).matchAll(/"next":\{"type":"screen","name":"(\w+)"\}/g)];
      return [textOf(screen.id), next.map((match) => match[1] ?? '')];
    }),
  );
}

function checkRoutes(flow: Node, screens: Node[], say: (text: string) => void): void {
  const routes = routesOf(flow, screens);
  const ids = screens.map((screen) => textOf(screen.id));
  if ([...routes.keys()].sort().join() !== [...ids].sort().join()) say('the routing model does not hold every screen');
  const inbound = new Set([...routes.values()].flat());
  for (const [id, next] of routes) {
    if (next.length > 10) say(`${id} has ${next.length} branches`);
    if (new Set(next).size !== next.length) say(`${id} names a branch twice`);
    for (const one of next) {
      if (!routes.has(one)) say(`${id} leads to ${one}, which is none`);
      if (one === id) say(`${id} leads to itself`);
    }
  }
  const entries = ids.filter((id) => !inbound.has(id));
  if (entries.length !== 1) say(`${entries.length} entry screens: ${entries.join()}`);
  const reached = new Set<string>();
  const visit = (id: string, trail: string[]) => {
    if (trail.includes(id)) return say(`loop at ${id}`);
    if (reached.has(id)) return;
    reached.add(id);
    for (const next of routes.get(id) ?? []) visit(next, [...trail, id]);
  };
  if (entries[0] !== undefined) visit(entries[0], []);
  if (reached.size !== ids.length) say('screens that nothing leads to');
  for (const screen of screens) {
    const isEnd = (routes.get(textOf(screen.id)) ?? []).length === 0;
    if (isEnd && screen.terminal !== true) say(`${textOf(screen.id)} is an end that is not terminal`);
  }
}

function walkStrings(value: unknown, path: string, visit: (text: string, path: string) => void): void {
  if (typeof value === 'string') visit(value, path);
  else if (Array.isArray(value)) value.forEach((one, index) => walkStrings(one, `${path}[${index}]`, visit));
  else if (isNode(value)) for (const [key, one] of Object.entries(value)) walkStrings(one, `${path}.${key}`, visit);
}
