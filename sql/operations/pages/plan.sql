-- Grain: one row per change of a run's plan. If the change was applied, the old values come from history, else from the
-- roster. The new values come from the version that the run wrote, else from the run's staging while that exists.
-- sql/merge/entities.sql explains the braces.

-- name: see
select staging.see_resolved(:run_id, :source_n);

-- name: schools
-- Return the schools of a plan, with what is planned there.
select
    c.source_n,
    c.school_id,
    coalesce(s.name, l.source_id, '') as school,
    c.entity,
    c.action,
    cast(sum(c.changes) as bigint) as changes,
    cast(sum(c.held) as bigint) as held
from work.counted(:district_id, :run_id) as c
left join roster.schools as s on s.district_id = :district_id and c.school_id = s.school_id
left join lateral (
    select min(k.source_id) as source_id from roster.links as k
    where k.district_id = :district_id and k.entity = 'schools' and k.id = c.school_id
) as l on true
group by c.source_n, c.school_id, s.name, l.source_id, c.entity, c.action
order by c.source_n, 3, c.entity, c.action;

-- name: count
select
    cast(
        coalesce(sum(case cast(:held as boolean) when true then c.held when false then c.changes - c.held else c.changes end), 0)
        as bigint
    ) as changes
from work.counted(:district_id, :run_id) as c
where
    c.source_n = :source_n and c.entity = :entity
    and (cast(:action as text) is null or c.action = :action)
    and (cast(:school_id as uuid) is null or c.school_id = :school_id);

-- name: ids
-- Return our ids only, for those who may not see names.
select
    c.entity,
    c.action,
    c.id,
    c.class_id,
    c.user_id,
    c.role,
    c.from_class_id,
    coalesce(s.name, '') as school,
    c.held
from work.changes as c
left join roster.schools as s on c.district_id = s.district_id and c.school_id = s.school_id
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = :entity
    and (cast(:action as text) is null or c.action = :action)
    and (cast(:school_id as uuid) is null or c.school_id = :school_id)
    and (cast(:held as boolean) is null or c.held = :held)
order by c.action, c.id, c.class_id, c.user_id, c.role
limit :rows offset :skip;

-- name: users
-- Names people. Return staff first, then students by grade, K before 1 and 9 before 10 (SL-24). Within each, people are
-- sorted by name.
-- PostgreSQL sorts a first night's people only as far as the page goes, so they are counted separately.
with meant as materialized (
    select
        c.action,
        c.n,
        c.id,
        c.school_id,
        c.held,
        c.reason,
        case when not c.held then :applied_by else c.applied_by end as written_by,
        coalesce(r.role, v.role) = 'student' as is_student,
        coalesce(array_position(cast(:grades as text[]), coalesce(r.grade, v.grade)), 99) as grade_place,
        coalesce(r.family_name, v.family_name) collate "C" as family_name, -- by code point: fast in every locale of the server
        coalesce(r.given_name, v.given_name) collate "C" as given_name
    from work.changes as c
    left join roster.users as r on c.district_id = r.district_id and c.id = r.user_id
    left join resolved_users as v on c.n = v.n
    where
        c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = 'users'
        and (cast(:action as text) is null or c.action = :action)
        and (cast(:school_id as uuid) is null or c.school_id = :school_id)
        and (cast(:held as boolean) is null or c.held = :held)
        and (
            cast(:who as text) is null
            or (coalesce(r.role, v.role) = 'student') = (:who = 'students')
        )
),

versions as not materialized (
    select
        r.user_id,
        {r.plain,}
        r.identifier,
        r.role,
        r.email,
        r.status,
        r.school_ids,
        r.run_id,
        cast(null as bigint) as ended_by
    from roster.users as r
    where r.district_id = :district_id
    union all
    select
        h.user_id,
        {h.plain,}
        h.identifier,
        h.role,
        h.email,
        h.status,
        h.school_ids,
        h.run_id,
        h.ended_by
    from history.users as h
    where h.district_id = :district_id
),

