-- Grain: one row per delivered row that seems to be an existing row under a new id. A rekey is only proposed, and held
-- for approval. On a usual night few rows are new and few vanished. No larger table is read before both are many and
-- alike.

-- name: is_likely
-- The vanished rows are counted first: they are few. If too few vanished, the delivery is not read.
select
    (
        'classes' = any(cast(:covers as text[]))
        and (select count(*) from absent_classes) >= :least
        and (
            select count(*) from resolved_classes as r
            where r.action = 'create'
        ) >= :least
    )
    or (
        (select count(*) from absent_users) >= :least
        and (
            select count(*) from resolved_users as r
            where r.action = 'create'
        ) >= :least
    ) as rosters_may_be_rekeyed,
    (
        select count(*) from resolved_courses as r
        where r.action = 'create'
    ) >= :least as courses_may_be_rekeyed;

-- name: find_new_classes
-- If the period is an all-null column of the delivery, it distinguishes no classes. Then the match key leaves it out.
insert into new_classes (n, source_id, term_ids, students, match_key)
select
    r.n,
    s.source_id,
    r.term_ids,
    0 as students,
    work.match_key(
        cast(r.school_id as text), r.title, case when (select count(p.period) from staged_classes as p) > 0 then r.period end
    ) as match_key
from resolved_classes as r
inner join staged_classes as s on r.n = s.n
left join runs.refused_rekeys as f
    on f.district_id = :district_id and f.entity = 'classes' and f.source = :source and s.source_id = f.source_id
where r.action = 'create' and f.source_id is null;

-- name: find_old_classes
insert into old_classes (id, term_ids, students, match_key)
select
    o.class_id as id,
    o.term_ids,
    0 as students,
    work.match_key(
        cast(o.school_id as text), o.title, case when (select count(p.period) from staged_classes as p) > 0 then o.period end
    ) as match_key
from absent_classes as a
inner join base_classes as o on o.district_id = :district_id and a.class_id = o.class_id
where
    o.source = :source and 'classes' = any(cast(:covers as text[]))
    and o.class_id not in (
        select c.id from work.changes as c
        where c.district_id = :district_id and c.run_id = :run_id and c.entity = 'classes' and c.action <> 'archive'
    );

-- name: find_new_users
insert into new_users (n, source_id, identifier, given_name, family_name, school_ids, match_key, role)
select
    r.n,
    s.source_id,
    r.identifier,
    lower(r.given_name) as given_name,
    lower(r.family_name) as family_name,
    r.school_ids,
    work.match_key(
        r.role, r.given_name, r.family_name,
        case
            when r.role not in (
                select p.role from staged_users as p
                group by p.role
                having count(p.grade) = 0
            ) then r.grade
        end
    ) as match_key,
    r.role
from resolved_users as r
inner join staged_users as s on r.n = s.n
left join runs.refused_rekeys as f
    on f.district_id = :district_id and f.entity = 'users' and f.source = :source and s.source_id = f.source_id
where r.action = 'create' and f.source_id is null;

-- name: find_old_users
insert into old_users (id, identifier, given_name, family_name, school_ids, match_key, role)
select
    o.user_id as id,
    o.identifier,
    lower(o.given_name) as given_name,
    lower(o.family_name) as family_name,
    o.school_ids,
    work.match_key(
        o.role, o.given_name, o.family_name,
        case
            when o.role not in (
                select p.role from staged_users as p
                group by p.role
                having count(p.grade) = 0
            ) then o.grade
        end
    ) as match_key,
    o.role
from absent_users as a
inner join base_users as o on o.district_id = :district_id and a.user_id = o.user_id
where
    o.source = :source
    and o.user_id not in (
        select c.id from work.changes as c
        where c.district_id = :district_id and c.run_id = :run_id and c.entity = 'users' and c.action <> 'archive'
    );

-- name: keep_named_classes
-- If a class is absent from one file of the night but another file names it, even on a quarantined line, it has not
-- vanished.
delete from old_classes as o
using base_links as l
where
    l.district_id = :district_id and l.entity = 'classes' and l.source = :source and o.id = l.id
    and l.source_id in (
        select s.source_id from staged_classes as s
        union all
        select p.source_id from staged_present as p
        where p.entity = 'classes' and p.source_id is not null
    );

-- name: keep_named_users
delete from old_users as o
using base_links as l
where
    l.district_id = :district_id and l.entity = 'users' and l.source = :source and o.id = l.id
    and l.source_id in (
        select s.source_id from staged_users as s
        union all
        select p.source_id from staged_present as p
        where p.entity = 'users' and p.source_id is not null
    );

