-- How long answers are kept, per flow, and when they went. The answers of a submission may be deleted; its row stays as a count.
alter table flows add column retention jsonb not null default '{"kind": "keep"}';
alter table submissions add column answers_deleted_at timestamptz;
create index submissions_with_answers on submissions (portal_id, flow_id, accepted_at) where answers_sealed is not null;

-- Portals where answers may have to go: what the job must look at.
create function portals_with_retention() returns setof bigint
  language sql stable security definer set search_path = flowella, pg_temp
  as $$ select distinct portal_id from flows where retention ->> 'kind' <> 'keep' $$;
alter function portals_with_retention() owner to flowella_system;
revoke all on function portals_with_retention() from public;
grant execute on function portals_with_retention() to flowella_app;
