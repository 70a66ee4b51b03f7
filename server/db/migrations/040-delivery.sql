-- What the delivery engine keeps beside the schedule. Columns are nullable or defaulted, so that a process of the version before
-- can go on writing while this one starts.

alter table deliveries
  add column seq             bigint generated always as identity,  -- order of acceptance: no clock decides it
  add column lane            smallint not null default 0 check (lane in (0, 1, 2)),  -- 0 live, 1 replay, 2 backfill
  add column person_id       text,
  add column contact_id      bigint,
  add column tried_since     timestamptz,                          -- the three days of trying count from here; null before the first attempt
  add column attempts_before integer not null default 0;           -- attempts of earlier schedules: a replay starts its back-off anew

update deliveries d set person_id = s.person_id, contact_id = s.contact_id, tried_since = case when d.attempt > 0 then d.created_at end
from submissions s where s.portal_id = d.portal_id and s.submission_id = d.submission_id;

-- Whether an earlier delivery of the same person or contact is still on its way is asked for every claim.
-- Each index answers one of the two questions only, so that no plan made without statistics can take the wrong one.
create index deliveries_person_open on deliveries (portal_id, destination, person_id, seq)
  where state in ('waiting', 'delivering') and person_id is not null;
create index deliveries_contact_open on deliveries (portal_id, destination, contact_id, seq)
  where state in ('waiting', 'delivering') and contact_id is not null;

-- What is claimed is found in its order, however much waits. The index of before covered both states and was taken, without statistics,
-- for the question above, which then read a whole backlog for each of its rows.
drop index deliveries_due;
create index deliveries_in_line on deliveries (portal_id, destination, lane, due_at, seq) where state = 'waiting';
create index deliveries_leased on deliveries (portal_id, destination, lease_until) where state = 'delivering';

-- Which destinations a submission was accepted for: the left side of the equation, counted apart from the rows on its right.
alter table submissions add column destinations text[];

-- A destination that has failed for days is paused until a person has looked (docs/failure-modes.md).
create table destination_health (
  portal_id      bigint not null references portals,
  destination    text not null,
  failing_since  timestamptz,
  failures       integer not null default 0,
  paused_at      timestamptz,
  reason_code    text,
  updated_at     timestamptz not null,
  primary key (portal_id, destination)
);
alter table destination_health enable row level security;
alter table destination_health force row level security;
create policy portal_only on destination_health to flowella_app
  using (portal_id = nullif(current_setting('app.portal_id', true), '')::bigint)
  with check (portal_id = nullif(current_setting('app.portal_id', true), '')::bigint);
create policy system_reads on destination_health for select to flowella_system using (true);
grant select on destination_health to flowella_system;
grant select, insert, update, delete on destination_health to flowella_app;

-- The limit a vendor named in its headers, and its last refusal, known to every process.
alter table budgets add column calls integer, add column refused_at timestamptz;
create index budgets_refused on budgets (bucket, refused_at) where refused_at is not null;

-- Due deliveries by portal, longest due first. What waits for a dead delivery is not due: nobody is woken for it.
create or replace function portals_with_due_deliveries(p_now timestamptz) returns table (portal_id bigint, destination text)
  language sql stable security definer set search_path = flowella, pg_temp
  as $$ select d.portal_id, d.destination from deliveries d
        where ((d.state = 'waiting' and d.due_at <= p_now) or (d.state = 'delivering' and d.lease_until < p_now))
          and (d.depends_on is null or exists (
            select 1 from deliveries f where f.portal_id = d.portal_id and f.delivery_id = d.depends_on
              and (f.state = 'delivered' or (f.state = 'held' and f.remote_id is not null))))
        group by d.portal_id, d.destination order by min(d.lane), min(d.due_at), d.portal_id, d.destination $$;

-- Portals whose calls a vendor refused since then: some hosts block our address for every customer after a few refusals.
create function portals_refused_since(p_bucket text, p_since timestamptz) returns integer
  language sql stable security definer set search_path = flowella, pg_temp
  as $$ select count(*)::integer from budgets
        where bucket = p_bucket and refused_at > p_since
          -- A clock that was set back must not brake everybody until it has caught up.
          and refused_at <= p_since + interval '5 seconds' $$;

