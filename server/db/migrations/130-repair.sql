-- What stopped on its way is found by its kind, oldest first: what a page lists, and what is tried again batch by batch.
create index deliveries_stopped on deliveries (portal_id, destination, reason_code, seq) where state in ('dead', 'held');

-- Portals and destinations where a claim would find something, most urgent first. p_awaits names for a destination the one of the
-- same submission whose end it awaits ({"form-submission": "files"}): what awaits a held one is not due, and nobody looks for it.
-- Each portal's line is read along its index up to the first row that can be claimed, so that a backlog is not read as a whole
-- every second. The function of before stays for processes of the version before.
create function due_deliveries(p_now timestamptz, p_awaits jsonb) returns table (portal_id bigint, destination text)
  language sql stable security definer set search_path = flowella, pg_temp
  as $$
    with recursive lines as (
      (select d.portal_id, d.destination from deliveries d where d.state = 'waiting'
       order by d.portal_id, d.destination limit 1)
      union all
      select n.portal_id, n.destination from lines l cross join lateral (
        select d.portal_id, d.destination from deliveries d
        where d.state = 'waiting' and (d.portal_id, d.destination) > (l.portal_id, l.destination)
        order by d.portal_id, d.destination limit 1) n
    ), first_due as (
      select l.portal_id, l.destination, f.lane, f.due_at from lines l cross join lateral (
        select d.lane, d.due_at from deliveries d
        where d.portal_id = l.portal_id and d.destination = l.destination and d.state = 'waiting' and d.due_at <= p_now
          and (d.depends_on is null or exists (
            select 1 from deliveries f where f.portal_id = d.portal_id and f.delivery_id = d.depends_on
              and (f.state = 'delivered' or (f.state = 'held' and f.remote_id is not null))))
          and (p_awaits ->> d.destination is null or not exists (
            select 1 from deliveries a where a.portal_id = d.portal_id and a.submission_id = d.submission_id
              and a.destination = p_awaits ->> d.destination and a.state in ('waiting', 'delivering', 'held')))
        order by d.lane, d.due_at, d.seq limit 1) f
      union all
      select d.portal_id, d.destination, d.lane, d.due_at from deliveries d
      where d.state = 'delivering' and d.lease_until < p_now
    )
    select portal_id, destination from first_due
    group by portal_id, destination order by min(lane), min(due_at), portal_id, destination $$;
alter function due_deliveries(timestamptz, jsonb) owner to flowella_system;
revoke all on function due_deliveries(timestamptz, jsonb) from public;
grant execute on function due_deliveries(timestamptz, jsonb) to flowella_app;
