-- A check of an erased person stays as a count: nothing is written to it any more, whoever answers late.
alter table identity_checks add column erased_at timestamptz;
