-- Grain: one row per school, entity and action that exceeds the limits.

-- name: exceeded
-- If a school has no active rows of an entity, there is nothing to take a percentage of. The limit of its first load is
-- a number of rows.
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
        and c.hold_n is null and c.reason is distinct from 'REKEY'
    group by c.entity, l.kind, c.school_id
    having count(*) > least(max(l.floor), cast(:first_load_rows as bigint))
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
    coalesce(a.rows, 0) as active_rows,
    p.percent,
    p.floor
from planned as p
left join active as a on p.entity = a.entity and p.school_id is not distinct from a.school_id
where
    case
        when a.rows is null then p.changes > cast(:first_load_rows as bigint)
        else p.changes > p.floor and p.changes > a.rows * p.percent / 100
    end
order by p.entity, p.kind, p.school_id;

-- name: turn
-- Return whether a term of the roster or of the delivery begins or ends within `days` days of `as_of`.
select
    coalesce(bool_or(abs(t.begin_date - cast(:as_of as date)) <= :days), false) as term_start,
    coalesce(bool_or(abs(t.end_date - cast(:as_of as date)) <= :days), false) as term_end
from (
    select
        b.begin_date,
        b.end_date
    from base_terms as b
    where b.district_id = :district_id and b.status = 'active'
    union all
    select
        s.begin_date,
        s.end_date
    from staged_terms as s
) as t;

-- name: release
-- If a review runs again, it starts from a plan in which nothing is held.
update work.changes
set held = false, hold_n = null
where district_id = :district_id and run_id = :run_id and held;

-- name: forget_holds
delete from runs.holds
where district_id = :district_id and run_id = :run_id;

-- name: leave_out_departures
-- In a window of additions only, departures lead to no approval request. A run after the window plans them again.
update work.changes
set held = true, hold_n = 0
where
    district_id = :district_id and run_id = :run_id
    and (action = 'archive' or (entity = 'enrollments' and action = 'move'));

-- name: rekeys
-- Count the proposed rekeys. All rekeys of one source and entity are one approval request, however many they are.
select
    c.source_n,
    c.entity,
    count(*) as changes
from work.changes as c
where c.district_id = :district_id and c.run_id = :run_id and c.action = 'rekey' and c.reason = 'REKEY'
group by c.source_n, c.entity
order by c.source_n, c.entity;

-- name: hold
insert into runs.holds (
    district_id, run_id, hold_n, kind, source_n, school_id, entity, action, planned, active, allowed, status, expires_at
)
values (
    :district_id, :run_id, :hold_n, :kind, :source_n, :school_id, :entity, :action, :changes, :active_rows, :allowed, :status,
    clock_timestamp() + make_interval(secs => :open_seconds)
);

-- name: holds
select
    h.hold_n,
    h.kind,
    h.source_n,
    h.school_id,
    h.entity,
    h.action
from runs.holds as h
where h.district_id = :district_id and h.run_id = :run_id
order by h.hold_n;

-- name: recount_holds
update runs.holds as h
set
    planned = n.changes,
    status = case when n.changes = 0 then 'stale' else h.status end,
    decided_at = case when n.changes = 0 then clock_timestamp() else h.decided_at end
from (
    select
        o.hold_n,
        count(c.hold_n) as changes
    from runs.holds as o
    left join work.changes as c on o.district_id = c.district_id and o.run_id = c.run_id and o.hold_n = c.hold_n and c.held
    where o.district_id = :district_id and o.run_id = :run_id and o.status = 'open'
    group by o.hold_n
) as n
where h.district_id = :district_id and h.run_id = :run_id and h.hold_n = n.hold_n;

-- name: waits
select count(*) > 0
from runs.holds as h
where h.district_id = :district_id and h.run_id = :run_id and h.status = 'open';

-- name: mark_held
update work.changes
set held = true, hold_n = :hold_n
where
    district_id = :district_id and run_id = :run_id and entity = :entity and action = any(cast(:actions as text[]))
    and school_id is not distinct from :school_id
    and hold_n is null and reason is distinct from 'REKEY';

-- name: mark_rekeys
update work.changes
set held = true, hold_n = :hold_n
where
    district_id = :district_id and run_id = :run_id and source_n = :source_n and entity = :entity and action = 'rekey'
    and reason = 'REKEY';

