-- Grain: one row per person of the snapshot. A person is found by link, else by exact id, else by exact email, and
-- never by a guess. sql/merge/entities.sql explains the braces.

-- name: find_linked
-- Find the people whom this source named before.
insert into linked_users (n, id)
select
    s.n,
    l.id
from staged_users as s
inner join base_links as l
    on l.district_id = :district_id and l.entity = 'users' and l.source = :source and l.source_id = s.source_id;

-- name: find_unlinked
-- Find the people whom this source names for the first time. They have a table of their own so that the planner sees
-- how few they are.
insert into unlinked_users (n, identifier, email, given_name, family_name, is_student)
select
    s.n,
    s.identifier,
    lower(s.email) as email,
    lower(s.given_name) as given_name,
    lower(s.family_name) as family_name,
    s.role = 'student' as is_student
from staged_users as s
where s.n not in (select k.n from linked_users as k);

-- name: analyze_links
analyze linked_users, unlinked_users;

-- name: match
-- Find existing people among those whom this source names for the first time. They match by the district's own id from
-- another source, or by an email that only they have (CK-12, SL-23). Archived people never match: the address of a
-- retired person may be another person's now. If the snapshot names a person by link, no other line matches that
-- person.
insert into matches (n, id)
with candidates as (
    select
        u.n,
        r.user_id,
        case when r.identifier = u.identifier and (r.source is distinct from :source) then 1 else 2 end as rank
    from unlinked_users as u
    inner join base_users as r
        on
            r.district_id = :district_id and r.status = 'active'
            and (r.role = 'student') = u.is_student
            and lower(r.email) = u.email
    -- A person of this same source may have left the address to a successor. Then one of the names must be equal, too.
    where
        (r.source is distinct from :source)
        or lower(r.given_name) = u.given_name or lower(r.family_name) = u.family_name
    union
    select
        u.n,
        r.user_id,
        1 as rank
    from unlinked_users as u
    inner join base_users as r
        on
            r.district_id = :district_id and r.status = 'active' and r.source is distinct from :source
            and (r.role = 'student') = u.is_student
            and r.identifier = u.identifier
),

free as materialized (
    select
        c.n,
        c.user_id,
        c.rank,
        min(c.rank) over (partition by c.n) as best_rank
    from candidates as c
    where c.user_id not in (select k.id from linked_users as k)
),

best as (
    select
        f.n,
        f.user_id,
        count(*) over (partition by f.n) as people,
        count(*) over (partition by f.user_id) as rows
    from free as f
    where f.rank = f.best_rank
)

select
    b.n,
    b.user_id as id
from best as b
where b.people = 1 and b.rows = 1;

-- name: resolve
-- A column that no row of a role fills clears nothing (decision 0006). `filled` counts the rows that fill it.
insert into resolved_users (n, id, action, manages, {plain,} identifier, role, email, school_ids)
with school_sets as materialized (
    select
        d.school_ns,
        array(
            select k.id from unnest(d.school_ns) with ordinality as x (n, place)
            inner join resolved_schools as k on x.n = k.n
            order by x.place
        ) as school_ids
    from (select distinct s.school_ns from staged_users as s) as d
),

known as (
    select
        s.*,
        l.id is not null as linked,
        m.id is not null as matched,
        coalesce(l.id, m.id, roster.make_id(:district_id, 'users', :source, s.source_id)) as id,
        k.school_ids as delivered_school_ids
    from staged_users as s
    inner join school_sets as k on s.school_ns = k.school_ns
    left join linked_users as l on s.n = l.n
    left join matches as m on s.n = m.n
),

filled as materialized (
    select
        s.role,
        {count(s.plain) as plain,}
        count(s.email) as email
    from staged_users as s
    group by s.role
)

