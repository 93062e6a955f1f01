-- Grain: one row per person that the plan creates. sql/merge/entities.sql has every other change of a person.

-- name: create
-- If the settings say so, an admin invites new staff (GC-10).
insert into roster.{entity} (district_id, {key}, {attributes}, invitation, origin, source, status, as_of, run_id)
select
    :district_id,
    c.id,
    {v.attributes},
    case when v.role <> 'student' and :invite = 'manual' then 'pending' else 'none' end,
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
