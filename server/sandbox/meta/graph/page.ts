import { z } from 'zod';
import { invalidParameter } from '../graph-error.ts';

/** Query parameters of every list. */
export const pageParameters = {
  limit: z.coerce.number().int().min(1).max(1_000).optional(),
  after: z.string().optional(),
  before: z.string().optional(),
};

const DEFAULT_LIMIT = 25;

export type Page<T> = {
  data: T[];
  paging?: { cursors: { before: string; after: string }; next?: string; previous?: string };
};

/**
 * One page of a list in Graph's cursor paging. `keyOf` is stable per item; a cursor is opaque and survives new items.
 * `url` is the address of the request without cursors: `next` is complete but for the token, which the caller sends itself.
 */
export function pageOf<T>(
  items: readonly T[],
  o: { limit?: number; after?: string; before?: string; url: string; keyOf: (item: T) => string },
): Page<T> {
  if (o.after !== undefined && o.before !== undefined)
    throw invalidParameter('Only one of after and before may be given');
  const limit = o.limit ?? DEFAULT_LIMIT;
  const from = startOf(items, { ...o, limit });
  const data = items.slice(from, from + limit);
  const first = data[0];
  const last = data.at(-1);
  if (first === undefined || last === undefined) return { data: [] };
  const cursors = { before: toCursor(o.keyOf(first)), after: toCursor(o.keyOf(last)) };
  return {
    data,
    paging: {
      cursors,
      ...(from + limit < items.length ? { next: link(o.url, limit, 'after', cursors.after) } : {}),
      ...(from > 0 ? { previous: link(o.url, limit, 'before', cursors.before) } : {}),
    },
  };
}

function startOf<T>(
  items: readonly T[],
  o: { limit: number; after?: string; before?: string; keyOf: (item: T) => string },
): number {
  if (o.after !== undefined) return indexOf(items, o.after, o.keyOf) + 1;
  if (o.before !== undefined) return Math.max(0, indexOf(items, o.before, o.keyOf) - o.limit);
  return 0;
}

function indexOf<T>(items: readonly T[], cursor: string, keyOf: (item: T) => string): number {
  const key = Buffer.from(cursor, 'base64url').toString('utf8');
  const index = items.findIndex((item) => `c:${keyOf(item)}` === key);
  if (index < 0) throw invalidParameter('The cursor is not one of this list');
  return index;
}

function toCursor(key: string): string {
  return Buffer.from(`c:${key}`, 'utf8').toString('base64url');
}

function link(url: string, limit: number, name: 'after' | 'before', cursor: string): string {
  const next = new URL(url);
  next.searchParams.delete('access_token');
  next.searchParams.delete('after');
  next.searchParams.delete('before');
  next.searchParams.set('limit', String(limit));
  next.searchParams.set(name, cursor);
  return next.href;
}
