-- Students of a source that was read from Canvas for whom somebody has to act: ids, codes and kinds of sources, no name
-- and no email. What a code means and who acts is in schemas/student_reasons.py.

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
comment on table runs.student_reports is 'Names students by their ids: for the eyes of rollbook_quarantine only.';
comment on column runs.student_reports.systems is 'Beside Canvas: kinds of sources that know the student otherwise; app: local rows.';
