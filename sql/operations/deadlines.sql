-- Grain: one row per source and night, to decide whether its import is there.

-- name: import
-- Return what became of an import. The run of the night that received it comes first. Then comes a later night's run,
-- which has newer data; else the newest run that tried.
select
    i.run_id,
    i.status,
    i.facts ->> 'code' as code
from runs.imports as i
inner join runs.runs as r on i.run_id = r.run_id
where
    i.district_id = :district_id and i.source_n = :source_n and i.source = :source
    and r.kind = 'roster'
    and (r.as_of = :as_of or (r.as_of > :as_of and i.status in ('received', 'unchanged', 'applied')))
order by (i.status in ('received', 'unchanged', 'applied')) desc, (r.as_of = :as_of) desc, i.run_id desc
limit 1;

-- name: run_of
-- Return the newest run of a night, whatever its status.
select max(r.run_id)
from runs.runs as r
where r.district_id = :district_id and r.as_of = :as_of and r.kind = 'roster';

-- name: list_missing
-- Safe to repeat. If a delivery was refused for its content, it stays refused: it did arrive.
insert into runs.imports (district_id, run_id, source_n, source, layout, status, facts)
values (:district_id, :run_id, :source_n, :source, :layout, 'missing', cast(:facts as jsonb))
on conflict (district_id, run_id, source_n) do update
    set status = 'missing', facts = runs.imports.facts || excluded.facts, at = clock_timestamp()
    where runs.imports.status = 'refused' and runs.imports.facts ->> 'code' in ('SOURCE_UNAVAILABLE', 'SOURCE_GROWING');

-- name: same_since
-- Return the first night since which a source has delivered the very bytes that it delivered last.
with arrived as (
    select
        r.as_of,
        i.digest,
        first_value(i.digest) over (order by r.as_of desc, i.run_id desc) as newest
    from runs.imports as i
    inner join runs.runs as r on i.run_id = r.run_id
    where
        i.district_id = :district_id and i.source_n = :source_n and i.source = :source and r.kind = 'roster'
        and i.status in ('received', 'unchanged', 'applied') and r.as_of <= :as_of
)

select min(a.as_of)
from arrived as a
where
    a.digest = a.newest
    and a.as_of > all(
        select b.as_of
        from arrived as b
        where b.digest <> b.newest
    );
