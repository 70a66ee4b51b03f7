-- What our endpoint measured itself, per flow and minute, added up over all processes. `flow_id` is empty for what no flow is known of
-- (pings, refusals). Counts only: nothing of a person is here. Kept for a day.
create table endpoint_measures (
  portal_id            bigint not null references portals,
  account_id           text not null,
  flow_id              text not null,
  minute               timestamptz not null,
  requests             integer not null default 0,
  faults               integer not null default 0,  -- answered with an error of ours, or told as one to the person
  unsigned             integer not null default 0,  -- no known app secret signed it
  unreadable           integer not null default 0,  -- signed, but no key of ours opens it
  unavailable          integer not null default 0,  -- Meta's notices that we did not answer, or not as HTTP asks
  client_errors        integer not null default 0,  -- Meta's other notices
  latency              integer[] not null,          -- requests by duration, see endpoint-meter.ts
  primary key (portal_id, account_id, flow_id, minute)
);
create index endpoint_measures_minute on endpoint_measures (minute);

-- What Meta reported on a flow (whatsapp-flows.md section 10). A shape we do not know is kept sealed.
create table flow_events (
  portal_id            bigint not null references portals,
  event_id             text not null,
  account_id           text not null,
  meta_flow_id         text,
  event                text not null,
  alert_state          text,
  detail               jsonb not null default '{}',
  raw_sealed           bytea,
  received_at          timestamptz not null,
  primary key (portal_id, event_id)
);
create index flow_events_flow on flow_events (portal_id, meta_flow_id, event, received_at desc);

-- Meta's status of a flow as last heard, and when we look again ourselves: a webhook may be missed.
alter table flows add column meta_status text, add column meta_status_at timestamptz, add column meta_check_at timestamptz;

-- A send that Meta does not take at the moment waits in state queued; a process that takes it up says when.
alter table sends add column waits_for text check (waits_for in ('flow')), add column sending_since timestamptz;
create index sends_waiting on sends (portal_id, flow_id, created_at) where state = 'queued' and waits_for is not null;

-- Until when Meta takes the access token; null: for ever, or not known yet.
alter table wa_accounts add column token_expires_at timestamptz, add column token_state text, add column token_due_at timestamptz;

