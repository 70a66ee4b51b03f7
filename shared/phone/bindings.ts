import type { JsonValue } from '../flow-json/flow-json.ts';
import {
  evaluateNested,
  ExpressionError,
  isNestedExpression,
  readReference,
  wholeReference,
  type PhoneValue,
  type Scope,
} from './expressions.ts';

/**
 * Resolves one property of a component or one value of a payload: a whole reference gives its typed value, backticks an
 * expression, everything else is literal; objects and lists are resolved inside. What a reference brings in is data and
 * is never read as an expression again. An unset reference gives `undefined`.
 */
export function resolve(value: JsonValue | undefined, scope: Scope): PhoneValue | undefined {
  if (typeof value === 'string') return resolveText(value, scope);
  // A list or record of JSON stays one after resolving its members; only a direct reference can bring in files.
  if (Array.isArray(value)) return value.map((item) => (resolve(item, scope) ?? null) as JsonValue);
  if (typeof value === 'object' && value !== null) {
    const resolved: { [key: string]: JsonValue } = {};
    for (const [key, inner] of Object.entries(value)) {
      const result = resolve(inner, scope);
      if (result !== undefined) resolved[key] = result as JsonValue;
    }
    return resolved;
  }
  return value;
}

function resolveText(text: string, scope: Scope): PhoneValue | undefined {
  const path = wholeReference(text);
  if (path !== null) return readReference(path, scope);
  return isNestedExpression(text) ? evaluateOrQuote(text, scope) : text;
}

/** Backticks around what is no expression are text, as in a title or before version 6.0. */
function evaluateOrQuote(text: string, scope: Scope): PhoneValue {
  try {
    return evaluateNested(text, scope);
  } catch (error) {
    if (error instanceof ExpressionError) return text;
    throw error;
  }
}

/** A property as text; `null` when it is unset or empty. Numbers are written out as the client writes them. */
export function textOf(value: PhoneValue | undefined): string | null {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A property as number; `null` when it is none. */
export function numberOf(value: PhoneValue | undefined): number | null {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))) return Number(value);
  return null;
}

/** A property as truth value, with the default of Meta's page "Components" for an unset one. */
export function booleanOf(value: PhoneValue | undefined, fallback: boolean): boolean {
  return typeof value === 'boolean' ? value : fallback;
}

/** The texts of a list; anything else in it is left out. */
export function textsOf(value: PhoneValue | undefined): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (!Array.isArray(value)) return [];
  const texts: string[] = [];
  for (const item of value) if (typeof item === 'string') texts.push(item);
  return texts;
}

/** The objects of a list; anything else in it is left out. */
export function recordsOf(value: PhoneValue | undefined): { [key: string]: JsonValue }[] {
  if (!Array.isArray(value)) return [];
  const records: { [key: string]: JsonValue }[] = [];
  for (const item of value) {
    if (typeof item === 'object' && item !== null && !Array.isArray(item) && !('bytes' in item)) records.push(item);
  }
  return records;
}

/** One of a fixed set of words, else the first of them. */
export function oneOf<Word extends string>(value: PhoneValue | undefined, words: readonly [Word, ...Word[]]): Word {
  return words.find((word) => word === value) ?? words[0];
}
