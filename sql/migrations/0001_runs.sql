-- What happened: every run, what its sources delivered, what it found, what people decided.
-- `district_id` leads every key: districts share tables and never meet in a join.

create schema if not exists runs;

create table runs.runs (
    run_id bigint generated always as identity primary key,
    district_id text not null,
    kind text not null default 'roster' check (kind in ('roster', 'gradebook')),
    as_of date not null,
    status text not null check (
        status in ('running', 'unchanged', 'planned', 'applied', 'stopped', 'failed', 'skipped')
    ),
    code text,
    reason text,
    owner text,
    fix text,
    intent text not null check (intent in ('night', 'replay', 'undo', 'approval', 'export')),
    reverts bigint,
    approves bigint,
    dag_run text,
    request jsonb not null,
    settings text,
    base_run_id bigint,
    undone_by bigint,
    counts jsonb not null default '{}',
    pages jsonb not null default '{}',
    started_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz,
    constraint reverts_with_undo check ((intent = 'undo') = (reverts is not null)),
    constraint approves_with_approval check ((intent = 'approval') = (approves is not null)),
    constraint export_of_grades check (intent = 'undo' or (intent = 'export') = (kind = 'gradebook'))
);
comment on table runs.runs is
'One row per run: a night, an approval of what a night held, an undo, or an export of grades.';
comment on column runs.runs.kind is 'A plan for the roster is never based on an export of grades, nor the other way round.';
comment on column runs.runs.reason is 'What ended the run, and where. It holds no value of a row.';
comment on column runs.runs.owner is 'Who acts next.';
comment on column runs.runs.fix is 'What the owner does next.';
comment on column runs.runs.intent is 'What the run was asked for. A replay is a night from its landed snapshots.';
comment on column runs.runs.reverts is 'The run that an undo reverts.';
comment on column runs.runs.approves is 'The run whose held parts an approval applies.';
comment on column runs.runs.dag_run is 'Airflow''s run that performed this one, as dag_id/run_id.';
comment on column runs.runs.request is 'The whole request, as pipelines/runs/request.py reads it. SQL reads the columns above.';
comment on column runs.runs.settings is 'The version of the resolved settings that the run began with.';
comment on column runs.runs.base_run_id is 'The applied run that the plan was made from. A later applied run makes the plan stale.';
comment on column runs.runs.undone_by is
'The run that reverted this one. A reverted run counts as never applied; what it wrote stands in history.';
comment on column runs.runs.pages is 'The Data Docs page of each suite of expectations.';
create index runs_by_district on runs.runs (district_id, run_id desc);
-- A page of the Airflow UI goes from a DAG run to the run that it performed.
create index runs_by_dag_run on runs.runs (district_id, dag_run);

create table runs.imports (
    district_id text not null,
    run_id bigint not null references runs.runs,
    source_n smallint not null,
    source text not null,
    layout text not null,
    status text not null check (status in ('received', 'unchanged', 'applied', 'refused', 'missing')),
    digest text,
    rules_version text,
    landing text,
    received_rows bigint,
    counts jsonb not null default '{}',
    facts jsonb not null default '{}',
    findings jsonb not null default '[]',
    at timestamptz not null default clock_timestamp(),
    primary key (district_id, run_id, source_n)
);
comment on table runs.imports is 'Import Details (GC-17): one row per run and source. It holds no content of a file (GC-20).';
comment on column runs.imports.status is
'missing: the import did not come by its deadline. The run lists it, or a run that records nothing else.';
comment on column runs.imports.digest is 'Digest of the delivered bytes.';
comment on column runs.imports.rules_version is
'The version of the rules, and a digest of the settings and scope, under which the bytes are read.';
comment on column runs.imports.landing is 'Where the snapshot is kept.';

