-- Grain: one row per school that the plan changes. In merge's transaction; a held change is not there yet.

-- name: keep_history
insert into history.schools
select
    r.*,
    r.as_of,
    :as_of,
    :run_id
from work.changes as c
inner join roster.schools as r on c.district_id = r.district_id and c.id = r.school_id
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = 'schools' and not c.held
    and c.action <> 'create';

-- name: update
update roster.schools as r
set
    name = v.name,
    origin = 'synced',
    source = :source,
    status = 'active',
    as_of = :as_of,
    run_id = :run_id,
    archived_on = null
from work.changes as c
inner join resolved_schools as v on c.n = v.n
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = 'schools' and not c.held
    and c.action in ('update', 'move', 'reactivate', 'link', 'rekey')
    and r.district_id = :district_id and r.school_id = c.id;

-- name: archive
update roster.schools as r
set
    status = 'archived',
    archived_on = :as_of,
    as_of = :as_of,
    run_id = :run_id
from work.changes as c
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = 'schools' and not c.held
    and c.action = 'archive'
    and r.district_id = :district_id and r.school_id = c.id;

-- name: create
insert into roster.schools (
    district_id, school_id, name, origin, source, status, as_of, run_id
)
select
    :district_id,
    c.id,
    v.name,
    'synced',
    :source,
    'active',
    :as_of,
    :run_id
from work.changes as c
inner join resolved_schools as v on c.n = v.n
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = 'schools' and not c.held
    and c.action = 'create';

-- name: link
-- What was archived because its run was undone is known by no id until it comes back.
insert into roster.links (district_id, entity, source, source_id, id, run_id, as_of)
select
    :district_id,
    'schools',
    :source,
    s.source_id,
    c.id,
    :run_id,
    :as_of
from work.changes as c
inner join staged_schools as s on c.n = s.n
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = 'schools' and not c.held
    and (
        c.action in ('create', 'link', 'rekey')
        or (
            c.action = 'reactivate' and not exists (
                select from roster.links as l
                where l.district_id = :district_id and l.entity = 'schools' and l.source = :source and l.source_id = s.source_id
            )
        )
    );
