-- What needs somebody: one row per kind and subject from its opening to its mending. Subjects are ids of ours and names of
-- destinations, details are figures: nothing of a person is here.
create table alerts (
  portal_id            bigint not null references portals,
  alert_id             text not null,
  kind                 text not null,
  subject              text not null,
  amount               bigint not null default 0,
  figure               double precision,
  opened_at            timestamptz not null,
  last_seen_at         timestamptz not null,
  latest_at            timestamptz,          -- when the newest thing happened that it counts
  noticed_at           timestamptz not null, -- of the last notice: opened or reminded
  reminders            integer not null default 0,
  quiet_at             timestamptz,          -- somebody has seen it: no reminder until more of it happens
  mended_at            timestamptz,
  task_id              text,                 -- HubSpot's
  primary key (portal_id, alert_id)
);
create unique index alerts_open on alerts (portal_id, kind, subject) where mended_at is null;
create index alerts_mended on alerts (portal_id, kind, subject, mended_at) where mended_at is not null;

-- What is told of an alert, to whom, and what became of it: written in the transaction that changes the alert.
create table alert_notices (
  portal_id            bigint not null references portals,
  notice_id            text not null,
  alert_id             text not null,
  seq                  bigint generated always as identity,
  event                text not null check (event in ('opened', 'reminded', 'mended')),
  way                  text not null check (way in ('webhook', 'task')),
  state                text not null default 'waiting' check (state in ('waiting', 'sent', 'given_up')),
  due_at               timestamptz not null,
  attempt              integer not null default 0,
  maybe_done           boolean not null default false,  -- an attempt whose outcome is not known
  reason_code          text,
  created_at           timestamptz not null,
  settled_at           timestamptz,
  primary key (portal_id, notice_id),
  foreign key (portal_id, alert_id) references alerts on delete cascade
);
create index alert_notices_due on alert_notices (portal_id, due_at) where state = 'waiting';
create index alert_notices_alert on alert_notices (portal_id, alert_id, way, seq);

