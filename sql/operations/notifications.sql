-- Grain: one row per district and event that it is notified of, whoever checks and however often.

-- name: keep
-- Write a notification once: a retried task, a cleared run and the next check find it there. If a run holds changes,
-- the answer to a part of them leads to no new notification. If a notification of the failed night exists, one without
-- a code adds nothing.
insert into runs.notifications (district_id, about, kind, as_of, code, mark, run_id, subject, body, link, owed)
select
    :district_id,
    :about,
    :kind,
    :as_of,
    :code,
    :mark,
    :run_id,
    :subject,
    :body,
    :link,
    cast(:owed as text[])
where
    not exists (
        select from runs.notifications as n
        where
            n.district_id = :district_id and n.about = :about and n.kind = :kind and n.as_of = :as_of
            and (
                (:about = 'hold' and n.run_id = cast(:run_id as bigint))
                or (
                    :about = 'failure' and :code = ''
                    and (n.run_id = cast(:run_id as bigint) or n.run_id is null or cast(:run_id as bigint) is null)
                )
            )
    )
on conflict (district_id, about, kind, as_of, code, mark) do nothing;

-- name: nights_in_a_row
-- Count the district's consecutive nights before this one that have a notification for the same reason.
with known as (
    select
        r.as_of,
        false as told
    from runs.runs as r
    where r.district_id = :district_id and r.kind = :run_kind and r.as_of < :as_of
    union all
    select
        n.as_of,
        true as told
    from runs.notifications as n
    where n.district_id = :district_id and n.about = :about and n.kind = :kind and n.code = :code and n.as_of < :as_of
),

nights as (
    select
        k.as_of,
        bool_or(k.told) as told
    from known as k
    group by k.as_of
)

select count(*)
from (
    select bool_and(n.told) over (order by n.as_of desc) as unbroken
    from nights as n
) as looked_at
where looked_at.unbroken;

-- name: claim
-- Claim what a channel has not sent yet, for the process that sends it now. If the holder of a claim dies, the claim
-- lapses. Notifications that are days old are not sent any more.
update runs.notifications as n
set claimed_at = clock_timestamp()
where
    n.district_id = :district_id and n.notice_id in (
        select w.notice_id from runs.notifications as w
        where
            w.district_id = :district_id and w.owed && cast(:channels as text[]) and w.about = any(cast(:about as text[]))
            and w.at > clock_timestamp() - make_interval(secs => :fresh_seconds)
            and (w.claimed_at is null or w.claimed_at < clock_timestamp() - make_interval(secs => :claim_seconds))
        for update skip locked
    )
returning
    n.notice_id, n.district_id, n.about, n.kind, n.as_of, n.code, n.mark, n.run_id, n.subject, n.body, n.link, n.owed;

-- name: sent
update runs.notifications
set owed = array_remove(owed, cast(:channel as text))
where district_id = :district_id and notice_id = :notice_id;

-- name: release
update runs.notifications
set claimed_at = null
where district_id = :district_id and notice_id = :notice_id;
