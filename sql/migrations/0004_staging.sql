-- What a run was delivered, between two of its steps. Each run and source has a set of unlogged tables of its own, made
-- like the tables below: loaded in bulk, read by one run, dropped as a whole. A session sees the set of its run through
-- temporary views, so no statement in sql/ names a run.
--
-- `n` numbers the rows of an entity in one delivery; the other tables refer to a row by it (`school_n`, `term_ns`).

create schema staging;

create table staging.schools (
    n integer not null,
    source_id text not null,
    identifier text,
    name text
);
comment on table staging.schools is 'One row per delivered school.';
comment on column staging.schools.identifier is
'The id that the district issued, here and in the tables below. By it a row is recognised after a change of source.';

create table staging.terms (
    n integer not null,
    source_id text not null,
    identifier text,
    title text not null,
    begin_date date,
    end_date date
);
comment on table staging.terms is 'One row per delivered term.';

create table staging.courses (
    n integer not null,
    source_id text not null,
    identifier text,
    title text not null,
    code text,
    school_n integer
);
comment on table staging.courses is 'One row per delivered course.';

create table staging.classes (
    n integer not null,
    source_id text not null,
    identifier text,
    title text not null,
    period text,
    school_n integer,
    course_n integer,
    term_ns integer[] not null
);
comment on table staging.classes is 'One row per delivered class.';

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
comment on table staging.users is 'One row per delivered person.';

create table staging.enrollments (
    class_n integer not null,
    user_n integer not null,
    role text not null,
    is_primary boolean not null,
    begin_date date,
    end_date date,
    line integer not null
);
comment on table staging.enrollments is 'One row per delivered class, person and role.';

create table staging.present (
    entity text not null,
    class_source_id text,
    user_source_id text,
    source_id text
);
comment on table staging.present is
'One row per thing that a quarantined line names: it was delivered, so it is never archived for being absent.';
comment on column staging.present.class_source_id is 'For an enrollment; null stands for every class. user_source_id likewise.';

create table staging.resolved_schools (
    n integer not null,
    id uuid not null,
    action text,
    name text
);
comment on table staging.resolved_schools is
'One row per delivered school with its identity resolved: our id, the action (null: none) and what the row is to be.';

create table staging.resolved_terms (
    n integer not null,
    id uuid not null,
    action text,
    title text,
    begin_date date,
    end_date date
);
comment on table staging.resolved_terms is 'One row per delivered term with its identity resolved.';

create table staging.resolved_courses (
    n integer not null,
    id uuid not null,
    action text,
    title text,
    code text,
    school_id uuid
);
comment on table staging.resolved_courses is 'One row per delivered course with its identity resolved.';

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
comment on table staging.resolved_classes is 'One row per delivered class with its identity resolved.';

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
comment on table staging.resolved_users is 'One row per delivered person with their identity resolved.';
comment on column staging.resolved_users.manages is 'Whether this source may change the person''s row.';

-- The tables of a run's set, and what one of them is called.
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

-- Make the temporary views staged_<entity> and resolved_<entity> of this session on one run's tables. False when the
-- tables are gone, because a newer run of the district was staged since.
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

-- Make the temporary views resolved_<entity> only, and empty ones where the tables are gone: a page shows a plan without
-- its staging, too. A page may read while a run drops its staging: then it waits for that, and sees what is left.
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
        begin
            execute format('create or replace temporary view %I as select * from staging.%I', kind, named);
        exception when undefined_table then -- it was there before the wait for its lock
            execute format('create or replace temporary view %I as select * from staging.%I', kind, kind);
        end;
    end loop;
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

-- Make the staged rows of a run survive a crash of the server: an approval applies them on a later day.
create function staging.keep_run(run_id bigint, source_n integer) returns void
language plpgsql
as $$
declare
    kind text;
begin
    foreach kind in array staging.kinds() loop
        execute format('alter table staging.%I set logged', staging.table_name(kind, run_id, source_n));
    end loop;
end
$$;

-- Of tables that are joined as a whole the planner needs sizes and rough shapes only: a small sample is enough.
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

-- Drop the district's staging of earlier runs, and all that a killed process left behind. A run that needs approval keeps
-- its rows.
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
            and not exists (
                select from runs.holds as h
                where h.district_id = i.district_id and h.run_id = i.run_id and h.status = 'open'
            )
    loop
        perform staging.close_run(old.run_id, old.source_n);
    end loop;
end
$$;
