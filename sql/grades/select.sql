-- Grain: one row per class with selected activities; one row per column that a run means to send.

-- name: activities
-- Return everything that could be sent (IC-18), with the selection by a person (decided) and by the source (flagged).
select
    a.activity_id,
    a.class_id,
    a.source_id,
    a.kind,
    a.title,
    a.points,
    a.due_at,
    a.selected as flagged,
    s.selected as decided
from gradebook.activities as a
left join gradebook.selections as s on a.district_id = s.district_id and a.activity_id = s.activity_id
where a.district_id = :district_id
order by a.class_id, a.due_at, a.title, a.activity_id;

-- name: classes
-- Return the classes of these activities: their ids at their sources, whether they were ever synced, whether they are
-- over (IC-25), and the Canvas course that they have already.
select
    c.class_id,
    c.title,
    coalesce(k.names, '{}') as names,
    coalesce(n.names, '{}') as course_names,
    c.origin = 'local' or c.run_id is not null as is_synced,
    r.class_id is null and (c.status = 'archived' or coalesce(t.last_day < :as_of, false)) as is_over,
    l.course_number,
    l.section_number
from roster.classes as c
left join lateral (
    select array_agg(x.source_id order by x.source, x.source_id) as names
    from roster.links as x
    where x.district_id = c.district_id and x.entity = 'classes' and x.id = c.class_id
) as k on true
left join lateral (
    select array_agg(x.source_id order by x.source, x.source_id) as names
    from roster.links as x
    where x.district_id = c.district_id and x.entity = 'courses' and x.id = c.course_id
) as n on true
left join lateral (
    select max(x.end_date) as last_day
    from roster.terms as x
    where x.district_id = c.district_id and x.term_id = any(c.term_ids)
    having count(*) filter (where x.end_date is null) = 0
) as t on true
left join gradebook.reopened as r on c.district_id = r.district_id and c.class_id = r.class_id
left join gradebook.course_links as l on c.district_id = l.district_id and c.class_id = l.class_id
where
    c.district_id = :district_id
    and c.class_id in (
        select a.class_id from gradebook.activities as a
        where a.district_id = :district_id
    )
order by c.class_id;

-- name: canvas_numbers
-- If a roster came from Canvas itself, its classes are sections with known numbers.
select
    l.id as class_id,
    cast(k.source_id as bigint) as course_number,
    cast(l.source_id as bigint) as section_number
from roster.links as l
inner join roster.classes as c on l.district_id = c.district_id and l.id = c.class_id
inner join roster.links as k
    on c.district_id = k.district_id and k.entity = 'courses' and k.source = 'canvas' and c.course_id = k.id
where
    l.district_id = :district_id and l.entity = 'classes' and l.source = 'canvas'
    and l.source_id ~ '^\d{1,18}$' and k.source_id ~ '^\d{1,18}$';

-- name: link_course
insert into gradebook.course_links (district_id, class_id, course_number, section_number, run_id)
values (:district_id, :class_id, :course_number, :section_number, :run_id)
on conflict (district_id, class_id) do update
    set
        course_number = excluded.course_number, section_number = excluded.section_number,
        run_id = excluded.run_id
    where
    (gradebook.course_links.course_number, gradebook.course_links.section_number)
    is distinct from (excluded.course_number, excluded.section_number);

-- name: forget
-- If a run is tried again, it selects again. What was sent already stays in the ledger.
with changes as (
    delete from gradebook.changes
    where district_id = :district_id and run_id = :run_id
),

columns as (
    delete from gradebook.columns
    where district_id = :district_id and run_id = :run_id
),

refused as (
    delete from gradebook.refused_classes
    where district_id = :district_id and run_id = :run_id
)

delete from gradebook.exports
where district_id = :district_id and run_id = :run_id;

-- name: refuse_class
insert into gradebook.refused_classes (district_id, run_id, class_id, reason)
values (:district_id, :run_id, :class_id, :reason);

-- name: add_activity
insert into gradebook.columns (
    district_id, run_id, course_number, column_id, class_id, title, kind, points, due_at, activity_ids, zeros
)
values (
    :district_id, :run_id, :course_number, :activity_id, :class_id, :title, :kind, :points, :due_at,
    array[cast(:activity_id as uuid)], :zeros
);

-- name: add_totals
-- Add one column for all selected activities of a class and kind. The column has an id of its own that never changes.
insert into gradebook.columns (
    district_id, run_id, course_number, column_id, class_id, title, kind, points, activity_ids, zeros
)
select
    a.district_id,
    :run_id,
    :course_number,
    roster.make_id(a.district_id, 'totals', a.kind, cast(a.class_id as text)),
    a.class_id,
    case a.kind when 'poll' then 'Polls' when 'quiz' then 'Quizzes' else 'Assignments' end || ', total',
    a.kind,
    sum(a.points),
    array_agg(a.activity_id order by a.activity_id),
    :zeros
from gradebook.activities as a
where
    a.district_id = :district_id and a.class_id = :class_id
    and a.activity_id = any(cast(:activity_ids as uuid[]))
group by a.district_id, a.class_id, a.kind;

-- name: add_exports
insert into gradebook.exports (district_id, run_id, course_number, class_ids)
select
    c.district_id,
    c.run_id,
    c.course_number,
    array_agg(distinct c.class_id)
from gradebook.columns as c
where c.district_id = :district_id and c.run_id = :run_id
group by c.district_id, c.run_id, c.course_number;

-- name: courses
select
    course_number,
    status,
    code,
    reason,
    owner,
    fix,
    counts,
    facts
from gradebook.exports
where district_id = :district_id and run_id = :run_id
order by course_number;

-- name: refused_classes
select
    r.class_id,
    r.reason,
    (
        select min(l.source_id) from roster.links as l
        where l.district_id = r.district_id and l.entity = 'classes' and l.id = r.class_id
    ) as source_id
from gradebook.refused_classes as r
where r.district_id = :district_id and r.run_id = :run_id
order by r.reason, r.class_id;
