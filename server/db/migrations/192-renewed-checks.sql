-- A check that expired before the person used it may be begun anew for the same submission: another row, with a session of its own at the
-- vendor. The newest attempt is the check; older ones stay as they ended.
alter table identity_checks
  add column attempt integer not null default 1,
  add column link_at timestamptz;             -- since when there is a link; some vendors end it by themselves
update identity_checks set link_at = created_at where vendor_reference is not null;
alter table identity_checks drop constraint identity_checks_portal_id_submission_id_key;
alter table identity_checks add unique (portal_id, submission_id, attempt);
