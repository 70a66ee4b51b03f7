-- Every table of a portal can be emptied when it is erased (120): some were only ever added to.
do $$
declare t text;
begin
  for t in
    select c.relname from pg_class c
    join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'flowella'
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'portal_id' and not a.attisdropped
    where c.relkind in ('r', 'p') and not c.relispartition and c.relname not in ('portals', 'audit_log')
  loop
    execute format('grant delete on flowella.%I to flowella_app', t);
  end loop;
end $$;
