-- When a portal left and when it was erased: a portal that left is erased by itself after a while.
alter table portals add column disconnected_at timestamptz, add column erased_at timestamptz;
update portals set disconnected_at = updated_at where state = 'disconnected';

-- Deletes every row of one portal but its own and its audit log, whatever tables there are: one that a later version adds is found
-- by its column. Runs as the caller, under row-level security. Answers how many rows went, by table.
create function erase_portal_rows(p_portal bigint) returns jsonb
language plpgsql set search_path = flowella, pg_temp as $$
declare
  v_tables text[];
  v_left text[];
  v_table text;
  v_count bigint;
  v_counts jsonb := '{}';
begin
  perform set_config('app.portal_id', p_portal::text, true);
  select array_agg(c.relname order by c.relname) into v_tables
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'flowella'
  join pg_attribute a on a.attrelid = c.oid and a.attname = 'portal_id' and not a.attisdropped
  where c.relkind in ('r', 'p') and not c.relispartition and c.relname not in ('portals', 'audit_log');
  -- What is referred to goes after what refers to it: each round takes the tables that nothing refers to any more.
  while cardinality(v_tables) > 0 loop
    v_left := '{}';
    foreach v_table in array v_tables loop
      begin
        execute format('delete from %I where portal_id = $1', v_table) using p_portal;
        get diagnostics v_count = row_count;
        if v_count > 0 then
          v_counts := v_counts || jsonb_build_object(v_table, v_count);
        end if;
      exception when foreign_key_violation then
        v_left := v_left || v_table;
      end;
    end loop;
    if cardinality(v_left) = cardinality(v_tables) then
      raise exception 'these tables refer to each other: %', v_left;
    end if;
    v_tables := v_left;
  end loop;
  return v_counts;
end $$;
revoke all on function erase_portal_rows(bigint) from public;
grant execute on function erase_portal_rows(bigint) to flowella_app;

-- Portals that left before the given time, and those erased a moment ago: what a request under way wrote meanwhile goes too.
create function portals_to_erase(p_left_before timestamptz, p_erased_after timestamptz) returns setof bigint
  language sql stable security definer set search_path = flowella, pg_temp
  as $$ select portal_id from portals
        where (state = 'disconnected' and disconnected_at <= p_left_before) or (state = 'erased' and erased_at >= p_erased_after) $$;
alter function portals_to_erase(timestamptz, timestamptz) owner to flowella_system;
revoke all on function portals_to_erase(timestamptz, timestamptz) from public;
grant execute on function portals_to_erase(timestamptz, timestamptz) to flowella_app;