create table runs.standing (
    district_id text not null,
    source_n smallint not null,
    source text not null,
    run_id bigint not null references runs.runs,
    as_of date not null,
    digest text not null,
    rules_version text not null,
    primary key (district_id, source_n)
);
comment on table runs.standing is
'One row per source whose snapshot the roster reflects wholly. A source without a row is planned, whatever its bytes.';
comment on column runs.standing.run_id is 'The run that delivered the snapshot.';
comment on column runs.standing.digest is 'Digest of the snapshot''s bytes.';

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
comment on table runs.steps is 'One row per run and step: how long the last try took and what it counted.';

create table runs.quarantine (
    district_id text not null,
    run_id bigint not null,
    source_n smallint not null,
    file text not null,
    line integer not null,
    code text not null,
    column_name text,
    row json not null
);
comment on table runs.quarantine is
'One row per delivered line that was not accepted. Its text names people: only the role rollbook_quarantine reads it.';
comment on column runs.quarantine.row is
'The line as it was, its columns in the order of the layout; jsonb would sort them by length.';
-- A page reads the lines in the order of their file, a few at a time, however many there are.
create index quarantine_in_order on runs.quarantine (district_id, run_id, source_n, file, line);

create table runs.student_reports (
    district_id text not null,
    run_id bigint not null references runs.runs,
    source_n smallint not null,
    source_id text not null,
    reason text not null,
    systems text[] not null default '{}',
    course_source_ids text[] not null default '{}',
    class_source_ids text[] not null default '{}',
    primary key (district_id, run_id, source_n, source_id, reason)
);
comment on table runs.student_reports is
'One row per student of an import from Canvas and reason to act. It identifies students: only the role rollbook_quarantine reads it.';
comment on column runs.student_reports.source_id is 'The student''s id at the source. No name and no email is stored.';
comment on column runs.student_reports.reason is 'A code. schemas/student_reasons.py says what it means and who acts next.';
comment on column runs.student_reports.systems is
'Kinds of the other sources that know the student by other data; app stands for local rows.';

create table runs.holds (
    district_id text not null,
    run_id bigint not null,
    hold_n integer,
    kind text not null default 'limit' check (kind in ('limit', 'rekey')),
    source_n smallint,
    school_id uuid,
    entity text not null,
    action text not null,
    planned bigint not null,
    active bigint not null,
    allowed bigint not null,
    digest text,
    status text not null default 'open' check (status in ('open', 'planned', 'approved', 'rejected', 'expired', 'stale')),
    at timestamptz not null default clock_timestamp(),
    expires_at timestamptz,
    decided_by text,
    decided_at timestamptz,
    why text,
    applied_by bigint,
    primary key (district_id, run_id, hold_n)
);
comment on table runs.holds is 'One row per hold: a part of a run''s plan that needs approval.';
comment on column runs.holds.hold_n is 'The number of the hold in its run.';
comment on column runs.holds.source_n is 'The source of a rekey. A hold for a limit is about a school, not about a source.';
comment on column runs.holds.digest is 'Digest of the changes as they were when they were held: only what a person saw is applied.';
comment on column runs.holds.status is 'planned: the run only plans, so nobody is asked.';
comment on column runs.holds.applied_by is 'The run that applied the hold once it was approved.';
create index holds_by_run on runs.holds (district_id, run_id);
create index holds_open on runs.holds (district_id, run_id) where status = 'open';

create table runs.refused_rekeys (
    district_id text not null,
    entity text not null,
    source text not null,
    source_id text not null,
    run_id bigint not null,
    primary key (district_id, entity, source, source_id)
);
comment on table runs.refused_rekeys is
'One row per delivered id that a person refused to take for a new id of an existing row. It is never proposed again.';

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
comment on table runs.decisions is 'One row per decision of a person about a hold or about grades. Append-only.';

create table runs.overrides (
    district_id text not null,
    user_id uuid not null,
    field text not null,
    value text,
    set_by text not null,
    at timestamptz not null default clock_timestamp(),
    primary key (district_id, user_id, field)
);
comment on table runs.overrides is 'One row per person and field that somebody set by hand. No step writes or reads it yet.';

