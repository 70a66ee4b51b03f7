import { nameOf } from './expression-rules.ts';
import type { Findings, Target } from './findings.ts';
import { pushTo } from './flow-model.ts';
import type { Flow, Screen } from './flow-model.ts';
import { LIMITS } from './limits.ts';
import { member, textOf } from './parse-with-positions.ts';
import type { JsonNode, ObjectNode } from './parse-with-positions.ts';

const CODE = 'INVALID_ROUTING_MODEL';
const MOST_NAMED = 10;

/**
 * How Meta's checks of the entry screen and of missing routes answer: since 6.3 they were out of its chain of checks, until
 * 7.3 took them in again (WhatsApp's own validator, chains of 6.3 and 7.3). The phone minds all the same.
 */
function entryReport(flow: Flow, findings: Findings): Findings['error'] {
  return flow.version >= 603 && flow.version < 703 ? findings.warning : findings.error;
}

/** Screens and the screens each one leads to; only existing ids. */
type Routes = Map<string, Set<string>>;

/**
 * The routing model, written or derived from the navigate actions. Meta, "Flow JSON", routing model, and "Error Codes",
 * routing model errors.
 */
export function checkRouting(flow: Flow, findings: Findings): void {
  if (flow.screens.length === 0) return;
  const model = flow.routingModel;
  if (model === undefined) return checkDerived(flow, findings);
  if (model.kind !== 'object') {
    findings.error('INVALID_PROPERTY_TYPE', `'routing_model' must be an object, but is ${nameOf(model.kind)}.`, model);
    return;
  }
  checkWritten(flow, model, findings);
}

function checkWritten(flow: Flow, model: ObjectNode, findings: Findings): void {
  const routes = readRoutes(flow, model, findings);
  checkListed(flow, model, routes, findings);
  checkNavigateListed(flow, routes, findings);
  const disconnected = findDisconnected(flow, routes);
  if (disconnected.length > 0) {
    const message = `These screens are not connected with the rest: ${ids(disconnected)}.`;
    findings.error(CODE, message, ...disconnected.map(idNode));
  }
  const inbound = destinationsOf(routes);
  // Since 7.3 a screen that a navigate action leads to is no entry either (Meta, "Changelog", 7.3).
  if (flow.version >= 703) for (const to of navigateTargets(flow)) inbound.add(to);
  if (flow.screens.every((screen) => inbound.has(screen.id))) {
    entryReport(flow, findings)(
      CODE,
      'The routing model has no entry screen: one that no other screen leads to.',
      model,
    );
  }
  warnLoops(routes, (id) => keyTarget(model, id), findings);
  warnDeadEnds(flow, routes, (screen) => keyTarget(model, screen.id), findings);
}

function readRoutes(flow: Flow, model: ObjectNode, findings: Findings): Routes {
  const routes: Routes = new Map();
  for (const [from, list] of model.members) {
    const targets = new Set<string>();
    routes.set(from, targets);
    if (!flow.byId.has(from)) unknownScreen(from, { keyOf: list }, findings);
    if (list.kind !== 'array') {
      findings.error(
        'INVALID_PROPERTY_TYPE',
        `The routes of '${from}' must be a list, but are ${nameOf(list.kind)}.`,
        list,
      );
      continue;
    }
    for (const item of list.items) readRoute(flow, from, item, targets, findings);
    if (list.items.some((item) => textOf(item) === from)) {
      findings.error(CODE, `Loop detected: screen '${from}' leads to itself.`, { keyOf: list });
    }
    if (list.items.length <= LIMITS.branches) continue;
    const message = `Screen '${from}' has ${list.items.length} branches; at most ${LIMITS.branches} are allowed.`;
    findings.error(CODE, message, { keyOf: list });
  }
  checkBackRoutes(routes, model, findings);
  return routes;
}

function readRoute(flow: Flow, from: string, item: JsonNode, targets: Set<string>, findings: Findings): void {
  if (item.kind !== 'string') {
    findings.error(
      'INVALID_PROPERTY_TYPE',
      `A route of '${from}' must be a screen id, but is ${nameOf(item.kind)}.`,
      item,
    );
    return;
  }
  if (item.value === from) return;
  if (!flow.byId.has(item.value)) unknownScreen(item.value, item, findings);
  else targets.add(item.value);
}

function unknownScreen(id: string, target: Target, findings: Findings): void {
  findings.error(CODE, `The routing model names '${id}', which is no screen of the flow.`, target);
}

