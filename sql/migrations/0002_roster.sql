-- The roster as it is now. Every row carries the same facts about itself: `origin` (synced from a source, or local, made
-- in the app), `source`, `status`, the night (`as_of`) and the run (`run_id`) that wrote it last. No row is ever deleted.

create schema roster;

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
comment on table roster.schools is 'One row per school.';

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
comment on table roster.terms is 'One row per term. A term is not archived for being absent from a delivery.';

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
comment on table roster.courses is 'One row per course.';

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
comment on table roster.classes is 'One row per class.';

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
comment on table roster.users is 'One row per person: student, teacher, aide, staff or administrator.';
comment on column roster.users.identifier is 'The id that the district issued to the person.';
comment on column roster.users.invitation is 'New staff are pending until an admin invites them and they accept (GC-10, GC-11).';
create index users_by_email on roster.users (district_id, lower(email)) where email is not null;

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
comment on table roster.enrollments is 'One row per class, person and role.';
comment on column roster.enrollments.is_primary is 'The teacher who is responsible for the class.';
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
comment on table roster.contacts is 'One row per guardian of a person. No source delivers guardians yet.';

create table roster.links (
    district_id text not null,
    entity text not null,
    source text not null,
    source_id text not null,
    id uuid not null,
    run_id bigint not null,
    as_of date not null,
    primary key (district_id, entity, source, source_id)
);
comment on table roster.links is
'The link table: one row per id that a source uses, with our id for the same row. It survives rekeys and changes of source.';
comment on column roster.links.as_of is 'The night since which the source uses this id.';
create index links_by_id on roster.links (district_id, entity, id);
-- Which links a run made: links are written in the order of the runs, so a summary of their pages is enough to find
-- them, and costs a write next to nothing.
create index links_by_run on roster.links using brin (run_id) with (pages_per_range = 16, autosummarize = on);

-- A staff member sees their classes once they accepted the invitation. No new import is needed for that (GC-11).
create view roster.class_lists as
select
    teaching.district_id,
    teaching.user_id as teacher_id,
    teaching.class_id,
    enrolled.user_id as student_id
from roster.enrollments as teaching
inner join roster.users as teacher
    on teaching.district_id = teacher.district_id and teaching.user_id = teacher.user_id
inner join roster.enrollments as enrolled
    on teaching.district_id = enrolled.district_id and teaching.class_id = enrolled.class_id
where
    teaching.role = 'teacher' and teaching.status = 'active'
    and teacher.status = 'active' and teacher.invitation <> 'pending'
    and enrolled.role = 'student' and enrolled.status = 'active';
comment on view roster.class_lists is 'One row per teacher, class and student that the teacher may see.';

create function roster.accept_invitation(district text, person uuid) returns boolean
language sql security definer set search_path = pg_catalog, pg_temp
as $$
    update roster.users set invitation = 'accepted'
    where district_id = district and user_id = person and invitation = 'pending'
    returning true
$$;
revoke all on function roster.accept_invitation(text, uuid) from public;

-- Our id for what a source calls source_id: the same snapshots into an empty warehouse give the same ids. A version 8
-- UUID from sha256: gen_random_uuid() would differ each time, and uuid_generate_v5() is an extension. One expression,
-- neither strict nor declared immutable, so that PostgreSQL can inline it.
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

-- The schools of a person after a snapshot whose scope is `scope` (null: all schools). Schools in scope are those that
-- were delivered; the others stay. The same set in another order is no change.
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

-- Who may read the roster reads all of it. Who may write to it writes local rows only: synced rows are fixed at their
-- source. The owner, who performs the runs, is not bound by these policies.
do $$
declare
    entity text;
begin
    foreach entity in array array['classes', 'users', 'enrollments'] loop
        execute format('alter table roster.%I enable row level security', entity);
        execute format('create policy everybody_reads on roster.%I for select using (true)', entity);
        execute format('create policy local_rows_only on roster.%I using (origin = ''local'') with check (origin = ''local'')', entity);
    end loop;
end
$$;
