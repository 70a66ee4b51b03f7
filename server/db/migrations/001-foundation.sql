-- Every table that belongs to a portal has portal_id first in its key and row-level security forced (design, section 3).
-- The role flowella_app serves portals; flowella_system owns the few functions that must look across portals.
-- Columns ending in _sealed are AES-256-GCM under the portal's data key, with table, column and row bound in.

create table portals (
  portal_id            bigint primary key,
  state                text not null default 'connected' check (state in ('connected', 'disconnected', 'erased')),
  state_reason         text,
  hub_domain           text,
  ui_domain            text not null default 'app.hubspot.com',
  time_zone            text,
  data_hosting         text,
  data_key_wrapped     bytea,               -- null once erased: nothing of the portal can be read again
  settings             jsonb not null default '{}',
  created_at           timestamptz not null,
  updated_at           timestamptz not null
);

create table hubspot_tokens (
  portal_id            bigint primary key references portals,
  access_token_sealed  bytea not null,
  refresh_token_sealed bytea not null,
  expires_at           timestamptz not null,
  scopes               text[] not null,
  hubspot_user_id      bigint,
  updated_at           timestamptz not null
);

-- One WhatsApp account belongs to one portal: the unique index reaches across portals.
create table wa_accounts (
  portal_id            bigint not null references portals,
  account_id           text not null,
  waba_id              text not null,
  app_id               text not null,
  name                 text not null,
  portfolio_id         text,
  access_token_sealed  bytea not null,
  app_secret_sealed    bytea not null,
  app_secret_old_sealed bytea,
  app_secret_old_until timestamptz,
  verify_token_hash    bytea not null,
  state                text not null check (state in ('connecting', 'connected', 'broken', 'disconnected')),
  checks               jsonb not null default '[]',
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  primary key (portal_id, account_id)
);
create unique index wa_accounts_account on wa_accounts (account_id);
create unique index wa_accounts_waba on wa_accounts (waba_id) where state <> 'disconnected';

create table wa_numbers (
  portal_id            bigint not null,
  phone_number_id      text not null,
  account_id           text not null,
  display_number       text not null,
  verified_name        text not null,
  quality              text,
  registered_key_id    text,
  key_status           text check (key_status in ('VALID', 'MISMATCH', 'UNKNOWN')),
  key_checked_at       timestamptz,
  health               text,
  updated_at           timestamptz not null,
  primary key (portal_id, phone_number_id),
  foreign key (portal_id, account_id) references wa_accounts
);

create table flow_keys (
  portal_id            bigint not null,
  key_id               text not null,
  account_id           text not null,
  public_key_pem       text not null,
  private_key_sealed   bytea not null,
  state                text not null check (state in ('active', 'retiring', 'retired')),
  created_at           timestamptz not null,
  last_used_at         timestamptz,
  primary key (portal_id, key_id),
  foreign key (portal_id, account_id) references wa_accounts
);
create unique index flow_keys_active on flow_keys (portal_id, account_id) where state = 'active';

create table forms (
  portal_id            bigint not null references portals,
  form_id              text not null,
  source               text not null,
  source_form_id       text not null,
  name                 text not null,
  revision             text not null,
  raw                  jsonb not null,
  model                jsonb not null,
  write_back           jsonb not null,
  read_at              timestamptz not null,
  primary key (portal_id, form_id, revision)
);
create index forms_source on forms (portal_id, source, source_form_id, read_at);

create table flows (
  portal_id            bigint not null references portals,
  flow_id              text not null,
  form_id              text not null,
  source               text not null,
  source_form_id       text not null,
  account_id           text not null,
  name                 text not null,
  state                text not null check (state in ('draft', 'publishing', 'published', 'failed', 'paused', 'retired')),
  state_reason         text,
  design               jsonb not null,
  mapping              jsonb not null,
  message              jsonb not null,
  meta_flow_id         text,
  live_version_id      text,
  created_by           bigint,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  primary key (portal_id, flow_id),
  foreign key (portal_id, account_id) references wa_accounts
);

