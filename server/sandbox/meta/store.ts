import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { z } from 'zod';

/**
 * The stand-in's memory: one SQLite file. WAL keeps every committed change through a kill -9 of this process, which is what
 * the crash tests need; only a power cut could lose the last ones.
 */
export interface Store {
  all<T>(schema: z.ZodType<T>, sql: string, ...params: SQLInputValue[]): T[];
  first<T>(schema: z.ZodType<T>, sql: string, ...params: SQLInputValue[]): T | undefined;
  /** How many rows changed. */
  run(sql: string, ...params: SQLInputValue[]): number;
  /** Runs the work in one transaction; inside another one it simply takes part. What throws leaves nothing behind. */
  transaction<T>(work: () => T): T;
  close(): void;
}

/** A column that holds JSON, parsed by `schema`. */
export function jsonColumn<T>(schema: z.ZodType<T>) {
  return z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema);
}

/** A column that holds 0 or 1. */
export const flagColumn = z.number().transform((value) => value !== 0);

const TABLES = `
  create table if not exists settings (name text primary key, value text not null);
  create table if not exists apps (
    id text primary key, name text not null, secret text not null, callback_url text, verify_token text, webhook_fields text not null);
  create table if not exists businesses (id text primary key, name text not null, verified integer not null);
  create table if not exists wabas (
    id text primary key, name text not null, business_id text not null, timezone_id text not null, currency text not null,
    country text not null, namespace text not null);
  create table if not exists numbers (
    id text primary key, waba_id text not null, display text not null, digits text not null unique, verified_name text not null,
    quality text not null, name_status text not null, messaging_limit text not null, public_key text, key_status text);
  create table if not exists tokens (
    token text primary key, app_id text not null, scopes text not null, asset_ids text not null, expires_at integer not null);
  create table if not exists subscriptions (
    waba_id text not null, app_id text not null, override_uri text, verify_token text, primary key (waba_id, app_id));
  create table if not exists people (
    id integer primary key, wa_id text not null unique, name text not null, username text, hide_phone integer not null);
  create table if not exists person_ids (
    business_id text not null, person_id integer not null, bsuid text not null,
    primary key (business_id, person_id), unique (business_id, bsuid));
  create table if not exists contact_book (business_id text not null, person_id integer not null, primary key (business_id, person_id));
  create table if not exists opt_outs (business_id text not null, person_id integer not null, primary key (business_id, person_id));
  create table if not exists pair_rates (
    number_id text not null, person_id integer not null, tokens real not null, at integer not null, primary key (number_id, person_id));
  create table if not exists flows (
    n integer primary key, id text not null unique, waba_id text not null, name text not null, categories text not null,
    status text not null, endpoint_uri text, app_id text, draft text not null, validation_errors text not null,
    versions integer not null default 0, preview_token text not null, preview_expires_at integer not null, updated_at integer not null,
    deleted integer not null default 0);
  create unique index if not exists flows_name on flows (waba_id, name) where deleted = 0;
  create table if not exists flow_versions (
    flow_id text not null, version integer not null, flow_json text not null, at integer not null, primary key (flow_id, version));
  create table if not exists templates (
    n integer primary key, id text not null unique, waba_id text not null, name text not null, language text not null,
    category text not null, components text not null, parameter_format text not null, status text not null, reason text not null,
    review_at integer, deleted_at integer, was_approved integer not null default 0);
  create unique index if not exists templates_name on templates (waba_id, name, language) where deleted_at is null;
  create table if not exists messages (
    n integer primary key, id text not null unique, number_id text not null, person_id integer, addressed text not null,
    direction text not null, outcome text not null, type text not null, content text not null, context_id text, at integer not null,
    callback_data text, pricing text, flow text, flow_id text, flow_version integer, draft_json text);
  create index if not exists messages_of_person on messages (person_id, n);
  create index if not exists messages_of_flow on messages (flow_id, at) where flow_id is not null;
  create table if not exists statuses (
    n integer primary key, message_id text not null, status text not null, at integer not null, error text);
  create index if not exists statuses_of on statuses (message_id);
  create table if not exists webhooks (
    n integer primary key, app_id text not null, url text not null, lane text not null, body text not null, attempt integer not null,
    first_at integer not null, due_at integer, last_status integer);
  create index if not exists webhooks_due on webhooks (due_at) where due_at is not null;
  create table if not exists media (
    id text primary key, kind text not null, number_id text, mime_type text not null, content blob not null, at integer not null);
  create table if not exists journal (n integer primary key, entry text not null);
`;

/** Opens or creates the database; ':memory:' keeps nothing. */
export function openStore(databaseFile: string): Store {
  const db = new DatabaseSync(databaseFile);
  db.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma busy_timeout = 5000;');
  db.exec(TABLES);
  const prepared = new Map<string, StatementSync>();
  const statement = (sql: string): StatementSync => {
    const found = prepared.get(sql) ?? db.prepare(sql);
    prepared.set(sql, found);
    return found;
  };
  let isOpen = false;
  return {
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
      if (isOpen) return work();
      db.exec('begin immediate');
      isOpen = true;
      try {
        const result = work();
        db.exec('commit');
        return result;
      } catch (thrown) {
        db.exec('rollback');
        throw thrown;
      } finally {
        isOpen = false;
      }
    },
    close: () => db.close(),
  };
}
