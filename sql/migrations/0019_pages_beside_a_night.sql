-- A page may look at a plan while a night is dropping its staging: it waits for that, and then sees what is left.

create or replace function staging.see_resolved(run_id bigint, source_n integer) returns void
language plpgsql
as $$
declare
    kind text;
    named text;
begin
    foreach kind in array staging.kinds() loop
        continue when kind not like 'resolved%';
        named := staging.table_name(kind, run_id, source_n);
        if to_regclass('staging.' || named) is null then
            named := kind;
        end if;
        begin
            execute format('create or replace temporary view %I as select * from staging.%I', kind, named);
        exception when undefined_table then -- it was there before the wait for its lock
            execute format('create or replace temporary view %I as select * from staging.%I', kind, kind);
        end;
    end loop;
end
$$;
