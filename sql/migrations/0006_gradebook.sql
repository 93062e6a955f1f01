-- The gradebook: activities and their scores as their sources have them, what they are called in Canvas, and what was sent
-- there and read back. A column is one activity, or the total of a class's activities of one kind; in Canvas it is one
-- assignment.

create schema gradebook;

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
comment on table gradebook.activities is
'One row per activity of a class. An activity that its source no longer names stays: nothing is deleted.';
comment on column gradebook.activities.selected is 'What the source says. A row of gradebook.selections overrules it.';
create index activities_by_class on gradebook.activities (district_id, class_id);

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
comment on table gradebook.scores is 'One row per activity and student. No points and not excused means a blank.';

create table gradebook.selections (
    district_id text not null,
    activity_id uuid not null,
    selected boolean not null,
    decided_by text not null,
    at timestamptz not null default clock_timestamp(),
    primary key (district_id, activity_id)
);
comment on table gradebook.selections is 'One row per activity that a person selected or deselected.';

create table gradebook.reopened (
    district_id text not null,
    class_id uuid not null,
    decided_by text not null,
    at timestamptz not null default clock_timestamp(),
    primary key (district_id, class_id)
);
comment on table gradebook.reopened is
'One row per class that a person unarchived after its term ended. Its grades are sent again (IC-26).';

create table gradebook.course_links (
    district_id text not null,
    class_id uuid not null,
    course_number bigint not null,
    section_number bigint,
    run_id bigint not null,
    primary key (district_id, class_id)
);
comment on table gradebook.course_links is 'One row per class, with the Canvas course and section that it was found to be.';

create table gradebook.student_links (
    district_id text not null,
    user_id uuid not null,
    user_number bigint not null,
    run_id bigint not null,
    primary key (district_id, user_id)
);
comment on table gradebook.student_links is 'One row per student, with the Canvas user that the student was found to be.';

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
comment on table gradebook.assignment_links is
'One row per column and Canvas course, with the assignment there. sent_title and sent_points are what was last sent.';

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
comment on table gradebook.states is
'One row per column and student: the state now. Only changed rows are written, and the ledger has each change.';
comment on column gradebook.states.score is 'The score in Canvas when it was last read.';

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
comment on table gradebook.ledger is
'One row per score that was sent, and per state that changed by what was read back. Append-only.';
comment on column gradebook.ledger.act is 'send: written before the score leaves. read: a state changed by what was read back.';
create index ledger_by_column on gradebook.ledger (district_id, column_id, user_id, entry_id);
create index ledger_by_run on gradebook.ledger (district_id, run_id, column_id, user_id);
create trigger append_only before update or delete or truncate on gradebook.ledger
for each statement execute function runs.refuse_change();

create table gradebook.approvals (
    district_id text not null,
    column_id uuid not null,
    user_id uuid not null,
    seen numeric,
    decided_by text not null,
    at timestamptz not null default clock_timestamp(),
    primary key (district_id, column_id, user_id)
);
comment on table gradebook.approvals is
'One row per score that somebody changed in Canvas and that a person approved to overwrite.';
comment on column gradebook.approvals.seen is 'The score in Canvas that the person saw.';

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
    owner text,
    fix text,
    counts jsonb not null default '{}',
    facts jsonb not null default '{}',
    primary key (district_id, run_id, course_number)
);
comment on table gradebook.exports is 'One row per run and Canvas course that the run sends grades to.';
comment on column gradebook.exports.reason is 'What stopped the course, and where. It names no student.';
comment on column gradebook.exports.owner is 'Who acts next.';
comment on column gradebook.exports.fix is 'What the owner does next.';

create table gradebook.refused_classes (
    district_id text not null,
    run_id bigint not null,
    class_id uuid not null,
    reason text not null,
    primary key (district_id, run_id, class_id)
);
comment on table gradebook.refused_classes is
'One row per run and class with selected activities of which the run sends nothing, with the reason.';

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
comment on table gradebook.columns is 'One row per run and column that the run is to send, and what becomes of its assignment.';

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
comment on table gradebook.changes is 'One row per run, column and student whose score changes. There is no row for what stays as it is.';
comment on column gradebook.changes.drifted is 'Somebody changed the score in Canvas.';
create index changes_by_course on gradebook.changes (district_id, run_id, course_number);

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
comment on table gradebook.batches is
'One row per bulk update of Canvas: one column and a limited number of students. It is written before it is sent.';
comment on column gradebook.batches.message is 'A kind of message that we name: Canvas''s own text may name people.';
