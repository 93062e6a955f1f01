-- Grain: one row per course of the snapshot. sql/merge/entities.sql explains the braces.

-- name: resolve
insert into resolved_courses (n, id, action, {plain,} code, school_id)
with filled as (
    select
        {count(s.plain) as plain,}
        count(*) as delivered
    from staged_courses as s
)

select
    s.n,
    i.id,
    case
        when c.id is not null then null
        when r.course_id is null then 'create'
        when g.id is not null and l.id is null and r.source = :source then 'rekey'
        when r.origin = 'local' or r.source <> all(cast(:own as text[])) or g.id is not null then case when l.id is null then 'link' end
        when r.status = 'archived' then 'reactivate'
        when
            (({v.plain,} v.code, v.school_id) is distinct from ({r.plain,} r.code, r.school_id))
            then 'update'
    end,
    {v.plain,}
    v.code,
    v.school_id
from staged_courses as s
cross join filled as f
left join resolved_schools as k on s.school_n = k.n
left join base_links as l
    on l.district_id = :district_id and l.entity = 'courses' and l.source = :source and l.source_id = s.source_id
left join recognised as g on g.entity = 'courses' and s.n = g.n
cross join lateral (select coalesce(l.id, g.id, roster.make_id(:district_id, 'courses', :source, s.source_id)) as id) as i
left join base_courses as r on r.district_id = :district_id and r.course_id = i.id
cross join
    lateral (
        select
            {case when f.plain > 0 then s.plain else r.plain end as plain,}
            coalesce(s.code, r.code) as code,
            coalesce(k.id, r.school_id) as school_id
    ) as v
left join work.changes as c
    on c.district_id = :district_id and c.run_id = :run_id and c.entity = 'courses' and c.action <> 'archive' and c.id = i.id;

-- name: plan
insert into work.changes (district_id, run_id, source_n, entity, action, n, id, school_id)
select
    :district_id,
    :run_id,
    :source_n,
    'courses',
    r.action,
    r.n,
    r.id,
    r.school_id
from resolved_courses as r
where r.action is not null;

-- name: plan_archive
insert into work.changes (district_id, run_id, source_n, entity, action, id, school_id)
select
    :district_id,
    :run_id,
    :source_n,
    'courses',
    'archive',
    r.course_id,
    r.school_id
from base_courses as r
where
    r.district_id = :district_id and r.source = any(cast(:own as text[])) and r.origin = 'synced' and r.status = 'active'
    and (r.school_id is null or r.school_id in (select s.id from scope_schools as s))
    and r.course_id not in (select s.id from resolved_courses as s)
    and r.course_id not in (
        select p.id from protected as p
        where p.entity = 'courses'
    );
