-- Who became the owner of a submission's contact by the customer's rules: chosen once, so that a repeated delivery writes the same.
create table owner_choices (
  portal_id            bigint not null references portals,
  submission_id        text not null,
  owner_id             text,                -- null: whoever owned the contact stays
  note                 text,                -- code of why it is another one than the rule names
  chosen_at            timestamptz not null,
  primary key (portal_id, submission_id)
);
alter table owner_choices enable row level security;
alter table owner_choices force row level security;
create policy portal_only on owner_choices to flowella_app
  using (portal_id = nullif(current_setting('app.portal_id', true), '')::bigint)
  with check (portal_id = nullif(current_setting('app.portal_id', true), '')::bigint);
create policy system_reads on owner_choices for select to flowella_system using (true);
grant select on owner_choices to flowella_system;
grant select, insert on owner_choices to flowella_app;

-- Whose turn is next in a list of owners; the list itself is the key, so that a changed one begins anew.
create table owner_turns (
  portal_id            bigint not null references portals,
  flow_id              text not null,
  owners               text not null,
  turn                 bigint not null,
  primary key (portal_id, flow_id, owners)
);
alter table owner_turns enable row level security;
alter table owner_turns force row level security;
create policy portal_only on owner_turns to flowella_app
  using (portal_id = nullif(current_setting('app.portal_id', true), '')::bigint)
  with check (portal_id = nullif(current_setting('app.portal_id', true), '')::bigint);
create policy system_reads on owner_turns for select to flowella_system using (true);
grant select on owner_turns to flowella_system;
grant select, insert, update on owner_turns to flowella_app;