-- The equation, in one snapshot: what was accepted for a destination is waiting, delivering, held, delivered, dead or cancelled.
-- Submissions of before this version did not say what they were accepted for: their rows are taken as they are.
create function delivery_balance() returns table (
  portal_id bigint, destination text, accepted bigint, waiting bigint, delivering bigint, held bigint, delivered bigint,
  dead bigint, cancelled bigint, oldest_due timestamptz)
  language sql stable security definer set search_path = flowella, pg_temp
  as $$
    with wanted as (
      select s.portal_id, w.destination, count(*) as accepted
      from submissions s cross join lateral unnest(s.destinations) as w (destination) group by 1, 2
    ), present as (
      select d.portal_id, d.destination,
             count(*) filter (where s.destinations is null) as unsaid,
             count(*) filter (where d.state = 'waiting') as waiting,
             count(*) filter (where d.state = 'delivering') as delivering,
             count(*) filter (where d.state = 'held') as held,
             count(*) filter (where d.state = 'delivered') as delivered,
             count(*) filter (where d.state = 'dead') as dead,
             count(*) filter (where d.state = 'cancelled') as cancelled,
             min(d.due_at) filter (where d.state = 'waiting' and d.reason_code is distinct from 'blocked') as oldest_due
      from deliveries d join submissions s on s.portal_id = d.portal_id and s.submission_id = d.submission_id group by 1, 2
    )
    select coalesce(w.portal_id, p.portal_id), coalesce(w.destination, p.destination),
           coalesce(w.accepted, 0) + coalesce(p.unsaid, 0), coalesce(p.waiting, 0), coalesce(p.delivering, 0),
           coalesce(p.held, 0), coalesce(p.delivered, 0), coalesce(p.dead, 0), coalesce(p.cancelled, 0), p.oldest_due
    from wanted w full join present p on p.portal_id = w.portal_id and p.destination = w.destination $$;

create function paused_destinations() returns table (destination text, paused integer)
  language sql stable security definer set search_path = flowella, pg_temp
  as $$ select destination, count(*)::integer from destination_health where paused_at is not null group by destination $$;

alter function paused_destinations() owner to flowella_system;
revoke all on function paused_destinations() from public;
grant execute on function paused_destinations() to flowella_app;
alter function portals_refused_since(text, timestamptz) owner to flowella_system;
alter function delivery_balance() owner to flowella_system;
revoke all on function portals_refused_since(text, timestamptz), delivery_balance() from public;
grant execute on function portals_refused_since(text, timestamptz), delivery_balance() to flowella_app;

-- Takes one call from every named bucket, or from none; answers how many milliseconds to wait, 0 when it was taken. One round trip
-- before every call to HubSpot, as the caller. p_buckets: [{name, calls, window_ms, burst, share, reserve, brake_portals, brake_ms}].
create function spend_budgets(p_portal bigint, p_now timestamptz, p_buckets jsonb) returns double precision
language plpgsql set search_path = flowella, pg_temp as $$
declare
  b record;
  v_row budgets;
  v_calls double precision;
  v_capacity double precision;
  v_rate double precision;
  v_needed double precision;
  v_wait double precision := 0;
begin
  perform set_config('app.portal_id', p_portal::text, true);
  for b in select * from jsonb_to_recordset(p_buckets) as x(name text, calls integer, window_ms double precision,
             burst double precision, share double precision, reserve double precision, brake_portals integer, brake_ms integer)
           order by name loop
    insert into budgets (portal_id, bucket, tokens, refilled_at) values (p_portal, b.name, b.burst, p_now)
      on conflict (portal_id, bucket) do nothing;
    select * into strict v_row from budgets where portal_id = p_portal and bucket = b.name for update;
    v_calls := coalesce(v_row.calls, b.calls);
    v_capacity := greatest(1, least(b.burst, v_calls * b.share * 0.5));
    v_rate := (v_calls * b.share - v_capacity) / (b.window_ms / 1000);
    v_row.tokens := least(v_capacity,
      v_row.tokens + v_rate * greatest(0, extract(epoch from (p_now - v_row.refilled_at))::double precision));
    update budgets set tokens = v_row.tokens, refilled_at = greatest(refilled_at, p_now)
      where portal_id = p_portal and bucket = b.name;
    -- A small bucket must still let the lowest priority through once it is full.
    v_needed := least(v_capacity, 1 + b.reserve);
    if v_row.paused_until > p_now then
      v_wait := greatest(v_wait, extract(epoch from (v_row.paused_until - p_now))::double precision * 1000);
    elsif b.brake_portals is not null
      and portals_refused_since(b.name, p_now - b.brake_ms * interval '1 millisecond') >= b.brake_portals then
      v_wait := greatest(v_wait, b.brake_ms);
    elsif v_row.tokens < v_needed then
      v_wait := greatest(v_wait, (v_needed - v_row.tokens) / v_rate * 1000);
    end if;
  end loop;
  if v_wait = 0 then
    update budgets set tokens = tokens - 1
      where portal_id = p_portal and bucket in (select x->>'name' from jsonb_array_elements(p_buckets) as x);
  end if;
  return ceil(v_wait);
end $$;

revoke all on function spend_budgets(bigint, timestamptz, jsonb) from public;
grant execute on function spend_budgets(bigint, timestamptz, jsonb) to flowella_app;
