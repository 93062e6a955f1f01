-- Grain: one row per class that has Canvas assignments (classes), per column (columns), per student and column
-- (states).

-- name: classes
-- Return what the newest export of each class meant to send, and how many scores are in each state. `found` repeats the
-- number of all classes found.
with newest as (
    select
        c.class_id,
        max(c.run_id) as run_id
    from gradebook.columns as c
    where c.district_id = :district_id
    group by c.class_id
),

listed as (
    select
        n.class_id,
        n.run_id,
        k.title,
        coalesce(s.name, '') as school,
        count(*) over () as found
    from newest as n
    inner join roster.classes as k on k.district_id = :district_id and n.class_id = k.class_id
    left join roster.schools as s on k.district_id = s.district_id and k.school_id = s.school_id
    where cast(:words as text) is null or strpos(lower(concat_ws(' ', k.title, s.name)), lower(:words)) > 0
    order by s.name, k.title, n.class_id
    limit :rows offset :skip
)

select
    l.class_id,
    l.run_id,
    l.title,
    l.school,
    l.found,
    c.columns,
    t.synced,
    t.not_synced,
    t.not_found,
    t.error
from listed as l
left join lateral (
    select
        array_agg(x.column_id) as ids,
        count(*) as columns
    from gradebook.columns as x
    where x.district_id = :district_id and x.run_id = l.run_id and x.class_id = l.class_id
) as c on true
left join lateral (
    select
        count(*) filter (where s.state = 'SYNCED') as synced,
        count(*) filter (where s.state = 'NOT_SYNCED') as not_synced,
        count(*) filter (where s.state = 'NOT_FOUND') as not_found,
        count(*) filter (where s.state = 'ERROR') as error
    from gradebook.states as s
    where s.district_id = :district_id and s.column_id = any(c.ids)
) as t on true
order by l.school, l.title, l.class_id;

-- name: columns
-- Return the columns of a class, as its newest export planned them.
select
    c.run_id,
    c.column_id,
    c.title,
    c.kind,
    c.points,
    c.course_number,
    c.action,
    k.title as class,
    coalesce(s.name, '') as school
from gradebook.columns as c
inner join roster.classes as k on c.district_id = k.district_id and c.class_id = k.class_id
left join roster.schools as s on k.district_id = s.district_id and k.school_id = s.school_id
where
    c.district_id = :district_id and c.class_id = :class_id
    and c.run_id = (
        select max(x.run_id) from gradebook.columns as x
        where x.district_id = :district_id and x.class_id = :class_id
    )
order by c.due_at, c.title, c.column_id;

-- name: states
-- Names people. Return each column's state for every student with an enrollment in the class or a state in its columns.
with people as (
    select e.user_id from roster.enrollments as e
    where e.district_id = :district_id and e.class_id = :class_id and e.role = 'student' and e.status = 'active'
    union
    select s.user_id from gradebook.states as s
    where s.district_id = :district_id and s.column_id = any(cast(:columns as uuid[]))
)

select
    u.user_id,
    u.given_name,
    u.family_name,
    k.column_id,
    coalesce(s.state, 'NOT_SYNCED') as state,
    coalesce(s.reason, 'NOT_YET') as reason,
    s.score,
    coalesce(s.excused, false) as excused,
    s.at
from people as p
inner join roster.users as u on u.district_id = :district_id and p.user_id = u.user_id
cross join unnest(cast(:columns as uuid[])) as k (column_id)
left join gradebook.states as s
    on s.district_id = :district_id and k.column_id = s.column_id and p.user_id = s.user_id
order by u.family_name, u.given_name, u.user_id;