create table flow_versions (
  portal_id            bigint not null,
  version_id           text not null,
  flow_id              text not null,
  number               integer not null,
  form_id              text not null,
  form_revision        text not null,
  flow_json            text not null,
  program              jsonb not null,
  report               jsonb not null,
  mapping              jsonb not null,
  meta_flow_id         text,
  state                text not null check (state in ('draft', 'uploading', 'published', 'superseded', 'closed', 'failed')),
  problems             jsonb not null default '[]',
  created_at           timestamptz not null,
  published_at         timestamptz,
  primary key (portal_id, version_id),
  unique (portal_id, flow_id, number),
  foreign key (portal_id, flow_id) references flows
);

create table templates (
  portal_id            bigint not null,
  template_id          text not null,
  flow_id              text not null,
  account_id           text not null,
  name                 text not null,
  language             text not null,
  body                 text not null,
  meta_template_id     text,
  meta_flow_id         text not null,
  state                text not null,
  state_reason         text,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  primary key (portal_id, template_id),
  unique (portal_id, account_id, name, language),
  foreign key (portal_id, flow_id) references flows
);

-- A person on WhatsApp: known by the business-scoped user id, often by number (whatsapp-users.md section 8).
create table persons (
  portal_id            bigint not null references portals,
  person_id            text not null,
  portfolio_id         text not null,
  bsuid_hash           bytea,
  phone_hash           bytea,
  identity_sealed      bytea not null,      -- {bsuid?, parentBsuid?, phone?, username?, name?}
  contact_id           bigint,
  phone_source         text,
  phone_at             timestamptz,
  superseded_by        text,
  last_inbound_at      timestamptz,
  last_inbound_number  text,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  primary key (portal_id, person_id)
);
create unique index persons_bsuid on persons (portal_id, portfolio_id, bsuid_hash) where bsuid_hash is not null and superseded_by is null;
create unique index persons_phone on persons (portal_id, portfolio_id, phone_hash) where phone_hash is not null and superseded_by is null;
create index persons_contact on persons (portal_id, contact_id) where contact_id is not null;

create table consents (
  portal_id            bigint not null references portals,
  identity_hash        bytea not null,      -- of a phone or a business-scoped id: opt-outs outlive an erased person
  state                text not null check (state in ('opted_in', 'opted_out')),
  source               text not null,
  recorded_at          timestamptz not null,
  primary key (portal_id, identity_hash)
);

create table sends (
  portal_id            bigint not null,
  send_id              text not null,
  flow_id              text not null,
  version_id           text not null,
  person_id            text not null,
  contact_id           bigint,
  phone_number_id      text not null,
  recipient_key        text not null,       -- contact:<id> or person:<id>: one open send per recipient and flow
  channel              text not null,
  sent_by              bigint,
  sent_by_email_sealed bytea,
  way                  text check (way in ('interactive', 'template')),
  state                text not null check (state in ('queued', 'sending', 'accepted', 'sent', 'delivered', 'read', 'failed', 'unknown', 'cancelled')),
  error_code           text,
  error_message        text,
  wamid                text,
  prefill_sealed       bytea,
  open                 boolean not null default true,
  closed_reason        text,
  token_expires_at     timestamptz not null,
  created_at           timestamptz not null,
  accepted_at          timestamptz,
  sent_at              timestamptz,
  delivered_at         timestamptz,
  read_at              timestamptz,
  failed_at            timestamptz,
  primary key (portal_id, send_id),
  foreign key (portal_id, flow_id) references flows,
  foreign key (portal_id, person_id) references persons
);
create unique index sends_open on sends (portal_id, flow_id, recipient_key) where open;
create unique index sends_wamid on sends (portal_id, wamid) where wamid is not null;
create index sends_contact on sends (portal_id, contact_id, created_at desc);

