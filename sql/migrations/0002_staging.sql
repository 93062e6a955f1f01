-- One set of unlogged tables per run and source: loaded in bulk, read by one run, dropped whole. A run's session sees
-- its own set through temporary views, so the statements in sql/ never name a run.

create table staging.schools (
    n integer not null,
    source_id text not null,
    name text
);
create table staging.terms (
    n integer not null,
    source_id text not null,
    title text not null,
    begin_date date,
    end_date date
);
create table staging.courses (
    n integer not null,
    source_id text not null,
    title text not null,
    code text,
    school_n integer
);
create table staging.classes (
    n integer not null,
    source_id text not null,
    title text not null,
    period text,
    school_n integer,
    course_n integer,
    term_ns integer[] not null
);
create table staging.users (
    n integer not null,
    source_id text not null,
    identifier text,
    role text not null,
    given_name text,
    family_name text,
    email text,
    grade text,
    school_ns integer[] not null
);
create table staging.enrollments (
    class_n integer not null,
    user_n integer not null,
    role text not null,
    is_primary boolean not null,
    begin_date date,
    end_date date,
    line integer not null
);
-- Delivered but quarantined: never archived for being absent. In 'enrollments' a null stands for every one.
create table staging.present (
    entity text not null,
    class_source_id text,
    user_source_id text,
    source_id text
);

-- The same entities once identities are resolved: our id, what shall happen (null: nothing) and what the row shall be.
create table staging.resolved_schools (
    n integer not null,
    id uuid not null,
    action text,
    name text
);
create table staging.resolved_terms (
    n integer not null,
    id uuid not null,
    action text,
    title text,
    begin_date date,
    end_date date
);
create table staging.resolved_courses (
    n integer not null,
    id uuid not null,
    action text,
    title text,
    code text,
    school_id uuid
);
create table staging.resolved_classes (
    n integer not null,
    id uuid not null,
    action text,
    title text,
    period text,
    school_id uuid,
    course_id uuid,
    term_ids uuid[] not null
);
create table staging.resolved_users (
    n integer not null,
    id uuid not null,
    action text,
    manages boolean not null,
    identifier text,
    role text,
    given_name text,
    family_name text,
    email text,
    grade text,
    school_ids uuid[] not null
);

create function staging.kinds() returns text[]
language sql immutable
as $$
    select array[
        'schools', 'terms', 'courses', 'classes', 'users', 'enrollments', 'present',
        'resolved_schools', 'resolved_terms', 'resolved_courses', 'resolved_classes', 'resolved_users'
    ]
$$;

create function staging.table_name(kind text, run_id bigint, source_n integer) returns text
language sql immutable
as $$ select kind || '_r' || run_id || '_s' || source_n $$;

create function staging.close_run(run_id bigint, source_n integer) returns void
language plpgsql
as $$
declare
    kind text;
begin
    foreach kind in array staging.kinds() loop
        execute format('drop table if exists staging.%I cascade', staging.table_name(kind, run_id, source_n));
    end loop;
end
$$;

-- Safe to repeat: a step that is tried again starts from empty tables.
create function staging.open_run(run_id bigint, source_n integer) returns void
language plpgsql
as $$
declare
    kind text;
begin
    perform staging.close_run(run_id, source_n);
    foreach kind in array staging.kinds() loop
        execute format('create unlogged table staging.%I (like staging.%I)', staging.table_name(kind, run_id, source_n), kind);
    end loop;
end
$$;

-- Temporary views staged_<entity>, resolved_<entity> on one run's tables, for this session.
-- False when the tables are gone: a newer run of the district was staged since.
create function staging.see_run(run_id bigint, source_n integer) returns boolean
language plpgsql
as $$
declare
    kind text;
    seen text;
begin
    foreach kind in array staging.kinds() loop
        seen := case when kind like 'resolved%' then kind else 'staged_' || kind end;
        execute format(
            'create or replace temporary view %I as select * from staging.%I', seen, staging.table_name(kind, run_id, source_n)
        );
    end loop;
    return true;
exception when undefined_table then
    return false;
end
$$;

create function staging.clear_resolved(run_id bigint, source_n integer) returns void
language plpgsql
as $$
declare
    kind text;
begin
    foreach kind in array staging.kinds() loop
        if kind like 'resolved%' then
            execute format('truncate staging.%I', staging.table_name(kind, run_id, source_n));
        end if;
    end loop;
end
$$;

-- Sizes and rough shapes are all the planner needs of tables that are joined whole: a small sample is enough.
create function staging.analyze_run(run_id bigint, source_n integer, resolved boolean) returns void
language plpgsql set default_statistics_target = 10
as $$
declare
    kind text;
begin
    foreach kind in array staging.kinds() loop
        if (kind like 'resolved%') = resolved then
            execute format('analyze staging.%I', staging.table_name(kind, run_id, source_n));
        end if;
    end loop;
end
$$;

-- The district's staging whose run no longer needs it: ended runs, and all that a killed process left behind.
create function staging.close_runs_before(district text, run bigint) returns void
language plpgsql
as $$
declare
    old record;
begin
    for old in
        select distinct i.run_id, i.source_n from runs.imports as i
        where i.district_id = district and i.run_id < run
            and to_regclass('staging.' || staging.table_name('users', i.run_id, i.source_n)) is not null
    loop
        perform staging.close_run(old.run_id, old.source_n);
    end loop;
end
$$;
