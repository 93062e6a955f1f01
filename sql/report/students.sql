-- Grain: one row per student of a source that was read from Canvas, and reason for which somebody has to act.
-- The report step runs these statements while the run's staging exists. They are safe to repeat.

-- name: forget
delete from runs.student_reports
where district_id = :district_id and run_id = :run_id and source_n = :source_n;

-- name: find_seats
-- Write every accepted enrollment of a student, and whether the roster really has it. The links decide who is who, not
-- the plan.
insert into student_seats (n, source_id, user_id, class_source_id, course_source_id, is_enrolled)
select
    u.n,
    u.source_id,
    l.id as user_id,
    k.source_id as class_source_id,
    o.source_id as course_source_id,
    x.user_id is not null and r.user_id is not null as is_enrolled
from staged_enrollments as e
inner join staged_users as u on e.user_n = u.n
inner join staged_classes as k on e.class_n = k.n
left join staged_courses as o on k.course_n = o.n
left join roster.links as l
    on l.district_id = :district_id and l.entity = 'users' and l.source = :source and u.source_id = l.source_id
left join roster.links as m
    on m.district_id = :district_id and m.entity = 'classes' and m.source = :source and k.source_id = m.source_id
left join roster.users as r
    on r.district_id = :district_id and l.id = r.user_id and r.status = 'active'
left join roster.enrollments as x
    on
        x.district_id = :district_id and m.id = x.class_id and l.id = x.user_id
        and x.role = 'student' and x.status = 'active'
where e.role = 'student';

-- name: find_refused
-- Write every quarantined enrollment of a student with its root cause: the student's own line, the class's line, or its
-- own line.
insert into refused_seats (source_id, class_source_id, course_source_id, reason)
with refused as (
    select
        q.file,
        q.code,
        q.row
    from runs.quarantine as q
    where q.district_id = :district_id and q.run_id = :run_id and q.source_n = :source_n
),

things as (
    select
        f.file,
        f.row ->> 'sourcedId' as source_id,
        min(f.row ->> 'courseSourcedId') as course_source_id,
        min(f.code) filter (where f.code <> 'DEPENDS_ON_QUARANTINED') as cause
    from refused as f
    where f.file in ('users.json', 'classes.json')
    group by f.file, f.row ->> 'sourcedId'
)

select distinct
    'user:' || (f.row ->> 'userSourcedId') as source_id,
    f.row ->> 'classSourcedId' as class_source_id,
    coalesce(o.source_id, k.course_source_id) as course_source_id,
    case when f.code = 'DEPENDS_ON_QUARANTINED' then coalesce(u.cause, k.cause, f.code) else f.code end as reason
from refused as f
left join things as u on u.file = 'users.json' and f.row ->> 'userSourcedId' = u.source_id
left join things as k on k.file = 'classes.json' and f.row ->> 'classSourcedId' = k.source_id
left join staged_classes as c on f.row ->> 'classSourcedId' = c.source_id
left join staged_courses as o on c.course_n = o.n
where f.file = 'enrollments.json' and f.row ->> 'role' = 'student' and f.row ->> 'userSourcedId' <> '';

-- name: find_students
insert into seated_students (
    n, source_id, identifier, email, given_name, family_name, is_student, user_id, course_source_ids, class_source_ids
)
select
    u.n,
    u.source_id,
    u.identifier,
    lower(u.email) as email,
    lower(u.given_name) as given_name,
    lower(u.family_name) as family_name,
    u.role = 'student' as is_student,
    s.user_id,
    s.course_source_ids,
    s.class_source_ids
from (
    select
        t.n,
        t.user_id,
        coalesce(array_agg(distinct t.course_source_id) filter (where t.course_source_id is not null), '{}') as course_source_ids,
        array_agg(distinct t.class_source_id) as class_source_ids
    from student_seats as t
    group by t.n, t.user_id
) as s
inner join staged_users as u on s.n = u.n;

-- name: analyze
analyze student_seats, refused_seats, seated_students;

-- name: keep_refused
insert into runs.student_reports (
    district_id, run_id, source_n, source_id, reason, course_source_ids, class_source_ids
)
select
    :district_id,
    :run_id,
    :source_n,
    s.source_id,
    s.reason,
    coalesce(array_agg(distinct s.course_source_id) filter (where s.course_source_id is not null), '{}'),
    coalesce(array_agg(distinct s.class_source_id) filter (where s.class_source_id <> ''), '{}')
from refused_seats as s
group by s.source_id, s.reason;

-- name: keep_unenrolled
insert into runs.student_reports (
    district_id, run_id, source_n, source_id, reason, course_source_ids, class_source_ids
)
select
    :district_id,
    :run_id,
    :source_n,
    s.source_id,
    'NOT_ENROLLED',
    coalesce(array_agg(distinct s.course_source_id) filter (where s.course_source_id is not null), '{}'),
    array_agg(distinct s.class_source_id)
from student_seats as s
where not s.is_enrolled
group by s.source_id;

-- name: keep_several
-- Report MULTIPLE_ACCOUNTS if another active person has the student's email or the id that the district issued. Report
-- it also if two Canvas users have one email (IC-09). Only people of the same kind count: a teacher's account is not a
-- second account of a student.
insert into runs.student_reports (
    district_id, run_id, source_n, source_id, reason, course_source_ids, class_source_ids
)
with others as (
    select
        r.user_id,
        lower(r.email) as email,
        r.identifier,
        r.source,
        r.role = 'student' as is_student
    from roster.users as r
    where r.district_id = :district_id and r.status = 'active'
),

