-- Grain: one statement per set of temporary tables that a transaction makes for itself.
-- Every temporary table of a plan, a merge, a late-arriving run, an undo and a report on students is declared here, and
-- nowhere else. A test compares this file with PostgreSQL's catalog in the open transaction. All of them are empty at
-- first and are dropped when the transaction ends. A plan and a merge begin anew with each source.
--
-- Temporary views of a session, by the function that makes them:
-- staging.see_run: staged_schools, staged_terms, staged_courses, staged_classes, staged_users, staged_enrollments, staged_present
-- staging.see_run: resolved_schools, resolved_terms, resolved_courses, resolved_classes, resolved_users
-- history.see_base: base_schools, base_terms, base_courses, base_classes, base_users, base_enrollments, base_contacts, base_links

-- name: create_scope
-- For one source of a plan or of a merge.

-- One row per school in scope.
-- Written by plan/scope.schools. Read by plan/scope, plan/schools, plan/courses, plan/users, proof.inside.
create temporary table scope_schools (
    id uuid not null
) on commit drop;

-- name: create_plan
-- For one source of a plan.

-- One row per delivered school, term, course or class that is an existing row under another id: by the id that the
-- district issued, where a retired source used it, or by a proposed rekey.
-- Written by plan/scope.recognise, plan/rekey.recognise.
-- Read by plan/schools, plan/terms, plan/courses, plan/classes, operations/switch.
create temporary table recognised (
    entity text not null,
    n integer not null,
    id uuid not null
) on commit drop;

-- One row per entity of which no row of a retired source is archived: a quarantined line may be about it.
-- Written by plan/scope.waiting. Read by plan/scope, plan/users, plan/enrollments.
create temporary table waiting (
    entity text not null
) on commit drop;

-- One row per delivered person whom this source named before.
-- Written by plan/users.find_linked. Read by plan/users, operations/switch.
create temporary table linked_users (
    n integer not null,
    id uuid not null
) on commit drop;

-- One row per delivered person whom this source names for the first time.
-- Written by plan/users.find_unlinked. Read by plan/users.
create temporary table unlinked_users (
    n integer not null,
    identifier text,
    email text,
    given_name text,
    family_name text,
    is_student boolean not null
) on commit drop;

-- One row per delivered person who is an existing person under another id: by exact id, exact email or a proposed rekey.
-- Written by plan/users.match, plan/rekey.match. Read by plan/users.
create temporary table matches (
    n integer not null,
    id uuid not null
) on commit drop;

-- One row per class whose enrollments this snapshot speaks about. absent_is_archived: a class that it leaves out is archived.
-- Written by plan/scope.classes. Read by plan/classes, plan/enrollments.
create temporary table scope_classes (
    class_id uuid not null,
    school_id uuid,
    course_id uuid,
    title text not null,
    status text not null,
    absent_is_archived boolean
) on commit drop;

-- One row per thing that a quarantined line names, by our ids: it is not archived. Of an enrollment a null class or person
-- stands for every one.
-- Written by plan/scope.present, plan/rekey.protect.
-- Read by plan/schools, plan/courses, plan/classes, plan/users, plan/enrollments, plan/rekey.
create temporary table protected (
    entity text not null,
    id uuid,
    class_id uuid,
    user_id uuid
) on commit drop;

-- One row per active class in scope that the snapshot does not name.
-- Written by plan/classes.find_absent, plan/rekey.forget_absent_classes. Read by plan/classes, plan/rekey.
create temporary table absent_classes (
    class_id uuid not null,
    school_id uuid
) on commit drop;

-- One row per active person in scope whom the snapshot does not name.
-- Written by plan/users.find_absent, plan/rekey.forget_absent_users. Read by plan/users, plan/enrollments, plan/rekey.
create temporary table absent_users (
    user_id uuid not null,
    school_id uuid
) on commit drop;

-- One row per class, person and role of which the snapshot and the roster differ, with the values of the snapshot.
-- Written by plan/enrollments.find_delta. Read by plan/enrollments.
create temporary table enrollment_delta (
    class_id uuid not null,
    user_id uuid not null,
    role text not null,
    school_id uuid,
    is_primary boolean,
    begin_date date,
    end_date date,
    action text not null
) on commit drop;

-- One row per move: a person leaves one class and joins another of the same course.
-- Written by plan/enrollments.find_moves. Read by plan/enrollments.
create temporary table enrollment_moves (
    from_class_id uuid not null,
    class_id uuid not null,
    user_id uuid not null,
    role text not null
) on commit drop;

