-- Grain: one row per thing that this run may change. Scope = district x source x schools in scope x terms of the
-- snapshot.
-- The temporary tables are declared in sql/store/temporary_tables.sql.

-- name: analyze
select staging.analyze_run(:run_id, :source_n, true);

-- name: forget_plan
-- If a run plans again, the new plan replaces its first try.
delete from work.changes
where district_id = :district_id and run_id = :run_id;

-- name: clear_resolved
select staging.clear_resolved(:run_id, :source_n);

-- name: retired
select distinct s.source
from base_schools as s
where
    s.district_id = :district_id and s.origin = 'synced' and s.status = 'active'
    and s.source <> all(cast(:kinds as text[]))
order by s.source;

-- name: recognise
-- Find what a retired source called by the id that this source gives as the district's own: it is the same thing. Each
-- row is recognised once, and only if no other row has that id.
insert into recognised (entity, n, id)
with delivered as (
    select
        'schools' as entity,
        s.n,
        s.source_id,
        s.identifier
    from staged_schools as s
    union all
    select
        'terms',
        s.n,
        s.source_id,
        s.identifier
    from staged_terms as s
    union all
    select
        'courses',
        s.n,
        s.source_id,
        s.identifier
    from staged_courses as s
    union all
    select
        'classes',
        s.n,
        s.source_id,
        s.identifier
    from staged_classes as s
),

candidates as (
    select distinct
        d.entity,
        d.n,
        k.id
    from delivered as d
    inner join base_links as k
        on k.district_id = :district_id and d.entity = k.entity and k.source = any(cast(:retired as text[])) and d.identifier = k.source_id
    left join base_links as l
        on l.district_id = :district_id and d.entity = l.entity and l.source = :source and (d.source_id = l.source_id or l.id = k.id)
    where l.id is null
),

counted as (
    select
        c.*,
        count(*) over (partition by c.entity, c.n) as things,
        count(*) over (partition by c.entity, c.id) as rows
    from candidates as c
)

select
    c.entity,
    c.n,
    c.id
from counted as c
where c.things = 1 and c.rows = 1;

-- name: waiting
-- If quarantined lines may be about rows of a retired source, none of those rows is archived: the lines' ids have no
-- link yet.
insert into waiting (entity)
select distinct p.entity
from staged_present as p
left join base_links as l
    on
        l.district_id = :district_id and l.source = :source
        and (
            (p.entity <> 'enrollments' and p.entity = l.entity and p.source_id = l.source_id)
            or (p.entity = 'enrollments' and l.entity = 'users' and p.user_source_id = l.source_id)
        )
where l.id is null and cardinality(cast(:retired as text[])) > 0;

-- name: schools
insert into scope_schools (id)
select l.id
from base_links as l
where
    l.district_id = :district_id and l.entity = 'schools' and l.source = any(cast(:own as text[]))
    and (cast(:schools as text[]) is null or l.source_id = any(cast(:schools as text[])))
union
select r.id
from resolved_schools as r;

-- name: classes
-- Find the classes whose enrollments this snapshot speaks about. `absent_is_archived`: a class that it leaves out is
-- archived.
-- If a snapshot covers only some courses (`within courses`), the absence of another course's classes means nothing.
insert into scope_classes (class_id, school_id, course_id, title, status, absent_is_archived)
select
    c.class_id,
    c.school_id,
    c.course_id,
    c.title,
    c.status,
    c.origin = 'synced' and c.source = any(cast(:own as text[]))
    and (c.source = :source or 'classes' not in (select w.entity from waiting as w))
    and c.school_id in (select s.id from scope_schools as s)
    and (
        'within courses' <> all(cast(:covers as text[]))
        or c.course_id in (select o.id from resolved_courses as o)
    )
    and (c.term_ids = '{}' or c.term_ids && array(select t.id from resolved_terms as t)) as absent_is_archived
from base_classes as c
where
    c.district_id = :district_id
    and (
        (c.school_id in (select s.id from scope_schools as s) and c.source = any(cast(:own as text[])))
        or c.class_id in (select r.id from resolved_classes as r)
    );

-- name: present
-- Protect what was delivered but quarantined, by our ids, from being archived.
insert into protected (entity, id, class_id, user_id)
select
    p.entity,
    l.id,
    cast(null as uuid) as class_id,
    cast(null as uuid) as user_id
from staged_present as p
inner join base_links as l
    on l.district_id = :district_id and l.entity = p.entity and l.source = :source and l.source_id = p.source_id
where p.entity <> 'enrollments'
union
select
    'enrollments',
    null,
    c.id,
    u.id
from staged_present as p
left join base_links as c
    on c.district_id = :district_id and c.entity = 'classes' and c.source = :source and c.source_id = p.class_source_id
left join base_links as u
    on u.district_id = :district_id and u.entity = 'users' and u.source = :source and u.source_id = p.user_source_id
where
    p.entity = 'enrollments'
    and (p.class_source_id is null or c.id is not null) and (p.user_source_id is null or u.id is not null);

-- name: analyze_scope
analyze scope_schools, scope_classes, protected;

-- name: school_ids
-- Return the schools in scope, or null if the settings share all schools.
select case when cast(:schools as text[]) is not null then coalesce(array_agg(s.id order by s.id), '{}') end as scope_school_ids
from scope_schools as s;