several as (
    select s.n
    from seated_students as s
    inner join others as r on s.email = r.email and s.is_student = r.is_student
    where s.user_id is distinct from r.user_id
    union
    select s.n
    from seated_students as s
    inner join others as r on s.identifier = r.identifier and s.is_student = r.is_student
    where s.user_id is distinct from r.user_id and r.source is distinct from :source
    union
    select s.n
    from seated_students as s
    inner join seated_students as t on s.email = t.email and s.is_student = t.is_student
    where s.n <> t.n
)

select
    :district_id,
    :run_id,
    :source_n,
    s.source_id,
    'MULTIPLE_ACCOUNTS',
    s.course_source_ids,
    s.class_source_ids
from several as d
inner join seated_students as s on d.n = s.n;

-- name: keep_mismatches
-- Report EMAIL_MISMATCH if another system has the person under another email. Report it also if another system has the
-- district's students without this one: then Canvas's student became an account of its own (IC-08). The app's students
-- come and go by themselves. So the app counts only if one of its students has the student's name.
insert into runs.student_reports (
    district_id, run_id, source_n, source_id, reason, systems, course_source_ids, class_source_ids
)
with managers as (
    select coalesce(array_agg(distinct r.source order by r.source), '{}') as sources
    from roster.users as r
    where
        r.district_id = :district_id and r.status = 'active' and r.origin = 'synced' and r.role = 'student'
        and r.source <> :source
),

namesakes as (
    select distinct
        lower(r.given_name) as given_name,
        lower(r.family_name) as family_name
    from roster.users as r
    left join roster.links as l
        on r.district_id = l.district_id and l.entity = 'users' and l.source = :source and r.user_id = l.id
    where
        r.district_id = :district_id and r.status = 'active' and r.origin = 'local' and r.role = 'student'
        and l.id is null
),

mismatches as (
    select
        s.*,
        case
            when r.source <> :source then array[r.source]
            else m.sources || case when k.given_name is null then '{}' else array['app'] end
        end as systems
    from seated_students as s
    inner join roster.users as r on r.district_id = :district_id and s.user_id = r.user_id
    cross join managers as m
    left join namesakes as k on s.given_name = k.given_name and s.family_name = k.family_name
    where s.is_student and (r.source = :source or lower(r.email) <> s.email)
)

select
    :district_id,
    :run_id,
    :source_n,
    d.source_id,
    'EMAIL_MISMATCH',
    d.systems,
    d.course_source_ids,
    d.class_source_ids
from mismatches as d
where
    cardinality(d.systems) > 0
    and not exists (
        select from runs.student_reports as x
        where
            x.district_id = :district_id and x.run_id = :run_id and x.source_n = :source_n
            and x.source_id = d.source_id and x.reason = 'MULTIPLE_ACCOUNTS'
    );

-- name: counts
-- Return one row: all students of the delivery, those with all of their enrollments, and those of them without a
-- reported reason.
with seats as (
    select
        s.source_id,
        s.class_source_id,
        s.is_enrolled
    from student_seats as s
    union
    select
        f.source_id,
        f.class_source_id,
        false
    from refused_seats as f
),

students as (
    select
        s.source_id,
        count(*) as seats,
        count(*) filter (where s.is_enrolled) as enrolled_seats
    from seats as s
    group by s.source_id
)

select
    count(*) as students,
    count(*) filter (where s.seats = s.enrolled_seats) as enrolled,
    count(*) filter (where s.seats = s.enrolled_seats and d.source_id is null) as good,
    coalesce(cast(sum(s.seats) as bigint), 0) as seats,
    coalesce(cast(sum(s.enrolled_seats) as bigint), 0) as enrolled_seats
from students as s
left join (
    select distinct r.source_id
    from runs.student_reports as r
    where r.district_id = :district_id and r.run_id = :run_id and r.source_n = :source_n
) as d on s.source_id = d.source_id;

-- name: needs
select
    r.reason,
    r.systems,
    count(*) as students
from runs.student_reports as r
where r.district_id = :district_id and r.run_id = :run_id and r.source_n = :source_n
group by r.reason, r.systems
order by r.reason, r.systems;

-- name: tell
-- Store the counts with the import. Whoever may not see the students may see the counts there.
update runs.imports
set facts = facts || jsonb_build_object('students', cast(:told as jsonb))
where district_id = :district_id and run_id = :run_id and source_n = :source_n;

-- name: recall
-- Return the counts of the earlier import that this one is the same as.
select i.facts -> 'students' as told
from runs.imports as i
where
    i.district_id = :district_id and i.run_id < :run_id and i.source_n = :source_n and i.source = :source
    and i.status in ('applied', 'unchanged')
order by i.run_id desc
limit 1;

-- name: details
-- Only for those who may see who the students are. The reasons are those of the run that compared the students; an
-- unchanged night names that run.
select
    i.source,
    s.source_id as student,
    s.reason,
    s.systems,
    s.course_source_ids as courses,
    s.class_source_ids as classes
from runs.imports as i
inner join runs.student_reports as s
    on
        i.district_id = s.district_id and i.source_n = s.source_n
        and cast(i.facts -> 'students' ->> 'run_id' as bigint) = s.run_id
where i.district_id = :district_id and i.run_id = :run_id
order by s.source_n, s.reason, s.source_id
limit :rows;
