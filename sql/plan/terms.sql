-- Grain: one row per term of the snapshot. An absent term is never archived: terms end by themselves.
-- sql/merge/entities.sql explains the braces.

-- name: resolve
insert into resolved_terms (n, id, action, {plain,} begin_date, end_date)
with filled as (
    select
        {count(s.plain) as plain,}
        count(*) as delivered
    from staged_terms as s
)

select
    s.n,
    i.id,
    case
        when c.id is not null then null
        when r.term_id is null then 'create'
        when r.origin = 'local' or r.source <> all(cast(:own as text[])) or g.id is not null then case when l.id is null then 'link' end
        when r.status = 'archived' then 'reactivate'
        when
            (({v.plain,} v.begin_date, v.end_date) is distinct from ({r.plain,} r.begin_date, r.end_date))
            then 'update'
    end,
    {v.plain,}
    v.begin_date,
    v.end_date
from staged_terms as s
cross join filled as f
left join base_links as l
    on l.district_id = :district_id and l.entity = 'terms' and l.source = :source and l.source_id = s.source_id
left join recognised as g on g.entity = 'terms' and s.n = g.n
cross join lateral (select coalesce(l.id, g.id, roster.make_id(:district_id, 'terms', :source, s.source_id)) as id) as i
left join base_terms as r on r.district_id = :district_id and r.term_id = i.id
cross join
    lateral (
        select
            {case when f.plain > 0 then s.plain else r.plain end as plain,}
            coalesce(s.begin_date, r.begin_date) as begin_date,
            coalesce(s.end_date, r.end_date) as end_date
    ) as v
left join work.changes as c
    on c.district_id = :district_id and c.run_id = :run_id and c.entity = 'terms' and c.action <> 'archive' and c.id = i.id;

-- name: plan
insert into work.changes (district_id, run_id, source_n, entity, action, n, id)
select
    :district_id,
    :run_id,
    :source_n,
    'terms',
    r.action,
    r.n,
    r.id
from resolved_terms as r
where r.action is not null;
