-- Grain: one row per hold: a part of a run's plan that needs approval.

-- name: of_run
select
    h.hold_n,
    h.kind,
    h.entity,
    h.action,
    coalesce(s.name, l.source_id, '') as school,
    h.planned,
    h.active,
    h.allowed,
    h.status,
    h.digest,
    h.at,
    h.expires_at,
    h.decided_by,
    h.decided_at,
    h.why,
    h.applied_by
from runs.holds as h
left join lateral (
    select min(k.source_id) as source_id from roster.links as k
    where k.district_id = h.district_id and k.entity = 'schools' and k.id = h.school_id
) as l on true
left join roster.schools as s on h.district_id = s.district_id and h.school_id = s.school_id
where h.district_id = :district_id and h.run_id = :run_id
order by h.hold_n;

-- name: waiting
-- Grain: one row per applied run that has an open hold. A run that ended before its merge needs no approval.
select
    h.run_id,
    count(*) as holds,
    cast(sum(h.planned) as bigint) as changes
from runs.holds as h
inner join runs.runs as r on h.run_id = r.run_id
where h.district_id = :district_id and h.status = 'open' and r.status = 'applied'
group by h.run_id
order by h.run_id;

-- name: expire
-- If nobody answers in time, the changes are not applied. The same snapshot leads to a new approval request.
update runs.holds
set status = 'expired', decided_at = clock_timestamp()
where district_id = :district_id and status = 'open' and expires_at < clock_timestamp();

-- name: make_stale
-- If a newer snapshot came or a run was undone, the roster is not the one that the reviewer saw. A late-arriving night
-- replaces only earlier runs of its own date.
update runs.holds as h
set status = 'stale', decided_at = clock_timestamp()
from runs.runs as r
where
    h.district_id = :district_id and h.status = 'open' and h.run_id <> :run_id and h.run_id = r.run_id
    and (cast(:as_of as date) is null or r.as_of = cast(:as_of as date));

-- name: may_reopen
-- The holds of a run can be opened again while the run is the newest night and its staged rows are there.
select
    to_regclass('staging.' || staging.table_name('users', :held_run_id, :source_n)) is not null
    and not exists (
        select from runs.runs as n
        inner join runs.runs as h on n.district_id = h.district_id
        where
            h.run_id = :held_run_id and n.district_id = :district_id and n.kind = 'roster' and n.status = 'applied'
            and n.undone_by is null and n.approves is null and n.reverts is null
            and n.run_id <> h.run_id and n.run_id <> :approval_run_id and (n.as_of, n.run_id) > (h.as_of, h.run_id)
    );

-- name: take_back_applied
update work.changes
set applied_by = null
where district_id = :district_id and run_id = :held_run_id and applied_by = :approval_run_id;

-- name: reactivate_created
-- A row that the reverted approval created is still there, archived: the hold now makes it active again.
update work.changes as c
set action = 'reactivate'
from roster.{entity} as r
where
    c.district_id = :district_id and c.run_id = :held_run_id and c.entity = '{entity}' and c.action = 'create'
    and c.held and c.applied_by is null
    and r.district_id = c.district_id and r.{key} = c.id;

-- name: reactivate_created_enrollments
update work.changes as c
set action = 'reactivate'
from roster.enrollments as r
where
    c.district_id = :district_id and c.run_id = :held_run_id and c.entity = 'enrollments' and c.action = 'create'
    and c.held and c.applied_by is null
    and r.district_id = c.district_id and r.class_id = c.class_id and r.user_id = c.user_id and r.role = c.role;

-- name: apply_again
update work.changes as h
set applied_by = :approval_run_id
from work.changes as c
where
    h.district_id = :district_id and h.run_id = :held_run_id and h.held and h.applied_by is null
    and c.district_id = h.district_id and c.run_id = :approval_run_id and c.entity = h.entity and c.source_n = h.source_n
    and (c.id, c.class_id, c.user_id, c.role) is not distinct from (h.id, h.class_id, h.user_id, h.role);

-- name: approve_again
update runs.holds as h
set status = 'approved', decided_at = clock_timestamp(), applied_by = :approval_run_id
where
    h.district_id = :district_id and h.run_id = :held_run_id and h.status = 'open'
    and not exists (
        select from work.changes as c
        where
            c.district_id = h.district_id and c.run_id = h.run_id and c.hold_n = h.hold_n and c.held
            and c.applied_by is null
    );

-- name: reopen
with opened as (
    update runs.holds
    set
        status = 'open', decided_by = null, decided_at = null, why = null, applied_by = null,
        expires_at = clock_timestamp() + (expires_at - at)
    where district_id = :district_id and run_id = :held_run_id and applied_by = :approval_run_id
    returning run_id
)