-- One row per enrollment that the plan ends.
-- Written by plan/enrollments.find_leaving, plan/enrollments.add_leaving. Read by plan/classes, plan/users, plan/enrollments.
create temporary table leaving_enrollments (
    user_id uuid not null,
    role text not null,
    class_id uuid not null
) on commit drop;

-- One row per delivered class that is new, as far as it may be an existing class under a new id.
-- Written by plan/rekey.find_new_classes, plan/rekey.complete_new. Read by plan/rekey.
create temporary table new_classes (
    n integer not null,
    source_id text not null,
    term_ids uuid[] not null,
    students integer not null,
    match_key text not null
) on commit drop;

-- One row per class that vanished.
-- Written by plan/rekey.find_old_classes, plan/rekey.keep_named_classes, plan/rekey.complete_old. Read by plan/rekey.
create temporary table old_classes (
    id uuid not null,
    term_ids uuid[] not null,
    students integer not null,
    match_key text not null
) on commit drop;

-- One row per delivered person who is new, as far as it may be an existing person under a new id.
-- Written by plan/rekey.find_new_users. Read by plan/rekey.
create temporary table new_users (
    n integer not null,
    source_id text not null,
    identifier text,
    given_name text,
    family_name text,
    school_ids uuid[] not null,
    match_key text not null,
    role text not null
) on commit drop;

-- One row per person who vanished.
-- Written by plan/rekey.find_old_users, plan/rekey.keep_named_users. Read by plan/rekey.
create temporary table old_users (
    id uuid not null,
    identifier text,
    given_name text,
    family_name text,
    school_ids uuid[] not null,
    match_key text not null,
    role text not null
) on commit drop;

-- One row per new person with the vanished person whom it may be. is_sure: the number of the district and a name agree.
-- Written by plan/rekey.find_presumed. Read by plan/rekey.
create temporary table presumed_users (
    n integer not null,
    id uuid not null,
    is_sure boolean not null
) on commit drop;

-- One row per enrollment in a class of new_classes.
-- Written by plan/rekey.find_new_seats. Read by plan/rekey.
create temporary table new_seats (
    n integer not null,
    user_id uuid not null,
    role text not null,
    is_primary boolean not null
) on commit drop;

-- One row per enrollment in a class of old_classes.
-- Written by plan/rekey.find_old_seats. Read by plan/rekey.
create temporary table old_seats (
    id uuid not null,
    user_id uuid not null,
    role text not null,
    is_primary boolean not null
) on commit drop;

-- One row per proposed rekey: a delivered row and the existing row that it is taken for.
-- Written by plan/rekey.pair_classes, plan/rekey.pair_users, plan/rekey.pair_courses. Read by plan/rekey.
create temporary table rekeyed (
    entity text not null,
    n integer not null,
    source_id text not null,
    id uuid not null
) on commit drop;

-- name: drop_source
-- What the source before left in the transaction: the tables of create_scope and create_plan.
drop table if exists
scope_schools, recognised, waiting, linked_users, unlinked_users, matches, scope_classes, protected, absent_classes,
absent_users, enrollment_delta, enrollment_moves, leaving_enrollments, new_classes, old_classes, new_users, old_users,
presumed_users, new_seats, old_seats, rekeyed;

-- name: create_late_run
-- For a run that is applied at its place among later nights: the functions of sql/migrations/0007_late_runs.sql.

-- One row per row of the roster, as it stands, that a later night wrote.
-- Written by history.rewind. Read by history.compare, history.forward.
create temporary table ahead_schools (like roster.schools) on commit drop;
create temporary table ahead_terms (like roster.terms) on commit drop;
create temporary table ahead_courses (like roster.courses) on commit drop;
create temporary table ahead_classes (like roster.classes) on commit drop;
create temporary table ahead_users (like roster.users) on commit drop;
create temporary table ahead_enrollments (like roster.enrollments) on commit drop;
create temporary table ahead_contacts (like roster.contacts) on commit drop;

-- One row per version that a later night ended.
-- Written by history.rewind. Read by history.compare, history.forward.
create temporary table past_schools (like history.schools) on commit drop;
create temporary table past_terms (like history.terms) on commit drop;
create temporary table past_courses (like history.courses) on commit drop;
create temporary table past_classes (like history.classes) on commit drop;
create temporary table past_users (like history.users) on commit drop;
create temporary table past_enrollments (like history.enrollments) on commit drop;
create temporary table past_contacts (like history.contacts) on commit drop;

