-- Grain: one row per column and student of a course, as it should be. Its result is one row of changes or of states.

-- name: columns
-- Return the columns that a run means to send to a course, with the numbers, titles and points that they have there
-- already.
select
    c.column_id,
    c.class_id,
    c.title,
    c.kind,
    c.points,
    c.due_at,
    c.zeros,
    c.action,
    c.reason,
    l.assignment_number,
    l.sent_title,
    l.sent_points
from gradebook.columns as c
left join gradebook.assignment_links as l
    on c.district_id = l.district_id and c.column_id = l.column_id and c.course_number = l.course_number
where c.district_id = :district_id and c.run_id = :run_id and c.course_number = :course_number
order by c.column_id;

-- name: students
-- Return who has an enrollment in these classes or a score in these columns, and whether this course ever had them.
with wanted as (
    select
        c.column_id,
        c.class_id,
        c.activity_ids
    from gradebook.columns as c
    where c.district_id = :district_id and c.run_id = :run_id and c.course_number = :course_number
),

students as (
    select e.user_id
    from roster.enrollments as e
    where
        e.district_id = :district_id and e.role = 'student' and e.status = 'active'
        and e.class_id in (select w.class_id from wanted as w)
    union
    select s.user_id
    from gradebook.scores as s
    where s.district_id = :district_id and s.activity_id in (select unnest(w.activity_ids) from wanted as w)
)

select
    u.user_id,
    u.identifier,
    u.email,
    coalesce(l.user_number, k.user_number) as user_number,
    exists(
        select from gradebook.states as x
        where
            x.district_id = :district_id and x.user_id = s.user_id and x.course_number = :course_number
            and x.column_id in (select w.column_id from wanted as w) and x.reason <> 'NOT_IN_CANVAS'
    ) as was_here
from students as s
inner join roster.users as u on u.district_id = :district_id and s.user_id = u.user_id
left join gradebook.student_links as l on l.district_id = :district_id and s.user_id = l.user_id
left join lateral (
    select min(cast(regexp_replace(x.source_id, '^user:', '') as bigint)) as user_number
    from roster.links as x
    where
        x.district_id = :district_id and x.entity = 'users' and x.source = 'canvas' and x.id = s.user_id
        and x.source_id ~ '^(user:)?\d{1,18}$'
    having count(*) = 1
) as k on true;

-- name: scores
-- Return the score that each student should have in each column, the score that was sent last and the score that it
-- replaced. was_confirmed: the score was read back since. A total adds the scores that exist. A student who is excused
-- from every activity is excused from the total. An approval is for one overwrite: once that is sent, the approval is
-- used up.
with wanted as (
    select
        c.column_id,
        c.class_id,
        a.activity_id
    from gradebook.columns as c
    cross join lateral unnest(c.activity_ids) as a (activity_id)
    where c.district_id = :district_id and c.run_id = :run_id and c.course_number = :course_number
),

scored as (
    select
        w.column_id,
        s.user_id,
        sum(s.points) as points,
        bool_and(s.excused) as excused
    from wanted as w
    inner join gradebook.scores as s on s.district_id = :district_id and w.activity_id = s.activity_id
    group by w.column_id, s.user_id
),

seats as (
    select distinct
        w.column_id,
        e.user_id
    from wanted as w
    inner join roster.enrollments as e
        on e.district_id = :district_id and w.class_id = e.class_id and e.role = 'student' and e.status = 'active'
),

sent as (
    select distinct on (l.column_id, l.user_id)
        l.column_id,
        l.user_id,
        l.new,
        l.new_excused,
        l.old,
        l.old_excused,
        l.reason,
        l.at,
        exists(
            select from gradebook.ledger as x
            where
                x.district_id = l.district_id and x.column_id = l.column_id and x.user_id = l.user_id
                and x.entry_id > l.entry_id and x.act = 'read' and x.reason in ('CONFIRMED', 'EXCUSED', 'UNDONE')
        ) as was_confirmed
    from gradebook.ledger as l
    where
        l.district_id = :district_id and l.act = 'send' and l.course_number = :course_number
        and l.column_id in (select w.column_id from wanted as w)
    order by l.column_id asc, l.user_id asc, l.entry_id desc
)

select
    coalesce(p.column_id, q.column_id) as column_id,
    coalesce(p.user_id, q.user_id) as user_id,
    p.points,
    coalesce(p.excused, false) as excused,
    l.column_id is not null as was_sent,
    l.new as sent_points,
    coalesce(l.new_excused, false) as sent_excused,
    l.old as replaced_points,
    coalesce(l.old_excused, false) as replaced_excused,
    coalesce(l.was_confirmed, false) as was_confirmed,
    coalesce(l.reason = 'undo', false) as was_undone,
    v.column_id is not null as was_approved,
    v.seen as approved_points
from scored as p
full join seats as q on p.column_id = q.column_id and p.user_id = q.user_id
left join sent as l
    on coalesce(p.column_id, q.column_id) = l.column_id and coalesce(p.user_id, q.user_id) = l.user_id
left join gradebook.approvals as v
    on
        v.district_id = :district_id and coalesce(p.column_id, q.column_id) = v.column_id
        and coalesce(p.user_id, q.user_id) = v.user_id
        and (l.at is null or v.at > l.at);

-- name: forget
-- If a course is tried again, everything is compared again.
with batches as (
    delete from gradebook.batches
    where district_id = :district_id and run_id = :run_id and course_number = :course_number
)

delete from gradebook.changes
where district_id = :district_id and run_id = :run_id and course_number = :course_number;

-- name: write_column
update gradebook.columns
set action = :action, assignment_number = :assignment_number, reason = :reason
where district_id = :district_id and run_id = :run_id and column_id = :column_id;

-- name: open_changes
create temporary table planned_changes (
    column_id uuid, user_id uuid, user_number bigint, old numeric, old_excused boolean, new numeric, new_excused boolean,
    drifted boolean, held boolean
) on commit drop;

-- name: write_changes
-- One bulk update has at most `batch_rows` scores of a column, in the order of the students' numbers.
insert into gradebook.changes (
    district_id, run_id, course_number, column_id, user_id, user_number, old, old_excused, new, new_excused, drifted,
    held, batch
)
select
    :district_id,
    :run_id,
    :course_number,
    p.column_id,
    p.user_id,
    p.user_number,
    p.old,
    p.old_excused,
    p.new,
    p.new_excused,
    p.drifted,
    p.held,
    case when not p.held then (row_number() over (partition by p.column_id, p.held order by p.user_number) - 1) / :batch_rows + 1 end
from planned_changes as p;

-- name: write_numbers
insert into gradebook.student_links (district_id, user_id, user_number, run_id)
select
    :district_id,
    x.user_id,
    x.user_number,
    :run_id
from unnest(cast(:user_ids as uuid[]), cast(:user_numbers as bigint[])) as x (user_id, user_number)
on conflict (district_id, user_id) do update
    set user_number = excluded.user_number, run_id = excluded.run_id
    where gradebook.student_links.user_number is distinct from excluded.user_number;

-- name: finish
update gradebook.exports
set
    status = :status, code = null, reason = null, counts = counts || cast(:counts as jsonb),
    facts = facts || cast(:facts as jsonb)
where district_id = :district_id and run_id = :run_id and course_number = :course_number;

-- name: fail
update gradebook.exports
set status = 'failed', code = :code, reason = :reason, owner = :owner, fix = :fix
where district_id = :district_id and run_id = :run_id and course_number = :course_number;
