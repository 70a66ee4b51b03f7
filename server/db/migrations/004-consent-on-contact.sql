-- A consent stands on the contact too (flow-rules.md section 7): when it was last written there.
alter table consents add column written_at timestamptz;
