-- Grain: one row per class, person and role. sql/merge/entities.sql explains the braces.

-- name: find_delta
-- Find where the snapshot and the roster differ. The differences have a table of their own so that the planner sees how
-- many they are.
insert into enrollment_delta (class_id, user_id, role, school_id, {plain}, action)
with delivered as (
    select
        c.id as class_id,
        c.school_id,
        u.id as user_id,
        e.role,
        {e.plain}
    from staged_enrollments as e
    inner join resolved_classes as c on e.class_n = c.n
    inner join resolved_users as u on e.user_n = u.n
),

current_rows as (
    select
        e.class_id,
        e.user_id,
        e.role,
        {e.plain},
        e.status,
        e.origin = 'synced' and e.source = any(cast(:own as text[])) as ours,
        e.source <> :source and 'enrollments' in (select w.entity from waiting as w) as waits,
        k.school_id,
        k.absent_is_archived
    from base_enrollments as e
    inner join scope_classes as k on e.class_id = k.class_id
    where e.district_id = :district_id
),

delta as (
    select
        coalesce(d.class_id, e.class_id) as class_id,
        coalesce(d.user_id, e.user_id) as user_id,
        coalesce(d.role, e.role) as role,
        coalesce(d.school_id, e.school_id) as school_id,
        {d.plain},
        case
            when e.class_id is null then 'create'
            when d.class_id is null then 'archive'
            when e.status = 'archived' then 'reactivate'
            else 'update'
        end as action
    from delivered as d
    full outer join current_rows as e
        on d.class_id = e.class_id and d.user_id = e.user_id and d.role = e.role
    where
        e.class_id is null
        or (
            d.class_id is null and e.ours and not e.waits and e.status = 'active' and e.absent_is_archived
            and 'enrollments:' || e.role = any(cast(:covers as text[]))
        )
        or (
            d.class_id is not null and e.ours
            and (
                e.status = 'archived'
                or ({d.plain}) is distinct from ({e.plain})
            )
        )
)

select
    d.class_id,
    d.user_id,
    d.role,
    d.school_id,
    {d.plain},
    d.action
from delta as d
where
    d.action <> 'archive'
    or not (
        -- PostgreSQL hashes each list once. A join with `or` would compare every leaving row with every protected row.
        d.class_id in (
            select p.id from protected as p
            where p.entity = 'classes'
        )
        or d.user_id in (
            select p.id from protected as p
            where p.entity = 'users'
        )
        or (d.class_id, d.user_id) in (
            select
                p.class_id,
                p.user_id
            from protected as p
            where p.entity = 'enrollments' and p.class_id is not null and p.user_id is not null
        )
        or d.class_id in (
            select p.class_id from protected as p
            where p.entity = 'enrollments' and p.class_id is not null and p.user_id is null
        )
        or d.user_id in (
            select p.user_id from protected as p
            where p.entity = 'enrollments' and p.class_id is null and p.user_id is not null
        )
        or exists (
            select from protected as p
            where p.entity = 'enrollments' and p.class_id is null and p.user_id is null
        )
    );

-- name: analyze_delta
analyze enrollment_delta;

-- name: find_moves
-- If a person leaves one class and joins another of the same course in one night, the person moves: one change, not
-- two.
insert into enrollment_moves (from_class_id, class_id, user_id, role)
with leaving as (
    select
        p.class_id,
        p.user_id,
        p.role,
        coalesce(cast(k.course_id as text), k.title || ' ' || k.school_id) as course,
        row_number() over (
            partition by p.user_id, p.role, coalesce(cast(k.course_id as text), k.title || ' ' || k.school_id) order by p.class_id
        ) as place
    from enrollment_delta as p
    inner join scope_classes as k on p.class_id = k.class_id
    where p.action = 'archive'
),

