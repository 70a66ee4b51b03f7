-- What an endpoint keeps of an account is read again only when this has changed: the portal, and a digest of everything that decides
-- who may sign and which keys open. Null for an account that is not connected or whose portal was erased.
create function stamp_of_account(p_account_id text, p_now timestamptz) returns text
  language sql stable security definer set search_path = flowella, pg_temp
  as $$
    select a.portal_id || ':' || md5(concat_ws('|', md5(a.app_secret_sealed), md5(coalesce(a.app_secret_old_sealed, '')),
      coalesce(a.app_secret_old_until > p_now, false),
      (select string_agg(k.key_id || ':' || k.state, ',' order by k.key_id) from flow_keys k
       where k.portal_id = a.portal_id and k.account_id = a.account_id and k.state <> 'retired')))
    from wa_accounts a join portals p on p.portal_id = a.portal_id
    where a.account_id = p_account_id and a.state <> 'disconnected' and p.data_key_wrapped is not null
  $$;
alter function stamp_of_account(text, timestamptz) owner to flowella_system;
revoke all on function stamp_of_account(text, timestamptz) from public;
grant execute on function stamp_of_account(text, timestamptz) to flowella_app;

create index flow_keys_account on flow_keys (portal_id, account_id);
