import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { z } from 'zod';

/**
 * The stand-in's memory: one SQLite file. WAL with synchronous=NORMAL keeps every committed transaction through a kill -9 of
 * this process (only a power cut could lose the last ones), which is what the crash tests need.
 */
export interface Store {
  all<T>(schema: z.ZodType<T>, sql: string, ...params: SQLInputValue[]): T[];
  first<T>(schema: z.ZodType<T>, sql: string, ...params: SQLInputValue[]): T | undefined;
  /** How many rows changed. */
  run(sql: string, ...params: SQLInputValue[]): number;
  /** Runs the work in one transaction, or in a savepoint when one is already open: what throws leaves nothing behind. */
  transaction<T>(work: () => T): T;
  /** The next number of a named sequence, from 1. */
  nextNumber(sequence: string): number;
  close(): void;
}

/** A column that holds JSON, parsed by `schema`. */
export function jsonColumn<T>(schema: z.ZodType<T>) {
  return z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema);
}

const TABLES = `
  create table if not exists sequences (name text primary key, value integer not null);
  create table if not exists settings (name text primary key, value text not null);
  create table if not exists apps (app_id integer primary key, client_id text not null unique, app text not null);
  create table if not exists portals (portal_id integer primary key, portal text not null);
  create table if not exists installs (
    portal_id integer not null, app_id integer not null, scopes text not null, user_id integer not null,
    installed_at integer not null, primary key (portal_id, app_id));
  create table if not exists auth_codes (
    code text primary key, app_id integer not null, portal_id integer not null, user_id integer not null,
    redirect_uri text not null, scopes text not null, code_challenge text, expires_at integer not null, used integer not null default 0);
  create table if not exists tokens (
    token text primary key, kind text not null, app_id integer not null, portal_id integer not null, user_id integer not null,
    scopes text not null, expires_at integer, revoked integer not null default 0);
  create table if not exists objects (
    portal_id integer not null, type_id text not null, id integer not null, properties text not null,
    created_at integer not null, updated_at integer not null, archived_at integer, merged_into integer,
    indexed text, index_due_at integer, primary key (portal_id, type_id, id));
  create index if not exists objects_due on objects (index_due_at) where index_due_at is not null;
  create table if not exists unique_values (
    portal_id integer not null, type_id text not null, property text not null, value text not null, id integer not null,
    primary key (portal_id, type_id, property, value));
  create index if not exists unique_values_of on unique_values (portal_id, type_id, id);
  create table if not exists history (
    n integer primary key, portal_id integer not null, type_id text not null, id integer not null, property text not null,
    value text not null, at integer not null, source_type text not null, source_id text, source_label text, user_id integer);
  create index if not exists history_of on history (portal_id, type_id, id, property);
  create table if not exists associations (
    portal_id integer not null, from_type text not null, from_id integer not null, to_type text not null, to_id integer not null,
    category text not null, association_type_id integer not null,
    primary key (portal_id, from_type, from_id, to_type, to_id, category, association_type_id));
  create table if not exists association_types (
    portal_id integer not null, category text not null, association_type_id integer not null, from_type text not null,
    to_type text not null, name text, label text, primary key (portal_id, category, association_type_id));
  create table if not exists properties (
    portal_id integer not null, type_id text not null, name text not null, property text not null, archived_at integer,
    primary key (portal_id, type_id, name));
  create table if not exists property_groups (
    portal_id integer not null, type_id text not null, name text not null, label text not null, display_order integer not null,
    archived integer not null default 0, primary key (portal_id, type_id, name));
  create table if not exists schemas (
    portal_id integer not null, type_id text not null, name text not null, definition text not null, archived_at integer,
    primary key (portal_id, type_id));
  create table if not exists forms (
    portal_id integer not null, form_id text not null, n integer not null, form_type text not null, archived integer not null,
    definition text not null, primary key (portal_id, form_id));
  create table if not exists submissions (
    n integer primary key, portal_id integer not null, form_id text not null, conversion_id text not null,
    submitted_at integer not null, readable_at integer not null, process_at integer, field_values text not null,
    page_url text, page_name text, consent text, contact_id integer, outcome text not null);
  create index if not exists submissions_of on submissions (portal_id, form_id, readable_at);
  create index if not exists submissions_due on submissions (process_at) where process_at is not null;
  create table if not exists files (
    id integer primary key, portal_id integer not null, path text not null, name text not null, extension text not null,
    access text not null, content blob not null, created_at integer not null, updated_at integer not null,
    unique (portal_id, path));
  create table if not exists webhooks (
    n integer primary key, app_id integer not null, event text not null, attempt integer not null, due_at integer);
  create table if not exists journal (n integer primary key, entry text not null);
`;

/** Opens or creates the database; `:memory:` keeps nothing. */
export function openStore(databaseFile: string): Store {
  const db = new DatabaseSync(databaseFile);
  db.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma busy_timeout = 5000;');
  db.exec(TABLES);
  const prepared = new Map<string, StatementSync>();
  const statement = (sql: string): StatementSync => {
    let found = prepared.get(sql);
    if (!found) prepared.set(sql, (found = db.prepare(sql)));
    return found;
  };
  let depth = 0;
  const store: Store = {
    all: (schema, sql, ...params) =>
      statement(sql)
        .all(...params)
        .map((row) => schema.parse(row)),
    first: (schema, sql, ...params) => {
      const row = statement(sql).get(...params);
      return row === undefined ? undefined : schema.parse(row);
    },
    run: (sql, ...params) => Number(statement(sql).run(...params).changes),
    transaction: (work) => {
      const savepoint = `level_${depth}`;
      db.exec(depth === 0 ? 'begin immediate' : `savepoint ${savepoint}`);
      depth += 1;
      try {
        const result = work();
        depth -= 1;
        db.exec(depth === 0 ? 'commit' : `release ${savepoint}`);
        return result;
      } catch (thrown) {
        depth -= 1;
        db.exec(depth === 0 ? 'rollback' : `rollback to ${savepoint}; release ${savepoint}`);
        throw thrown;
      }
    },
    nextNumber: (sequence) => {
      const row = statement(
        'insert into sequences (name, value) values (?, 1) on conflict (name) do update set value = value + 1 returning value',
      ).get(sequence);
      return z.object({ value: z.number() }).parse(row).value;
    },
    close: () => db.close(),
  };
  return store;
}
