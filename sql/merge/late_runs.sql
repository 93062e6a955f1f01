-- Grain: one row per night of a district. A late-arriving run is applied between the nights before it and after it.

-- name: rewind
select history.rewind(:district_id, :as_of);

-- name: agrees
select history.agrees(:district_id, :as_of, :run_id, :evening);

-- name: forward
select history.forward(:district_id, cast(:evening as date));

-- name: later
-- Return the nights that have to be applied again, in their order. An undone run and the run that undid it are left
-- out.
select
    r.run_id,
    r.as_of
from runs.runs as r
where
    r.district_id = :district_id and r.kind = 'roster' and r.status in ('applied', 'unchanged') and r.undone_by is null
    and r.reverts is null and r.as_of > :as_of
order by r.as_of, r.run_id;

-- name: sources
-- Return the kinds of sources of the nights from this one on. If the district changed from one source to another, the
-- new source may recognise even archived rows.
select distinct i.source
from runs.imports as i
inner join runs.runs as r on i.run_id = r.run_id
where i.district_id = :district_id and r.kind = 'roster' and r.as_of >= :as_of;