function checkBackRoutes(routes: Routes, model: ObjectNode, findings: Findings): void {
  const reported = new Set<string>();
  for (const [from, targets] of routes) {
    for (const to of targets) {
      if (!routes.get(to)?.has(from) || reported.has(`${to} ${from}`)) continue;
      reported.add(`${from} ${to}`);
      const message = `The backward route from '${to}' to '${from}' is not allowed: people go back without a route.`;
      const back = model.members.get(to);
      const target = back?.kind === 'array' ? back.items.find((item) => textOf(item) === from) : undefined;
      findings.error(CODE, message, target ?? model);
    }
  }
}

/** Meta asks for a screen to be a key or a destination, and for nothing where it is terminal: `{}` serves one screen. */
function checkListed(flow: Flow, model: ObjectNode, routes: Routes, findings: Findings): void {
  const destinations = destinationsOf(routes);
  const missing = flow.screens.filter(
    ({ id, terminal }) => id !== '' && !terminal && !model.members.has(id) && !destinations.has(id),
  );
  if (missing.length === 0) return;
  findings.error(CODE, `These screens are missing in the routing model: ${ids(missing)}.`, ...missing.map(idNode));
}

/** Every navigate action needs its route; screens with a NavigationList are exempt, as in Meta's check since 6.2. */
function checkNavigateListed(flow: Flow, routes: Routes, findings: Findings): void {
  for (const { screen, node } of flow.actions.filter((action) => action.name === 'navigate')) {
    const to = targetOf(node);
    const next = to === undefined ? undefined : flow.byId.get(to);
    if (to === undefined || next === undefined || next === screen) continue;
    if (screen.byType.has('NavigationList') || routes.get(screen.id)?.has(to) || routes.get(to)?.has(screen.id))
      continue;
    const message = `The routing model lacks the route from '${screen.id}' to '${to}', which a navigate action takes.`;
    entryReport(flow, findings)(CODE, message, idNode(screen), idNode(next));
  }
}

/** Loops are no fault here: Meta's check of navigate actions has no rule on them. */
function checkDerived(flow: Flow, findings: Findings): void {
  if (flow.dataApiVersion !== undefined) return;
  const routes = navigateRoutes(flow);
  checkDerivedBranches(flow, routes, findings);
  const lists = flow.screens.some((screen) => screen.byType.has('NavigationList'));
  if (flow.screens.length > 1) {
    const disconnected = lists ? [] : findDisconnected(flow, routes);
    if (disconnected.length > 0) {
      const message = `These screens are not connected with the rest by navigate actions: ${ids(disconnected)}.`;
      findings.error(CODE, message, ...disconnected.map(idNode));
    }
  }
  const inbound = destinationsOf(routes);
  if (!lists && flow.screens.every((screen) => inbound.has(screen.id))) {
    const message = 'The flow has no entry screen: add one that no navigate action leads to.';
    entryReport(flow, findings)(CODE, message, flow.root.members.get('screens') ?? flow.root);
  }
  warnDeadEnds(flow, routes, (screen) => idNode(screen), findings);
}

function navigateRoutes(flow: Flow): Routes {
  const routes: Routes = new Map(flow.screens.map((screen) => [screen.id, new Set<string>()]));
  for (const action of flow.actions) {
    const to = action.name === 'navigate' ? targetOf(action.node) : undefined;
    if (to !== undefined && to !== action.screen.id && flow.byId.has(to)) routes.get(action.screen.id)?.add(to);
  }
  return routes;
}

function checkDerivedBranches(flow: Flow, routes: Routes, findings: Findings): void {
  for (const screen of flow.screens) {
    const count = routes.get(screen.id)?.size ?? 0;
    if (count <= LIMITS.branches) continue;
    const message = `Screen '${screen.id}' navigates to ${count} screens; at most ${LIMITS.branches} are allowed.`;
    findings.error(CODE, message, screen.node);
  }
}

/** Screens that no chain of routes, followed either way, joins to the first one. */
function findDisconnected(flow: Flow, routes: Routes): Screen[] {
  const neighbours = new Map<string, string[]>();
  for (const [from, targets] of routes) {
    for (const to of targets) {
      pushTo(neighbours, from, to);
      pushTo(neighbours, to, from);
    }
  }
  const first = flow.screens[0]?.id ?? '';
  const reached = new Set([first]);
  const waiting = [first];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const next of neighbours.get(at) ?? []) {
      if (reached.has(next)) continue;
      reached.add(next);
      waiting.push(next);
    }
  }
  return flow.screens.filter((screen) => screen.id !== '' && !reached.has(screen.id));
}

