-- Grain: one row per run. What surrounds a merge: its lock, its base, its end.

-- name: lock
-- One merge per district at a time; ends with the transaction.
select pg_advisory_xact_lock(hashtextextended('rollbook.merge.' || :district_id, 0));

-- name: last_applied
select max(r.run_id)
from runs.runs as r
where r.district_id = :district_id and r.kind = 'roster' and r.status = 'applied';

-- name: analyze
-- A first load or a large change leaves the planner blind otherwise.
analyze roster.links, roster.schools, roster.terms, roster.courses, roster.classes, roster.users, roster.enrollments;

-- name: analyze_history
-- Small until a night ends many versions at once: known as small, it would be read from end to end for every row.
analyze history.classes, history.users, history.enrollments;
