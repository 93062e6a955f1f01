-- Grain: one row per school, class, person or enrollment of the roster as it stands now. The rows name people.

-- name: school
select
    s.school_id,
    coalesce(s.name, '') as school,
    s.origin,
    s.source,
    s.status
from roster.schools as s
where s.district_id = :district_id and s.school_id = :school_id;

-- name: classes
-- Return one page of a school's classes. Students and staff are counted for the classes of the page only.
with meant as materialized (
    select
        c.class_id,
        c.title,
        c.period,
        c.term_ids,
        c.course_id,
        c.origin,
        c.source,
        c.status
    from roster.classes as c
    where c.district_id = :district_id and c.school_id = :school_id
),

page as (
    select m.* from meant as m
    order by m.status, m.title, m.period, m.class_id
    limit :rows offset :skip
)

select
    p.class_id,
    p.title,
    p.period,
    p.origin,
    p.source,
    p.status,
    (select count(*) from meant) as found,
    (
        select k.title from roster.courses as k
        where k.district_id = :district_id and k.course_id = p.course_id
    ) as course,
    (
        select string_agg(t.title, ', ' order by t.begin_date, t.title) from roster.terms as t
        where t.district_id = :district_id and t.term_id = any(p.term_ids)
    ) as terms,
    coalesce(e.students, 0) as students,
    coalesce(e.staff, 0) as staff
from page as p
left join lateral (
    select
        count(*) filter (where x.role = 'student') as students,
        count(*) filter (where x.role <> 'student') as staff
    from roster.enrollments as x
    where x.district_id = :district_id and x.class_id = p.class_id and x.status = 'active'
) as e on true
order by p.status, p.title, p.period, p.class_id;

-- name: class
select
    c.class_id,
    c.title,
    c.period,
    c.school_id,
    coalesce(s.name, '') as school,
    c.origin,
    c.source,
    c.status,
    c.archived_on,
    (
        select k.title from roster.courses as k
        where k.district_id = :district_id and c.course_id = k.course_id
    ) as course,
    (
        select string_agg(t.title, ', ' order by t.begin_date, t.title) from roster.terms as t
        where t.district_id = :district_id and t.term_id = any(c.term_ids)
    ) as terms
from roster.classes as c
left join roster.schools as s on c.district_id = s.district_id and c.school_id = s.school_id
where c.district_id = :district_id and c.class_id = :class_id;

-- name: people
-- Return one page of people: staff first, then students by grade, K before 1 and 9 before 10. Within each, people are
-- sorted by name.
with meant as materialized (
    select
        u.user_id,
        u.role = 'student' as is_student,
        coalesce(array_position(cast(:grades as text[]), u.grade), 99) as grade_place,
        u.family_name,
        u.given_name
    from roster.users as u
    where
        u.district_id = :district_id
        and (cast(:school_id as uuid) is null or :school_id = any(u.school_ids))
        and (cast(:who as text) is null or (u.role = 'student') = (:who = 'students'))
        and (cast(:status as text) is null or u.status = :status)
        and (cast(:origin as text) is null or u.origin = :origin)
        and (cast(:grade as text) is null or u.grade = :grade)
),

page as (
    select m.* from meant as m
    order by m.is_student, m.grade_place, m.family_name, m.given_name, m.user_id
    limit :rows offset :skip
)

select
    u.user_id,
    concat_ws(' ', u.given_name, u.family_name) as name,
    u.identifier,
    u.role,
    u.grade,
    u.origin,
    u.source,
    u.status,
    (select count(*) from meant) as found,
    (
        select string_agg(x.name, ', ' order by x.name) from roster.schools as x
        where x.district_id = :district_id and x.school_id = any(u.school_ids)
    ) as schools
from page as p
inner join roster.users as u on u.district_id = :district_id and p.user_id = u.user_id
order by p.is_student, p.grade_place, p.family_name, p.given_name, p.user_id;

-- name: person
select
    u.user_id,
    concat_ws(' ', u.given_name, u.family_name) as name,
    u.identifier,
    u.role,
    u.email,
    u.grade,
    u.invitation,
    u.origin,
    u.source,
    u.status,
    u.archived_on,
    u.as_of,
    u.run_id,
    (
        select string_agg(x.name, ', ' order by x.name) from roster.schools as x
        where x.district_id = :district_id and x.school_id = any(u.school_ids)
    ) as schools,
    (
        select string_agg(k.source, ', ' order by k.source) from (
            select distinct l.source from roster.links as l
            where l.district_id = :district_id and l.entity = 'users' and l.id = u.user_id
        ) as k
    ) as known_to
from roster.users as u
where u.district_id = :district_id and u.user_id = :user_id;

-- name: enrolled
select
    e.class_id,
    c.title as class,
    c.period,
    coalesce(s.name, '') as school,
    e.role,
    e.origin,
    e.source,
    e.status,
    e.as_of,
    e.archived_on,
    e.run_id
from roster.enrollments as e
inner join roster.classes as c on e.district_id = c.district_id and e.class_id = c.class_id
left join roster.schools as s on c.district_id = s.district_id and c.school_id = s.school_id
where e.district_id = :district_id and e.user_id = :user_id
order by e.status, c.title, c.period, e.class_id, e.role;
