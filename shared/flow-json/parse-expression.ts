/** `${data.x}`, `${form.x}`, `${screen.ID.data.x}` or `${screen.ID.form.x}`; `screen` is null for the current one. */
export type Reference = { text: string; screen: string | null; store: 'data' | 'form'; path: string[] };

/** A parsed expression; `at` is the 0-based column within it. A group keeps its parentheses: conditions depend on them. */
export type Expression =
  | { kind: 'literal'; at: number; text: string; type: 'string' | 'number' | 'boolean' | 'null' }
  | { kind: 'reference'; at: number; text: string; reference: Reference }
  | { kind: 'unary'; at: number; text: string; operator: '!' | '-' | '+'; operand: Expression }
  | { kind: 'binary'; at: number; text: string; operator: string; left: Expression; right: Expression }
  | { kind: 'group'; at: number; text: string; inner: Expression }
  | { kind: 'concatenation'; at: number; text: string; parts: Expression[] };

export type ExpressionResult =
  { kind: 'parsed'; expression: Expression } | { kind: 'failed'; at: number; reason: string };

const REFERENCE = /^\$\{(?:screen\.([a-zA-Z,_]+)\.)?(data|form)((?:\.[\w-]+)+)\}$/;

/** Meta takes a text that starts as a reference and ends with a brace for a binding, however much stands between. */
const STARTS_AS_REFERENCE = /^\$\{(?:screen\.[a-zA-Z,_]*\.)?(?:data|form)(?:\.[\w-]+)+\}/;

/** Whether a text is no reference, but Meta looks for it as one and rejects it because it finds nothing. */
export function isBrokenBinding(text: string): boolean {
  return STARTS_AS_REFERENCE.test(text) && text.endsWith('}') && parseReference(text) === null;
}

/** Reads a whole text as one reference; null when it is anything else. Meta, "Flow JSON", dynamic properties. */
export function parseReference(text: string): Reference | null {
  if (!text.startsWith('${')) return null;
  const match = REFERENCE.exec(text);
  if (match === null) return null;
  const store = match[2] === 'form' ? 'form' : 'data';
  return { text, screen: match[1] ?? null, store, path: (match[3] ?? '').slice(1).split('.') };
}

type Token =
  | { kind: 'string' | 'number' | 'word' | 'reference'; at: number; text: string }
  | { kind: 'operator' | 'open' | 'close'; at: number; text: string };

const TOKEN =
  /\s*(?:('(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")|(\$\{[^}]*\})|(\d+(?:\.\d+)?)|([A-Za-z_]\w*)|(===|!==|==|!=|<=|>=|&&|\|\||[!<>+\-*/%?:=&|])|(\()|(\)))/y;

const BINDING_POWER: Record<string, number> = {
  '||': 1,
  '&&': 2,
  '==': 3,
  '!=': 3,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '%': 6,
};
const UNARY_POWER = 7;
/** Nobody writes more than this by hand; both bounds keep the recursion over the tree safe. */
const MAX_NESTING = 100;
const MAX_TOKENS = 2_000;

class Failure {
  readonly at: number;
  readonly reason: string;
  constructor(at: number, reason: string) {
    this.at = at;
    this.reason = reason;
  }
}

/**
 * Parses what stands between the backticks of a nested expression, or an If condition. Texts side by side concatenate.
 * Meta, "Flow JSON", nested expressions, and "Components", If.
 */
export function parseExpression(source: string): ExpressionResult {
  try {
    const parser = new Parser(tokenize(source), source);
    return { kind: 'parsed', expression: parser.whole() };
  } catch (failure) {
    if (failure instanceof Failure) return { kind: 'failed', at: failure.at, reason: failure.reason };
    throw failure;
  }
}

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  const end = source.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const from = TOKEN.lastIndex;
    if (tokens.length >= MAX_TOKENS) throw new Failure(from, `it has more than ${MAX_TOKENS} parts`);
    const match = TOKEN.exec(source);
    if (match === null) throw unreadable(source, from);
    const [all, string, reference, number, word, operator, open, close] = match;
    const text = string ?? reference ?? number ?? word ?? operator ?? open ?? close ?? '';
    const at = from + all.length - text.length;
    if (string !== undefined) tokens.push({ kind: 'string', at, text });
    else if (reference !== undefined) tokens.push({ kind: 'reference', at, text });
    else if (number !== undefined) tokens.push({ kind: 'number', at, text });
    else if (word !== undefined) tokens.push({ kind: 'word', at, text });
    else if (operator !== undefined) tokens.push({ kind: 'operator', at, text });
    else tokens.push({ kind: open === undefined ? 'close' : 'open', at, text });
  }
  return tokens;
}

