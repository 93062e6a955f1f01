-- Grain: one row per school, entity and action that is beyond the limits.

-- name: exceeded
-- A school's first load is not a mass change: where nothing was active there is nothing to lose.
with limits as (
    select *
    from
        unnest(
            cast(:actions as text[]), cast(:kinds as text[])
        ) as a (action, kind)
    inner join unnest(
        cast(:limit_kinds as text[]), cast(:percents as double precision[]), cast(:floors as bigint[])
    ) as l (limit_kind, percent, floor) on a.kind = l.limit_kind
),

planned as materialized (
    select
        c.entity,
        l.kind,
        c.school_id,
        max(l.percent) as percent,
        max(l.floor) as floor,
        count(*) as changes
    from work.changes as c
    inner join limits as l on c.action = l.action
    where
        c.district_id = :district_id and c.run_id = :run_id and c.entity in ('classes', 'users', 'enrollments')
    group by c.entity, l.kind, c.school_id
    having count(*) > max(l.floor)
),

active as materialized (
    select
        'users' as entity,
        u.school_ids[1] as school_id,
        count(*) as rows
    from base_users as u
    where u.district_id = :district_id and u.status = 'active' and u.origin = 'synced' and exists (select from planned)
    group by u.school_ids[1]
    union all
    select
        'classes',
        k.school_id,
        count(*)
    from base_classes as k
    where k.district_id = :district_id and k.status = 'active' and k.origin = 'synced' and exists (select from planned)
    group by k.school_id
    union all
    select
        'enrollments',
        k.school_id,
        count(*)
    from base_enrollments as e
    inner join base_classes as k on e.district_id = k.district_id and e.class_id = k.class_id
    where e.district_id = :district_id and e.status = 'active' and e.origin = 'synced' and exists (select from planned)
    group by k.school_id
)

select
    p.entity,
    p.kind as action,
    p.school_id,
    p.changes,
    a.rows as active_rows,
    p.percent,
    p.floor
from planned as p
inner join active as a on p.entity = a.entity and p.school_id is not distinct from a.school_id
where p.changes > a.rows * p.percent / 100
order by p.entity, p.kind, p.school_id;

-- name: forget_holds
delete from runs.holds
where district_id = :district_id and run_id = :run_id;

-- name: hold
insert into runs.holds (district_id, run_id, school_id, entity, action, planned, active, allowed)
values (:district_id, :run_id, :school_id, :entity, :action, :changes, :active_rows, :allowed);

-- name: mark_held
update work.changes
set held = true, reason = 'LIMIT'
where
    district_id = :district_id and run_id = :run_id and entity = :entity and action = any(cast(:actions as text[]))
    and school_id is not distinct from :school_id;
