-- What the last look at a source form found. Its newest definition stands in `forms`, beside those that versions were made of;
-- a form without a row was not looked at since its flow was made.
create table form_checks (
  portal_id            bigint not null references portals,
  form_id              text not null,
  state                text not null check (state in ('present', 'archived', 'gone')),
  revision             text,                -- the newest that was read
  checked_at           timestamptz,         -- null until a look has answered
  due_at               timestamptz not null,
  primary key (portal_id, form_id)
);
alter table form_checks enable row level security;
alter table form_checks force row level security;
create policy portal_only on form_checks to flowella_app
  using (portal_id = nullif(current_setting('app.portal_id', true), '')::bigint)
  with check (portal_id = nullif(current_setting('app.portal_id', true), '')::bigint);
create policy system_reads on form_checks for select to flowella_system using (true);
grant select on form_checks to flowella_system;
grant select, insert, update, delete on form_checks to flowella_app;

-- The design a version was compiled with, since a take-over drops what sessions under way still need; null: the flow's own.
alter table flow_versions add column design jsonb;

-- Portals with a form that is to be looked at again.
create function portals_with_due_form_checks(p_now timestamptz) returns setof bigint
  language sql stable security definer set search_path = flowella, pg_temp
  as $$
    select distinct f.portal_id from flows f
    join portals p on p.portal_id = f.portal_id and p.state = 'connected'
    left join form_checks c on c.portal_id = f.portal_id and c.form_id = f.form_id
    where f.state <> 'retired' and coalesce(c.due_at <= p_now, true)
  $$;
alter function portals_with_due_form_checks owner to flowella_system;
revoke all on function portals_with_due_form_checks from public;
grant execute on function portals_with_due_form_checks to flowella_app;
