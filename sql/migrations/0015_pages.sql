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

-- A reviewed plan in counts, so that nobody has to count a first night's changes again for every page.
create table work.plan_counts (
    district_id text not null,
    run_id bigint not null,
    source_n smallint not null,
    entity text not null,
    action text not null,
    school_id uuid,
    changes bigint not null,
    held bigint not null
);
create index plan_counts_by_run on work.plan_counts (district_id, run_id);

-- Grain: one row per source, entity, action and school of a plan. Plans that nobody reviews, such as an approval's, are
-- counted as they stand.
create function work.counted(district text, run bigint)
returns table (source_n smallint, entity text, action text, school_id uuid, changes bigint, held bigint)
language sql stable
as $$
    select p.source_n, p.entity, p.action, p.school_id, p.changes, p.held from work.plan_counts as p
    where p.district_id = district and p.run_id = run
    union all
    select c.source_n, c.entity, c.action, c.school_id, count(*), count(*) filter (where c.held)
    from work.changes as c
    where
        c.district_id = district and c.run_id = run
        and not exists (select from work.plan_counts as p where p.district_id = district and p.run_id = run)
    group by c.source_n, c.entity, c.action, c.school_id
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
