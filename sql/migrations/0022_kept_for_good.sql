-- Who decided, who looked and what left is only ever added to, whoever is signed in: so the runbook promises.

create function runs.refuse_change() returns trigger
language plpgsql
as $$ begin raise exception 'runs.% is append-only', tg_table_name using errcode = '42501'; end $$;

create trigger append_only before update or delete or truncate on runs.decisions
for each statement execute function runs.refuse_change();
create trigger append_only before update or delete or truncate on runs.audit_log
for each statement execute function runs.refuse_change();
create trigger append_only before update or delete or truncate on runs.disclosures
for each statement execute function runs.refuse_change();
