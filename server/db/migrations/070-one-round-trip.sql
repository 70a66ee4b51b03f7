-- One round trip for an exchange: a process answers from the session it keeps in memory, and the statement that saves the next one
-- refuses when that memory is not what the database has. `mark` is drawn anew with every save, so that two writers cannot mean
-- different sessions by the same number: after a crash of PostgreSQL that took asynchronous commits along, `seq` counts again.
alter table sessions
  add column mark bigint not null default (1 + floor(random() * 4503599627370496))::bigint,
  -- Room for the next state in the same page: no index has to be touched.
  set (fillfactor = 70);

-- As before, for processes that are older than this migration: what they write has a mark of its own too.
create or replace function save_session(
  p_portal bigint, p_send text, p_session_id text, p_version text, p_seq integer, p_state bytea, p_screen text,
  p_number integer, p_count integer, p_opened timestamptz, p_now timestamptz, p_expires timestamptz
) returns boolean
language plpgsql set search_path = flowella, pg_temp as $$
begin
  perform set_config('app.portal_id', p_portal::text, true);
  perform set_config('synchronous_commit', 'off', true);
  if p_seq = 0 then
    insert into sessions (portal_id, send_id, session_id, version_id, seq, state_sealed, current_screen, screen_number,
                          screen_count, opened_at, last_seen_at, expires_at)
    values (p_portal, p_send, p_session_id, p_version, 1, p_state, p_screen, p_number, p_count, p_opened, p_now, p_expires)
    on conflict do nothing;
  else
    update sessions
    set seq = p_seq + 1, version_id = p_version, state_sealed = p_state, current_screen = p_screen, screen_number = p_number,
        screen_count = p_count, last_seen_at = p_now, mark = (1 + floor(random() * 4503599627370496))::bigint
    where portal_id = p_portal and send_id = p_send and seq = p_seq and finished_at is null;
  end if;
  return found;
end $$;

-- A run as the database has it. `mark` is 0 while there is no session; `readable` is false once the account is erased.
create function read_run(p_portal bigint, p_send text)
returns table (
  flow_id text, version_id text, person_id text, contact_id bigint, open boolean, closed_reason text, prefill_sealed bytea,
  session_id text, mark bigint, state_sealed bytea, opened_at timestamptz, submission_id text, identity_sealed bytea,
  readable boolean
)
language plpgsql set search_path = flowella, pg_temp as $$
begin
  perform set_config('app.portal_id', p_portal::text, true);
  return query
    select s.flow_id, s.version_id, s.person_id, s.contact_id, s.open, s.closed_reason, s.prefill_sealed,
           n.session_id, coalesce(n.mark, 0), n.state_sealed, n.opened_at, b.submission_id, p.identity_sealed,
           o.data_key_wrapped is not null
    from sends s
    join portals o on o.portal_id = s.portal_id
    left join sessions n on n.portal_id = s.portal_id and n.send_id = s.send_id
    left join persons p on p.portal_id = s.portal_id and p.person_id = s.person_id
    left join submissions b on b.portal_id = s.portal_id and b.send_id = s.send_id
    where s.portal_id = p_portal and s.send_id = p_send;
end $$;