/**
 * Loops of three screens and more. Meta rejects only a screen that leads to itself and a pair that leads both ways, but its
 * page asks for forward routes alone, since people go back without a route ("Flow JSON", routing rules). What leads into a loop and what hangs behind it is
 * taken away, so that the message names the loop.
 */
function warnLoops(routes: Routes, targetFor: (id: string) => Target, findings: Findings): void {
  const backwards: Routes = new Map([...routes.keys()].map((id) => [id, new Set<string>()]));
  for (const [from, targets] of routes) for (const to of targets) backwards.get(to)?.add(from);
  const left = new Set(routes.keys());
  peel(left, routes, backwards);
  peel(left, backwards, routes);
  const looping = [...left];
  if (looping.length === 0 || looping.some((id) => isPaired(routes, id))) return;
  findings.warning(
    CODE,
    `Loop detected in the routes of these screens: ${listed(looping)}.`,
    ...looping.map(targetFor),
  );
}

/** Whether a screen leads to one that leads back to it: an error of its own. */
function isPaired(routes: Routes, id: string): boolean {
  return [...(routes.get(id) ?? [])].some((to) => routes.get(to)?.has(id) ?? false);
}

/** Removes, one after the other, every screen that nothing left leads to. */
function peel(left: Set<string>, forwards: Routes, backwards: Routes): void {
  const inbound = new Map<string, number>();
  for (const id of left) inbound.set(id, [...(backwards.get(id) ?? [])].filter((from) => left.has(from)).length);
  const free = [...left].filter((id) => inbound.get(id) === 0);
  for (let at = free.pop(); at !== undefined; at = free.pop()) {
    left.delete(at);
    for (const to of forwards.get(at) ?? []) {
      const rest = (inbound.get(to) ?? 0) - 1;
      inbound.set(to, rest);
      if (rest === 0) free.push(to);
    }
  }
}

/** Meta's pages demand that every path ends on a terminal screen, but its validator does not check it. */
function warnDeadEnds(flow: Flow, routes: Routes, targetFor: (screen: Screen) => Target, findings: Findings): void {
  const linked = linkedPages(flow);
  const stuck = flow.screens.filter(
    ({ id, terminal, byType }) =>
      id !== '' && !terminal && !byType.has('NavigationList') && !linked.has(id) && (routes.get(id)?.size ?? 0) === 0,
  );
  if (stuck.length === 0) return;
  const message = `These screens lead nowhere although they are not terminal: ${ids(stuck)}.`;
  findings.warning(CODE, message, ...stuck.map(targetFor));
}

/** Pages to read or choose on, opened by a link and left by going back, need no way forward. */
function linkedPages(flow: Flow): Set<string> {
  const linked = new Set<string>();
  const stepped = new Set<string>();
  for (const { name, node, component } of flow.actions) {
    const to = name === 'navigate' ? targetOf(node) : undefined;
    if (to === undefined) continue;
    const byLink = component.type === 'OptIn' || component.type === 'EmbeddedLink';
    (byLink ? linked : stepped).add(to);
  }
  return new Set([...linked].filter((id) => !stepped.has(id)));
}

function destinationsOf(routes: Routes): Set<string> {
  return new Set([...routes.values()].flatMap((targets) => [...targets]));
}

function navigateTargets(flow: Flow): string[] {
  return flow.actions.flatMap((action) => (action.name === 'navigate' ? (targetOf(action.node) ?? []) : []));
}

function targetOf(action: ObjectNode): string | undefined {
  return textOf(member(action.members.get('next'), 'name'));
}

function ids(screens: Screen[]): string {
  return listed(screens.map((screen) => screen.id));
}

/** Names in a sentence; a long list is cut, since a message is read by a person. */
function listed(names: string[]): string {
  const shown = names.slice(0, MOST_NAMED).join(', ');
  return names.length > MOST_NAMED ? `${shown} and ${names.length - MOST_NAMED} more` : shown;
}

function idNode(screen: Screen): Target {
  return screen.node.members.get('id') ?? screen.node;
}

function keyTarget(model: ObjectNode, id: string): Target {
  const list = model.members.get(id);
  return list === undefined ? model : { keyOf: list };
}
