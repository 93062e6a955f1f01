-- The reference, as a careful engineer writes it by hand for PostgreSQL 17 or newer: grain one row per line of the file.

-- name: forget
drop table if exists staging.delivered;

-- name: open
create unlogged table staging.delivered (
    term text,
    school_id text,
    class_name text,
    class_id text,
    class_period text,
    student_first text,
    student_last text,
    student_id text,
    teacher_first text,
    teacher_last text,
    teacher_email text,
    student_email text,
    student_grade text,
    teacher_id text,
    course_id text,
    course_name text,
    school_name text,
    term_start text,
    term_end text
);

-- name: load
copy staging.delivered from stdin (format csv, header);

-- name: analyze
analyze staging.delivered;

-- name: key
create or replace function pg_temp.id(entity text, source_id text) returns uuid
language sql immutable
return cast(md5(entity || '/' || source_id) as uuid);

-- name: schools
with changed as (
    merge into roster.schools as r
    using (
        select pg_temp.id('schools', d.school_id) as id, any_value(d.school_name) as name
        from staging.delivered as d
        group by d.school_id
    ) as s
    on r.district_id = %(district_id)s and r.school_id = s.id
    when matched and (r.name, r.status) is distinct from (s.name, 'active') then
        update set name = s.name, status = 'active', as_of = %(as_of)s, run_id = %(run_id)s, archived_on = null
    when not matched then
        insert (district_id, school_id, name, origin, source, status, as_of, run_id)
        values (%(district_id)s, s.id, s.name, 'synced', 'sis_file', 'active', %(as_of)s, %(run_id)s)
    returning merge_action() as act, old.*
)

insert into history.schools
select
    c.district_id, c.school_id, c.name, c.origin, c.source, c.status, c.as_of, c.run_id, c.archived_on,
    c.as_of, %(as_of)s, %(run_id)s
from changed as c
where c.act <> 'INSERT';

-- name: terms
with changed as (
    merge into roster.terms as r
    using (
        select
            pg_temp.id('terms', d.term) as id,
            d.term as title,
            cast(any_value(d.term_start) as date) as begin_date,
            cast(any_value(d.term_end) as date) as end_date
        from staging.delivered as d
        group by d.term
    ) as s
    on r.district_id = %(district_id)s and r.term_id = s.id
    when matched and (r.begin_date, r.end_date, r.status) is distinct from (s.begin_date, s.end_date, 'active') then
        update set
            begin_date = s.begin_date, end_date = s.end_date, status = 'active', as_of = %(as_of)s,
            run_id = %(run_id)s, archived_on = null
    when not matched then
        insert (district_id, term_id, title, begin_date, end_date, origin, source, status, as_of, run_id)
        values (
            %(district_id)s, s.id, s.title, s.begin_date, s.end_date, 'synced', 'sis_file', 'active',
            %(as_of)s, %(run_id)s
        )
    returning merge_action() as act, old.*
)

insert into history.terms
select
    c.district_id, c.term_id, c.title, c.begin_date, c.end_date, c.origin, c.source, c.status, c.as_of, c.run_id,
    c.archived_on, c.as_of, %(as_of)s, %(run_id)s
from changed as c
where c.act <> 'INSERT';

-- name: courses
with changed as (
    merge into roster.courses as r
    using (
        select
            pg_temp.id('courses', d.course_id) as id,
            any_value(d.course_name) as title
        from staging.delivered as d
        group by d.course_id
    ) as s
    on r.district_id = %(district_id)s and r.course_id = s.id
    when matched and (r.title, r.status) is distinct from (s.title, 'active') then
        update set title = s.title, status = 'active', as_of = %(as_of)s, run_id = %(run_id)s, archived_on = null
    when not matched then
        insert (district_id, course_id, title, origin, source, status, as_of, run_id)
        values (%(district_id)s, s.id, s.title, 'synced', 'sis_file', 'active', %(as_of)s, %(run_id)s)
    returning merge_action() as act, old.*
)

insert into history.courses
select
    c.district_id, c.course_id, c.title, c.code, c.school_id, c.origin, c.source, c.status, c.as_of, c.run_id,
    c.archived_on, c.as_of, %(as_of)s, %(run_id)s
from changed as c
where c.act <> 'INSERT';

-- name: classes
with changed as (
    merge into roster.classes as r
    using (
        select
            pg_temp.id('classes', d.class_id) as id,
            any_value(d.class_name) as title,
            any_value(d.class_period) as period,
            pg_temp.id('schools', any_value(d.school_id)) as school_id,
            pg_temp.id('courses', any_value(d.course_id)) as course_id,
            array_agg(pg_temp.id('terms', d.term) order by d.term) as term_ids
        from (
            select distinct f.class_id, f.class_name, f.class_period, f.school_id, f.course_id, f.term
            from staging.delivered as f
        ) as d
        group by d.class_id
    ) as s
    on r.district_id = %(district_id)s and r.class_id = s.id
    when matched and
        (r.title, r.period, r.school_id, r.course_id, r.term_ids, r.status)
        is distinct from (s.title, s.period, s.school_id, s.course_id, s.term_ids, 'active') then
        update set
            title = s.title, period = s.period, school_id = s.school_id, course_id = s.course_id,
            term_ids = s.term_ids, status = 'active', as_of = %(as_of)s, run_id = %(run_id)s, archived_on = null
    when not matched then
        insert (
            district_id, class_id, title, period, school_id, course_id, term_ids, origin, source, status, as_of, run_id
        )
        values (
            %(district_id)s, s.id, s.title, s.period, s.school_id, s.course_id, s.term_ids, 'synced', 'sis_file',
            'active', %(as_of)s, %(run_id)s
        )
    when not matched by source and r.district_id = %(district_id)s and r.status = 'active' and r.origin = 'synced' then
        update set status = 'archived', as_of = %(as_of)s, run_id = %(run_id)s, archived_on = %(as_of)s
    returning merge_action() as act, old.*
)

