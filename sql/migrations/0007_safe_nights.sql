-- Nights that can be held, approved, undone and filled in later: holds by part, versions that never overlap, links that
-- know their night, and the roster as an older night saw it.

create extension if not exists btree_gist;

-- Which columns tell a row of an entity from its others, and all of its columns, for statements made per entity.
create function history.keys(entity text) returns text[]
language sql immutable
as $$
    select case entity
        when 'enrollments' then array['class_id', 'user_id', 'role']
        when 'classes' then array['class_id']
        else array[rtrim(entity, 's') || '_id']
    end
$$;

create function history.columns(entity text, prefix text) returns text
language sql stable
as $$
    select string_agg(prefix || quote_ident(a.attname), ', ' order by a.attnum)
    from pg_attribute as a
    where a.attrelid = ('roster.' || quote_ident(entity))::regclass and a.attnum > 0 and not a.attisdropped
$$;

create function history.entities() returns text[]
language sql immutable
as $$ select array['schools', 'terms', 'courses', 'classes', 'users', 'enrollments', 'contacts'] $$;

-- One version of a row at a time, whoever writes history and in whatever order (an empty range, of a version that was
-- replaced on its own night, overlaps nothing).
do $$
declare
    entity text;
begin
    foreach entity in array history.entities() loop
        execute format(
            'alter table history.%1$I add constraint %2$I exclude using gist (%3$s, daterange(valid_from, valid_to) with &&)',
            entity, entity || '_one_version_at_a_time',
            (select string_agg(quote_ident(k) || ' with =', ', ') from unnest(history.keys(entity)) as k)
        );
    end loop;
end
$$;

-- Since which night somebody is known by an id. Links that a run's undoing took back are kept with that run.
alter table roster.links add column as_of date;
update roster.links as l
set as_of = r.as_of
from runs.runs as r
where l.run_id = r.run_id;
alter table roster.links alter column as_of set not null;
create table history.links (like roster.links, ended_by bigint not null);
create index links_by_run on history.links (district_id, ended_by);

-- Temporary views base_<entity> and base_links, for this session: the roster as a night finds it. Without a night that
-- is the roster itself; with one, the rows as they were on its evening. Local rows are nobody's night: they are always there.
create function history.see_base(district text, night date) returns void
language plpgsql
as $$
declare
    entity text;
begin
    foreach entity in array history.entities() loop
        execute format('create or replace temporary view base_%1$s as select %2$s from roster.%1$s as r', entity, history.columns(entity, 'r.'))
            || case when night is null then '' else format(
                ' where r.district_id = %3$L and (r.as_of <= %4$L or r.origin = ''local'')
                union all
                select %2$s from history.%1$s as r
                where r.district_id = %3$L and r.valid_to > %4$L and (r.valid_from <= %4$L or r.origin = ''local'')',
                entity, history.columns(entity, 'r.'), district, night
            ) end;
    end loop;
    execute 'create or replace temporary view base_links as select l.* from roster.links as l'
        || case when night is null then '' else format(' where l.district_id = %L and l.as_of <= %L', district, night) end;
end
$$;
