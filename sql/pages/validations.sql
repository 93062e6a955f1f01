-- Grain: one row per cause and school of a run's quarantine (by_school), per quarantined line (lines, which name people).

-- name: by_school
-- A line's school is the one it names, else that of the class it names; a line of neither is nobody's.
select
    coalesce(s.name, q.school_id, '') as school,
    q.code,
    q.file,
    q.column_name,
    count(*) as lines,
    (array_agg(q.line order by q.line))[1:5] as first_lines
from (
    select
        x.code,
        x.file,
        x.column_name,
        x.line,
        coalesce(
            nullif(x.row ->> 'school_id', ''), nullif(x.row ->> 'schoolSourcedId', ''), nullif(x.row ->> 'orgSourcedId', ''),
            nullif(split_part(coalesce(x.row ->> 'orgSourcedIds', ''), ',', 1), ''), c.school_id
        ) as school_id
    from runs.quarantine as x
    left join lateral (
        select min(l.source_id) as school_id
        from roster.links as k
        inner join roster.classes as o on k.district_id = o.district_id and k.id = o.class_id
        inner join roster.links as l on l.district_id = o.district_id and l.entity = 'schools' and o.school_id = l.id
        where
            k.district_id = x.district_id and k.entity = 'classes'
            and k.source_id = coalesce(x.row ->> 'class_id', x.row ->> 'classSourcedId')
    ) as c on true
    where x.district_id = :district_id and x.run_id = :run_id
) as q
left join lateral (
    select min(n.name) as name
    from roster.links as l
    inner join roster.schools as n on l.district_id = n.district_id and l.id = n.school_id
    where l.district_id = :district_id and l.entity = 'schools' and l.source_id = q.school_id
) as s on true
group by coalesce(s.name, q.school_id, ''), q.code, q.file, q.column_name
order by 1 asc, lines desc, q.code asc;

-- name: lines
-- Names people: for the eyes of those who may see them, and who looked is in the audit log.
select
    q.source_n,
    q.file,
    q.line,
    q.code,
    q.column_name,
    q.row,
    count(*) over () as found
from runs.quarantine as q
where
    q.district_id = :district_id and q.run_id = :run_id
    and (cast(:code as text) is null or q.code = :code)
    and (cast(:file as text) is null or q.file = :file)
    and (cast(:column_name as text) is null or q.column_name = :column_name)
order by q.source_n, q.file, q.line
limit :rows offset :skip;

-- name: look
-- Append-only: who looked at what, when.
insert into runs.audit_log (district_id, actor, act, details)
values (:district_id, :actor, :act, cast(:details as jsonb));
