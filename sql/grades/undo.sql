-- Grain: one row per score that an export sent, with its values before and after.

-- name: add_columns
insert into gradebook.columns (
    district_id, run_id, course_number, column_id, class_id, title, kind, points, due_at, activity_ids, action,
    assignment_number
)
select
    c.district_id,
    :run_id,
    c.course_number,
    c.column_id,
    c.class_id,
    c.title,
    c.kind,
    c.points,
    c.due_at,
    c.activity_ids,
    'keep',
    l.assignment_number
from gradebook.columns as c
inner join gradebook.assignment_links as l
    on c.district_id = l.district_id and c.column_id = l.column_id and c.course_number = l.course_number
where
    c.district_id = :district_id and c.run_id = :undone
    and c.column_id in (
        select x.column_id from gradebook.ledger as x
        where x.district_id = :district_id and x.run_id = :undone and x.act = 'send'
    );

-- name: sends
select
    k.column_id,
    k.assignment_number,
    x.user_id,
    s.user_number,
    x.old,
    x.old_excused,
    x.new,
    x.new_excused
from gradebook.columns as k
inner join lateral (
    select
        l.user_id,
        (array_agg(l.old order by l.entry_id))[1] as old,
        (array_agg(l.old_excused order by l.entry_id))[1] as old_excused,
        (array_agg(l.new order by l.entry_id desc))[1] as new,
        (array_agg(l.new_excused order by l.entry_id desc))[1] as new_excused
    from gradebook.ledger as l
    where
        l.district_id = k.district_id and l.run_id = :undone and l.act = 'send' and l.column_id = k.column_id
    group by l.user_id
) as x on true
inner join gradebook.student_links as s on k.district_id = s.district_id and x.user_id = s.user_id
where k.district_id = :district_id and k.run_id = :run_id and k.course_number = :course_number
order by k.column_id, s.user_number;
