import { createHash } from 'node:crypto';
import { canonical } from '@flowella/shared/form/canonical.ts';

/** SHA-256 (hex) of a JSON value with sorted keys; `leaveOut` names top-level keys that say nothing about the content. */
export function canonicalHash(value: unknown, leaveOut: readonly string[] = []): string {
  const content =
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).filter(([key]) => !leaveOut.includes(key)))
      : value;
  return createHash('sha256').update(canonical(content), 'utf8').digest('hex');
}
