import type { JsonValue } from '../flow-json/flow-json.ts';

/**
 * The phone's own reading of Flow JSON expressions (Meta, "Flow JSON", section *Nested expressions*, and "Components", If). It
 * shares nothing with the server's evaluator: the two check each other. What the pages leave open is as in WhatsApp's own
 * client, which has two readers: one for expressions in backticks (`WAFlowsASTParser`), another for the condition of an If
 * (`WAFlowsConditionalRenderingParser`).
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
  | { kind: 'reference'; path: string[] }
  | { kind: 'text'; value: string }
  | { kind: 'number'; value: number }
  | { kind: 'boolean'; value: boolean }
  | { kind: 'symbol'; value: string };

type Node =
  | { kind: 'constant'; value: JsonValue }
  | { kind: 'reference'; path: string[] }
  | { kind: 'unary'; operator: '!' | '-' | '+'; operand: Node }
  | { kind: 'binary'; operator: string; left: Node; right: Node }
  | { kind: 'concatenation'; parts: Node[] };

const REFERENCE = /^\$\{\s*([\w-]+(?:\.[\w-]+)+)\s*\}/;
const WHOLE_REFERENCE = /^\$\{\s*([\w-]+(?:\.[\w-]+)+)\s*\}$/;
const SYMBOLS = ['==', '!=', '<=', '>=', '&&', '||', '<', '>', '+', '-', '*', '/', '%', '!', '(', ')'];
const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v' };

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
  return evaluate(parse(text.slice(1, -1), readQuoted), scope, NESTED);
}

/** Evaluates the condition of an `If` (written without backticks). Anything but true is false. */
export function evaluateCondition(text: string, scope: Scope): boolean {
  if (isNestedExpression(text)) return evaluateNested(text, scope) === true;
  return evaluate(parse(text, readAsWritten), scope, CONDITION) === true;
}

/** A text in quotes from where it starts: its value, and how many characters it takes. */
type ReadText = (source: string, start: number) => { value: string; length: number } | null;

function tokenize(source: string, readText: ReadText): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    if (/\s/.test(source.charAt(at))) {
      at += 1;
      continue;
    }
    const [token, length] = readToken(source, at, readText);
    tokens.push(token);
    at += length;
  }
  return tokens;
}

function readToken(source: string, at: number, readText: ReadText): [Token, number] {
  const rest = source.slice(at);
  const reference = REFERENCE.exec(rest);
  if (reference?.[1] !== undefined) return [{ kind: 'reference', path: reference[1].split('.') }, reference[0].length];
  if (rest.startsWith("'") || rest.startsWith('"')) {
    const text = readText(source, at);
    if (text === null) throw new ExpressionError(source, 'a text is not closed');
    return [{ kind: 'text', value: text.value }, text.length];
  }
  const number = /^\d+(?:\.\d+)?/.exec(rest);
  if (number) return [{ kind: 'number', value: Number(number[0]) }, number[0].length];
  const word = /^(true|false)\b/.exec(rest);
  if (word) return [{ kind: 'boolean', value: word[1] === 'true' }, word[0].length];
  const symbol = SYMBOLS.find((candidate) => rest.startsWith(candidate));
  if (symbol === undefined) throw new ExpressionError(source, `unexpected ${JSON.stringify(rest.slice(0, 10))}`);
  return [{ kind: 'symbol', value: symbol }, symbol.length];
}

/** Every closing brace is lost: the client takes them all for the end of a reference, also inside a text. */
function readQuoted(source: string, start: number): ReturnType<ReadText> {
  const quote = source.charAt(start);
  let value = '';
  for (let at = start + 1; at < source.length; at += 1) {
    const character = source.charAt(at);
    if (character === quote) return { value: value.replaceAll('}', ''), length: at + 1 - start };
    if (character === '\\' && at + 1 < source.length) {
      at += 1;
      const escaped = source.charAt(at);
      value += ESCAPES[escaped] ?? escaped;
    } else {
      value += character;
    }
  }
  return null;
}

/** In a condition a backslash keeps a quote from ending the text, and stays in it. */
function readAsWritten(source: string, start: number): ReturnType<ReadText> {
  let end = source.indexOf("'", start + 1);
  while (end > 0 && source.charAt(end - 1) === '\\') end = source.indexOf("'", end + 1);
  if (end < 0 || source.charAt(start) !== "'") return null;
  return { value: source.slice(start + 1, end), length: end + 1 - start };
}

/** Loosest first, but for operands side by side, which are joined last of all: `'total ' ${data.a} / 2` is a text. */
const LEVELS: string[][] = [['||'], ['&&'], ['==', '!='], ['<', '<=', '>', '>='], ['+', '-'], ['*', '/', '%']];

