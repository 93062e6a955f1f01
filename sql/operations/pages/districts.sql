-- Grain: one row per district (newest), per night of a district (nights), per school of a district (schools).

-- name: newest
-- Return the newest run of each of these districts, and the number of open holds.
select
    d.district_id,
    r.run_id,
    r.as_of,
    r.status,
    r.code,
    r.ended_at,
    (
        select max(n.as_of) from runs.runs as n
        where
            n.district_id = d.district_id and n.kind = 'roster' and n.status in ('applied', 'unchanged')
            and n.undone_by is null
    ) as describes,
    (
        select count(*) from runs.holds as h
        where h.district_id = d.district_id and h.status = 'open'
    ) as holds
from unnest(cast(:districts as text[])) as d (district_id)
left join lateral (
    select n.* from runs.runs as n
    where n.district_id = d.district_id and n.kind = 'roster'
    order by n.run_id desc
    limit 1
) as r on true
order by d.district_id;

-- name: nights
-- Return the last nights that had a result, oldest first: what was received, quarantined, changed and held.
select n.* from (
    select
        r.run_id,
        r.as_of,
        r.status,
        coalesce(i.received, 0) as received,
        coalesce(i.quarantined, 0) as quarantined,
        (
            select coalesce(sum(cast(c.value as bigint)), 0) from jsonb_each_text(r.counts) as c (name, value)
            where c.name like 'applied.%'
        ) as changed,
        (
            select coalesce(sum(h.planned), 0) from runs.holds as h
            where h.district_id = r.district_id and h.run_id = r.run_id
        ) as held
    from runs.runs as r
    left join lateral (
        select
            sum(x.received_rows) as received,
            sum(cast(x.counts ->> 'quarantined' as bigint)) as quarantined
        from runs.imports as x
        where x.district_id = r.district_id and x.run_id = r.run_id
    ) as i on true
    where
        r.district_id = :district_id and r.kind = 'roster' and r.status in ('applied', 'unchanged') and r.undone_by is null
        and r.reverts is null and r.approves is null
    order by r.as_of desc, r.run_id desc
    limit :nights
) as n
order by n.as_of, n.run_id;

-- name: schools
-- Return which sources each school is synced from, and the last night that imported from them.
with classes as (
    select
        k.school_id,
        count(*) as classes
    from roster.classes as k
    where k.district_id = :district_id and k.status = 'active'
    group by k.school_id
),

-- Equal people are counted together before the schools are unnested: unnesting everybody's schools takes as long as all
-- the rest.
alike as (
    select
        u.school_ids,
        u.role = 'student' as is_student,
        u.origin,
        u.source,
        count(*) as people
    from roster.users as u
    where u.district_id = :district_id and u.status = 'active'
    group by u.school_ids, u.role = 'student', u.origin, u.source
),

people as (
    select
        p.school_id,
        cast(coalesce(sum(a.people) filter (where a.is_student), 0) as bigint) as students,
        cast(coalesce(sum(a.people) filter (where not a.is_student), 0) as bigint) as staff,
        cast(coalesce(sum(a.people) filter (where a.origin = 'local'), 0) as bigint) as local,
        array_agg(distinct a.source) filter (where a.origin = 'synced') as sources
    from alike as a
    cross join lateral unnest(a.school_ids) as p (school_id)
    group by p.school_id
),

last_imports as (
    select
        i.source,
        max(r.as_of) as as_of
    from runs.imports as i
    inner join runs.runs as r on i.run_id = r.run_id
    where i.district_id = :district_id and i.status in ('applied', 'unchanged') and r.undone_by is null
    group by i.source
)

select
    s.school_id,
    coalesce(s.name, l.source_id, '') as school,
    s.origin,
    s.status,
    coalesce(p.sources, array_remove(array[s.source], null)) as sources,
    coalesce(c.classes, 0) as classes,
    coalesce(p.students, 0) as students,
    coalesce(p.staff, 0) as staff,
    coalesce(p.local, 0) as local,
    (
        select max(i.as_of) from last_imports as i
        where i.source = any(coalesce(p.sources, array[s.source]))
    ) as last_import
from roster.schools as s
left join lateral (
    select min(k.source_id) as source_id from roster.links as k
    where k.district_id = s.district_id and k.entity = 'schools' and k.id = s.school_id
) as l on true
left join classes as c on s.school_id = c.school_id
left join people as p on s.school_id = p.school_id
where s.district_id = :district_id
order by s.status, 1;
