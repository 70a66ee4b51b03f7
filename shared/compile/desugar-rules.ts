import { evaluateCondition, questionsOf } from '../form/evaluate-condition.ts';
import type { Answer } from '../form/answers.ts';
import type { Condition, Definitions, Expression, Form, HiddenField, Item, Question } from '../form/form.ts';
import { hasRecall, recallToken, splitRecall } from '../form/recall.ts';
import { allOf, resolveCondition } from './resolve-condition.ts';

/**
 * A form whose rules have become conditions: every question knows itself when it is on the path, every variable is a value
 * over answers. Nothing but answers has to be kept while a person fills the form in (flow-rules.md sections 1.1 and 1.6).
 */
export type Desugared = {
  form: Form;
  definitions: Definitions;
  /** Final values of the form's variables. */
  computed: { id: string; value: Expression }[];
  /** The ending that is reached, first match wins; null is the form's own thank-you. */
  endings: { id: string | null; when: Condition }[];
  /** Ids of questions and listed statements that no path leads to. */
  unreachable: Set<string>;
  /** Ids of questions and statements after which a jump backwards was taken out. */
  loops: Set<string>;
  /** Ids of questions and statements in whose texts "…" stands for what is not known there. */
  lost: Map<string, LostRecall>;
};

type LostRecall = 'recall_lost' | 'hidden_recall_lost';

const YES: Condition = { op: 'constant', value: true };
const NO: Condition = { op: 'constant', value: false };
/** Smaller conditions stand where they are used, so that the phone can say them; larger ones are named. */
const MAX_INLINE = 6;
const MAX_PARTS = 12;

type Target = { index: number } | { end: string | null };
type Edge = { from: number; to: number; when: Condition; end?: string | null };
type Block = { start: number; end: number; edges: Edge[] };

export function desugarRules(form: Form): Desugared {
  const none: Definitions = form.definitions ?? { conditions: {}, values: {} };
  if (!form.rules?.length && !form.variables?.length && !mayRecallHidden(form))
    return {
      form,
      definitions: none,
      computed: [],
      endings: [],
      unreachable: new Set(),
      loops: new Set(),
      lost: new Map(),
    };
  return new Desugaring(form, none).run();
}

function mayRecallHidden(form: Form): boolean {
  return form.hidden.length > 0 && hasRecall(JSON.stringify(form.pages));
}

class Desugaring {
  readonly #form: Form;
  readonly #items: Item[];
  readonly #indexes = new Map<string, number>();
  readonly #questions = new Map<string, Question>();
  readonly #hidden: Map<string, HiddenField>;
  readonly #definitions: Definitions;
  readonly #loops = new Set<string>();
  readonly #lost = new Map<string, LostRecall>();
  /** What the texts looked at last could not say. */
  #losing: LostRecall | null = null;
  /** Values of each variable over the form: from `index` on it is `value`. */
  readonly #values = new Map<string, { index: number; value: Expression }[]>();
  #reach: Condition[] = [];
  #blockOf: number[] = [];

