import type { FlowComponent, FlowJson, FlowScreen, JsonValue } from '../flow-json/flow-json.ts';
import { resolve, textOf } from './bindings.ts';
import { checkReplyData, checkScreenData, declaredNames, isRecord, withNumbers } from './data-model.ts';
import { drawOptions } from './draw-input.ts';
import {
  drawScreen,
  UnknownComponentError,
  unmetReference,
  type DrawnScreen,
  type ScreenState,
} from './draw-screen.ts';
import type { EndpointLink, EndpointOutcome, EndpointRequest } from './endpoint-link.ts';
import type { PhoneValue, Scope } from './expressions.ts';
import { initialValue, initialValueReads, listFields } from './fields.ts';
import { filesForEndpoint, filesForMessage, isFileList, type FileEffects } from './file-answers.ts';
import { rawItems, readAction, selectActions, type FlowAction } from './flow-action.ts';
import { phoneTexts, type PhoneLocale } from './phone-texts.ts';
import { impossibility } from './possible-value.ts';
import { summarizeScreen } from './response-summary.ts';
import type { ClientError, ComponentView, FieldValue, FlowOutcome, InputView, PhoneView } from './screen-view.ts';

/** The flow message whose button the person pressed. */
export type FlowMessage = {
  flowToken: string;
  action: 'navigate' | 'data_exchange';
  /** First screen; `null` means the entry screen. */
  screen: string | null;
  data: Record<string, unknown> | null;
  /** Button that Meta has switched off after 427: opening it again shows the text at once. */
  isDisabled?: boolean;
};

export type PhoneEffects = FileEffects & {
  /** `null` for flows without an endpoint. */
  link: EndpointLink | null;
  /** Opens a web page outside the flow. */
  openUrl?: (url: string) => void;
};

export type Phone = {
  view(): PhoneView;
  /** Resolves when everything under way (the opening exchange, a press) is done. */
  settled(): Promise<void>;
  /** Answers a visible, enabled field. Throws on what a person could not do; resolves after on-select actions. */
  setValue(name: string, value: FieldValue): Promise<void>;
  /** The person leaves a field: the phone's own check of it may now show. */
  leaveField(name: string): void;
  /** Presses the button, a link, an opt-in's *Read more* or an item of a navigation list. */
  press(componentId: string, itemId?: string): Promise<void>;
  back(): Promise<void>;
  dismissNotice(): void;
  close(): void;
  /** Calls the listener after every change; the returned function ends it. */
  subscribe(listener: () => void): () => void;
};

/** Something was asked of the phone that a person could not do on it. */
export class PhoneMisuse extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PhoneMisuse';
  }
}

/**
 * Opens a flow as WhatsApp does: at once on the first screen (`navigate`), or after asking the endpoint (INIT).
 * The flow must have passed the validator. One phone is one opening of one message.
 */
export function openFlow(options: {
  flowJson: FlowJson;
  message: FlowMessage;
  effects: PhoneEffects;
  locale?: PhoneLocale;
}): Phone {
  const run = new FlowRun(options.flowJson, options.message, options.effects, options.locale ?? 'en');
  run.open();
  return run;
}

class FlowRun implements Phone {
  private readonly flow: FlowJson;
  private readonly message: FlowMessage;
  private readonly effects: PhoneEffects;
  private readonly texts: ReturnType<typeof phoneTexts>;
  private readonly listeners = new Set<() => void>();
  /** Screens the person came along, the current one last. Back takes one off. */
  private stack: ScreenState[] = [];
  /** Every screen seen keeps its last data and answers for `${screen.ID…}`, also after Back (Meta: *screen storage*). */
  private readonly store = new Map<string, ScreenState>();
  private busy: string | null = null;
  private notice: string | null = null;
  private ending: Extract<PhoneView, { kind: 'broken' | 'closed' }> | null = null;
  private underWay: Promise<void> = Promise.resolve();
  private cached: PhoneView | null = null;

  constructor(flow: FlowJson, message: FlowMessage, effects: PhoneEffects, locale: PhoneLocale) {
    this.flow = withLayouts(flow);
    this.message = message;
    this.effects = effects;
    this.texts = phoneTexts(locale);
  }

