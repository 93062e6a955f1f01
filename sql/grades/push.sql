-- Grain: one row per bulk update: one column and a limited number of students.

-- name: lock_course
-- Only one process at a time creates assignments in a course.
select pg_advisory_xact_lock(hashtextextended('rollbook.columns.' || :district_id || '.' || :course_number, 0));

-- name: link_column
insert into gradebook.assignment_links (
    district_id, column_id, course_number, assignment_number, sent_title, sent_points, run_id
)
values (:district_id, :column_id, :course_number, :assignment_number, :title, :points, :run_id)
on conflict (district_id, column_id, course_number) do update
    set
        assignment_number = excluded.assignment_number, sent_title = excluded.sent_title,
        sent_points = excluded.sent_points, run_id = excluded.run_id, at = clock_timestamp();

-- name: batches
-- Return every bulk update that the changes need, and its progress.
select
    c.column_id,
    c.batch as n,
    k.assignment_number,
    b.progress_number,
    b.status,
    b.at,
    count(*) as scores
from gradebook.changes as c
inner join gradebook.columns as k
    on c.district_id = k.district_id and c.run_id = k.run_id and c.column_id = k.column_id
left join gradebook.batches as b
    on
        c.district_id = b.district_id and c.run_id = b.run_id and c.course_number = b.course_number
        and c.column_id = b.column_id and c.batch = b.n
where
    c.district_id = :district_id and c.run_id = :run_id and c.course_number = :course_number and not c.held
    and k.assignment_number is not null and k.reason is null
group by c.column_id, c.batch, k.assignment_number, b.progress_number, b.status, b.at
order by c.column_id, c.batch;

-- name: changes
select
    user_id,
    user_number,
    old,
    old_excused,
    new,
    new_excused
from gradebook.changes
where
    district_id = :district_id and run_id = :run_id and course_number = :course_number and column_id = :column_id
    and batch = :n and not held
order by user_number;

-- name: keep_batch
insert into gradebook.batches (district_id, run_id, course_number, column_id, n, progress_number, status, message)
values (:district_id, :run_id, :course_number, :column_id, :n, :progress_number, :status, :message)
on conflict (district_id, run_id, course_number, column_id, n) do update
    set
        progress_number = excluded.progress_number, status = excluded.status, message = excluded.message,
        at = clock_timestamp()
returning at;

-- name: set_apart
-- Move scores into a bulk update of their own, after all others of the column.
update gradebook.changes
set
    batch = (
        select max(c.batch) + 1 from gradebook.changes as c
        where c.district_id = :district_id and c.run_id = :run_id and c.column_id = :column_id
    )
where
    district_id = :district_id and run_id = :run_id and column_id = :column_id
    and user_number = any(cast(:user_numbers as bigint[]))
returning batch;

-- name: count
select
    count(*) as sent,
    count(*) filter (where c.drifted) as overwritten,
    count(distinct c.user_id) as students
from gradebook.changes as c
inner join gradebook.columns as k
    on c.district_id = k.district_id and c.run_id = k.run_id and c.column_id = k.column_id
where
    c.district_id = :district_id and c.run_id = :run_id and c.course_number = :course_number and not c.held
    and k.assignment_number is not null and k.reason is null;

-- name: sent
-- Return what this run sent, for reading back, with the error that its bulk update ended in, if any.
select
    c.column_id,
    k.assignment_number,
    c.user_id,
    c.user_number,
    c.new,
    c.new_excused,
    c.drifted,
    coalesce(k.reason, b.message) as trouble
from gradebook.changes as c
inner join gradebook.columns as k
    on c.district_id = k.district_id and c.run_id = k.run_id and c.column_id = k.column_id
left join gradebook.batches as b
    on
        c.district_id = b.district_id and c.run_id = b.run_id and c.course_number = b.course_number
        and c.column_id = b.column_id and c.batch = b.n
where c.district_id = :district_id and c.run_id = :run_id and c.course_number = :course_number and not c.held
order by c.column_id, c.user_number;

-- name: disclose
-- Runs before anything leaves. Record the recipient, the fields and the numbers of students and scores. The ledger
-- names the students under the same run.
insert into runs.disclosures (district_id, run_id, recipient, purpose, counts)
select
    :district_id,
    :run_id,
    'canvas: ' || :recipient,
    'grades of course ' || :course_number,
    jsonb_build_object('students', count(distinct c.user_id), 'scores', count(*), 'fields', jsonb_build_array('score', 'excused'))
from gradebook.changes as c
where
    c.district_id = :district_id and c.run_id = :run_id and c.course_number = :course_number and not c.held
    and not exists (
        select from runs.disclosures as d
        where
            d.district_id = :district_id and d.run_id = :run_id
            and d.purpose = 'grades of course ' || :course_number
    )
having count(*) > 0;
