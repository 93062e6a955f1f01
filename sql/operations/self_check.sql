-- Grain: one row per thing that the self-check compares a delivery with, or that is left to do.

-- name: schools
select l.source_id
from roster.links as l
inner join roster.schools as s on l.district_id = s.district_id and l.id = s.school_id
where l.district_id = :district_id and l.entity = 'schools' and l.source = :source and s.status = 'active';

-- name: classes
select l.source_id
from roster.links as l
inner join roster.classes as k on l.district_id = k.district_id and l.id = k.class_id
where l.district_id = :district_id and l.entity = 'classes' and l.source = :source and k.status = 'active';

-- name: last_night
-- Return the newest run that meant to change the roster, and how many holds of this or earlier plans need approval.
select
    r.run_id,
    r.as_of,
    r.status,
    r.code,
    (
        select count(*) from runs.holds as h
        where h.district_id = r.district_id and h.status = 'open'
    ) as holds
from runs.runs as r
where r.district_id = :district_id and r.kind = 'roster' and r.status not in ('planned', 'skipped', 'running')
order by r.run_id desc
limit 1;

-- name: leftovers
-- Count the active students that no source manages, and the emails that repeat another active student's email.
select
    count(*) filter (where u.origin = 'local') as local_students,
    count(lower(u.email)) - count(distinct lower(u.email)) as doubles
from roster.users as u
where u.district_id = :district_id and u.role = 'student' and u.status = 'active';

-- name: open_by_school
-- A person of two schools counts at both.
with classes as (
    select
        k.school_id,
        count(*) as classes,
        count(*) filter (
            where not exists (
                select from roster.enrollments as e
                where
                    e.district_id = k.district_id and e.class_id = k.class_id and e.role = 'teacher'
                    and e.status = 'active'
            )
        ) as without_teacher
    from roster.classes as k
    where k.district_id = :district_id and k.status = 'active'
    group by k.school_id
),

people as (
    select
        p.school_id,
        count(*) filter (where u.role = 'student') as students,
        count(*) filter (where u.invitation = 'pending') as uninvited
    from roster.users as u
    cross join lateral unnest(u.school_ids) as p (school_id)
    where u.district_id = :district_id and u.status = 'active'
    group by p.school_id
)

select
    coalesce(s.name, l.source_id, '') as school,
    coalesce(c.classes, 0) as classes,
    coalesce(c.without_teacher, 0) as without_teacher,
    coalesce(p.students, 0) as students,
    coalesce(p.uninvited, 0) as uninvited,
    (
        select count(*) from runs.holds as h
        where h.district_id = s.district_id and h.school_id = s.school_id and h.status = 'open'
    ) as holds
from roster.schools as s
left join lateral (
    select min(k.source_id) as source_id from roster.links as k
    where k.district_id = s.district_id and k.entity = 'schools' and k.id = s.school_id
) as l on true
left join classes as c on s.school_id = c.school_id
left join people as p on s.school_id = p.school_id
where s.district_id = :district_id and s.status = 'active'
order by 1;

-- name: keep
insert into runs.checks as c (district_id, version, facts)
values (:district_id, :version, cast(:facts as jsonb))
on conflict (district_id) do update
    set version = excluded.version, facts = excluded.facts, at = clock_timestamp();

-- name: kept
select
    c.version,
    c.facts,
    c.at
from runs.checks as c
where c.district_id = :district_id;