function unreadable(source: string, from: number): Failure {
  const at = from + (source.slice(from).length - source.slice(from).trimStart().length);
  const character = source[at] ?? '';
  if (character === "'" || character === '"') return new Failure(at, 'a text is not closed by its quote');
  if (source.startsWith('${', at)) return new Failure(at, 'a reference is not closed by a brace');
  return new Failure(at, `the character '${character}' cannot stand here`);
}

class Parser {
  private next = 0;
  private nesting = 0;
  private readonly tokens: Token[];
  private readonly source: string;

  constructor(tokens: Token[], source: string) {
    this.tokens = tokens;
    this.source = source;
  }

  whole(): Expression {
    const first = this.binary(0);
    const parts = [first];
    for (let token = this.tokens[this.next]; token !== undefined; token = this.tokens[this.next]) {
      if (token.kind === 'close') throw new Failure(token.at, 'a closing parenthesis has no opening one');
      if (token.kind === 'open' && this.isCalled()) {
        throw new Failure(token.at, 'an operator or a text is missing before the parenthesis');
      }
      parts.push(this.binary(0));
    }
    if (parts.length === 1) return first;
    return { kind: 'concatenation', at: first.at, text: this.source, parts };
  }

  /** A reference or a group with parentheses behind it is a call of a function to Meta, however many spaces stand between. */
  private isCalled(): boolean {
    const before = this.tokens[this.next - 1]?.kind;
    return before === 'reference' || before === 'close';
  }

  private binary(minPower: number): Expression {
    this.nesting += 1;
    if (this.nesting > MAX_NESTING) throw new Failure(this.position(), 'it is nested too deeply');
    let left = this.unary();
    for (let token = this.tokens[this.next]; token?.kind === 'operator'; token = this.tokens[this.next]) {
      const power = BINDING_POWER[token.text];
      if (power === undefined) throw this.badOperator(token);
      if (power <= minPower) break;
      this.next += 1;
      const right = this.binary(power);
      const text = this.source.slice(left.at, this.position());
      left = { kind: 'binary', at: token.at, text: text.trim(), operator: token.text, left, right };
    }
    this.nesting -= 1;
    return left;
  }

  private badOperator(token: Token): Failure {
    if (token.text === '?' || token.text === ':') {
      return new Failure(token.at, "the choice 'condition ? yes : no' is not supported; use If or two components");
    }
    return new Failure(token.at, `the operator '${token.text}' is not supported`);
  }

  private unary(): Expression {
    const token = this.tokens[this.next];
    if (token === undefined) throw new Failure(this.source.length, this.endReason());
    this.next += 1;
    switch (token.kind) {
      case 'operator': {
        if (token.text !== '!' && token.text !== '-' && token.text !== '+') {
          throw new Failure(token.at, `the operator '${token.text}' has nothing on its left`);
        }
        const operand = this.binary(UNARY_POWER);
        return { kind: 'unary', at: token.at, text: token.text + operand.text, operator: token.text, operand };
      }
      case 'open':
        return this.group(token);
      case 'close':
        throw new Failure(token.at, this.closeReason());
      case 'string':
        return { ...token, kind: 'literal', type: 'string' };
      case 'number':
        return { ...token, kind: 'literal', type: 'number' };
      case 'word':
        return { ...token, kind: 'literal', type: wordType(token) };
      case 'reference': {
        const reference = parseReference(token.text);
        if (reference === null)
          throw new Failure(token.at, `'${token.text}' is not a reference such as \${data.field}`);
        return { ...token, kind: 'reference', reference };
      }
    }
  }

  private group(open: Token): Expression {
    const inner = this.binary(0);
    const close = this.tokens[this.next];
    if (close === undefined) throw new Failure(this.source.length, 'a closing parenthesis is missing');
    if (close.kind !== 'close') throw new Failure(close.at, `an operator is missing before '${close.text}'`);
    this.next += 1;
    return { kind: 'group', at: open.at, text: this.source.slice(open.at, close.at + 1), inner };
  }

  private endReason(): string {
    const last = this.tokens.at(-1);
    if (last === undefined) return 'it is empty';
    return last.kind === 'open' ? 'a closing parenthesis is missing' : `nothing stands after '${last.text}'`;
  }

  private closeReason(): string {
    const before = this.tokens[this.next - 2];
    if (before?.kind === 'open') return 'the parentheses are empty';
    return before?.kind === 'operator'
      ? `nothing stands after '${before.text}'`
      : 'a closing parenthesis has no opening one';
  }

  private position(): number {
    return this.tokens[this.next]?.at ?? this.source.length;
  }
}

function wordType(token: Token): 'boolean' | 'null' {
  if (token.text === 'true' || token.text === 'false') return 'boolean';
  if (token.text === 'null') return 'null';
  throw new Failure(token.at, `the word '${token.text}' is neither a text in single quotes nor a reference`);
}
