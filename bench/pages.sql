-- A gradebook for the benchmark of pages: three columns in every fourth class, and a state of each of its students.

-- name: columns
insert into gradebook.columns (
    district_id, run_id, course_number, column_id, class_id, title, kind, points, activity_ids
)
select
    c.district_id,
    %(run_id)s,
    1,
    gen_random_uuid(),
    c.class_id,
    'Quiz ' || n.n,
    'quiz',
    10,
    '{}'
from (
    select k.*, row_number() over (order by k.class_id) as place from roster.classes as k
) as c
cross join generate_series(1, 3) as n (n)
where c.place %% 4 = 0

-- name: states
insert into gradebook.states (district_id, column_id, user_id, course_number, state, reason, score, run_id)
select
    c.district_id,
    c.column_id,
    e.user_id,
    1,
    'SYNCED',
    'CONFIRMED',
    7,
    %(run_id)s
from gradebook.columns as c
inner join roster.enrollments as e on c.district_id = e.district_id and c.class_id = e.class_id and e.role = 'student'

-- name: some_class
select class_id::text from gradebook.columns order by class_id limit 1

-- name: somebody
-- A student of the class, its school, and the night that its roster describes.
select
    c.school_id::text,
    min(e.user_id::text),
    c.as_of
from roster.classes as c
inner join roster.enrollments as e on c.district_id = e.district_id and c.class_id = e.class_id and e.role = 'student'
where c.class_id = %s
group by c.school_id, c.as_of
