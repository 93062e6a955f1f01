-- Grain: one row per activity of a source (gradebook.activities), per activity and student (gradebook.scores).
-- What was collected stands in temporary tables until the transaction ends. `at` is a line's place in the delivery.

-- name: lock
-- If two runs of a district store, the second waits for the first.
select pg_advisory_xact_lock(hashtextextended('rollbook.collect.' || :district_id, 0));

-- name: open_activities
create temporary table collected_activities (
    at integer not null,
    source_id text not null,
    class_source_id text not null,
    kind text not null,
    title text not null,
    points numeric not null,
    due_at timestamptz,
    selected boolean not null
) on commit drop;

-- name: open_scores
create temporary table collected_scores (
    at integer not null,
    activity_source_id text not null,
    student_source_id text not null,
    points numeric,
    excused boolean not null,
    is_named boolean not null
) on commit drop;

-- name: open_classes
create temporary table found_classes (
    class_source_id text not null,
    meanings bigint not null,
    class_id uuid not null
) on commit drop;

-- name: open_students
create temporary table found_students (
    student_source_id text not null,
    meanings bigint not null,
    user_id uuid not null
) on commit drop;

-- name: open_found_scores
create temporary table found_scores (
    at integer not null,
    activity_id uuid,
    class_id uuid,
    user_id uuid,
    points numeric,
    excused boolean not null,
    code text,
    column_name text
) on commit drop;

-- name: analyze_collected
analyze collected_activities, collected_scores;

-- name: find_classes
-- Find a class by the id that any of the roster's sources uses for it.
insert into found_classes (class_source_id, meanings, class_id)
select
    l.source_id,
    count(distinct c.class_id),
    (array_agg(c.class_id))[1]
from roster.links as l
inner join roster.classes as c on l.district_id = c.district_id and l.id = c.class_id
where
    l.district_id = :district_id and l.entity = 'classes'
    and l.source_id in (
        select a.class_source_id from collected_activities as a
    )
group by l.source_id;

-- name: find_students
-- Find a student by the id that any of the roster's sources uses, else by the district's own id. In links a person's id
-- stands behind its kind, so a student and a teacher never share an id.
with named as (
    select distinct s.student_source_id as source_id from collected_scores as s
),

spelled as (
    select
        n.source_id,
        k.kind || n.source_id as link_id
    from named as n
    cross join (values (''), ('student:'), ('user:')) as k (kind)
),

linked as (
    select distinct
        s.source_id,
        u.user_id
    from spelled as s
    inner join roster.links as l on s.link_id = l.source_id
    inner join roster.users as u on l.district_id = u.district_id and l.id = u.user_id
    where l.district_id = :district_id and l.entity = 'users'
),

known as (
    select
        l.source_id,
        l.user_id
    from linked as l
    union all
    select
        n.source_id,
        u.user_id
    from named as n
    inner join roster.users as u on n.source_id = u.identifier
    where
        u.district_id = :district_id and u.role = 'student' and u.status = 'active'
        and not exists (
            select from linked as l
            where l.source_id = n.source_id
        )
)

insert into found_students (student_source_id, meanings, user_id)
select
    k.source_id,
    count(*),
    (array_agg(k.user_id))[1]
from known as k
group by k.source_id;

-- name: analyze_found
analyze found_classes, found_students;

-- name: refused_activities
-- Return the lines that are refused, and the lines that repeat another line.
select
    r.code,
    r.column_name,
    array_agg(r.at order by r.at) as places
from (
    select
        a.at,
        case when f.meanings > 1 then 'AMBIGUOUS_CLASS' when f.meanings is null then 'UNKNOWN_CLASS' else 'DUPLICATE_ROW' end as code,
        case when f.meanings = 1 then null else 'class_id' end as column_name,
        row_number() over (
            partition by a.source_id
            order by a.at
        ) as n,
        f.meanings
    from collected_activities as a
    left join found_classes as f on a.class_source_id = f.class_source_id
) as r
where r.n > 1 or coalesce(r.meanings, 0) <> 1
group by r.code, r.column_name;

-- name: change_activities
-- Change an existing activity only if its source delivers other values.
update gradebook.activities as a
set
    class_id = c.class_id, kind = c.kind, title = c.title, points = c.points, due_at = c.due_at, selected = c.selected,
    run_id = :run_id
from (
    select distinct on (d.source_id)
        d.*,
        f.class_id,
        roster.make_id(:district_id, 'activities', :source, d.source_id) as activity_id
    from collected_activities as d
    inner join found_classes as f on d.class_source_id = f.class_source_id and f.meanings = 1
    order by d.source_id, d.at
) as c
where
    a.district_id = :district_id and a.activity_id = c.activity_id
    and (a.class_id, a.kind, a.title, a.points, a.due_at, a.selected)
    is distinct from (c.class_id, c.kind, c.title, c.points, c.due_at, c.selected);

