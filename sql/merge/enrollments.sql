-- Grain: one row per class, person and role that the plan changes; a move is two: the class left and the class joined.
-- Runs in merge's transaction and leaves held changes out. A change of an enrollment carries its values itself and has
-- no id, so enrollments have statements of their own. sql/merge/entities.sql explains the braces.

-- name: keep_history
insert into history.{entity} ({columns}, valid_from, valid_to, ended_by)
select
    {r.columns},
    r.as_of,
    :as_of,
    :run_id
from work.changes as c
inner join roster.{entity} as r
    on
        c.district_id = r.district_id and c.user_id = r.user_id and c.role = r.role
        and r.class_id in (c.class_id, c.from_class_id)
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = '{entity}' and not c.held
    and c.action <> 'create';

-- name: update
update roster.{entity} as r
set
    {attributes = c.attributes},
    status = 'active',
    as_of = :as_of,
    run_id = :run_id,
    archived_on = null
from work.changes as c
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = '{entity}' and not c.held
    and c.action in ('update', 'reactivate', 'move')
    and r.district_id = :district_id and r.class_id = c.class_id and r.user_id = c.user_id and r.role = c.role;

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
    and c.action in ('archive', 'move')
    and r.district_id = :district_id and r.class_id = coalesce(c.from_class_id, c.class_id)
    and r.user_id = c.user_id and r.role = c.role;

-- name: create
insert into roster.{entity} (district_id, {key}, {attributes}, origin, source, status, as_of, run_id)
select
    :district_id,
    {c.key},
    {c.attributes},
    'synced',
    :source,
    'active',
    :as_of,
    :run_id
from work.changes as c
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = '{entity}' and not c.held
    and (
        c.action = 'create'
        or (
            c.action = 'move' and not exists (
                select from roster.{entity} as r
                where
                    r.district_id = :district_id and r.class_id = c.class_id and r.user_id = c.user_id and r.role = c.role
            )
        )
    );
