-- Grain: one row per district and what it is told of, whoever looks and however often.

-- name: keep
-- Once: a retried task, a cleared run and the next look find it there. Of a run that holds something nobody is told
-- again when a part of it was answered; and who can't say why a night failed adds nothing to who could.
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
-- How many of the district's nights before this one, one after the other, were told of for the same.
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
-- What a channel has not got yet, for whoever sends it now. A claim whose holder died lapses; what is days old is no
-- news any more.
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
