-- Identity checks at a vendor that the customer chose. Keys and webhook secrets are sealed with the portal's data key; the service's id
-- is the last part of the address that the vendor calls.
create table identity_services (
  portal_id             bigint not null references portals,
  service_id            text not null,
  vendor                text not null check (vendor in ('onfido', 'persona', 'veriff', 'stripe')),
  name                  text not null,
  region                text,               -- Onfido: eu, us or ca; Veriff: another address of its API; else null
  api_key_sealed        bytea not null,
  webhook_secret_sealed bytea,              -- null until the customer has made the webhook at the vendor
  link_template         jsonb,              -- {name, language} of an approved template whose body takes the link
  created_at            timestamptz not null,
  updated_at            timestamptz not null,
  primary key (portal_id, service_id)
);
create unique index identity_services_id on identity_services (service_id);

-- One check of one submission. What it compares with the vendor's findings is kept as keyed hashes and only until it is over.
create table identity_checks (
  portal_id             bigint not null references portals,
  check_id              text not null,
  submission_id         text not null,
  service_id            text not null,
  vendor                text not null,
  state                 text not null default 'requested' check (state in
                          ('requested', 'link_sent', 'in_progress', 'needs_review', 'approved', 'declined', 'expired', 'cancelled')),
  state_at              timestamptz not null,
  vendor_status         text,               -- the vendor's own word for it, as it was last read
  later_status          text,               -- what the vendor said after a final result; it changes nothing and is shown
  vendor_reference      text,
  parts                 jsonb not null default '{}',   -- ids of what had to be made first, such as Onfido's applicant
  link_sealed           bytea,
  expected_sealed       bytea,
  reasons               jsonb not null default '[]',
  mismatches            jsonb not null default '[]',
  message_state         text check (message_state in
                          ('sending', 'accepted', 'unknown', 'sent', 'delivered', 'read', 'failed', 'by_rep')),
  message_code          text,
  message_at            timestamptz,
  note_pending          text,               -- the state whose note may have been written, and the one whose note was
  note_written          text,
  looks                 integer not null default 0,
  look_at               timestamptz,        -- when we ask the vendor by ourselves; null when it is over
  created_at            timestamptz not null,
  updated_at            timestamptz not null,
  primary key (portal_id, check_id),
  unique (portal_id, submission_id),
  foreign key (portal_id, submission_id) references submissions
);
create unique index identity_checks_reference on identity_checks (portal_id, service_id, vendor_reference)
  where vendor_reference is not null;
create index identity_checks_look on identity_checks (look_at) where look_at is not null;

-- Calls of vendors that were taken: the same one again does nothing.
create table identity_events (
  portal_id             bigint not null references portals,
  service_id            text not null,
  event_key             bytea not null,
  kind                  text not null,
  received_at           timestamptz not null,
  primary key (portal_id, service_id, event_key)
);

do $$
declare t text;
begin
  foreach t in array array['identity_services', 'identity_checks', 'identity_events'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format(
      'create policy portal_only on %I to flowella_app using (portal_id = nullif(current_setting(''app.portal_id'', true), '''')::bigint) with check (portal_id = nullif(current_setting(''app.portal_id'', true), '''')::bigint)', t);
    execute format('create policy system_reads on %I for select to flowella_system using (true)', t);
    execute format('grant select on %I to flowella_system', t);
    execute format('grant select, insert, update, delete on %I to flowella_app', t);
  end loop;
end $$;

-- Something new was said while a worker was at it: it is due again as soon as that worker has written its outcome.
alter table deliveries add column asked_again boolean not null default false;

create function portal_of_identity_service(p_service_id text) returns bigint
  language sql stable security definer set search_path = flowella, pg_temp
  as $$ select portal_id from identity_services where service_id = p_service_id $$;
create function portals_with_due_identity_checks(p_now timestamptz) returns setof bigint
  language sql stable security definer set search_path = flowella, pg_temp
  as $$ select distinct portal_id from identity_checks where look_at <= p_now $$;
create function portals_with_identity_events(p_before timestamptz) returns setof bigint
  language sql stable security definer set search_path = flowella, pg_temp
  as $$ select distinct portal_id from identity_events where received_at < p_before $$;
alter function portal_of_identity_service(text) owner to flowella_system;
alter function portals_with_due_identity_checks(timestamptz) owner to flowella_system;
alter function portals_with_identity_events(timestamptz) owner to flowella_system;
revoke all on function portal_of_identity_service(text), portals_with_due_identity_checks(timestamptz),
  portals_with_identity_events(timestamptz) from public;
grant execute on function portal_of_identity_service(text), portals_with_due_identity_checks(timestamptz),
  portals_with_identity_events(timestamptz) to flowella_app;