-- name: analyze_alike
analyze new_classes, old_classes, new_users, old_users;

-- name: are_alike
select
    (
        select count(*) from old_classes as o
        where o.match_key in (select n.match_key from new_classes as n)
    ) >= :least
    or (
        select count(*) from old_users as o
        where
            o.match_key in (select n.match_key from new_users as n)
            or o.identifier in (
                select n.identifier from new_users as n
                where n.identifier is not null
            )
    ) >= :least as rosters_are_alike;

-- name: find_presumed
-- Pair new people with vanished people. The number that the district issued and one name are enough (is_sure). Else
-- names, role and grade that only one new and one vanished person have, at a common school, are enough to compare
-- classes by. They are not enough for more.
insert into presumed_users (n, id, is_sure)
with numbered as (
    select
        n.n,
        o.id,
        count(*) over (partition by n.n) as people,
        count(*) over (partition by o.id) as rows
    from new_users as n
    inner join old_users as o
        on
            n.identifier = o.identifier and (n.role = 'student') = (o.role = 'student')
            and (n.given_name = o.given_name or n.family_name = o.family_name)
),

numbers as (
    select
        m.n,
        m.id
    from numbered as m
    where m.people = 1 and m.rows = 1
),

new_names as (
    select
        n.match_key,
        min(n.n) as n
    from new_users as n
    where n.n not in (select m.n from numbers as m)
    group by n.match_key
    having count(*) = 1
),

old_names as (
    select
        o.match_key,
        (array_agg(o.id))[1] as id
    from old_users as o
    where o.id not in (select m.id from numbers as m)
    group by o.match_key
    having count(*) = 1
)

select
    m.n,
    m.id,
    true as is_sure
from numbers as m
union all
select
    a.n,
    b.id,
    false
from new_names as a
inner join old_names as b on a.match_key = b.match_key
inner join new_users as n on a.n = n.n
inner join old_users as o on b.id = o.id
where n.school_ids && o.school_ids;

-- name: find_new_seats
insert into new_seats (n, user_id, role, is_primary)
select
    e.class_n as n,
    coalesce(p.id, u.id) as user_id,
    e.role,
    e.is_primary
from staged_enrollments as e
inner join new_classes as k on e.class_n = k.n
inner join resolved_users as u on e.user_n = u.n
left join presumed_users as p on e.user_n = p.n;

-- name: find_old_seats
insert into old_seats (id, user_id, role, is_primary)
select
    e.class_id as id,
    e.user_id,
    e.role,
    e.is_primary
from base_enrollments as e
inner join old_classes as k on e.class_id = k.id
where e.district_id = :district_id and e.status = 'active' and e.origin = 'synced';

-- name: complete_new
-- The match key of a class includes its primary teachers. A class without a teacher matches only a class without a
-- teacher.
update new_classes as k
set
    match_key = work.match_key(k.match_key, s.teachers),
    students = s.students
from (
    select
        e.n,
        string_agg(distinct cast(e.user_id as text), ',') filter (where e.role = 'teacher' and e.is_primary) as teachers,
        count(*) filter (where e.role = 'student') as students
    from new_seats as e
    group by e.n
) as s
where k.n = s.n;

-- name: complete_old
update old_classes as k
set
    match_key = work.match_key(k.match_key, s.teachers),
    students = s.students
from (
    select
        e.id,
        string_agg(distinct cast(e.user_id as text), ',') filter (where e.role = 'teacher' and e.is_primary) as teachers,
        count(*) filter (where e.role = 'student') as students
    from old_seats as e
    group by e.id
) as s
where k.id = s.id;

-- name: analyze_seats
analyze new_classes, old_classes, new_seats, old_seats, presumed_users;

-- name: pair_classes
-- A pair has equal match keys and a common term, and half of the larger class's students are in the other class. If
-- several classes match, the pair with the largest share for both classes, and no tie, decides. Else no class is
-- paired. Classes without students have no roster to distinguish them. They pair only if no other class has their match
-- key.
insert into rekeyed (entity, n, source_id, id)
with new_students as materialized (
    select
        e.user_id,
        k.match_key,
        k.n,
        k.students,
        k.term_ids
    from new_seats as e
    inner join new_classes as k on e.n = k.n
    where e.role = 'student'
),

old_students as materialized (
    select
        e.user_id,
        k.match_key,
        k.id,
        k.students,
        k.term_ids
    from old_seats as e
    inner join old_classes as k on e.id = k.id
    where e.role = 'student'
),

new_alone as (
    select
        k.match_key,
        min(k.n) as n,
        sum(k.students) as students
    from new_classes as k
    group by k.match_key
    having count(*) = 1
),

