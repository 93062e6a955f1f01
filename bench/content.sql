-- Grain: one row per kind of active row. Equal counts and digests: equal rosters, whatever ids a contender gives.

-- name: content
select
    'schools' as kind,
    count(*) as rows,
    cast(sum(hashtextextended(s.name, 0)) as text) as digest
from roster.schools as s
where s.status = 'active'
union all
select
    'terms',
    count(*),
    cast(sum(hashtextextended(concat_ws('|', t.title, t.begin_date, t.end_date), 0)) as text)
from roster.terms as t
where t.status = 'active'
union all
select
    'courses',
    count(*),
    cast(sum(hashtextextended(c.title, 0)) as text)
from roster.courses as c
where c.status = 'active'
union all
select
    'classes',
    count(*),
    cast(sum(hashtextextended(concat_ws('|', k.title, k.period, s.name, c.title, t.title), 0)) as text)
from roster.classes as k
left join roster.schools as s on k.district_id = s.district_id and k.school_id = s.school_id
left join roster.courses as c on k.district_id = c.district_id and k.course_id = c.course_id
left join roster.terms as t on k.district_id = t.district_id and k.term_ids[1] = t.term_id
where k.status = 'active'
union all
select
    u.role || 's',
    count(*),
    cast(
        sum(
            hashtextextended(
                concat_ws('|', u.identifier, u.given_name, u.family_name, u.email, u.grade, s.name, u.invitation), 0
            )
        ) as text
    )
from roster.users as u
left join roster.schools as s on u.district_id = s.district_id and u.school_ids[1] = s.school_id
where u.status = 'active'
group by u.role
union all
select
    e.role || ' enrollments',
    count(*),
    cast(
        sum(hashtextextended(concat_ws('|', k.title, k.period, s.name, u.identifier, e.is_primary), 0)) as text
    )
from roster.enrollments as e
inner join roster.classes as k on e.district_id = k.district_id and e.class_id = k.class_id
inner join roster.users as u on e.district_id = u.district_id and e.user_id = u.user_id
left join roster.schools as s on k.district_id = s.district_id and k.school_id = s.school_id
where e.status = 'active'
group by e.role
order by 1;

-- name: history
-- What the changes left behind; the upsert keeps none.
select
    (select count(*) from history.users) as users,
    (select count(*) from history.enrollments) as enrollments;

-- name: clients
select a.pid
from pg_stat_activity as a
where a.datname = %s and a.backend_type = 'client backend';
