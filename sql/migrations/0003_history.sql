-- Every row of the roster as it was before each change. A version is valid from the night that wrote it (`valid_from`)
-- until the night of the run that ended it (`valid_to`, `ended_by`). The exclusion constraints refuse two versions of a
-- row at one time, whoever writes history and in whatever order. A version that was replaced on its own night, or that a
-- reverted run wrote, has an empty range and overlaps nothing.

create schema history;
create extension if not exists btree_gist;

create table history.schools (
    like roster.schools,
    valid_from date not null,
    valid_to date not null,
    ended_by bigint not null,
    constraint schools_one_version_at_a_time exclude using gist (school_id with =, daterange(valid_from, valid_to) with &&)
);
comment on table history.schools is 'One row per version of a school that a run ended.';
create index schools_by_run on history.schools (district_id, ended_by);

create table history.terms (
    like roster.terms,
    valid_from date not null,
    valid_to date not null,
    ended_by bigint not null,
    constraint terms_one_version_at_a_time exclude using gist (term_id with =, daterange(valid_from, valid_to) with &&)
);
comment on table history.terms is 'One row per version of a term that a run ended.';
create index terms_by_run on history.terms (district_id, ended_by);

create table history.courses (
    like roster.courses,
    valid_from date not null,
    valid_to date not null,
    ended_by bigint not null,
    constraint courses_one_version_at_a_time exclude using gist (course_id with =, daterange(valid_from, valid_to) with &&)
);
comment on table history.courses is 'One row per version of a course that a run ended.';
create index courses_by_run on history.courses (district_id, ended_by);

create table history.classes (
    like roster.classes,
    valid_from date not null,
    valid_to date not null,
    ended_by bigint not null,
    constraint classes_one_version_at_a_time exclude using gist (class_id with =, daterange(valid_from, valid_to) with &&)
);
comment on table history.classes is 'One row per version of a class that a run ended.';
create index classes_by_run on history.classes (district_id, ended_by);

create table history.users (
    like roster.users,
    valid_from date not null,
    valid_to date not null,
    ended_by bigint not null,
    constraint users_one_version_at_a_time exclude using gist (user_id with =, daterange(valid_from, valid_to) with &&)
);
comment on table history.users is 'One row per version of a person that a run ended.';
create index users_by_run on history.users (district_id, ended_by);

create table history.enrollments (
    like roster.enrollments,
    valid_from date not null,
    valid_to date not null,
    ended_by bigint not null,
    constraint enrollments_one_version_at_a_time exclude using gist (
        class_id with =, user_id with =, role with =, daterange(valid_from, valid_to) with &&
    )
);
comment on table history.enrollments is 'One row per version of an enrollment that a run ended.';
create index enrollments_by_run on history.enrollments (district_id, ended_by);
create index enrollments_by_class on history.enrollments (district_id, class_id);

create table history.contacts (
    like roster.contacts,
    valid_from date not null,
    valid_to date not null,
    ended_by bigint not null,
    constraint contacts_one_version_at_a_time exclude using gist (contact_id with =, daterange(valid_from, valid_to) with &&)
);
comment on table history.contacts is 'One row per version of a guardian that a run ended.';
create index contacts_by_run on history.contacts (district_id, ended_by);

create table history.links (like roster.links, ended_by bigint not null);
comment on table history.links is 'One row per link that a reverted run had made, with the run that reverted it.';
create index links_by_run on history.links (district_id, ended_by);

-- The functions below build statements for each entity from these facts about its table.
create function history.entities() returns text[]
language sql immutable
as $$ select array['schools', 'terms', 'courses', 'classes', 'users', 'enrollments', 'contacts'] $$;

-- The columns that tell one row of an entity from another.
create function history.keys(entity text) returns text[]
language sql immutable
as $$
    select case entity
        when 'enrollments' then array['class_id', 'user_id', 'role']
        when 'classes' then array['class_id']
        else array[rtrim(entity, 's') || '_id']
    end
$$;

-- All columns of an entity.
create function history.columns(entity text, prefix text) returns text
language sql stable
as $$
    select string_agg(prefix || quote_ident(a.attname), ', ' order by a.attnum)
    from pg_attribute as a
    where a.attrelid = ('roster.' || quote_ident(entity))::regclass and a.attnum > 0 and not a.attisdropped
$$;

-- The condition that two rows have the same key.
create function history.same(entity text, one text, other text) returns text
language sql immutable
as $$
    select string_agg(format('%1$s.%2$I = %3$s.%2$I', one, k, other), ' and ') from unnest(history.keys(entity)) as k
$$;

-- The columns that say what a row is. The night and the run that wrote it may differ between two ways to the same row,
-- and an invitation belongs to no night.
create function history.content(entity text, prefix text) returns text
language sql stable
as $$
    select string_agg(prefix || quote_ident(a.attname), ', ' order by a.attnum)
    from pg_attribute as a
    where
        a.attrelid = ('roster.' || quote_ident(entity))::regclass and a.attnum > 0 and not a.attisdropped
        and a.attname not in ('district_id', 'as_of', 'run_id', 'archived_on', 'invitation')
$$;

-- Make the temporary views base_<entity> and base_links of this session: the roster as a night finds it. Without a night
-- that is the roster itself. With a night it is every row as it was on its evening; local rows belong to no night and are
-- always there.
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
