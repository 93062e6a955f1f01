-- Grain: one row per school, term, course, class or person that the plan changes.
-- Runs in merge's transaction and leaves held changes out. Every entity with an id of its own has the same statements.
-- The braces stand for what schemas/entities.py declares of the entity: {entity} its table, {key} its id, {attributes}
-- the columns that a source fills, {plain} those of them without a rule of their own, {columns} all columns. The text in
-- braces is repeated for each column, and ends with a comma where there may be none. merge/users.create creates a person.
-- `python -m pipelines.store.statements merge/entities.update@classes` prints a statement as it runs.

-- name: keep_history
-- If another source manages a person, this source only links the person: no version ends.
insert into history.{entity} ({columns}, valid_from, valid_to, ended_by)
select
    {r.columns},
    r.as_of,
    :as_of,
    :run_id
from work.changes as c
inner join roster.{entity} as r on c.district_id = r.district_id and c.id = r.{key}
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = '{entity}' and not c.held
    and c.action <> 'create' and c.reason is distinct from 'MANAGED_ELSEWHERE';

-- name: update
update roster.{entity} as r
set
    {attributes = v.attributes},
    origin = 'synced',
    source = :source,
    status = 'active',
    as_of = :as_of,
    run_id = :run_id,
    archived_on = null
from work.changes as c
inner join resolved_{entity} as v on c.n = v.n
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = '{entity}' and not c.held
    and c.action in ('update', 'move', 'reactivate', 'link', 'rekey') and c.reason is distinct from 'MANAGED_ELSEWHERE'
    and r.district_id = :district_id and r.{key} = c.id;

-- name: archive
update roster.{entity} as r
set
    status = 'archived',
    archived_on = :as_of,
    as_of = :as_of,
    run_id = :run_id
from work.changes as c
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = '{entity}' and not c.held
    and c.action = 'archive'
    and r.district_id = :district_id and r.{key} = c.id;

-- name: create
insert into roster.{entity} (district_id, {key}, {attributes}, origin, source, status, as_of, run_id)
select
    :district_id,
    c.id,
    {v.attributes},
    'synced',
    :source,
    'active',
    :as_of,
    :run_id
from work.changes as c
inner join resolved_{entity} as v on c.n = v.n
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = '{entity}' and not c.held
    and c.action = 'create';

-- name: link
-- A row that was archived because its run was reverted has no link until the row is active again.
insert into roster.links (district_id, entity, source, source_id, id, run_id, as_of)
select
    :district_id,
    '{entity}',
    :source,
    s.source_id,
    c.id,
    :run_id,
    :as_of
from work.changes as c
inner join staged_{entity} as s on c.n = s.n
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = '{entity}' and not c.held
    and (
        c.action in ('create', 'link', 'rekey')
        or (
            c.action = 'reactivate' and not exists (
                select from roster.links as l
                where l.district_id = :district_id and l.entity = '{entity}' and l.source = :source and l.source_id = s.source_id
            )
        )
    );
