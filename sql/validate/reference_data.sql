-- Grain: one row per row of a district's reference data. Validate compares a delivery with it.

-- name: schools
select l.source_id
from base_links as l
where l.district_id = :district_id and l.entity = 'schools' and l.source = :source;

-- name: terms
select l.source_id
from base_links as l
where l.district_id = :district_id and l.entity = 'terms' and l.source = :source;

-- name: people
select
    l.source_id,
    u.status,
    u.given_name,
    u.family_name,
    u.email
from base_links as l
inner join base_users as u on l.district_id = u.district_id and l.id = u.user_id
where l.district_id = :district_id and l.entity = 'users' and l.source = :source;
