-- Grain: one row per district, with the holder of its lease.

-- name: acquire
-- Take the lease if it is free, if the same holder takes it again, or if its holder (`over`) is known to have gone.
insert into runs.leases as t (district_id, holder)
values (:district_id, :holder)
on conflict (district_id) do update
    set holder = excluded.holder, at = clock_timestamp()
    where t.holder = excluded.holder or t.holder = cast(:over as text)
returning t.holder;

-- name: whose
select t.holder from runs.leases as t
where t.district_id = :district_id;

-- name: release
delete from runs.leases
where district_id = :district_id and holder = :holder;