create table runs.disclosures (
    district_id text not null,
    disclosure_id bigint generated always as identity,
    run_id bigint,
    recipient text not null,
    purpose text not null,
    counts jsonb not null,
    at timestamptz not null default clock_timestamp(),
    primary key (district_id, disclosure_id)
);
comment on table runs.disclosures is
'One row per transfer of people''s data out of the warehouse, written before the data leave. Append-only.';

create table runs.audit_log (
    district_id text not null,
    entry_id bigint generated always as identity,
    actor text not null,
    act text not null,
    details jsonb not null default '{}',
    at timestamptz not null default clock_timestamp(),
    primary key (district_id, entry_id)
);
comment on table runs.audit_log is
'One row per decision, and one per access to a page that names people: who, when, which page. Append-only.';
create index audit_log_by_time on runs.audit_log (district_id, at);

create table runs.leases (
    district_id text primary key,
    holder text not null,
    at timestamptz not null default clock_timestamp()
);
comment on table runs.leases is
'One row per district whose lease is held: Airflow''s runs of one district change the roster one after another.';
comment on column runs.leases.holder is
'A DAG and its run, such as roster_nightly__springfield/backfill__2026-09-01T07:00:00+00:00.';

create table runs.approval_responses (
    district_id text not null,
    asked_by text not null,
    answer jsonb not null,
    at timestamptz not null default clock_timestamp(),
    primary key (district_id, asked_by)
);
comment on table runs.approval_responses is
'One row per response to an approval request, kept until it is carried out: Airflow may end the task that received it.';
comment on column runs.approval_responses.asked_by is 'The DAG run that asked, as dag_id/run_id.';
comment on column runs.approval_responses.answer is 'What was chosen, why, about which holds, and who responded.';

create table runs.notifications (
    notice_id bigint generated always as identity,
    district_id text not null,
    about text not null check (about in ('failure', 'hold', 'quarantine', 'import_missing')),
    kind text not null check (kind in ('roster', 'gradebook', 'holds', 'imports', 'check')),
    as_of date not null,
    code text not null,
    mark text not null,
    run_id bigint,
    subject text not null,
    body text not null,
    link text,
    owed text[] not null,
    claimed_at timestamptz,
    at timestamptz not null default clock_timestamp(),
    primary key (district_id, notice_id),
    unique (district_id, about, kind, as_of, code, mark)
);
comment on table runs.notifications is
'One row per notification that a district received or is still to receive. It holds counts and codes, and names nobody.';
comment on column runs.notifications.kind is
'What it is about: a night, an export of grades, a response to an approval request, a deadline, a self-check.';
comment on column runs.notifications.code is
'The code of the error, if the error has one: a task that was ended could not record a reason.';
comment on column runs.notifications.mark is
'What tells two notifications of one night apart: the digest of what needs approval, or the deadline.';
comment on column runs.notifications.owed is 'The channels that have not received it yet.';
comment on column runs.notifications.claimed_at is 'When a process claimed it for sending.';

create table runs.checks (
    district_id text primary key,
    version text not null,
    facts jsonb not null,
    at timestamptz not null default clock_timestamp()
);
comment on table runs.checks is
'One row per district: its last complete self-check. A page shows this row and asks no vendor.';
comment on column runs.checks.version is 'The version of the settings that were checked.';

-- An append-only table refuses to change or lose a row, whoever is signed in.
create function runs.refuse_change() returns trigger
language plpgsql
as $$ begin raise exception '%.% is append-only', tg_table_schema, tg_table_name using errcode = '42501'; end $$;

create trigger append_only before update or delete or truncate on runs.decisions
for each statement execute function runs.refuse_change();
create trigger append_only before update or delete or truncate on runs.disclosures
for each statement execute function runs.refuse_change();
create trigger append_only before update or delete or truncate on runs.audit_log
for each statement execute function runs.refuse_change();