-- name: hold_who_enters
-- If the creation or reactivation of a class or person is held, hold every enrollment that needs it: it is not there
-- yet.
with missing as (
    select c.id
    from work.changes as c
    where
        c.district_id = :district_id and c.run_id = :held_run_id and c.held and c.applied_by is null
        and c.hold_n <> all(cast(:approved as integer[]))
        and c.entity in ('classes', 'users') and c.action in ('create', 'reactivate')
)

update work.changes as c
set held = true
where
    c.district_id = :district_id and c.run_id = :run_id and c.entity = 'enrollments' and not c.held
    and c.action in ('create', 'reactivate', 'move')
    and (c.class_id in (select m.id from missing as m) or c.user_id in (select m.id from missing as m));

-- name: hold_who_still_sits
-- If a held change leaves an enrollment active, hold the archiving of its person and of its class.
with staying as (
    select
        c.user_id,
        coalesce(c.from_class_id, c.class_id) as class_id
    from work.changes as c
    where
        c.district_id = :district_id and c.held and c.applied_by is null
        and (c.run_id = :run_id or (c.run_id = :held_run_id and c.hold_n <> all(cast(:approved as integer[]))))
        and c.entity = 'enrollments' and c.action in ('archive', 'move')
)

update work.changes as c
set held = true
where
    c.district_id = :district_id and c.run_id = :run_id and not c.held and c.action = 'archive'
    and (
        (c.entity = 'users' and c.id in (select s.user_id from staying as s))
        or (c.entity = 'classes' and c.id in (select s.class_id from staying as s))
    );

-- name: hold_what_houses
-- If a held change leaves people, classes or enrollments at a school, hold the archiving of the school. If it leaves a
-- class, hold the archiving of its course.
with staying as (
    select
        c.entity,
        c.id,
        c.school_id
    from work.changes as c
    where
        c.district_id = :district_id and c.held and c.applied_by is null
        and (c.run_id = :run_id or (c.run_id = :held_run_id and c.hold_n <> all(cast(:approved as integer[]))))
        and c.entity in ('classes', 'users', 'enrollments') and c.action in ('archive', 'move')
)

update work.changes as c
set held = true
where
    c.district_id = :district_id and c.run_id = :run_id and not c.held and c.action = 'archive'
    and (
        (c.entity = 'schools' and c.id in (select s.school_id from staying as s))
        or (
            c.entity = 'courses' and c.id in (
                select k.course_id
                from base_classes as k
                inner join staying as s on k.class_id = s.id
                where k.district_id = :district_id and s.entity = 'classes'
            )
        )
    );

-- name: digest
-- Grain: one row per hold, with two sums over what one source of the run changes in it. The same changes, values
-- included, have the same sums in any order. The session sees the resolved rows through the views of stage/staging.see. A change
-- of an enrollment carries its values: sql/merge/entities.sql explains the braces.
select
    c.hold_n,
    count(*) as changes,
    sum(cast(hashtextextended(x.told, 0) as numeric)) as one,
    sum(cast(hashtextextended(x.told, 1) as numeric)) as other
from work.changes as c
left join resolved_users as u on c.entity = 'users' and c.n = u.n
left join resolved_classes as k on c.entity = 'classes' and c.n = k.n
left join resolved_courses as o on c.entity = 'courses' and c.n = o.n
cross join
    lateral (
        select
            concat_ws(
                '|', c.entity, c.action, c.id, c.school_id, c.class_id, c.user_id, c.role, c.from_class_id, {c.attributes}, u, k, o
            ) as told
    ) as x
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.held and c.hold_n > 0
group by c.hold_n
order by c.hold_n;

-- name: seal
update runs.holds
set digest = :digest
where district_id = :district_id and run_id = :run_id and hold_n = :hold_n;

-- name: held
select
    count(*) as held,
    count(*) filter (where c.hold_n is null) as depending,
    count(*) filter (where c.hold_n = 0) as left_out
from work.changes as c
where c.district_id = :district_id and c.run_id = :run_id and c.held;

-- name: forget_counts
delete from work.plan_counts
where district_id = :district_id and run_id = :run_id;

-- name: count
-- Runs after the held changes are marked: a reviewed plan does not change any more.
insert into work.plan_counts (district_id, run_id, source_n, entity, action, school_id, changes, held)
select
    :district_id,
    :run_id,
    c.source_n,
    c.entity,
    c.action,
    c.school_id,
    count(*),
    count(*) filter (where c.held)
from work.changes as c
where c.district_id = :district_id and c.run_id = :run_id
group by c.source_n, c.entity, c.action, c.school_id;
