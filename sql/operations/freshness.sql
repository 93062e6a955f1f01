-- Grain: one row per source and night, for whether its import is there.

-- name: import
-- What became of it: the run that has it, or a later night's, which says more; else the newest that tried.
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
-- The newest run of a night, whatever became of it.
select max(r.run_id)
from runs.runs as r
where r.district_id = :district_id and r.as_of = :as_of and r.kind = 'roster';

-- name: list_missing
-- Safe to repeat. What was refused for what it is stays so: it did come.
insert into runs.imports (district_id, run_id, source_n, source, layout, status, facts)
values (:district_id, :run_id, :source_n, :source, :layout, 'missing', cast(:facts as jsonb))
on conflict (district_id, run_id, source_n) do update
    set status = 'missing', facts = runs.imports.facts || excluded.facts, at = clock_timestamp()
    where runs.imports.status = 'refused' and runs.imports.facts ->> 'code' in ('SOURCE_UNAVAILABLE', 'SOURCE_GROWING');

-- name: same_since
-- Since which night a source has delivered the very bytes that it delivered last.
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