-- One row per row that is not what it was on an evening. settled: no later night can see the difference.
-- Written by history.compare. Read by history.agrees.
create temporary table differing_schools (school_id uuid not null, settled boolean) on commit drop;
create temporary table differing_terms (term_id uuid not null, settled boolean) on commit drop;
create temporary table differing_courses (course_id uuid not null, settled boolean) on commit drop;
create temporary table differing_classes (class_id uuid not null, settled boolean) on commit drop;
create temporary table differing_users (user_id uuid not null, settled boolean) on commit drop;
create temporary table differing_enrollments (
    class_id uuid not null, user_id uuid not null, role text not null, settled boolean
) on commit drop;
create temporary table differing_contacts (contact_id uuid not null, settled boolean) on commit drop;

-- One row per row that was there before and that no night wrote again.
-- Written by history.forward. Read by history.forward.
create temporary table lost_schools (like roster.schools) on commit drop;
create temporary table lost_terms (like roster.terms) on commit drop;
create temporary table lost_courses (like roster.courses) on commit drop;
create temporary table lost_classes (like roster.classes) on commit drop;
create temporary table lost_users (like roster.users) on commit drop;
create temporary table lost_enrollments (like roster.enrollments) on commit drop;
create temporary table lost_contacts (like roster.contacts) on commit drop;

-- One row per link that a later night made. Written by history.rewind. Read by history.agrees, history.forward.
create temporary table ahead_links (like roster.links) on commit drop;

-- name: create_undo
-- For a run that reverts another: the functions of sql/migrations/0008_undo.sql.

-- One row per row that the run changed. created: the run made it. changed_by: the later run that changed it since.
-- Written by history.find_changed. Read by history.revert, merge/undo.
create temporary table undone_schools (school_id uuid not null, created boolean not null, changed_by bigint) on commit drop;
create temporary table undone_terms (term_id uuid not null, created boolean not null, changed_by bigint) on commit drop;
create temporary table undone_courses (course_id uuid not null, created boolean not null, changed_by bigint) on commit drop;
create temporary table undone_classes (class_id uuid not null, created boolean not null, changed_by bigint) on commit drop;
create temporary table undone_users (user_id uuid not null, created boolean not null, changed_by bigint) on commit drop;
create temporary table undone_enrollments (
    class_id uuid not null, user_id uuid not null, role text not null, created boolean not null, changed_by bigint
) on commit drop;
create temporary table undone_contacts (contact_id uuid not null, created boolean not null, changed_by bigint) on commit drop;

-- One row per row of the roster, as it stands, that the undo replaces.
-- Written by history.revert, history.restore. Read by history.revert, history.restore.
create temporary table replaced_schools (like roster.schools) on commit drop;
create temporary table replaced_terms (like roster.terms) on commit drop;
create temporary table replaced_courses (like roster.courses) on commit drop;
create temporary table replaced_classes (like roster.classes) on commit drop;
create temporary table replaced_users (like roster.users) on commit drop;
create temporary table replaced_enrollments (like roster.enrollments) on commit drop;
create temporary table replaced_contacts (like roster.contacts) on commit drop;

-- One row per version that the undo puts back.
-- Written by history.revert, history.restore. Read by history.revert, history.restore.
create temporary table restored_schools (like history.schools) on commit drop;
create temporary table restored_terms (like history.terms) on commit drop;
create temporary table restored_courses (like history.courses) on commit drop;
create temporary table restored_classes (like history.classes) on commit drop;
create temporary table restored_users (like history.users) on commit drop;
create temporary table restored_enrollments (like history.enrollments) on commit drop;
create temporary table restored_contacts (like history.contacts) on commit drop;

-- name: create_students
-- For the report on the students of one import from Canvas.

-- One row per accepted place of a student in a class. is_enrolled: the roster has it.
-- Written by report/students.find_seats. Read by report/students.
create temporary table student_seats (
    n integer not null,
    source_id text not null,
    user_id uuid,
    class_source_id text not null,
    course_source_id text,
    is_enrolled boolean not null
) on commit drop;

-- One row per quarantined place of a student in a class, with its root cause.
-- Written by report/students.find_refused. Read by report/students.
create temporary table refused_seats (
    source_id text not null,
    class_source_id text,
    course_source_id text,
    reason text not null
) on commit drop;

-- One row per student with an accepted place.
-- Written by report/students.find_students. Read by report/students.
create temporary table seated_students (
    n integer not null,
    source_id text not null,
    identifier text,
    email text,
    given_name text,
    family_name text,
    is_student boolean not null,
    user_id uuid,
    course_source_ids text[] not null,
    class_source_ids text[] not null
) on commit drop;
