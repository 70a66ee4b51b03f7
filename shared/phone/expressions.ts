import type { JsonValue } from '../flow-json/flow-json.ts';

/**
 * The phone's own reading of Flow JSON expressions (Meta, "Flow JSON", sections *Nested expressions* and *Conditional
 * component rendering*). It shares nothing with the server's evaluator: the two check each other.
 */

/** Where references find their values. Unknown names answer `undefined`. */
export type Scope = {
  data(path: string[]): PhoneValue | undefined;
  form(path: string[]): PhoneValue | undefined;
  otherScreen(screenId: string, store: 'form' | 'data', path: string[]): PhoneValue | undefined;
};

/** What an expression or a reference can give. Files stand for a picker's value and pass through untouched. */
export type PhoneValue = JsonValue | PickedFile[];

/** A file the person chose on the phone. */
export type PickedFile = { fileName: string; mimeType: string; bytes: Uint8Array };

/** The expression cannot be read. Meta's validator refuses such a flow, so a person never sees it. */
export class ExpressionError extends Error {
  constructor(expression: string, problem: string) {
    super(`Cannot read the expression ${JSON.stringify(expression)}: ${problem}`);
    this.name = 'ExpressionError';
  }
}

type Token =
  | { kind: 'reference'; path: string[]; at: number }
  | { kind: 'text'; value: string; at: number }
  | { kind: 'number'; value: number; at: number }
  | { kind: 'boolean'; value: boolean; at: number }
  | { kind: 'symbol'; value: string; at: number };

type Node =
  | { kind: 'constant'; value: JsonValue }
  | { kind: 'reference'; path: string[] }
  | { kind: 'not'; operand: Node }
  | { kind: 'negative'; operand: Node }
  | { kind: 'binary'; operator: string; left: Node; right: Node }
  | { kind: 'concatenation'; parts: Node[] };

const REFERENCE = /^\$\{\s*([\w-]+(?:\.[\w-]+)+)\s*\}/;
const WHOLE_REFERENCE = /^\$\{\s*([\w-]+(?:\.[\w-]+)+)\s*\}$/;
const SYMBOLS = ['==', '!=', '<=', '>=', '&&', '||', '<', '>', '+', '-', '/', '%', '!', '(', ')'];

/** The path of a property that is nothing but one reference, else `null`: a reference counts only as the whole value. */
export function wholeReference(text: string): string[] | null {
  const match = WHOLE_REFERENCE.exec(text);
  return match?.[1] === undefined ? null : match[1].split('.');
}

/** True when the property is a nested expression: the whole value in backticks. */
export function isNestedExpression(text: string): boolean {
  return text.length >= 2 && text.startsWith('`') && text.endsWith('`');
}

/** Looks a reference up. `${screen.ID.form.x}` reads another screen; everything else the current one. */
export function readReference(path: string[], scope: Scope): PhoneValue | undefined {
  const [root, ...rest] = path;
  if (root === 'data') return scope.data(rest);
  if (root === 'form') return scope.form(rest);
  const [screenId, store, ...inner] = rest;
  if (root === 'screen' && screenId !== undefined && (store === 'form' || store === 'data')) {
    return scope.otherScreen(screenId, store, inner);
  }
  return undefined;
}

/** Evaluates a nested expression given with its backticks. Throws ExpressionError when it cannot be read. */
export function evaluateNested(text: string, scope: Scope): PhoneValue {
  return evaluate(parse(text.slice(1, -1)), scope);
}

/** Evaluates the condition of an `If` (written without backticks). Anything but true is false. */
export function evaluateCondition(text: string, scope: Scope): boolean {
  const source = isNestedExpression(text) ? text.slice(1, -1) : text;
  return evaluate(parse(source), scope) === true;
}

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    if (/\s/.test(source.charAt(at))) {
      at += 1;
      continue;
    }
    const [token, length] = readToken(source, at);
    tokens.push(token);
    at += length;
  }
  return tokens;
}

function readToken(source: string, at: number): [Token, number] {
  const rest = source.slice(at);
  const reference = REFERENCE.exec(rest);
  if (reference?.[1] !== undefined) {
    return [{ kind: 'reference', path: reference[1].split('.'), at }, reference[0].length];
  }
  if (rest.startsWith("'")) return readText(source, at);
  const number = /^\d+(?:\.\d+)?/.exec(rest);
  if (number) return [{ kind: 'number', value: Number(number[0]), at }, number[0].length];
  const word = /^(true|false)\b/.exec(rest);
  if (word) return [{ kind: 'boolean', value: word[1] === 'true', at }, word[0].length];
  const symbol = SYMBOLS.find((candidate) => rest.startsWith(candidate));
  if (symbol === undefined) throw new ExpressionError(source, `unexpected ${JSON.stringify(rest.slice(0, 10))}`);
  return [{ kind: 'symbol', value: symbol, at }, symbol.length];
}

