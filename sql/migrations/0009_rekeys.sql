-- Re-keys that a plan proposes: what a source calls by new ids, though all else about it is as it was. A person decides.

-- Which delivered id is taken for which of our rows, for as long as the plan it belongs to is kept: a decision needs no
-- staging, and whoever decides may look at every pair.
create table work.rekeys (
    district_id text not null,
    run_id bigint not null,
    source_n smallint not null,
    entity text not null,
    source text not null,
    source_id text not null,
    id uuid not null,
    primary key (district_id, run_id, source_n, entity, source_id)
);

-- Delivered ids that a person said are not one of ours under another name. They are never proposed again.
create table runs.refused_rekeys (
    district_id text not null,
    entity text not null,
    source text not null,
    source_id text not null,
    run_id bigint not null,
    primary key (district_id, entity, source, source_id)
);

-- What two things have to have in common to be alike, as one text: by it a join may hash. Case and spaces don't count.
create function work.likeness(variadic parts text[]) returns text
language sql stable parallel safe
as $$ select lower(regexp_replace(array_to_string(parts, chr(31), ''), '\s+', ' ', 'g')) $$;
