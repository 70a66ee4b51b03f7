import { createHash } from 'node:crypto';

/** SHA-256 (hex) of a JSON value with sorted keys; `leaveOut` names top-level keys that say nothing about the content. */
export function canonicalHash(value: unknown, leaveOut: readonly string[] = []): string {
  const content =
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).filter(([key]) => !leaveOut.includes(key)))
      : value;
  return createHash('sha256').update(canonical(content), 'utf8').digest('hex');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${entries.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(',')}}`;
}
