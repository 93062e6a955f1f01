-- Grain: one row per run. The statements around a merge: its lock, its base and its end.

-- name: lock
-- Only one merge per district runs at a time. The lock ends with the transaction.
select pg_advisory_xact_lock(hashtextextended('rollbook.merge.' || :district_id, 0));

-- name: last_applied
select max(r.run_id)
from runs.runs as r
where r.district_id = :district_id and r.kind = 'roster' and r.status = 'applied';

-- name: analyze
-- Without new statistics, the planner misjudges these tables after a first load or a large change.
analyze roster.links, roster.schools, roster.terms, roster.courses, roster.classes, roster.users, roster.enrollments;

-- name: analyze_history
-- The tables are small until a night ends many versions at once. With old statistics, the planner would read a whole
-- table for every row.
analyze history.classes, history.users, history.enrollments;
