-- What the pages of the Airflow UI need: a plan whose staging is gone is still shown, with what is known of it.

-- Temporary views resolved_<entity> on what a run resolved, as staging.see_run makes them; empty ones once that is gone.
create function staging.see_resolved(run_id bigint, source_n integer) returns void
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
        execute format('create or replace temporary view %I as select * from staging.%I', kind, named);
    end loop;
end
$$;

-- Pages lead from a DAG run of Airflow to the run that it performed.
create index runs_by_dag_run on runs.runs (district_id, (request ->> 'dag_run'));
create index audit_log_by_time on runs.audit_log (district_id, at);

-- The last complete self-check of each district: a page asks no vendor, it tells what was found.
create table runs.checks (
    district_id text primary key,
    version text not null,
    facts jsonb not null,
    at timestamptz not null default clock_timestamp()
);
comment on column runs.checks.version is 'Of the settings that were checked.';
