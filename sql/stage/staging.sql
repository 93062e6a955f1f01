-- Grain: one row per run and source.

-- name: open
select staging.open_run(:run_id, :source_n);

-- name: close
select staging.close_run(:run_id, :source_n);

-- name: close_before
select staging.close_runs_before(:district_id, :run_id);

-- name: analyze
select staging.analyze_run(:run_id, :source_n, false);

-- name: keep
select staging.keep_run(:run_id, :source_n);

-- name: see
select staging.see_run(:run_id, :source_n);

-- name: measures
-- Return one row: the counts behind the expectations on a delivery.
select
    (
        select count(*) from staged_users as u
        where u.role = 'student'
    ) as students,
    (
        select count(*) from staged_users as u
        where u.role = 'student' and u.email is null
    ) as students_without_email,
    (
        select count(*) from staged_users as u
        where u.role = 'student' and not exists (
            select from staged_enrollments as e
            where e.user_n = u.n
        )
    ) as students_without_class,
    (
        select count(*) from staged_classes as c
        where not exists (
            select from staged_enrollments as e
            where e.class_n = c.n and e.role = 'teacher'
        )
    ) as classes_without_teacher,
    (select count(*) from staged_classes) as classes,
    (select count(*) from staged_enrollments) as enrollments;

-- name: recent_volumes
select i.received_rows
from runs.imports as i
inner join runs.imports as t on i.district_id = t.district_id and i.source_n = t.source_n and i.layout = t.layout
inner join runs.runs as r on i.run_id = r.run_id and r.undone_by is null
where
    t.district_id = :district_id and t.source_n = :source_n and t.run_id = :run_id
    and i.status = 'applied' and i.run_id < :run_id and i.received_rows is not null
order by i.run_id desc
limit 10;
