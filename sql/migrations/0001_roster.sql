-- The roster, its history, the plans that change it and the record of every night.
-- `district_id` leads every key: districts share tables and never meet in a join.

create schema staging;
create schema work;
create schema roster;
create schema history;
create schema if not exists runs;

-- Our id for what a source calls source_id: the same snapshots into an empty warehouse give the same ids.
-- A version 8 UUID from sha256, because gen_random_uuid() would differ and uuid_generate_v5() is an extension. One
-- expression, neither strict nor called immutable, so that PostgreSQL can put it in the place of the call.
create function roster.make_id(district_id text, entity text, source text, source_id text) returns uuid
language sql stable parallel safe
as $$
    select cast(
        overlay(
            overlay(
                left(encode(sha256(convert_to(concat_ws(chr(31), district_id, entity, source, source_id), 'UTF8')), 'hex'), 32)
                placing '8' from 13
            )
            placing '8' from 17
        ) as uuid
    )
$$;

create table roster.links (
    district_id text not null,
    entity text not null,
    source text not null,
    source_id text not null,
    id uuid not null,
    run_id bigint not null,
    primary key (district_id, entity, source, source_id)
);
create index links_by_id on roster.links (district_id, entity, id);
comment on table roster.links is 'Who is who: one row per entity and the id a source knows it by; survives re-keys and source switches.';

create table roster.schools (
    district_id text not null,
    school_id uuid not null,
    name text,
    origin text not null check (origin in ('synced', 'local')),
    source text,
    status text not null check (status in ('active', 'archived')),
    as_of date not null,
    run_id bigint,
    archived_on date,
    primary key (district_id, school_id)
);

create table roster.terms (
    district_id text not null,
    term_id uuid not null,
    title text not null,
    begin_date date,
    end_date date,
    origin text not null check (origin in ('synced', 'local')),
    source text,
    status text not null check (status in ('active', 'archived')),
    as_of date not null,
    run_id bigint,
    archived_on date,
    primary key (district_id, term_id)
);

create table roster.courses (
    district_id text not null,
    course_id uuid not null,
    title text not null,
    code text,
    school_id uuid,
    origin text not null check (origin in ('synced', 'local')),
    source text,
    status text not null check (status in ('active', 'archived')),
    as_of date not null,
    run_id bigint,
    archived_on date,
    primary key (district_id, course_id)
);

create table roster.classes (
    district_id text not null,
    class_id uuid not null,
    title text not null,
    period text,
    school_id uuid,
    course_id uuid,
    term_ids uuid[] not null default '{}',
    origin text not null check (origin in ('synced', 'local')),
    source text,
    status text not null check (status in ('active', 'archived')),
    as_of date not null,
    run_id bigint,
    archived_on date,
    primary key (district_id, class_id)
);

create table roster.users (
    district_id text not null,
    user_id uuid not null,
    identifier text,
    role text not null,
    given_name text,
    family_name text,
    email text,
    grade text,
    school_ids uuid[] not null default '{}',
    invitation text not null default 'none' check (invitation in ('none', 'pending', 'accepted')),
    origin text not null check (origin in ('synced', 'local')),
    source text,
    status text not null check (status in ('active', 'archived')),
    as_of date not null,
    run_id bigint,
    archived_on date,
    primary key (district_id, user_id)
);
create index users_by_email on roster.users (district_id, lower(email)) where email is not null;
comment on column roster.users.invitation is 'New staff are pending until an admin invites them and they accept (GC-10, GC-11).';

create table roster.enrollments (
    district_id text not null,
    class_id uuid not null,
    user_id uuid not null,
    role text not null,
    is_primary boolean not null default false,
    begin_date date,
    end_date date,
    origin text not null check (origin in ('synced', 'local')),
    source text,
    status text not null check (status in ('active', 'archived')),
    as_of date not null,
    run_id bigint,
    archived_on date,
    primary key (district_id, class_id, user_id, role)
) with (fillfactor = 90);
create index enrollments_by_user on roster.enrollments (district_id, user_id) with (fillfactor = 90);

create table roster.contacts (
    district_id text not null,
    contact_id uuid not null,
    user_id uuid not null,
    relationship text,
    given_name text,
    family_name text,
    email text,
    phone text,
    origin text not null check (origin in ('synced', 'local')),
    source text,
    status text not null check (status in ('active', 'archived')),
    as_of date not null,
    run_id bigint,
    archived_on date,
    primary key (district_id, contact_id)
);

