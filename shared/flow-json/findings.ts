import type { ValidationError } from './flow-json.ts';
import { pathOf } from './parse-with-positions.ts';
import type { JsonNode } from './parse-with-positions.ts';

/** Codes of Meta's schema check; all others come from the rules behind it. Meta, "Error Codes", static validation errors. */
const SCHEMA_CODES = new Set([
  'INVALID_PROPERTY_KEY',
  'INVALID_PROPERTY_VALUE_FORMAT',
  'INVALID_PROPERTY_TYPE',
  'MISSING_REQUIRED_TYPE_PROPERTY',
  'INVALID_TYPE_PROPERTY_VALUE',
  'MIN_ITEMS_REQUIRED',
  'MAX_ITEMS_REQUIRED',
  'MIN_CHARS_REQUIRED',
  'MINIMUM_VALUE_REQUIRED',
  'MAXIMUM_VALUE_REQUIRED',
  'PATTERN_MISMATCH',
  'PROPERTY_NAME_MISMATCH',
  'INVALID_ENUM_VALUE',
  'INVALID_DEPENDENCIES',
  'NOT_KEYWORD_SCHEMA_VALIDATION_FAILED',
  'ONE_OF_SCHEMA_VALIDATION_FAILED',
  'INVALID_SCHEMA',
  'NO_SCHEMA_FOUND',
]);

/** A broken file can be wrong in a million places; nobody reads more than this, and memory stays bounded. */
const MAX_FINDINGS = 500;
const MAX_POINTERS = 50;

/** What a finding points at: a value, the name of its property, or a bare offset where there is no tree. */
export type Target = JsonNode | { keyOf: JsonNode } | { offset: number };

/** Collects findings; equal code and message are one finding with several pointers, as Meta reports them. */
export type Findings = {
  /** What Meta rejects. */
  error(code: string, message: string, ...targets: Target[]): void;
  /** What Meta accepts but cuts, hides or fails on later. */
  warning(code: string, message: string, ...targets: Target[]): void;
  result(): { validationErrors: ValidationError[]; warnings: ValidationError[] };
};

/** An empty collection for one Flow JSON text. Lines and columns are 1-based; the end column is the last character's. */
export function createFindings(text: string): Findings {
  const lineStarts: number[] = [];
  const errors = new Map<string, ValidationError>();
  const warnings = new Map<string, ValidationError>();

  function add(into: Map<string, ValidationError>, code: string, message: string, targets: Target[]): void {
    const id = `${code} ${message}`;
    const known = into.get(id);
    if (known === undefined && into.size >= MAX_FINDINGS) return;
    if (lineStarts.length === 0) findLineStarts(text, lineStarts);
    const room = MAX_POINTERS - (known?.pointers.length ?? 0);
    const pointers = targets.slice(0, room).map((target) => pointerTo(lineStarts, target));
    if (known !== undefined) known.pointers.push(...pointers);
    else into.set(id, toError(code, message, pointers));
  }

  return {
    error: (code, message, ...targets) => add(errors, code, message, targets),
    warning: (code, message, ...targets) => add(warnings, code, message, targets),
    result: () => ({ validationErrors: [...errors.values()], warnings: [...warnings.values()] }),
  };
}

type Pointer = ValidationError['pointers'][number];

function toError(code: string, message: string, pointers: Pointer[]): ValidationError {
  const first = pointers[0] ?? { line_start: 1, line_end: 1, column_start: 1, column_end: 1, path: '' };
  return {
    error: code,
    error_type: SCHEMA_CODES.has(code) ? 'JSON_SCHEMA_ERROR' : 'FLOW_JSON_ERROR',
    message,
    line_start: first.line_start,
    line_end: first.line_end,
    column_start: first.column_start,
    column_end: first.column_end,
    pointers: pointers.length === 0 ? [first] : pointers,
  };
}

function pointerTo(lineStarts: number[], target: Target): Pointer {
  if ('offset' in target) return range(lineStarts, target.offset, target.offset + 1, '');
  if ('keyOf' in target) {
    const { keyOf } = target;
    if (keyOf.keyStart < 0) return range(lineStarts, keyOf.start, keyOf.end, pathOf(keyOf));
    return range(lineStarts, keyOf.keyStart, keyOf.keyEnd, pathOf(keyOf));
  }
  return range(lineStarts, target.start, target.end, pathOf(target));
}

function range(lineStarts: number[], start: number, end: number, path: string): Pointer {
  const first = locate(lineStarts, start);
  const last = locate(lineStarts, Math.max(start, end - 1));
  return {
    line_start: first.line,
    line_end: last.line,
    column_start: first.column,
    column_end: last.column,
    path,
  };
}

function findLineStarts(text: string, into: number[]): void {
  into.push(0);
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) into.push(at + 1);
}

function locate(lineStarts: number[], offset: number): { line: number; column: number } {
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 };
}
