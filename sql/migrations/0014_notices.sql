-- What a district was told of a night, or is still to be told: counts and codes only, nobody's name.

create table runs.notices (
    notice_id bigint generated always as identity,
    district_id text not null,
    about text not null check (about in ('failure', 'hold', 'quarantine', 'import_missing')),
    kind text not null check (kind in ('roster', 'gradebook', 'holds', 'imports')),
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
comment on column runs.notices.kind is 'What it is about: a night, an export of grades, an answer to a question, a deadline.';
comment on column runs.notices.code is 'The error''s, of one that has one: a task that was killed could not say why.';
comment on column runs.notices.mark is 'What makes two of one night two: the digest of what waits, the deadline.';
comment on column runs.notices.owed is 'The channels that have not got it yet.';
comment on column runs.notices.claimed_at is 'Since when somebody is about to send it.';
