-- Grain: one row per entity (and role), for what another source names beside what the roster holds.
-- The statements read the plan and the rows it was made from, `resolved_…`, in a transaction that is never committed.

-- name: nobodys_run
-- Return a number that no run has and no other comparison uses now: it names the staging tables.
select -pg_backend_pid();

-- name: things
with delivered as (
    select
        'schools' as entity,
        r.n,
        r.id
    from resolved_schools as r
    union all
    select
        'terms',
        r.n,
        r.id
    from resolved_terms as r
    union all
    select
        'courses',
        r.n,
        r.id
    from resolved_courses as r
    union all
    select
        'classes',
        r.n,
        r.id
    from resolved_classes as r
),

known as (
    select
        'schools' as entity,
        s.school_id as id,
        s.status,
        s.origin
    from roster.schools as s
    where s.district_id = :district_id
    union all
    select
        'terms',
        t.term_id,
        t.status,
        t.origin
    from roster.terms as t
    where t.district_id = :district_id
    union all
    select
        'courses',
        c.course_id,
        c.status,
        c.origin
    from roster.courses as c
    where c.district_id = :district_id
    union all
    select
        'classes',
        k.class_id,
        k.status,
        k.origin
    from roster.classes as k
    where k.district_id = :district_id
)

select
    coalesce(d.entity, k.entity) as entity,
    cast(null as text) as role,
    count(*) filter (where k.status = 'active' and k.origin = 'synced') as active,
    count(*) filter (where d.id is not null and k.status = 'active' and g.id is null) as by_link,
    count(*) filter (where k.status = 'active' and g.id is not null) as by_id,
    0 as by_email,
    count(*) filter (where d.id is not null and k.status = 'archived') as reactivated,
    count(*) filter (where k.id is null) as new,
    count(*) filter (where d.id is null and k.status = 'active' and k.origin = 'synced' and c.id is not null) as vanishing,
    count(*) filter (where d.id is null and k.status = 'active' and k.origin = 'synced' and c.id is null) as staying
from delivered as d
full outer join known as k on d.entity = k.entity and d.id = k.id
left join recognised as g on d.entity = g.entity and d.n = g.n
left join work.changes as c
    on
        c.district_id = :district_id and c.run_id = :run_id and c.entity = k.entity and c.action = 'archive'
        and c.id = k.id
group by coalesce(d.entity, k.entity);

-- name: people
-- Whether a person counts as by_link, by_id or by_email is decided in the order in which plan/users.match searches.
with delivered as (
    select
        r.id,
        s.role,
        s.identifier,
        s.n in (select l.n from linked_users as l) as linked
    from resolved_users as r
    inner join staged_users as s on r.n = s.n
),

known as (
    select
        u.user_id as id,
        u.role,
        u.identifier,
        u.source,
        u.status,
        u.origin
    from roster.users as u
    where u.district_id = :district_id
),

compared as (
    select
        coalesce(k.role, d.role) as role,
        k.status,
        k.origin,
        k.id as known_id,
        d.id as delivered_id,
        d.id is null and k.status = 'active' and k.origin = 'synced' as gone,
        case
            when d.linked then 'link'
            when d.identifier = k.identifier and (k.source is distinct from :source) then 'id'
            else 'email'
        end as told_by
    from delivered as d
    full outer join known as k on d.id = k.id
)

select
    'users' as entity,
    c.role,
    count(*) filter (where c.status = 'active' and c.origin = 'synced') as active,
    count(*) filter (where c.delivered_id is not null and c.status = 'active' and c.told_by = 'link') as by_link,
    count(*) filter (where c.delivered_id is not null and c.status = 'active' and c.told_by = 'id') as by_id,
    count(*) filter (where c.delivered_id is not null and c.status = 'active' and c.told_by = 'email') as by_email,
    count(*) filter (where c.delivered_id is not null and c.status = 'archived') as reactivated,
    count(*) filter (where c.known_id is null) as new,
    count(*) filter (where c.gone and x.id is not null) as vanishing,
    count(*) filter (where c.gone and x.id is null) as staying
from compared as c
left join work.changes as x
    on
        x.district_id = :district_id and x.run_id = :run_id and x.entity = 'users' and x.action = 'archive'
        and c.known_id = x.id
group by c.role;

-- name: seats
with delivered as (
    select
        c.id as class_id,
        u.id as user_id,
        e.role
    from staged_enrollments as e
    inner join resolved_classes as c on e.class_n = c.n
    inner join resolved_users as u on e.user_n = u.n
),

known as (
    select
        e.class_id,
        e.user_id,
        e.role,
        e.status,
        e.origin
    from roster.enrollments as e
    where e.district_id = :district_id
),

leaving as (
    select
        coalesce(c.from_class_id, c.class_id) as class_id,
        c.user_id,
        c.role
    from work.changes as c
    where
        c.district_id = :district_id and c.run_id = :run_id and c.entity = 'enrollments'
        and c.action in ('archive', 'move')
)

select
    'enrollments' as entity,
    coalesce(d.role, k.role) as role,
    count(*) filter (where k.status = 'active' and k.origin = 'synced') as active,
    count(*) filter (where d.role is not null and k.status = 'active') as by_link,
    0 as by_id,
    0 as by_email,
    count(*) filter (where d.role is not null and k.status = 'archived') as reactivated,
    count(*) filter (where k.status is null) as new,
    count(*) filter (where d.role is null and k.status = 'active' and k.origin = 'synced' and x.role is not null) as vanishing,
    count(*) filter (where d.role is null and k.status = 'active' and k.origin = 'synced' and x.role is null) as staying
from delivered as d
full outer join known as k on d.class_id = k.class_id and d.user_id = k.user_id and d.role = k.role
left join leaving as x on k.class_id = x.class_id and k.user_id = x.user_id and k.role = x.role
group by coalesce(d.role, k.role);
