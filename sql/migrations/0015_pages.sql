-- What the pages of the Airflow UI need: a plan whose staging is gone is still shown, with what is known of it.

-- As staging.see_run, but there is nothing to see: the same temporary views, on the empty templates.
create function staging.see_nothing() returns void
language plpgsql
as $$
declare
    kind text;
begin
    foreach kind in array staging.kinds() loop
        execute format(
            'create or replace temporary view %I as select * from staging.%I',
            case when kind like 'resolved%' then kind else 'staged_' || kind end, kind
        );
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
