-- What later nights and screens need: decisions of people, disclosures, the gradebook; and who may do what.

create table runs.decisions (
    district_id text not null,
    decision_id bigint generated always as identity,
    subject text not null,
    choice text not null,
    details jsonb not null default '{}',
    decided_by text not null,
    at timestamptz not null default clock_timestamp(),
    primary key (district_id, decision_id)
);

create table runs.overrides (
    district_id text not null,
    user_id uuid not null,
    field text not null,
    value text,
    set_by text not null,
    at timestamptz not null default clock_timestamp(),
    primary key (district_id, user_id, field)
);

create table runs.disclosures (
    district_id text not null,
    disclosure_id bigint generated always as identity,
    recipient text not null,
    purpose text not null,
    counts jsonb not null,
    at timestamptz not null default clock_timestamp(),
    primary key (district_id, disclosure_id)
);

create table runs.audit_log (
    district_id text not null,
    entry_id bigint generated always as identity,
    actor text not null,
    act text not null,
    details jsonb not null default '{}',
    at timestamptz not null default clock_timestamp(),
    primary key (district_id, entry_id)
);

create schema gradebook;

create table gradebook.activities (
    district_id text not null,
    activity_id uuid not null,
    class_id uuid not null,
    title text not null,
    kind text not null,
    points numeric,
    selected boolean not null default false,
    primary key (district_id, activity_id)
);

create table gradebook.scores (
    district_id text not null,
    activity_id uuid not null,
    user_id uuid not null,
    score numeric,
    changed_at timestamptz not null,
    primary key (district_id, activity_id, user_id)
);

create table gradebook.assignment_links (
    district_id text not null,
    activity_id uuid not null,
    course_number bigint not null,
    assignment_number bigint not null,
    primary key (district_id, activity_id)
);

create table gradebook.ledger (
    district_id text not null,
    entry_id bigint generated always as identity,
    run_id bigint not null,
    activity_id uuid not null,
    user_id uuid not null,
    state text not null check (state in ('NOT_SYNCED', 'NOT_FOUND', 'SYNCED', 'ERROR')),
    sent numeric,
    read_back numeric,
    explanation text not null,
    at timestamptz not null default clock_timestamp(),
    primary key (district_id, entry_id)
);

create function gradebook.refuse_change() returns trigger
language plpgsql
as $$ begin raise exception 'the ledger is append-only' using errcode = '42501'; end $$;
create trigger append_only before update or delete on gradebook.ledger
for each row execute function gradebook.refuse_change();

-- A staff member sees their classes once they accepted the invitation; no new import is needed (GC-11).
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

create function roster.accept_invitation(district text, person uuid) returns boolean
language sql security definer set search_path = pg_catalog, pg_temp
as $$
    update roster.users set invitation = 'accepted'
    where district_id = district and user_id = person and invitation = 'pending'
    returning true
$$;

revoke all on function roster.accept_invitation(text, uuid) from public;

-- Whoever may read the roster reads all of it; whoever may write to it writes local rows only: synced ones are mended at
-- their source. The owner, who runs the nights, is not held by this.
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
