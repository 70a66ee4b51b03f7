-- Who answers confirms who they are before a flow shows anything. One row per send of such a flow: the keyed hash of the contact's
-- surname, the address that codes go to, sealed, and the newest code as a keyed hash. Codes themselves are nowhere.
create table confirmations (
  portal_id            bigint not null,
  send_id              text not null,
  recipient            text not null,       -- as sends.recipient_key: whose codes are counted together
  surname_hash         bytea not null,      -- random where the contact has none: nothing fits, and nobody can tell
  email_sealed         bytea not null,      -- {email: address or null}
  tries                integer not null default 0 check (tries between 0 and 5),
  code_id              text,
  code_hash            bytea,
  code_expires_at      timestamptz,
  confirmed_at         timestamptz,
  created_at           timestamptz not null,
  primary key (portal_id, send_id),
  foreign key (portal_id, send_id) references sends
);

-- That a code was made, when and what became of its sending: what the limits count. Never the code.
create table confirmation_codes (
  portal_id            bigint not null,
  code_id              text not null,
  send_id              text not null,
  recipient            text not null,
  channel              text not null check (channel in ('email', 'agent')),
  issued_at            timestamptz not null,
  outcome              text check (outcome in ('sent', 'failed', 'no-address')),
  reason_code          text,
  primary key (portal_id, code_id),
  foreign key (portal_id, send_id) references sends
);
create index confirmation_codes_recipient on confirmation_codes (portal_id, recipient, issued_at);
create index confirmation_codes_send on confirmation_codes (portal_id, send_id, issued_at);

do $$
declare t text;
begin
  foreach t in array array['confirmations', 'confirmation_codes'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format(
      'create policy portal_only on %I to flowella_app using (portal_id = nullif(current_setting(''app.portal_id'', true), '''')::bigint) with check (portal_id = nullif(current_setting(''app.portal_id'', true), '''')::bigint)', t);
    execute format('create policy system_reads on %I for select to flowella_system using (true)', t);
    execute format('grant select on %I to flowella_system', t);
    execute format('grant select, insert, update, delete on %I to flowella_app', t);
  end loop;
end $$;
