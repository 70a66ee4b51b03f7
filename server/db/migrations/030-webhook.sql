-- Webhooks of a portal (Standard Webhooks): where a customer's own system takes submissions. The address is sealed too, since many
-- carry a token in their path. During a rotation both secrets sign.
create table webhooks (
  portal_id            bigint not null references portals,
  webhook_id           text not null,
  name                 text not null,
  url_sealed           bytea not null,
  secret_sealed        bytea not null,
  secret_made_at       timestamptz not null,
  secret_old_sealed    bytea,
  secret_old_until     timestamptz,
  state                text not null default 'on' check (state in ('on', 'off')),
  state_code           text,                -- why it is off: gone (the receiver said so) or by_user
  state_at             timestamptz not null,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  primary key (portal_id, webhook_id)
);
alter table webhooks enable row level security;
alter table webhooks force row level security;
create policy portal_only on webhooks to flowella_app
  using (portal_id = nullif(current_setting('app.portal_id', true), '')::bigint)
  with check (portal_id = nullif(current_setting('app.portal_id', true), '')::bigint);
create policy system_reads on webhooks for select to flowella_system using (true);
grant select on webhooks to flowella_system;
grant select, insert, update, delete on webhooks to flowella_app;

-- The last deliveries of the portal's webhooks, newest first.
create index deliveries_webhook on deliveries (portal_id, created_at desc) where destination = 'webhook';
