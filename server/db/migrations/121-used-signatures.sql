-- Signatures of HubSpot's writing calls that were seen, as hashes: a second call with the same one is a replay. Each portal's own go after
-- ten minutes, when their timestamp is too old anyway.
create table used_signatures (
  portal_id            bigint not null references portals,
  signature_hash       bytea not null,
  seen_at              timestamptz not null,
  primary key (portal_id, signature_hash)
);
create index used_signatures_seen on used_signatures (portal_id, seen_at);
alter table used_signatures enable row level security;
alter table used_signatures force row level security;
create policy portal_only on used_signatures to flowella_app
  using (portal_id = nullif(current_setting('app.portal_id', true), '')::bigint)
  with check (portal_id = nullif(current_setting('app.portal_id', true), '')::bigint);
create policy system_reads on used_signatures for select to flowella_system using (true);
grant select on used_signatures to flowella_system;
grant select, insert, update, delete on used_signatures to flowella_app;