-- name: create_activities
insert into gradebook.activities (
    district_id, activity_id, class_id, source, source_id, kind, title, points, due_at, selected, run_id
)
select
    :district_id,
    c.activity_id,
    c.class_id,
    :source,
    c.source_id,
    c.kind,
    c.title,
    c.points,
    c.due_at,
    c.selected,
    :run_id
from (
    select distinct on (d.source_id)
        d.*,
        f.class_id,
        roster.make_id(:district_id, 'activities', :source, d.source_id) as activity_id
    from collected_activities as d
    inner join found_classes as f on d.class_source_id = f.class_source_id and f.meanings = 1
    order by d.source_id, d.at
) as c
where not exists (
    select from gradebook.activities as a
    where a.district_id = :district_id and a.activity_id = c.activity_id
);

-- name: find_scores
-- Find the activity and the student of each score. An earlier delivery may have brought the activity.
with known as (
    select
        n.source_id,
        a.activity_id,
        a.class_id
    from (
        select distinct s.activity_source_id as source_id from collected_scores as s
    ) as n
    inner join gradebook.activities as a
        on a.activity_id = roster.make_id(:district_id, 'activities', :source, n.source_id)
    where a.district_id = :district_id
)

insert into found_scores (at, activity_id, class_id, user_id, points, excused, code, column_name)
select
    s.at,
    k.activity_id,
    k.class_id,
    f.user_id,
    s.points,
    s.excused,
    case
        when k.activity_id is null and s.is_named then 'DEPENDS_ON_QUARANTINED'
        when k.activity_id is null then 'UNKNOWN_ACTIVITY'
        when f.meanings is null then 'UNKNOWN_STUDENT'
        when f.meanings > 1 then 'AMBIGUOUS_STUDENT'
    end,
    case when k.activity_id is null then 'activity_id' when coalesce(f.meanings, 0) <> 1 then 'student_id' end
from collected_scores as s
left join known as k on s.activity_source_id = k.source_id
left join found_students as f on s.student_source_id = f.student_source_id;

-- name: doubt_scores
-- If two ids mean one student and their scores differ, nobody can decide which score is correct: all of them are
-- refused.
update found_scores as s
set code = 'CONFLICTING_DUPLICATE'
from (
    select
        d.activity_id,
        d.user_id
    from found_scores as d
    where d.code is null
    group by d.activity_id, d.user_id
    having
        min(d.points) is distinct from max(d.points) or count(d.points) not in (0, count(*))
        or bool_or(d.excused) <> bool_and(d.excused)
) as c
where s.code is null and s.activity_id = c.activity_id and s.user_id = c.user_id;

-- name: analyze_scores
analyze found_scores;

-- name: refused_scores
-- Return the lines that are refused, and the lines that get a finding.
select
    r.code,
    r.column_name,
    array_agg(r.at order by r.at) as places
from (
    select
        s.at,
        s.code,
        s.column_name
    from found_scores as s
    where s.code is not null
    union all
    select
        d.at,
        'DUPLICATE_ROW' as code,
        null as column_name
    from (
        select
            s.at,
            row_number() over (
                partition by s.activity_id, s.user_id
                order by s.at
            ) as n
        from found_scores as s
        where s.code is null
    ) as d
    where d.n > 1
    union all
    select
        s.at,
        'STUDENT_NOT_ENROLLED' as code,
        'student_id' as column_name
    from found_scores as s
    where
        s.code is null
        and not exists (
            select from roster.enrollments as e
            where
                e.district_id = :district_id and e.class_id = s.class_id and e.user_id = s.user_id
                and e.role = 'student' and e.status = 'active'
        )
) as r
group by r.code, r.column_name;

-- name: change_scores
update gradebook.scores as g
set points = s.points, excused = s.excused, run_id = :run_id, changed_at = clock_timestamp()
from (
    select distinct on (d.activity_id, d.user_id) d.*
    from found_scores as d
    where d.code is null
    order by d.activity_id, d.user_id, d.at
) as s
where
    g.district_id = :district_id and g.activity_id = s.activity_id and g.user_id = s.user_id
    and (g.points, g.excused) is distinct from (s.points, s.excused);

-- name: create_scores
insert into gradebook.scores (district_id, activity_id, user_id, points, excused, run_id)
select distinct on (s.activity_id, s.user_id)
    :district_id,
    s.activity_id,
    s.user_id,
    s.points,
    s.excused,
    :run_id
from found_scores as s
where
    s.code is null
    and not exists (
        select from gradebook.scores as g
        where g.district_id = :district_id and g.activity_id = s.activity_id and g.user_id = s.user_id
    )
order by s.activity_id, s.user_id, s.at;