  open(): void {
    if (this.message.isDisabled === true) return this.end({ kind: 'revoked', text: this.texts.noLongerAvailable });
    if (this.message.action === 'data_exchange') {
      this.underWay = this.exchange({ action: 'INIT' }, null);
      return;
    }
    const screen = this.findScreen(this.message.screen ?? this.entryScreenId());
    if (screen === null) return this.breakDown('invalid-screen-transition');
    const check = checkScreenData(screen, this.message.data ?? {});
    if (check.kind === 'refused') return this.breakDown('payload-schema-error');
    this.enter(screen, check.data);
  }

  view(): PhoneView {
    this.cached ??= this.computeView();
    return this.cached;
  }

  settled(): Promise<void> {
    return this.underWay;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  setValue(name: string, value: FieldValue): Promise<void> {
    const { state, drawn } = this.openScreen();
    const input = findInput(drawn.components, name);
    if (input === null) throw new PhoneMisuse(`The screen ${state.screen.id} shows no field ${name}`);
    if (!input.enabled) throw new PhoneMisuse(`The field ${name} cannot be changed`);
    const problem = impossibility(input, value);
    if (problem !== null) throw new PhoneMisuse(`The field ${name} cannot take this: ${problem}`);
    const before = state.values.get(name) ?? null;
    state.values.set(name, value);
    state.edited.add(name);
    this.changed();
    const component = drawn.sources.get(input.id);
    return component === undefined ? Promise.resolve() : this.runSelectActions(component, input.id, before, value);
  }

  leaveField(name: string): void {
    this.stack.at(-1)?.checked.add(name);
    this.changed();
  }

  press(componentId: string, itemId?: string): Promise<void> {
    const { state, drawn } = this.openScreen();
    const component = drawn.sources.get(componentId);
    if (component === undefined) throw new PhoneMisuse(`The screen ${state.screen.id} shows no ${componentId}`);
    if (component.type === 'Footer') {
      if (drawn.footer?.enabled !== true) throw new PhoneMisuse(`The button of ${state.screen.id} is grey`);
      for (const shown of drawn.components) if ('value' in shown) state.checked.add(shown.name);
      this.notice = null;
      this.changed();
      if (drawn.invalid.length > 0) return Promise.resolve();
    }
    const action = readAction(this.actionHolder(component, itemId, state), 'on-click-action');
    if (action === null) throw new PhoneMisuse(`${componentId} cannot be pressed`);
    return this.runAction(action, componentId, component.type === 'Footer');
  }

  back(): Promise<void> {
    const { state } = this.openScreen();
    if (this.stack.length < 2) {
      this.close();
      return Promise.resolve();
    }
    if (state.screen.refresh_on_back === true && this.effects.link !== null) {
      this.underWay = this.exchange({ action: 'BACK', screen: state.screen.id }, state.screen.id);
      return this.underWay;
    }
    this.stack.pop();
    this.notice = null;
    this.changed();
    return Promise.resolve();
  }

  dismissNotice(): void {
    this.notice = null;
    this.changed();
  }

  close(): void {
    if (this.ending === null) this.end({ kind: 'dismissed' });
  }

  private computeView(): PhoneView {
    if (this.ending !== null) return this.ending;
    const state = this.stack.at(-1);
    if (state === undefined) return { kind: 'opening' };
    const drawn = this.draw(state);
    return {
      kind: 'screen',
      screen: {
        id: state.screen.id,
        title: drawn.title,
        components: drawn.components,
        footer: drawn.footer,
        canGoBack: this.stack.length > 1,
        busy: this.busy,
        notice: this.notice,
      },
    };
  }

  /** The current screen as it stands; throws when nothing can be done on it now. */
  private openScreen(): { state: ScreenState; drawn: DrawnScreen } {
    const state = this.stack.at(-1);
    if (this.ending !== null || state === undefined) throw new PhoneMisuse('The flow shows no screen');
    if (this.busy !== null) throw new PhoneMisuse('The phone is waiting for the endpoint');
    return { state, drawn: this.draw(state) };
  }

  private draw(state: ScreenState): DrawnScreen {
    return drawScreen(state, this.scopeOf(state), this.texts);
  }

  private scopeOf(state: ScreenState): Scope {
    return {
      data: (path) => readPath(state.data, path),
      form: (path) => this.readForm(state, path),
      otherScreen: (id, store, path) => {
        const other = id === state.screen.id ? state : this.store.get(id);
        if (other === undefined) return undefined;
        return store === 'data' ? readPath(other.data, path) : this.readForm(other, path);
      },
    };
  }

  private readForm(state: ScreenState, path: string[]): PhoneValue | undefined {
    const [name, ...inner] = path;
    if (name === undefined) return undefined;
    const value = state.values.get(name);
    return inner.length === 0 || !isRecord(value) ? value : readPath(value, inner);
  }

  private findScreen(id: string): FlowScreen | null {
    return this.flow.screens.find((screen) => screen.id === id) ?? null;
  }

  /** The screen no route and no `navigate` leads to (Meta, "Flow JSON", *Routing rules*). */
  private entryScreenId(): string {
    const targets = new Set(
      this.flow.routing_model === undefined
        ? this.flow.screens.flatMap((screen) => navigateTargets(screen.layout.children))
        : Object.values(this.flow.routing_model).flat(),
    );
    return this.flow.screens.find((screen) => !targets.has(screen.id))?.id ?? this.flow.screens[0]?.id ?? '';
  }

  private enter(screen: FlowScreen, data: Record<string, JsonValue>): void {
    const state: ScreenState = { screen, data, values: new Map(), checked: new Set(), edited: new Set() };
    this.stack.push(state);
    this.store.set(screen.id, state);
    this.fill(state);
    this.tryDrawing(state);
  }

  /**
   * Gives every field its starting value. On a redraw fields keep theirs that the flow does not bind, or binds to data
   * that the reply did not bring.
   */
  private fill(state: ScreenState, brought: readonly string[] | null = null): void {
    const scope = this.scopeOf(state);
    for (const field of listFields(state.screen)) {
      if (brought !== null && state.values.has(field.name)) {
        const reads = initialValueReads(field);
        if (reads.length > 0 && !reads.some((key) => brought.includes(key))) continue;
      }
      const initial = initialValue(field, scope);
      if (initial.isBound || !state.values.has(field.name)) state.values.set(field.name, initial.value);
    }
  }

  /** A flow that cannot be drawn breaks down when it opens, not while the page is being drawn. */
  private tryDrawing(state: ScreenState): void {
    try {
      this.draw(state);
      this.changed();
    } catch (error) {
      this.breakDown(error instanceof UnknownComponentError ? 'missing_capability' : 'cannot_be_served');
    }
  }

  private redraw(state: ScreenState, data: Record<string, JsonValue>, brought: readonly string[]): void {
    state.data = data;
    state.edited.clear();
    state.checked.clear();
    this.fill(state, brought);
    this.tryDrawing(state);
  }

  private actionHolder(component: FlowComponent, itemId: string | undefined, state: ScreenState): unknown {
    if (component.type !== 'NavigationList') return component;
    const items = rawItems(component['list-items'], this.scopeOf(state));
    const item = items.find((candidate) => candidate.id === itemId);
    if (item === undefined) throw new PhoneMisuse(`The list has no item ${String(itemId)}`);
    if (item.enabled === false) throw new PhoneMisuse(`The item ${String(itemId)} is switched off`);
    return component['on-click-action'] === undefined ? item : component;
  }

  private async runAction(action: FlowAction, source: string, isFooter: boolean): Promise<void> {
    switch (action.name) {
      case 'navigate':
        return this.navigate(action);
      case 'data_exchange':
        this.underWay = this.sendToEndpoint(action, source);
        return this.underWay;
      case 'complete':
        if (!isFooter) throw new PhoneMisuse('Only the button can complete a flow');
        this.underWay = this.complete(action, source);
        return this.underWay;
      case 'update_data':
        return this.updateData(action);
      case 'open_url':
        this.effects.openUrl?.(textOf(resolve(action.url, this.currentScope())) ?? '');
        return;
      default:
        throw new PhoneMisuse(`The phone knows no action ${action.name}`);
    }
  }

  private currentScope(): Scope {
    const state = this.stack.at(-1);
    if (state === undefined) throw new PhoneMisuse('The flow shows no screen');
    return this.scopeOf(state);
  }

  private payloadOf(action: FlowAction): Record<string, PhoneValue> {
    const payload = resolve(action.payload ?? {}, this.currentScope());
    // A payload is an object of JSON in a valid flow; its members may be files, which `resolve` passes through.
    return isRecord(payload) ? (payload as Record<string, PhoneValue>) : {};
  }

  private navigate(action: FlowAction): void {
    const from = this.stack.at(-1);
    const next = isRecord(action.next) && typeof action.next.name === 'string' ? action.next.name : '';
    const screen = this.findScreen(next);
    if (screen === null || from === undefined || !this.isRouted(from.screen.id, next)) {
      return this.breakDown('invalid-screen-transition');
    }
    const payload = withNumbers(screen, this.payloadOf(action));
    const before = this.store.get(screen.id)?.data ?? {};
    const check = checkReplyData(screen, payload, before, this.neededFrom(from.screen, screen));
    const isUnexpected = screen.data === undefined && Object.keys(payload).length > 0;
    if (check.kind === 'refused' || isUnexpected) return this.breakDown('payload-schema-error');
    if (this.unmetReference(screen, check.data) !== null) return this.breakDown('payload-schema-error');
    this.enter(screen, check.data);
  }

  private isRouted(from: string, to: string): boolean {
    const model = this.flow.routing_model;
    return model === undefined || (model[from] ?? []).includes(to);
  }

  private updateData(action: FlowAction): void {
    const state = this.stack.at(-1);
    if (state === undefined) return;
    const payload = withNumbers(state.screen, this.payloadOf(action));
    const check = checkScreenData(state.screen, { ...state.data, ...payload });
    if (check.kind === 'refused') return this.breakDown('payload-schema-error');
    state.data = check.data;
    this.dropGoneOptions(state);
    this.changed();
  }

  /** An option that an update took away is no longer chosen. */
  private dropGoneOptions(state: ScreenState): void {
    const scope = this.scopeOf(state);
    for (const { name, component } of listFields(state.screen)) {
      if (component['data-source'] === undefined) continue;
      const ids = drawOptions(resolve(component['data-source'], scope)).map((option) => option.id);
      const value = state.values.get(name);
      if (typeof value === 'string' && value !== '' && !ids.includes(value)) state.values.set(name, '');
      if (Array.isArray(value)) {
        state.values.set(
          name,
          value.filter((id): id is string => typeof id === 'string' && ids.includes(id)),
        );
      }
    }
  }

  private async sendToEndpoint(action: FlowAction, source: string): Promise<void> {
    const state = this.stack.at(-1);
    if (state === undefined) return;
    const payload = this.payloadOf(action);
    this.setBusy(source);
    const data = await this.withFiles(payload, (files) => filesForEndpoint(files, this.effects));
    if (data === null) return;
    await this.exchange({ action: 'data_exchange', screen: state.screen.id, data }, source);
  }

  private async complete(action: FlowAction, source: string): Promise<void> {
    const payload = this.payloadOf(action);
    this.setBusy(source);
    const data = await this.withFiles(payload, (files) => filesForMessage(files, this.effects));
    // The token of the message wins over one that the flow puts into its payload.
    if (data !== null) this.submit({ ...data, flow_token: this.message.flowToken });
  }

  /** Replaces files at the top of a payload by what is sent for them; `null` after a failed upload. */
  private async withFiles(
    payload: Record<string, PhoneValue>,
    convert: (files: Extract<FieldValue, { bytes: unknown }[]>) => Promise<unknown[]>,
  ): Promise<Record<string, unknown> | null> {
    try {
      const entries = Object.entries(payload).map(async ([key, value]) => {
        return [key, isFileList(value) ? await convert(value) : value] as const;
      });
      return Object.fromEntries(await Promise.all(entries));
    } catch {
      this.busy = null;
      this.say(this.texts.cannotUpload);
      return null;
    }
  }

  private async exchange(request: Pick<EndpointRequest, 'action' | 'screen' | 'data'>, source: string | null) {
    const link = this.effects.link;
    if (link === null) return this.fail('cannot_be_served');
    this.setBusy(source ?? 'opening');
    // The client sends all five keys always: an opening has no screen yet, and neither it nor a step back has data.
    const version = this.flow.data_api_version ?? '3.0';
    const full = { version, screen: '', data: {}, ...request, flow_token: this.message.flowToken };
    const outcome = await link(full);
    this.busy = null;
    // Closed meanwhile: a late answer changes nothing.
    if (this.ending !== null) return;
    this.receive(outcome, full);
  }

  private receive(outcome: EndpointOutcome, request: EndpointRequest): void {
    switch (outcome.kind) {
      case 'revoked':
        return this.end({ kind: 'revoked', text: outcome.text ?? this.texts.noLongerAvailable });
      case 'failed':
        if (outcome.isReplyBad) this.notify(request, outcome.error);
        return this.fail(outcome.error);
      case 'reply':
        return this.show(outcome.reply, request);
    }
  }

  private show(reply: unknown, request: EndpointRequest): void {
    if (!isRecord(reply) || typeof reply.screen !== 'string' || !isRecord(reply.data)) {
      return this.refuse(request, 'payload-schema-error', 'The reply needs a screen and data.');
    }
    if (reply.screen === 'SUCCESS') return this.succeed(reply.data);
    const screen = this.findScreen(reply.screen);
    if (screen === null || !this.mayShow(screen.id, request)) {
      const from = request.screen ?? 'the opening';
      return this.refuse(request, 'invalid-screen-transition', `${reply.screen} cannot follow ${from}.`);
    }
    const check = checkReplyData(
      screen,
      reply.data,
      this.store.get(screen.id)?.data ?? {},
      this.neededFrom(this.findScreen(request.screen ?? ''), screen),
    );
    if (check.kind === 'refused') {
      return this.refuse(request, 'payload-schema-error', `${screen.id}: data.${check.path} ${check.problem}.`);
    }
    const unmet = this.unmetReference(screen, check.data);
    if (unmet !== null) return this.refuse(request, 'payload-schema-error', `${screen.id}: ${unmet} is missing.`);
    this.place(screen, check.data, Object.keys(reply.data), request);
    this.notice = textOf(resolve(asJson(reply.data.error_message), emptyScope));
    this.changed();
  }

  /** From a screen with a NavigationList every declared key must come; the list has nothing to fall back on. */
  private neededFrom(from: FlowScreen | null, screen: FlowScreen): string[] {
    const hasList = from !== null && JSON.stringify(from.layout.children).includes('"NavigationList"');
    return hasList && from.id !== screen.id ? declaredNames(screen) : [];
  }

  private unmetReference(screen: FlowScreen, data: Record<string, JsonValue>): string | null {
    const state: ScreenState = { screen, data, values: new Map(), checked: new Set(), edited: new Set() };
    try {
      return unmetReference(this.draw(state), this.scopeOf(state));
    } catch {
      // What cannot be drawn at all breaks down when it is shown, with an error of its own.
      return null;
    }
  }

  /**
   * The screen itself, one it has a route to, and one that has a route to it: the client takes that for going back. BACK may
   * be answered with any screen the person came along, INIT only with one that no route leads to.
   */
  private mayShow(screenId: string, request: EndpointRequest): boolean {
    if (request.action === 'INIT')
      return !Object.values(this.flow.routing_model ?? {})
        .flat()
        .includes(screenId);
    if (screenId === request.screen) return true;
    if (request.action === 'BACK' && this.stack.some((state) => state.screen.id === screenId)) return true;
    return this.isRouted(request.screen ?? '', screenId) || this.isRouted(screenId, request.screen ?? '');
  }

  private place(
    screen: FlowScreen,
    data: Record<string, JsonValue>,
    brought: readonly string[],
    request: EndpointRequest,
  ): void {
    const index = this.stack.findIndex((state) => state.screen.id === screen.id);
    const isOneBack = index >= 0 && index === this.stack.length - 2;
    if (index >= 0 && (request.action === 'BACK' || isOneBack)) this.stack = this.stack.slice(0, index + 1);
    const current = this.stack.at(-1);
    if (current?.screen.id === screen.id) this.redraw(current, data, brought);
    else this.enter(screen, data);
  }

  /** The client closes on SUCCESS from any screen, and without parameters it sends nothing. */
  private succeed(data: Record<string, unknown>): void {
    const response = data.extension_message_response;
    const params = isRecord(response) ? response.params : undefined;
    if (isRecord(params)) this.submit(params);
    else this.end({ kind: 'dismissed' });
  }

  private submit(params: Record<string, unknown>): void {
    const summary = this.stack.flatMap((state) =>
      summarizeScreen(state.screen, this.draw(state).components, this.texts),
    );
    const lastScreen = this.stack.at(-1)?.screen.id ?? '';
    this.busy = null;
    const responseJson = { flow_token: this.message.flowToken, ...params };
    this.end({ kind: 'submitted', responseJson, summary, lastScreen });
  }

  /** The endpoint's reply cannot be used: it is told so without waiting for its acknowledgement. */
  private refuse(request: EndpointRequest, error: ClientError, message: string): void {
    this.notify(request, error, message);
    this.fail(error);
  }

  private notify(request: EndpointRequest, error: ClientError, message: string = error): void {
    const action = request.action === 'INIT' ? 'INIT' : 'data_exchange';
    void this.effects.link?.({ ...request, action, data: { error, error_message: message } });
  }

  /** While opening there is nothing to fall back to; later the person stays on the screen and may try again. */
  private fail(error: ClientError): void {
    this.busy = null;
    if (this.stack.length === 0) return this.breakDown(error);
    const isNetwork = error === 'timeout_error' || error === 'no_http_response_error';
    this.say(isNetwork ? this.texts.noConnection : this.texts.somethingWrong);
  }

  private async runSelectActions(component: FlowComponent, id: string, before: FieldValue | null, after: FieldValue) {
    for (const action of selectActions(component, before, after, this.currentScope())) {
      await this.runAction(action, id, false);
      if (this.ending !== null) return;
    }
  }

  private breakDown(clientError: ClientError): void {
    this.ending = { kind: 'broken', text: this.texts.somethingWrong, clientError };
    this.changed();
  }

  private end(outcome: FlowOutcome): void {
    this.ending = { kind: 'closed', outcome };
    this.changed();
  }

  private setBusy(source: string): void {
    this.busy = source;
    this.changed();
  }

  private say(text: string): void {
    this.notice = text;
    this.changed();
  }

  private changed(): void {
    this.cached = null;
    for (const listener of this.listeners) listener();
  }
}

/** Before version 6.0 a screen may do without a layout; it is then empty. */
function withLayouts(flow: FlowJson): FlowJson {
  const empty: FlowScreen['layout'] = { type: 'SingleColumnLayout', children: [] };
  return { ...flow, screens: flow.screens.map((screen) => ({ ...screen, layout: given(screen).layout ?? empty })) };
}

function given(screen: FlowScreen): Partial<FlowScreen> {
  return screen;
}

const emptyScope: Scope = { data: () => undefined, form: () => undefined, otherScreen: () => undefined };

function asJson(value: unknown): JsonValue | undefined {
  return typeof value === 'string' ? value : undefined;
}

function readPath(root: unknown, path: string[]): PhoneValue | undefined {
  let value: unknown = root;
  for (const key of path) {
    if (!isRecord(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  // The root is JSON or a field's value, and so is everything inside it.
  return value as PhoneValue | undefined;
}

function findInput(components: ComponentView[], name: string): InputView | null {
  return (
    components.find((component): component is InputView => 'value' in component && component.name === name) ?? null
  );
}

function navigateTargets(components: unknown): string[] {
  if (Array.isArray(components)) return components.flatMap(navigateTargets);
  if (!isRecord(components)) return [];
  const own =
    components.name === 'navigate' && isRecord(components.next) && typeof components.next.name === 'string'
      ? [components.next.name]
      : [];
  return [...own, ...Object.values(components).flatMap(navigateTargets)];
}
