-- A red self-check is told of as well.

alter table runs.notices drop constraint notices_kind_check;
alter table runs.notices add constraint notices_kind_check
check (kind in ('roster', 'gradebook', 'holds', 'imports', 'check'));
comment on column runs.notices.kind is
'What it is about: a night, an export of grades, an answer to a question, a deadline, a self-check.';