page as (
    select m.* from meant as m
    order by m.is_student, m.grade_place, m.family_name, m.given_name, m.id
    limit :rows offset :skip
)

select
    p.action,
    p.id,
    p.held,
    p.reason,
    (select count(*) from meant) as found,
    coalesce(s.name, '') as school,
    t.told -> 'old' as old,
    coalesce(
        t.told -> 'new',
        case when p.action = 'archive' and p.written_by is null then t.told -> 'old' || cast('{"status": "archived"}' as jsonb) end
    ) as new
from page as p
left join roster.schools as s on s.district_id = :district_id and p.school_id = s.school_id
left join lateral (
    select
        jsonb_object_agg(
            x.at, jsonb_build_object(
                'name', concat_ws(' ', x.given_name, x.family_name), 'id', x.identifier, 'role', x.role, 'email', x.email,
                {'plain', x.plain,} 'status', x.status, 'schools', (
                    select string_agg(y.name, ', ' order by y.name) from roster.schools as y
                    where y.district_id = :district_id and y.school_id = any(x.school_ids)
                )
            ) - array['given_name', 'family_name'] order by x.ended_by -- the name has both
        ) as told -- if one version has two parts, the later one wins
    from (
        select
            'old' as at,
            o.*
        from versions as o
        where o.user_id = p.id and o.ended_by is not distinct from p.written_by
        union all
        select
            'new',
            n.*
        from versions as n
        where n.user_id = p.id and n.run_id = p.written_by
        union all
        select
            'new',
            v.id,
            {v.plain,}
            v.identifier,
            v.role,
            v.email,
            'active',
            v.school_ids,
            null,
            null
        from resolved_users as v
        where v.n = p.n and p.written_by is null
    ) as x
) as t on true
order by p.is_student, p.grade_place, p.family_name, p.given_name, p.id;

-- name: classes
with versions as not materialized (
    select
        r.class_id,
        {r.plain,}
        r.course_id,
        r.status,
        r.run_id,
        cast(null as bigint) as ended_by
    from roster.classes as r
    where r.district_id = :district_id
    union all
    select
        h.class_id,
        {h.plain,}
        h.course_id,
        h.status,
        h.run_id,
        h.ended_by
    from history.classes as h
    where h.district_id = :district_id
),

page as (
    select
        c.*,
        case when not c.held then :applied_by else c.applied_by end as written_by
    from work.changes as c
    where
        c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = 'classes'
        and (cast(:action as text) is null or c.action = :action)
        and (cast(:school_id as uuid) is null or c.school_id = :school_id)
        and (cast(:held as boolean) is null or c.held = :held)
    order by c.action, c.school_id, c.id
    limit :rows offset :skip
)

select
    p.action,
    p.id,
    p.held,
    p.reason,
    coalesce(s.name, '') as school,
    t.told -> 'old' as old,
    coalesce(
        t.told -> 'new',
        case when p.action = 'archive' and p.written_by is null then t.told -> 'old' || cast('{"status": "archived"}' as jsonb) end
    ) as new
from page as p
left join roster.schools as s on s.district_id = :district_id and p.school_id = s.school_id
left join lateral (
    select
        jsonb_object_agg(
            x.at, jsonb_build_object(
                {'plain', x.plain,} 'status', x.status, 'course', (
                    select y.title from roster.courses as y
                    where y.district_id = :district_id and y.course_id = x.course_id
                )
            ) order by x.ended_by
        ) as told -- if one version has two parts, the later one wins
    from (
        select
            'old' as at,
            o.*
        from versions as o
        where o.class_id = p.id and o.ended_by is not distinct from p.written_by
        union all
        select
            'new',
            n.*
        from versions as n
        where n.class_id = p.id and n.run_id = p.written_by
        union all
        select
            'new',
            v.id,
            {v.plain,}
            v.course_id,
            'active',
            null,
            null
        from resolved_classes as v
        where v.n = p.n and p.written_by is null
    ) as x
) as t on true
order by p.action, p.school_id, p.id;