-- Saves one session when the database has what the caller built it on: `p_known` are the marks of the session it answered from and of
-- those that one came from, 0 for "there was none". An older one of them is what a crash left over of asynchronous commits, and is
-- made up for here. False in every other case: somebody else was faster, or the send was closed, the person or the account erased.
-- The commit is asynchronous: what a crash of PostgreSQL costs, the process that answered still knows.
create function keep_session(
  p_portal bigint, p_send text, p_session_id text, p_version text, p_known bigint[], p_mark bigint, p_state bytea,
  p_screen text, p_number integer, p_count integer, p_opened timestamptz, p_now timestamptz, p_expires timestamptz
) returns boolean
language plpgsql set search_path = flowella, pg_temp as $$
begin
  perform set_config('app.portal_id', p_portal::text, true);
  perform set_config('synchronous_commit', 'off', true);
  update sessions n
  set seq = n.seq + 1, mark = p_mark, version_id = p_version, state_sealed = p_state, current_screen = p_screen,
      screen_number = p_number, screen_count = p_count, last_seen_at = p_now
  where n.portal_id = p_portal and n.send_id = p_send and n.mark = any (p_known) and n.finished_at is null
    and exists (select 1 from sends s join portals o on o.portal_id = s.portal_id
                where s.portal_id = p_portal and s.send_id = p_send and s.open and o.data_key_wrapped is not null);
  if found then return true; end if;
  if 0 <> all (p_known) then return false; end if;
  -- Locked against an erasure that has looked for sessions already and found none.
  perform 1 from sends s join portals o on o.portal_id = s.portal_id
  where s.portal_id = p_portal and s.send_id = p_send and s.open and o.data_key_wrapped is not null
  for share of s;
  if not found then return false; end if;
  insert into sessions (portal_id, send_id, session_id, version_id, seq, mark, state_sealed, current_screen, screen_number,
                        screen_count, opened_at, last_seen_at, expires_at)
  values (p_portal, p_send, p_session_id, p_version, 1, p_mark, p_state, p_screen, p_number, p_count, p_opened, p_now, p_expires)
  on conflict do nothing;
  return found;
end $$;

-- Saves the sessions that came in while others were under way in one round trip, each with its own account set and on its own terms;
-- the answers stand in the order of the items. `p_states` are the sealed sessions one after the other. A row that somebody else holds
-- for longer than `p_wait_ms` makes the whole batch fail (55P03), so that one run does not keep all the others waiting.
create function keep_sessions(p_items jsonb, p_states bytea, p_wait_ms integer) returns boolean[]
language plpgsql set search_path = flowella, pg_temp as $$
declare
  item jsonb;
  from_byte integer := 1;
  saved boolean[] := '{}';
begin
  perform set_config('lock_timeout', p_wait_ms::text, true);
  for item in select value from jsonb_array_elements(p_items)
  loop
    saved := saved || keep_session(
      (item ->> 0)::bigint, item ->> 1, item ->> 2, item ->> 3, (item ->> 4)::bigint[], (item ->> 5)::bigint,
      substring(p_states from from_byte for (item ->> 6)::integer), item ->> 7, (item ->> 8)::integer, (item ->> 9)::integer,
      (item ->> 10)::timestamptz, (item ->> 11)::timestamptz, (item ->> 12)::timestamptz);
    from_byte := from_byte + (item ->> 6)::integer;
  end loop;
  return saved;
end $$;

-- What an acceptance rests on, locked until it is committed: the send against closing and erasing, the session against a save.
create function hold_run(p_portal bigint, p_send text)
returns table (open boolean, person_id text, contact_id bigint, mark bigint, accepted boolean, readable boolean)
language plpgsql set search_path = flowella, pg_temp as $$
begin
  perform set_config('app.portal_id', p_portal::text, true);
  perform 1 from sends s where s.portal_id = p_portal and s.send_id = p_send for no key update;
  perform 1 from sessions n where n.portal_id = p_portal and n.send_id = p_send for no key update;
  return query
    select s.open, s.person_id, s.contact_id, coalesce(n.mark, 0),
           exists (select 1 from submissions b where b.portal_id = s.portal_id and b.send_id = s.send_id),
           o.data_key_wrapped is not null
    from sends s
    join portals o on o.portal_id = s.portal_id
    left join sessions n on n.portal_id = s.portal_id and n.send_id = s.send_id
    where s.portal_id = p_portal and s.send_id = p_send;
end $$;

revoke all on function read_run, keep_session, keep_sessions, hold_run from public;
grant execute on function read_run, keep_session, keep_sessions, hold_run to flowella_app;
