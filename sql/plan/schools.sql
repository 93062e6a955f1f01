-- Grain: one row per school of the snapshot. sql/merge/entities.sql explains the braces.

-- name: resolve
insert into resolved_schools (n, id, action, {plain,} name)
with filled as (
    select
        {count(s.plain) as plain,}
        count(*) as delivered
    from staged_schools as s
)

select
    s.n,
    i.id,
    case
        when c.id is not null then null
        when r.school_id is null then 'create'
        when r.origin = 'local' or r.source <> all(cast(:own as text[])) or g.id is not null then case when l.id is null then 'link' end
        when r.status = 'archived' then 'reactivate'
        when (({v.plain,} v.name) is distinct from ({r.plain,} r.name)) then 'update'
    end,
    {v.plain,}
    v.name
from staged_schools as s
cross join filled as f
left join base_links as l
    on l.district_id = :district_id and l.entity = 'schools' and l.source = :source and l.source_id = s.source_id
left join recognised as g on g.entity = 'schools' and s.n = g.n
cross join lateral (select coalesce(l.id, g.id, roster.make_id(:district_id, 'schools', :source, s.source_id)) as id) as i
left join base_schools as r on r.district_id = :district_id and r.school_id = i.id
cross join
    lateral (
        select
            {case when f.plain > 0 then s.plain else r.plain end as plain,}
            coalesce(s.name, r.name) as name
    ) as v
left join work.changes as c
    on c.district_id = :district_id and c.run_id = :run_id and c.entity = 'schools' and c.action <> 'archive' and c.id = i.id;

-- name: plan
insert into work.changes (district_id, run_id, source_n, entity, action, n, id, school_id)
select
    :district_id,
    :run_id,
    :source_n,
    'schools',
    r.action,
    r.n,
    r.id,
    r.id
from resolved_schools as r
where r.action is not null;

-- name: plan_archive
insert into work.changes (district_id, run_id, source_n, entity, action, id, school_id)
select
    :district_id,
    :run_id,
    :source_n,
    'schools',
    'archive',
    r.school_id,
    r.school_id
from base_schools as r
where
    r.district_id = :district_id and r.source = any(cast(:own as text[])) and r.origin = 'synced' and r.status = 'active'
    and r.school_id in (select s.id from scope_schools as s)
    and r.school_id not in (select s.id from resolved_schools as s)
    and r.school_id not in (
        select p.id from protected as p
        where p.entity = 'schools'
    );
