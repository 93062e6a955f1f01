-- The upserts behind pandas.to_sql, grain one row per row of an entity's frame: every row is written anew each night.

-- name: schools
insert into roster.schools (district_id, school_id, name, origin, source, status, as_of, run_id)
select
    :district_id, cast(md5('schools/' || s.school_id) as uuid), s.school_name, 'synced', 'sis_file', 'active',
    :as_of, :run_id
from staging_pandas.schools as s
on conflict (district_id, school_id) do update
set name = excluded.name, status = 'active', as_of = excluded.as_of, run_id = excluded.run_id, archived_on = null;

-- name: terms
insert into roster.terms (district_id, term_id, title, begin_date, end_date, origin, source, status, as_of, run_id)
select
    :district_id, cast(md5('terms/' || s.term) as uuid), s.term, cast(s.term_start as date), cast(s.term_end as date),
    'synced', 'sis_file', 'active', :as_of, :run_id
from staging_pandas.terms as s
on conflict (district_id, term_id) do update
set
    begin_date = excluded.begin_date, end_date = excluded.end_date, status = 'active', as_of = excluded.as_of,
    run_id = excluded.run_id, archived_on = null;

-- name: courses
insert into roster.courses (district_id, course_id, title, origin, source, status, as_of, run_id)
select
    :district_id, cast(md5('courses/' || s.course_id) as uuid), s.course_name, 'synced', 'sis_file', 'active',
    :as_of, :run_id
from staging_pandas.courses as s
on conflict (district_id, course_id) do update
set title = excluded.title, status = 'active', as_of = excluded.as_of, run_id = excluded.run_id, archived_on = null;

-- name: classes
insert into roster.classes (
    district_id, class_id, title, period, school_id, course_id, term_ids, origin, source, status, as_of, run_id
)
select
    :district_id, cast(md5('classes/' || s.class_id) as uuid), s.class_name, s.class_period,
    cast(md5('schools/' || s.school_id) as uuid), cast(md5('courses/' || s.course_id) as uuid),
    array[cast(md5('terms/' || s.term) as uuid)], 'synced', 'sis_file', 'active', :as_of, :run_id
from staging_pandas.classes as s
on conflict (district_id, class_id) do update
set
    title = excluded.title, period = excluded.period, school_id = excluded.school_id, course_id = excluded.course_id,
    term_ids = excluded.term_ids, status = 'active', as_of = excluded.as_of, run_id = excluded.run_id,
    archived_on = null;

-- name: students
insert into roster.users (
    district_id, user_id, identifier, role, given_name, family_name, email, grade, school_ids, origin, source, status,
    as_of, run_id
)
select
    :district_id, cast(md5('users/student:' || s.student_id) as uuid), s.student_id, 'student', s.student_first,
    s.student_last, s.student_email, s.student_grade, array[cast(md5('schools/' || s.school_id) as uuid)], 'synced',
    'sis_file', 'active', :as_of, :run_id
from staging_pandas.students as s
on conflict (district_id, user_id) do update
set
    given_name = excluded.given_name, family_name = excluded.family_name, email = excluded.email,
    grade = excluded.grade, school_ids = excluded.school_ids, status = 'active', as_of = excluded.as_of,
    run_id = excluded.run_id, archived_on = null;

-- name: teachers
insert into roster.users (
    district_id, user_id, identifier, role, given_name, family_name, email, school_ids, invitation, origin, source,
    status, as_of, run_id
)
select
    :district_id, cast(md5('users/staff:' || s.teacher_id) as uuid), s.teacher_id, 'teacher', s.teacher_first,
    s.teacher_last, s.teacher_email, array[cast(md5('schools/' || s.school_id) as uuid)], 'pending', 'synced',
    'sis_file', 'active', :as_of, :run_id
from staging_pandas.teachers as s
on conflict (district_id, user_id) do update
set
    given_name = excluded.given_name, family_name = excluded.family_name, email = excluded.email,
    school_ids = excluded.school_ids, status = 'active', as_of = excluded.as_of, run_id = excluded.run_id,
    archived_on = null;

-- name: enrollments
insert into roster.enrollments (
    district_id, class_id, user_id, role, is_primary, origin, source, status, as_of, run_id
)
select
    :district_id, cast(md5('classes/' || s.class_id) as uuid), cast(md5('users/student:' || s.student_id) as uuid),
    'student', false, 'synced', 'sis_file', 'active', :as_of, :run_id
from staging_pandas.student_seats as s
union all
select
    :district_id, cast(md5('classes/' || s.class_id) as uuid), cast(md5('users/staff:' || s.teacher_id) as uuid),
    'teacher', true, 'synced', 'sis_file', 'active', :as_of, :run_id
from staging_pandas.teacher_seats as s
on conflict (district_id, class_id, user_id, role) do update
set
    is_primary = excluded.is_primary, status = 'active', as_of = excluded.as_of, run_id = excluded.run_id,
    archived_on = null;

-- name: archive_enrollments
update roster.enrollments
set status = 'archived', archived_on = :as_of
where district_id = :district_id and status = 'active' and origin = 'synced' and run_id <> :run_id;

-- name: archive_users
update roster.users
set status = 'archived', archived_on = :as_of
where district_id = :district_id and status = 'active' and origin = 'synced' and run_id <> :run_id;

-- name: archive_classes
update roster.classes
set status = 'archived', archived_on = :as_of
where district_id = :district_id and status = 'active' and origin = 'synced' and run_id <> :run_id;
