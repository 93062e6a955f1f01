-- Grain: one row per member of a class on a night.

-- name: classes
select l.id
from roster.links as l
where
    l.district_id = :district_id and l.entity = 'classes'
    and (l.source_id = :class_id or cast(l.id as text) = :class_id);

-- name: members
-- A row says what was so from its as_of on; history says it until the night that ended it.
with wanted as (
    select distinct l.id
    from roster.links as l
    where
        l.district_id = :district_id and l.entity = 'classes'
        and (l.source_id = :class_id or cast(l.id as text) = :class_id)
),

enrolled as (
    select
        e.user_id,
        e.role,
        e.status
    from roster.enrollments as e
    where e.district_id = :district_id and e.class_id in (select w.id from wanted as w) and e.as_of <= :night
    union all
    select
        e.user_id,
        e.role,
        e.status
    from history.enrollments as e
    where
        e.district_id = :district_id and e.class_id in (select w.id from wanted as w)
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
    min(l.source_id) as source_id
from enrolled as e
inner join people as p on e.user_id = p.user_id
left join roster.links as l on l.district_id = :district_id and l.entity = 'users' and e.user_id = l.id
where e.status = 'active'
group by e.role, p.given_name, p.family_name, e.user_id
order by e.role desc, p.family_name asc, p.given_name asc, e.user_id asc;
