-- Grain: one row per cause and school of a run's quarantine (by_school), per quarantined line (lines, which name people).

-- name: by_school
-- A line's school is the school that it names, else the school of the class that it names. If that is not one of our
-- schools, the page does not repeat it: where columns have shifted, a person's name may stand there.
-- However large the quarantine is, the statement reads at most `most` lines.
with looked_at as materialized (
    select q.* from runs.quarantine as q
    where q.district_id = :district_id and q.run_id = :run_id
    order by q.source_n, q.file, q.line
    limit :most
),

lines as (
    select
        q.source_n,
        q.code,
        q.file,
        q.column_name,
        q.line,
        coalesce(
            nullif(q.row ->> 'school_id', ''), nullif(q.row ->> 'schoolSourcedId', ''), nullif(q.row ->> 'orgSourcedId', ''),
            nullif(split_part(coalesce(q.row ->> 'orgSourcedIds', ''), ',', 1), '')
        ) as school_id,
        coalesce(q.row ->> 'class_id', q.row ->> 'classSourcedId') as class_id
    from looked_at as q
),

-- The join uses the whole key of the links: a few lookups, however many classes there are.
classes as (
    select
        n.source_n,
        n.class_id,
        o.school_id as id
    from (
        select distinct
            l.source_n,
            l.class_id
        from lines as l
        where l.school_id is null and l.class_id is not null
    ) as n
    inner join runs.imports as i on i.district_id = :district_id and i.run_id = :run_id and n.source_n = i.source_n
    inner join roster.links as k
        on k.district_id = :district_id and k.entity = 'classes' and i.source = k.source and n.class_id = k.source_id
    inner join roster.classes as o on o.district_id = :district_id and k.id = o.class_id
),

schools as (
    select
        n.source_n,
        n.school_id,
        k.id
    from (
        select distinct
            l.source_n,
            l.school_id
        from lines as l
        where l.school_id is not null
    ) as n
    inner join runs.imports as i on i.district_id = :district_id and i.run_id = :run_id and n.source_n = i.source_n
    inner join roster.links as k
        on k.district_id = :district_id and k.entity = 'schools' and i.source = k.source and n.school_id = k.source_id
)

select
    coalesce(o.name, '') as school,
    l.code,
    l.file,
    l.column_name,
    count(*) as lines,
    (array_agg(l.line order by l.line))[1:5] as first_lines
from lines as l
left join schools as s on l.source_n = s.source_n and l.school_id = s.school_id
left join classes as c on l.source_n = c.source_n and l.school_id is null and l.class_id = c.class_id
left join roster.schools as o on o.district_id = :district_id and o.school_id = coalesce(s.id, c.id)
group by coalesce(o.name, ''), l.code, l.file, l.column_name
order by 1 asc, lines desc, l.code asc;

-- name: lines
-- Names people: only those who may see them get these rows, and the audit log records who read them. `found` counts up
-- to `most` lines, which is as many as a download has at most.
with meant as not materialized (
    select q.* from runs.quarantine as q
    where
        q.district_id = :district_id and q.run_id = :run_id
        and (cast(:code as text) is null or q.code = :code)
        and (cast(:file as text) is null or q.file = :file)
        and (cast(:column_name as text) is null or q.column_name = :column_name)
)

select
    p.source_n,
    p.file,
    p.line,
    p.code,
    p.column_name,
    p.row,
    (
        select count(*) from (
            select m.line from meant as m
            order by m.source_n, m.file, m.line
            limit :most
        ) as n
    ) as found
from (
    select m.* from meant as m
    order by m.source_n, m.file, m.line
    limit :rows offset :skip
) as p
order by p.source_n, p.file, p.line;

-- name: record_access
-- Append-only: record who read what, and when.
insert into runs.audit_log (district_id, actor, act, details)
values (:district_id, :actor, :act, cast(:details as jsonb));