joining as (
    select
        p.class_id,
        p.user_id,
        p.role,
        coalesce(cast(c.course_id as text), c.title || ' ' || c.school_id) as course,
        row_number() over (
            partition by p.user_id, p.role, coalesce(cast(c.course_id as text), c.title || ' ' || c.school_id) order by p.class_id
        ) as place
    from enrollment_delta as p
    inner join resolved_classes as c on p.class_id = c.id
    where p.action in ('create', 'reactivate') and p.user_id in (select l.user_id from leaving as l)
)

select
    l.class_id as from_class_id,
    j.class_id,
    j.user_id,
    j.role
from leaving as l
inner join joining as j
    on l.user_id = j.user_id and l.role = j.role and l.course = j.course and l.place = j.place;

-- name: analyze_moves
analyze enrollment_moves;

-- name: plan
insert into work.changes (
    district_id, run_id, source_n, entity, action, class_id, user_id, role, from_class_id, {plain}, school_id
)
select
    :district_id,
    :run_id,
    :source_n,
    'enrollments',
    case when m.class_id is null then d.action else 'move' end,
    d.class_id,
    d.user_id,
    d.role,
    m.from_class_id,
    {d.plain},
    d.school_id
from enrollment_delta as d
left join enrollment_moves as m on d.class_id = m.class_id and d.user_id = m.user_id and d.role = m.role
where d.action <> 'archive'
union all
select
    :district_id,
    :run_id,
    :source_n,
    'enrollments',
    'archive',
    d.class_id,
    d.user_id,
    d.role,
    null,
    {d.plain},
    d.school_id
from enrollment_delta as d
where
    d.action = 'archive'
    and not exists (
        select from enrollment_moves as m
        where m.from_class_id = d.class_id and m.user_id = d.user_id and m.role = d.role
    );

-- name: find_leaving
-- Find the enrollments that this run ends. They have a table of their own so that the planner sees how many they are.
insert into leaving_enrollments (user_id, role, class_id)
select
    c.user_id,
    c.role,
    coalesce(c.from_class_id, c.class_id) as class_id
from work.changes as c
where
    c.district_id = :district_id and c.run_id = :run_id and c.entity = 'enrollments' and c.action in ('archive', 'move');

-- name: analyze_leaving
analyze leaving_enrollments;

-- name: plan_over
-- Last year's enrollments do not keep a person who left for good in the summer. If all other enrollments of an absent
-- person are in classes of terms that are over, they end, too. A term without an end is never over.
insert into work.changes (district_id, run_id, source_n, entity, action, class_id, user_id, role, school_id)
with staying as (
    select
        e.class_id,
        e.user_id,
        e.role,
        k.school_id,
        e.source = any(cast(:own as text[])) and 'enrollments:' || e.role = any(cast(:covers as text[]))
        and k.term_ids <> '{}' and not exists (
            select from unnest(k.term_ids) as x (id)
            left join base_terms as t on t.district_id = :district_id and x.id = t.term_id
            where t.end_date is null or t.end_date >= :as_of
        ) as is_over
    from absent_users as a
    inner join base_enrollments as e on a.user_id = e.user_id
    inner join base_classes as k on k.district_id = :district_id and e.class_id = k.class_id
    left join leaving_enrollments as c
        on e.class_id = c.class_id and e.user_id = c.user_id and e.role = c.role
    where e.district_id = :district_id and e.origin = 'synced' and e.status = 'active' and c.user_id is null
)

select
    :district_id,
    :run_id,
    :source_n,
    'enrollments',
    'archive',
    s.class_id,
    s.user_id,
    s.role,
    s.school_id
from staying as s
where
    s.is_over
    and s.user_id not in (
        select o.user_id from staying as o
        where not o.is_over
    );

-- name: add_leaving
insert into leaving_enrollments (user_id, role, class_id)
select
    c.user_id,
    c.role,
    coalesce(c.from_class_id, c.class_id)
from work.changes as c
left join leaving_enrollments as l
    on c.user_id = l.user_id and c.role = l.role and coalesce(c.from_class_id, c.class_id) = l.class_id
where
    c.district_id = :district_id and c.run_id = :run_id and c.entity = 'enrollments' and c.action in ('archive', 'move')
    and l.user_id is null;