  constructor(form: Form, definitions: Definitions) {
    this.#form = form;
    this.#definitions = { conditions: { ...definitions.conditions }, values: { ...definitions.values } };
    this.#items = form.pages.flatMap((page) => page.items);
    this.#items.forEach((item, index) => {
      this.#indexes.set(item.id, index);
      if (item.kind !== 'statement') this.#questions.set(item.id, item);
    });
    this.#hidden = new Map(form.hidden.map((field) => [field.id, field]));
  }

  run(): Desugared {
    this.#initialValues();
    const blocks = this.#toBlocks();
    const reached = reachableFrom(blocks);
    this.#blockOf = this.#items.map((_, index) => blocks.findIndex((one) => one.start <= index && index <= one.end));
    this.#reachAll(blocks, reached);
    const endings = this.#endings(blocks, reached);
    const unreachable = new Set(
      this.#items.filter((_, index) => !reached.has(this.#blockOf[index] ?? 0)).map(({ id }) => id),
    );
    return {
      form: this.#rewritten(),
      definitions: this.#definitions,
      computed: (this.#form.variables ?? []).map(({ id }) => ({ id, value: this.#valueAt(id, Infinity) })),
      endings,
      unreachable,
      loops: this.#loops,
      lost: this.#lost,
    };
  }

  // --- places ---------------------------------------------------------------------------------------------------------

  /** Index of the last item that `id` stands for; -1 before the first. */
  #lastOf(id: string): number | null {
    const own = this.#indexes.get(id);
    if (own !== undefined) return own;
    const members = this.#membersOf(id);
    return members.length > 0 ? Math.max(...members) : null;
  }

  #firstOf(id: string): number | null {
    const own = this.#indexes.get(id);
    if (own !== undefined) return this.#withHeading(own);
    const page = this.#form.pages.findIndex((one) => one.id === id);
    if (page >= 0) {
      // A page without items is passed through: what follows it is where one arrives.
      const before = this.#form.pages.slice(0, page).reduce((sum, one) => sum + one.items.length, 0);
      return before;
    }
    const members = this.#membersOf(id);
    if (members.length === 0) return null;
    return this.#withHeading(Math.min(...members));
  }

  /** Words that are no field of the tool (the heading of a grid, a video) belong to what stands right below them. */
  #withHeading(index: number): number {
    let first = index;
    for (let above = this.#items[first - 1]; above; above = this.#items[first - 1]) {
      if (above.kind !== 'statement' || above.isListed || this.#startsPage(first)) break;
      first -= 1;
    }
    return first;
  }

  #startsPage(index: number): boolean {
    let start = 0;
    for (const page of this.#form.pages) {
      if (start === index) return true;
      start += page.items.length;
    }
    return false;
  }

  #membersOf(id: string): number[] {
    const page = this.#form.pages.find((one) => one.id === id);
    const ids = page ? page.items.map((item) => item.id) : this.#form.groups?.find((one) => one.id === id)?.members;
    return (ids ?? []).flatMap((member) => this.#indexes.get(member) ?? []);
  }

  // --- variables --------------------------------------------------------------------------------------------------------

  #initialValues(): void {
    for (const { id, type, initial } of this.#form.variables ?? []) {
      const number = Number(initial);
      const value: Expression =
        type === 'number'
          ? { op: 'number', value: Number.isFinite(number) ? number : 0 }
          : { op: 'text', value: initial };
      this.#values.set(id, [{ index: -2, value }]);
    }
  }

  #valueAt(variable: string, index: number): Expression {
    const history = this.#values.get(variable) ?? [];
    return history.findLast((one) => one.index <= index)?.value ?? { op: 'number', value: 0 };
  }

  /** Calculations happen in the order of the form, whatever the path is: those off the path leave the value as it was. */
  #calculate(index: number, reach: Condition): void {
    for (const rule of this.#form.rules ?? []) {
      if (rule.kind !== 'calculate') continue;
      const at = rule.after === null ? -1 : this.#lastOf(rule.after);
      if (at !== index) continue;
      const before = this.#valueAt(rule.variable, index);
      const value = this.#ground(rule.value, index);
      const after: Expression = rule.operator === 'set' ? value : { op: rule.operator, left: before, right: value };
      const when = both(reach, rule.when ? this.#groundCondition(rule.when, index) : YES);
      if (isConstant(when, false)) continue;
      const result: Expression = isConstant(when, true)
        ? after
        : { op: 'if', condition: when, then: after, else: before };
      const history = this.#values.get(rule.variable) ?? [];
      const name = `${rule.variable}#${history.length}`;
      this.#definitions.values[name] = result;
      history.push({ index, value: { op: 'ref', name } });
      this.#values.set(rule.variable, history);
    }
  }

  /** The expression with variables as they stand at `index`, and hidden fields as the constants they are. */
  #ground(value: Expression, index: number): Expression {
    switch (value.op) {
      case 'variable':
        return this.#valueAt(value.name, index);
      case 'hidden':
        return { op: 'text', value: this.#hidden.get(value.field)?.value ?? '' };
      case 'answer':
        return (this.#indexes.get(value.question) ?? Infinity) <= index ? value : { op: 'text', value: '' };
      case 'add':
      case 'subtract':
      case 'multiply':
      case 'divide':
        return { op: value.op, left: this.#ground(value.left, index), right: this.#ground(value.right, index) };
      case 'concat':
        return { op: 'concat', parts: value.parts.map((part) => this.#ground(part, index)) };
      case 'if':
        return {
          op: 'if',
          condition: this.#groundCondition(value.condition, index),
          then: this.#ground(value.then, index),
          else: this.#ground(value.else, index),
        };
      default:
        return value;
    }
  }

  /** Freed of what is known at `index`: hidden fields, variables by name, and questions that come later. */
  #groundCondition(condition: Condition, index: number): Condition {
    const resolved = resolveCondition(this.#withValues(condition, index), (id) => {
      const hidden = this.#hidden.get(id);
      if (hidden) return { kind: 'hidden', field: hidden };
      const question = this.#questions.get(id);
      const isAnswered = question && (this.#indexes.get(id) ?? Infinity) <= index;
      return isAnswered ? { kind: 'asked', question } : { kind: 'hidden', field: { id, label: '', origin: {} } };
    });
    return resolved.condition ?? { op: 'constant', value: resolved.holds };
  }

  #withValues(condition: Condition, index: number): Condition {
    switch (condition.op) {
      case 'and':
      case 'or':
        return simplified(
          condition.op,
          condition.conditions.map((part) => this.#withValues(part, index)),
        );
      case 'not':
        return negated(this.#withValues(condition.condition, index));
      case 'compare': {
        const grounded: Condition = {
          ...condition,
          left: this.#ground(condition.left, index),
          right: this.#ground(condition.right, index),
        };
        const isKnown = questionsOf(grounded, this.#definitions).length === 0;
        if (!isKnown) return grounded;
        return { op: 'constant', value: evaluateCondition(grounded, {}, '1970-01-01', this.#definitions) };
      }
      default:
        return condition;
    }
  }

  // --- graph --------------------------------------------------------------------------------------------------------------

  /** Stretches of items that are always passed together. */
  #toBlocks(): Block[] {
    const jumps = this.#jumps();
    const heads = new Set([0]);
    for (const [index, list] of jumps) {
      heads.add(index + 1);
      for (const { to } of list) if ('index' in to) heads.add(to.index);
    }
    const starts = [...heads].filter((start) => start < this.#items.length).toSorted((a, b) => a - b);
    const blocks = starts.map((start, number): Block => {
      return { start, end: (starts[number + 1] ?? this.#items.length) - 1, edges: [] };
    });
    const exit = blocks.length;
    const blockAt = (index: number) => {
      const found = blocks.findIndex((one) => one.start === index);
      return found < 0 ? exit : found;
    };
    blocks.forEach((block, number) => {
      // Conditions of jumps are grounded when variables are known: see #reachAll.
      const list = jumps.get(block.end) ?? [];
      block.edges = list.map(({ when, to }): Edge => {
        const own = { from: number, when: when ?? YES };
        return 'index' in to ? { ...own, to: blockAt(to.index) } : { ...own, to: exit, end: to.end };
      });
      block.edges.push({
        from: number,
        to: number + 1,
        when: YES,
        ...(number + 1 === exit ? { end: null } : {}),
      });
    });
    // Which edge is dead does not depend on variables, so it is settled before anything is said about paths.
    for (const block of blocks) block.edges = this.#alive(block);
    return blocks;
  }

  /** Jumps by the index they stand after; backward ones are left out and noted. */
  #jumps(): Map<number, { when?: Condition; to: Target }[]> {
    const jumps = new Map<number, { when?: Condition; to: Target }[]>();
    for (const rule of this.#form.rules ?? []) {
      if (rule.kind !== 'jump') continue;
      const after = this.#lastOf(rule.after);
      if (after === null) continue;
      const target = this.#target(rule.to);
      if (target === null) continue;
      if ('index' in target && target.index <= after) {
        this.#loops.add(this.#questionAt(after));
        continue;
      }
      const list = jumps.get(after) ?? [];
      list.push({ when: rule.when, to: target });
      jumps.set(after, list);
    }
    return jumps;
  }

  #questionAt(index: number): string {
    return (
      this.#items.slice(0, index + 1).findLast((item) => item.kind !== 'statement')?.id ?? this.#items[index]?.id ?? ''
    );
  }

  #target(to: { item: string } | { end: string | null }): Target | null {
    if ('end' in to) return { end: to.end };
    const index = this.#firstOf(to.item);
    return index === null ? null : { index };
  }

  /**
   * Edges with the condition under which each is taken: the first that matches. Where all conditions look at one question
   * with a fixed set of answers, the edge says which of them lead along it, and edges that none leads along are gone.
   */
  #alive(block: Block): Edge[] {
    const index = block.end;
    const grounded = block.edges.map((edge) => ({ ...edge, when: this.#groundLater(edge.when, index) }));
    const open: Edge[] = [];
    const refused: Condition[] = [];
    for (const edge of grounded) {
      if (isConstant(edge.when, false)) continue;
      open.push({ ...edge, when: refused.reduce((all, one) => both(all, negated(one)), edge.when) });
      if (isConstant(edge.when, true)) break;
      refused.push(edge.when);
    }
    return this.#byAnswers(open, index) ?? open;
  }

  #byAnswers(edges: Edge[], index: number): Edge[] | null {
    const looked = new Set(edges.flatMap((edge) => questionsOf(edge.when)));
    const [id] = looked;
    if (looked.size !== 1 || id === undefined || edges.some((edge) => looksAtMore(edge.when))) return null;
    const question = this.#questions.get(id);
    const answers = question && answersOf(question);
    if (!question || !answers) return null;
    const mustAnswer = question.required && !question.visibleWhen && this.#items[index]?.id === id;
    return edges.flatMap((edge) => {
      const holds = (given: Record<string, Answer>) => evaluateCondition(edge.when, given, '1970-01-01');
      const values = answers.filter(({ answer }) => holds({ [id]: answer })).map(({ value }) => value);
      if (!mustAnswer && holds({})) return [edge];
      if (values.length === 0) return [];
      if (mustAnswer && values.length === answers.length) return [{ ...edge, when: YES }];
      return [{ ...edge, when: oneOf(question, id, values) }];
    });
  }

  /** As #groundCondition, but variables stay: they are put in when the values before this place are known. */
  #groundLater(condition: Condition, index: number): Condition {
    const resolved = resolveCondition(condition, (id) => {
      const hidden = this.#hidden.get(id);
      if (hidden) return { kind: 'hidden', field: hidden };
      const question = this.#questions.get(id);
      const isAnswered = question && (this.#indexes.get(id) ?? Infinity) <= index;
      return isAnswered ? { kind: 'asked', question } : { kind: 'hidden', field: { id, label: '', origin: {} } };
    });
    return resolved.condition ?? { op: 'constant', value: resolved.holds };
  }

  /**
   * When each block is reached: it depends on those branches after which one way leads past it and the other does not
   * (control dependence after Ferrante, Ottenstein and Warren, 1987). What every path passes has no condition.
   */
  #reachAll(blocks: Block[], reached: ReadonlySet<number>): void {
    const depends = controlDependences(blocks, reached);
    const names = new Map<string, Condition>();
    this.#reach = blocks.map(() => YES);
    this.#calculate(-1, YES);
    blocks.forEach((block, number) => {
      if (!reached.has(number)) return;
      const branches = depends[number] ?? [];
      const condition = either(
        branches.map((edge) => this.#along(edge)),
        branches.length === 0,
      );
      this.#reach[number] = this.#named(condition, names);
      for (let index = block.start; index <= block.end; index += 1) this.#calculate(index, this.#reach[number] ?? YES);
      for (const edge of block.edges) edge.when = this.#withValues(edge.when, block.end);
    });
  }

  /**
   * The branch was come to, and this way was taken. Both are said, also where the answer alone would say so on the server: on
   * the phone a field that is hidden again keeps its value, and an empty box is like one that was left empty.
   */
  #along(edge: Edge): Condition {
    return both(this.#reach[edge.from] ?? YES, edge.when);
  }

  #named(condition: Condition, names: Map<string, Condition>): Condition {
    if (sizeOf(condition) <= MAX_INLINE) return condition;
    // Parts that must all hold stay apart, so that each can be decided where it is known.
    if (condition.op === 'and' && condition.conditions.length <= MAX_PARTS)
      return { op: 'and', conditions: condition.conditions.map((part) => this.#named(part, names)) };
    const key = JSON.stringify(condition);
    const known = names.get(key);
    if (known) return known;
    const name = `reached#${names.size + 1}`;
    this.#definitions.conditions[name] = condition;
    const ref: Condition = { op: 'ref', name };
    names.set(key, ref);
    return ref;
  }

  #endings(blocks: Block[], reached: ReadonlySet<number>): Desugared['endings'] {
    const byEnding = new Map<string | null, Condition[]>();
    blocks.forEach((block, number) => {
      if (!reached.has(number)) return;
      for (const edge of block.edges) {
        if (edge.to !== blocks.length) continue;
        const end = edge.end ?? null;
        byEnding.set(end, [...(byEnding.get(end) ?? []), this.#along(edge)]);
      }
    });
    return [...byEnding].map(([id, ways]) => ({ id, when: either(ways, false) }));
  }

  // --- the form without rules -----------------------------------------------------------------------------------------------

  #rewritten(): Form {
    const { rules: _rules, ...form } = this.#form;
    let index = -1;
    return {
      ...form,
      pages: form.pages.map((page) => ({
        ...page,
        title: page.title && this.#recalled(page.title, Math.max(0, index)),
        items: page.items.map((item) => {
          index += 1;
          return this.#rewrittenItem(item, index);
        }),
      })),
    };
  }

  #rewrittenItem(item: Item, index: number): Item {
    const reach = this.#reach[this.#blockOf[index] ?? 0] ?? YES;
    const own = item.visibleWhen ? this.#withValues(item.visibleWhen, index) : YES;
    const when = both(own, reach);
    this.#losing = null;
    const { visibleWhen: _when, ...rest } = this.#withRecall(item, index - 1);
    if (this.#losing) this.#lost.set(item.id, this.#losing);
    return (isConstant(when, true) ? rest : { ...rest, visibleWhen: when }) as Item;
  }

  #withRecall<T>(value: T, index: number): T {
    const mapped: unknown =
      typeof value === 'string'
        ? this.#recalled(value, index)
        : Array.isArray(value)
          ? value.map((member: unknown) => this.#withRecall(member, index))
          : typeof value === 'object' && value !== null
            ? Object.fromEntries(
                Object.entries(value).map(([key, member]) => [
                  key,
                  key === 'origin' ? member : this.#withRecall<unknown>(member, index),
                ]),
              )
            : value;
    // Only characters inside strings change: the shape stays the same.
    return mapped as T;
  }

  /** Hidden fields are constants; variables become the value they have at this place; later answers are not known yet. */
  #recalled(text: string, index: number): string {
    if (!hasRecall(text)) return text;
    return splitRecall(text)
      .map((part) => {
        if (typeof part === 'string') return part;
        if (part.kind === 'hidden') return this.#hidden.get(part.id)?.value || this.#lose('hidden_recall_lost');
        if (part.kind === 'answer')
          return (this.#indexes.get(part.id) ?? Infinity) <= index ? recallToken(part) : this.#lose('recall_lost');
        const value = this.#valueAt(part.id, index);
        return value.op === 'ref' ? recallToken({ kind: 'variable', id: value.name }) : literalOf(value);
      })
      .join('');
  }

  #lose(code: LostRecall): string {
    this.#losing = code;
    return '…';
  }
}

function literalOf(value: Expression): string {
  return value.op === 'number' || value.op === 'text' ? String(value.value) || '…' : '…';
}

// --- paths ------------------------------------------------------------------------------------------------------------------

function reachableFrom(blocks: readonly Block[]): Set<number> {
  const reached = new Set([0]);
  // Edges only go forward, so one pass in order is enough.
  blocks.forEach((block, number) => {
    if (reached.has(number)) for (const edge of block.edges) reached.add(edge.to);
  });
  return reached;
}

/** For each block the edges it depends on; the exit is the block after the last. */
function controlDependences(blocks: readonly Block[], reached: ReadonlySet<number>): Edge[][] {
  const exit = blocks.length;
  const parent: number[] = [];
  const depth: number[] = [];
  parent[exit] = exit;
  depth[exit] = 0;
  const common = (left: number, right: number): number => {
    let [a, b] = [left, right];
    while (a !== b) {
      if ((depth[a] ?? 0) >= (depth[b] ?? 0)) a = parent[a] ?? exit;
      else b = parent[b] ?? exit;
    }
    return a;
  };
  for (let number = exit - 1; number >= 0; number -= 1) {
    const [first = exit, ...rest] = (blocks[number]?.edges ?? []).map((edge) => edge.to);
    const above = rest.reduce(common, first);
    parent[number] = above;
    depth[number] = (depth[above] ?? 0) + 1;
  }
  const depends: Edge[][] = blocks.map(() => []);
  blocks.forEach((block, number) => {
    if (!reached.has(number)) return;
    for (const edge of block.edges) {
      for (let runner = edge.to; runner !== parent[number] && runner < exit; runner = parent[runner] ?? exit)
        depends[runner]?.push(edge);
    }
  });
  return depends;
}

// --- conditions -------------------------------------------------------------------------------------------------------------

function isConstant(condition: Condition, value: boolean): boolean {
  return condition.op === 'constant' && condition.value === value;
}

function both(left: Condition, right: Condition): Condition {
  if (isConstant(left, false) || isConstant(right, false)) return NO;
  if (isConstant(left, true)) return right;
  if (isConstant(right, true)) return left;
  const parts = [left, right].flatMap((one) => (one.op === 'and' ? one.conditions : [one]));
  return allOf(distinct(parts)) ?? YES;
}

function either(conditions: readonly Condition[], empty: boolean): Condition {
  if (conditions.length === 0) return { op: 'constant', value: empty };
  if (conditions.some((one) => isConstant(one, true))) return YES;
  const parts = distinct(
    conditions.filter((one) => !isConstant(one, false)).flatMap((one) => (one.op === 'or' ? one.conditions : [one])),
  );
  const [only] = parts;
  if (only === undefined) return NO;
  return parts.length === 1 ? only : { op: 'or', conditions: parts };
}

function simplified(op: 'and' | 'or', conditions: readonly Condition[]): Condition {
  return op === 'and' ? conditions.reduce(both, YES) : either(conditions, false);
}

function negated(condition: Condition): Condition {
  if (condition.op === 'constant') return { op: 'constant', value: !condition.value };
  return condition.op === 'not' ? condition.condition : { op: 'not', condition };
}

function distinct(conditions: readonly Condition[]): Condition[] {
  return [...new Map(conditions.map((one) => [JSON.stringify(one), one])).values()];
}

function sizeOf(condition: Condition): number {
  if (condition.op === 'and' || condition.op === 'or')
    return condition.conditions.reduce((sum, part) => sum + sizeOf(part), 0);
  if (condition.op === 'not') return sizeOf(condition.condition);
  return condition.op === 'includes-any' ? 1 : condition.op === 'compare' ? 2 : 1;
}

function looksAtMore(condition: Condition): boolean {
  if (condition.op === 'and' || condition.op === 'or') return condition.conditions.some(looksAtMore);
  if (condition.op === 'not') return looksAtMore(condition.condition);
  return condition.op === 'compare' || condition.op === 'ref' || condition.op === 'date-within-days';
}

/** Every answer that can be given, where they can be counted. */
function answersOf(question: Question): { value: string; answer: Answer }[] | null {
  switch (question.kind) {
    case 'yes-no':
    case 'checkbox':
      return [true, false].map((value) => ({ value: String(value), answer: { kind: 'boolean', value } }));
    case 'single-choice':
      return question.allowOther
        ? null
        : question.choices.map(({ id }) => ({ value: id, answer: { kind: 'choice', choiceId: id } }));
    default:
      return null;
  }
}

function oneOf(question: Question, id: string, values: string[]): Condition {
  const [only] = values;
  if (values.length === 1 && only !== undefined) return { op: 'equals', question: id, value: only };
  // Both answers of a yes-no question: it was answered at all.
  return question.kind === 'single-choice'
    ? { op: 'includes-any', question: id, values }
    : { op: 'answered', question: id };
}
