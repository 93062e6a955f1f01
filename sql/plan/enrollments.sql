-- Grain: one row per class, person and role.

-- name: plan
-- Who leaves one class and joins another of the same course in one night has moved: one change, not two.
insert into work.changes (
    district_id, run_id, source_n, entity, action, class_id, user_id, role, from_class_id, is_primary, begin_date, end_date, school_id
)
with delivered as (
    select
        c.id as class_id,
        c.school_id,
        u.id as user_id,
        e.role,
        e.is_primary,
        e.begin_date,
        e.end_date
    from staged_enrollments as e
    inner join resolved_classes as c on e.class_n = c.n
    inner join resolved_users as u on e.user_n = u.n
),

current_rows as (
    select
        e.class_id,
        e.user_id,
        e.role,
        e.is_primary,
        e.begin_date,
        e.end_date,
        e.status,
        e.origin = 'synced' and e.source = :source as ours,
        k.school_id,
        k.absent_is_archived
    from roster.enrollments as e
    inner join scope_classes as k on e.class_id = k.class_id
    where e.district_id = :district_id
),

delta as materialized (
    select
        coalesce(d.class_id, e.class_id) as class_id,
        coalesce(d.user_id, e.user_id) as user_id,
        coalesce(d.role, e.role) as role,
        coalesce(d.school_id, e.school_id) as school_id,
        d.is_primary,
        d.begin_date,
        d.end_date,
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
            d.class_id is null and e.ours and e.status = 'active' and e.absent_is_archived
            and 'enrollments:' || e.role = any(cast(:covers as text[]))
        )
        or (
            d.class_id is not null and e.ours
            and (
                e.status = 'archived'
                or (d.is_primary, d.begin_date, d.end_date) is distinct from (e.is_primary, e.begin_date, e.end_date)
            )
        )
),

planned as materialized (
    select d.*
    from delta as d
    where
        d.action <> 'archive'
        or not exists (
            select from protected as p
            where
                (p.entity = 'classes' and p.id = d.class_id)
                or (p.entity = 'users' and p.id = d.user_id)
                or (
                    p.entity = 'enrollments'
                    and (p.class_id is null or p.class_id = d.class_id) and (p.user_id is null or p.user_id = d.user_id)
                )
        )
),

leaving as (
    select
        p.class_id,
        p.user_id,
        p.role,
        coalesce(cast(k.course_id as text), k.title || ' ' || k.school_id) as course,
        row_number() over (
            partition by p.user_id, p.role, coalesce(cast(k.course_id as text), k.title || ' ' || k.school_id) order by p.class_id
        ) as place
    from planned as p
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
    from planned as p
    inner join resolved_classes as c on p.class_id = c.id
    where p.action in ('create', 'reactivate') and p.user_id in (select l.user_id from leaving as l)
),

moves as (
    select
        l.class_id as from_class_id,
        j.class_id,
        j.user_id,
        j.role
    from leaving as l
    inner join joining as j
        on l.user_id = j.user_id and l.role = j.role and l.course = j.course and l.place = j.place
)

select
    :district_id,
    :run_id,
    :source_n,
    'enrollments',
    case when j.class_id is null then p.action else 'move' end,
    p.class_id,
    p.user_id,
    p.role,
    j.from_class_id,
    p.is_primary,
    p.begin_date,
    p.end_date,
    p.school_id
from planned as p
left join moves as j
    on p.class_id = j.class_id and p.user_id = j.user_id and p.role = j.role and p.action <> 'archive'
left join moves as l
    on p.class_id = l.from_class_id and p.user_id = l.user_id and p.role = l.role and p.action = 'archive'
where l.class_id is null;