do $$
declare t text;
begin
  foreach t in array array['alerts', 'alert_notices'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format(
      'create policy portal_only on %I to flowella_app using (portal_id = nullif(current_setting(''app.portal_id'', true), '''')::bigint) with check (portal_id = nullif(current_setting(''app.portal_id'', true), '''')::bigint)', t);
    execute format('create policy system_reads on %I for select to flowella_system using (true)', t);
    execute format('grant select on %I to flowella_system', t);
    execute format('grant select, insert, update, delete on %I to flowella_app', t);
  end loop;
end $$;

-- Dead letters are counted every minute; the others are found by the indexes of the delivery engine.
create index deliveries_dead on deliveries (portal_id, destination, updated_at) where state = 'dead';

-- Everything that is wrong now and can be read from the tables, by portal. A portal that was erased has nobody to tell.
create function alert_conditions(p_now timestamptz) returns table (
  portal_id bigint, kind text, subject text, amount bigint, figure double precision, latest timestamp with time zone)
  language sql stable security definer set search_path = flowella, pg_temp
  as $$
    with found as (
      select d.portal_id, 'deliveries_dead' as kind, d.destination as subject, count(*) as amount, null::double precision as figure,
             max(d.updated_at) as latest
      from deliveries d where d.state = 'dead' and d.updated_at > p_now - interval '30 days' group by 1, 3
      union all
      -- What waits for a dead or held one is that one's; what is delivered again is late an hour after it was asked for. The two states
      -- are read apart: each has an index of its own.
      select d.portal_id, 'deliveries_late', d.destination, count(*), null, max(d.created_at)
      from (select portal_id, destination, created_at, lane, tried_since, updated_at, reason_code from deliveries where state = 'waiting'
            union all
            select portal_id, destination, created_at, lane, tried_since, updated_at, reason_code from deliveries where state = 'delivering') d
      where d.reason_code is distinct from 'blocked'
        and case when d.lane = 0 then d.created_at else coalesce(d.tried_since, d.updated_at) end < p_now - interval '1 hour'
      group by 1, 3
      union all
      select h.portal_id, 'destination_paused', h.destination, h.failures, null, h.paused_at
      from destination_health h where h.paused_at is not null
      union all
      select w.portal_id, 'webhook_gone', w.webhook_id, 1, null, w.state_at
      from webhooks w where w.state = 'off' and w.state_code = 'gone'
      union all
      select p.portal_id, 'hubspot_disconnected', 'hubspot', 1, null, p.updated_at
      from portals p where p.state = 'disconnected' and exists (select from flows f where f.portal_id = p.portal_id and f.state in ('published', 'paused'))
      union all
      select a.portal_id, case when a.token_state = 'invalid' then 'meta_token_invalid' else 'account_broken' end, a.account_id, 1, null, null
      from wa_accounts a where a.token_state = 'invalid' and a.state <> 'disconnected' or a.state = 'broken'
      union all
      select a.portal_id, 'meta_token_expiring', a.account_id, 1,
             extract(epoch from (a.token_expires_at - p_now)) / 86400, null
      from wa_accounts a where a.state <> 'disconnected' and a.token_state is distinct from 'invalid'
        and a.token_expires_at > p_now and a.token_expires_at < p_now + interval '14 days'
      union all
      select n.portal_id, 'number_key_mismatch', n.account_id, count(*), null, max(n.key_checked_at)
      from wa_numbers n where n.key_status = 'MISMATCH' group by 1, 3
      union all
      select f.portal_id, 'flow_' || f.state_reason, f.flow_id,
             (select count(*) from sends s where s.portal_id = f.portal_id and s.flow_id = f.flow_id and s.state = 'queued'
                and s.waits_for is not null and s.open), null, f.meta_status_at
      from flows f where f.state = 'paused' and f.state_reason in ('throttled', 'blocked')
      union all
      -- Meta does not repeat itself: an alarm whose end we were not told of is taken for over after a day.
      select e.portal_id, 'meta_' || lower(e.event), f.flow_id, 1,
             coalesce(e.detail ->> 'p90_latency', e.detail ->> 'error_rate', e.detail ->> 'availability')::double precision, e.received_at
      from (select distinct on (portal_id, meta_flow_id, event) * from flow_events
            where event in ('CLIENT_ERROR_RATE', 'ENDPOINT_ERROR_RATE', 'ENDPOINT_LATENCY', 'ENDPOINT_AVAILABILITY')
              and received_at > p_now - interval '1 day'
            order by portal_id, meta_flow_id, event, received_at desc, event_id desc) e
      join flows f on f.portal_id = e.portal_id and f.meta_flow_id = e.meta_flow_id
      where e.alert_state = 'ACTIVATED' and f.state in ('published', 'paused')
      union all
      select f.portal_id, 'flow_version_expiring', f.flow_id, 1, null, max(e.received_at)
      from flow_events e join flows f on f.portal_id = e.portal_id and f.meta_flow_id = e.meta_flow_id
      left join flow_versions v on v.portal_id = f.portal_id and v.version_id = f.live_version_id
      where e.event = 'FLOW_VERSION_EXPIRY_WARNING' and f.state in ('published', 'paused')
        and e.received_at > coalesce(v.published_at, '-infinity'::timestamptz)
      group by 1, 3
    )
    select f.portal_id, f.kind, f.subject, f.amount::bigint, f.figure, f.latest
    from found f join portals p on p.portal_id = f.portal_id where p.state <> 'erased' and p.data_key_wrapped is not null $$;

create function portals_with_open_alerts() returns setof bigint
  language sql stable security definer set search_path = flowella, pg_temp
  as $$ select distinct portal_id from alerts where mended_at is null $$;

create function portals_with_due_notices(p_now timestamptz) returns setof bigint
  language sql stable security definer set search_path = flowella, pg_temp
  as $$ select distinct n.portal_id from alert_notices n join portals p on p.portal_id = n.portal_id
        where n.state = 'waiting' and n.due_at <= p_now and p.state <> 'erased' $$;

create function open_alerts() returns table (kind text, amount bigint)
  language sql stable security definer set search_path = flowella, pg_temp
  as $$ select kind, count(*) from alerts where mended_at is null group by kind $$;

do $$
declare f text;
begin
  foreach f in array array['alert_conditions(timestamptz)', 'portals_with_open_alerts()', 'portals_with_due_notices(timestamptz)', 'open_alerts()'] loop
    execute format('alter function %s owner to flowella_system', f);
    execute format('revoke all on function %s from public', f);
    execute format('grant execute on function %s to flowella_app', f);
  end loop;
end $$;
