-- What was read of a contact at HubSpot before its erasure must not be written after it: when each contact was erased, kept for a day.
create table erased_contacts (
  portal_id bigint not null references portals on delete cascade,
  contact_id bigint not null,
  erased_at timestamptz not null,
  primary key (portal_id, contact_id)
);
alter table erased_contacts enable row level security;
alter table erased_contacts force row level security;
create policy portal_only on erased_contacts to flowella_app
  using (portal_id = nullif(current_setting('app.portal_id', true), '')::bigint)
  with check (portal_id = nullif(current_setting('app.portal_id', true), '')::bigint);
grant select, insert, update, delete on erased_contacts to flowella_app;

-- A consent that a rep recorded for a contact nobody ever wrote to hangs on no person: the erasure finds it by the contact.
alter table consents add column contact_id bigint;
create index consents_contact on consents (portal_id, contact_id) where contact_id is not null;