create table sessions (
  portal_id            bigint not null,
  send_id              text not null,
  session_id           text not null,
  version_id           text not null,
  seq                  integer not null,
  state_sealed         bytea,               -- answers by screen and the path; gone once accepted or expired
  current_screen       text,
  screen_number        integer,
  screen_count         integer,
  opened_at            timestamptz not null,
  last_seen_at         timestamptz not null,
  finished_at          timestamptz,
  expires_at           timestamptz not null,
  primary key (portal_id, send_id)
);

create table submissions (
  portal_id            bigint not null,
  submission_id        text not null,
  send_id              text not null,
  flow_id              text not null,
  version_id           text not null,
  form_id              text not null,
  form_revision        text not null,
  contact_id           bigint,
  person_id            text not null,
  accepted_from        text not null check (accepted_from in ('endpoint', 'nfm_reply')),
  answers_sealed       bytea,               -- under the submission's own key, which the portal's wraps
  answers_key_wrapped  bytea,
  answers_hash         bytea not null,
  question_count       integer not null,
  locale               text,
  opened_at            timestamptz,
  finished_at          timestamptz not null,
  accepted_at          timestamptz not null,
  primary key (portal_id, submission_id),
  unique (portal_id, send_id)
);
create index submissions_contact on submissions (portal_id, contact_id, accepted_at desc);
create index submissions_flow on submissions (portal_id, flow_id, accepted_at desc);

-- A differing repeat of an accepted submission is recorded beside it, never over it.
create table submission_repeats (
  portal_id            bigint not null,
  submission_id        text not null,
  answers_hash         bytea not null,
  accepted_from        text not null,
  answers_sealed       bytea,
  answers_key_wrapped  bytea,
  seen_at              timestamptz not null,
  primary key (portal_id, submission_id, answers_hash),
  foreign key (portal_id, submission_id) references submissions
);

create table deliveries (
  portal_id            bigint not null,
  delivery_id          text not null,
  submission_id        text not null,
  destination          text not null,
  depends_on           text,                -- delivery_id that must be delivered first
  state                text not null check (state in ('waiting', 'delivering', 'held', 'delivered', 'dead', 'cancelled')),
  due_at               timestamptz not null,
  lease_until          timestamptz,
  attempt              integer not null default 0,
  reason_code          text,
  reason               text,
  remote_id            text,
  detail               jsonb not null default '{}',
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  delivered_at         timestamptz,
  primary key (portal_id, delivery_id),
  unique (portal_id, submission_id, destination),
  foreign key (portal_id, submission_id) references submissions
);
create index deliveries_due on deliveries (portal_id, destination, due_at) where state in ('waiting', 'delivering');

create table attempts (
  portal_id            bigint not null,
  attempt_id           text not null,
  delivery_id          text not null,
  number               integer not null,
  started_at           timestamptz not null,
  finished_at          timestamptz,
  outcome              text check (outcome in ('delivered', 'retry', 'dead', 'unknown', 'held')),
  code                 text,
  reason               text,
  primary key (portal_id, attempt_id),
  foreign key (portal_id, delivery_id) references deliveries
);
create index attempts_delivery on attempts (portal_id, delivery_id, number);

-- What a portal may still spend at a vendor; one row per limit, shared by all processes.
create table budgets (
  portal_id            bigint not null references portals,
  bucket               text not null,
  tokens               double precision not null,
  refilled_at          timestamptz not null,
  paused_until         timestamptz,
  primary key (portal_id, bucket)
);

-- Webhooks are written here before they are answered, and worked off afterwards.
create table inbox (
  portal_id            bigint not null,
  inbox_id             text not null,
  account_id           text not null,
  dedupe_key           text not null,
  body_sealed          bytea not null,
  received_at          timestamptz not null,
  processed_at         timestamptz,
  attempt              integer not null default 0,
  due_at               timestamptz not null,
  problem              text,
  primary key (portal_id, inbox_id),
  unique (portal_id, dedupe_key)
);
create index inbox_open on inbox (portal_id, due_at) where processed_at is null;

