import { z } from 'zod';
import { jsonColumn, type Store } from '../store.ts';

/** One request to the vendor's API and its answer, without secrets. */
export const journalEntry = z.object({
  n: z.number(),
  at: z.string(),
  host: z.enum(['api', 'forms']),
  method: z.string(),
  path: z.string(),
  query: z.record(z.string(), z.array(z.string())),
  headers: z.record(z.string(), z.string()),
  body: z.unknown(),
  /** 0: the connection was cut on request of a fault. */
  status: z.number(),
  answerHeaders: z.record(z.string(), z.string()),
  answer: z.unknown(),
});
export type JournalEntry = z.output<typeof journalEntry>;

/** Enough for a whole test run; older ones go so that a sandbox left running does not fill the disk. */
const KEPT_ENTRIES = 20_000;
const SECRET_FIELDS = new Set(['client_secret', 'code', 'code_verifier', 'refresh_token', 'access_token', 'token']);
const KEPT_HEADERS = ['content-type', 'content-length', 'accept', 'user-agent', 'retry-after'];

export function writeJournal(store: Store, entry: Omit<JournalEntry, 'n'>): void {
  const n = store.nextNumber('journal');
  const clean = { ...entry, n, body: withoutSecrets(entry.body), answer: withoutSecrets(entry.answer) };
  store.run('insert into journal (n, entry) values (?, ?)', n, JSON.stringify(clean));
  if (n % 500 === 0) store.run('delete from journal where n <= ?', n - KEPT_ENTRIES);
}

export function readJournal(store: Store, since: number, limit = 5_000): JournalEntry[] {
  return store
    .all(
      z.object({ entry: jsonColumn(journalEntry) }),
      'select entry from journal where n > ? order by n limit ?',
      since,
      limit,
    )
    .map((row) => row.entry);
}

/** The headers worth keeping; never the authorization. */
export function plainHeaders(headers: Record<string, unknown>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (!KEPT_HEADERS.includes(lower) && !lower.startsWith('x-hubspot-ratelimit')) continue;
    if (typeof value === 'string' || typeof value === 'number') kept[lower] = String(value);
  }
  return kept;
}

function withoutSecrets(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      SECRET_FIELDS.has(name) && typeof inner === 'string' ? '(secret)' : inner,
    ]),
  );
}