-- The row as it was, written only when it changes: valid from the night that wrote it until the night that ended it.
do $$
declare
    entity text;
begin
    foreach entity in array array['schools', 'terms', 'courses', 'classes', 'users', 'enrollments', 'contacts'] loop
        execute format(
            'create table history.%1$I (like roster.%1$I, valid_from date not null, valid_to date not null, ended_by bigint not null)', entity
        );
        execute format('create index %2$I on history.%1$I (district_id, ended_by)', entity, entity || '_by_run');
    end loop;
end
$$;
create index enrollments_by_class on history.enrollments (district_id, class_id);

-- One row per run: a night of one district.
create table runs.runs (
    run_id bigint generated always as identity primary key,
    district_id text not null,
    as_of date not null,
    status text not null check (
        status in ('running', 'unchanged', 'planned', 'applied', 'stopped', 'failed', 'skipped')
    ),
    code text,
    reason text,
    request jsonb not null,
    base_run_id bigint,
    counts jsonb not null default '{}',
    pages jsonb not null default '{}',
    started_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz
);
create index runs_by_district on runs.runs (district_id, run_id desc);
comment on column runs.runs.base_run_id is 'The applied run that the plan was made from: a later one makes the plan stale.';

-- Import Details (GC-17): one row per source and night. It names no file content (GC-20).
create table runs.imports (
    district_id text not null,
    run_id bigint not null references runs.runs,
    source_n smallint not null,
    source text not null,
    layout text not null,
    status text not null check (status in ('received', 'unchanged', 'applied', 'refused')),
    digest text,
    reading text,
    landing text,
    received_rows bigint,
    counts jsonb not null default '{}',
    facts jsonb not null default '{}',
    findings jsonb not null default '[]',
    at timestamptz not null default clock_timestamp(),
    primary key (district_id, run_id, source_n)
);
comment on column runs.imports.reading is 'Digest of the settings and rules that the bytes are read by.';

-- One row per step that was performed: how long it took and what it counted.
create table runs.steps (
    district_id text not null,
    run_id bigint not null references runs.runs,
    step text not null,
    ok boolean not null,
    seconds double precision not null,
    counts jsonb not null default '{}',
    at timestamptz not null default clock_timestamp(),
    primary key (district_id, run_id, step)
);

-- One row per source line that was not accepted. Its text is for the eyes of rollbook_quarantine only.
create table runs.quarantine (
    district_id text not null,
    run_id bigint not null,
    source_n smallint not null,
    file text not null,
    line integer not null,
    code text not null,
    column_name text,
    row jsonb not null
);
create index quarantine_by_run on runs.quarantine (district_id, run_id, source_n);

-- One row per planned change: the plan is the delta, unchanged rows are never in it.
create table work.changes (
    district_id text not null,
    run_id bigint not null,
    source_n smallint not null,
    entity text not null,
    action text not null check (
        action in ('create', 'update', 'move', 'archive', 'reactivate', 'link', 'merge', 'rekey')
    ),
    n integer,
    id uuid,
    school_id uuid,
    class_id uuid,
    user_id uuid,
    role text,
    from_class_id uuid,
    is_primary boolean,
    begin_date date,
    end_date date,
    held boolean not null default false,
    reason text
);
create index changes_by_run on work.changes (district_id, run_id, entity, action);
comment on column work.changes.n is 'The row of this run''s staging that says what shall be; an enrollment''s change says it itself.';

create table runs.holds (
    district_id text not null,
    run_id bigint not null,
    school_id uuid,
    entity text not null,
    action text not null,
    planned bigint not null,
    active bigint not null,
    allowed bigint not null,
    status text not null default 'open' check (status in ('open', 'approved', 'rejected', 'stale')),
    at timestamptz not null default clock_timestamp()
);
create index holds_by_run on runs.holds (district_id, run_id);

-- A person's schools after a snapshot that speaks about `scope` only (null: about all): theirs in scope are what was
-- delivered, the others stay. The same set in another order is no change.
create function roster.merge_schools(current_ids uuid[], delivered uuid[], scope uuid[]) returns uuid[]
language sql immutable parallel safe
as $$
    select case when m.merged @> current_ids and current_ids @> m.merged then current_ids else m.merged end
    from (
        select delivered || case
            when scope is null then '{}'
            else array(
                select x.id from unnest(current_ids) with ordinality as x (id, place)
                where x.id <> all(scope) and x.id <> all(delivered)
                order by x.place
            )
        end as merged
    ) as m
$$;
