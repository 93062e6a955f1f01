-- Grain: one row per run (runs.runs), per source of a run (runs.imports), per step of a run (runs.steps).

-- name: start
insert into runs.runs (district_id, as_of, status, intent, reverts, approves, dag_run, request, kind, settings)
values (
    :district_id, :as_of, 'running', :intent, :reverts, :approves, :dag_run, cast(:request as jsonb), :kind, :settings
)
returning run_id;

-- name: get
select
    run_id,
    district_id,
    as_of,
    status,
    code,
    reason,
    owner,
    fix,
    request,
    base_run_id,
    counts,
    pages,
    kind,
    started_at,
    ended_at,
    undone_by,
    settings,
    kind = 'roster' and exists (
        select from runs.runs as l
        where
            l.district_id = r.district_id and l.kind = 'roster' and l.undone_by is null
            and l.status = any(
                cast(case when r.approves is null then '{applied,unchanged}' else '{applied}' end as text[])
            )
            and l.as_of > r.as_of
    ) as is_late
from runs.runs as r
where run_id = :run_id;

-- name: recent
select
    run_id,
    district_id,
    kind,
    case when intent in ('undo', 'approval') then intent end as act,
    coalesce(reverts, approves) as of_run,
    as_of,
    status,
    code,
    undone_by,
    settings,
    counts,
    started_at,
    ended_at
from runs.runs
where cast(:district_id as text) is null or district_id = :district_id
order by run_id desc
limit :rows;

-- name: finish
update runs.runs
set status = :status, code = :code, reason = :reason, owner = :owner, fix = :fix, ended_at = clock_timestamp()
where run_id = :run_id;

-- name: clear_code
-- Clear the code of an applied run once all of its holds are decided.
update runs.runs as r
set code = null
where
    r.run_id = :run_id and r.status = 'applied' and r.code = 'HOLD_REQUIRED'
    and not exists (
        select from runs.holds as h
        where h.district_id = r.district_id and h.run_id = r.run_id and h.status = 'open'
    );

-- name: resume
-- Set a failed run to running when a step is tried again.
update runs.runs
set status = 'running', code = null, reason = null, owner = null, fix = null, ended_at = null
where run_id = :run_id and status = 'failed';

-- name: overtake
-- Stop older runs that still count as running: they were killed or are too slow. The newest run of a district has its
-- staging.
update runs.runs
set
    status = 'stopped', code = 'STALE_PLAN', reason = 'run ' || :run_id || ' of the same district has replaced this run',
    owner = 'data engineer', fix = 'see run ' || :run_id || ': it replaces this one', ended_at = clock_timestamp()
where
    district_id = :district_id and run_id < :run_id and status = 'running'
    and kind = (
        select r.kind from runs.runs as r
        where r.run_id = :run_id
    )
returning run_id;

-- name: count
update runs.runs
set counts = counts || cast(:counts as jsonb)
where run_id = :run_id;

-- name: set_base
update runs.runs
set
    base_run_id = (
        select max(r.run_id) from runs.runs as r
        where r.district_id = :district_id and r.kind = 'roster' and r.status = 'applied'
    )
where run_id = :run_id;

-- name: newest_night
-- Return the latest night that the roster describes already.
select max(r.as_of)
from runs.runs as r
where
    r.district_id = :district_id and r.kind = 'roster' and r.status in ('applied', 'unchanged')
    and r.undone_by is null;

-- name: see_base
-- Make the temporary views base_<entity>. For a late-arriving run they show the roster of that night's evening, else
-- the roster itself.
select history.see_base(:district_id, cast(:night as date));

-- name: receive
insert into runs.imports (
    district_id, run_id, source_n, source, layout, status, digest, rules_version, landing, received_rows, facts
)
values (
    :district_id, :run_id, :source_n, :source, :layout, 'received', :digest, :rules_version, :landing, :received_rows,
    cast(:facts as jsonb)
)
on conflict (district_id, run_id, source_n) do update
    set
        status = 'received', digest = excluded.digest, rules_version = excluded.rules_version, landing = excluded.landing,
        received_rows = excluded.received_rows, facts = excluded.facts, at = clock_timestamp();

-- name: refuse
-- Import Details lists refused imports, too (GC-17, GC-19).
insert into runs.imports (district_id, run_id, source_n, source, layout, status, facts)
values (:district_id, :run_id, :source_n, :source, :layout, 'refused', cast(:facts as jsonb))
on conflict (district_id, run_id, source_n) do update
    set status = 'refused', facts = runs.imports.facts || excluded.facts, at = clock_timestamp();

-- name: conclude_imports
update runs.imports
set status = :status
where district_id = :district_id and run_id = :run_id and status = 'received';

-- name: record_findings
update runs.imports
set
    received_rows = :received, counts = cast(:counts as jsonb), findings = cast(:findings as jsonb), facts = facts || cast(:facts as jsonb)
where district_id = :district_id and run_id = :run_id and source_n = :source_n;

-- name: imports
select *
from runs.imports
where district_id = :district_id and run_id = :run_id
order by source_n;

-- name: last_import
-- Return the import that the roster was last made from, for this source. 'Far fewer rows than last night' compares with
-- it. Row counts of another layout are not compared: a staff file is not a small combined file.
select
    i.run_id,
    i.digest,
    i.rules_version,
    case when i.layout = :layout then i.received_rows end as received_rows,
    i.landing,
    i.facts
from runs.imports as i
inner join runs.runs as r on i.run_id = r.run_id
where
    i.district_id = :district_id and i.source_n = :source_n and i.source = :source and i.status in ('applied', 'unchanged')
    and r.undone_by is null and (cast(:until as date) is null or r.as_of <= :until)
order by r.as_of desc, i.run_id desc
limit 1;

-- name: record_step
insert into runs.steps (district_id, run_id, step, ok, seconds, counts)
values (:district_id, :run_id, :step, :ok, :seconds, cast(:counts as jsonb))
on conflict (district_id, run_id, step) do update
    set ok = excluded.ok, seconds = excluded.seconds, counts = excluded.counts, at = clock_timestamp();

-- name: steps
select
    step,
    ok,
    seconds,
    counts,
    at
from runs.steps
where district_id = :district_id and run_id = :run_id
order by at;

-- name: quarantined
select
    source_n,
    file,
    line,
    code,
    column_name,
    row
from runs.quarantine
where district_id = :district_id and run_id = :run_id
order by source_n, file, line
limit :rows;

-- name: forget_quarantine
delete from runs.quarantine
where district_id = :district_id and run_id = :run_id and source_n = :source_n;

-- name: record_data_docs
update runs.runs
set pages = pages || jsonb_build_object(cast(:suite as text), cast(:page as text))
where run_id = :run_id;