function readText(source: string, start: number): [Token, number] {
  let value = '';
  for (let at = start + 1; at < source.length; at += 1) {
    const character = source.charAt(at);
    if (character === "'") return [{ kind: 'text', value, at: start }, at + 1 - start];
    if (character === '\\' && at + 1 < source.length) {
      value += source.charAt(at + 1);
      at += 1;
    } else {
      value += character;
    }
  }
  throw new ExpressionError(source, 'a text is not closed');
}

/** Loosest first. Operands side by side are joined more loosely than sums: `'total ' ${data.a} / 2` is a text. */
const LEVELS: string[][] = [['||'], ['&&'], ['==', '!='], ['<', '<=', '>', '>=']];
const SUM = ['+', '-'];
const PRODUCT = ['/', '%'];

function parse(source: string): Node {
  const tokens = tokenize(source);
  let next = 0;

  function symbolAhead(allowed: readonly string[]): string | null {
    const token = tokens[next];
    return token?.kind === 'symbol' && allowed.includes(token.value) ? token.value : null;
  }
  function binary(operators: readonly string[], operand: () => Node): Node {
    let left = operand();
    for (let operator = symbolAhead(operators); operator !== null; operator = symbolAhead(operators)) {
      next += 1;
      left = { kind: 'binary', operator, left, right: operand() };
    }
    return left;
  }
  function level(index: number): Node {
    const operators = LEVELS[index];
    return operators === undefined ? concatenation() : binary(operators, () => level(index + 1));
  }
  function concatenation(): Node {
    const first = sum();
    const parts = [first];
    while (startsOperand()) parts.push(sum());
    return parts.length === 1 ? first : { kind: 'concatenation', parts };
  }
  function startsOperand(): boolean {
    const token = tokens[next];
    if (token === undefined) return false;
    return token.kind !== 'symbol' || token.value === '(' || token.value === '!';
  }
  function sum(): Node {
    return binary(SUM, () => binary(PRODUCT, unary));
  }
  function unary(): Node {
    const operator = symbolAhead(['!', '-']);
    if (operator === null) return primary();
    next += 1;
    return { kind: operator === '!' ? 'not' : 'negative', operand: unary() };
  }
  function primary(): Node {
    const token = tokens[next];
    if (token === undefined) throw new ExpressionError(source, 'it ends too early');
    next += 1;
    if (token.kind === 'reference') return { kind: 'reference', path: token.path };
    if (token.kind !== 'symbol') return { kind: 'constant', value: token.value };
    if (token.value !== '(') throw new ExpressionError(source, `unexpected ${token.value}`);
    const inner = level(0);
    if (symbolAhead([')']) === null) throw new ExpressionError(source, 'a bracket is not closed');
    next += 1;
    return inner;
  }

  const tree = level(0);
  if (next < tokens.length) throw new ExpressionError(source, 'something follows its end');
  return tree;
}

function evaluate(node: Node, scope: Scope): PhoneValue {
  switch (node.kind) {
    case 'constant':
      return node.value;
    case 'reference':
      return readReference(node.path, scope) ?? null;
    case 'not':
      return evaluate(node.operand, scope) !== true;
    case 'negative':
      return -toNumber(evaluate(node.operand, scope));
    case 'concatenation':
      return node.parts.map((part) => toText(evaluate(part, scope))).join('');
    case 'binary':
      return evaluateBinary(node.operator, node.left, node.right, scope);
  }
}

function evaluateBinary(operator: string, left: Node, right: Node, scope: Scope): PhoneValue {
  if (operator === '&&') return evaluate(left, scope) === true && evaluate(right, scope) === true;
  if (operator === '||') return evaluate(left, scope) === true || evaluate(right, scope) === true;
  const a = evaluate(left, scope);
  const b = evaluate(right, scope);
  if (operator === '==') return isEqual(a, b);
  if (operator === '!=') return !isEqual(a, b);
  return calculate(operator, toNumber(a), toNumber(b));
}

function calculate(operator: string, a: number, b: number): PhoneValue {
  switch (operator) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    case '+':
      return a + b;
    case '-':
      return a - b;
    // Division and modulo by zero or by nothing give zero (Meta, "Flow JSON", *Math operations*).
    case '/':
      return b === 0 ? 0 : a / b;
    default:
      return b === 0 ? 0 : a % b;
  }
}

/** A number field's value is a text, so a number compares with the number a text spells. An unset value equals ''. */
function isEqual(a: PhoneValue, b: PhoneValue): boolean {
  if (typeof a === 'number' && typeof b === 'string') return b.trim() !== '' && a === Number(b);
  if (typeof b === 'number' && typeof a === 'string') return a.trim() !== '' && b === Number(a);
  return (a ?? '') === (b ?? '');
}

function toNumber(value: PhoneValue): number {
  const number = typeof value === 'string' || typeof value === 'number' ? Number(value) : 0;
  return Number.isFinite(number) ? number : 0;
}

function toText(value: PhoneValue): string {
  if (value === null) return '';
  if (typeof value === 'object') return Array.isArray(value) ? value.map(String).join(', ') : '';
  return String(value);
}
