-- A chosen time that was taken before it was booked: the person is sent other times as a list, and taps one of them. One row for each
-- list; the times are a calendar's and nobody's answer, the one that was tapped is sealed with a key of its own.
create table appointment_offers (
  portal_id             bigint not null references portals,
  offer_id              text not null,      -- the first part of every row's id in the list
  submission_id         text not null,
  number                integer not null,   -- of the lists of one submission
  starts                jsonb not null,     -- what was offered, in order, in UTC
  state                 text not null default 'sending' check (state in ('sending', 'sent', 'unknown', 'failed')),
  error_code            text,
  expires_at            timestamptz not null,
  answers_sealed        bytea,              -- the time that was tapped
  answers_key_wrapped   bytea,
  chosen_at             timestamptz,
  over_at               timestamptz,        -- nobody waits for it any more
  created_at            timestamptz not null,
  updated_at            timestamptz not null,
  primary key (portal_id, offer_id),
  unique (portal_id, submission_id, number),
  foreign key (portal_id, submission_id) references submissions
);
alter table appointment_offers enable row level security;
alter table appointment_offers force row level security;
create policy portal_only on appointment_offers to flowella_app
  using (portal_id = nullif(current_setting('app.portal_id', true), '')::bigint)
  with check (portal_id = nullif(current_setting('app.portal_id', true), '')::bigint);
create policy system_reads on appointment_offers for select to flowella_system using (true);
grant select on appointment_offers to flowella_system;
grant select, insert, update, delete on appointment_offers to flowella_app;

-- What waits for a person's choice is not late: it has a day.
do $$
declare
  v_before text := pg_get_functiondef('alert_conditions(timestamptz)'::regprocedure);
  v_after text := replace(v_before, $q$where d.reason_code is distinct from 'blocked'$q$,
                          $q$where coalesce(d.reason_code, '') not in ('blocked', 'slot_asked')$q$);
begin
  if v_after = v_before then
    raise exception 'alert_conditions is not as it was';
  end if;
  execute v_after;
end $$;
