-- Grain: one row per school.

-- name: invitations
-- New staff this run created who wait for an invitation: counted here, named only to those who send it (GC-10).
select
    coalesce(s.name, l.source_id, '') as school,
    count(*) as pending
from roster.users as u -- who waits is few, whom a first night created is everybody
inner join work.changes as c
    on
        u.district_id = c.district_id and u.user_id = c.id
        and c.run_id = :run_id and c.entity = 'users' and c.action = 'create'
left join roster.schools as s on u.district_id = s.district_id and u.school_ids[1] = s.school_id
left join roster.links as l
    on u.district_id = l.district_id and l.entity = 'schools' and u.school_ids[1] = l.id
where u.district_id = :district_id and u.invitation = 'pending'
group by coalesce(s.name, l.source_id, '')
order by 1;
