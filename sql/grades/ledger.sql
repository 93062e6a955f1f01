-- Grain: one row per column and student: the state now (states), and each act that changed it (ledger, append-only).

-- name: open_states
create temporary table found_states (
    column_id uuid, user_id uuid, state text, reason text, score numeric, excused boolean
) on commit drop;

-- name: record_found_states
-- Only changed rows are written: a night without changes costs one comparison.
with changed as (
    select f.*
    from found_states as f
    left join gradebook.states as s
        on s.district_id = :district_id and f.column_id = s.column_id and f.user_id = s.user_id
    where
        s.column_id is null
        or (s.state, s.reason, s.score, s.excused, s.course_number)
        is distinct from (f.state, f.reason, f.score, f.excused, cast(:course_number as bigint))
),

told as (
    insert into gradebook.ledger (
        district_id, run_id, column_id, user_id, course_number, act, new, new_excused, state, reason
    )
    select
        :district_id,
        :run_id,
        c.column_id,
        c.user_id,
        :course_number,
        'read',
        c.score,
        c.excused,
        c.state,
        c.reason
    from changed as c
)

insert into gradebook.states (
    district_id, column_id, user_id, course_number, state, reason, score, excused, run_id
)
select
    :district_id,
    c.column_id,
    c.user_id,
    :course_number,
    c.state,
    c.reason,
    c.score,
    c.excused,
    :run_id
from changed as c
on conflict (district_id, column_id, user_id) do update
    set
        course_number = excluded.course_number, state = excluded.state, reason = excluded.reason,
        score = excluded.score, excused = excluded.excused, run_id = excluded.run_id, at = clock_timestamp();

-- name: write_ahead
-- Runs before anything leaves: if an export is killed, the ledger has everything that it may have sent. A run writes
-- each score once, however often it is tried.
insert into gradebook.ledger (
    district_id, run_id, column_id, user_id, course_number, act, old, old_excused, new, new_excused, reason
)
select
    c.district_id,
    c.run_id,
    c.column_id,
    c.user_id,
    c.course_number,
    'send',
    c.old,
    c.old_excused,
    c.new,
    c.new_excused,
    cast(:reason as text)
from gradebook.changes as c
where
    c.district_id = :district_id and c.run_id = :run_id and c.course_number = :course_number
    and c.column_id = :column_id and c.batch = :n and not c.held
    and not exists (
        select from gradebook.ledger as l
        where
            l.district_id = c.district_id and l.column_id = c.column_id and l.user_id = c.user_id
            and l.run_id = c.run_id and l.act = 'send'
            and (l.new, l.new_excused) is not distinct from (c.new, c.new_excused)
    );
