-- Nights of one district that Airflow runs side by side take turns.

create table runs.turns (
    district_id text primary key,
    holder text not null,
    at timestamptz not null default clock_timestamp()
);
comment on column runs.turns.holder is 'A DAG and its run, such as roster_nightly__springfield/backfill__2026-09-01T07:00:00+00:00.';