insert into history.classes
select
    c.district_id, c.class_id, c.title, c.period, c.school_id, c.course_id, c.term_ids, c.origin, c.source, c.status,
    c.as_of, c.run_id, c.archived_on, c.as_of, %(as_of)s, %(run_id)s
from changed as c
where c.act <> 'INSERT';

-- name: users
with people as (
    select
        pg_temp.id('users', 'student:' || d.student_id) as id,
        d.student_id as identifier,
        'student' as role,
        any_value(d.student_first) as given_name,
        any_value(d.student_last) as family_name,
        any_value(d.student_email) as email,
        any_value(d.student_grade) as grade,
        array_agg(pg_temp.id('schools', d.school_id) order by d.school_id) as school_ids
    from (
        select distinct f.student_id, f.student_first, f.student_last, f.student_email, f.student_grade, f.school_id
        from staging.delivered as f
    ) as d
    group by d.student_id
    union all
    select
        pg_temp.id('users', 'staff:' || d.teacher_id),
        d.teacher_id,
        'teacher',
        any_value(d.teacher_first),
        any_value(d.teacher_last),
        any_value(d.teacher_email),
        null,
        array_agg(pg_temp.id('schools', d.school_id) order by d.school_id)
    from (
        select distinct f.teacher_id, f.teacher_first, f.teacher_last, f.teacher_email, f.school_id
        from staging.delivered as f
    ) as d
    group by d.teacher_id
),

changed as (
    merge into roster.users as r
    using people as s
    on r.district_id = %(district_id)s and r.user_id = s.id
    when matched and
        (r.given_name, r.family_name, r.email, r.grade, r.school_ids, r.status)
        is distinct from (s.given_name, s.family_name, s.email, s.grade, s.school_ids, 'active') then
        update set
            given_name = s.given_name, family_name = s.family_name, email = s.email, grade = s.grade,
            school_ids = s.school_ids, status = 'active', as_of = %(as_of)s, run_id = %(run_id)s, archived_on = null
    when not matched then
        insert (
            district_id, user_id, identifier, role, given_name, family_name, email, grade, school_ids, invitation,
            origin, source, status, as_of, run_id
        )
        values (
            %(district_id)s, s.id, s.identifier, s.role, s.given_name, s.family_name, s.email, s.grade, s.school_ids,
            case when s.role = 'teacher' then 'pending' else 'none' end, 'synced', 'sis_file', 'active',
            %(as_of)s, %(run_id)s
        )
    when not matched by source and r.district_id = %(district_id)s and r.status = 'active' and r.origin = 'synced' then
        update set status = 'archived', as_of = %(as_of)s, run_id = %(run_id)s, archived_on = %(as_of)s
    returning merge_action() as act, old.*
)

insert into history.users
select
    c.district_id, c.user_id, c.identifier, c.role, c.given_name, c.family_name, c.email, c.grade, c.school_ids,
    c.invitation, c.origin, c.source, c.status, c.as_of, c.run_id, c.archived_on, c.as_of, %(as_of)s, %(run_id)s
from changed as c
where c.act <> 'INSERT';

-- name: enrollments
with seats as (
    select
        pg_temp.id('classes', d.class_id) as class_id,
        pg_temp.id('users', 'student:' || d.student_id) as user_id,
        'student' as role,
        false as is_primary
    from (select distinct f.class_id, f.student_id from staging.delivered as f) as d
    union all
    select
        pg_temp.id('classes', d.class_id),
        pg_temp.id('users', 'staff:' || d.teacher_id),
        'teacher',
        true
    from (select distinct f.class_id, f.teacher_id from staging.delivered as f) as d
),

changed as (
    merge into roster.enrollments as r
    using seats as s
    on
        r.district_id = %(district_id)s and r.class_id = s.class_id and r.user_id = s.user_id and r.role = s.role
    when matched and (r.is_primary, r.status) is distinct from (s.is_primary, 'active') then
        update set
            is_primary = s.is_primary, status = 'active', as_of = %(as_of)s, run_id = %(run_id)s, archived_on = null
    when not matched then
        insert (district_id, class_id, user_id, role, is_primary, origin, source, status, as_of, run_id)
        values (
            %(district_id)s, s.class_id, s.user_id, s.role, s.is_primary, 'synced', 'sis_file', 'active',
            %(as_of)s, %(run_id)s
        )
    when not matched by source and r.district_id = %(district_id)s and r.status = 'active' and r.origin = 'synced' then
        update set status = 'archived', as_of = %(as_of)s, run_id = %(run_id)s, archived_on = %(as_of)s
    returning merge_action() as act, old.*
)

insert into history.enrollments
select
    c.district_id, c.class_id, c.user_id, c.role, c.is_primary, c.begin_date, c.end_date, c.origin, c.source, c.status,
    c.as_of, c.run_id, c.archived_on, c.as_of, %(as_of)s, %(run_id)s
from changed as c
where c.act <> 'INSERT';

-- name: close
truncate staging.delivered;
