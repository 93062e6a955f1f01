-- Grain: one row per member of a class on a night.

-- name: classes
-- Find a class by its id at the source, or by our id. Each part searches an index of its own.
select l.id
from roster.links as l
where l.district_id = :district_id and l.entity = 'classes' and l.source_id = :class_id
union
select l.id
from roster.links as l
where l.district_id = :district_id and l.entity = 'classes' and l.id = cast(:ours as uuid)
union
select c.class_id
from roster.classes as c
where c.district_id = :district_id and c.class_id = cast(:ours as uuid); -- a local class has no link

-- name: members
-- A row of the roster is valid from its as_of on. A version in history is valid until the night that ended it.
with enrolled as (
    select
        e.user_id,
        e.role,
        e.origin,
        e.source,
        e.status
    from roster.enrollments as e
    where e.district_id = :district_id and e.class_id = any(cast(:classes as uuid[])) and e.as_of <= :night
    union all
    select
        e.user_id,
        e.role,
        e.origin,
        e.source,
        e.status
    from history.enrollments as e
    where
        e.district_id = :district_id and e.class_id = any(cast(:classes as uuid[]))
        and e.valid_from <= :night and e.valid_to > :night
),

people as (
    select
        u.user_id,
        u.given_name,
        u.family_name
    from roster.users as u
    where u.district_id = :district_id and u.user_id in (select e.user_id from enrolled as e) and u.as_of <= :night
    union all
    select
        u.user_id,
        u.given_name,
        u.family_name
    from history.users as u
    where
        u.district_id = :district_id and u.user_id in (select e.user_id from enrolled as e)
        and u.valid_from <= :night and u.valid_to > :night
)

select
    e.role,
    p.given_name,
    p.family_name,
    e.user_id,
    e.origin,
    e.source,
    min(l.source_id) as source_id
from enrolled as e
inner join people as p on e.user_id = p.user_id
left join roster.links as l on l.district_id = :district_id and l.entity = 'users' and e.user_id = l.id
where e.status = 'active'
group by e.role, p.given_name, p.family_name, e.user_id, e.origin, e.source
order by e.role desc, p.family_name asc, p.given_name asc, e.user_id asc;

-- name: schools
select l.id
from roster.links as l
where l.district_id = :district_id and l.entity = 'schools' and l.source_id = :school;

-- name: school_members
with known as materialized (
    select distinct l.id
    from roster.links as l
    where l.district_id = :district_id and l.entity = 'schools' and l.source_id = :school
),

classes as materialized (
    select c.class_id
    from roster.classes as c
    where c.district_id = :district_id and c.school_id in (select k.id from known as k) and c.as_of <= :night
    union
    select c.class_id
    from history.classes as c
    where
        c.district_id = :district_id and c.school_id in (select k.id from known as k)
        and c.valid_from <= :night and c.valid_to > :night
),

enrolled as materialized (
    select
        e.class_id,
        e.user_id,
        e.role,
        e.origin,
        e.source
    from classes as c
    inner join roster.enrollments as e on e.district_id = :district_id and c.class_id = e.class_id
    where e.as_of <= :night and e.status = 'active'
    union all
    select
        e.class_id,
        e.user_id,
        e.role,
        e.origin,
        e.source
    from classes as c
    inner join history.enrollments as e on e.district_id = :district_id and c.class_id = e.class_id
    where e.valid_from <= :night and e.valid_to > :night and e.status = 'active'
),

wanted as materialized (select distinct e.user_id from enrolled as e),

people as (
    select
        u.user_id,
        u.given_name,
        u.family_name
    from wanted as w
    inner join roster.users as u on u.district_id = :district_id and w.user_id = u.user_id
    where u.as_of <= :night
    union all
    select
        u.user_id,
        u.given_name,
        u.family_name
    from wanted as w
    inner join history.users as u on u.district_id = :district_id and w.user_id = u.user_id
    where u.valid_from <= :night and u.valid_to > :night
)

select
    k.source_id as class,
    e.role,
    p.given_name,
    p.family_name,
    e.user_id,
    e.origin,
    e.source,
    n.source_id
from enrolled as e
inner join people as p on e.user_id = p.user_id
left join lateral (
    select min(l.source_id) as source_id from roster.links as l
    where l.district_id = :district_id and l.entity = 'classes' and l.id = e.class_id
) as k on true
left join lateral (
    select min(l.source_id) as source_id from roster.links as l
    where l.district_id = :district_id and l.entity = 'users' and l.id = e.user_id
) as n on true
order by k.source_id asc, e.role desc, p.family_name asc, p.given_name asc, e.user_id asc;