select
    s.n,
    s.id,
    case
        when c.id is not null then null
        when r.user_id is null then 'create'
        -- An undo archived the row that it takes back, and removed its link.
        when not s.linked and not s.matched and r.source = :source and r.status = 'archived' then 'reactivate'
        when not s.linked then case when r.source = :source and r.origin = 'synced' then 'rekey' else 'link' end
        when not v.manages then null
        when r.status = 'archived' then 'reactivate'
        when (v.school_ids is distinct from r.school_ids) then 'move'
        when
            (
                ({v.plain,} v.identifier, v.role, lower(v.email))
                is distinct from ({r.plain,} r.identifier, r.role, lower(r.email))
            )
            then 'update'
    end,
    v.manages,
    {v.plain,}
    v.identifier,
    v.role,
    v.email,
    v.school_ids
from known as s
inner join filled as f on s.role = f.role
left join base_users as r on r.district_id = :district_id and r.user_id = s.id
cross join lateral (select r.user_id is null or r.origin = 'local' or r.source = any(cast(:own as text[])) as manages) as w
cross join
    lateral (
        select
            w.manages,
            case when w.manages then coalesce(s.identifier, r.identifier) else r.identifier end as identifier,
            case when not w.manages or r.role = 'administrator' then r.role else s.role end as role,
            {case when w.manages and f.plain > 0 then s.plain else r.plain end as plain,}
            case when w.manages and f.email > 0 then s.email else r.email end as email,
            case
                when r.user_id is null or r.school_ids = s.delivered_school_ids then s.delivered_school_ids
                when not w.manages then r.school_ids
                else roster.merge_schools(r.school_ids, s.delivered_school_ids, cast(:scope_school_ids as uuid[]))
            end as school_ids
    ) as v
left join work.changes as c
    on c.district_id = :district_id and c.run_id = :run_id and c.entity = 'users' and c.action <> 'archive' and c.id = s.id;

-- name: plan
insert into work.changes (district_id, run_id, source_n, entity, action, n, id, school_id, reason)
select
    :district_id,
    :run_id,
    :source_n,
    'users',
    r.action,
    r.n,
    r.id,
    r.school_ids[1],
    case when not r.manages then 'MANAGED_ELSEWHERE' end
from resolved_users as r
where r.action is not null;

-- name: find_absent
-- Find the people in this source's scope whom it does not name. They have a table of their own so that the planner sees
-- how few they are.
insert into absent_users (user_id, school_id)
select
    r.user_id,
    r.school_ids[1] as school_id
from base_users as r
where
    r.district_id = :district_id and r.source = any(cast(:own as text[])) and r.origin = 'synced' and r.status = 'active'
    and (r.source = :source or 'users' not in (select w.entity from waiting as w))
    and 'users:' || r.role = any(cast(:covers as text[]))
    and r.school_ids <@ array(select s.id from scope_schools as s)
    and r.user_id not in (select s.id from resolved_users as s)
    and r.user_id not in (
        select p.id from protected as p
        where p.entity = 'users' and p.id is not null
    );

-- name: analyze_absent
analyze absent_users;

-- name: plan_archive
-- Runs last: a person who still has an active synced enrollment outside this scope stays.
insert into work.changes (district_id, run_id, source_n, entity, action, id, school_id)
select
    :district_id,
    :run_id,
    :source_n,
    'users',
    'archive',
    a.user_id,
    a.school_id
from absent_users as a
where
    a.user_id not in (
        select c.id from work.changes as c
        where c.district_id = :district_id and c.run_id = :run_id and c.entity = 'users' and c.id is not null
    )
    and a.user_id not in (
        select e.user_id
        from absent_users as x
        inner join base_enrollments as e on x.user_id = e.user_id
        left join leaving_enrollments as c
            on e.class_id = c.class_id and e.user_id = c.user_id and e.role = c.role
        where
            e.district_id = :district_id and e.origin = 'synced' and e.status = 'active'
            and c.user_id is null
    );

-- name: keep_delivered
-- A person who is absent from one file of the night but delivered by another file is present.
delete from work.changes as c
using resolved_users as s
where
    c.district_id = :district_id and c.run_id = :run_id and c.entity = 'users' and c.action = 'archive'
    and c.id = s.id;
