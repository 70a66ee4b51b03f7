-- The rounds beside requests asked every connected account whether there is something to do, with a transaction each: at a thousand
-- accounts eight hundred a second, nearly all in vain. One statement names those where there is.
create index flow_versions_uploading on flow_versions (portal_id) where state = 'uploading';
create index consents_unwritten on consents (portal_id) where written_at is null or written_at < recorded_at;
create index templates_waiting on templates (portal_id) where state in ('CREATING', 'PENDING', 'IN_APPEAL');

-- p_round: publications (under way), sends (to put right), consents (not on their contact yet), templates (Meta has not decided),
-- confirmations (there are some).
create function connected_portals_with(p_round text, p_now timestamptz) returns setof bigint
  language sql stable security definer set search_path = flowella, pg_temp
  as $$
    select p.portal_id from portals p
    where p.state = 'connected' and case p_round
      when 'publications' then exists (select 1 from flow_versions v where v.portal_id = p.portal_id and v.state = 'uploading')
      when 'sends' then p.portal_id in (
        select s.portal_id from sends s where s.state in ('queued', 'sending')
        union all select s.portal_id from sends s where s.open and s.token_expires_at <= p_now)
      when 'consents' then exists (
        select 1 from consents c where c.portal_id = p.portal_id and (c.written_at is null or c.written_at < c.recorded_at))
      when 'templates' then exists (
        select 1 from templates t where t.portal_id = p.portal_id and t.state in ('CREATING', 'PENDING', 'IN_APPEAL'))
      when 'confirmations' then exists (select 1 from confirmations c where c.portal_id = p.portal_id)
        or exists (select 1 from confirmation_codes c where c.portal_id = p.portal_id)
    end $$;
alter function connected_portals_with(text, timestamptz) owner to flowella_system;
revoke all on function connected_portals_with(text, timestamptz) from public;
grant execute on function connected_portals_with(text, timestamptz) to flowella_app;
