-- Pictures of a form as they were when it was read, by address in base64, and why others are not there. Bounded in size by the reader
-- (server/sources/fetch-pictures.ts); they go with the reading. Readings of before have none.
alter table forms add column pictures jsonb not null default '{}';
