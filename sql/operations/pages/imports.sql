-- Grain: one row per import of a district: it came, was the same as before, was refused or never came (GC-17, GC-18).

-- name: listed
-- Return one page of imports. `found` repeats the number of all imports found.
select
    i.run_id,
    r.kind,
    r.as_of,
    r.undone_by,
    i.source_n,
    i.source,
    i.layout,
    i.status,
    i.received_rows,
    cast(i.counts ->> 'accepted' as bigint) as accepted,
    cast(i.counts ->> 'quarantined' as bigint) as quarantined,
    i.facts ->> 'code' as code,
    i.at,
    count(*) over () as found
from runs.imports as i
inner join runs.runs as r on i.run_id = r.run_id
where
    i.district_id = :district_id
    and (cast(:status as text) is null or i.status = :status)
    and (
        cast(:words as text) is null
        or strpos(
            lower(concat_ws(' ', 'run ' || i.run_id, r.as_of, i.source, i.layout, i.status, i.facts ->> 'code')), lower(:words)
        ) > 0
    )
order by i.run_id desc, i.source_n asc
limit :rows offset :skip;

-- name: run_of
-- Return the newest run that a DAG run of Airflow performed.
select max(r.run_id)
from runs.runs as r
where r.district_id = :district_id and r.dag_run = :dag_run;