-- name: enrollments
-- Names people. Return who enters, leaves or changes which class.
with page as (
    select c.*
    from work.changes as c
    where
        c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = 'enrollments'
        and (cast(:action as text) is null or c.action = :action)
        and (cast(:school_id as uuid) is null or c.school_id = :school_id)
        and (cast(:held as boolean) is null or c.held = :held)
    order by c.action, c.class_id, c.role, c.user_id
    limit :rows offset :skip
)

select
    p.action,
    p.user_id as id,
    p.held,
    p.reason,
    coalesce(s.name, '') as school,
    concat_ws(' ', coalesce(u.given_name, v.given_name), coalesce(u.family_name, v.family_name)) as who,
    p.role,
    coalesce(k.title, w.title) as class,
    f.title as from_class
from page as p
left join roster.schools as s on s.district_id = :district_id and p.school_id = s.school_id
left join roster.users as u on u.district_id = :district_id and p.user_id = u.user_id
left join roster.classes as k on k.district_id = :district_id and p.class_id = k.class_id
left join roster.classes as f on f.district_id = :district_id and p.from_class_id = f.class_id
left join resolved_users as v on u.user_id is null and p.user_id = v.id
left join resolved_classes as w on k.class_id is null and p.class_id = w.id
order by p.action, p.class_id, p.role, p.user_id;

-- name: others
-- Return the old and the new names of schools, terms and courses.
with page as (
    select
        c.*,
        case when not c.held then :applied_by else c.applied_by end as written_by
    from work.changes as c
    where
        c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.entity = :entity
        and (cast(:action as text) is null or c.action = :action)
        and (cast(:school_id as uuid) is null or c.school_id = :school_id)
        and (cast(:held as boolean) is null or c.held = :held)
    order by c.action, c.id
    limit :rows offset :skip
),

called as (
    select
        'schools' as entity,
        r.school_id as id,
        r.name as title,
        r.run_id,
        cast(null as bigint) as ended_by
    from roster.schools as r
    where r.district_id = :district_id
    union all
    select
        'terms',
        r.term_id,
        r.title,
        r.run_id,
        null
    from roster.terms as r
    where r.district_id = :district_id
    union all
    select
        'courses',
        r.course_id,
        r.title,
        r.run_id,
        null
    from roster.courses as r
    where r.district_id = :district_id
    union all
    select
        'schools',
        h.school_id,
        h.name,
        h.run_id,
        h.ended_by
    from history.schools as h
    where h.district_id = :district_id
    union all
    select
        'terms',
        h.term_id,
        h.title,
        h.run_id,
        h.ended_by
    from history.terms as h
    where h.district_id = :district_id
    union all
    select
        'courses',
        h.course_id,
        h.title,
        h.run_id,
        h.ended_by
    from history.courses as h
    where h.district_id = :district_id
),

shall as (
    select
        'schools' as entity,
        v.id,
        v.name as title
    from resolved_schools as v
    union all
    select
        'terms',
        v.id,
        v.title
    from resolved_terms as v
    union all
    select
        'courses',
        v.id,
        v.title
    from resolved_courses as v
)

select
    p.action,
    p.id,
    p.held,
    p.reason,
    coalesce(s.name, '') as school,
    (
        select jsonb_build_object('title', min(c.title)) from called as c
        where c.entity = :entity and c.id = p.id and c.ended_by is not distinct from p.written_by
        having count(*) > 0
    ) as old,
    coalesce(
        (
            select jsonb_build_object('title', min(c.title)) from called as c
            where c.entity = :entity and c.id = p.id and c.run_id = p.written_by
            having count(*) > 0
        ),
        (
            select jsonb_build_object('title', v.title) from shall as v
            where v.entity = :entity and v.id = p.id and p.written_by is null and p.action <> 'archive'
        )
    ) as new
from page as p
left join roster.schools as s on s.district_id = :district_id and p.school_id = s.school_id
order by p.action, p.id;
