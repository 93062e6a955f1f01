-- Grain: one row per class, person and role that the plan changes; a move is two: the one left and the one joined.
-- In merge's transaction; a held change is not there yet.

-- name: keep_history
insert into history.enrollments
select
    r.*,
    r.as_of,
    :as_of,
    :run_id
from work.changes as c
inner join roster.enrollments as r
    on
        c.district_id = r.district_id and c.user_id = r.user_id and c.role = r.role
        and r.class_id in (c.class_id, c.from_class_id)
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = 'enrollments' and not c.held
    and c.action <> 'create';

-- name: update
update roster.enrollments as r
set
    is_primary = c.is_primary,
    begin_date = c.begin_date,
    end_date = c.end_date,
    status = 'active',
    as_of = :as_of,
    run_id = :run_id,
    archived_on = null
from work.changes as c
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = 'enrollments' and not c.held
    and c.action in ('update', 'reactivate', 'move')
    and r.district_id = :district_id and r.class_id = c.class_id and r.user_id = c.user_id and r.role = c.role;

-- name: archive
update roster.enrollments as r
set
    status = 'archived',
    archived_on = :as_of,
    as_of = :as_of,
    run_id = :run_id
from work.changes as c
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = 'enrollments' and not c.held
    and c.action in ('archive', 'move')
    and r.district_id = :district_id and r.class_id = coalesce(c.from_class_id, c.class_id)
    and r.user_id = c.user_id and r.role = c.role;

-- name: create
insert into roster.enrollments (
    district_id, class_id, user_id, role, is_primary, begin_date, end_date, origin, source, status, as_of, run_id
)
select
    :district_id,
    c.class_id,
    c.user_id,
    c.role,
    c.is_primary,
    c.begin_date,
    c.end_date,
    'synced',
    :source,
    'active',
    :as_of,
    :run_id
from work.changes as c
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = 'enrollments' and not c.held
    and (
        c.action = 'create'
        or (
            c.action = 'move' and not exists (
                select from roster.enrollments as r
                where
                    r.district_id = :district_id and r.class_id = c.class_id and r.user_id = c.user_id and r.role = c.role
            )
        )
    );
