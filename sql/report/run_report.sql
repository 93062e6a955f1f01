-- Grain: one row per school.

-- name: invitations
-- Count the new staff of this run who wait for an invitation. The report has only the count. Only those who send the
-- invitations see the names (GC-10).
select
    coalesce(s.name, l.source_id, '') as school,
    count(*) as pending
from roster.users as u -- few people wait for an invitation, but a first night creates everybody
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
