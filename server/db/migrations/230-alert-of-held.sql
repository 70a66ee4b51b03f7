-- Deliveries that wait for somebody's decision are told of as well: until then they stood on the cards and in the list alone, while
-- "What needs you" said that everything works. Counted every minute. What has an alert of its own, or was switched off on purpose, is
-- not told twice.
create index deliveries_held on deliveries (portal_id, destination) where state = 'held';

do $$
declare
  v_before text := pg_get_functiondef('alert_conditions(timestamptz)'::regprocedure);
  v_after text := regexp_replace(v_before, '(from deliveries d where d\.state = ''dead''[^\n]* group by 1, 3\s+union all)', $q$\1
      select d.portal_id, 'deliveries_held', d.destination, count(*), null, max(d.updated_at)
      from deliveries d
      where d.state = 'held' and coalesce(d.reason_code, '') not in ('destination_paused', 'portal_disconnected', 'webhook_gone', 'webhook_off')
      group by 1, 3
      union all$q$);
begin
  if v_after = v_before then
    raise exception 'alert_conditions is not as it was';
  end if;
  execute v_after;
end $$;
