-- Grain: one row per column of a run and reason. Counts only, except `students`, which is for those who may see them.

-- name: columns
-- Return one state for every student with an enrollment or a score. If a student was never compared, the score is not
-- synced yet.
with columns as (
    select
        c.column_id,
        c.class_id,
        c.course_number,
        c.title,
        c.kind,
        c.action,
        c.activity_ids
    from gradebook.columns as c
    where c.district_id = :district_id and c.run_id = :run_id
),

people as (
    select
        c.column_id,
        e.user_id
    from columns as c
    inner join roster.enrollments as e
        on e.district_id = :district_id and c.class_id = e.class_id and e.role = 'student' and e.status = 'active'
    union
    select
        c.column_id,
        s.user_id
    from columns as c
    inner join gradebook.scores as s on s.district_id = :district_id and s.activity_id = any(c.activity_ids)
)

select
    c.column_id,
    c.course_number,
    c.title,
    c.kind,
    c.action,
    coalesce(s.state, 'NOT_SYNCED') as state,
    coalesce(s.reason, 'NOT_YET') as reason,
    count(*) as students
from columns as c
inner join people as p on c.column_id = p.column_id
left join gradebook.states as s
    on s.district_id = :district_id and p.column_id = s.column_id and p.user_id = s.user_id
group by c.column_id, c.course_number, c.title, c.kind, c.action, s.state, s.reason
order by c.course_number, c.title, c.column_id, state, reason;

-- name: synced_students
select count(distinct s.user_id)
from gradebook.columns as c
inner join gradebook.states as s on c.district_id = s.district_id and c.column_id = s.column_id
where c.district_id = :district_id and c.run_id = :run_id and s.state = 'SYNCED';

-- name: planned
-- Count the changes of a plan by course and column: what an export would write.
select
    c.course_number,
    k.title,
    count(*) as changes,
    count(*) filter (where c.old is null and not c.old_excused) as first_time,
    count(*) filter (where c.drifted) as changed_in_canvas,
    count(*) filter (where c.held) as held
from gradebook.changes as c
inner join gradebook.columns as k
    on c.district_id = k.district_id and c.run_id = k.run_id and c.column_id = k.column_id
where c.district_id = :district_id and c.run_id = :run_id
group by c.course_number, c.column_id, k.title
order by c.course_number, k.title, c.column_id;

-- name: break_off
-- Record COURSE_FAILED for the scores that a failed course was to be sent and nobody read back. Record it also for a
-- synced score if the student's score has changed since it was read.
insert into found_states (column_id, user_id, state, reason, score, excused)
select
    c.column_id,
    c.user_id,
    'ERROR',
    'COURSE_FAILED',
    c.old,
    c.old_excused
from gradebook.changes as c
where
    c.district_id = :district_id and c.run_id = :run_id and c.course_number = :course_number and not c.held
union
select
    c.column_id,
    t.user_id,
    'ERROR',
    'COURSE_FAILED',
    t.score,
    t.excused
from gradebook.columns as c
inner join gradebook.states as t
    on c.district_id = t.district_id and c.column_id = t.column_id and t.state = 'SYNCED'
inner join lateral (
    select
        sum(x.points) as points,
        bool_and(x.excused) as excused
    from gradebook.scores as x
    where x.district_id = c.district_id and x.activity_id = any(c.activity_ids) and x.user_id = t.user_id
) as s on s.points is not null or s.excused
where
    c.district_id = :district_id and c.run_id = :run_id and c.course_number = :course_number
    and case when s.excused then not t.excused else (s.points, false) is distinct from (t.score, t.excused) end
    and not exists (
        select from gradebook.changes as k
        where
            k.district_id = c.district_id and k.run_id = c.run_id and k.column_id = c.column_id
            and k.user_id = t.user_id
    );

-- name: students
-- Names people. Return the old and new scores of what a run changes or changed, and each student's state.
select
    k.title as activity,
    k.course_number,
    u.family_name,
    u.given_name,
    u.identifier,
    c.old,
    c.new,
    c.new_excused as excused,
    c.held,
    coalesce(s.state, 'NOT_SYNCED') as state,
    coalesce(s.reason, 'NOT_YET') as reason
from gradebook.columns as k
inner join lateral (
    select x.user_id from gradebook.states as x
    where x.district_id = k.district_id and x.column_id = k.column_id
    union
    select y.user_id from gradebook.changes as y
    where y.district_id = k.district_id and y.run_id = k.run_id and y.column_id = k.column_id
) as p on true
inner join roster.users as u on k.district_id = u.district_id and p.user_id = u.user_id
left join gradebook.changes as c
    on k.district_id = c.district_id and k.run_id = c.run_id and k.column_id = c.column_id and p.user_id = c.user_id
left join gradebook.states as s
    on k.district_id = s.district_id and k.column_id = s.column_id and p.user_id = s.user_id
where
    k.district_id = :district_id and k.run_id = :run_id
    and (cast(:state as text) is null or coalesce(s.state, 'NOT_SYNCED') = :state)
order by k.course_number, k.title, u.family_name, u.given_name, u.user_id
limit :rows;
