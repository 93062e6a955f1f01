-- Grain: one row per term that the plan changes. In merge's transaction; a held change is not there yet.

-- name: keep_history
insert into history.terms
select
    r.*,
    r.as_of,
    :as_of,
    :run_id
from work.changes as c
inner join roster.terms as r on c.district_id = r.district_id and c.id = r.term_id
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = 'terms' and not c.held
    and c.action <> 'create';

-- name: update
update roster.terms as r
set
    title = v.title,
    begin_date = v.begin_date,
    end_date = v.end_date,
    origin = 'synced',
    source = :source,
    status = 'active',
    as_of = :as_of,
    run_id = :run_id,
    archived_on = null
from work.changes as c
inner join resolved_terms as v on c.n = v.n
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = 'terms' and not c.held
    and c.action in ('update', 'move', 'reactivate', 'link', 'rekey')
    and r.district_id = :district_id and r.term_id = c.id;

-- name: archive
update roster.terms as r
set
    status = 'archived',
    archived_on = :as_of,
    as_of = :as_of,
    run_id = :run_id
from work.changes as c
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = 'terms' and not c.held
    and c.action = 'archive'
    and r.district_id = :district_id and r.term_id = c.id;

-- name: create
insert into roster.terms (
    district_id, term_id, title, begin_date, end_date, origin, source, status, as_of, run_id
)
select
    :district_id,
    c.id,
    v.title,
    v.begin_date,
    v.end_date,
    'synced',
    :source,
    'active',
    :as_of,
    :run_id
from work.changes as c
inner join resolved_terms as v on c.n = v.n
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = 'terms' and not c.held
    and c.action = 'create';

-- name: link
-- What was archived because its run was undone is known by no id until it comes back.
insert into roster.links (district_id, entity, source, source_id, id, run_id, as_of)
select
    :district_id,
    'terms',
    :source,
    s.source_id,
    c.id,
    :run_id,
    :as_of
from work.changes as c
inner join staged_terms as s on c.n = s.n
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = 'terms' and not c.held
    and (
        c.action in ('create', 'link', 'rekey')
        or (
            c.action = 'reactivate' and not exists (
                select from roster.links as l
                where l.district_id = :district_id and l.entity = 'terms' and l.source = :source and l.source_id = s.source_id
            )
        )
    );