old_alone as (
    select
        k.match_key,
        (array_agg(k.id))[1] as id,
        sum(k.students) as students
    from old_classes as k
    group by k.match_key
    having count(*) = 1
),

scored as (
    select
        a.n,
        b.id,
        count(*) / cast(greatest(max(a.students), max(b.students)) as double precision) as shared
    from new_students as a
    inner join old_students as b on a.user_id = b.user_id and a.match_key = b.match_key
    where a.term_ids && b.term_ids or (a.term_ids = '{}' and b.term_ids = '{}')
    group by a.n, b.id
    having count(*) * 2 >= greatest(max(a.students), max(b.students))
    union all
    select
        a.n,
        b.id,
        1
    from new_alone as a
    inner join old_alone as b on a.match_key = b.match_key
    inner join new_classes as n on a.n = n.n
    inner join old_classes as o on b.id = o.id
    where
        a.students = 0 and b.students = 0
        and (n.term_ids && o.term_ids or (n.term_ids = '{}' and o.term_ids = '{}'))
),

ranked as (
    select
        s.*,
        rank() over (partition by s.n order by s.shared desc) as place_of_new,
        rank() over (partition by s.id order by s.shared desc) as place_of_old,
        count(*) over (partition by s.n, s.shared) as ties_of_new,
        count(*) over (partition by s.id, s.shared) as ties_of_old
    from scored as s
),

paired as (
    select
        r.n,
        r.id
    from ranked as r
    where r.place_of_new = 1 and r.place_of_old = 1 and r.ties_of_new = 1 and r.ties_of_old = 1
)

select
    'classes',
    p.n,
    k.source_id,
    p.id
from paired as p
inner join new_classes as k on p.n = k.n
where (select count(*) from paired) >= :least;

-- name: pair_users
-- People pair by number and a name. Else names, role and grade are equal, and at least half of their classes are the
-- same. The classes that were just paired count as the same. Twins in the same classes are not paired.
insert into rekeyed (entity, n, source_id, id)
with delivered as materialized (
    select
        e.user_n as n,
        p.match_key,
        e.role,
        coalesce(k.id, c.id) as class_id,
        count(*) over (partition by e.user_n) as seats
    from staged_enrollments as e
    inner join new_users as p on e.user_n = p.n
    inner join resolved_classes as c on e.class_n = c.n
    left join rekeyed as k on k.entity = 'classes' and e.class_n = k.n
),

known as materialized (
    select
        o.id,
        o.match_key,
        e.role,
        e.class_id,
        count(*) over (partition by o.id) as seats
    from old_users as o
    inner join base_enrollments as e on e.district_id = :district_id and o.id = e.user_id
    where e.status = 'active' and e.origin = 'synced'
),

scored as (
    select
        d.n,
        k.id,
        count(*) / cast(greatest(max(d.seats), max(k.seats)) as double precision) as shared
    from delivered as d
    inner join known as k on d.class_id = k.class_id and d.match_key = k.match_key and d.role = k.role
    group by d.n, k.id
    having count(*) * 2 >= greatest(max(d.seats), max(k.seats))
    union all
    select
        p.n,
        p.id,
        2
    from presumed_users as p
    where p.is_sure
),

ranked as (
    select
        s.*,
        rank() over (partition by s.n order by s.shared desc) as place_of_new,
        rank() over (partition by s.id order by s.shared desc) as place_of_old,
        count(*) over (partition by s.n, s.shared) as ties_of_new,
        count(*) over (partition by s.id, s.shared) as ties_of_old
    from scored as s
),

paired as (
    select
        r.n,
        r.id
    from ranked as r
    where r.place_of_new = 1 and r.place_of_old = 1 and r.ties_of_new = 1 and r.ties_of_old = 1
)

select
    'users',
    p.n,
    u.source_id,
    p.id
from paired as p
inner join new_users as u on p.n = u.n
where (select count(*) from paired) >= :least;

-- name: pair_courses
-- A course has a new id if classes of one old course are now in it, and classes of no other old course. No other new
-- course may have classes of the old one. The old course's absence proves nothing: courses are not archived for it.
insert into rekeyed (entity, n, source_id, id)
with moved as (
    select distinct
        s.course_n as n,
        o.course_id as id
    from staged_classes as s
    inner join resolved_courses as c on s.course_n = c.n and c.action = 'create'
    inner join resolved_classes as r on s.n = r.n
    left join rekeyed as k on k.entity = 'classes' and s.n = k.n
    inner join base_classes as o on o.district_id = :district_id and o.class_id = coalesce(k.id, r.id)
    where o.course_id is not null
),

