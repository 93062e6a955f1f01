-- Who decided, who looked, what left and what became of a score is only ever added to, whoever is signed in.

create function runs.refuse_change() returns trigger
language plpgsql
as $$ begin raise exception '%.% is append-only', tg_table_schema, tg_table_name using errcode = '42501'; end $$;

drop trigger append_only on gradebook.ledger; -- which let truncate pass
drop function gradebook.refuse_change();

create trigger append_only before update or delete or truncate on gradebook.ledger
for each statement execute function runs.refuse_change();
create trigger append_only before update or delete or truncate on runs.decisions
for each statement execute function runs.refuse_change();
create trigger append_only before update or delete or truncate on runs.audit_log
for each statement execute function runs.refuse_change();
create trigger append_only before update or delete or truncate on runs.disclosures
for each statement execute function runs.refuse_change();
