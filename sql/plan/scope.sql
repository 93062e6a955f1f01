-- Grain: one row per thing this run may touch. Scope = district x source x schools in scope x terms of the snapshot.
-- Temporary tables of the plan's transaction.

-- name: analyze
select staging.analyze_run(:run_id, :source_n, true);

-- name: forget_plan
-- A plan that is made again replaces its first try.
delete from work.changes
where district_id = :district_id and run_id = :run_id;

-- name: clear_resolved
select staging.clear_resolved(:run_id, :source_n);

-- name: schools
create temporary table scope_schools on commit drop as
select l.id
from roster.links as l
where
    l.district_id = :district_id and l.entity = 'schools' and l.source = :source
    and (cast(:schools as text[]) is null or l.source_id = any(cast(:schools as text[])))
union
select r.id
from resolved_schools as r;

-- name: classes
-- Classes whose enrollments this snapshot speaks about. `absent_is_archived`: it also speaks by leaving them out.
create temporary table scope_classes on commit drop as
select
    c.class_id,
    c.school_id,
    c.course_id,
    c.title,
    c.status,
    c.origin = 'synced' and c.source = :source
    and c.school_id in (select s.id from scope_schools as s)
    and (c.term_ids = '{}' or c.term_ids && array(select t.id from resolved_terms as t)) as absent_is_archived
from roster.classes as c
where
    c.district_id = :district_id
    and (
        (c.school_id in (select s.id from scope_schools as s) and c.source = :source)
        or c.class_id in (select r.id from resolved_classes as r)
    );

-- name: present
-- What was delivered but quarantined, by our ids: protected from being archived.
create temporary table protected on commit drop as
select
    p.entity,
    l.id,
    cast(null as uuid) as class_id,
    cast(null as uuid) as user_id
from staged_present as p
inner join roster.links as l
    on l.district_id = :district_id and l.entity = p.entity and l.source = :source and l.source_id = p.source_id
where p.entity <> 'enrollments'
union
select
    'enrollments',
    null,
    c.id,
    u.id
from staged_present as p
left join roster.links as c
    on c.district_id = :district_id and c.entity = 'classes' and c.source = :source and c.source_id = p.class_source_id
left join roster.links as u
    on u.district_id = :district_id and u.entity = 'users' and u.source = :source and u.source_id = p.user_source_id
where
    p.entity = 'enrollments'
    and (p.class_source_id is null or c.id is not null) and (p.user_source_id is null or u.id is not null);

-- name: analyze_scope
analyze scope_schools, scope_classes, protected;

-- name: school_ids
select coalesce(array_agg(s.id order by s.id), '{}') as ids
from scope_schools as s;

-- name: silent
-- Attributes that no row of the delivery fills: a column that is not there, or empty from top to bottom, is silence
-- and clears nothing.
select coalesce(array_agg(a.attribute), '{}') as attributes
from (
    select 'users.email:' || u.role as attribute
    from staged_users as u
    group by u.role
    having count(u.email) = 0
    union all
    select 'users.grade:' || u.role
    from staged_users as u
    group by u.role
    having count(u.grade) = 0
    union all
    select 'classes.period'
    from staged_classes as c
    having count(c.period) = 0
    union all
    select 'classes.course'
    from staged_classes as c
    having count(c.course_n) = 0
) as a;
