-- Grain: one row per run of a district.

-- name: reverted_run
-- Return the reverted run, if there is one, that was made from the very same snapshot under the same rules.
select max(r.run_id)
from runs.runs as r
inner join runs.imports as i on r.district_id = i.district_id and r.run_id = i.run_id
where
    r.district_id = :district_id and r.kind = 'roster' and r.undone_by is not null and r.status = 'applied'
    and i.source_n = :source_n and i.digest = :digest and i.rules_version = :rules_version;
