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
    seen text := concat_ws(' ', district, night, txid_current());
begin
    if current_setting('rollbook.base', true) = seen then
        return;
    end if;
    perform set_config('rollbook.base', seen, true);
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

-- A hold is a part of a run's plan that waits for a person, by its number in the run.
alter table runs.holds add column hold_n integer;
update runs.holds as h
set hold_n = n.hold_n, status = case when h.status = 'open' then 'stale' else h.status end
from (
    select
        o.ctid,
        row_number() over (partition by o.district_id, o.run_id order by o.entity, o.action, o.school_id) as hold_n
    from runs.holds as o
) as n
where h.ctid = n.ctid;
alter table runs.holds
add primary key (district_id, run_id, hold_n),
add column kind text not null default 'limit' check (kind in ('limit', 'rekey')),
add column source_n smallint,
add column digest text,
add column expires_at timestamptz,
add column decided_by text,
add column decided_at timestamptz,
add column why text,
add column applied_by bigint,
drop constraint holds_status_check,
add constraint holds_status_check check (status in ('open', 'planned', 'approved', 'rejected', 'expired', 'stale'));
create index holds_open on runs.holds (district_id, run_id) where status = 'open';
comment on column runs.holds.digest is 'Of the changes as they were when they were held: what was seen is what is applied.';
comment on column runs.holds.status is 'planned: of a run that only plans, so that nobody is asked.';

alter table work.changes add column hold_n integer, add column applied_by bigint;
create index changes_held on work.changes (district_id, run_id) where held;
comment on column work.changes.hold_n is 'The hold it waits in; 0: left out of a window of additions only; none, but held: needs those.';
comment on column work.changes.applied_by is 'The run that applied it once it was approved.';

-- A run that was undone counts as never applied; what it wrote stands in history.
alter table runs.runs add column undone_by bigint;

-- As before, but what waits for a person keeps its rows.
create or replace function staging.close_runs_before(district text, run bigint) returns void
language plpgsql
as $$
declare
    old record;
begin
    for old in
        select distinct i.run_id, i.source_n from runs.imports as i
        where i.district_id = district and i.run_id < run
            and to_regclass('staging.' || staging.table_name('users', i.run_id, i.source_n)) is not null
            and not exists (
                select from runs.holds as h
                where h.district_id = i.district_id and h.run_id = i.run_id and h.status = 'open'
            )
    loop
        perform staging.close_run(old.run_id, old.source_n);
    end loop;
end
$$;
