-- Grain: one row per approval request that was answered and whose response is not carried out yet.

-- name: keep
insert into runs.approval_responses (district_id, asked_by, answer)
values (:district_id, :asked_by, cast(:answer as jsonb))
on conflict (district_id, asked_by) do update
    set answer = excluded.answer, at = clock_timestamp();

-- name: kept
select a.answer from runs.approval_responses as a
where a.district_id = :district_id and a.asked_by = :asked_by;

-- name: forget
delete from runs.approval_responses
where district_id = :district_id and asked_by = :asked_by;
