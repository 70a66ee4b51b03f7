-- When each screen of a submission was sent, in the order of its path. Which screens a person came by tells what they answered: sealed
-- under the key of the answers. Null where nobody can know, as in a light flow, and for what was accepted before.
alter table submissions
  add column screens_sealed bytea,
  add constraint submissions_screens_go_with_answers check (screens_sealed is null or answers_key_wrapped is not null);

create or replace function accept_submission(
  p_portal bigint, p_send text, p_person text, p_contact bigint, p_submission jsonb, p_answers bytea, p_key bytea, p_hash bytea,
  p_deliveries jsonb
) returns boolean
language plpgsql set search_path = flowella, pg_temp as $$
declare
  v_id text := p_submission ->> 'submission_id';
  v_now timestamptz := (p_submission ->> 'accepted_at')::timestamptz;
begin
  insert into submissions (portal_id, submission_id, send_id, flow_id, version_id, form_id, form_revision, contact_id, person_id,
                           accepted_from, answers_sealed, answers_key_wrapped, answers_hash, question_count, locale, opened_at,
                           screens_sealed, finished_at, accepted_at, destinations)
  select p_portal, v_id, p_send, s.flow_id, s.version_id, s.form_id, s.form_revision, p_contact, p_person, s.accepted_from, p_answers,
         p_key, p_hash, s.question_count, s.locale, s.opened_at, decode(s.screens_sealed, 'base64'), s.finished_at, v_now,
         array(select d ->> 'destination' from jsonb_array_elements(p_deliveries) with ordinality as x(d, place) order by place)
  from jsonb_to_record(p_submission) as s(flow_id text, version_id text, form_id text, form_revision text, accepted_from text,
                                          question_count integer, locale text, opened_at timestamptz, screens_sealed text,
                                          finished_at timestamptz)
  on conflict (portal_id, send_id) do nothing;
  if not found then return false; end if;

  insert into deliveries (portal_id, delivery_id, submission_id, person_id, contact_id, lane, destination, depends_on, state, due_at,
                          created_at, updated_at)
  select p_portal, d ->> 'delivery_id', v_id, p_person, p_contact, (p_submission ->> 'lane')::smallint, d ->> 'destination',
         d ->> 'depends_on', 'waiting', v_now, v_now, v_now
  from jsonb_array_elements(p_deliveries) with ordinality as x(d, place) order by place;

  -- Partial answers die with the session; the send stops being open.
  update sessions set finished_at = v_now, state_sealed = null, last_seen_at = v_now where portal_id = p_portal and send_id = p_send;
  update sends set open = false, closed_reason = 'finished', prefill_sealed = null where portal_id = p_portal and send_id = p_send;
  return true;
end $$;
