-- Grain: one row per class of the snapshot. sql/merge/entities.sql explains the braces.

-- name: resolve
-- If the snapshot does not deliver a term, the class keeps that term: last term's file must not remove this term's.
-- A column that no row of the snapshot fills clears nothing (decision 0006). `filled` counts the rows that fill it.
insert into resolved_classes (n, id, action, {plain,} school_id, course_id, term_ids)
with term_sets as (
    select
        d.term_ns,
        coalesce(array_agg(t.id order by t.id) filter (where t.id is not null), '{}') as term_ids
    from (select distinct s.term_ns from staged_classes as s) as d
    left join resolved_terms as t on t.n = any(d.term_ns)
    group by d.term_ns
),

filled as (
    select
        {count(s.plain) as plain,}
        count(s.course_n) as course_id
    from staged_classes as s
)

select
    s.n,
    i.id,
    case
        when c.id is not null then null
        when r.class_id is null then 'create'
        when g.id is not null and l.id is null and r.source = :source then 'rekey'
        when r.origin = 'local' or r.source <> all(cast(:own as text[])) or g.id is not null then case when l.id is null then 'link' end
        when r.status = 'archived' then 'reactivate'
        when (k.id is distinct from r.school_id) then 'move'
        when
            (({v.plain,} v.course_id, v.term_ids) is distinct from ({r.plain,} r.course_id, r.term_ids))
            then 'update'
    end,
    {v.plain,}
    k.id,
    v.course_id,
    v.term_ids
from staged_classes as s
cross join filled as f
inner join term_sets as t on s.term_ns = t.term_ns
left join resolved_schools as k on s.school_n = k.n
left join resolved_courses as o on s.course_n = o.n
left join base_links as l
    on l.district_id = :district_id and l.entity = 'classes' and l.source = :source and l.source_id = s.source_id
left join recognised as g on g.entity = 'classes' and s.n = g.n
cross join lateral (select coalesce(l.id, g.id, roster.make_id(:district_id, 'classes', :source, s.source_id)) as id) as i
left join base_classes as r on r.district_id = :district_id and r.class_id = i.id
cross join
    lateral (
        select
            {case when f.plain > 0 then s.plain else r.plain end as plain,}
            case when f.course_id > 0 then o.id else r.course_id end as course_id,
            case
                when r.class_id is null or r.term_ids = t.term_ids then t.term_ids
                else
                    array(
                        select x.id from unnest(t.term_ids) as x (id)
                        union
                        select x.id from unnest(r.term_ids) as x (id)
                        where x.id not in (select q.id from resolved_terms as q)
                        order by 1
                    )
            end as term_ids
    ) as v
left join work.changes as c
    on c.district_id = :district_id and c.run_id = :run_id and c.entity = 'classes' and c.action <> 'archive' and c.id = i.id;

-- name: plan
insert into work.changes (district_id, run_id, source_n, entity, action, n, id, school_id)
select
    :district_id,
    :run_id,
    :source_n,
    'classes',
    r.action,
    r.n,
    r.id,
    r.school_id
from resolved_classes as r
where r.action is not null;

-- name: find_absent
-- Find the active classes in scope that the snapshot does not name.
insert into absent_classes (class_id, school_id)
select
    k.class_id,
    k.school_id
from scope_classes as k
where
    k.absent_is_archived and k.status = 'active'
    and k.class_id not in (select r.id from resolved_classes as r)
    and k.class_id not in (
        select p.id from protected as p
        where p.entity = 'classes' and p.id is not null
    );

-- name: analyze_absent
analyze absent_classes;

-- name: plan_archive
-- A class stays while it has an active synced enrollment that does not end: a quarantined line may be about that
-- enrollment.
insert into work.changes (district_id, run_id, source_n, entity, action, id, school_id)
select
    :district_id,
    :run_id,
    :source_n,
    'classes',
    'archive',
    a.class_id,
    a.school_id
from absent_classes as a
where
    a.class_id not in (
        select e.class_id
        from absent_classes as x
        inner join base_enrollments as e on x.class_id = e.class_id
        left join leaving_enrollments as c
            on e.class_id = c.class_id and e.user_id = c.user_id and e.role = c.role
        where
            e.district_id = :district_id and e.origin = 'synced' and e.status = 'active'
            and c.user_id is null
    );
