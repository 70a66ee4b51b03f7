-- What a publication has done so far, so that another process can go on with it after a crash, and the message that goes
-- with a version: a changed message takes effect when it is published, like a changed screen.
alter table flow_versions add column message jsonb;
alter table flow_versions add column progress jsonb not null default '{}';

-- What was sent to Meta beside the body: category, button, header, footer and how the button opens the flow.
alter table templates add column content jsonb not null default '{}';
create index templates_flow on templates (portal_id, flow_id, created_at);
