-- Grain: one row per expectation of a merge, with the number of rows that break it; 0 is correct. Ids and counts only.

-- name: written
-- Count the versions that carry this run's mark, by entity and status. They are rows of the roster. For a late-arriving
-- run, versions that later nights have ended since count, too.
select
    w.entity,
    w.status,
    cast(sum(w.rows) as bigint) as rows
from (
    select
        'schools' as entity,
        status,
        count(*) as rows
    from roster.schools
    where district_id = :district_id and run_id = :run_id
    group by status
    union all
    select
        'schools',
        status,
        count(*)
    from history.schools
    where district_id = :district_id and run_id = :run_id and cast(:is_late as boolean)
    group by status
    union all
    select
        'terms',
        status,
        count(*)
    from roster.terms
    where district_id = :district_id and run_id = :run_id
    group by status
    union all
    select
        'terms',
        status,
        count(*)
    from history.terms
    where district_id = :district_id and run_id = :run_id and cast(:is_late as boolean)
    group by status
    union all
    select
        'courses',
        status,
        count(*)
    from roster.courses
    where district_id = :district_id and run_id = :run_id
    group by status
    union all
    select
        'courses',
        status,
        count(*)
    from history.courses
    where district_id = :district_id and run_id = :run_id and cast(:is_late as boolean)
    group by status
    union all
    select
        'classes',
        status,
        count(*)
    from roster.classes
    where district_id = :district_id and run_id = :run_id
    group by status
    union all
    select
        'classes',
        status,
        count(*)
    from history.classes
    where district_id = :district_id and run_id = :run_id and cast(:is_late as boolean)
    group by status
    union all
    select
        'users',
        status,
        count(*)
    from roster.users
    where district_id = :district_id and run_id = :run_id
    group by status
    union all
    select
        'users',
        status,
        count(*)
    from history.users
    where district_id = :district_id and run_id = :run_id and cast(:is_late as boolean)
    group by status
    union all
    select
        'enrollments',
        status,
        count(*)
    from roster.enrollments
    where district_id = :district_id and run_id = :run_id
    group by status
    union all
    select
        'enrollments',
        status,
        count(*)
    from history.enrollments
    where district_id = :district_id and run_id = :run_id and cast(:is_late as boolean)
    group by status
) as w
group by w.entity, w.status;

-- name: planned
-- Count what the plan requires these numbers to be.
select
    w.entity,
    w.status,
    count(*) as rows
from (
    select
        c.entity,
        case when c.action = 'archive' then 'archived' else 'active' end as status
    from work.changes as c
    where
        c.district_id = :district_id and c.run_id = :run_id and not c.held
        and c.reason is distinct from 'MANAGED_ELSEWHERE'
    union all
    select
        c.entity,
        'archived'
    from work.changes as c
    where
        c.district_id = :district_id and c.run_id = :run_id and not c.held
        and c.entity = 'enrollments' and c.action = 'move'
) as w
group by w.entity, w.status;

-- name: broken_references
-- Count the rows of this run that refer to a missing row, and the active ones that refer to an archived row.
with seats as (
    select
        count(*) filter (where k.class_id is null or (e.status = 'active' and k.status = 'archived')) as of_no_class,
        count(*) filter (where u.user_id is null or (e.status = 'active' and u.status = 'archived')) as of_nobody
    from roster.enrollments as e
    left join roster.classes as k on e.district_id = k.district_id and e.class_id = k.class_id
    left join roster.users as u on e.district_id = u.district_id and e.user_id = u.user_id
    where e.district_id = :district_id and e.run_id = :run_id
)

select
    'enrollments.class_id' as reference,
    s.of_no_class as rows
from seats as s
union all
select
    'enrollments.user_id',
    s.of_nobody
from seats as s
union all
select
    'classes.school_id',
    count(*)
from roster.classes as k
left join roster.schools as s on k.district_id = s.district_id and k.school_id = s.school_id
where k.district_id = :district_id and k.run_id = :run_id and k.school_id is not null and s.school_id is null
union all
select
    'classes.course_id',
    count(*)
from roster.classes as k
left join roster.courses as c on k.district_id = c.district_id and k.course_id = c.course_id
where k.district_id = :district_id and k.run_id = :run_id and k.course_id is not null and c.course_id is null
union all
select
    'classes.term_ids',
    count(*)
from roster.classes as k
cross join lateral unnest(k.term_ids) as x (term_id)
left join roster.terms as t on k.district_id = t.district_id and x.term_id = t.term_id
where k.district_id = :district_id and k.run_id = :run_id and t.term_id is null
union all
select
    'users.school_ids',
    count(*)
from roster.users as u
cross join lateral unnest(u.school_ids) as x (school_id)
left join roster.schools as s on u.district_id = s.district_id and x.school_id = s.school_id
where u.district_id = :district_id and u.run_id = :run_id and s.school_id is null
union all
select
    'archived with active enrollments',
    count(*)
from work.changes as c
inner join roster.users as u on c.district_id = u.district_id and c.id = u.user_id and u.status = 'archived'
inner join roster.enrollments as e on c.district_id = e.district_id and c.id = e.user_id
where
    c.district_id = :district_id and c.run_id = :run_id and not c.held and c.entity = 'users' and c.action = 'archive'
    and e.status = 'active' and e.origin = 'synced';

-- name: totals
-- Return one row: the roster after the night, for the expectations on it.
select
    (
        select count(*) from roster.users as u
        where u.district_id = :district_id and u.status = 'active' and u.role = 'student'
    ) as students,
    (
        select count(*) from roster.classes as k
        where k.district_id = :district_id and k.status = 'active'
    ) as classes,
    (
        select count(*) from roster.enrollments as e
        where e.district_id = :district_id and e.status = 'active'
    ) as enrollments;
