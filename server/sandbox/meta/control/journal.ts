import { z } from 'zod';
import { jsonColumn, type Store } from '../store.ts';

/** One call of the vendor API as it was asked and answered; tokens and secrets are left out. */
export type JournalRecord = {
  n: number;
  at: string;
  method: string;
  /** In the words of Meta's API description, such as `/{Version}/{WABA-ID}/flows`; null for a path that does not exist. */
  route: string | null;
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  /** JSON as parsed; of a form its fields, with each file as `{ fileName, contentType, text }`. */
  body: unknown;
  /** 0 when no answer was sent. */
  status: number;
  answer: unknown;
};

const recordSchema = z.object({
  at: z.string(),
  method: z.string(),
  route: z.string().nullable(),
  path: z.string(),
  query: z.record(z.string(), z.string()),
  headers: z.record(z.string(), z.string()),
  body: z.unknown(),
  status: z.number(),
  answer: z.unknown(),
});
/** For whoever reads a journal from a file. */
export const journalSchema: z.ZodType<{ records: JournalRecord[] }> = z.object({
  records: z.array(recordSchema.extend({ n: z.number() })),
});
const rowSchema = z.object({ n: z.number(), entry: jsonColumn(recordSchema) });

/** Older records go: a journal serves the check of a run, not the archive. */
const MAX_RECORDS = 5_000;

export function writeJournal(store: Store, record: Omit<JournalRecord, 'n'>): void {
  store.run('insert into journal (entry) values (?)', JSON.stringify(record));
  store.run('delete from journal where n <= (select max(n) from journal) - ?', MAX_RECORDS);
}

/** Records after number `since`, oldest first. */
export function readJournal(store: Store, since: number): JournalRecord[] {
  return store
    .all(rowSchema, 'select n, entry from journal where n > ? order by n', since)
    .map((row) => ({ n: row.n, ...row.entry }));
}

const SECRET_PARAMETERS = new Set(['access_token', 'input_token', 'verify_token', 'client_secret']);

/** Query or body parameters with the values of secrets replaced. */
export function withoutSecrets<V>(parameters: Record<string, V>): Record<string, V | string> {
  const entries = Object.entries(parameters).map(([key, value]): [string, V | string] => [
    key,
    SECRET_PARAMETERS.has(key) ? 'redacted' : value,
  ]);
  return Object.fromEntries(entries);
}

/** Headers worth checking; a bearer token keeps its form and loses its value. */
export function plainHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== 'string') continue;
    if (name === 'authorization') kept[name] = value.replace(/^(\w+)\s+.+$/, '$1 redacted');
    else if (name !== 'cookie') kept[name] = value;
  }
  return kept;
}
