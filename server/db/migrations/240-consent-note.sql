-- Where and how a person said it, in the words of the rep who recorded it: personal, so sealed.
alter table consents add column note_sealed bytea;