counted as (
    select
        m.*,
        count(*) over (partition by m.n) as things,
        count(*) over (partition by m.id) as rows
    from moved as m
),

paired as (
    select
        m.n,
        s.source_id,
        m.id
    from counted as m
    inner join resolved_courses as c on m.n = c.n
    inner join staged_courses as s on m.n = s.n
    inner join base_courses as o on o.district_id = :district_id and m.id = o.course_id
    left join runs.refused_rekeys as f
        on f.district_id = :district_id and f.entity = 'courses' and f.source = :source and s.source_id = f.source_id
    where
        m.things = 1 and m.rows = 1 and f.source_id is null
        and o.source = :source and o.origin = 'synced' and o.status = 'active'
        and o.school_id is not distinct from c.school_id and work.match_key(o.title) = work.match_key(c.title)
        and o.course_id not in (select r.id from resolved_courses as r)
        and o.course_id not in (
            select p.id from protected as p
            where p.entity = 'courses'
        )
)

select
    'courses',
    p.n,
    p.source_id,
    p.id
from paired as p
where (select count(*) from paired) >= :least;

-- name: is_rekeyed
select count(*) > 0 as is_rekeyed from rekeyed;

-- name: recognise
-- From here on a pair counts as a link: the rows are resolved again, by the rules for all others.
insert into recognised (entity, n, id)
select
    r.entity,
    r.n,
    r.id
from rekeyed as r
where r.entity <> 'users';

-- name: match
insert into matches (n, id)
select
    r.n,
    r.id
from rekeyed as r
where r.entity = 'users';

-- name: analyze_known
analyze recognised, matches, rekeyed;

-- name: protect
-- A quarantined line may use the new id of an existing row, or an id that nothing explains. Then the line may be about
-- anybody in the class, or about any class of the person.
insert into protected (entity, id, class_id, user_id)
select
    p.entity,
    r.id,
    cast(null as uuid),
    cast(null as uuid)
from staged_present as p
inner join rekeyed as r on p.entity = r.entity and p.source_id = r.source_id
union
select
    'enrollments',
    null,
    coalesce(c.id, k.id),
    coalesce(u.id, w.id)
from staged_present as p
left join rekeyed as c on c.entity = 'classes' and p.class_source_id = c.source_id
left join rekeyed as u on u.entity = 'users' and p.user_source_id = u.source_id
left join base_links as k
    on k.district_id = :district_id and k.entity = 'classes' and k.source = :source and p.class_source_id = k.source_id
left join base_links as w
    on w.district_id = :district_id and w.entity = 'users' and w.source = :source and p.user_source_id = w.source_id
where
    p.entity = 'enrollments'
    and (
        p.class_source_id is null or coalesce(c.id, k.id) is not null
        or exists (
            select from rekeyed as r
            where r.entity = 'classes'
        )
    )
    and (
        p.user_source_id is null or coalesce(u.id, w.id) is not null
        or exists (
            select from rekeyed as r
            where r.entity = 'users'
        )
    );

-- name: forget_absent_classes
delete from absent_classes as a
using rekeyed as r
where r.entity = 'classes' and a.class_id = r.id;

-- name: forget_absent_users
delete from absent_users as a
using rekeyed as r
where r.entity = 'users' and a.user_id = r.id;

-- name: keep
insert into work.rekeys (district_id, run_id, source_n, entity, source, source_id, id)
select
    :district_id,
    :run_id,
    :source_n,
    r.entity,
    :source,
    r.source_id,
    r.id
from rekeyed as r;

-- name: mark
-- Review holds these changes, however many they are.
update work.changes as c
set reason = 'REKEY'
from rekeyed as r
where
    c.district_id = :district_id and c.run_id = :run_id and c.source_n = :source_n and c.action = 'rekey'
    and c.entity = r.entity and c.id = r.id;

-- name: forget
delete from work.rekeys
where district_id = :district_id and run_id = :run_id;

-- name: refuse
-- If a person rejects the rekeys, these ids are new rows.
insert into runs.refused_rekeys (district_id, entity, source, source_id, run_id)
select
    k.district_id,
    k.entity,
    k.source,
    k.source_id,
    k.run_id
from work.rekeys as k
inner join work.changes as c
    on
        k.district_id = c.district_id and k.run_id = c.run_id and k.source_n = c.source_n and k.entity = c.entity
        and c.action = 'rekey' and k.id = c.id
where
    k.district_id = :district_id and k.run_id = :run_id and k.source_n = :source_n and k.entity = :entity
    and c.held and c.reason = 'REKEY'
on conflict do nothing;
