-- Grain: one row per applied migration.

-- name: lock
-- If two processes start at once, the second waits and finds nothing to do. The lock ends with the transaction.
select pg_advisory_xact_lock(hashtextextended('rollbook.migrate', 0));

-- name: create_register
-- Safe to repeat.
create schema if not exists runs;
create table if not exists runs.migrations (
    name text primary key,
    sha256 text not null,
    applied_at timestamptz not null default now()
);

-- name: register_exists
select to_regclass('runs.migrations') is not null;

-- name: applied
select
    name,
    sha256
from runs.migrations
order by name;

-- name: record
insert into runs.migrations (name, sha256) values (:name, :sha256);
