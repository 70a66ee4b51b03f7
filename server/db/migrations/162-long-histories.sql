-- What is asked again and again stays cheap in an account with a long history.

-- Sends that a process holds or that wait: found among a million that are done. And messages whose time is over.
create index sends_unsettled on sends (portal_id, created_at) where state in ('queued', 'sending');
create index sends_expiring on sends (token_expires_at) where open;

-- The left side of the equation from an index alone: few different lists of destinations, so that it is small.
create index submissions_destinations on submissions (portal_id, destinations);

-- As before, but the two tables are counted apart: only a delivery whose submission does not say what it was accepted for has to look.
create or replace function delivery_balance() returns table (
  portal_id bigint, destination text, accepted bigint, waiting bigint, delivering bigint, held bigint, delivered bigint,
  dead bigint, cancelled bigint, oldest_due timestamptz)
  language sql stable security definer set search_path = flowella, pg_temp
  as $$
    with lists as (
      select s.portal_id, s.destinations, count(*) as accepted from submissions s where s.destinations is not null group by 1, 2
    ), said as (
      select l.portal_id, w.destination, l.accepted from lists l cross join lateral unnest(l.destinations) as w (destination)
      union all
      select d.portal_id, d.destination, 1 from submissions s
      join deliveries d on d.portal_id = s.portal_id and d.submission_id = s.submission_id
      where s.destinations is null
    ), wanted as (
      select s.portal_id, s.destination, sum(s.accepted)::bigint as accepted from said s group by 1, 2
    ), states as (
      select d.portal_id, d.destination, d.state, count(*) as amount from deliveries d group by 1, 2, 3
    ), present as (
      select n.portal_id, n.destination,
             sum(n.amount) filter (where n.state = 'waiting') as waiting,
             sum(n.amount) filter (where n.state = 'delivering') as delivering,
             sum(n.amount) filter (where n.state = 'held') as held,
             sum(n.amount) filter (where n.state = 'delivered') as delivered,
             sum(n.amount) filter (where n.state = 'dead') as dead,
             sum(n.amount) filter (where n.state = 'cancelled') as cancelled
      from states n group by 1, 2
    ), oldest as (
      select d.portal_id, d.destination, min(d.due_at) as due_at from deliveries d
      where d.state = 'waiting' and d.reason_code is distinct from 'blocked' group by 1, 2
    )
    select coalesce(w.portal_id, p.portal_id), coalesce(w.destination, p.destination),
           coalesce(w.accepted, 0), coalesce(p.waiting, 0)::bigint, coalesce(p.delivering, 0)::bigint,
           coalesce(p.held, 0)::bigint, coalesce(p.delivered, 0)::bigint, coalesce(p.dead, 0)::bigint,
           coalesce(p.cancelled, 0)::bigint, o.due_at
    from wanted w full join present p on p.portal_id = w.portal_id and p.destination = w.destination
    left join oldest o on o.portal_id = p.portal_id and o.destination = p.destination $$;