do $$
declare t text;
begin
  foreach t in array array['endpoint_measures', 'flow_events'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format(
      'create policy portal_only on %I to flowella_app using (portal_id = nullif(current_setting(''app.portal_id'', true), '''')::bigint) with check (portal_id = nullif(current_setting(''app.portal_id'', true), '''')::bigint)', t);
    execute format('create policy system_reads on %I for select to flowella_system using (true)', t);
    execute format('grant select on %I to flowella_system', t);
    execute format('grant select, insert, update, delete on %I to flowella_app', t);
  end loop;
end $$;

-- Adds what one process measured to what the others did: one round trip for all portals, each written as itself.
-- p_rows: [{portal_id, account_id, flow_id, minute, requests, faults, unsigned, unreadable, unavailable, client_errors, latency}].
create function add_endpoint_measures(p_rows jsonb) returns integer
language plpgsql set search_path = flowella, pg_temp as $$
declare
  r record;
  v_last bigint;
  v_added integer := 0;
begin
  for r in select * from jsonb_to_recordset(p_rows) as x(portal_id bigint, account_id text, flow_id text, minute timestamptz,
             requests integer, faults integer, unsigned integer, unreadable integer, unavailable integer, client_errors integer,
             latency integer[])
           order by portal_id, account_id, flow_id, minute loop
    perform set_config('app.portal_id', r.portal_id::text, true);
    if v_last is distinct from r.portal_id then
      v_last := r.portal_id;
      delete from endpoint_measures where minute < r.minute - interval '1 day';
    end if;
    insert into endpoint_measures as m (portal_id, account_id, flow_id, minute, requests, faults, unsigned, unreadable, unavailable,
                                        client_errors, latency)
    select r.portal_id, r.account_id, r.flow_id, r.minute, r.requests, r.faults, r.unsigned, r.unreadable, r.unavailable,
           r.client_errors, r.latency
    where exists (select from portals p where p.portal_id = r.portal_id)
    on conflict (portal_id, account_id, flow_id, minute) do update set
      requests = m.requests + excluded.requests, faults = m.faults + excluded.faults, unsigned = m.unsigned + excluded.unsigned,
      unreadable = m.unreadable + excluded.unreadable, unavailable = m.unavailable + excluded.unavailable,
      client_errors = m.client_errors + excluded.client_errors,
      latency = (select array_agg(coalesce(u.a, 0) + coalesce(u.b, 0) order by u.i)
                 from unnest(m.latency, excluded.latency) with ordinality as u(a, b, i));
    v_added := v_added + 1;
  end loop;
  return v_added;
end $$;
revoke all on function add_endpoint_measures(jsonb) from public;
grant execute on function add_endpoint_measures(jsonb) to flowella_app;

-- The measures of every flow over each of these windows, ending now.
create function endpoint_windows(p_now timestamptz, p_minutes integer[]) returns table (
  portal_id bigint, account_id text, flow_id text, minutes integer, requests bigint, faults bigint, unsigned bigint, unreadable bigint,
  unavailable bigint, client_errors bigint, latency bigint[])
  language sql stable security definer set search_path = flowella, pg_temp
  as $$
    select m.portal_id, m.account_id, m.flow_id, w.minutes, sum(m.requests), sum(m.faults), sum(m.unsigned), sum(m.unreadable),
           sum(m.unavailable), sum(m.client_errors),
           array[sum(m.latency[1]), sum(m.latency[2]), sum(m.latency[3]), sum(m.latency[4]), sum(m.latency[5]), sum(m.latency[6]),
                 sum(m.latency[7]), sum(m.latency[8]), sum(m.latency[9]), sum(m.latency[10]), sum(m.latency[11])]
    from unnest(p_minutes) as w(minutes)
    join endpoint_measures m on m.minute > p_now - w.minutes * interval '1 minute' and m.minute <= p_now
    group by 1, 2, 3, 4 $$;

create function portals_with_waiting_sends() returns setof bigint
  language sql stable security definer set search_path = flowella, pg_temp
  as $$ select distinct s.portal_id from sends s join flows f on f.portal_id = s.portal_id and f.flow_id = s.flow_id
        where s.state = 'queued' and s.waits_for is not null and s.open and f.state = 'published' $$;

create function portals_with_flows_to_check(p_now timestamptz) returns setof bigint
  language sql stable security definer set search_path = flowella, pg_temp
  as $$ select distinct f.portal_id from flows f join portals p on p.portal_id = f.portal_id
        where p.state = 'connected' and f.state in ('published', 'paused') and f.live_version_id is not null
          and (f.meta_check_at is null or f.meta_check_at <= p_now) $$;

create function accounts_with_due_tokens(p_now timestamptz, p_limit integer) returns table (portal_id bigint, account_id text)
  language sql stable security definer set search_path = flowella, pg_temp
  as $$ select a.portal_id, a.account_id from wa_accounts a join portals p on p.portal_id = a.portal_id
        where p.state = 'connected' and p.data_key_wrapped is not null and a.state in ('connected', 'broken')
          and (a.token_due_at is null or a.token_due_at <= p_now)
        order by random() limit p_limit $$;

do $$
declare f text;
begin
  foreach f in array array['endpoint_windows(timestamptz, integer[])', 'portals_with_waiting_sends()', 'portals_with_flows_to_check(timestamptz)', 'accounts_with_due_tokens(timestamptz, integer)'] loop
    execute format('alter function %s owner to flowella_system', f);
    execute format('revoke all on function %s from public', f);
    execute format('grant execute on function %s to flowella_app', f);
  end loop;
end $$;
