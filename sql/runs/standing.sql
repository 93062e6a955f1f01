-- Grain: one row per source whose snapshot the roster reflects wholly.

-- name: is_reflected
select count(*) > 0
from runs.standing as s
where
    s.district_id = :district_id and s.source_n = :source_n and s.source = :source
    and s.digest = :digest and s.rules_version = :rules_version;

-- name: clear
delete from runs.standing
where district_id = :district_id;

-- name: record
-- The roster reflects the snapshots of a run wholly if no part of its plan is unapplied: held, rejected, expired or left
-- out. An approval completes the run that it approves, unless another run was applied in between.
insert into runs.standing (district_id, source_n, source, run_id, as_of, digest, rules_version)
select
    i.district_id,
    i.source_n,
    i.source,
    i.run_id,
    r.as_of,
    i.digest,
    i.rules_version
from runs.imports as i
inner join runs.runs as r on i.run_id = r.run_id
where
    i.district_id = :district_id and i.run_id = :run_id and i.digest is not null and i.rules_version is not null
    and not exists (
        select from work.changes as c
        where c.district_id = i.district_id and c.run_id = i.run_id and c.held and c.applied_by is null
    )
    and not exists (
        select from runs.runs as o
        where
            o.district_id = i.district_id and o.kind = 'roster' and o.status = 'applied' and o.run_id > i.run_id
            and o.approves is distinct from i.run_id
    );
