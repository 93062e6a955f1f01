-- Grain: one row per decision of a person about activities, classes or scores.

-- name: select
insert into gradebook.selections (district_id, activity_id, selected, decided_by)
select
    a.district_id,
    a.activity_id,
    :selected,
    :decided_by
from gradebook.activities as a
where
    a.district_id = :district_id
    and (cast(:activities as text[]) is null or a.source_id = any(cast(:activities as text[])))
    and (
        cast(:classes as text[]) is null or exists (
            select from roster.links as l
            where
                l.district_id = a.district_id and l.entity = 'classes' and l.id = a.class_id
                and l.source_id = any(cast(:classes as text[]))
        )
    )
on conflict (district_id, activity_id) do update
    set selected = excluded.selected, decided_by = excluded.decided_by, at = clock_timestamp();

-- name: unarchive
insert into gradebook.reopened (district_id, class_id, decided_by)
select distinct
    l.district_id,
    l.id,
    :decided_by
from roster.links as l
where
    l.district_id = :district_id and l.entity = 'classes'
    and (l.source_id = :class_id or cast(l.id as text) = :class_id)
on conflict (district_id, class_id) do nothing;

-- name: recreate
-- Forget the assignment that was deleted in Canvas, and the scores that were last read there.
with deleted as (
    select
        l.district_id,
        l.column_id,
        l.course_number
    from gradebook.assignment_links as l
    inner join gradebook.activities as a on l.district_id = a.district_id
    where
        l.district_id = :district_id and a.source_id = :activity
        and (
            l.column_id = a.activity_id
            or l.column_id = roster.make_id(a.district_id, 'totals', a.kind, cast(a.class_id as text))
        )
        and exists (
            select from gradebook.states as s
            where s.district_id = l.district_id and s.column_id = l.column_id and s.reason = 'COLUMN_DELETED'
        )
),

cleared as (
    update gradebook.states as s
    set score = null, excused = false
    from deleted as d
    where s.district_id = d.district_id and s.column_id = d.column_id
)

delete from gradebook.assignment_links as l
using deleted as d
where l.district_id = d.district_id and l.column_id = d.column_id and l.course_number = d.course_number;

-- name: approve
-- Approve the overwrites that a run held, as long as Canvas still has the scores that the person saw.
insert into gradebook.approvals (district_id, column_id, user_id, seen, decided_by)
select
    c.district_id,
    c.column_id,
    c.user_id,
    c.old,
    :decided_by
from gradebook.changes as c
where c.district_id = :district_id and c.run_id = :run_id and c.held
on conflict (district_id, column_id, user_id) do update
    set seen = excluded.seen, decided_by = excluded.decided_by, at = clock_timestamp();

-- name: record
insert into runs.decisions (district_id, subject, choice, details, decided_by)
values (:district_id, :subject, :choice, cast(:details as jsonb), :decided_by);
