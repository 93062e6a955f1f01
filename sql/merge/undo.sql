-- Grain: one row per row of the roster that a run changed. Runs in the transaction of the undo.

-- name: find_changed
select history.find_changed(:district_id, :undone, :as_of);

-- name: conflicts
-- Return the rows that later runs changed, by our ids. If the rows were reverted, those changes would be lost.
select
    'schools' as entity,
    u.school_id as id,
    cast(null as uuid) as class_id,
    cast(null as uuid) as user_id,
    u.changed_by
from undone_schools as u
where u.changed_by is not null
union all
select
    'terms',
    u.term_id,
    cast(null as uuid),
    cast(null as uuid),
    u.changed_by
from undone_terms as u
where u.changed_by is not null
union all
select
    'courses',
    u.course_id,
    cast(null as uuid),
    cast(null as uuid),
    u.changed_by
from undone_courses as u
where u.changed_by is not null
union all
select
    'classes',
    u.class_id,
    cast(null as uuid),
    cast(null as uuid),
    u.changed_by
from undone_classes as u
where u.changed_by is not null
union all
select
    'users',
    u.user_id,
    cast(null as uuid),
    cast(null as uuid),
    u.changed_by
from undone_users as u
where u.changed_by is not null
union all
select
    'enrollments',
    null,
    u.class_id,
    u.user_id,
    u.changed_by
from undone_enrollments as u
where u.changed_by is not null
order by 1, 2, 3, 4
limit :rows;

-- name: sitting
-- Return a later run's enrollments in a class, or of a person, that the undo archives because the undone run had
-- created it.
with seats as (
    select
        e.class_id,
        e.user_id,
        e.role,
        e.run_id
    from undone_classes as u
    inner join roster.enrollments as e on e.district_id = :district_id and u.class_id = e.class_id
    where u.created and e.status = 'active' and e.origin = 'synced'
    union
    select
        e.class_id,
        e.user_id,
        e.role,
        e.run_id
    from undone_users as u
    inner join roster.enrollments as e on e.district_id = :district_id and u.user_id = e.user_id
    where u.created and e.status = 'active' and e.origin = 'synced'
)

select
    'enrollments' as entity,
    cast(null as uuid) as id,
    s.class_id,
    s.user_id,
    s.run_id as changed_by
from seats as s
left join undone_enrollments as u on s.class_id = u.class_id and s.user_id = u.user_id and s.role = u.role
where u.class_id is null
order by s.class_id, s.user_id
limit :rows;

-- name: revert
select history.revert(:district_id, :undone, :as_of, :undoing);

-- name: restore
select history.restore(:district_id, :undone, :original);

-- name: mark_undone
-- Mark the run as undone. The nights that found nothing new in the same snapshot are undone with it.
update runs.runs as r
set undone_by = :undone_by
where
    r.district_id = :district_id and r.kind = 'roster'
    and (
        r.run_id = :undone
        or (
            r.status = 'unchanged' and r.as_of >= :as_of and r.run_id > :undone
            and not exists (
                select from runs.runs as n
                where
                    n.district_id = r.district_id and n.kind = 'roster' and n.status = 'applied'
                    and n.reverts is null
                    and (n.as_of, n.run_id) > (cast(:as_of as date), cast(:undone as bigint)) and (n.as_of, n.run_id) < (r.as_of, r.run_id)
            )
        )
    )
    and r.undone_by is distinct from :undone_by;

-- name: mark_done
-- If an undo is itself reverted, the runs that it undid count again.
update runs.runs
set undone_by = null
where district_id = :district_id and undone_by = :undoing;
