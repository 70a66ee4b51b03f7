-- Rotation of flow keys (flow-rules.md section 6). A pending key opens requests before it is registered anywhere; a retired one
-- opens none again: its private half is gone.
alter table flow_keys drop constraint flow_keys_state_check;
alter table flow_keys add constraint flow_keys_state_check check (state in ('pending', 'active', 'retiring', 'retired'));
alter table flow_keys alter column private_key_sealed drop not null;
update flow_keys set private_key_sealed = null where state = 'retired';
alter table flow_keys add constraint flow_keys_private_half check ((state = 'retired') = (private_key_sealed is null));
alter table flow_keys add column retiring_at timestamptz;
alter table flow_keys add column retired_at timestamptz;
create unique index flow_keys_pending on flow_keys (portal_id, account_id) where state = 'pending';

-- Since when Meta reads the registered key as VALID, and when it is to be looked at again.
alter table wa_numbers add column key_valid_at timestamptz;
alter table wa_numbers add column key_due_at timestamptz;
update wa_numbers set key_valid_at = key_checked_at where key_status = 'VALID';

-- Master keys wrap the data keys of disconnected portals too, and a log outlives its portal.
create function portals_with_data_key() returns setof bigint
  language sql stable security definer set search_path = flowella, pg_temp
  as $$ select portal_id from portals where data_key_wrapped is not null order by portal_id $$;

create function portals_with_audit() returns setof bigint
  language sql stable security definer set search_path = flowella, pg_temp
  as $$ select portal_id from portals order by portal_id $$;

-- Accounts of connected portals whose keys there is something to do for, in no order, so that one that always fails keeps no other waiting.
create function accounts_with_due_keys(p_now timestamptz, p_rotate_before timestamptz, p_limit integer)
  returns table (portal_id bigint, account_id text)
  language sql stable security definer set search_path = flowella, pg_temp
  as $$
    select a.portal_id, a.account_id from wa_accounts a join portals p on p.portal_id = a.portal_id
    where p.state = 'connected' and p.data_key_wrapped is not null and a.state in ('connected', 'broken') and (
      a.app_secret_old_until <= p_now
      or exists (select from wa_numbers n where n.portal_id = a.portal_id and n.account_id = a.account_id
                 and (n.key_due_at is null or n.key_due_at <= p_now))
      or exists (select from flow_keys k where k.portal_id = a.portal_id and k.account_id = a.account_id
                 and (k.state = 'retiring' or (k.state = 'active' and k.created_at <= p_rotate_before)
                      or (k.state = 'pending' and k.created_at <= p_now - interval '1 hour'))))
    order by random() limit p_limit
  $$;

-- One Meta app may serve accounts of several portals; its secret is replaced in all of them.
create function accounts_of_app(p_app_id text) returns table (portal_id bigint, account_id text)
  language sql stable security definer set search_path = flowella, pg_temp
  as $$ select portal_id, account_id from wa_accounts where app_id = p_app_id and state <> 'disconnected' order by 1, 2 $$;

do $$
declare f text;
begin
  foreach f in array array['portals_with_data_key()', 'portals_with_audit()', 'accounts_of_app(text)', 'accounts_with_due_keys(timestamptz, timestamptz, integer)'] loop
    execute format('alter function %s owner to flowella_system', f);
    execute format('revoke all on function %s from public', f);
    execute format('grant execute on function %s to flowella_app', f);
  end loop;
end $$;