function parse(source: string, readText: ReadText): Node {
  const tokens = tokenize(source, readText);
  let next = 0;

  function symbolAhead(allowed: readonly string[]): string | null {
    const token = tokens[next];
    return token?.kind === 'symbol' && allowed.includes(token.value) ? token.value : null;
  }
  function level(index: number): Node {
    const operators = LEVELS[index];
    if (operators === undefined) return unary();
    let left = level(index + 1);
    for (let operator = symbolAhead(operators); operator !== null; operator = symbolAhead(operators)) {
      next += 1;
      left = { kind: 'binary', operator, left, right: level(index + 1) };
    }
    return left;
  }
  function unary(): Node {
    const operator = (['!', '-', '+'] as const).find((candidate) => candidate === symbolAhead([candidate]));
    if (operator === undefined) return primary();
    next += 1;
    return { kind: 'unary', operator, operand: unary() };
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

  const parts = [level(0)];
  while (next < tokens.length) parts.push(level(0));
  const [only] = parts;
  return only !== undefined && parts.length === 1 ? only : { kind: 'concatenation', parts };
}

/** How one of the client's two readers applies an operator to values. */
type Reading = {
  isTrue(value: PhoneValue): boolean;
  not(value: PhoneValue): boolean;
  apply(operator: string, left: PhoneValue, right: PhoneValue): PhoneValue;
};

function evaluate(node: Node, scope: Scope, reading: Reading): PhoneValue {
  switch (node.kind) {
    case 'constant':
      return node.value;
    case 'reference':
      return readReference(node.path, scope) ?? null;
    case 'unary': {
      const value = evaluate(node.operand, scope, reading);
      if (node.operator === '!') return reading.not(value);
      return node.operator === '-' ? -toNumber(value) : value;
    }
    case 'concatenation':
      return node.parts.map((part) => toText(evaluate(part, scope, reading))).join('');
    case 'binary': {
      const left = evaluate(node.left, scope, reading);
      const right = evaluate(node.right, scope, reading);
      if (node.operator === '&&') return reading.isTrue(left) && reading.isTrue(right);
      if (node.operator === '||') return reading.isTrue(left) || reading.isTrue(right);
      return reading.apply(node.operator, left, right);
    }
  }
}

const NESTED: Reading = {
  isTrue: Boolean,
  not: (value) => !value,
  apply(operator, left, right) {
    switch (operator) {
      case '==':
        return isEqual(left, right);
      case '!=':
        return !isEqual(left, right);
      case '<':
      case '<=':
      case '>':
      case '>=': {
        // Nothing is neither more nor less than anything, and two texts have no order, be they spelled as numbers.
        const hasNumber = typeof left === 'number' || typeof right === 'number';
        return hasNumber && !isUnset(left) && !isUnset(right) && isOrdered(operator, toNumber(left), toNumber(right));
      }
      default:
        return toCents(calculate(operator, toNumber(left), toNumber(right)));
    }
  },
};

/** Numbers count by their whole part, also where both are texts; only true is true, and only false has an opposite. */
const CONDITION: Reading = {
  isTrue: (value) => value === true,
  not: (value) => value === false,
  apply(operator, left, right) {
    const isNumeric = spellsNumber(left) && spellsNumber(right);
    if (operator === '==' || operator === '!=') {
      const isSame =
        left === '' || right === ''
          ? left === right || left === null || right === null
          : isNumeric
            ? wholePart(left) === wholePart(right)
            : left === right;
      return isSame === (operator === '==');
    }
    return isNumeric && isOrdered(operator, wholePart(left), wholePart(right));
  },
};

function isOrdered(operator: string, a: number, b: number): boolean {
  switch (operator) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    default:
      return operator === '>=' && a >= b;
  }
}

function calculate(operator: string, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    // Division and modulo by zero or by nothing give zero (Meta, "Flow JSON", *Math operations*).
    case '/':
      return b === 0 ? 0 : a / b;
    default:
      return b === 0 ? 0 : a % b;
  }
}

/** The client rounds what it has calculated to two places. */
function toCents(value: number): number {
  return Math.round(value * 100) / 100;
}

/** A number field's value is a text, so a number compares with the number a text spells. An unset value equals ''. */
function isEqual(a: PhoneValue, b: PhoneValue): boolean {
  if (isUnset(a) || isUnset(b)) return isUnset(a) && isUnset(b);
  return typeof a === 'number' || typeof b === 'number' ? toNumber(a) === toNumber(b) : a === b;
}

function isUnset(value: PhoneValue): boolean {
  return value === null || value === '';
}

function toNumber(value: PhoneValue): number {
  return isUnset(value) ? 0 : Number(value);
}

function spellsNumber(value: PhoneValue): boolean {
  return typeof value === 'number' || (typeof value === 'string' && value !== '' && !Number.isNaN(Number(value)));
}

function wholePart(value: PhoneValue): number {
  return Number.parseInt(String(value), 10);
}

function toText(value: PhoneValue): string {
  return value === null ? '' : String(value);
}