update runs.runs
set code = 'HOLD_REQUIRED'
where run_id in (select o.run_id from opened as o) and status = 'applied';

-- name: lock_open
select
    h.hold_n,
    h.kind,
    h.source_n,
    h.entity,
    h.status,
    h.digest
from runs.holds as h
where h.district_id = :district_id and h.run_id = :run_id
order by h.hold_n
for update;

-- name: decide
update runs.holds
set status = :status, decided_by = :decided_by, decided_at = clock_timestamp(), why = :why, applied_by = :applied_by
where
    district_id = :district_id and run_id = :run_id and status = 'open'
    and hold_n = any(cast(:holds as integer[]));

-- name: take_over
-- Copy the approved changes, and the changes that depend on a hold, into the plan of the run that applies them. A change
-- of an enrollment carries its values: sql/merge/entities.sql explains the braces.
insert into work.changes (
    district_id, run_id, source_n, entity, action, n, id, school_id, class_id, user_id, role, from_class_id, {attributes}, reason
)
select
    c.district_id,
    :run_id,
    c.source_n,
    c.entity,
    c.action,
    c.n,
    c.id,
    c.school_id,
    c.class_id,
    c.user_id,
    c.role,
    c.from_class_id,
    {c.attributes},
    c.reason
from work.changes as c
where
    c.district_id = :district_id and c.run_id = :held_run_id and c.held and c.applied_by is null
    and (c.hold_n = any(cast(:approved as integer[])) or c.hold_n is null);

-- name: leave_waiting
-- Remove what still depends on another held change. It stays held in the run that planned it.
delete from work.changes
where district_id = :district_id and run_id = :run_id and held;

-- name: mark_applied
update work.changes as h
set applied_by = :run_id
from work.changes as c
where
    h.district_id = :district_id and h.run_id = :held_run_id and h.held and h.applied_by is null
    and (h.hold_n = any(cast(:approved as integer[])) or h.hold_n is null)
    and c.district_id = h.district_id and c.run_id = :run_id and c.entity = h.entity and c.action = h.action
    and c.source_n = h.source_n
    and (c.id, c.class_id, c.user_id, c.role) is not distinct from (h.id, h.class_id, h.user_id, h.role);

-- name: record
insert into runs.decisions (district_id, subject, choice, details, decided_by)
values (:district_id, 'hold', :choice, cast(:details as jsonb), :decided_by);

-- name: log
insert into runs.audit_log (district_id, actor, act, details)
values (:district_id, :actor, :act, cast(:details as jsonb));

-- name: shares
-- Grain: one row per kind of change, with the largest share of a school that recent nights planned, for advice on the
-- limits.
with nights as (
    select r.run_id
    from runs.runs as r
    where r.district_id = :district_id and r.kind = 'roster' and r.status = 'applied' and r.undone_by is null
    order by r.run_id desc
    limit :nights
),

planned as (
    select
        c.run_id,
        c.entity,
        k.kind,
        c.school_id,
        count(*) as changes
    from work.changes as c
    inner join nights as n on c.run_id = n.run_id
    inner join unnest(cast(:actions as text[]), cast(:kinds as text[])) as k (action, kind) on c.action = k.action
    where c.district_id = :district_id and c.entity in ('classes', 'users', 'enrollments')
    group by c.run_id, c.entity, k.kind, c.school_id
),

active as (
    select
        'users' as entity,
        u.school_ids[1] as school_id,
        count(*) as rows
    from roster.users as u
    where u.district_id = :district_id and u.status = 'active' and u.origin = 'synced'
    group by u.school_ids[1]
    union all
    select
        'classes',
        k.school_id,
        count(*)
    from roster.classes as k
    where k.district_id = :district_id and k.status = 'active' and k.origin = 'synced'
    group by k.school_id
    union all
    select
        'enrollments',
        k.school_id,
        count(*)
    from roster.enrollments as e
    inner join roster.classes as k on e.district_id = k.district_id and e.class_id = k.class_id
    where e.district_id = :district_id and e.status = 'active' and e.origin = 'synced'
    group by k.school_id
)

select
    p.kind,
    count(distinct p.run_id) as nights,
    max(round(100.0 * p.changes / a.rows, 1)) filter (where p.changes < a.rows) as percent,
    max(p.changes) filter (where p.changes < a.rows) as changes
from planned as p
inner join active as a on p.entity = a.entity and p.school_id is not distinct from a.school_id
group by p.kind
order by p.kind;
