-- The gradebook: activities and scores on our side, what they are called at Canvas, and the ledger of what was sent and
-- read back. The tables that 0003 laid out were never written by anything.

drop table gradebook.ledger, gradebook.assignment_links, gradebook.scores, gradebook.activities;

-- An activity belongs to one class, as a OneRoster line item does. What a source no longer names stays: nothing is deleted.
create table gradebook.activities (
    district_id text not null,
    activity_id uuid not null,
    class_id uuid not null,
    source text not null,
    source_id text not null,
    kind text not null check (kind in ('poll', 'quiz', 'assignment')),
    title text not null,
    points numeric not null check (points >= 0 and points < 1000000000),
    due_at timestamptz,
    selected boolean not null default false,
    run_id bigint,
    primary key (district_id, activity_id)
);
create index activities_by_class on gradebook.activities (district_id, class_id);

-- A score of null points that is not excused is a blank.
create table gradebook.scores (
    district_id text not null,
    activity_id uuid not null,
    user_id uuid not null,
    points numeric check (points > -1000000000 and points < 1000000000),
    excused boolean not null default false,
    run_id bigint,
    changed_at timestamptz not null default clock_timestamp(),
    primary key (district_id, activity_id, user_id),
    check (not (excused and points is not null))
);

-- What a person decided about an activity, before what its source says.
create table gradebook.selections (
    district_id text not null,
    activity_id uuid not null,
    selected boolean not null,
    decided_by text not null,
    at timestamptz not null default clock_timestamp(),
    primary key (district_id, activity_id)
);

-- A class that a person unarchived after its term's end stays open (IC-26).
create table gradebook.reopened (
    district_id text not null,
    class_id uuid not null,
    decided_by text not null,
    at timestamptz not null default clock_timestamp(),
    primary key (district_id, class_id)
);

create table gradebook.course_links (
    district_id text not null,
    class_id uuid not null,
    course_number bigint not null,
    section_number bigint,
    run_id bigint not null,
    primary key (district_id, class_id)
);

create table gradebook.student_links (
    district_id text not null,
    user_id uuid not null,
    user_number bigint not null,
    run_id bigint not null,
    primary key (district_id, user_id)
);

-- A column is an activity, or a total of a class's activities of one kind. `sent_*` is what Canvas was last told.
create table gradebook.assignment_links (
    district_id text not null,
    column_id uuid not null,
    course_number bigint not null,
    assignment_number bigint not null,
    sent_title text not null,
    sent_points numeric not null,
    run_id bigint not null,
    at timestamptz not null default clock_timestamp(),
    primary key (district_id, column_id, course_number)
);

-- What is true now of every column and student; changed rows only are written, and each change is in the ledger.
create table gradebook.states (
    district_id text not null,
    column_id uuid not null,
    user_id uuid not null,
    course_number bigint,
    state text not null check (state in ('NOT_SYNCED', 'NOT_FOUND', 'SYNCED', 'ERROR')),
    reason text not null,
    score numeric,
    excused boolean not null default false,
    run_id bigint not null,
    at timestamptz not null default clock_timestamp(),
    primary key (district_id, column_id, user_id)
);
comment on column gradebook.states.score is 'What Canvas had when it was last read.';

-- `send` is written before anything leaves; `read` when a state changed by what was read back.
create table gradebook.ledger (
    district_id text not null,
    entry_id bigint generated always as identity,
    run_id bigint not null,
    column_id uuid not null,
    user_id uuid not null,
    course_number bigint,
    act text not null check (act in ('send', 'read')),
    old numeric,
    old_excused boolean not null default false,
    new numeric,
    new_excused boolean not null default false,
    state text check (state in ('NOT_SYNCED', 'NOT_FOUND', 'SYNCED', 'ERROR')),
    reason text,
    at timestamptz not null default clock_timestamp(),
    primary key (district_id, entry_id)
);
create index ledger_by_column on gradebook.ledger (district_id, column_id, user_id, entry_id);
create index ledger_by_run on gradebook.ledger (district_id, run_id, column_id, user_id);
create trigger append_only before update or delete on gradebook.ledger
for each row execute function gradebook.refuse_change();

-- An overwrite of a score that was changed in Canvas, which a person let go on.
create table gradebook.approvals (
    district_id text not null,
    column_id uuid not null,
    user_id uuid not null,
    seen numeric,
    decided_by text not null,
    at timestamptz not null default clock_timestamp(),
    primary key (district_id, column_id, user_id)
);

-- One row per Canvas course that a run exports to.
create table gradebook.exports (
    district_id text not null,
    run_id bigint not null references runs.runs,
    course_number bigint not null,
    class_ids uuid[] not null,
    status text not null default 'selected' check (
        status in ('selected', 'compared', 'pushed', 'verified', 'failed')
    ),
    code text,
    reason text,
    counts jsonb not null default '{}',
    facts jsonb not null default '{}',
    primary key (district_id, run_id, course_number)
);

-- One bulk update of Canvas: a column and at most so many students. Written before it is sent.
create table gradebook.batches (
    district_id text not null,
    run_id bigint not null,
    course_number bigint not null,
    column_id uuid not null,
    n integer not null,
    progress_number bigint,
    status text not null check (status in ('posting', 'queued', 'completed', 'failed')),
    message text,
    at timestamptz not null default clock_timestamp(),
    primary key (district_id, run_id, course_number, column_id, n)
);
comment on column gradebook.batches.message is 'A kind of message of ours; Canvas''s own may name people.';

-- The columns that a run means to send, and what becomes of each at Canvas.
create table gradebook.columns (
    district_id text not null,
    run_id bigint not null,
    course_number bigint not null,
    column_id uuid not null,
    class_id uuid not null,
    title text not null,
    kind text not null,
    points numeric not null,
    due_at timestamptz,
    activity_ids uuid[] not null,
    zeros boolean not null default false,
    action text check (action in ('create', 'adopt', 'rename', 'keep', 'refuse')),
    assignment_number bigint,
    reason text,
    primary key (district_id, run_id, column_id)
);

-- One row per score that would change; never one for what stays as it is.
create table gradebook.changes (
    district_id text not null,
    run_id bigint not null,
    course_number bigint not null,
    column_id uuid not null,
    user_id uuid not null,
    user_number bigint not null,
    old numeric,
    old_excused boolean not null default false,
    new numeric,
    new_excused boolean not null default false,
    drifted boolean not null default false,
    held boolean not null default false,
    batch integer,
    primary key (district_id, run_id, column_id, user_id)
);
create index changes_by_course on gradebook.changes (district_id, run_id, course_number);

-- Classes with selected activities that this run sends nothing of, and why.
create table gradebook.refused_classes (
    district_id text not null,
    run_id bigint not null,
    class_id uuid not null,
    reason text not null,
    primary key (district_id, run_id, class_id)
);

alter table runs.disclosures add column run_id bigint;

-- A run is a night of the roster or an export of the gradebook; the plans of one are not based on the other.
alter table runs.runs add column kind text not null default 'roster' check (kind in ('roster', 'gradebook'));
