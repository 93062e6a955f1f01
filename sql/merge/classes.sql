-- Grain: one row per class that the plan changes. In merge's transaction; a held change is not there yet.

-- name: keep_history
insert into history.classes
select
    r.*,
    r.as_of,
    :as_of,
    :run_id
from work.changes as c
inner join roster.classes as r on c.district_id = r.district_id and c.id = r.class_id
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = 'classes' and not c.held
    and c.action <> 'create';

-- name: update
update roster.classes as r
set
    title = v.title,
    period = v.period,
    school_id = v.school_id,
    course_id = v.course_id,
    term_ids = v.term_ids,
    origin = 'synced',
    source = :source,
    status = 'active',
    as_of = :as_of,
    run_id = :run_id,
    archived_on = null
from work.changes as c
inner join resolved_classes as v on c.n = v.n
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = 'classes' and not c.held
    and c.action in ('update', 'move', 'reactivate', 'link', 'rekey')
    and r.district_id = :district_id and r.class_id = c.id;

-- name: archive
update roster.classes as r
set
    status = 'archived',
    archived_on = :as_of,
    as_of = :as_of,
    run_id = :run_id
from work.changes as c
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = 'classes' and not c.held
    and c.action = 'archive'
    and r.district_id = :district_id and r.class_id = c.id;

-- name: create
insert into roster.classes (
    district_id, class_id, title, period, school_id, course_id, term_ids, origin, source, status, as_of, run_id
)
select
    :district_id,
    c.id,
    v.title,
    v.period,
    v.school_id,
    v.course_id,
    v.term_ids,
    'synced',
    :source,
    'active',
    :as_of,
    :run_id
from work.changes as c
inner join resolved_classes as v on c.n = v.n
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = 'classes' and not c.held
    and c.action = 'create';

-- name: link
-- What was archived because its run was undone is known by no id until it comes back.
insert into roster.links (district_id, entity, source, source_id, id, run_id, as_of)
select
    :district_id,
    'classes',
    :source,
    s.source_id,
    c.id,
    :run_id,
    :as_of
from work.changes as c
inner join staged_classes as s on c.n = s.n
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = 'classes' and not c.held
    and (
        c.action in ('create', 'link', 'rekey')
        or (
            c.action = 'reactivate' and not exists (
                select from roster.links as l
                where l.district_id = :district_id and l.entity = 'classes' and l.source = :source and l.source_id = s.source_id
            )
        )
    );
