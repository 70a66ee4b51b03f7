-- The stamps of many accounts in one statement: a process with thousands of them asked for each one every 15 s. The function of before
-- stays for processes of the version before.
create function stamps_of_accounts(p_account_ids text[], p_now timestamptz) returns table (account_id text, stamp text)
  language sql stable security definer set search_path = flowella, pg_temp
  as $$
    select s.account_id, s.stamp
    from (select i as account_id, stamp_of_account(i, p_now) as stamp from unnest(p_account_ids) i) s where s.stamp is not null
  $$;
alter function stamps_of_accounts(text[], timestamptz) owner to flowella_system;
revoke all on function stamps_of_accounts(text[], timestamptz) from public;
grant execute on function stamps_of_accounts(text[], timestamptz) to flowella_app;