-- What our API answered to a call with this key: a repeat gets the same answer and does nothing.
create table idempotency_keys (
  portal_id            bigint not null references portals,
  route                text not null,
  key                  text not null,
  request_hash         bytea not null,
  status               integer,
  response             jsonb,
  created_at           timestamptz not null,
  primary key (portal_id, route, key)
);

-- What exists at HubSpot because we made it: property groups, properties, custom object ids, association types.
create table hubspot_things (
  portal_id            bigint not null references portals,
  kind                 text not null,
  name                 text not null,
  remote_id            text,
  detail               jsonb not null default '{}',
  created_at           timestamptz not null,
  primary key (portal_id, kind, name)
);

create table page_tokens (
  portal_id            bigint not null references portals,
  token_hash           bytea not null,
  subject              text not null,
  expires_at           timestamptz not null,
  used_at              timestamptz,
  primary key (portal_id, token_hash)
);

create table audit_log (
  portal_id            bigint not null references portals,
  seq                  bigint not null,
  at                   timestamptz not null,
  actor                text not null,
  action               text not null,
  subject              text not null,
  detail               jsonb not null,
  previous_hash        bytea not null,
  hash                 bytea not null,
  primary key (portal_id, seq)
);

-- Row-level security, forced, on every table that has a portal_id.
do $$
declare t text;
begin
  for t in select table_name from information_schema.columns
           where table_schema = 'flowella' and column_name = 'portal_id' loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format(
      'create policy portal_only on %I to flowella_app using (portal_id = nullif(current_setting(''app.portal_id'', true), '''')::bigint) with check (portal_id = nullif(current_setting(''app.portal_id'', true), '''')::bigint)', t);
    execute format('create policy system_reads on %I for select to flowella_system using (true)', t);
    execute format('grant select on %I to flowella_system', t);
    execute format('grant select, insert, update, delete on %I to flowella_app', t);
  end loop;
end $$;
revoke update, delete on audit_log from flowella_app;

-- The narrow functions that look across portals. They return ids only and belong to flowella_system.
create function portal_of_account(p_account_id text) returns bigint
  language sql stable security definer set search_path = flowella, pg_temp
  as $$ select portal_id from wa_accounts where account_id = p_account_id and state <> 'disconnected' $$;

create function portal_of_waba(p_waba_id text) returns table (portal_id bigint, account_id text)
  language sql stable security definer set search_path = flowella, pg_temp
  as $$ select portal_id, account_id from wa_accounts where waba_id = p_waba_id and state <> 'disconnected' $$;

create function connected_portals() returns setof bigint
  language sql stable security definer set search_path = flowella, pg_temp
  as $$ select portal_id from portals where state = 'connected' $$;

-- Due deliveries and unprocessed webhooks by portal: what the sweeper must wake.
create function portals_with_due_deliveries(p_now timestamptz) returns table (portal_id bigint, destination text)
  language sql stable security definer set search_path = flowella, pg_temp
  as $$ select distinct d.portal_id, d.destination from deliveries d
        where (d.state = 'waiting' and d.due_at <= p_now) or (d.state = 'delivering' and d.lease_until < p_now) $$;

create function portals_with_open_inbox(p_now timestamptz) returns setof bigint
  language sql stable security definer set search_path = flowella, pg_temp
  as $$ select distinct portal_id from inbox where processed_at is null and due_at <= p_now $$;

create function portals_with_open_sends() returns setof bigint
  language sql stable security definer set search_path = flowella, pg_temp
  as $$ select distinct portal_id from sends where state in ('queued', 'sending') $$;

do $$
declare f text;
begin
  for f in select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'flowella' loop
    execute format('alter function %s owner to flowella_system', f);
    execute format('revoke all on function %s from public', f);
    execute format('grant execute on function %s to flowella_app', f);
  end loop;
end $$;
