-- Grain: one row per entity, action and school of a plan.

-- name: counts
select
    c.entity,
    c.action,
    count(*) as changes
from work.changes as c
where c.district_id = :district_id and c.run_id = :run_id
group by c.entity, c.action
order by c.entity, c.action;

-- name: by_school
with counted as (
    select
        w.entity,
        w.action,
        w.school_id,
        cast(sum(w.changes) as bigint) as changes,
        cast(sum(w.held) as bigint) as held
    from work.counted(:district_id, :run_id) as w
    group by w.entity, w.action, w.school_id
)

select
    c.entity,
    c.action,
    coalesce(s.name, min(l.source_id), '') as school,
    c.changes,
    c.held
from counted as c
left join roster.schools as s on s.district_id = :district_id and c.school_id = s.school_id
left join roster.links as l on l.district_id = :district_id and l.entity = 'schools' and c.school_id = l.id
group by c.entity, c.action, c.school_id, s.name, c.changes, c.held
order by c.entity, c.action, 3;

-- name: changes
-- Return ids only: this is what people without the right to see names see of a plan.
select
    c.entity,
    c.action,
    c.id,
    c.class_id,
    c.user_id,
    c.role,
    c.from_class_id,
    l.source_id as school,
    c.held,
    c.hold_n
from work.changes as c
left join roster.links as l on c.district_id = l.district_id and l.entity = 'schools' and c.school_id = l.id
where
    c.district_id = :district_id and c.run_id = :run_id
    and (cast(:entity as text) is null or c.entity = :entity)
    and (cast(:school as text) is null or l.source_id = :school)
order by c.entity, c.action, c.id, c.class_id, c.user_id, c.role
limit :rows;
