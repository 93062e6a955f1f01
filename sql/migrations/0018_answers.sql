-- What a person answered, kept until it is done: Airflow may take the task that took the answer for killed.

create table runs.answers (
    district_id text not null,
    asked_by text not null,
    answer jsonb not null,
    at timestamptz not null default clock_timestamp(),
    primary key (district_id, asked_by)
);
comment on column runs.answers.asked_by is 'The DAG run whose question it was, as dag_id/run_id.';
comment on column runs.answers.answer is 'What was chosen, why, about which holds, and who answered.';
