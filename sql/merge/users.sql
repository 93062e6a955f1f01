-- Grain: one row per person that the plan changes. In merge's transaction; a held change is not there yet.

-- name: keep_history
insert into history.users
select
    r.*,
    r.as_of,
    :as_of,
    :run_id
from work.changes as c
inner join roster.users as r on c.district_id = r.district_id and c.id = r.user_id
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = 'users' and not c.held
    and c.action <> 'create' and c.reason is distinct from 'MANAGED_ELSEWHERE';

-- name: update
update roster.users as r
set
    identifier = v.identifier,
    role = v.role,
    given_name = v.given_name,
    family_name = v.family_name,
    email = v.email,
    grade = v.grade,
    school_ids = v.school_ids,
    origin = 'synced',
    source = :source,
    status = 'active',
    as_of = :as_of,
    run_id = :run_id,
    archived_on = null
from work.changes as c
inner join resolved_users as v on c.n = v.n
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = 'users' and not c.held
    and c.action in ('update', 'move', 'reactivate', 'link', 'rekey') and v.manages
    and r.district_id = :district_id and r.user_id = c.id;

-- name: archive
update roster.users as r
set
    status = 'archived',
    archived_on = :as_of,
    as_of = :as_of,
    run_id = :run_id
from work.changes as c
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = 'users' and not c.held
    and c.action = 'archive'
    and r.district_id = :district_id and r.user_id = c.id;

-- name: create
insert into roster.users (
    district_id,
    user_id,
    identifier,
    role,
    given_name,
    family_name,
    email,
    grade,
    school_ids,
    invitation,
    origin,
    source,
    status,
    as_of,
    run_id
)
select
    :district_id,
    c.id,
    v.identifier,
    v.role,
    v.given_name,
    v.family_name,
    v.email,
    v.grade,
    v.school_ids,
    case when v.role <> 'student' and :invite = 'manual' then 'pending' else 'none' end,
    'synced',
    :source,
    'active',
    :as_of,
    :run_id
from work.changes as c
inner join resolved_users as v on c.n = v.n
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = 'users' and not c.held
    and c.action = 'create';

-- name: link
insert into roster.links (district_id, entity, source, source_id, id, run_id, as_of)
select
    :district_id,
    'users',
    :source,
    s.source_id,
    c.id,
    :run_id,
    :as_of
from work.changes as c
inner join staged_users as s on c.n = s.n
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = 'users' and not c.held
    and c.action in ('create', 'link', 'rekey');
